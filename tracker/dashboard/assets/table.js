/* The comparison table out of plain data: as components, 200 runs with their settings would take seconds to lay out.
   Every text goes in as text, never as markup. */
(function () {
  "use strict";
  const none = v => v === null || v === undefined;
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return words.compare(String(a), String(b));
  }
  /* The columns that are shown and the rows in the order of the view: "" is the order of the list, "-key" the highest first. */
  function arranged(spec, view) {
    const down = (view.order || "").startsWith("-"), key = down ? view.order.slice(1) : view.order || "";
    const shown = spec.columns.map((c, at) => ({ ...c, at })).filter(c => !c.equal || view.equal);
    const by = shown.find(c => c.key === key);
    const rows = by ? [...spec.rows].sort((a, b) => {
      const x = a.cells[by.at].sort, y = b.cells[by.at].sort;
      return (none(x) - none(y)) || (none(x) ? 0 : down ? compare(y, x) : compare(x, y));
    }) : spec.rows;
    return { columns: shown, rows, by: by ? key : "", down };
  }
  function plain(cell) { return cell.text + (cell.at ? " (" + cell.at + ")" : ""); }
  /* A cell of Markdown: what would be markup, or end the cell, stands for itself. */
  function escaped(text) {
    return text.replace(/\s+/g, " ").replace(/[\\`*_{}[\]<>|#!~&$]/g, "\\$&").replace(/:\/\//g, "\\://");
  }
  function markdown(spec, view) {
    const { columns, rows } = arranged(spec, view), line = cells => "| " + cells.join(" | ") + " |";
    return [line(columns.map(c => escaped(c.title || c.label))), line(columns.map((c, i) => (i && c.key !== "verdict" ? "---:" : "---"))),
      ...rows.map(r => line(columns.map(c => escaped(plain(r.cells[c.at])) + (c.key === "run" && r.baseline ? " (baseline)" : ""))))].join("\n") + "\n";
  }
  /* A cell of CSV that no spreadsheet takes for a formula. */
  function csvCell(value) {
    if (none(value)) return "";
    if (typeof value === "number") return isFinite(value) ? String(value) : "";
    const text = /^[=+\-@\t\r\n]/.test(value) || /^\s+[=+\-@]/.test(value) ? "'" + value : value;
    return /[",\r\n;]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }
  function csv(spec, view) {
    const { columns, rows } = arranged(spec, view);
    const cells = r => columns.flatMap(c => {
      const cell = r.cells[c.at];
      if (!["loss", "acc"].includes(c.key)) return [csvCell(none(cell.sort) ? "" : cell.sort)];
      return [csvCell(cell.sort), csvCell(cell.at)];
    });
    const head = columns.flatMap(c => (["loss", "acc"].includes(c.key) ? [c.label, c.label + " at"] : [c.title || c.label])).map(csvCell);
    return [head.join(","), ...rows.map(r => cells(r).join(","))].join("\r\n") + "\r\n";
  }
  /* A file name of letters and digits alone. */
  function fileName(...parts) {
    return parts.map(p => String(p || "").normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "")).filter(Boolean).join("-").slice(0, 120) || "tracker";
  }
  /* What stands beside the table's title. */
  function beside(spec) {
    const marked = spec.rows.length > 1 && spec.rows.some(r => r.baseline) ? "differences from the baseline are marked" : "";
    return [marked, spec.left].filter(Boolean).join("; ");
  }
  const api = { arranged, markdown, csv, csvCell, escaped, fileName, beside };
  if (typeof module !== "undefined" && module.exports) { module.exports = api; return; }
  window.trackerTables = api;

  function make(tag, classes, text, title) {
    const node = document.createElement(tag);
    if (classes) node.className = classes;
    if (text !== undefined) node.textContent = text;
    if (title) node.title = title;
    return node;
  }
  const icon = name => { const i = make("i", "i i-" + name); i.setAttribute("aria-hidden", "true"); return i; };

  function head(columns, by, down) {
    const row = make("tr");
    for (const c of columns) {
      const th = make("th", c.key === "verdict" ? "left" : c.equal ? "equal" : ""), button = make("button", "", c.label, c.title || c.label);
      const on = c.key === by;
      th.scope = "col";
      if (on) th.setAttribute("aria-sort", down ? "descending" : "ascending");
      button.type = "button";
      // three clicks: lowest first, highest first, the order of the list; an accuracy is read from its best
      const first = c.key === "acc" ? "-" + c.key : c.key, second = c.key === "acc" ? c.key : "-" + c.key;
      const now = on ? (down ? "-" : "") + by : "";
      Object.assign(button.dataset, { act: "set", name: "order", value: now === first ? second : now === second ? "" : first });
      if (on) button.append(icon(down ? "arrow-down" : "arrow-up"));
      th.append(button);
      row.append(th);
    }
    const thead = make("thead");
    thead.append(row);
    return thead;
  }
  /* How many characters the longest place and the longest difference of a column have. */
  function longest(column, rows) {
    const most = name => Math.max(0, ...rows.map(r => (r.cells[column.at][name] || "").length));
    return { at: most("at"), delta: most("delta") };
  }
  /* What stands behind a value, as wide in each row, so that the values stand under one another. */
  function behind(td, classes, text, wide, title) {
    if (!wide) return;
    const node = make("span", classes, text || "", text ? title : "");
    node.style.minWidth = wide * 0.6 + "em"; // not ch, which is wider where the text is bold
    td.append(node);
  }
  function cell(column, c) {
    const td = make("td", column.key === "verdict" ? "left" : column.equal ? "equal" : "");
    if (c.verdict) {
      const badge = make("span", "verdict badge " + c.verdict.tone);
      badge.append(icon(c.verdict.icon), c.verdict.label);
      td.append(badge);
    } else if (column.key.startsWith("config:")) td.append(make("span", c.differs ? "setting differs" : "setting", c.text, c.text));
    else {
      td.append(make("span", c.best ? "best" : "", c.text));
      if (c.best) td.append(make("span", "unseen", "best"));
      behind(td, c.apart ? "at disagrees" : "at", c.at, column.wide.at);
      behind(td, "delta", c.delta, column.wide.delta, "Difference from the baseline");
    }
    return td;
  }
  function line(r, columns) {
    const row = make("tr", r.baseline ? "held" : "");
    row.dataset.act = "focus";
    row.dataset.id = r.id;
    for (const column of columns) {
      if (column.key !== "run") { row.append(cell(column, r.cells[column.at])); continue; }
      const td = make("td"), run = make("span", "run"), swatch = make("span", "swatch"), name = make("button", "", r.name, r.name);
      swatch.style.setProperty("--run", "var(--run-" + r.colour + ")");
      name.type = "button";
      run.append(swatch, name);
      if (r.baseline) run.append(make("span", "tag", "baseline"));
      td.append(run);
      row.append(td);
    }
    return row;
  }
  function stand(place, at) {
    const again = [...place.querySelectorAll("button")].find(b => (at.row ? b.closest("tr").dataset.id === at.row : b.closest("th") && b.title === at.title));
    if (again) again.focus();
  }
  let last = null;
  function show(place, spec, view) {
    if (!place || !spec) return;
    last = { spec, view };
    const { columns, rows, by, down } = arranged(spec, view), on = document.activeElement;
    for (const c of columns) c.wide = longest(c, rows);
    const held = place.contains(on) ? { row: on.closest("tr") && on.closest("tr").dataset.id, title: on.title } : null;
    const table = make("table", "comparison"), body = make("tbody");
    body.append(...rows.map(r => line(r, columns)));
    for (const r of body.rows) r.classList.toggle("focused", r.dataset.id === spec.focus);
    table.append(head(columns, by, down), body);
    settle(place, table);
    if (held && !place.contains(document.activeElement)) stand(place, held);
  }
  /* Lines that say the same stay, with what the reader has selected in them. */
  function settle(place, table) {
    const before = place.querySelector("table"), lines = of => [...of.rows], old = before ? lines(before) : [];
    if (old.length !== table.rows.length) return place.replaceChildren(table);
    lines(table).forEach((row, i) => { if (!old[i].isEqualNode(row)) old[i].replaceWith(row); });
  }
  /* The words and the switch over the table. */
  function said(spec, view) {
    const equal = spec.columns.filter(c => c.equal).length, button = document.getElementById("table-equal");
    if (button) {
      button.hidden = !equal || spec.rows.length < 2;
      button.textContent = view.equal ? "Hide equal settings" : "Show " + equal + " equal";
      button.dataset.value = String(!view.equal);
      button.setAttribute("aria-pressed", String(!!view.equal));
    }
    return beside(spec);
  }
  window.trackerTable = { show, said };

  window.trackerSave = function (name, text, type) {
    const link = document.createElement("a"), url = URL.createObjectURL(new Blob([text], { type }));
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  };
  document.addEventListener("click", async event => {
    const at = event.target.closest("[data-table]");
    if (!at || !last) return;
    if (at.dataset.table === "csv") {
      const project = window.trackerQuery.project(window.location.pathname);
      return window.trackerSave(fileName(project, "comparison") + ".csv", "\ufeff" + csv(last.spec, last.view), "text/csv;charset=utf-8");
    }
    try { await navigator.clipboard.writeText(markdown(last.spec, last.view)); window.trackerOverlays.say("Table copied as Markdown"); }
    catch (_) { window.trackerOverlays.say("The browser does not let pages copy here."); }
  });
})();
