/* Hiding and showing a run's curves at once, before the server's next figure is there. What a hidden run has in the
   chart rests in it unseen for as long as the curves are drawn the same way, so that it can be shown again at once:
   taking curves out of a Plotly chart and putting them in again draws all of them anew. */
(function (root) {
  "use strict";
  const MOST_RESTING = 12;
  let hidden = new Map(); // id -> the traces that it has in the main chart

  const of = id => trace => Boolean(trace.meta && trace.meta.run === id);

  /* A figure with the curves of hidden runs that it does not have, the ones hidden last: [figure]. */
  function joined(figure) {
    const more = [...hidden].slice(-MOST_RESTING).flatMap(([id, traces]) => (figure.data.some(of(id)) ? [] : traces));
    return more.length ? { ...figure, data: [...figure.data, ...more.map(trace => ({ ...trace, visible: true }))] } : figure;
  }
  /* Traces of runs that nobody hid. */
  const seen = traces => (hidden.size ? traces.filter(t => !(t.meta && hidden.has(t.meta.run))) : traces);

  const charts = () => [...root.document.querySelectorAll(".chart .js-plotly-plot")].filter(gd => gd.data);
  const lines = gd => [...gd.querySelectorAll(".scatterlayer .trace")].map(el => [el, ((el.__data__ || [])[0] || {}).trace || {}]);
  const namings = gd => lines(gd).filter(([, trace]) => trace.meta && trace.meta.names);
  /* Everything that a chart draws of a run: its lines and marks, its name, and what stands beside them under its id. */
  function pieces(gd, id) {
    const named = (list, at) => (list || []).flatMap((one, i) => (String(one.name || "").endsWith(":" + id) ? [...gd.querySelectorAll(at + '[data-index="' + i + '"]')] : []));
    return [
      ...lines(gd).filter(([, trace]) => of(id)(trace)).map(([el]) => el),
      ...namings(gd).flatMap(([el, trace]) => [...el.querySelectorAll(".textpoint")].filter(text => trace.customdata[(text.__data__ || {}).i] === id)),
      ...named(gd.layout.annotations, ".annotation"), ...named(gd.layout.shapes, ".shapelayer path"),
    ];
  }
  function put(gd, id, visible) {
    for (const el of pieces(gd, id)) el.style.display = visible ? "" : "none";
    for (const trace of gd.data) if (of(id)(trace)) trace.visible = visible;
  }
  /* A chart that is drawn anew shows everything: what is hidden is put out of sight before anybody has seen it. */
  function watch(gd) {
    if (gd.trackerHides) return;
    gd.trackerHides = true;
    gd.on("plotly_afterplot", () => {
      for (const [el] of namings(gd)) el.style.display = "";
      for (const id of hidden.keys()) put(gd, id, false);
    });
  }

  const curves = {
    joined, seen,
    hide(id) {
      hidden.delete(id);
      hidden.set(id, []);
      for (const gd of charts()) {
        watch(gd);
        if (gd.closest("[data-card=main]")) hidden.set(id, gd.data.filter(of(id)));
        put(gd, id, false);
      }
    },
    show(id) {
      if (!hidden.delete(id)) return;
      for (const gd of charts()) put(gd, id, true);
    },
    /* From now on the curves are drawn in another way: what rests has to be drawn anew. */
    changed() { for (const id of hidden.keys()) hidden.set(id, []); },
    /* Another range of x: the names stand at the end of the one before. */
    moved() {
      for (const gd of charts()) {
        watch(gd);
        for (const [el] of namings(gd)) el.style.display = "none";
      }
    },
    /* Another page. */
    fresh() { hidden = new Map(); },
  };
  if (typeof module !== "undefined" && module.exports) module.exports = curves; else root.trackerCurves = curves;
})(typeof window === "undefined" ? globalThis : window);
