/* A chart as a file: PNG and SVG as it is seen, CSV of the points that it draws. */
(function (root) {
  "use strict";
  const node = typeof module !== "undefined" && module.exports;
  const tables = () => (node ? require("./table.js") : root.trackerTables);

  /* Rows of what is drawn: one for each point of each curve; marks, labels and regions are no data. */
  function rows(traces, xTitle, smoothing = 0) {
    const out = [["run", "metric", "split", "drawn as", xTitle || "x", "value"]];
    for (const t of traces) {
      const m = t.meta;
      if (!m || !m.name || (m.marks && !m.band) || t.visible === false || t.visible === "legendonly") continue;
      for (let i = 0; i < t.x.length; i++) {
        if (t.y[i] === null || t.y[i] === undefined) continue;
        out.push([m.name, m.metric || "", m.split || "", m.band ? edge(t.y, i) : m.raw ? "raw behind smoothed" : smoothing > 0 ? "smoothed" : "curve", t.x[i], t.y[i]]);
      }
    }
    return out;
  }
  /* A band is drawn as closed outlines with a gap between them: the upper edge of each, then its lower one backwards. */
  function edge(ys, at) {
    const begin = ys.lastIndexOf(null, at) + 1, gap = ys.indexOf(null, at), end = gap < 0 ? ys.length : gap;
    return at < (begin + end) / 2 ? "band, upper edge" : "band, lower edge";
  }
  function csv(traces, meta = {}) {
    const { csvCell } = tables();
    return rows(traces, meta.x && meta.x.title, meta.smoothing).map(r => r.map(csvCell).join(",")).join("\r\n") + "\r\n";
  }
  if (node) { module.exports = { rows, csv }; return; }

  const project = () => root.trackerQuery.project(root.location.pathname);
  /* Save the chart of a card as png, svg or csv; what it is called comes from the project and the metric. */
  root.trackerExport = async function (card, kind) {
    const gd = card.querySelector(".js-plotly-plot");
    if (!gd || !gd.data) return root.trackerOverlays.say("There is no chart to save yet.");
    const title = (card.querySelector("h2, h3") || {}).textContent || "chart", name = tables().fileName(project(), title) + "." + kind;
    if (kind === "csv") {
      root.trackerSave(name, "\ufeff" + csv(root.trackerCurves.seen(gd.data), gd.layout.meta), "text/csv;charset=utf-8");
    } else {
      const ground = getComputedStyle(card).backgroundColor;
      const { data, layout } = root.trackerCurves.visible(gd);
      const figure = { data, layout: { ...layout, paper_bgcolor: ground, plot_bgcolor: ground, title: undefined }, config: {} };
      const url = await root.Plotly.toImage(figure, { format: kind, width: gd.clientWidth, height: gd.clientHeight, scale: kind === "png" ? 2 : 1 });
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
    }
    root.trackerOverlays.say("Saved as " + name);
  };
})(typeof window === "undefined" ? globalThis : window);
