/* Hiding and showing a run's curves at once, before the server's next figure is there. What a hidden run has in the
   chart rests in it unseen for as long as the curves are drawn the same way, so that it can be shown again at once:
   taking curves out of a Plotly chart and putting them in again draws all of them anew.
   What Plotly draws is found by its classes and by the data that d3 hangs on its elements, in this file alone. */
(function (root) {
  "use strict";
  const MOST_RESTING = 12;
  let hidden = new Map(); // id -> the traces that it has in the main chart

  const run = trace => (trace.meta && trace.meta.run) || null;

  /* A figure together with the resting curves of hidden runs that it does not have, as far as it has their axis. */
  function joined(figure) {
    if (!hidden.size) return figure;
    const there = new Set(figure.data.map(run)), placed = trace => figure.layout["yaxis" + (trace.yaxis || "y").slice(1)] !== undefined;
    const more = [...hidden].slice(-MOST_RESTING).flatMap(([id, traces]) => (there.has(id) ? [] : traces.filter(placed)));
    return more.length ? { ...figure, data: [...figure.data, ...more] } : figure;
  }
  /* Traces of runs that nobody hid. */
  const seen = traces => (hidden.size ? traces.filter(t => !hidden.has(run(t))) : traces);

  const charts = () => [...root.document.querySelectorAll(".chart .js-plotly-plot")].filter(gd => gd.data);
  const lines = gd => [...gd.querySelectorAll(".scatterlayer .trace")].map(el => [el, ((el.__data__ || [])[0] || {}).trace || {}]);
  const names = drawn => drawn.filter(([, trace]) => trace.meta && trace.meta.names);
  const put = (el, visible) => { el.style.display = visible ? "" : "none"; };

  /* Show or hide what a chart draws of some runs: lines and marks, names in the margin, and texts, notes and shapes that
     bear the id of one. */
  function show(gd, ids, visible) {
    const drawn = lines(gd), named = one => String(one.name || "").split(":").some(part => ids.has(part));
    for (const [el, trace] of drawn) if (ids.has(run(trace))) put(el, visible);
    for (const [el] of names(drawn)) for (const text of el.querySelectorAll(".textpoint")) if (ids.has((text.__data__ || {}).id)) put(text, visible);
    for (const [list, at] of [[gd.layout.annotations, ".annotation"], [gd.layout.shapes, ".shapelayer path"]]) {
      (list || []).forEach((one, i) => {
        if (named(one)) for (const el of gd.querySelectorAll(at + '[data-index="' + i + '"]')) put(el, visible);
      });
    }
  }
  /* A chart that is drawn anew shows everything: what is hidden is put out of sight before anybody has seen it. */
  function watch(gd) {
    if (gd.trackerHides) return;
    gd.trackerHides = true;
    gd.on("plotly_afterplot", () => {
      for (const [el] of names(lines(gd))) put(el, true);
      if (hidden.size) show(gd, hidden, false);
    });
  }

  const curves = {
    joined, seen,
    hide(ids) {
      if (!ids.length) return;
      for (const id of ids) { hidden.delete(id); hidden.set(id, []); }
      for (const gd of charts()) {
        watch(gd);
        if (gd.closest("[data-card=main]")) for (const trace of gd.data) if (ids.includes(run(trace))) hidden.get(run(trace)).push(trace);
        show(gd, new Set(ids), false);
      }
    },
    show(ids) {
      const back = new Set(ids.filter(id => hidden.delete(id)));
      if (back.size) for (const gd of charts()) show(gd, back, true);
    },
    /* From now on the curves are drawn in another way: what rests has to be drawn anew. */
    changed() { for (const id of hidden.keys()) hidden.set(id, []); },
    /* Another range of x: the names stand at the end of the one before. */
    moved() {
      for (const gd of charts()) {
        watch(gd);
        for (const [el] of names(lines(gd))) put(el, false);
      }
    },
    /* Another page. */
    fresh() { hidden = new Map(); },
  };
  if (typeof module !== "undefined" && module.exports) module.exports = curves; else root.trackerCurves = curves;
})(typeof window === "undefined" ? globalThis : window);
