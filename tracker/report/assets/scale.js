/* Numbers of the chart, without a page: where a value is near, which ticks an axis gets, how names keep apart. */

/* Index of the value in ascending `xs` that lies nearest to `x`; -1 without any. */
function nearest(xs, x) {
  let low = 0, high = xs.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (xs[mid] < x) low = mid; else high = mid;
  }
  return Math.abs(xs[low] - x) <= Math.abs(xs[high] - x) ? low : high;
}

/* Multiples of 1, 2 or 5 times a power of ten inside [low, high], about `count` of them. */
function ticks(low, high, count) {
  const rough = (high - low) / Math.max(count, 1);
  if (!(rough > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= rough * 0.999);
  const out = [];
  for (let k = Math.ceil(low / step - 1e-9); k <= Math.floor(high / step + 1e-9); k++) out.push(Number((k * step).toPrecision(12)));
  return out;
}

/* 1, 2 and 5 of each decade; over many decades only some of the powers; inside one, round numbers. */
function logTicks(low, high) {
  const first = Math.floor(Math.log10(low)), last = Math.floor(Math.log10(high));
  const steps = last - first <= 3 ? [1, 2, 5] : [1], every = last - first <= 8 ? 1 : Math.ceil((last - first) / 6);
  const out = [];
  for (let p = first; p <= last; p += every) for (const m of steps) {
    const v = Number(`${m}e${p}`);
    if (v >= low && v <= high) out.push(v);
  }
  return out.length > 1 ? out : ticks(low, high, 4);
}

function tickText(v) {
  if (v === 0) return "0";
  const size = Math.abs(v), sign = v < 0 ? "−" : "";
  if (size < 0.001 || size >= 1e6) return sign + size.toExponential().replace("e+", "e").replace(/(\.\d\d)\d*/, "$1");
  return sign + Number(size.toPrecision(10)).toLocaleString("en", { maximumFractionDigits: 10 });
}

/* A value with digits enough to compare two runs, as the tables write it. */
function valueText(v, percent) {
  if (v === null || v === undefined) return "–";
  const size = Math.abs(v), sign = v < 0 ? "−" : "";
  if (percent) return sign + size.toFixed(1) + "\u202f%";
  if (size === 0) return "0";
  if (size < 0.001 || size >= 1e7) return sign + size.toExponential(2).replace("e+", "e");
  return sign + size.toLocaleString("en", { minimumSignificantDigits: size >= 1 ? 4 : 3, maximumSignificantDigits: size >= 1 ? Math.max(4, Math.floor(Math.log10(size)) + 1) : 3 });
}

/* Ascending places moved as little as needed to keep `gap` and stay inside [low, high]. */
function relax(places, gap, low, high) {
  const out = places.slice();
  for (let i = 0; i < out.length; i++) out[i] = Math.max(out[i], i ? out[i - 1] + gap : low);
  for (let i = out.length - 1; i >= 0; i--) out[i] = Math.min(out[i], i < out.length - 1 ? out[i + 1] - gap : high);
  for (let sweep = 0; sweep < 30; sweep++)
    for (let i = 0; i < out.length; i++) {
      const least = i ? out[i - 1] + gap : low, most = i < out.length - 1 ? out[i + 1] - gap : high;
      if (least <= most) out[i] = Math.min(Math.max(places[i], least), most);
    }
  return out;
}

/* Lowest and highest value of curves ({xs, ys}) inside `window`, with some room; null when nothing is there.
   `settle` leaves out the start of each curve, which would flatten the rest. */
function fit(curves, window, log, settle) {
  let low = Infinity, high = -Infinity;
  for (const { xs, ys } of curves) {
    const from = settle ? Math.min(Math.max(2, Math.round(ys.length / 20)), ys.length - 1) : 0;
    for (let i = from; i < ys.length; i++) {
      const v = ys[i];
      if (v === null || (log && v <= 0) || xs[i] < window[0] || xs[i] > window[1]) continue;
      if (v < low) low = v;
      if (v > high) high = v;
    }
  }
  if (low > high) return null;
  if (log) {
    const room = (Math.log10(high / low) || 0.3) * 0.06;
    return [low / 10 ** room, high * 10 ** room];
  }
  const room = (high - low || Math.abs(high) * 0.1 || 1e-3) * 0.06;
  return [low - room, high + room];
}

/* What each curve says at `x`, one row a run: {run, x, train, val}. A run that has ended long before is left out. */
function readings(curves, x) {
  const rows = new Map();
  for (const { run, split, xs, ys } of curves) {
    const i = nearest(xs, x), last = xs.length - 1;
    if (i < 0) continue;
    const pace = last > 0 ? (xs[last] - xs[0]) / last : 1;
    if ((i === last && x - xs[last] > pace) || (i === 0 && xs[0] - x > pace)) continue;
    const row = rows.get(run) || { run, x: xs[i], train: null, val: null };
    row[split] = ys[i];
    if (split === "val") row.x = xs[i];
    rows.set(run, row);
  }
  return [...rows.values()];
}

/* The window of `most` rows around the one at `at`. */
function around(rows, at, most) {
  if (rows.length <= most) return rows;
  const start = Math.max(0, Math.min(rows.length - most, at - (most >> 1)));
  return rows.slice(start, start + most);
}

if (typeof module !== "undefined" && module.exports) module.exports = { nearest, ticks, logTicks, tickText, valueText, relax, fit, readings, around };
