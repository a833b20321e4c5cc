/* A click on what a chart marks, the onset or the overfit region, zooms to it. */
(function () {
  "use strict";
  const STILL_PX = 4, NEAR_PX = 7, MARGIN = 0.15, DOUBLE_MS = 320;

  /* The range that a click at `x` zooms to, null for none: `near` is how far beside the onset line still counts, in
     units of the axis. `shapes` are the figure's, named onset:<run> and region:<run>. */
  function target(shapes, x, near, range) {
    const region = (shapes || []).find(s => String(s.name || "").startsWith("region:"));
    const onset = (shapes || []).find(s => String(s.name || "").startsWith("onset:"));
    const [from, to] = region ? [region.x0, region.x1] : onset ? [onset.x0, range[1]] : [null, null];
    if (from === null || typeof from !== "number" || !(from < to)) return null;
    if (!(x >= from - near && x <= to) && !(onset && Math.abs(x - onset.x0) <= near)) return null;
    const margin = (to - from) * MARGIN, out = [Math.max(0, from - margin), to];
    // seen already: a second click must not change anything
    return range[0] >= out[0] - 1e-9 && range[1] <= out[1] + 1e-9 ? null : out;
  }
  if (typeof module !== "undefined" && module.exports) { module.exports = { target }; return; }

  let from = null, waiting = 0;
  document.addEventListener("mousedown", event => {
    const gd = event.button === 0 && event.target.closest && event.target.closest(".chart .js-plotly-plot");
    clearTimeout(waiting); // the second half of a double click, which shows everything
    from = gd && !event.shiftKey && event.detail < 2 ? { gd, x: event.clientX, y: event.clientY } : null;
  }, true);
  document.addEventListener("mouseup", event => {
    const start = from;
    from = null;
    if (!start || Math.hypot(event.clientX - start.x, event.clientY - start.y) > STILL_PX) return;
    const L = start.gd._fullLayout, box = start.gd.getBoundingClientRect();
    if (!L || !L.xaxis || event.target.closest("a, button, details")) return;
    const px = event.clientX - box.left - L.xaxis._offset, py = event.clientY - box.top;
    if (px < 0 || px > L.xaxis._length || py < L._size.t || py > L._size.t + L._size.h) return;
    const x = L.xaxis.p2d(px), near = Math.abs(L.xaxis.p2d(px + NEAR_PX) - x);
    const out = target(start.gd.layout.shapes, x, near, L.xaxis.range);
    if (out) waiting = setTimeout(() => window.trackerAct({ do: "zoom", x0: out[0], x1: out[1] }), DOUBLE_MS);
  }, true);
})();
