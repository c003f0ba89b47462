(() => {
  const table = document.getElementById("board");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const form = document.getElementById("filters");
  const count = document.getElementById("count");
  const headers = [...table.tHead.rows[0].cells];

  const value = (row, column, kind) => {
    const cell = row.cells[column];
    if (kind === "text") return cell.textContent.trim();
    return "value" in cell.dataset ? Number(cell.dataset.value) : NaN;
  };

  const sort = (column) => {
    const header = headers[column];
    const { kind, better } = header.dataset;
    const now = header.getAttribute("aria-sort");
    const first = better === "high" ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = now === first ? other : first;
    headers.forEach((one) => one.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    rows.sort((a, b) => {
      const [x, y] = [value(a, column, kind), value(b, column, kind)];
      if (kind === "text") return sign * x.localeCompare(y);
      if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
      return sign * (x - y);
    });
    body.append(...rows);
  };

  const filter = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const part = wanted.method.trim().toLowerCase();
    const best = new Map();
    const fits = rows.filter(
      ({ dataset }) =>
        ["task", "split", "family"].every((key) => !wanted[key] || dataset[key] === wanted[key]) &&
        dataset.method.toLowerCase().includes(part),
    );
    for (const row of fits) {
      const key = `${row.dataset.task} ${row.dataset.split}`;
      const score = value(row, 4, "number");
      if (!best.has(key) || score > value(best.get(key), 4, "number")) best.set(key, row);
    }
    const shown = new Set(wanted.best ? best.values() : fits);
    rows.forEach((row) => { row.hidden = !shown.has(row); });
    count.textContent = shown.size === rows.length
      ? `${rows.length} rows` : `${shown.size} of ${rows.length} rows`;
  };

  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(column));
    header.append(button);
  });
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
