// What interactive views share: data, controls, colors.
const neuro = (() => {
  const makers = {};

  /** Integers packed as base64, as numbers up to `most`. */
  const unpack = (text, Kind, most) => {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const integers = new Kind(bytes.buffer);
    const largest = 2 ** (8 * Kind.BYTES_PER_ELEMENT - (Kind === Uint8Array ? 0 : 1)) - 1;
    return Float32Array.from(integers, (one) => (one * most) / largest);
  };

  const element = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  };

  /** Elements of a picture; the namespace is that of the empty picture on the page. */
  const drawn = (stage) => {
    const space = stage.querySelector("svg").namespaceURI;
    return (tag, attributes = {}, ...children) => {
      const made = document.createElementNS(space, tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      made.append(...children);
      return made;
    };
  };

  const choice = (label, names, action) => {
    const select = element("select", {}, ...names.map((name, i) => element("option", { value: i }, name)));
    select.addEventListener("change", () => action(Number(select.value)));
    return element("label", {}, `${label} `, select);
  };

  const slider = (label, { min, max, step, value }, action) => {
    const input = element("input", { type: "range", min, max, step, value });
    input.addEventListener("input", () => action(Number(input.value)));
    return [element("label", { class: "slider" }, `${label} `, input), input];
  };

  /** A color of a ramp, as red, green and blue, for a place in [0, 1]. */
  const ramp = (stops) => (place) => {
    const at = Math.min(Math.max(place, 0), 1) * (stops.length - 1);
    const low = Math.min(Math.floor(at), stops.length - 2);
    return stops[low].map((one, k) => Math.round(one + (stops[low + 1][k] - one) * (at - low)));
  };
  const diverging = ramp([
    [5, 48, 97], [33, 102, 172], [67, 147, 195], [146, 197, 222], [209, 229, 240], [247, 247, 247],
    [253, 219, 199], [244, 165, 130], [214, 96, 77], [178, 24, 43], [103, 0, 31],
  ]);
  const PALETTE = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#b59a00", "#6e6e6e", "#7b3294",
    "#1b7837", "#8c510a", "#c51b7d", "#35978f",
  ];

  const ink = () => getComputedStyle(document.documentElement).getPropertyValue("--text").trim();

  const start = () => {
    for (const figure of document.querySelectorAll("figure.view")) {
      const stage = figure.querySelector(".stage");
      const data = JSON.parse(figure.querySelector("script").textContent);
      figure.hidden = false;
      makers[figure.dataset.view](stage, data);
    }
  };
  document.addEventListener("DOMContentLoaded", start);
  return { makers, unpack, element, drawn, choice, slider, diverging, PALETTE, ink };
})();
