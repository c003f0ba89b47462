// States over time: a window of their probabilities, above the path of the whole recording.
neuro.makers.states = (stage, { recordings }) => {
  const { element, choice, slider, unpack, PALETTE } = neuro;
  const ROW = 22, STRIP = 26, GAP = 10;
  const WINDOWS = [10, 30, 60, 120, 300, 600];

  const canvas = element("canvas", { role: "img", "aria-label": "Probability of each state over time" });
  const strip = element("canvas", { role: "img", "aria-label": "Most likely path over the whole recording", class: "strip" });
  const key = element("ul", { class: "key" });
  const said = element("p", { class: "said" });
  const controls = element("div", { class: "controls" });
  stage.append(controls, canvas, strip, key, said);

  let recording, probability, from = 0, span = 60, wide = 800;
  const seconds = () => recording.n_bins * recording.step;
  const color = (state) => PALETTE[state % PALETTE.length];
  const [box, input] = slider("From", { min: 0, max: 1, step: "any", value: 0 }, (v) => { from = v; paint(); });

  /** Index of the visit at a bin. */
  const visit = (bin) => {
    let low = 0, high = recording.starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (recording.starts[middle] <= bin) low = middle; else high = middle - 1;
    }
    return low;
  };

  const size = (target, height) => {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    target.width = Math.round(wide * ratio);
    target.height = Math.round(height * ratio);
    target.style.height = `${height}px`;
    const pen = target.getContext("2d");
    pen.scale(ratio, ratio);
    return pen;
  };

  const paint = () => {
    wide = Math.max(canvas.clientWidth, 200);
    const { n_states: n, n_bins: bins, step } = recording;
    const top = Math.max(seconds() - span, 0);
    from = Math.min(from, top);
    input.max = top;
    input.value = from;
    input.setAttribute("aria-valuetext", `${Math.round(recording.start + from)} s`);
    const pen = size(canvas, n * ROW + GAP + 12);
    const text = neuro.ink();
    const [first, last] = [Math.floor(from / step), Math.min(Math.ceil((from + span) / step), bins)];
    const x = (bin) => 24 + ((bin * step - from) / Math.min(span, seconds())) * (wide - 24);
    pen.font = "12px system-ui, sans-serif";
    for (let state = 0; state < n; state += 1) {
      pen.fillStyle = text;
      pen.globalAlpha = 1;
      pen.fillText(String(state + 1), 4, state * ROW + 15);
      pen.fillStyle = color(state);
      for (let bin = first; bin < last; bin += 1) {
        const p = probability[state * bins + bin];
        if (p < 0.02) continue;
        pen.globalAlpha = p;
        pen.fillRect(Math.max(x(bin), 24), state * ROW + 2, Math.max(x(bin + 1) - x(bin), 0.6), ROW - 4);
      }
    }
    pen.globalAlpha = 1;
    pen.fillStyle = text;
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      pen.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
      const t = recording.start + from + share * Math.min(span, seconds());
      pen.fillText(`${t.toFixed(span < 60 ? 1 : 0)} s`, 24 + share * (wide - 24), n * ROW + GAP + 9);
    }
    const bar = size(strip, STRIP);
    recording.starts.forEach((start, k) => {
      const end = recording.starts[k + 1] ?? bins;
      bar.fillStyle = color(recording.path[k]);
      bar.fillRect((start / bins) * wide, 0, Math.max(((end - start) / bins) * wide, 0.5), STRIP - 6);
    });
    bar.strokeStyle = text;
    bar.lineWidth = 2;
    bar.strokeRect((from / seconds()) * wide + 1, 1, Math.max((span / seconds()) * wide, 4) - 2, STRIP - 2);
  };

  const read = (event) => {
    const edge = canvas.getBoundingClientRect();
    const share = (event.clientX - edge.left - 24) / (edge.width - 24);
    const bin = Math.floor((from + share * Math.min(span, seconds())) / recording.step);
    if (share < 0 || bin < 0 || bin >= recording.n_bins) return;
    const row = Math.floor((event.clientY - edge.top) / ROW);
    const k = visit(bin);
    const length = ((recording.starts[k + 1] ?? recording.n_bins) - recording.starts[k]) * recording.step;
    const state = row >= 0 && row < recording.n_states ? row : recording.path[k];
    said.textContent = `${(recording.start + bin * recording.step).toFixed(1)} s: state ${recording.path[k] + 1}`
      + `, a visit of ${length.toFixed(1)} s. Probability of state ${state + 1}: ${probability[state * recording.n_bins + bin].toFixed(2)}`;
  };

  const choose = (index) => {
    recording = recordings[index];
    probability = unpack(recording.probability, Uint8Array, 1);
    from = 0;
    const fitting = WINDOWS.filter((one) => one < seconds());
    span = fitting.includes(60) ? 60 : fitting[0] ?? seconds();
    const spans = [...fitting, seconds()];
    const length = choice("Window", spans.map((one, i) => (i < fitting.length ? `${one} s` : "all")), (i) => { span = spans[i]; paint(); });
    length.querySelector("select").value = String(spans.indexOf(span));
    controls.replaceChildren(...(recordings.length > 1 ? [choiceOfRecording] : []), length, box);
    key.replaceChildren(...Array.from({ length: recording.n_states }, (_, state) => {
      const chip = element("span", { "aria-hidden": "true" });
      chip.style.background = color(state);
      return element("li", {}, chip, `State ${state + 1}`);
    }));
    said.textContent = "Point at the raster to read it.";
    paint();
  };
  const choiceOfRecording = choice("Recording", recordings.map((one) => one.name), choose);

  const drag = (event) => {
    if (event.type === "pointermove" && !event.buttons) return;
    const edge = strip.getBoundingClientRect();
    from = Math.max(((event.clientX - edge.left) / edge.width) * seconds() - span / 2, 0);
    paint();
  };
  canvas.addEventListener("pointermove", read);
  strip.addEventListener("pointerdown", drag);
  strip.addEventListener("pointermove", drag);
  addEventListener("resize", () => paint());
  addEventListener("themechange", () => paint());
  choose(0);
};
