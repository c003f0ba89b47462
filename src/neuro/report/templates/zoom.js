// A figure in full size: a click or Enter opens it, the arrow keys go on, Escape closes.
(() => {
  document.addEventListener("DOMContentLoaded", () => {
    const plates = [...document.querySelectorAll("a.plate")];
    if (!plates.length || !("HTMLDialogElement" in globalThis)) return;
    const make = (tag, name, text) => {
      const element = document.createElement(tag);
      element.className = name;
      if (text) element.textContent = text;
      return element;
    };
    const button = (text, label, action) => {
      const element = make("button", "", text);
      element.type = "button";
      element.setAttribute("aria-label", label);
      element.addEventListener("click", action);
      return element;
    };
    const dialog = make("dialog", "zoom");
    const title = make("p", "zoom-title");
    const stage = make("div", "zoom-stage");
    const image = document.createElement("img");
    title.id = "zoom-title";
    title.setAttribute("aria-live", "polite");
    dialog.setAttribute("aria-labelledby", title.id);
    stage.tabIndex = 0;
    stage.setAttribute("role", "region");
    stage.setAttribute("aria-label", "Figure");
    let at = 0;
    const show = (index) => {
      at = (index + plates.length) % plates.length;
      const inside = plates[at].querySelector("img");
      image.src = inside.src;
      image.alt = inside.alt;
      stage.classList.remove("large");
      const caption = plates[at].closest("figure").querySelector("figcaption b");
      title.textContent = `${caption.textContent} (${at + 1} of ${plates.length})`;
    };
    const bar = make("div", "zoom-bar");
    const larger = button("Larger", "Larger or whole", () => stage.classList.toggle("large"));
    bar.append(
      title,
      button("‹", "Figure before", () => show(at - 1)),
      button("›", "Next figure", () => show(at + 1)),
      larger,
      button("Close", "Close", () => dialog.close()),
    );
    stage.append(image);
    dialog.append(bar, stage);
    document.body.append(dialog);
    image.addEventListener("click", () => stage.classList.toggle("large"));
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("keydown", (event) => {
      if (stage.classList.contains("large") && document.activeElement === stage) return;
      if (event.key === "ArrowRight") show(at + 1);
      else if (event.key === "ArrowLeft") show(at - 1);
      else return;
      event.preventDefault();
    });
    dialog.addEventListener("close", () => {
      image.removeAttribute("src");
      plates[at].closest("details:not([open])")?.setAttribute("open", "");
      plates[at].focus();
    });
    plates.forEach((plate, index) => {
      plate.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        show(index);
        dialog.showModal();
      });
    });
  });
})();
