/* One vertical line across the stacked charts and a card with every run's values there.
   It is our own, since Plotly's hover searches all traces and takes seconds for a hundred runs.
   Private names of Plotly (_fullLayout, _offset, _length, p2d, d2p) are read here and in region.js, those of its drawing in
   curves.js and inplace.js, and nowhere else. */
(function () {
  "use strict";
  const ROWS = 9, NEAR_PX = 40;

  /* Index of the value in ascending `xs` that lies nearest to `x`. */
  function nearest(xs, x) {
    let low = 0, high = xs.length - 1;
    if (high < 0) return -1;
    while (high - low > 1) { const mid = (low + high) >> 1; if (xs[mid] < x) low = mid; else high = mid; }
    return Math.abs(xs[low] - x) <= Math.abs(xs[high] - x) ? low : high;
  }
  function text(v, percent) {
    if (v === null || v === undefined) return "–";
    if (!isFinite(v)) return String(v);
    if (percent) return v.toFixed(1) + "\u202f%";
    const size = Math.abs(v);
    if (size !== 0 && (size < 0.001 || size >= 1e6)) return v.toExponential(2);
    return size >= 100 ? v.toFixed(1) : size >= 10 ? v.toFixed(2) : size >= 1 ? v.toFixed(3) : v.toFixed(4);
  }
  /* The window of rows around the nearest one. */
  function around(rows, at, most) {
    if (rows.length <= most) return rows;
    const start = Math.max(0, Math.min(rows.length - most, at - (most >> 1)));
    return rows.slice(start, start + most);
  }
  /* Index of the value of `xs` in any order that lies nearest to `x`; of equally near ones the last. */
  function nearestOfAll(xs, x) {
    let found = -1, least = Infinity;
    for (let i = 0; i < xs.length; i++) {
      if (xs[i] === null || xs[i] === undefined) continue;
      const far = Math.abs(xs[i] - x);
      if (far <= least) { least = far; found = i; }
    }
    return found;
  }
  /* Does `x` lie further beyond the ends of a curve than its points lie apart? */
  function beyond(xs, x, rising) {
    const last = xs.length - 1;
    const [low, high] = rising ? [xs[0], xs[last]] : xs.reduce(([a, b], v) => (v === null ? [a, b] : [Math.min(a, v), Math.max(b, v)]), [Infinity, -Infinity]);
    const pace = last > 0 ? (high - low) / last : 1;
    return x - high > pace || low - x > pace;
  }
  /* Values of each run at `x` in one panel: {run, name, colour, x, values: {split: value}, raw, drawn}; `raw` are the splits
     whose values come from the line behind a smoothed one. A group's mean is a run of its own; bands and marks are none.
     Curves over a metric may turn back: then `rising` is false. */
  function readings(traces, axis, x, rising = true) {
    const runs = new Map();
    for (const t of traces) {
      const m = t.meta;
      if (!m || !m.run || m.marks || m.band || t.visible !== true || (t.yaxis || "y") !== axis || !t.x.length) continue;
      const ordered = rising && !t.x.includes(null); // another metric on the x axis need not have a number everywhere
      if (beyond(t.x, x, ordered)) continue;
      const i = ordered ? nearest(t.x, x) : nearestOfAll(t.x, x);
      if (i < 0) continue;
      const entry = runs.get(m.run) || { run: m.run, name: m.name, colour: t.line.color, x: t.x[i], values: {}, raw: [], drawn: null };
      if (m.raw || entry.values[m.split] === undefined) entry.values[m.split] = t.y[i];
      if (m.raw) entry.raw.push(m.split);
      if (!m.raw && (m.split !== "train" || entry.drawn === null)) { entry.drawn = t.y[i]; entry.x = t.x[i]; entry.colour = t.line.color; }
      runs.set(m.run, entry);
    }
    return [...runs.values()];
  }
  /* Are these values those of a smoothed line, for want of a raw one? */
  const smoothed = row => Object.keys(row.values).some(split => !row.raw.includes(split));
  /* What to say of it: once over the readout where it is so of all rows, else beside each run. */
  function told(rows, smoothing) {
    const all = rows.every(smoothed);
    return { title: smoothing > 0 && all ? " · smoothed" : "", names: rows.map(r => r.name + (smoothing > 0 && !all && smoothed(r) ? " · smoothed" : "")) };
  }
  const none = v => v === null || v === undefined || Number.isNaN(v);
  /* The value that a run is judged by: what was not trained on comes first. */
  function worth(row) {
    const found = ["val", "test", "", "train"].map(split => row.values[split]).find(v => !none(v));
    return found === undefined ? null : found;
  }
  /* Rows with the best first; without a known better direction the highest, as the curves lie. */
  function sorted(rows, goal) {
    const sign = goal === "min" ? 1 : -1;
    return [...rows].sort((a, b) => {
      const x = worth(a), y = worth(b);
      return none(x) || none(y) ? none(x) - none(y) : sign * (x - y);
    });
  }
  /* The splits that these rows have, in the order of the figure's readout. */
  function columns(rows, splits) {
    const known = splits || ["train", "val", "test", ""];
    return known.filter(split => rows.some(r => r.values[split] !== undefined));
  }
  if (typeof module !== "undefined" && module.exports) { module.exports = { nearest, nearestOfAll, text, around, readings, told, sorted, columns }; return; }

  /* The charts of the page: what is pointed at in one is shown in all, through this and not through the server. */
  const charts = new Set();
  function point(gd, x) {
    for (const other of charts) {
      if (!other.gd.isConnected) { charts.delete(other); continue; }
      if (other.gd !== gd) other.follow(x);
    }
  }

  function attach(gd) {
    if (gd.trackerCross || !gd.on) return;
    gd.trackerCross = true;
    const host = gd.closest(".chart");
    if (!host) return;
    const line = document.createElement("div"), card = document.createElement("div");
    line.className = "cross-line"; card.className = "cross-card"; card.setAttribute("aria-hidden", "true");
    host.append(line, card);
    const hide = () => { line.style.display = card.style.display = "none"; };
    const leave = () => { hide(); point(gd, null); };
    charts.add({ gd, follow: x => follow(gd, host, line, x) });
    // Plotly's own reset would stop at the range that it was last given; the page shows everything again instead
    gd.on("plotly_relayout", window.trackerZoomed);
    gd.on("plotly_doubleclick", () => window.trackerAct({ do: "reset" }));
    gd.addEventListener("mousedown", leave);
    let frame = 0;
    let last = null;
    const show = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => (last ? move(gd, host, line, card, leave, last) : leave()));
    };
    gd.addEventListener("mousemove", event => { last = event; show(); });
    gd.addEventListener("mouseleave", () => { last = null; show(); });
    // a tick or a zoom moves the curves under a pointer that rests
    gd.on("plotly_afterplot", () => { if (last) show(); });
  }

  /* The line of a chart that another one's pointer stands for; null takes it away. */
  function follow(gd, host, line, x) {
    const L = gd._fullLayout, at = x === null || !L || !L.xaxis ? NaN : L.xaxis.d2p(x);
    if (!(at >= 0 && at <= L.xaxis._length)) { line.style.display = "none"; return; }
    const box = gd.getBoundingClientRect(), own = host.getBoundingClientRect();
    if (box.bottom < 0 || box.top > window.innerHeight) return;
    line.style.cssText = "display:block;left:" + (L.xaxis._offset + at + box.left - own.left) + "px;top:" + (L._size.t + box.top - own.top) + "px;height:" + L._size.h + "px";
  }

  function move(gd, host, line, card, hide, event) {
    const L = gd._fullLayout;
    if (!L || !L.xaxis || event.buttons) return hide();
    const box = gd.getBoundingClientRect(), own = host.getBoundingClientRect();
    const px = event.clientX - box.left - L.xaxis._offset, py = event.clientY - box.top, size = L._size;
    if (px < 0 || px > L.xaxis._length || py < size.t || py > size.t + size.h) return hide();
    const lower = L.yaxis2 && py > L.yaxis2._offset - 14, axis = lower ? L.yaxis2 : L.yaxis, id = lower ? "y2" : "y";
    const meta = L.meta || {}, x = L.xaxis.p2d(px), across = meta.x || {}, found = readings(window.trackerCurves.seen(gd._fullData), id, x, across.rising !== false);
    if (!found.length) return hide();
    const percent = meta.percent && gd._fullData.some(t => t.meta && !t.meta.marks && (t.yaxis || "y") === id && t.meta.metric !== "loss");
    const snap = found.reduce((a, b) => (Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a)).x;
    const at = L.xaxis._offset + L.xaxis.d2p(snap);
    for (const r of found) r.far = none(r.drawn) ? 1e9 : Math.abs(axis._offset + axis.d2p(r.drawn) - py);
    const best = Math.min(...found.map(r => r.far)), rows = sorted(found, (meta.goal || {})[id]);
    const kept = around(rows, rows.findIndex(r => r.far === best), ROWS);
    fill(card, kept, columns(found, meta.splits), { total: rows.length, title: heading(across, snap), percent, best, smoothing: meta.smoothing });
    const dx = box.left - own.left, dy = box.top - own.top;
    line.style.cssText = "display:block;left:" + (at + dx) + "px;top:" + (size.t + dy) + "px;height:" + size.h + "px";
    point(gd, snap);
    card.style.display = "block";
    const w = card.offsetWidth, hgt = card.offsetHeight;
    const left = at + dx + 14 + w > own.width - 8 ? Math.max(4, at + dx - w - 14) : at + dx + 14;
    card.style.left = left + "px";
    card.style.top = Math.max(6, Math.min(own.height - hgt - 6, py + dy - hgt / 2)) + "px";
  }
  function heading(across, x) {
    const number = Math.abs(x) >= 100 ? Math.round(x).toLocaleString("en") : across.rising === false ? text(x) : String(Math.round(x * 100) / 100);
    return (across.title || "x") + " " + number;
  }
  function fill(card, rows, splits, { total, title, percent, best, smoothing }) {
    const said = told(rows, smoothing);
    card.textContent = "";
    const head = document.createElement("div"), table = document.createElement("table");
    head.className = "title";
    head.textContent = title + said.title + (total > rows.length ? " · " + rows.length + " nearest of " + total : "");
    const names = table.createTHead().insertRow();
    for (const name of ["", ...splits]) { const th = document.createElement("th"); th.textContent = name; names.append(th); }
    const body = table.createTBody();
    for (const [i, r] of rows.entries()) {
      const tr = body.insertRow();
      if (r.far === best && best < NEAR_PX) tr.className = "near";
      const cell = tr.insertCell(), swatch = document.createElement("span");
      swatch.className = "swatch"; swatch.style.background = r.colour;
      cell.append(swatch, said.names[i]);
      for (const split of splits) tr.insertCell().textContent = text(r.values[split], percent);
    }
    card.append(head, table);
  }
  const scan = () => document.querySelectorAll(".chart .js-plotly-plot").forEach(attach);
  new MutationObserver(scan).observe(document.documentElement, { childList: true, subtree: true });
  scan();
})();
