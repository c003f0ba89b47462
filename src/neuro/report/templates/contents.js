// The list of pages: folded on small screens, with the section in view marked; what is linked to is
// unfolded, and everything is before printing.
(() => {
  const marking = () => {
    const places = [...document.querySelectorAll("#sections a")].map(
      (link) => [link, document.getElementById(link.hash.slice(1))],
    );
    if (!places.length) return;
    let waiting = false;
    const mark = () => {
      waiting = false;
      const root = document.documentElement;
      const atEnd = innerHeight + scrollY >= root.scrollHeight - 2 && scrollY > 0;
      let current = null;
      for (const [link, place] of places) {
        if (atEnd || place.getBoundingClientRect().top <= innerHeight * 0.25) current = link;
      }
      for (const [link] of places) {
        if (link === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    addEventListener("scroll", () => {
      if (!waiting) { waiting = true; requestAnimationFrame(mark); }
    }, { passive: true });
    mark();
  };

  const openTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    const box = target.closest("details");
    if (box && !box.open) { box.open = true; target.scrollIntoView(); }
  };

  const printing = () => {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      for (const box of opened) box.open = true;
      for (const image of document.images) image.loading = "eager";
    });
    addEventListener("afterprint", () => { for (const box of opened) box.open = false; });
  };

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("contents");
    if (!matchMedia("(min-width: 68rem)").matches) box.open = false;
    document.querySelector(".contents [aria-current=page]")?.scrollIntoView({ block: "nearest" });
    marking();
    printing();
    addEventListener("hashchange", openTarget);
    openTarget();
  });
})();
