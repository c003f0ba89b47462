// A network: nodes on a circle, the strongest connections, and those of one node.
neuro.makers.network = (stage, { networks }) => {
  const { element, choice, slider } = neuro;
  const draw = neuro.drawn(stage);
  const SIZE = 640, RADIUS = 235, SHOWN = 12;

  const plot = draw("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "network", role: "img" });
  const list = element("ol", { class: "strongest" });
  const said = element("p", { class: "said" });
  const controls = element("div", { class: "controls" });
  stage.append(controls, element("div", { class: "pair" }, element("div", { class: "wide" }, plot), element("div", { class: "map" }, said, list)));

  let network, count = 0, chosen = -1;
  const place = (i, radius) => {
    const angle = (2 * Math.PI * i) / network.nodes.length - Math.PI / 2;
    return [SIZE / 2 + radius * Math.cos(angle), SIZE / 2 + radius * Math.sin(angle)];
  };
  const bend = (one, other) => (SIZE / 2 + 0.35 * ((one + other) / 2 - SIZE / 2)).toFixed(1);
  const shown = (weight) => Number(weight.toPrecision(3)).toString().replace("-", "−");

  const paint = () => {
    const edges = network.edges.slice(0, count);
    const most = Math.abs(network.edges[0]?.[2] ?? 1);
    const own = chosen < 0 ? edges : network.edges.filter(([a, b]) => a === chosen || b === chosen).slice(0, count);
    plot.replaceChildren();
    plot.setAttribute("aria-label", `${network.nodes.length} nodes and ${own.length} connections; the strongest are listed beside`);
    for (const [a, b, weight] of [...own].reverse()) {
      const [x1, y1] = place(a, RADIUS), [x2, y2] = place(b, RADIUS);
      plot.append(draw("path", {
        d: `M${x1.toFixed(1)} ${y1.toFixed(1)}Q${bend(x1, x2)} ${bend(y1, y2)} ${x2.toFixed(1)} ${y2.toFixed(1)}`,
        class: weight < 0 ? "edge below" : "edge above",
        "stroke-width": (0.5 + 3.5 * Math.abs(weight / most)).toFixed(2),
        "stroke-opacity": (0.15 + 0.75 * Math.abs(weight / most)).toFixed(2),
      }, draw("title", {}, `${network.nodes[a]} – ${network.nodes[b]}: ${shown(weight)}`)));
    }
    const linked = new Set(own.flatMap(([a, b]) => [a, b]));
    const small = network.nodes.length > 60;
    network.nodes.forEach((name, i) => {
      const [x, y] = place(i, RADIUS), [tx, ty] = place(i, RADIUS + 9);
      const angle = (360 * i) / network.nodes.length - 90;
      const turned = angle > 90;
      const dot = draw("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: i === chosen ? 6 : small ? 3 : 4.5, class: linked.has(i) ? "node linked" : "node" }, draw("title", {}, name));
      dot.addEventListener("pointerenter", () => { select.value = String(i); choose(i); });
      plot.append(dot, draw("text", {
        x: tx.toFixed(1), y: ty.toFixed(1),
        transform: `rotate(${(turned ? angle + 180 : angle).toFixed(1)} ${tx.toFixed(1)} ${ty.toFixed(1)})`,
        "text-anchor": turned ? "end" : "start", "dominant-baseline": "middle",
        class: `${small ? "small " : ""}${linked.has(i) ? "" : "pale"}`,
      }, name.length > 16 ? `${name.slice(0, 15)}…` : name));
    });
    said.textContent = chosen < 0
      ? `The ${own.length} strongest of ${network.total} connections; the first of them:`
      : `The strongest connections of ${network.nodes[chosen]}:`;
    list.replaceChildren(...own.slice(0, SHOWN).map(([a, b, weight]) => {
      const names = chosen < 0 ? `${network.nodes[a]} – ${network.nodes[b]}` : network.nodes[a === chosen ? b : a];
      return element("li", {}, element("span", {}, names), element("span", { class: "number" }, shown(weight)));
    }));
  };
  const choose = (node) => { chosen = node; paint(); };

  let select;
  const open = (index) => {
    network = networks[index];
    chosen = -1;
    const most = network.edges.length;
    count = Math.min(most, Math.max(30, network.nodes.length));
    const [box] = slider("Connections", { min: Math.min(1, most), max: most, step: 1, value: count }, (v) => { count = v; paint(); });
    const nodes = choice("Node", ["all", ...network.nodes], (i) => choose(i - 1));
    select = nodes.querySelector("select");
    [...select.options].forEach((option, i) => { option.value = String(i - 1); });
    const picked = element("label", {}, "Node ", select);
    select.addEventListener("change", () => choose(Number(select.value)));
    controls.replaceChildren(...(networks.length > 1 ? [choiceOfNetwork] : []), picked, box);
    paint();
  };
  const choiceOfNetwork = choice("Weights", networks.map((one) => one.name), open);
  plot.addEventListener("pointerleave", () => { select.value = "-1"; choose(-1); });
  open(0);
};
