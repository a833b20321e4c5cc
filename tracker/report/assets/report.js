/* Unpacks the curves and listens to the reader: hide and show, focus, zoom, values under the pointer, theme, print. */

const ROWS = 9, NEAR = 40, DRAG = 6;
const find = id => document.getElementById(id);
const chart = find("chart");

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

function started(data) {
  const only = data.runs.length === 1 ? 0 : null;
  const state = { focus: only ?? data.focus, hidden: new Set(), log: false, marks: true, clip: true, zoom: null };
  const rows = [...document.querySelectorAll(".run-row")];
  const told = find("notices").textContent;
  let f = null, clips = false;

  function show() {
    hideCross();
    f = draw(chart, data, state);
    rows.forEach((row, i) => {
      const off = state.hidden.has(i), [eye, pick] = row.querySelectorAll("button");
      row.classList.toggle("off", off);
      row.classList.toggle("focused", state.focus === i);
      eye.setAttribute("aria-pressed", String(!off));
      pick.setAttribute("aria-pressed", String(state.focus === i));
    });
    const out = f.panels.reduce((sum, panel) => sum + panel.out, 0), one = out === 1;
    find("clip-field").hidden = !clips && !out;
    clips ||= out > 0;
    find("reset").hidden = !state.zoom;
    const notes = [...f.figure.notices];
    if (out) notes.push(`${out.toLocaleString("en")} ${one ? "point lies" : "points lie"} outside the picture; zoom in, or switch clipping off, to see ${one ? "it" : "them"}.`);
    if (told) notes.push(told);
    find("notices").textContent = notes.join(" ");
  }

  /* ---- runs */
  rows.forEach((row, i) => {
    const [eye, pick] = row.querySelectorAll("button");
    eye.addEventListener("click", () => {
      if (!state.hidden.delete(i)) state.hidden.add(i);
      if (state.hidden.has(state.focus)) state.focus = null;
      show();
    });
    pick.addEventListener("click", () => {
      state.focus = state.focus === i ? null : i;
      state.hidden.delete(i);
      show();
    });
  });
  find("all")?.addEventListener("click", () => { state.hidden.clear(); show(); });
  find("none")?.addEventListener("click", () => { state.hidden = new Set(data.runs.keys()); state.focus = null; show(); });
  for (const name of ["log", "marks", "clip"]) find(name).addEventListener("change", event => { state[name] = event.target.checked; show(); });
  const reset = () => { state.zoom = null; show(); };
  find("reset").addEventListener("click", () => { reset(); chart.focus(); });

  /* ---- the crosshair and its card */
  const line = document.createElement("div"), band = document.createElement("div"), card = document.createElement("div");
  line.className = "cross-line"; band.className = "zoom-band"; card.className = "cross-card";
  chart.append(line, band, card);
  let cross = null;
  function hideCross() { cross = null; line?.classList.remove("on"); card?.classList.remove("on"); }

  function readAt(px, py) {
    const panel = f.panels.find(p => py <= p.y1 + 12) || f.panels[f.panels.length - 1];
    const list = readings(panel.curves, f.back(px));
    if (!list.length || px < f.x0 - 2 || px > f.x1 + 2) return hideCross();
    const at = list.reduce((a, b) => (Math.abs(f.px(b.x) - px) < Math.abs(f.px(a.x) - px) ? b : a)).x;
    const worth = r => (r.val === null ? r.train : r.val);
    for (const r of list) {
      const y = worth(r) === null ? null : panel.y(worth(r));
      r.far = y === null ? 1e9 : Math.abs(y - py);
    }
    const sign = panel.metric === "accuracy" ? -1 : 1;
    list.sort((a, b) => (worth(a) === null) - (worth(b) === null) || sign * (worth(a) - worth(b)));
    const best = Math.min(...list.map(r => r.far));
    fillCard(list, best, at, panel);
    cross = { at, panel: f.panels.indexOf(panel) };
    line.style.left = f.px(at) + "px";
    line.style.top = f.top + "px";
    line.style.height = f.tall + "px";
    line.classList.add("on");
    card.classList.add("on");
    const wide = card.offsetWidth, high = card.offsetHeight, right = f.px(at) + 14;
    card.style.left = (right + wide > chart.clientWidth - 4 ? Math.max(2, f.px(at) - 14 - wide) : right) + "px";
    card.style.top = Math.max(4, Math.min(f.height - high - 4, py - high / 2)) + "px";
  }

  function fillCard(list, best, at, panel) {
    const kept = around(list, list.findIndex(r => r.far === best), ROWS), table = document.createElement("table");
    const head = document.createElement("div"), names = table.createTHead().insertRow(), body = table.createTBody();
    head.className = "title";
    head.textContent = `${data.x} ${tickText(Number(at.toFixed(2)))}` + (list.length > kept.length ? ` · ${kept.length} nearest of ${list.length}` : "");
    for (const name of [panel.title, "train", "val"]) {
      const th = document.createElement("th");
      th.textContent = name;
      names.append(th);
    }
    const percent = panel.metric === "accuracy" && data.percent;
    for (const r of kept) {
      const row = body.insertRow(), cell = row.insertCell(), swatch = document.createElement("span"), name = document.createElement("bdi");
      if (r.far === best && best < NEAR && kept.length > 1) row.className = "near";
      swatch.className = "swatch run-" + data.runs[r.run].colour % 12;
      name.textContent = data.runs[r.run].name;
      cell.append(swatch, name);
      row.insertCell().textContent = valueText(r.train, percent);
      row.insertCell().textContent = valueText(r.val, percent);
    }
    card.replaceChildren(head, table);
  }

  /* ---- pointer: read, and drag a range with a mouse or two fingers */
  const place = event => { const box = chart.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
  const inside = px => Math.min(Math.max(px, f.x0), f.x1);
  const fingers = new Map();
  let from = null, pinch = null;
  function zoomTo(a, b) {
    const low = Math.max(Math.min(a, b), f.figure.x[0]), high = Math.min(Math.max(a, b), f.figure.x[1]);
    if (high - low < (f.figure.x[1] - f.figure.x[0]) * 1e-4) return;
    state.zoom = low <= f.figure.x[0] && high >= f.figure.x[1] ? null : [low, high];
    show();
  }
  chart.addEventListener("pointerdown", event => {
    const [px] = place(event);
    if (event.pointerType === "mouse") { if (event.button === 0 && px >= f.x0 && px <= f.x1) { from = px; chart.setPointerCapture(event.pointerId); } return; }
    fingers.set(event.pointerId, px);
    if (fingers.size === 2) { hideCross(); pinch = [...fingers.values()].map(f.back); }
  });
  chart.addEventListener("pointermove", event => {
    const [px, py] = place(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, px);
    if (pinch && fingers.size === 2) {
      const [a, b] = [...fingers.values()];
      if (Math.abs(b - a) < 12) return;
      const each = (pinch[1] - pinch[0]) / (b - a), low = pinch[0] - (a - f.x0) * each;
      return zoomTo(low, low + (f.x1 - f.x0) * each);
    }
    if (from === null) return readAt(px, py);
    hideCross();
    const a = Math.min(from, inside(px)), b = Math.max(from, inside(px));
    band.classList.toggle("on", b - a > DRAG);
    band.style.left = a + "px";
    band.style.width = b - a + "px";
    band.style.top = f.top + "px";
    band.style.height = f.tall + "px";
  });
  chart.addEventListener("pointerup", event => {
    if (from !== null) {
      const start = from, end = inside(place(event)[0]);
      from = null;
      band.classList.remove("on");
      if (Math.abs(end - start) > DRAG) zoomTo(f.back(start), f.back(end));
      return;
    }
    if (event.pointerType !== "mouse" && !pinch) readAt(...place(event));
  });
  for (const end of ["pointerup", "pointercancel"]) chart.addEventListener(end, event => {
    fingers.delete(event.pointerId);
    if (!fingers.size) pinch = null;
    if (end === "pointercancel") { from = null; band.classList.remove("on"); }
  });
  chart.addEventListener("pointerleave", () => { if (from === null) hideCross(); });
  chart.addEventListener("dblclick", reset);

  /* ---- keyboard */
  chart.addEventListener("keydown", event => {
    const panel = f.panels[cross ? cross.panel : 0], curve = panel.curves.find(c => c.run === state.focus && c.split === "val") || panel.curves[0];
    if (event.key === "Escape") { if (cross) hideCross(); else reset(); return; }
    if (event.key === "+" || event.key === "-") {
      const middle = cross ? cross.at : (f.x[0] + f.x[1]) / 2, half = (f.x[1] - f.x[0]) / (event.key === "+" ? 4 : 1);
      zoomTo(middle - half, middle + half);
      return;
    }
    if (!event.key.startsWith("Arrow") || !curve) return;
    event.preventDefault();
    const many = event.shiftKey ? 10 : 1, now = nearest(curve.xs, cross ? cross.at : f.x[1]);
    let i = now, which = cross ? cross.panel : 0;
    if (event.key === "ArrowLeft") i = Math.max(0, now - many);
    if (event.key === "ArrowRight") i = Math.min(curve.xs.length - 1, now + many);
    if (event.key === "ArrowUp") which = 0;
    if (event.key === "ArrowDown") which = f.panels.length - 1;
    const on = f.panels[which], y = curve.ys[i] === null ? null : on.y(curve.ys[i]);
    readAt(f.px(curve.xs[i]), Math.min(on.y1, Math.max(on.y0, y ?? on.y0)));
  });
  chart.addEventListener("blur", hideCross);

  document.querySelector(".tools").hidden = false;
  find("how").textContent = matchMedia("(hover: hover)").matches ? "drag to zoom, double-click to reset" : "touch to read, two fingers to zoom";
  show();
  let width = chart.clientWidth;
  new ResizeObserver(() => { if (chart.clientWidth && chart.clientWidth !== width) { width = chart.clientWidth; show(); } }).observe(chart);
}

for (const time of document.querySelectorAll("time")) {
  const at = new Date(time.dateTime);
  time.title = time.textContent;
  time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

const dark = matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
const theme = find("theme");
if (theme) theme.hidden = false;
theme?.addEventListener("click", () => { root.dataset.theme = (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark"; });

let closed = [];
addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")]; for (const one of closed) one.open = true; });
addEventListener("afterprint", () => { for (const one of closed) one.open = false; });

unpack(find("curves").textContent).then(started).catch(error => {
  find("trouble").textContent = typeof DecompressionStream === "undefined"
    ? "This browser is too old to unpack the curves; one of 2023 or newer draws them. Words and table are complete."
    : "The curves could not be drawn (" + error + "). Words and table are complete.";
});
