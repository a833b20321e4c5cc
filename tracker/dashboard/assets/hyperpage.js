/* The hyperparameters page in the browser: brushing, the line under the pointer, moving axes, and the run list. */
(function () {
  "use strict";
  const H = window.trackerHyper;
  const keep = () => window.dash_clientside.no_update;
  let base = "", rows = [];

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    hyperReduce(_, metric, colour, x, q, view, now) {
      const next = window.trackerHands.next("hyper", view, { metric, colour, x, q }, (is, name, value) => chosen(is, now, name, value),
        (is, act) => H.act(is, now, act));
      if (next && next.q === "" && view.q !== "") window.dash_clientside.set_props("hyper-q", { value: "" });
      return next || keep();
    },
    hyperList(now) { base = now.base; rows = now.list; return rows; },
    hyperQuery(view, path) {
      if (view) window.trackerQuery.write(path, H.toQuery(view));
      return keep();
    },
  });

  function chosen(view, now, name, value) {
    if (name === "metric") return value && { ...view, metric: value, brushes: view.brushes.filter(b => !b.key.startsWith("best:")) };
    if (name === "x") return value && value !== now.x ? { ...view, x: value, logx: null } : view;
    return { ...view, [name]: name === "q" ? value || "" : value };
  }

  /* ---- the run list */
  const h = (...args) => window.React.createElement(...args);
  const components = window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};
  components.TrialItem = function (props) {
    const row = props.data, href = (base || props.base) + row.id;
    return h("a", { className: "trial-item", href, title: row.name, "aria-label": [row.label || "Reading", row.name, row.best || "–"].join(" "), "data-page": "1", onMouseEnter: () => light(row.id), onMouseLeave: () => light(null), onFocus: () => light(row.id), onBlur: () => light(null) },
      h("span", { className: "verdict " + (row.tone || "mute"), title: row.label || "Reading" }, h("i", { className: "i i-" + (row.icon || "loader"), "aria-hidden": "true" }), h("span", { className: "unseen" }, row.label || "Reading")),
      h("span", { className: "name" }, ...window.trackerName(row.name)),
      h("span", { className: "best" }, row.best || "–"));
  };
  const functions = window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  functions.trackerTrial = r => [r.name, r.verdict, r.best, r.status].join("|");

  /* ---- the line under the pointer */
  const graph = () => document.querySelector("#hyper-graph .js-plotly-plot");
  const meta = () => graph()?.layout?.meta;
  let lit = null;
  function light(id, at) {
    const gd = graph(), m = meta(), tip = document.getElementById("hyper-tip");
    if (!gd || !m || !tip) return;
    const line = id && m.lines.find(l => l[0] === id);
    if (!line) tip.hidden = true;
    if ((line ? id : null) !== lit) {
      lit = line ? id : null;
      const last = gd.data.length - 1, x = line ? line[1].map((_, i) => i) : [], y = line ? line[1] : [];
      window.Plotly.restyle(gd, { x: [x], y: [y] }, [last]);
      gd.closest(".parallel-plot").classList.toggle("lit", Boolean(line));
      if (line) fill(tip, line, m);
    }
    if (line && at) place(tip, at);
  }
  function fill(tip, line, m) {
    const row = rows.find(r => r.id === line[0]) || {};
    const head = document.createElement("div"), name = document.createElement("bdi"), said = document.createElement("span"), list = document.createElement("dl");
    name.textContent = row.name || "";
    said.textContent = row.label || "";
    said.className = "verdict " + (row.tone || "mute");
    head.append(name, said);
    m.axes.forEach((axis, i) => {
      const term = document.createElement("dt"), value = document.createElement("dd");
      term.textContent = axis.title;
      value.textContent = line[2][i];
      list.append(term, value);
    });
    tip.replaceChildren(head, list);
  }
  function place(tip, [px, py]) {
    const box = tip.parentElement;
    tip.hidden = false;
    const right = px + 16 + tip.offsetWidth > box.clientWidth;
    tip.style.left = Math.max(4, right ? px - 16 - tip.offsetWidth : px + 16) + "px";
    tip.style.top = Math.max(4, Math.min(box.clientHeight - tip.offsetHeight - 4, py - tip.offsetHeight / 2)) + "px";
  }
  const TOP = 12, FOOT = 14;
  function under(event, box) {
    const m = meta(), rect = box.getBoundingClientRect();
    if (!m) return null;
    const px = event.clientX - rect.left, py = event.clientY - rect.top, tall = rect.height - TOP - FOOT, step = rect.width / m.axes.length;
    const i = H.nearest(m.lines, px / step - 0.5, 1 - (py - TOP) / tall, tall, step);
    return i < 0 ? null : { id: m.lines[i][0], at: [px, py] };
  }
  document.addEventListener("pointermove", event => {
    if (drag) return move(event);
    const box = event.target.closest && event.target.closest(".parallel-plot");
    if (!box) { if (lit && !(event.target.closest && event.target.closest(".trial-item"))) light(null); return; }
    const found = event.pointerType === "touch" ? null : under(event, box);
    box.classList.toggle("pointing", Boolean(found));
    light(found && found.id, found && found.at);
  });
  document.addEventListener("click", event => {
    const box = event.target.closest(".parallel-plot");
    if (!box || event.target.closest(".rail")) return;
    const found = under(event, box);
    if (found) window.trackerGo(base + found.id);
  });

  /* ---- brushing an axis, and dragging its name */
  let drag = null;
  const height = (rail, event) => {
    const rect = rail.getBoundingClientRect();
    return Math.min(1, Math.max(0, (rect.bottom - event.clientY) / rect.height));
  };
  document.addEventListener("pointerdown", event => {
    if (event.button) return;
    const rail = event.target.closest(".rail"), name = event.target.closest("button.axis-name");
    if (rail) {
      drag = { rail, key: rail.dataset.key, from: height(rail, event), band: document.createElement("span") };
      drag.to = drag.from;
      drag.band.className = "band drawn";
      rail.append(drag.band);
      rail.focus({ preventScroll: true });
      event.preventDefault();
    } else if (name) drag = { name, key: name.dataset.axis, x: event.clientX, far: false };
    else return;
    drag.pointer = event.pointerId;
  });
  function move(event) {
    if (event.pointerId !== drag.pointer) return;
    if (drag.rail) {
      drag.to = height(drag.rail, event);
      const low = Math.min(drag.from, drag.to), high = Math.max(drag.from, drag.to);
      drag.band.style.bottom = low * 100 + "%";
      drag.band.style.height = (high - low) * 100 + "%";
    } else {
      const by = event.clientX - drag.x;
      drag.far = drag.far || Math.abs(by) > 6;
      if (drag.far) drag.name.parentElement.style.transform = "translateX(" + by + "px)";
    }
  }
  document.addEventListener("pointerup", event => {
    if (!drag || event.pointerId !== drag.pointer) return;
    const done = drag;
    drag = null;
    if (done.rail) {
      done.band.remove();
      const axis = (meta()?.axes || []).find(a => a.key === done.key);
      if (!axis) return;
      follow("hyper-rails", "data-key", done.key);
      ranges[done.key] = [Math.min(done.from, done.to), Math.max(done.from, done.to)];
      window.trackerAct({ do: "brush", id: done.key, brush: H.brush(axis, done.from, done.to) });
      return;
    }
    done.name.parentElement.style.transform = "";
    const step = done.name.parentElement.offsetWidth, by = Math.round((event.clientX - done.x) / step);
    if (by) window.trackerAct({ do: "move", id: done.key, by });
    else if (!done.far) window.trackerAct({ do: "x", id: done.key });
  });
  document.addEventListener("pointercancel", () => {
    if (drag?.band) drag.band.remove();
    if (drag?.name) drag.name.parentElement.style.transform = "";
    drag = null;
  });

  /* ---- the same by keys */
  document.addEventListener("keydown", event => {
    const name = event.target.closest && event.target.closest("button.axis-name"), rail = event.target.closest && event.target.closest(".rail");
    if (name) {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by) { event.preventDefault(); window.trackerAct({ do: "move", id: name.dataset.axis, by }); follow("hyper-heads", "data-axis", name.dataset.axis); }
      else if (event.key === "Delete" || event.key === "Backspace") { event.preventDefault(); window.trackerAct({ do: "axis", id: name.dataset.axis }); }
      else if (event.key === "Enter" || event.key === " ") { event.preventDefault(); window.trackerAct({ do: "x", id: name.dataset.axis }); }
    } else if (rail) {
      const axis = (meta()?.axes || []).find(a => a.key === rail.dataset.key);
      if (event.key === "Escape") {
        follow("hyper-rails", "data-key", rail.dataset.key);
        window.trackerAct({ do: "unbrush", id: rail.dataset.key });
      } else if (axis && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        event.stopPropagation();
        follow("hyper-rails", "data-key", axis.key);
        ranges[axis.key] = H.nudged(range(rail), event.key, event.shiftKey);
        window.trackerAct({ do: "brush", id: axis.key, brush: H.brush(axis, ...ranges[axis.key]) });
      }
    } else if (event.key === "Escape" && document.querySelector(".pick[open]")) closePicker(true);
  }, true);
  /* The brushed heights by axis, before they are drawn; after a reload the drawn band tells them. */
  const ranges = {};
  function range(rail) {
    const band = rail.querySelector(".band"), low = band && parseFloat(band.style.bottom) / 100;
    return band && (ranges[rail.dataset.key] || [low, low + parseFloat(band.style.height) / 100]);
  }
  /* Who works on an axis by keys stays on it when heads and rails are made anew, unless they went elsewhere meanwhile. */
  let moved = null;
  function follow(id, selector, key) {
    moved?.disconnect();
    const place = document.getElementById(id);
    const watch = moved = new MutationObserver(() => {
      const now = document.activeElement;
      if (now !== document.body && !place.contains(now)) return watch.disconnect();
      const next = [...place.querySelectorAll("[" + selector + "]")].find(b => b.getAttribute(selector) === key);
      if (next && now !== next) next.focus();
    });
    watch.observe(place, { childList: true, subtree: true, attributes: true, attributeFilter: [selector] });
  }
  document.addEventListener("pointerdown", () => moved?.disconnect(), true);
  document.addEventListener("keydown", event => { if (event.key === "Tab") moved?.disconnect(); }, true);

  /* ---- the axis picker: its search narrows what is listed, a click elsewhere closes it */
  document.addEventListener("input", event => {
    if (event.target.id !== "hyper-find") return;
    const text = event.target.value.trim().toLowerCase();
    for (const item of document.querySelectorAll("#hyper-picker > li")) item.hidden = Boolean(text) && !(item.dataset.text || "").includes(text);
  });
  function closePicker(focus) {
    const open = document.querySelector(".pick[open]");
    if (!open) return;
    open.open = false;
    if (focus) open.querySelector("summary").focus();
  }
  document.addEventListener("pointerdown", event => { if (!event.target.closest(".pick")) closePicker(false); }, true);

  /* ---- a point of the scatter plot opens its run */
  document.addEventListener("click", event => {
    const plot = event.target.closest && event.target.closest("#hyper-scatter");
    const gd = plot && plot.querySelector(".js-plotly-plot");
    const point = gd && gd._hoverdata && gd._hoverdata[0];
    if (point && point.customdata) window.trackerGo(base + point.customdata);
  });
})();
