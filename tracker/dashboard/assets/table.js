/* The comparison table out of plain data: as components, 200 runs with their settings would take seconds to lay out.
   Every text goes in as text, never as markup. */
(function () {
  "use strict";
  function make(tag, classes, text, title) {
    const node = document.createElement(tag);
    if (classes) node.className = classes;
    if (text !== undefined) node.textContent = text;
    if (title) node.title = title;
    return node;
  }
  function cell(row, classes, ...children) {
    const td = make("td", classes);
    td.append(...children);
    row.append(td);
  }
  function value(v) {
    const out = [make("span", v.best ? "best" : "", v.text)];
    if (v.best) out.push(make("span", "unseen", "best"));
    if (v.at) out.push(make("span", v.apart ? "at apart" : "at", v.at));
    return out;
  }
  function head(spec) {
    const row = make("tr");
    const add = (text, classes, title) => { const th = make("th", classes, text, title); th.scope = "col"; row.append(th); };
    for (const text of ["Run", "Best val loss", "Best val acc", "Gap"]) add(text);
    add("Verdict", "left");
    for (const s of spec.settings) add(s.short, "", s.key);
    const thead = make("thead");
    thead.append(row);
    return thead;
  }
  function line(r) {
    const row = make("tr", r.baseline ? "focused" : "");
    row.dataset.act = "focus";
    row.dataset.id = r.id;
    const run = make("span", "run"), swatch = make("span", "swatch"), name = make("button", "", r.name, r.name);
    swatch.style.setProperty("--run", "var(--run-" + r.colour + ")");
    name.type = "button";
    run.append(swatch, name);
    if (r.baseline) run.append(make("span", "tag", "baseline"));
    cell(row, "", run);
    cell(row, "", ...value(r.loss));
    cell(row, "", ...value(r.acc));
    cell(row, "", r.gap);
    const badge = make("span", "verdict badge " + r.verdict.tone), icon = make("i", "i i-" + r.verdict.icon);
    icon.setAttribute("aria-hidden", "true");
    badge.append(icon, r.verdict.label);
    cell(row, "left", badge);
    for (const s of r.settings) cell(row, "", make("span", s.differs ? "setting differs" : "setting", s.text, s.text));
    return row;
  }
  window.trackerTable = function (place, spec) {
    if (!place || !spec) return;
    const held = place.contains(document.activeElement) && document.activeElement.closest("tr[data-id]");
    const table = make("table", "comparison"), body = make("tbody");
    body.append(...spec.rows.map(line));
    table.append(head(spec), body);
    place.replaceChildren(table);
    if (held) {
      const again = [...body.rows].find(r => r.dataset.id === held.dataset.id);
      if (again) again.querySelector("button").focus();
    }
  };
})();
