// Review of recordings by keyboard; marks stay in this browser, and leave it as a table.
(() => {
  const MARKS = { a: "accept", r: "reject", "?": "unsure" };

  document.addEventListener("DOMContentLoaded", () => {
    const panel = document.getElementById("review");
    const key = `neuro-review:${panel.dataset.title}`;
    const rows = () => [...document.querySelectorAll("tr[data-recording]")];
    const name = (row) => `${row.dataset.dataset}/${row.dataset.recording}`;
    const recall = () => { try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; } };
    let marks = recall();
    // Storage may be forbidden for files; marks then last as long as the page.
    const remember = () => { try { localStorage.setItem(key, JSON.stringify(marks)); } catch { /* see above */ } };

    const remedy = (rejected) => {
      const box = document.getElementById("review-remedy");
      const lines = ["datasets:"];
      for (const dataset of new Set(rejected.map((row) => row.dataset.dataset))) {
        const own = rejected.filter((row) => row.dataset.dataset === dataset);
        const names = own.map((row) => JSON.stringify(row.dataset.recording)).join(", ");
        lines.push(`  ${JSON.stringify(dataset)}:`, "    recordings:", `      exclude: [${names}]`);
      }
      box.hidden = !rejected.length;
      box.querySelector("pre").textContent = lines.join("\n");
    };

    const draw = () => {
      const count = { accept: 0, reject: 0, unsure: 0 };
      const all = rows();
      for (const row of all) {
        const mark = marks[name(row)];
        const cell = row.querySelector(".mark");
        cell.textContent = mark ?? "";
        row.dataset.mark = mark ?? "";
        if (mark in count) count[mark] += 1;
      }
      const left = all.length - count.accept - count.reject - count.unsure;
      document.getElementById("review-count").textContent =
        `${count.accept} accepted, ${count.reject} rejected, ${count.unsure} unsure, ${left} left`;
      remedy(all.filter((row) => marks[name(row)] === "reject"));
    };

    const current = () => document.querySelector("tr[data-current]");
    const go = (row) => {
      if (!row) return;
      current()?.removeAttribute("data-current");
      row.setAttribute("data-current", "");
      row.querySelector("a").focus({ preventScroll: true });
      row.scrollIntoView({ block: "center" });
    };
    const step = (by) => {
      const shown = rows().filter((row) => !row.hidden);
      const at = shown.indexOf(current());
      go(shown[at < 0 ? 0 : Math.min(Math.max(at + by, 0), shown.length - 1)]);
    };
    const set = (mark) => {
      const row = current();
      if (!row) return;
      if (mark) marks[name(row)] = mark;
      else delete marks[name(row)];
      remember();
      draw();
    };

    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest("input, textarea, select")) return;
      if (event.key === "j") step(1);
      else if (event.key === "k") step(-1);
      else if (event.key === "u") set("");
      else if (event.key in MARKS) set(MARKS[event.key]);
      else return;
      event.preventDefault();
    });
    for (const row of rows()) row.addEventListener("focusin", () => {
      current()?.removeAttribute("data-current");
      row.setAttribute("data-current", "");
    });

    document.getElementById("review-export").addEventListener("click", () => {
      const cell = (text) => text.replace(/[\t\r\n]/g, " ");
      const lines = rows().map((row) => [row.dataset.dataset, row.dataset.recording, marks[name(row)] ?? "n/a"]);
      const table = [["dataset", "recording", "review"], ...lines];
      const text = table.map((line) => line.map(cell).join("\t")).join("\n") + "\n";
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "text/tab-separated-values" }));
      link.download = "review.tsv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href));
    });
    document.getElementById("review-clear").addEventListener("click", () => {
      if (!Object.keys(marks).length || !confirm("Clear all marks?")) return;
      marks = {};
      remember();
      draw();
    });

    for (const cell of document.querySelectorAll(".mark")) cell.hidden = false;
    panel.hidden = false;
    draw();
  });
})();
