/* The runs page at work: one grid that follows the server's answers and the reader's view. The view stands in the URL. */
(function () {
  "use strict";
  const T = () => window.trackerRuns;
  const keep = () => window.dash_clientside.no_update;
  const set = (id, data) => window.dash_clientside.set_props(id, { data });
  const EVERY_MS = 1000, PATIENCE_MS = 20000, SPARKS = 60, BEYOND = 10;
  let P = null, timer = null;

  const plain = path => window.trackerQuery.plain(path);
  const here = page => page && page === P && document.getElementById("runs-grid") && plain(window.location.pathname) === plain(page.base);

  async function mount(first) {
    clearInterval(timer);
    const view = T().read(window.location.search);
    const page = P = {
      ...first, view, rows: new Map(), dead: null, sparks: new Map(), stale: new Set(), fresh: new Set(), seen: null,
      cursor: null, asked: 0, waiting: false, phone: window.matchMedia("(max-width: 760px)").matches, api: null,
      total: 0, unread: 0, live: 0, standard: ["name"], tools: null,
    };
    page.tools = window.trackerRunTools(page, { change, act, listed, ticked, columns, exportCsv, askViews });
    page.tools.search(view.q);
    take(page, first.answer, true);
    // names of runs are told apart by their ends: they are shown whole where there is room
    page.wide = Math.min(330, Math.max(230, 80 + 7.6 * Math.max(0, ...[...page.rows.values()].map(r => r.name.length))));
    page.far = T().far([...page.rows.values()]);
    page.standard = T().standard([...page.rows.values()], first.telling, page.phone);
    page.api = await window.dash_ag_grid.getApiAsync("runs-grid");
    if (!here(page)) return;
    const api = page.api;
    api.updateGridOptions({
      context: { page: () => P }, rowHeight: page.phone ? 52 : 38,
      isExternalFilterPresent: () => true, doesExternalFilterPass: node => T().passes(P.view, node.data),
      rowClassRules: { archived: params => params.data.archived },
      columnDefs: definitions(), rowData: [...page.rows.values()],
    });
    sort();
    api.addEventListener("sortChanged", event => { if (event.source === "uiColumnSorted") sorted(); });
    api.addEventListener("columnMoved", event => { if (event.finished && event.source === "uiColumnMoved") moved(); });
    api.addEventListener("selectionChanged", () => page.tools.ticks());
    for (const event of ["bodyScroll", "modelUpdated", "viewportChanged", "gridSizeChanged"]) api.addEventListener(event, soon);
    page.tools.show();
    show();
    // columns take their places in the next frame; nobody sees them move
    requestAnimationFrame(() => requestAnimationFrame(() => {
      document.querySelector(".runs-page")?.setAttribute("data-ready", "");
      setTimeout(() => { if (here(page)) api.setGridOption("rowBuffer", BEYOND); }, 300); // the rows in sight are drawn by now
    }));
    if (view.deleted) askDeleted();
    timer = setInterval(() => { if (!here(page)) clearInterval(timer); else if (!document.hidden) ask(); }, EVERY_MS);
    ask();
  }

  // ------------------------------------------------------------------------------------------------ what the server says
  /* One question at a time: a second one would make Dash drop the answer to the first. */
  function ask() {
    const page = P;
    if (!here(page) || (page.waiting && Date.now() - page.asked < PATIENCE_MS)) return;
    page.waiting = true;
    page.asked = Date.now();
    set("runs-ask", {
      cursor: page.cursor, keys: P.known, fresh: [...page.fresh], sparks: wanted(), keyed: page.keyed,
      deleted: page.wantDeleted || false, views: page.wantViews || false, n: page.asked,
    });
  }
  window.addEventListener("tracker:back", () => { if (P) P.waiting = false; });

  function answered(answer) {
    const page = P;
    if (!here(page) || !answer) return keep();
    page.waiting = false;
    if (answer.failed) return keep();
    take(page, answer, false);
    if (answer.lines.length || answer.gone.length || answer.whole) page.tools.ticks(true);
    show();
    if (answer.more || needed()) ask();
    return keep();
  }

  function take(page, answer, first) {
    const { fields } = page, add = [], update = [], remove = [];
    if (answer.whole && !first) page.seen = new Set();
    for (const line of answer.lines) {
      const r = T().row(fields, line), known = page.rows.get(r.id);
      r.config = known ? { ...known.config } : {};
      for (const key of Object.keys(answer.config || {})) delete r.config[key];
      page.rows.set(r.id, r);
      page.stale.add(r.id);
      if (page.seen) page.seen.add(r.id);
      (known ? update : add).push(r);
    }
    const touched = new Set();
    for (const [key, by] of Object.entries(answer.config || {})) {
      page.fresh.delete(key);
      for (const [id, v] of Object.entries(by)) if (page.rows.has(id)) { page.rows.get(id).config[key] = v; touched.add(id); }
    }
    const told = new Set(answer.lines.map(line => line[0]));
    for (const id of touched) if (!told.has(id)) update.push(page.rows.get(id));
    for (const id of answer.gone) remove.push(id);
    if (page.seen && !answer.more) {
      for (const id of page.rows.keys()) if (!page.seen.has(id)) remove.push(id);
      page.seen = null;
    }
    const left = remove.filter(id => page.rows.has(id)).map(id => page.rows.get(id));
    for (const r of left) page.rows.delete(r.id);
    Object.assign(page, { cursor: answer.cursor, total: answer.total, unread: answer.unread, live: answer.live });
    if (answer.keys) [page.keys, page.keyed] = [answer.keys, answer.keyed];
    for (const [id, svg] of Object.entries(answer.sparks || {})) { page.sparks.set(id, svg); page.stale.delete(id); }
    if (answer.views) {
      page.wantViews = false;
      if (JSON.stringify(answer.views) !== JSON.stringify(page.views)) { page.views = answer.views; page.tools.viewsCame(); }
    }
    if (answer.deleted) {
      page.dead = new Map(answer.deleted.map(line => T().row(fields, line)).map(r => [r.id, r]));
      page.wantDeleted = false;
      if (page.api && page.view.deleted) page.api.setGridOption("rowData", [...page.dead.values()]);
    }
    if (first || !page.api || page.view.deleted) return;
    if (add.length || update.length || left.length) steady(() => page.api.applyTransaction({ add, update, remove: left }));
    redrawSparks(Object.keys(answer.sparks || {}));
  }

  /* The grid keeps the focus at a place, not at a run: rows that come above take it along, also from a link in a row. */
  function steady(work) {
    const api = P.api, at = document.activeElement, grid = document.getElementById("runs-grid");
    const focused = api.getFocusedCell(), node = focused && api.getDisplayedRowAtIndex(focused.rowIndex);
    work();
    if (!grid.contains(at)) return;
    const back = () => {
      const cell = at.matches(".ag-cell");
      if (node && node.rowIndex !== null && node.rowIndex !== api.getFocusedCell()?.rowIndex) api.setFocusedCell(node.rowIndex, focused.column);
      if (!cell && at.isConnected && document.activeElement !== at) at.focus({ preventScroll: true });
    };
    if (node && node.rowIndex !== focused.rowIndex) requestAnimationFrame(() => requestAnimationFrame(back));
  }

  // ------------------------------------------------------------------------------------------------------- sparklines
  /* Only rows in sight are drawn: those whose picture is missing or older than the row. */
  const visible = () => (P.api ? P.api.getRenderedNodes().map(node => node.data) : []);
  const needed = () => columns().includes("spark") && visible().some(r => r.verdict && !P.sparks.has(r.id));
  function wanted() {
    if (!columns().includes("spark") || P.view.deleted) return [];
    return visible().filter(r => r.verdict && P.stale.has(r.id)).slice(0, SPARKS).map(r => r.id);
  }
  function redrawSparks(ids) {
    const nodes = ids.map(id => P.api.getRowNode(id)).filter(Boolean);
    if (nodes.length) P.api.refreshCells({ rowNodes: nodes, columns: ["spark"], force: true });
  }
  let pause = null;
  function soon() {
    clearTimeout(pause);
    pause = setTimeout(() => { if (here(P) && needed()) ask(); }, 60);
  }

  // ---------------------------------------------------------------------------------------------------------- the view
  const columns = () => P.view.cols || P.standard;
  const configs = () => columns().filter(T().isConfig).map(id => id.slice(T().CONFIG.length));
  /* A column that sorts without being shown is among them, hidden. */
  function definitions() {
    const sorting = P.view.sort.map(text => text.replace(/^-/, "")).filter(id => !columns().includes(id));
    const rows = [...P.rows.values()].slice(0, 200);
    const numeric = id => T().isConfig(id) && rows.some(r => typeof T().cell(r, id) === "number");
    return window.trackerRunColumns([...columns(), ...sorting], P.phone, numeric, P.wide, P.far).map((def, i) => ({ ...def, hide: i >= columns().length }));
  }
  const source = () => (P.view.deleted ? P.dead || new Map() : P.rows);
  function listed() {
    const out = [];
    P.api.forEachNodeAfterFilterAndSort(node => out.push(node.data));
    return out;
  }
  const ticked = () => (P.api ? P.api.getSelectedNodes().map(node => node.data) : []);

  /* The one place where the reader's hands change the view. */
  function change(next) {
    const before = P.view;
    P.view = { ...before, ...next };
    write();
    if (!P.api) return;
    const had = before.cols || P.standard;
    if (before.cols !== P.view.cols) {
      redefine();
      const [added] = columns().filter(id => !had.includes(id)); // at the far end it would come out of sight
      if (added && P.view.cols) P.api.ensureColumnVisible(added);
    }
    if (before.deleted !== P.view.deleted) {
      P.api.deselectAll();
      P.api.setGridOption("rowData", [...source().values()]);
      if (P.view.deleted) askDeleted();
    }
    P.api.onFilterChanged();
    P.tools.show();
    P.tools.ticks();
    show();
  }
  /* Views that colleagues have saved since come when the menu opens. */
  function askViews() { P.wantViews = true; ask(); }
  function askDeleted() { P.wantDeleted = true; ask(); }
  function write() {
    if (here(P)) window.trackerQuery.write(P.base, T().write(P.view));
  }
  function redefine() {
    for (const key of configs()) if (!P.known.includes(key)) { P.known.push(key); P.fresh.add(key); }
    P.api.setGridOption("maintainColumnOrder", false);
    P.api.setGridOption("columnDefs", definitions());
    sort();
    if (P.fresh.size || needed()) ask();
  }
  function sort() {
    const state = P.view.sort.map((text, i) => ({ colId: text.replace(/^-/, ""), sort: text[0] === "-" ? "desc" : "asc", sortIndex: i }));
    P.api.applyColumnState({ state, defaultState: { sort: null } });
  }
  function sorted() {
    const state = P.api.getColumnState().filter(c => c.sort).sort((a, b) => a.sortIndex - b.sortIndex);
    P.view = { ...P.view, sort: state.length ? state.map(c => (c.sort === "desc" ? "-" : "") + c.colId) : [T().NEWEST] };
    write();
    P.tools.show();
  }
  function moved() {
    const cols = P.api.getAllDisplayedColumns().map(c => c.getColId()).filter(id => T().isConfig(id) || T().COLUMNS[id]);
    if (JSON.stringify(cols) === JSON.stringify(columns())) return;
    P.view = { ...P.view, cols };
    write();
    P.tools.show();
  }

  /* How many runs there are, what is still being read, and a word where nothing is left. */
  function show() {
    if (!P.api) return;
    const all = P.view.deleted ? source().size : P.total, shown = P.api.getDisplayedRowCount();
    const number = n => n.toLocaleString("en");
    const runs = number(all) + (P.view.deleted ? " deleted" : "") + (all === 1 ? " run" : " runs");
    const reading = !P.view.deleted && P.unread ? "Reading " + number(P.total - P.unread) + " of " + runs : "";
    const text = reading || (shown === all ? runs : number(shown) + " of " + runs);
    const count = document.getElementById("runs-count"), none = document.getElementById("runs-none");
    if (count.textContent !== text) count.textContent = text;
    none.hidden = shown > 0 || !!reading || (P.view.deleted && !P.dead);
    if (!none.hidden) none.textContent = P.view.deleted && !all ? "Nothing is deleted in this project." : all ? "No run fits these filters." : "This project has no runs.";
    const live = P.live ? window.trackerStatic(["i", {}], ["span", {}, P.live + (P.live === 1 ? " run live" : " runs live")]) : [];
    if (P.shownLive !== P.live) { P.shownLive = P.live; window.dash_clientside.set_props("live", { children: live }); }
  }

  // ----------------------------------------------------------------------------------------------------------- acts
  function act(what) { if (!window.trackerReadOnly.refuses()) set("runs-do", { ...what, project: P.project, n: Date.now() }); }
  function done(result) {
    if (!here(P) || !result) return keep();
    if (result.views) P.views = result.views;
    if (["delete", "restore"].includes(result.do)) {
      if (P.view.deleted) askDeleted();
      P.api.deselectAll();
    }
    P.tools.done(result);
    P.waiting = false;
    ask();
    return keep();
  }
  function exportCsv(rows) {
    const blob = new Blob(["\ufeff" + T().csv(rows, columns())], { type: "text/csv;charset=utf-8" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = T().fileName(P.project, new Date());
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    runsMount(first) { if (first) mount(first); return keep(); },
    runsAnswer: answered,
    runsDone: done,
    runsSearch(q) { if (P && here(P) && (q || "") !== P.view.q) change({ q: q || "" }); return keep(); },
  });
})();
