"use strict";
(() => {
  const root = document.documentElement;
  const key = "neuro-report-theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // Storage may be forbidden for files; the theme then lasts as long as the page.
  const remember = (theme) => { try { localStorage.setItem(key, theme); } catch { /* see above */ } };
  const recall = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const theme = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const other = () => (theme() === "dark" ? "light" : "dark");

  const chosen = recall();
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  const themeButton = () => {
    const button = document.getElementById("theme");
    const label = () => { button.textContent = other() === "dark" ? "Dark theme" : "Light theme"; };
    button.addEventListener("click", () => {
      root.dataset.theme = other();
      remember(root.dataset.theme);
      label();
    });
    dark.addEventListener("change", label);
    label();
    button.hidden = false;
  };

  const contents = () => {
    const box = document.getElementById("contents");
    if (!matchMedia("(min-width: 68rem)").matches) box.open = false;
    const places = [...box.querySelectorAll("a")].map(
      (link) => [link, document.getElementById(link.hash.slice(1))],
    );
    let waiting = false;
    const mark = () => {
      waiting = false;
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
    if (target && target.tagName === "DETAILS") target.open = true;
  };

  const printing = () => {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      for (const box of opened) box.open = true;
    });
    addEventListener("afterprint", () => { for (const box of opened) box.open = false; });
  };

  document.addEventListener("DOMContentLoaded", () => {
    themeButton();
    contents();
    printing();
    addEventListener("hashchange", openTarget);
    openTarget();
  });
})();
