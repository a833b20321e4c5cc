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
  /* The card comes into sight, again once its rows have made room, and keeps whoever uses the keyboard. */
  function reveal() {
    const card = document.getElementById("run-raw-card"), box = document.getElementById("run-raw-box");
    const show = () => card.scrollIntoView({ block: "start" });
    show();
    document.getElementById("run-raw-button").focus({ preventScroll: true });
    if (box.childElementCount) return;
    const watch = new MutationObserver(() => { watch.disconnect(); show(); });
    watch.observe(box, { childList: true });
  }
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    /* Whether the table is open: as the address says at first, then as the buttons say. */
    rawOpen(act, open) {
      if (!act) return new URLSearchParams(window.location.search).get("table") === "1" ? true : keep();
      if (act.do === "raw") return !open;
      if (act.do !== "raw-show") return keep();
      reveal();
      return open ? keep() : true;
    },
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
