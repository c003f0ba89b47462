// Tables: a column's title sorts by it; long tables, and those that ask for it, have a filter.
(() => {
  const LONG = 12;
  const SUPERSCRIPT = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹";
  const number = (text) => {
    const plain = [...text.replace(/[\s,%°]/g, "").replace("−", "-")]
      .map((sign) => (SUPERSCRIPT.includes(sign) ? "-0123456789"[SUPERSCRIPT.indexOf(sign)] : sign))
      .join("")
      .replace("×10", "e");
    return Number.parseFloat(plain);
  };
  const value = (row, column, isNumber) => {
    const cell = row.cells[column];
    if (!isNumber) return cell.textContent.trim();
    return "value" in cell.dataset ? Number(cell.dataset.value) : number(cell.textContent);
  };

  const sortable = (table) => {
    const [body] = table.tBodies;
    const headers = [...table.tHead.rows[0].cells];
    const sort = (column) => {
      const header = headers[column];
      const isNumber = header.classList.contains("number");
      const first = isNumber ? "descending" : "ascending";
      const other = isNumber ? "ascending" : "descending";
      const direction = header.getAttribute("aria-sort") === first ? other : first;
      for (const one of headers) one.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      const rows = [...body.rows].map((row) => [value(row, column, isNumber), row]);
      rows.sort(([x], [y]) => {
        if (!isNumber) return sign * x.localeCompare(y, undefined, { numeric: true });
        if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
        return sign * (x - y);
      });
      body.append(...rows.map(([, row]) => row));
    };
    headers.forEach((header, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...header.childNodes);
      button.addEventListener("click", () => sort(column));
      header.append(button);
    });
  };

  const filterable = (table) => {
    const rows = [...table.tBodies[0].rows];
    const label = document.createElement("label");
    const input = document.createElement("input");
    const count = document.createElement("span");
    label.className = "filter";
    input.type = "search";
    input.autocomplete = "off";
    input.placeholder = "part of a row";
    count.setAttribute("role", "status");
    label.append("Filter ", input, " ", count);
    input.addEventListener("input", () => {
      const part = input.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(part);
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = part ? `${shown} of ${rows.length}` : "";
    });
    (table.closest(".scroll") ?? table).before(label);
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const table of document.querySelectorAll("table.data")) {
      const rows = table.tBodies[0]?.rows.length ?? 0;
      if (rows > 1) sortable(table);
      if (rows > LONG || (rows > 1 && "filter" in table.dataset)) filterable(table);
    }
  });
})();
