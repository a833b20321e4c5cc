/* Metric cards: sections, lazily drawn charts, and the menu of each chart. The pure parts say which cards stand where;
   the rest asks the server for the figures of the cards in sight, one question at a time. */
(function () {
  "use strict";
  const MOST_CARDS = 100; // as state.py and query.js cut them

  /* Which cards are shown, in sections: [{section, cards}]. A view that names cards shows those, in its order. */
  function arranged(cards, view) {
    const by = new Map(cards.map(c => [c.key, c])), chosen = (view.cards || []).map(key => by.get(key)).filter(Boolean), less = new Set(view.less || []);
    const text = (view.mq || "").trim().toLowerCase(), sections = new Map();
    for (const card of chosen.length ? chosen : cards) {
      if (less.has(card.key)) continue;
      if (text && !card.title.toLowerCase().includes(text) && !card.section.toLowerCase().includes(text)) continue;
      if (!sections.has(card.section)) sections.set(card.section, []);
      sections.get(card.section).push(card);
    }
    return [...sections].map(([section, members]) => ({ section, cards: members, folded: (view.folded || []).includes("s:" + section) }));
  }
  const sections = (cards, view) => arranged(cards, { ...view, mq: "" }), keysOf = found => found.flatMap(s => s.cards.map(c => c.key));
  const ALL = { cards: [], less: [] }, AS_IS = {};
  /* What of a view is another one: which cards are shown in which order, or which are hidden of all in their own order.
     An address holds only so many names; null where neither has room. */
  function noted(all, shown, ordered) {
    const on = new Set(shown), less = all.filter(key => !on.has(key));
    if (!shown.length || shown.join("\n") === all.join("\n")) return ALL;
    if (!ordered && less.length <= MOST_CARDS) return { cards: [], less };
    return shown.length <= MOST_CARDS ? { cards: shown, less: [] } : null;
  }
  /* The same after a card was moved among those of its section, */
  function moved(cards, view, key, by) {
    const found = sections(cards, view), keys = keysOf(found), mates = (found.find(s => s.cards.some(c => c.key === key))?.cards || []).map(c => c.key);
    const at = mates.indexOf(key), other = mates[at + by];
    if (at < 0 || other === undefined) return AS_IS;
    return noted(cards.map(c => c.key), keys.map(k => (k === key ? other : k === other ? key : k)), true);
  }
  /* dropped before or behind another of its section, */
  function placed(cards, view, key, target, behind) {
    const found = sections(cards, view), section = found.find(s => s.cards.some(c => c.key === key));
    if (key === target || !section || !section.cards.some(c => c.key === target)) return AS_IS;
    const keys = keysOf(found).filter(k => k !== key);
    keys.splice(keys.indexOf(target) + (behind ? 1 : 0), 0, key);
    return noted(cards.map(c => c.key), keys, true);
  }
  /* hidden or brought back. */
  function toggled(cards, view, key) {
    const all = cards.map(c => c.key), ordered = (view.cards || []).some(k => all.includes(k)), shown = keysOf(sections(cards, view));
    if (shown.includes(key)) return noted(all, shown.filter(k => k !== key), ordered);
    return noted(all, ordered ? [...shown, key] : all.filter(k => k === key || shown.includes(k)), ordered);
  }
  /* What of a view changes how a card is drawn. */
  const DRAWN = ["x", "sm", "smoother", "log", "clip", "ann", "x0", "x1", "band", "group", "focus", "runs", "off", "on", "pins", "base", "archived"];
  function stamp(view, more) { return JSON.stringify([DRAWN.map(name => view[name]), more]); }

  if (typeof module !== "undefined" && module.exports) { module.exports = { arranged, moved, placed, toggled, stamp, MOST_CARDS }; return; }

  const CONFIG = { displayModeBar: false, doubleClick: false, showTips: false, responsive: false };
  const RETRY_MS = 2000, SETTLE_MS = 60, LOST_MS = 30000;
  const keep = () => window.dash_clientside.no_update;
  let page = null; // {prefix, place, cards, view, pulse, held: Map(key -> card), waiting, n, timer}

  function make(tag, props, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name === "className") node.className = value; else node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }
  const icon = name => make("i", { className: "i i-" + name, "aria-hidden": "true" });
  function item(what, name, text) { return make("button", { type: "button", className: "choice", "data-tool": what }, icon(name), make("span", {}, text)); }

  /* The menu of a chart; `own` has what only cards can do. */
  function tools(title, own) {
    const summary = make("summary", { className: "button small square quiet", "aria-label": "Menu of " + title, title: "Menu" }, icon("ellipsis"));
    const body = make("div", { className: "menu-body" },
      item("full", "maximize-2", "Full screen"),
      ...(own ? [item("earlier", "arrow-up", "Move earlier"), item("later", "arrow-down", "Move later"), item("hide", "eye-off", "Hide this card")] : []),
      make("p", { className: "menu-title" }, "Save as"), item("png", "download", "PNG"), item("svg", "download", "SVG"), item("csv", "download", "CSV of the points drawn"));
    return make("details", { className: "menu" }, summary, body);
  }

  function card(spec) {
    const chart = make("div", { className: "chart" }), plot = make("div", { className: "plot" });
    chart.append(plot, make("div", { className: "card-wait", "aria-hidden": "true" }));
    const el = make("section", { className: "card metric-card", "data-card": spec.key, "aria-label": spec.title },
      make("div", { className: "card-head", draggable: "true" }, make("h3", { title: spec.title }, spec.title), make("span", { className: "hint outside" }), tools(spec.title, true)), chart);
    const held = { key: spec.key, el, plot, asked: "", stamp: "", seen: false };
    seen.observe(el);
    el.trackerCard = held;
    return held;
  }
  const seen = new IntersectionObserver(entries => {
    for (const e of entries) if (e.target.trackerCard) e.target.trackerCard.seen = e.isIntersecting;
    soon();
  }, { rootMargin: "160px 0px" });

  function lay(found) {
    const wanted = new Set(found.flatMap(s => s.cards.map(c => c.key)));
    for (const [key, held] of page.held) {
      if (wanted.has(key)) continue;
      seen.unobserve(held.el);
      if (held.plot.data) window.Plotly.purge(held.plot);
      page.held.delete(key);
    }
    const sections = found.map(({ section, cards, folded }) => {
      const old = [...page.place.children].find(el => el.dataset.section === section);
      const fold = make("button", { type: "button", className: "section-head", "data-act": "fold", "data-id": "s:" + section, "aria-expanded": String(!folded) },
        icon(folded ? "chevron-right" : "chevron-down"), make("span", {}, section), make("span", { className: "many" }, String(cards.length)));
      const grid = make("div", { className: "cards-grid" });
      grid.hidden = folded;
      for (const spec of cards) {
        if (!page.held.has(spec.key)) page.held.set(spec.key, card(spec));
        grid.append(page.held.get(spec.key).el);
      }
      const stood = old && old.firstChild === document.activeElement, el = make("div", { className: "cards-section", "data-section": section }, fold, grid);
      if (stood) requestAnimationFrame(() => fold.focus());
      return el;
    });
    page.place.replaceChildren(...sections);
  }

  function now() {
    const compact = window.innerWidth <= 760;
    return { theme: window.trackerTheme.current(), compact };
  }
  function sizeOf(held) { return { width: held.plot.clientWidth, height: held.plot.clientHeight }; }
  function state(held) {
    const { width, height } = sizeOf(held);
    return stamp(page.view, [page.pulse, now().theme, Math.round(width / 24), Math.round(height / 24)]);
  }
  function soon(ms) {
    if (!page) return;
    clearTimeout(page.timer);
    page.timer = setTimeout(ask, ms || SETTLE_MS);
  }
  function ask() {
    if (!page || !page.place.isConnected) return;
    if (page.waiting && Date.now() - page.waiting < LOST_MS) return;
    const due = [...page.held.values()].filter(h => h.el.isConnected && (h.seen || page.view.full === h.key) && h.plot.clientWidth && h.asked !== state(h)).slice(0, 12);
    if (!due.length) return;
    page.waiting = Date.now();
    page.n += 1;
    for (const h of due) h.asking = state(h);
    window.dash_clientside.set_props(page.prefix + "cards-ask", { data: {
      n: page.n, view: page.view, keys: due.map(h => h.key), screen: now(),
      sizes: Object.fromEntries(due.map(h => [h.key, sizeOf(h)])), known: Object.fromEntries(due.filter(h => h.plot.data).map(h => [h.key, h.stamp])),
    } });
  }
  /* One chart at a time, with room between them for what the reader does. */
  function drain(own) {
    if (own.draining || !own.queue.length) return;
    own.draining = setTimeout(() => {
      own.draining = 0;
      if (!window.Plotly) { setTimeout(() => drain(own), SETTLE_MS); return; }
      const [held, picture] = own.queue.shift();
      if (own.held.get(held.key) === held && held.el.isConnected) draw(held, picture);
      drain(own);
    });
  }
  function draw(held, picture) {
    const first = !held.plot.data;
    window.Plotly.react(held.plot, picture.data, picture.layout, CONFIG);
    held.el.classList.add("drawn");
    const outside = picture.layout.meta && picture.layout.meta.clipped, empty = !picture.data.some(t => t.x && t.x.length);
    held.el.querySelector(".outside").textContent = empty ? "not logged by the drawn runs" : outside ? outside.toLocaleString("en") + " outside" : "";
    if (first) held.plot.on("plotly_relayout", change => {
      const zoom = window.trackerView.zoomed(change);
      if (zoom && zoom[0] !== null) window.trackerAct({ do: "zoom", x0: zoom[0], x1: zoom[1] });
    });
  }

  function full(key) {
    for (const el of document.querySelectorAll("[data-card]")) {
      const on = el.dataset.card === key;
      if (el.classList.contains("full") === on) continue;
      el.classList.toggle("full", on);
      if (el.dataset.card === "main") window.dispatchEvent(new Event("resize"));
      if (!on) continue;
      el.scrollIntoView({ block: "nearest" });
      el.querySelector("summary")?.focus({ preventScroll: true });
    }
    document.documentElement.toggleAttribute("data-full", !!key);
    for (const place of document.querySelectorAll("[data-tools=main]:empty")) place.append(tools("loss and accuracy", false));
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    /* The cards of the page as the view wants them: [hidden, count, menu]. */
    cards(cards, view, pulse, ...before) {
      const prefix = document.querySelector("[data-prefix]")?.dataset.prefix ?? "", place = document.getElementById(prefix + "cards");
      if (!place) return [keep(), keep(), keep()];
      if (!page || page.place !== place) page = { prefix, place, held: new Map(), waiting: 0, n: 0, timer: 0, laid: "", queue: [], draining: 0 };
      const found = arranged(cards, view), laid = JSON.stringify(found);
      page.cards = cards;
      page.view = view;
      page.pulse = pulse;
      if (laid !== page.laid) lay(found);
      page.laid = laid;
      full(view.full);
      soon();
      const shown = found.reduce((n, s) => n + s.cards.length, 0), on = new Set(keysOf(sections(cards, view))), standard = !view.cards.length && !view.less.length;
      const menu = [["button", { className: "choice", type: "button", "data-tool": "standard" }, ["i", { className: "i i-" + (standard ? "check" : "blank") }], ["span", {}, "All, in their own order"]],
        ...cards.map(c => ["button", {
          className: "choice", type: "button", "data-tool": "choose", "data-key": c.key, "data-word": c.section + " " + c.title, "aria-pressed": String(on.has(c.key)),
        }, ["i", { className: "i i-" + (on.has(c.key) ? "check" : "blank") }], ["span", {}, c.title]])];
      return window.trackerFresh([!cards.length, shown === cards.length ? String(shown) : shown + " of " + cards.length, window.trackerMenu(prefix + "cards-menu", ["Choose"], menu, { find: "Find a metric" })], before);
    },
    cardsAnswer(answer) {
      if (!page || !answer || answer.n !== page.n) return keep();
      page.waiting = 0;
      if (answer.failed) { soon(RETRY_MS); return keep(); }
      for (const [key, { stamp: fresh, picture }] of Object.entries(answer.pictures)) {
        const held = page.held.get(key);
        if (!held) continue;
        held.asked = held.asking;
        held.stamp = fresh;
        if (picture) page.queue = [...page.queue.filter(([one]) => one !== held), [held, picture]];
      }
      drain(page);
      soon();
      return keep();
    },
  });

  // what comes next follows from the view that the act meets, which two quick clicks have changed twice by then
  const choose = next => window.trackerAct({ do: "cards", value: view => next(page.cards, view) || tooMany() });
  function tooMany() {
    window.trackerOverlays.say("An address has room for the order of " + MOST_CARDS + " cards: hide some first.");
    return AS_IS;
  }
  const ACTS = {
    full: key => window.trackerAct({ do: "set", name: "full", value: view => (view.full === key ? null : key) }),
    earlier: key => choose((cards, view) => moved(cards, view, key, -1)),
    later: key => choose((cards, view) => moved(cards, view, key, 1)),
    hide: key => choose((cards, view) => toggled(cards, view, key)),
    choose: key => choose((cards, view) => toggled(cards, view, key)),
    standard: () => choose(() => ALL),
  };
  window.trackerCards = {
    place: (key, target, behind) => choose((cards, view) => placed(cards, view, key, target, behind)),
  };
  document.addEventListener("click", event => {
    const at = event.target.closest("[data-tool]");
    if (!at) return;
    const place = at.closest("[data-card]"), menu = at.closest("details.menu"), what = at.dataset.tool;
    if (menu && what !== "choose") { menu.open = false; menu.querySelector("summary").focus(); }
    if (ACTS[what]) return ACTS[what](at.dataset.key || (place && place.dataset.card));
    if (place) window.trackerExport(place, what);
  });
  document.addEventListener("keydown", event => {
    if (event.key !== "Escape" || event.defaultPrevented || !page || !page.view.full || document.querySelector("dialog[open], details.menu[open]")) return;
    window.trackerAct({ do: "set", name: "full", value: null });
  });
  window.addEventListener("tracker:theme", () => soon());
  window.addEventListener("resize", () => soon(180));
})();
