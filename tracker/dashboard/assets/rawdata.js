/* The raw data table: which columns are shown, where it is scrolled, and that it follows a run that grows. */
(function () {
  "use strict";
  const WIDE = 20;
  /* Numbers of the columns whose names hold all words of the text; the first ones when nothing is asked for. */
  function columns(names, text) {
    const words = (text || "").trim().toLowerCase().split(/\s+/).filter(Boolean);
    const found = names.map((name, i) => [name.toLowerCase(), i]).filter(([name]) => words.every(w => name.includes(w))).map(([, i]) => i);
    return words.length ? found.slice(0, 200) : found.slice(0, WIDE);
  }
  if (typeof module !== "undefined" && module.exports) { module.exports = { columns }; return; }

  const keep = () => window.dash_clientside.no_update;
  function api() {
    try { return document.getElementById("run-raw-grid") ? window.dash_ag_grid.getApi("run-raw-grid") : null; } catch (_) { return null; }
  }
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    rawColumns(text) {
      const grid = api();
      if (!grid) return keep();
      const series = (grid.getColumns() || []).filter(c => /^s\d+$/.test(c.getColId()));
      const on = new Set(columns(series.map(c => c.getColDef().headerName), text));
      grid.setColumnsVisible(series.filter((_, i) => on.has(i)), true);
      grid.setColumnsVisible(series.filter((_, i) => !on.has(i)), false);
      return keep();
    },
    rawGo(to) {
      const grid = api();
      if (grid && to && to.row !== null) grid.ensureIndexVisible(to.row, "middle");
      return keep();
    },
    rawFresh() {
      const grid = api();
      if (grid) grid.refreshInfiniteCache();
      return keep();
    },
  });
})();
