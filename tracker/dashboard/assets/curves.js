/* Hiding and showing a run's curves at once, before the server's next figure is there. What a hidden run has in the
   chart rests in it unseen for as long as the curves are drawn the same way, so that it can be shown again at once:
   taking curves out of a Plotly chart and putting them in again draws all of them anew.
   What Plotly draws is found by its classes and by the data that d3 hangs on its elements, in this file alone. */
(function (root) {
  "use strict";
  const node = typeof module !== "undefined" && module.exports;
  const inPlace = () => (node ? require("./inplace.js") : root.trackerInPlace), equal = (a, b) => inPlace().equal(a, b);
  const MOST_RESTING = 12;
  let hidden = new Map(); // id -> the traces that it has in the main chart
  let drawn = null; // {data: uid -> trace, layout} as the server sent what the main chart shows, and the `figure` that Dash holds

  const run = trace => (trace.meta && trace.meta.run) || null;

  /* A figure together with the resting curves of hidden runs that it does not have, as far as it has their axis. */
  function joined(figure) {
    if (!hidden.size) return figure;
    const there = new Set(figure.data.map(run)), placed = trace => figure.layout["yaxis" + (trace.yaxis || "y").slice(1)] !== undefined;
    const more = [...hidden].slice(-MOST_RESTING).flatMap(([id, traces]) => (there.has(id) ? [] : traces.filter(placed)));
    return more.length ? { ...figure, data: [...figure.data, ...more] } : figure;
  }
  /* Names that stand in a trace of names already: where one is missing between them, the others keep their places. */
  function named(now, before) {
    return now.ids.every((id, i) => {
      const at = before.ids.indexOf(id);
      return at >= 0 && before.text[at] === now.text[i] && before.textfont.color[at] === now.textfont.color[i] && before.x[at] === now.x[i];
    });
  }
  /* The traces of a picture that differ from what the chart shows, apart from curves that rest in it; null when it has
     other ones, or one of them in another place. */
  function moved(picture) {
    const now = new Set(picture.data.map(t => t.uid)), order = [...drawn.data.keys()], found = [], texts = [];
    let last = -1;
    for (const trace of picture.data) {
      const old = drawn.data.get(trace.uid), at = order.indexOf(trace.uid, last + 1); // one before another lies below it
      if (!old || at < 0) return null;
      last = at;
      if (!equal(trace, old)) (trace.meta.names ? texts : found).push([trace, old]);
    }
    // where curves moved, names go with them; a run that was only hidden takes no more than its own away
    if (found.length || !texts.every(pair => named(...pair))) found.push(...texts);
    const rests = trace => hidden.has(run(trace)) || (trace.meta.names && trace.ids.every(id => hidden.has(id)));
    return [...drawn.data].every(([uid, trace]) => now.has(uid) || rests(trace)) ? found : null;
  }
  /* Does the chart show this picture, now that what moved in it was drawn where it is? */
  function shows(gd, picture) {
    const found = drawn && gd && gd.data ? moved(picture) : null;
    if (!found || !inPlace().draw(gd, drawn.figure, picture.layout, drawn.layout, found)) return false;
    for (const [trace] of found) drawn.data.set(trace.uid, trace);
    drawn.layout = picture.layout;
    return true;
  }
  /* Traces of runs that nobody hid. */
  const seen = traces => (hidden.size ? traces.filter(t => !hidden.has(run(t))) : traces);

  /* What bears the id of one of these runs: a note, a shape. */
  const bears = (one, ids) => String(one.name || "").split(":").some(part => ids.has(part));
  /* A chart's figure without what is hidden, for a picture of it. */
  function visible(gd) {
    if (!hidden.size) return { data: gd.data, layout: gd.layout };
    const free = list => (list || []).filter(one => !bears(one, hidden));
    const data = seen(gd.data).map(trace => {
      if (!(trace.meta && trace.meta.names)) return trace;
      const on = (_, i) => !hidden.has(trace.ids[i]), { textfont } = trace;
      const kept = Object.fromEntries(Object.entries(trace).filter(([, value]) => Array.isArray(value)).map(([name, value]) => [name, value.filter(on)]));
      return { ...trace, ...kept, textfont: { ...textfont, color: textfont.color.filter(on) } };
    });
    return { data, layout: { ...gd.layout, annotations: free(gd.layout.annotations), shapes: free(gd.layout.shapes) } };
  }

  const charts = () => [...root.document.querySelectorAll(".chart .js-plotly-plot")].filter(gd => gd.data);
  const lines = gd => [...gd.querySelectorAll(".scatterlayer .trace")].map(el => [el, ((el.__data__ || [])[0] || {}).trace || {}]);
  const names = found => found.filter(([, trace]) => trace.meta && trace.meta.names);
  const put = (el, visible) => { el.style.display = visible ? "" : "none"; };

  /* Show or hide what a chart draws of some runs: lines and marks, names in the margin, and texts, notes and shapes that
     bear the id of one. */
  function show(gd, ids, visible) {
    const found = lines(gd);
    for (const [el, trace] of found) if (ids.has(run(trace))) put(el, visible);
    for (const [el] of names(found)) for (const text of el.querySelectorAll(".textpoint")) if (ids.has((text.__data__ || {}).id)) put(text, visible);
    for (const [list, at] of [[gd.layout.annotations, ".annotation"], [gd.layout.shapes, ".shapelayer path"]]) {
      (list || []).forEach((one, i) => {
        if (bears(one, ids)) for (const el of gd.querySelectorAll(at + '[data-index="' + i + '"]')) put(el, visible);
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
    /* The figure that a chart has to draw for a picture, which it may write into: null when it shows it already. */
    figure(gd, picture) {
      if (shows(gd, picture)) return null;
      const figure = joined(structuredClone(picture)), kept = drawn ? drawn.data : new Map(), sent = new Map(picture.data.map(t => [t.uid, t]));
      const data = figure.data.map(t => [t.uid, sent.get(t.uid) || kept.get(t.uid)]).filter(([, trace]) => trace);
      drawn = { layout: picture.layout, data: new Map(data), figure };
      return figure;
    },
    joined, seen, visible,
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
    ranged() {
      drawn = null;
      for (const gd of charts()) {
        watch(gd);
        for (const [el] of names(lines(gd))) put(el, false);
      }
    },
    /* Another page. */
    fresh() { hidden = new Map(); drawn = null; },
  };
  if (node) module.exports = curves; else root.trackerCurves = curves;
})(typeof window === "undefined" ? globalThis : window);
