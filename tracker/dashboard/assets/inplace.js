/* A new picture drawn into the chart that stands there: its curves, marks, names, shapes and notes that moved, and
   nothing else. Plotly draws everything anew for one point more, which takes ten times as long.
   Private names of Plotly (_fullData, _module, _plots, calcdata) are read here: what is told of them goes through
   Plotly's own functions for one trace, so that its next drawing, a zoom or an export finds the new numbers. */
(function (root) {
  "use strict";
  function equal(a, b) {
    if (Object.is(a, b)) return true;
    if (!a || !b || typeof a !== "object" || typeof b !== "object") return false;
    if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((one, i) => equal(one, b[i]));
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every(key => key in b && equal(a[key], b[key]));
  }
  /* Do two things differ in their lists alone, however long these are? */
  function onlyListsDiffer(a, b) {
    if (Array.isArray(a) && Array.isArray(b)) return true;
    if (!a || !b || typeof a !== "object" || typeof b !== "object") return equal(a, b);
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every(key => key in b && onlyListsDiffer(a[key], b[key]));
  }
  const ITEMS = ["shapes", "annotations"];

  /* Can a chart that shows one layout and these traces show another layout and others by moving what is in it? */
  function fits(layout, before, pairs) {
    const still = ({ meta, shapes, annotations, ...rest }) => rest;
    return equal(still(layout), still(before)) && ITEMS.every(list => layout[list]?.length === before[list]?.length)
      && pairs.every(([trace, old]) => trace.x.length > 0 && old.x.length > 0 && onlyListsDiffer(trace, old));
  }
  function take(into, from) {
    for (const [name, value] of Object.entries(from)) {
      if (Array.isArray(value)) into[name] = value;
      else if (value && typeof value === "object" && into[name]) take(into[name], value);
    }
  }
  /* One trace anew. One at a time: of several, Plotly would bring each before the next and so over those between. */
  function trace(gd, i, now) {
    const full = gd._fullData[i], info = gd._fullLayout._plots[full.xaxis + full.yaxis];
    take(gd.data[i], now);
    take(full, now);
    full._length = now.x.length;
    const cells = gd.calcdata[i] = full._module.calc(gd, full);
    cells[0].t = cells[0].t || {};
    cells[0].trace = full;
    full._module.plot(gd, info, [cells], info.plot.selectAll(".scatterlayer"), { duration: 0 });
  }
  /* Shapes and notes anew. An edit of one of them makes Plotly draw it, whatever was edited. */
  const EDIT = /^(shapes|annotations)\[\d+\]\.name$/;
  function items(gd, layout, before) {
    const edits = {};
    for (const list of ITEMS) {
      (layout[list] || []).forEach((one, i) => {
        // shapes lie over one another in the order in which they are drawn
        if (list === "shapes" ? equal(layout[list], before[list]) : equal(one, before[list][i])) return;
        gd.layout[list][i] = structuredClone(one);
        edits[list + "[" + i + "].name"] = one.name;
      });
    }
    if (!Object.keys(edits).length) return;
    hush(gd);
    root.Plotly.relayout(gd, edits);
  }
  /* Nobody has to hear of such an edit: Dash would draw the whole chart again for it. */
  function hush(gd) {
    if (gd.emit.trackerHushed) return;
    const emit = gd.emit;
    gd.emit = (what, told) => (what === "plotly_relayout" && Object.keys(told || {}).every(key => EDIT.test(key)) ? false : emit.call(gd, what, told));
    gd.emit.trackerHushed = true;
  }

  const api = {
    equal,
    /* Draw into a chart what moved; false when that is not all, and nothing was drawn. `figure` is what Dash holds of the
       chart, `before` the layout that it shows, `pairs` the traces that differ with what they were. */
    draw(gd, figure, layout, before, pairs) {
      if (!fits(layout, before, pairs)) return false;
      const moved = pairs.length > 0 || !equal(ITEMS.map(list => layout[list]), ITEMS.map(list => before[list]));
      if (moved) {
        if (gd.data !== figure.data) return false; // it is still on its way into the chart
        const at = new Map(gd.data.map((one, i) => [one.uid, i]));
        for (const [now] of pairs) trace(gd, at.get(now.uid), structuredClone(now));
        items(gd, layout, before);
        for (const list of ITEMS) figure.layout[list] = gd.layout[list]; // after a zoom Dash gives the chart what it holds
      }
      figure.layout.meta = gd.layout.meta = gd._fullLayout.meta = layout.meta;
      if (moved) gd.emit("plotly_afterplot");
      return true;
    },
  };
  if (typeof module !== "undefined" && module.exports) module.exports = api; else root.trackerInPlace = api;
})(typeof window === "undefined" ? globalThis : window);
