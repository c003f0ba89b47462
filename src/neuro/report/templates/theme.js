"use strict";
// The theme: the system's, or the one chosen here.
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

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    const label = () => { button.textContent = other() === "dark" ? "Dark theme" : "Light theme"; };
    const told = () => { label(); dispatchEvent(new Event("themechange")); };
    button.addEventListener("click", () => {
      root.dataset.theme = other();
      remember(root.dataset.theme);
      told();
    });
    dark.addEventListener("change", told);
    label();
    button.hidden = false;
  });
})();
