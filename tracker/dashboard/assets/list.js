/* The run list as pure functions: which rows are listed, in which order, under which group, and what is counted. */
(function (root) {
  "use strict";
  const VERDICTS = ["overfitting", "overconfident", "diverged", "underfitting", "improving", "healthy", "too_early", "uncertain", "dismissed"];
  const MOST_TEXT = 256;

  /* How a row is looked at: {test, error}. A regular expression that cannot be read narrows nothing and is said. */
  function search(view) {
    const text = [...(view.q || "")].slice(0, MOST_TEXT).join("").trim();
    if (!text) return { test: () => true, error: "" };
    if (!view.regex) {
      const low = text.toLowerCase();
      return { test: s => s.toLowerCase().includes(low), error: "" };
    }
    try {
      const pattern = new RegExp(text, "iu");
      return { test: s => pattern.test(s), error: "" };
    } catch (error) {
      return { test: () => true, error: String(error.message).replace(/^Invalid regular expression: /, "").replace(/^.*\/[a-z]*: /s, "") };
    }
  }

  /* Rows that the search and the verdict pills leave; archived ones are there when they are asked for or drawn. */
  function listed(view, rows, on) {
    const { test } = search(view), verdicts = view.verdicts || [], drawn = on || new Set();
    return rows.filter(r =>
      (!r.archived || view.archived || drawn.has(r.id)) &&
      (!(view.q || "").trim() || [r.name, r.group, ...(r.tags || [])].some(s => s && test(s))) &&
      (!verdicts.length || verdicts.includes(r.verdict)));
  }

  function counts(rows) {
    const out = {};
    for (const r of rows) if (r.verdict) out[r.verdict] = (out[r.verdict] || 0) + 1;
    return VERDICTS.filter(v => out[v]).map(v => ({ verdict: v, count: out[v], sample: rows.find(r => r.verdict === v) }));
  }

  const none = v => v === null || v === undefined;
  const up = field => (a, b) => (none(a[field]) - none(b[field])) || (none(a[field]) ? 0 : a[field] - b[field]);
  const down = field => (a, b) => (none(a[field]) - none(b[field])) || (none(a[field]) ? 0 : b[field] - a[field]);
  const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const SORTS = {
    newest: () => 0,
    name: (a, b) => names.compare(a.name, b.name),
    loss: up("best_loss"), accuracy: down("best_acc"), duration: down("duration"),
    verdict: (a, b) => VERDICTS.indexOf(a.verdict || "uncertain") - VERDICTS.indexOf(b.verdict || "uncertain"),
  };
  /* Rows in the order that was asked for; equal ones stay newest first. */
  function sorted(view, rows) {
    const compare = SORTS[view.sort] || SORTS.newest;
    return view.sort === "newest" ? rows : [...rows].sort(compare);
  }

  /* The group of a row: its own, or the value of a setting as the server wrote it; "" for none. */
  function groupOf(view, row, grouping) {
    if (!view.group) return "";
    if (view.group === "group") return row.group || "";
    return grouping && grouping.by === view.group ? grouping.values[row.id] || "" : "";
  }

  /* What the list holds from top to bottom: pinned runs, then the rest under the headers of their groups. A header is
     {header, title, ids, counts, folded}; a row of a folded group is left out. */
  function items(view, rows, on, grouping) {
    const kept = sorted(view, listed(view, rows, on)), pins = view.pins || [];
    const top = pins.map(id => kept.find(r => r.id === id)).filter(Boolean), pinned = new Set(top.map(r => r.id));
    const rest = kept.filter(r => !pinned.has(r.id));
    if (!view.group) return [...top, ...rest];
    const groups = new Map();
    for (const r of rest) {
      const name = groupOf(view, r, grouping);
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(r);
    }
    const order = [...groups.keys()].sort((a, b) => (a === "") - (b === "") || (view.sort === "newest" || view.sort === "name" ? names.compare(a, b) : 0));
    const folded = new Set(view.folded || []);
    return [...top, ...order.flatMap(name => {
      const members = groups.get(name), key = "g:" + name;
      return [{ id: key, header: true, name, ids: members.map(r => r.id), counts: counts(members), folded: folded.has(key) }, ...(folded.has(key) ? [] : members)];
    })];
  }

  /* A name whose end tells the run from its siblings, "resnet-cutout" + "-17": where room is short its beginning is cut. */
  function parted(name) {
    const found = name.length < 14 ? null : name.match(/^(.{6,}?)([-_./ ]?[^-_./ ]{1,8})$/u);
    return found ? found.slice(1) : [name];
  }

  const api = { parted, search, listed, counts, sorted, groupOf, items, VERDICTS, SORTS: Object.keys(SORTS) };
  if (typeof module !== "undefined" && module.exports) module.exports = api; else root.trackerList = api;
})(typeof window === "undefined" ? globalThis : window);
