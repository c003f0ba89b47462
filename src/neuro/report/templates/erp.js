// Evoked responses: all channels over time, and the map of the head at the chosen moment.
neuro.makers.erp = (stage, { recordings }) => {
  const { element, choice, slider, unpack, diverging } = neuro;
  const draw = neuro.drawn(stage);
  const WIDTH = 640, HEIGHT = 300, LEFT = 52, BOTTOM = 34, TOP = 10, RIGHT = 10;
  const GRID = 72, SIDE = 560;

  const plot = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "lines", role: "img", "aria-label": "Amplitude of every channel over time" });
  const canvas = element("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": "Map of the head" });
  const scale = element("p", { class: "scale" });
  const said = element("p", { class: "said" });
  const controls = element("div", { class: "controls" });
  const side = element("div", { class: "map" }, canvas, scale);
  stage.append(controls, element("div", { class: "pair" }, element("div", { class: "wide" }, plot, said), side));

  let recording, values, at = 0, most = 1, weights, cursor;
  const nTimes = () => recording.times.length;
  const x = (t) => {
    const { times } = recording;
    return LEFT + ((t - times[0]) / (times[times.length - 1] - times[0])) * (WIDTH - LEFT - RIGHT);
  };
  const y = (v) => TOP + (0.5 - v / (2 * most)) * (HEIGHT - TOP - BOTTOM);

  /** Inverse by elimination with pivoting. */
  const inverse = (matrix) => {
    const n = matrix.length;
    const rows = matrix.map((row, i) => Float64Array.from([...row, ...row.map((_, j) => Number(i === j))]));
    for (let i = 0; i < n; i += 1) {
      let best = i;
      for (let k = i + 1; k < n; k += 1) if (Math.abs(rows[k][i]) > Math.abs(rows[best][i])) best = k;
      [rows[i], rows[best]] = [rows[best], rows[i]];
      const pivot = rows[i][i] || 1e-12;
      for (let j = i; j < 2 * n; j += 1) rows[i][j] /= pivot;
      for (let k = 0; k < n; k += 1) {
        const factor = rows[k][i];
        if (k !== i && factor) for (let j = i; j < 2 * n; j += 1) rows[k][j] -= factor * rows[i][j];
      }
    }
    return rows.map((row) => row.slice(n));
  };

  /** Thin-plate spline through the channels: for each point of the grid a weight per channel. */
  const spline = (places) => {
    const n = places.length;
    const bend = (r2) => (r2 > 1e-12 ? 0.5 * r2 * Math.log(r2) : 0);
    const distance = ([a, b], [c, d]) => (a - c) ** 2 + (b - d) ** 2;
    const flat = places.map(([a, b]) => [1, a, b]);
    const system = [
      ...places.map((p, i) => [...places.map((q, j) => bend(distance(p, q)) + (i === j ? 1e-4 : 0)), ...flat[i]]),
      ...[0, 1, 2].map((k) => [...flat.map((row) => row[k]), 0, 0, 0]),
    ];
    const solved = inverse(system);
    const reach = 1.06 * Math.max(1, ...places.map(([a, b]) => Math.hypot(a, b)));
    const points = [];
    for (let row = 0; row < GRID; row += 1) {
      for (let column = 0; column < GRID; column += 1) {
        const p = [((column + 0.5) / GRID * 2 - 1) * reach, (1 - (row + 0.5) / GRID * 2) * reach];
        if (Math.hypot(...p) > reach * 1.04) continue;
        const basis = [...places.map((q) => bend(distance(p, q))), 1, ...p];
        const own = new Float32Array(n);
        for (let k = 0; k < n + 3; k += 1) for (let j = 0; j < n; j += 1) own[j] += basis[k] * solved[k][j];
        points.push([row * GRID + column, own]);
      }
    }
    return { points, reach };
  };

  const paintMap = () => {
    if (!recording.places) return;
    const small = element("canvas", { width: GRID, height: GRID });
    const picture = new ImageData(GRID, GRID);
    const now = recording.channels.map((_, c) => values[c * nTimes() + at]);
    for (const [pixel, own] of weights.points) {
      let v = 0;
      for (let j = 0; j < own.length; j += 1) v += own[j] * now[j];
      picture.data.set([...diverging(0.5 + v / (2 * most)), 255], 4 * pixel);
    }
    small.getContext("2d").putImageData(picture, 0, 0);
    const pen = canvas.getContext("2d");
    const middle = SIDE / 2, size = 0.9 * middle, unit = size / weights.reach;
    pen.clearRect(0, 0, SIDE, SIDE);
    pen.save();
    pen.beginPath();
    pen.arc(middle, middle, size, 0, 2 * Math.PI);
    pen.clip();
    pen.drawImage(small, middle - size, middle - size, 2 * size, 2 * size);
    pen.restore();
    pen.lineWidth = 3;
    pen.strokeStyle = neuro.ink();
    pen.beginPath();
    pen.arc(middle, middle, size, 0, 2 * Math.PI);
    pen.moveTo(middle - 0.12 * size, middle - 0.993 * size);
    pen.lineTo(middle, middle - 1.09 * size);
    pen.lineTo(middle + 0.12 * size, middle - 0.993 * size);
    pen.stroke();
    recording.places.forEach(([a, b], c) => {
      const marked = recording.marked.includes(recording.channels[c]);
      pen.beginPath();
      pen.arc(middle + a * unit, middle - b * unit, marked ? 7 : 2.5, 0, 2 * Math.PI);
      if (marked) { pen.strokeStyle = "#000"; pen.lineWidth = 2.5; pen.stroke(); } else { pen.fillStyle = "#0008"; pen.fill(); }
    });
  };

  const [box, input] = slider("Time", { min: 0, max: 1, step: 1, value: 0 }, (index) => go(index));
  const go = (index) => {
    at = Math.min(Math.max(index, 0), nTimes() - 1);
    const t = recording.times[at];
    input.value = at;
    input.setAttribute("aria-valuetext", `${Math.round(t)} ms`);
    cursor.setAttribute("x1", x(t));
    cursor.setAttribute("x2", x(t));
    let best = 0;
    for (let c = 1; c < recording.channels.length; c += 1) {
      if (Math.abs(values[c * nTimes() + at]) > Math.abs(values[best * nTimes() + at])) best = c;
    }
    const v = values[best * nTimes() + at];
    said.textContent = `${Math.round(t)} ms: largest at ${recording.channels[best]}, ${v < 0 ? "−" : ""}${Math.abs(v).toFixed(2)} ${recording.unit}`;
    paintMap();
  };

  const color = (place) => {
    if (!place) return "#586069";
    const hue = (Math.atan2(place[1], place[0]) * 180) / Math.PI;
    return `hsl(${Math.round(hue)} ${Math.round(30 + 55 * Math.min(Math.hypot(...place), 1))}% 45%)`;
  };

  const axes = () => {
    const line = (attributes) => draw("line", attributes);
    const text = (attributes, content) => draw("text", attributes, content);
    plot.append(line({ x1: LEFT, x2: WIDTH - RIGHT, y1: y(0), y2: y(0), class: "axis" }));
    const step = 10 ** Math.floor(Math.log10(most));
    const tick = most / step >= 4 ? 2 * step : most / step >= 2 ? step : step / 2;
    for (let v = -Math.floor(most / tick) * tick; v <= most; v += tick) {
      const shown = Number(v.toPrecision(6));
      plot.append(text({ x: LEFT - 8, y: y(v) + 4, "text-anchor": "end" }, String(shown || 0).replace("-", "−")));
      plot.append(line({ x1: LEFT - 4, x2: LEFT, y1: y(v), y2: y(v), class: "axis" }));
    }
    const [first, last] = [recording.times[0], recording.times[nTimes() - 1]];
    const every = [10, 20, 50, 100, 200, 500, 1000].find((one) => (last - first) / one <= 10) ?? 2000;
    for (let t = Math.ceil(first / every) * every; t <= last; t += every) {
      plot.append(text({ x: x(t), y: HEIGHT - 16, "text-anchor": "middle" }, String(t || 0).replace("-", "−")));
      plot.append(line({ x1: x(t), x2: x(t), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4, class: "axis" }));
    }
    plot.append(line({ x1: LEFT, x2: WIDTH - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM, class: "axis" }));
    plot.append(text({ x: WIDTH - RIGHT, y: HEIGHT - 2, "text-anchor": "end" }, "Time, ms"));
    plot.append(text({ x: 12, y: TOP + 4, transform: `rotate(-90 12 ${TOP + 4})`, "text-anchor": "end" }, `Amplitude, ${recording.unit}`));
    if (first < 0 && last > 0) plot.append(line({ x1: x(0), x2: x(0), y1: TOP, y2: HEIGHT - BOTTOM, class: "axis" }));
  };

  const series = (index) => {
    values = unpack(recording.series[index].values, Int16Array, recording.most);
    most = values.reduce((top, v) => Math.max(top, Math.abs(v)), 0) || 1;
    plot.replaceChildren();
    axes();
    recording.channels.forEach((name, c) => {
      let path = "";
      for (let t = 0; t < nTimes(); t += 1) path += `${t ? "L" : "M"}${x(recording.times[t]).toFixed(1)} ${y(values[c * nTimes() + t]).toFixed(1)}`;
      plot.append(draw("path", { d: path, stroke: color(recording.places?.[c]), class: "line" }, draw("title", {}, name)));
    });
    cursor = draw("line", { y1: TOP, y2: HEIGHT - BOTTOM, class: "cursor" });
    plot.append(cursor);
    scale.textContent = `blue −${most.toFixed(1)} to red ${most.toFixed(1)} ${recording.unit}`
      + (recording.marked.length ? "; rings: channels of the region" : "");
    go(at);
  };

  /** The moment when the channels differ most. */
  const peak = () => {
    const first = unpack(recording.series[0].values, Int16Array, recording.most);
    const power = recording.times.map((t, k) => (t < 0 ? 0 : recording.channels.reduce((sum, _, c) => sum + first[c * nTimes() + k] ** 2, 0)));
    return power.indexOf(Math.max(...power));
  };

  const choose = (index) => {
    recording = recordings[index];
    input.max = nTimes() - 1;
    side.hidden = !recording.places;
    weights = recording.places && spline(recording.places);
    at = peak();
    controls.replaceChildren(
      ...(recordings.length > 1 ? [choiceOfRecording] : []),
      choice("Shown", recording.series.map((one) => one.name), series),
      box,
    );
    series(0);
  };
  const choiceOfRecording = choice("Recording", recordings.map((one) => one.name), choose);

  plot.addEventListener("pointermove", (event) => {
    const edge = plot.getBoundingClientRect();
    const place = ((event.clientX - edge.left) / edge.width) * WIDTH;
    go(Math.round(((place - LEFT) / (WIDTH - LEFT - RIGHT)) * (nTimes() - 1)));
  });
  addEventListener("themechange", paintMap);
  choose(0);
};
