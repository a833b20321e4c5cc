/* Draws a figure of the builder as SVG. Colours are the names of the page's tokens, so a theme needs no new drawing. */

const SVG = "http://www.w3.org/2000/svg";
const PHONE = 600, TEXT = 11.5, GAP = 15;

function node(tag, attributes, colours, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  for (const key in colours) if (colours[key]) made.style[key] = "var(--" + colours[key] + ")";
  if (parent) parent.append(made);
  return made;
}

/* The builder's figure for a state. Of many runs only the one in focus has a figure of its own, laid over the others'. */
function chosen(data, state, size) {
  const views = data.views[size + (state.log ? " log" : " linear")];
  if (state.focus === null) return views.base;
  const own = views.focus[state.focus];
  if (!views.over) return own;
  const rest = views.base.lines.filter(line => data.curves[line[0]].run !== state.focus);
  return { ...own, panels: views.base.panels, x: views.base.x, lines: [...rest, ...own.lines], notices: views.base.notices };
}

/* The range of a panel: the builder's, less what only hidden runs need; of a zoom all that is in it. */
function visible(panel, curves, x, state) {
  if (state.zoom || (!state.clip && state.hidden.size)) return fit(curves, x, panel.log, false) || panel.range;
  if (!state.clip) return panel.full;
  const found = state.hidden.size ? fit(curves, x, panel.log, true) : null;
  if (!found) return panel.range;
  const low = Math.max(panel.range[0], found[0]), high = Math.min(panel.range[1], found[1]);
  return low < high ? [low, high] : panel.range;
}

function outside(curves, x, range) {
  let count = 0;
  for (const { xs, ys } of curves) ys.forEach((v, i) => { if (v !== null && (v < range[0] || v > range[1]) && xs[i] >= x[0] && xs[i] <= x[1]) count++; });
  return count;
}

/* Geometry and scales of a figure in a place of `width` pixels. */
function frame(data, state, width) {
  const figure = chosen(data, state, width < PHONE ? "phone" : "wide");
  const [left, top, right, bottom] = figure.margin, height = figure.height;
  const x0 = left, x1 = Math.max(width - right, left + 40), tall = height - top - bottom;
  const x = state.zoom || figure.x;
  const shown = figure.lines.filter(line => !state.hidden.has(data.curves[line[0]].run)).map(line => {
    const curve = data.curves[line[0]];
    return { ...curve, xs: data.xs[curve.x], ys: curve.y, colour: line[1], width: line[2], dash: line[3], opacity: line[4] };
  });
  const panels = figure.panels.map(panel => {
    const curves = shown.filter(c => c.metric === panel.metric);
    const range = visible(panel, curves, x, state);
    const y0 = top + (1 - panel.domain[1]) * tall, y1 = top + (1 - panel.domain[0]) * tall;
    const at = panel.log ? Math.log10 : v => v, low = at(range[0]), high = at(range[1]);
    const y = v => (panel.log && v <= 0 ? null : y1 - (at(v) - low) / (high - low) * (y1 - y0));
    return { ...panel, curves, range, y0, y1, y, same: range === panel.range, out: outside(curves, x, range) };
  });
  const px = v => x0 + (v - x[0]) / (x[1] - x[0]) * (x1 - x0);
  const back = p => x[0] + (p - x0) / (x1 - x0) * (x[1] - x[0]);
  return { figure, width: Math.max(width, x1 + right), height, x0, x1, top, tall, x, px, back, panels };
}

function path(curve, f, panel) {
  const { xs, ys } = curve;
  let out = "", pen = false;
  for (let i = 0; i < ys.length; i++) {
    const y = ys[i] === null ? null : panel.y(ys[i]);
    if (y === null || (i + 1 < xs.length && xs[i + 1] < f.x[0]) || (i > 0 && xs[i - 1] > f.x[1])) { pen = false; continue; }
    out += (pen ? "L" : "M") + f.px(xs[i]).toFixed(1) + " " + Math.max(-1e4, Math.min(1e4, y)).toFixed(1);
    pen = true;
  }
  return out;
}

function axes(svg, f, data) {
  const last = f.panels[f.panels.length - 1];
  for (const panel of f.panels) {
    const tall = panel.y1 - panel.y0;
    const values = panel.log ? logTicks(...panel.range) : ticks(...panel.range, Math.max(3, Math.round(tall / 46)));
    for (const v of values) {
      const y = panel.y(v);
      node("line", { x1: f.x0, x2: f.x1, y1: y, y2: y }, { stroke: "grid" }, svg);
      node("text", { x: f.x0 - 7, y: y + 4, "text-anchor": "end", class: "tick" }, {}, svg).textContent = tickText(v);
    }
    const middle = (panel.y0 + panel.y1) / 2;
    node("text", { transform: `translate(13 ${middle}) rotate(-90)`, "text-anchor": "middle", class: "tick" }, {}, svg).textContent = panel.title;
  }
  const whole = f.x[1] - f.x[0] < 7 && data.x !== "Progress (%)" && !data.x.startsWith("Time");
  for (const v of ticks(...f.x, Math.max(3, Math.round((f.x1 - f.x0) / 84)))) {
    if (whole && v !== Math.round(v)) continue;
    node("text", { x: f.px(v), y: last.y1 + 17, "text-anchor": "middle", class: "tick x" }, {}, svg).textContent = tickText(v);
  }
  node("text", { x: (f.x0 + f.x1) / 2, y: last.y1 + 34, "text-anchor": "middle", class: "tick" }, {}, svg).textContent = data.x;
}

function shapes(under, over, f, state) {
  const y0 = f.panels[0].y0, y1 = f.panels[f.panels.length - 1].y1;
  for (const shape of f.figure.shapes) {
    if (state.hidden.has(shape.run)) continue;
    if (shape.kind === "gap") {
      const panel = f.panels.find(p => p.metric === "loss"), base = shape.from === undefined ? null : f.px(shape.from);
      const [a, b] = base === null ? [f.px(shape.x0), f.px(shape.x1)] : [base + shape.x0, base + shape.x1];
      if (!panel || a > f.x1 + 6 || b < f.x0) continue;
      node("line", { x1: a, x2: b, y1: panel.y(shape.y0), y2: panel.y(shape.y1), "stroke-width": 1.2 }, { stroke: "text2" }, over);
      continue;
    }
    const a = Math.max(f.px(shape.x0), f.x0), b = Math.min(f.px(shape.x1), f.x1);
    if (shape.kind === "region" && b > a) node("rect", { x: a, width: b - a, y: y0, height: y1 - y0 }, { fill: "region" }, under);
    if (shape.kind === "onset" && f.px(shape.x0) >= f.x0 && a <= f.x1)
      node("line", { x1: a, x2: a, y1: y0, y2: y1, "stroke-width": 1.4, "stroke-dasharray": "3 2" }, { stroke: "bad" }, under);
  }
}

function marks(layer, f, state) {
  for (const one of f.figure.marks) {
    const panel = f.panels.find(p => p.metric === one.metric);
    if (!panel || state.hidden.has(one.run)) continue;
    for (const [x, value, symbol, size, fill] of one.at) {
      const edge = panel.figureRange.some(end => Math.abs(value - end) <= 1e-9 * Math.abs(end));
      const said = !edge && (symbol === "triangle-down" || (symbol === "circle" && size > 5));
      const y = panel.y(value), px = f.px(x), r = size / 2;
      if ((said && !state.marks) || (edge && !panel.same) || y === null || px < f.x0 - 1 || px > f.x1 + 1 || y < panel.y0 - 1 || y > panel.y1 + 1) continue;
      const stroke = { stroke: one.colour, fill };
      if (symbol === "circle") node("circle", { cx: px, cy: y, r, "stroke-width": one.width }, stroke, layer);
      else if (symbol === "x-thin") node("path", { d: `M${px - r} ${y - r}L${px + r} ${y + r}M${px - r} ${y + r}L${px + r} ${y - r}`, "stroke-width": one.width }, { stroke: one.colour }, layer);
      else {
        const up = symbol === "triangle-up" ? -1 : 1;
        node("path", { d: `M${px - r} ${y - up * r * .8}H${px + r}L${px} ${y + up * r}Z` }, { fill: one.colour }, layer);
      }
    }
  }
}

function label(layer, text, x, y, anchor) {
  const group = node("g", { class: "label" }, {}, layer);
  const made = node("text", { x, y, "text-anchor": anchor }, { fill: text.colour }, group);
  for (const [words, bold] of text.spans) node("tspan", bold ? { class: "bold" } : {}, {}, made).textContent = words;
  if (!text.ground) return;
  const box = made.getBBox();
  group.prepend(node("rect", { x: box.x - 3, y: box.y - 1, width: box.width + 6, height: box.height + 2, rx: 3 }, { fill: text.ground }));
}

function texts(layer, f, state) {
  for (const text of f.figure.texts) {
    if (text.kind === "end" || state.hidden.has(text.run) || (!state.marks && text.kind !== "broken")) continue;
    const panel = f.panels.find(p => p.metric === text.metric);
    const x = text.x === null ? f.x0 : f.px(text.x);
    const y = panel ? panel.y(text.y) : f.top + (1 - text.y) * f.tall;
    if (y === null || x < f.x0 - 1 || x > f.x1 + 1 || (panel && (y < panel.y0 - 1 || y > panel.y1 + 1))) continue;
    if (text.arrow) {
      const [ax, ay, off] = text.arrow, far = Math.hypot(ax, ay) || 1;
      node("line", { x1: x + ax / far * off, y1: y + ay / far * off, x2: x + ax, y2: y + ay }, { stroke: "text3" }, layer);
      label(layer, text, x + ax, y + ay + 4, "middle");
    } else {
      const anchor = { left: "start", right: "end", center: "middle" }[text.anchor[0]];
      const pad = text.anchor[0] === "left" ? 3 : text.anchor[0] === "right" ? -3 : 0;
      label(layer, text, x + text.shift[0] + pad, y - text.shift[1] + (text.anchor[1] === "top" ? 14 : 4), anchor);
    }
  }
  for (const panel of f.panels) {
    const wanted = [];
    for (const text of f.figure.texts) {
      if (text.kind !== "end" || text.metric !== panel.metric || state.hidden.has(text.run)) continue;
      const own = panel.curves.filter(c => c.run === text.run), curve = own.find(c => c.split === "val") || own[0];
      let i = curve ? curve.ys.length - 1 : -1;
      while (i >= 0 && (curve.ys[i] === null || curve.xs[i] > f.x[1])) i--;
      const y = i >= 0 && curve.xs[i] >= f.x[0] ? panel.y(curve.ys[i]) : null;
      if (y !== null && y >= panel.y0 - 1 && y <= panel.y1 + 1) wanted.push([y, text]);
    }
    wanted.sort((a, b) => a[0] - b[0]);
    const places = relax(wanted.map(w => w[0]), GAP, panel.y0 + 5, panel.y1 - 5);
    wanted.forEach(([, text], i) => label(layer, text, f.x1 + text.shift[0] + 3, places[i] + 4, "start"));
  }
}

/* Draw the state into `host` and return the frame, by which a pointer finds its values. */
function draw(host, data, state) {
  const f = frame(data, state, host.clientWidth || 940);
  for (const [i, panel] of f.panels.entries()) panel.figureRange = f.figure.panels[i].range;
  const svg = node("svg", { width: f.width, height: f.height, viewBox: `0 0 ${f.width} ${f.height}`, role: "img", "aria-label": "Learning curves; the words below say what they show" });
  host.querySelector("svg")?.remove();
  host.prepend(svg);
  const defs = node("defs", {}, {}, svg), under = node("g", {}, {}, svg);
  axes(svg, f, data);
  f.panels.forEach((panel, i) => {
    const clip = node("clipPath", { id: "clip-" + i }, {}, defs);
    node("rect", { x: f.x0, width: f.x1 - f.x0, y: panel.y0 - 1, height: panel.y1 - panel.y0 + 2 }, {}, clip);
    const layer = node("g", { "clip-path": `url(#clip-${i})`, fill: "none", "stroke-linejoin": "round" }, {}, svg);
    for (const curve of panel.curves) {
      const stroke = { d: path(curve, f, panel), "stroke-width": curve.width, opacity: curve.opacity, class: "curve", "data-run": curve.run };
      if (curve.dash) stroke["stroke-dasharray"] = "4 3";
      node("path", stroke, { stroke: curve.colour }, layer);
    }
  });
  const over = node("g", {}, {}, svg);
  if (state.marks) shapes(under, over, f, state);
  marks(over, f, state);
  texts(over, f, state);
  return f;
}
