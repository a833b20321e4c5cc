/* What ties the pages' components together in the browser; the callbacks that name these functions stand in pages/*.py. */
(function () {
  "use strict";
  const V = window.trackerView, H = window.trackerHands;
  const keep = () => window.dash_clientside.no_update;
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  /* A callback needs all its inputs on the page, so each page has its own; this is what their names start with,
     as the page's root says in data-prefix. A page without one takes no acts. */
  const page = () => document.querySelector("[data-prefix]")?.dataset.prefix ?? null;

  let painted = null, waiting = null;
  function repaint() {
    const now = window.trackerScreen();
    if (!painted || same(now, painted) || page() === null || !document.querySelector(".chart")) return;
    const small = now.theme === painted.theme && now.compact === painted.compact && Math.abs(now.width - painted.width) < 24;
    if (small) return;
    painted = now;
    window.trackerCurves.changed();
    window.dash_clientside.set_props(page() + "paint", { data: now });
  }
  window.addEventListener("tracker:theme", repaint);
  window.addEventListener("resize", () => { clearTimeout(waiting); waiting = setTimeout(repaint, 150); });

  /* The range that the reader sees, known before any callback has run; null until somebody zoomed. */
  let range = null;
  window.trackerZoomed = relayout => { range = V.zoomed(relayout) || range; };
  window.trackerMoved = (view, next) => {
    if (next.x0 === view.x0 && next.x1 === view.x1) return;
    range = [next.x0, next.x1];
    window.trackerCurves.ranged();
  };

  /* dcc.Location knows the address that a page was opened with, not the one that its view has written since: a link
     back to the former looks to it like no change at all. */
  let opened = "";
  window.addEventListener("_dashprivate_pushstate", () => {
    const { pathname, search } = window.location;
    if (pathname + search !== opened) return;
    window.dash_clientside.set_props("screen", { data: window.dash_clientside.tracker.navigate(pathname, search) });
  });

  /* A question whose answer got lost is put again: with the next tick, or after a long while where nobody noticed. */
  const RETRY_MS = 2000, MOST_WAIT_MS = 30000;
  let lost = 0;
  window.addEventListener("tracker:lost", () => { lost = Date.now(); });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    /* Where the reader is and on what screen: all that the server needs to lay out a page. */
    navigate(pathname, search) {
      range = null;
      opened = (pathname || "") + (search || "");
      H.fresh();
      window.trackerCurves.fresh();
      window.trackerSeen = null;
      painted = window.trackerScreen();
      return { path: pathname || "/", search: search || "", ...painted };
    },
    title(text) { document.title = text || "tracker"; return keep(); },
    /* The view stands in the URL at once. */
    writeQuery(view, path, more) {
      if (view) window.trackerQuery.write(path, [V.toQuery(view), more].filter(Boolean).join("&"));
      return keep();
    },

    /* The server's figure on its way into the chart. A figure that was asked for before the latest zoom keeps the
       reader's range; a copy goes in, since the chart writes into what it is given. */
    paint(picture) {
      if (!picture) return keep();
      if (!window.dash_clientside.callback_context.triggered.length) window.trackerCurves.fresh(); // a chart that shows nothing yet
      const { asked, full } = picture.layout.meta;
      if (!range || same(range, asked)) return window.trackerCurves.figure(document.querySelector("[data-card=main] .js-plotly-plot"), picture) || keep();
      const figure = structuredClone(picture);
      figure.layout.xaxis.range = range[0] === null ? full.x : range;
      figure.data = figure.data.filter(trace => !trace.meta.names); // they stand at the end of the other range
      return window.trackerCurves.joined(figure);
    },

    /* Each tick asks what changed, and whatever drew the chart otherwise asks for a new picture. A tick waits until the
       last answer is there, since a new question makes Dash drop the answer to the one before. */
    ask(_, paint, heard, view, last) {
      const question = draw => asked(view, paint, last, draw);
      if (!same([view, paint || null], [last.view, last.paint])) return question(true);
      if (heard.n !== last.n) return last.at < Math.max(lost, Date.now() - MOST_WAIT_MS) ? question(last.draw) : keep();
      return heard.failed && Date.now() - last.at < RETRY_MS ? keep() : question(Boolean(heard.failed));
    },

    /* What changed, worked into the list: rows and marks. The frame that shows it in the curves comes first: an answer
       that overtakes this one holds all that changed since the same marks. */
    async merge(change, rows) {
      if (!change) return [keep(), keep()];
      await new Promise(afterFrame);
      return [V.merge(rows, change), change.marks];
    },

    /* The one place where the reader's hands change the view. It asks for the picture in the same breath, so that the
       server draws while the page does the rest. */
    reduce(_, sm, log, clip, ann, q, mq, relayout, view, rows, paint, last) {
      const laidOut = !window.dash_clientside.callback_context.triggered.length;
      if (laidOut) window.trackerCurves.fresh();
      const next = H.next("compare", view, { sm, log, clip, ann, q, mq, relayout }, changed, (now, act) => obey(now, rows, act));
      if (next || !laidOut) window.trackerListed(next || view, rows);
      if (!next) return [keep(), keep()];
      window.trackerMoved(view, next);
      if (!same(alike(next), alike(view))) window.trackerCurves.changed();
      return [next, asked(next, paint, last, true)];
    },

    table(spec, view) {
      window.trackerTable.show(document.getElementById("table"), spec, view);
      return [keep(), window.trackerTable.said(spec, view)];
    },
  });

  /* A question to the server: what changed in the list, and with `draw` the picture, which otherwise comes when it changed. */
  function asked(view, paint, last, draw) {
    document.documentElement.toggleAttribute("data-asked", draw); // by somebody, who may wait for it
    return { n: last.n + 1, view, paint: paint || null, draw, at: Date.now() };
  }
  /* What of a view says how curves are drawn, whichever they are. */
  const DRAWN = ["x", "sm", "smoother", "log", "clip", "x0", "x1", "band", "group"], alike = view => DRAWN.map(name => view[name]);

  /* What a control of a page with curves does to its view: the search fields give nothing where they are empty. */
  window.trackerChanged = changed;
  function changed(view, name, value) {
    if (name !== "relayout") return { ...view, [name]: name === "q" || name === "mq" ? value || "" : value };
    const zoom = V.zoomed(value);
    return zoom && { ...view, x0: zoom[0], x1: zoom[1] };
  }
  function obey(view, rows, act) {
    if (act.do === "clear") {
      window.dash_clientside.set_props("q", { value: "" });
      return { ...view, q: "", verdicts: [] };
    }
    const next = acted(view, rows, act);
    curves(view, next, rows);
    return next;
  }
  const acted = (view, rows, act) => V.act(view, rows, act.do === "move" ? { ...act, order: window.trackerOrder() } : act) || view;
  function curves(view, next, rows) {
    const before = new Set(V.shown(view, rows)), now = new Set(V.shown(next, rows));
    window.trackerCurves.hide([...before].filter(id => !now.has(id)));
    window.trackerCurves.show([...now]);
  }

  /* Buttons anywhere on the page say what they do in data-act; one listener passes it on. */
  let count = 0;
  window.trackerAct = what => {
    if (page() === null) return;
    const act = { ...what, n: ++count };
    // notes are the server's, which need not hear of every other click
    const noted = what.do.startsWith("note-");
    if (!noted) H.did(act);
    const { value, ...told } = act; // a value that follows from the view is nothing for a store
    const place = page() + (noted ? "notes-act" : "act"), known = window.trackerSeen;
    const tell = () => window.dash_clientside.set_props(place, { data: typeof value === "function" ? told : act });
    if (page() !== "" || !known || !LISTED.has(what.do)) return tell();
    const next = acted(known.view, known.rows, act);
    if (next !== known.view) {
      window.trackerListed(next, known.rows);
      const draw = () => curves(known.view, next, known.rows);
      if (V.shown(known.view, known.rows).length > FEW) nextFrame(draw); else draw();
    }
    afterFrame(tell);
  };
  /* What a click on the list does is seen in it before anything else follows from it; where many runs are drawn, a frame
     before their curves, too: a picture of a hundred takes the browser longer to paint than an answer may take. */
  const LISTED = new Set(["eye", "eyes", "focus", "move", "only", "pin", "base", "all", "newest", "verdict", "fold"]), FEW = 24;
  /* In the frame after the one that is drawn next. */
  const nextFrame = then => requestAnimationFrame(() => requestAnimationFrame(then));
  function afterFrame(then) {
    let done = false;
    const once = () => { if (!done) { done = true; then(); } };
    nextFrame(() => setTimeout(once));
    setTimeout(once, 400); // nobody draws frames of a page that is out of sight
  }
  document.addEventListener("click", event => {
    const link = event.target.closest("a[href]");
    const at = event.target.closest("[data-act]");
    if (!at || (link && !at.contains(link) === false && link !== at)) return;
    const what = at.getAttribute("data-act"), id = at.getAttribute("data-id");
    if (what === "theme") return window.trackerTheme.choose(window.trackerTheme.current() === "dark" ? "light" : "dark");
    if (what === "copy-link") return copy(at, window.location.href);
    if (what === "reload") return window.location.reload();
    window.trackerAct({ do: what, id, ...told(at.dataset) });
  });
  /* What a button says beside its act: a field of the view with its value, or a range of the x axis. */
  function told({ name, value, x0, x1, x }) {
    const flags = { true: true, false: false };
    return {
      ...(name === undefined ? {} : { name, value: value === "" && name === "full" ? null : flags[value] ?? value ?? "" }),
      ...(x0 === undefined || x1 === undefined ? {} : { x0: Number(x0), x1: Number(x1), ...(x === undefined ? {} : { x }) }),
    };
  }
  async function copy(at, text) {
    const label = at.querySelector("[data-label]") || at, old = label.textContent;
    try { await navigator.clipboard.writeText(text); label.textContent = "Copied"; }
    catch (_) { label.textContent = "Copy it from the address bar"; }
    setTimeout(() => { label.textContent = old; }, 1600);
  }
})();
