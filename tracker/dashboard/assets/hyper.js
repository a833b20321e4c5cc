/* The view of the hyperparameters page as pure functions: what a reader's hand changes, and the query of the address,
   letter for letter what HyperView.to_query of tracker/dashboard/hyperview.py writes. */
(function (root) {
  "use strict";
  const node = typeof module !== "undefined" && module.exports;
  const query = () => (node ? require("./query.js") : root.trackerQuery);
  const MOST_AXES = 24, MOST_TEXT = 256, LEAST = 0.012, ROOM = 0.04;

  const cut = (text, most) => [...text].slice(0, most).join("");
  const quoted = text => encodeURIComponent(query().whole(text)).replace(/[!'()*]/g, c => "%" + c.charCodeAt(0).toString(16).toUpperCase());
  const outer = text => quoted(text).replace(/%2C/g, ",");

  /* A number as an address has it: none is nothing, and -0 keeps its sign. */
  function number(value) {
    if (value === null || value === undefined) return "";
    return Object.is(value, -0) ? "-0" : query().number(value);
  }

  function toQuery(view) {
    const verdicts = query().VERDICTS.filter(v => view.verdicts.includes(v)), pairs = [];
    const add = (name, text, standard = "") => { if (text !== standard) pairs.push(name + "=" + outer(text)); };
    add("metric", view.metric, "loss");
    for (const key of view.axes) pairs.push("axis=" + outer(key));
    add("colour", view.colour, "verdict");
    add("x", view.x);
    for (const name of ["logx", "logy"]) if (view[name] !== null) pairs.push(name + "=" + (view[name] ? "1" : "0"));
    add("q", cut(view.q, MOST_TEXT));
    add("verdicts", verdicts.join(","));
    for (const b of view.brushes) pairs.push("brush=" + outer([b.key, number(b.low), number(b.high), ...b.values].map(quoted).join(",")));
    return pairs.join("&");
  }

  /* The value at a height of an axis, for a scale of numbers. */
  function valueAt(axis, place) {
    const share = Math.min(1, Math.max(0, (place - axis.foot) / (1 - axis.foot)));
    const value = axis.kind === "log" ? axis.low * Math.pow(axis.high / axis.low, share) : axis.low + share * (axis.high - axis.low);
    return Number(value.toPrecision(4));
  }

  /* What a range of heights on an axis keeps; null when that is everything, or next to nothing. */
  function brush(axis, from, to) {
    const low = Math.max(0, Math.min(from, to)), high = Math.min(1, Math.max(from, to));
    if (high - low < LEAST || (low <= 0 && high >= 1)) return null;
    const values = [], out = { key: axis.key, low: null, high: null, values };
    if (axis.kind === "category") {
      const last = axis.categories.length - 1;
      axis.categories.forEach((name, i) => {
        const at = axis.foot + (ROOM + (last ? i / last : 0.5) * (1 - 2 * ROOM)) * (1 - axis.foot);
        if (at >= low - 0.02 && at <= high + 0.02) values.push(name);
      });
    } else if (high >= axis.foot) {
      // an end that is dragged past the outermost value keeps it, whatever is rounded
      out.low = low <= axis.foot ? axis.low : valueAt(axis, low);
      out.high = high >= 1 ? axis.high : valueAt(axis, high);
      if (out.low > out.high) out.low = out.high = null;
    }
    if (axis.unset && low <= axis.foot / 3) values.push("");
    return values.length || out.low !== null ? out : null;
  }

  /* The range of heights that the keys move: a quarter of the axis at first, then up, down, wider and narrower. */
  function nudged(now, key, wide) {
    let [low, high] = now || (key === "ArrowUp" ? [0.75, 1] : [0, 0.25]);
    if (now) {
      const by = key === "ArrowUp" ? 0.05 : -0.05;
      if (wide) high = Math.min(1, Math.max(low + 0.05, high + by));
      else { const move = Math.max(-low, Math.min(1 - high, by)); low += move; high += move; }
    }
    return [low, high];
  }

  /* The next view after something the reader did; null when it changes nothing. `now` says what is drawn. */
  function act(view, now, what) {
    const axes = view.axes.length ? view.axes : now.axes, id = what.id;
    const without = key => view.brushes.filter(b => b.key !== key);
    switch (what.do) {
      case "axis": {
        const on = axes.includes(id);
        if (on && axes.length === 1) return null;
        if (!on && axes.length >= MOST_AXES) return null;
        return { ...view, axes: on ? axes.filter(a => a !== id) : [...axes, id], brushes: on ? without(id) : view.brushes };
      }
      case "axes": return view.axes.length ? { ...view, axes: [] } : null;
      case "move": {
        const at = axes.indexOf(id), to = Math.max(0, Math.min(axes.length - 1, at + (what.by || 0)));
        if (at < 0 || to === at) return null;
        const next = axes.filter(a => a !== id);
        next.splice(to, 0, id);
        return { ...view, axes: next };
      }
      case "brush": return what.brush ? { ...view, brushes: [...without(id), what.brush] } : act(view, now, { do: "unbrush", id });
      case "unbrush": return view.brushes.some(b => b.key === id) ? { ...view, brushes: without(id) } : null;
      case "clear": return view.q || view.verdicts.length || view.brushes.length ? { ...view, q: "", verdicts: [], brushes: [] } : null;
      case "verdict": {
        const on = view.verdicts.includes(id);
        return { ...view, verdicts: on ? view.verdicts.filter(v => v !== id) : query().VERDICTS.filter(v => v === id || view.verdicts.includes(v)) };
      }
      case "x": return id === now.x && id === view.x ? null : { ...view, x: id, logx: null };
      case "logx": return { ...view, logx: id === "1" };
      case "logy": return { ...view, logy: id === "1" };
      default: return null;
    }
  }

  /* The line nearest to a place: its index, or -1 when none is near. x counts axes, y and the result's distance go by
     `tall` and `step`, the pixels of the whole height and from axis to axis. */
  function nearest(lines, x, y, tall, step, reach = 9) {
    let best = -1, least = reach;
    if (!lines.length) return best;
    const many = lines[0][1].length, at = Math.max(0, Math.min(many - 2, Math.floor(x))), share = x - at;
    for (let i = 0; i < lines.length; i++) {
      const ys = lines[i][1];
      if (many === 1) { if (Math.abs(x) < 0.2 && Math.abs(ys[0] - y) * tall < least) { best = i; least = Math.abs(ys[0] - y) * tall; } continue; }
      if (share < -0.15 || share > 1.15) continue;
      const rise = (ys[at + 1] - ys[at]) * tall;
      const off = Math.abs((ys[at] + (ys[at + 1] - ys[at]) * share - y) * tall) * step / Math.hypot(step, rise);
      if (off < least) { least = off; best = i; }
    }
    return best;
  }

  const api = { toQuery, act, brush, nudged, nearest, valueAt };
  if (node) module.exports = api; else root.trackerHyper = api;
})(typeof window === "undefined" ? globalThis : window);
