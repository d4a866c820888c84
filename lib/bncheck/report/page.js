// Filters and sorts the matrix, and the cases below it likewise. Without it the page shows all, in the order of the run.
"use strict";
(() => {
  const body = document.querySelector("#matrix tbody");
  if (!body) return;
  const controls = document.querySelector(".controls");
  const words = controls.querySelector("[type=search]"), suite = controls.querySelector("select");
  const shown = controls.querySelector("output"), boxes = [...controls.querySelectorAll("[type=checkbox]")];
  const list = document.querySelector("#cases");
  const rows = [...body.rows].map((row, order) => {
    const link = row.cells[0].querySelector("a"), id = row.cells[0].textContent;
    return {row, order, id, suite: id.split("/")[0], verdict: row.cells[1].textContent,
            details: link && document.getElementById(link.hash.slice(1))};
  });
  const number = (row, column) => {
    const data = row.cells[column].querySelector("data"), text = data ? data.value : row.cells[column].textContent;
    if (text === "" || text === "–" || text === "✓") return null;
    if (text === "inf" || text === "nan") return Infinity;
    const value = /-?[0-9][0-9eE.+-]*/.exec(text);
    return value ? Number.parseFloat(value[0]) : -Infinity;  // an error has no digits at all
  };

  const filter = () => {
    // A part of a name first, then a pattern, which may not be one while it is being written.
    const plain = words.value.toLowerCase();
    let pattern = null;
    if (!rows.some(r => r.id.toLowerCase().includes(plain)))
      try { pattern = new RegExp(words.value, "i"); } catch { }
    const verdicts = new Set(boxes.filter(box => box.checked).map(box => box.value));
    let count = 0;
    for (const r of rows) {
      const fits = (pattern ? pattern.test(r.id) : r.id.toLowerCase().includes(plain)) && verdicts.has(r.verdict) &&
                   (suite.value === "" || suite.value === r.suite);
      r.row.hidden = !fits;
      if (r.details) r.details.hidden = !fits;
      count += fits;
    }
    shown.value = `${count} of ${rows.length} cases`;
  };

  const severity = ["error", "fail", "xpass", "inconclusive", "xfail", "pass", "skipped"];
  const key = (r, column) => column === 0 ? r.id : column === 1 ? severity.indexOf(r.verdict) : number(r.row, column);
  const compare = (a, b) => typeof a === "string" ? a.localeCompare(b) : a === b ? 0 : a < b ? -1 : 1;
  const sort = (column, header) => {
    // The worst first: of errors and conditioning the largest, of digits the fewest.
    const down = header.ariaSort ? header.ariaSort === "ascending" : ["of bound", "κ"].includes(header.textContent);
    for (const other of header.parentNode.cells) other.removeAttribute("aria-sort");
    header.ariaSort = down ? "descending" : "ascending";
    const keys = new Map(rows.map(r => [r, key(r, column)]));
    const sorted = [...rows].sort((a, b) => {
      const ka = keys.get(a), kb = keys.get(b);
      if (ka === null || kb === null) return (ka === null) - (kb === null) || a.order - b.order;  // the blank ones last
      return (down ? -1 : 1) * compare(ka, kb) || a.order - b.order;
    });
    for (const r of sorted) {
      body.append(r.row);
      if (r.details) list.append(r.details);
    }
  };

  for (const [column, header] of [...document.querySelectorAll("#matrix thead th")].entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(column, header));
    header.append(button);
  }
  const names = new Map(rows.filter(r => r.details).map(r => [r.details.id, r.id]));
  for (const link of document.querySelectorAll("svg a")) {
    const title = document.createElementNS(link.namespaceURI, "title");
    title.textContent = names.get(link.href.baseVal.slice(1)) ?? "";
    link.append(title);
  }

  for (const control of [words, suite, ...boxes]) control.addEventListener("input", filter);

  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", open);
  document.addEventListener("click", event => {
    const link = event.target.closest && event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) open();  // again the one that is in the address
  });

  // A case's command gets its button when it is opened.
  document.addEventListener("toggle", event => {
    const command = event.target.querySelector && event.target.querySelector(":scope > code");
    if (!command || event.target.querySelector(".copy") || !navigator.clipboard) return;
    const button = document.createElement("button");
    button.className = "copy";
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(command);
        button.textContent = "Selected: press Ctrl+C";
      }
    });
    command.after(button);
  }, true);

  controls.hidden = false;
  filter();
  open();
})();
