/* What stands around the runs table: filters, column picker, saved views, and the bar of what to do with ticked runs.
   Every text goes in as text. */
(function () {
  "use strict";
  const T = () => window.trackerRuns;
  const UNDO_MS = 10000;

  function el(tag, props, ...children) {
    const out = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name.startsWith("on")) out.addEventListener(name.slice(2), value);
      else if (name in out && typeof value !== "string") out[name] = value;
      else if (value !== null && value !== undefined && value !== false) out.setAttribute(name, value);
    }
    out.append(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
    return out;
  }
  const icon = name => el("i", { class: "i i-" + name, "aria-hidden": "true" });
  const runs = n => n.toLocaleString("en") + (n === 1 ? " run" : " runs");

  /* One panel at a time, under its button; Escape and a click beside it close it. */
  let open = null;
  function close(focus) {
    if (!open) return;
    open.panel.remove();
    open.button.setAttribute("aria-expanded", "false");
    if (focus) open.button.focus();
    open = null;
  }
  function menu(button, label, fill) {
    const was = open && open.button === button;
    close(false);
    if (was) return;
    const panel = el("div", { class: "menu-panel", role: "group", "aria-label": label });
    open = { button, panel, refill: () => { const top = panel.scrollTop; panel.replaceChildren(...[fill()].flat()); panel.scrollTop = top; } };
    panel.append(...[fill()].flat());
    document.body.append(panel);
    button.setAttribute("aria-expanded", "true");
    const at = button.getBoundingClientRect(), below = window.innerHeight - at.bottom - 12;
    panel.style.left = Math.max(8, Math.min(at.left, window.innerWidth - panel.offsetWidth - 8)) + "px";
    if (below < 220 && at.top > below) Object.assign(panel.style, { bottom: window.innerHeight - at.top + 4 + "px", maxHeight: at.top - 16 + "px" });
    else Object.assign(panel.style, { top: at.bottom + 4 + "px", maxHeight: below + "px" });
    const first = panel.querySelector("input:not(:disabled), button");
    if (first) first.focus();
  }
  document.addEventListener("pointerdown", event => {
    if (open && !open.panel.contains(event.target) && !open.button.contains(event.target)) close(false);
  }, true);
  document.addEventListener("keydown", event => {
    if (event.key === "Escape" && open) { event.stopPropagation(); close(true); }
  }, true);
  window.addEventListener("popstate", () => close(false));
  window.addEventListener("resize", () => close(false));

  function check(on, content, flip, extra) {
    const box = el("input", { type: "checkbox", checked: on, onchange: () => flip(box.checked) });
    return el("div", { class: "menu-row" }, el("label", {}, box, ...[content].flat()), extra || null);
  }
  const flipped = (list, one, on) => (on ? [...list, one] : list.filter(x => x !== one));

  window.trackerRunTools = function (page, { change, act, listed, ticked, columns, exportCsv, askViews }) {
    const bar = document.getElementById("runs-tools"), bulk = document.getElementById("runs-bulk"), toasts = document.getElementById("runs-toast");
    const rows = () => [...(page.view.deleted ? page.dead || new Map() : page.rows).values()];
    close(false);

    function drop(name, label, fill, count) {
      const button = el("button", { type: "button", class: "button" + (count ? " set" : ""), "data-menu": name, "aria-haspopup": "true", "aria-expanded": "false",
        onclick: event => { menu(event.currentTarget, label, fill); if (name === "views" && open) askViews(); } },
        label, count ? el("span", { class: "count" }, String(count)) : null, icon("chevron-down"));
      return button;
    }
    /* Choose some values of a property, each with how many runs have it. */
    function filter(name, label, kinds) {
      const fill = () => {
        const found = T().counts(rows(), name === "tag" ? "tags" : name), order = kinds && name === "verdict" ? T().VERDICTS : kinds ? T().STATUSES : null;
        const by = new Map(found), values = order ? order.filter(v => by.has(v) || page.view[name].includes(v)) : [...new Set([...page.view[name], ...found.map(f => f[0])])].slice(0, 200);
        if (!values.length) return el("p", { class: "hint" }, "No run has a " + label.toLowerCase() + ".");
        const shown = v => { const w = kinds && kinds[v]; return w ? el("span", { class: "verdict " + w.tone }, icon(w.icon), w.label) : el("span", { class: "text" }, v); };
        return [...values.map(v => check(page.view[name].includes(v), [shown(v), el("span", { class: "count" }, (by.get(v) || 0).toLocaleString("en"))],
          on => { change({ [name]: flipped(page.view[name], v, on) }); })),
          page.view[name].length ? el("button", { type: "button", class: "text-button", onclick: () => { change({ [name]: [] }); close(true); } }, "Show all") : null].filter(Boolean);
      };
      return drop(name, label, fill, page.view[name].length);
    }
    function others() {
      const { archived, deleted } = page.view;
      return drop("show", "Show", () => [
        check(archived, el("span", { class: "text" }, "Archived runs, greyed"), on => change({ archived: on })),
        check(deleted, el("span", { class: "text" }, "Deleted runs, to restore them"), on => { change({ deleted: on }); }),
      ], archived + deleted);
    }
    let sought = "";
    function picker() {
      return drop("columns", "Columns", () => {
        const now = columns(), text = sought.toLowerCase();
        const offered = [...T().FIXED, ...page.keys.map(([key]) => T().CONFIG + key)].filter(id => id !== "name" && !now.includes(id));
        const line = (id, i) => {
          const on = i >= 0, move = by => { const next = [...now]; next.splice(i, 1); next.splice(i + by, 0, id); change({ cols: next }); again("[data-col='" + CSS.escape(id) + "'] button" + (by < 0 ? "" : ":last-child")); };
          const arrows = on ? el("span", { class: "arrows" },
            el("button", { type: "button", class: "arrow", "aria-label": "Move " + T().title(id) + " to the left", disabled: i < 2, onclick: () => move(-1) }, icon("arrow-left")),
            el("button", { type: "button", class: "arrow", "aria-label": "Move " + T().title(id) + " to the right", disabled: i > now.length - 2, onclick: () => move(1) }, icon("arrow-right"))) : null;
          const row = check(on, el("span", { class: "text" + (T().isConfig(id) ? " mono" : "") }, T().title(id)),
            want => { change({ cols: want ? [...now, id] : now.filter(c => c !== id) }); again("[data-col='" + CSS.escape(id) + "'] input"); }, arrows);
          row.dataset.col = id;
          return row;
        };
        const fits = id => !text || T().title(id).toLowerCase().includes(text);
        const search = el("input", { type: "search", class: "menu-search", placeholder: "Find a column or config key", "aria-label": "Find a column or config key", oninput: () => { sought = search.value; again(".menu-search"); } });
        search.value = sought;
        return [search, ...now.slice(1).filter(fits).map(id => line(id, now.indexOf(id))), el("hr", {}), ...offered.filter(fits).slice(0, 200).map(id => line(id, -1)),
          page.view.cols ? el("button", { type: "button", class: "text-button", onclick: () => { change({ cols: null }); close(true); } }, "Standard columns") : null].filter(Boolean);
      });
    }
    function again(selector) {
      if (!open) return;
      const at = open.panel.querySelector(".menu-search"), caret = at && at.selectionStart;
      open.refill();
      const next = open.panel.querySelector(selector);
      if (next) { next.focus(); if (next.matches(".menu-search")) next.setSelectionRange(caret, caret); }
    }
    function views() {
      return drop("views", "Views", () => {
        const input = el("input", { type: "text", class: "menu-search", "data-writes": "", placeholder: "Name of this view", "aria-label": "Name of this view", maxlength: "200" });
        const form = el("form", { class: "menu-form", onsubmit: event => {
          event.preventDefault();
          if (!input.value.trim()) { input.focus(); return; }
          act({ do: "save_view", title: input.value.trim(), query: T().write({ ...page.view, cols: columns() }) });
          close(true);
        } }, input, el("button", { type: "submit", class: "button main", "data-writes": "" }, "Save"));
        const line = view => el("div", { class: "menu-row" },
          el("a", { href: page.base + (view.query ? "?" + view.query : ""), "data-page": "1", onclick: () => close(false) }, el("span", { class: "text" }, view.title), view.author ? el("span", { class: "hint" }, view.author) : null),
          el("button", { type: "button", class: "arrow", "data-writes": "", "aria-label": "Delete the view " + view.title, onclick: () => { act({ do: "delete_view", id: view.id }); close(true); } }, icon("x")));
        return [form, ...(page.views.length ? page.views.map(line) : [el("p", { class: "hint" }, "A view keeps sort, filters and columns, for everybody of this project.")])];
      });
    }

    /* Nobody loses the name that they are typing. */
    function viewsCame() {
      const input = open && open.button.dataset.menu === "views" && open.panel.querySelector(".menu-search");
      if (input && !input.value) again(".menu-search");
    }

    function show() {
      const had = document.activeElement && document.activeElement.dataset && bar.contains(document.activeElement) ? document.activeElement.dataset.menu : null;
      const { verdicts, statuses } = page.words;
      const kept = open && open.button.dataset.menu;
      const any = page.view.verdict.length + page.view.status.length + page.view.tag.length + page.view.group.length;
      const parts = [filter("verdict", "Verdict", verdicts), filter("status", "Status", statuses), filter("tag", "Tag"), filter("group", "Group"), others(),
        any ? el("button", { type: "button", class: "text-button", onclick: () => change({ verdict: [], status: [], tag: [], group: [] }) }, "Clear") : null,
        el("span", { class: "spacer" }), picker(), views(),
        el("button", { type: "button", class: "button", "data-menu": "csv", title: "Save the table as CSV", onclick: () => exportCsv(listed()) }, icon("download"), "CSV")].filter(Boolean);
      bar.replaceChildren(...parts);
      const find = name => bar.querySelector("[data-menu='" + name + "']");
      if (kept && find(kept)) { open.button = find(kept); open.button.setAttribute("aria-expanded", "true"); }
      if (had && find(had)) find(had).focus();
    }

    // ------------------------------------------------------------------------------------------------- ticked runs
    /* With `soft`, after an answer: nothing is made anew under a reader's hands unless the ticked runs are others now. */
    let drawn = "";
    function ticks(soft) {
      const chosen = ticked(), ids = chosen.map(r => r.id), n = ids.length;
      const state = JSON.stringify([page.view.deleted, ...chosen.map(r => [r.id, r.archived, r.tags, T().passes(page.view, r)])]);
      if (soft && (state === drawn || (open && bulk.contains(open.button)))) return;
      drawn = state;
      const had = bulk.contains(document.activeElement) ? document.activeElement.dataset.bulk || "" : null;
      bulk.hidden = !n;
      link(ids);
      if (!n) { if (open && bulk.contains(open.button)) close(false); return; }
      const hidden = chosen.filter(r => !T().passes(page.view, r)).length;
      const most = T().MOST_COMPARED, button = (name, what, run, classes = "button") => el("button", { type: "button", class: classes, onclick: run, "data-bulk": name.toLowerCase() }, what ? icon(what) : null, name);
      const archived = chosen.every(r => r.archived);
      bulk.replaceChildren(...[
        el("strong", {}, runs(n) + " ticked"), hidden ? el("span", { class: "hint" }, hidden.toLocaleString("en") + " not listed") : null,
        ...(page.view.deleted ? [button("Restore", "rotate-ccw", () => act({ do: "restore", ids }), "button main")] : [
          button(n > most ? "Compare " + most + " of " + n.toLocaleString("en") : "Compare", "git-compare-arrows", () => window.trackerGo(comparison(ids)), "button main"),
          tagger(chosen, ids),
          button(archived ? "Unarchive" : "Archive", "archive", () => act({ do: archived ? "unarchive" : "archive", ids: chosen.filter(r => r.archived === archived).map(r => r.id) })),
          button("Delete", "trash-2", () => act({ do: "delete", ids }))]),
        button("Export CSV", "download", () => { const wanted = new Set(ids), shown = listed().filter(r => wanted.has(r.id)); exportCsv([...shown, ...chosen.filter(r => !shown.includes(r))]); }),
        el("button", { type: "button", class: "button quiet square", "aria-label": "Untick all", onclick: () => page.api.deselectAll() }, icon("x")),
      ].filter(Boolean));
      if (had !== null) ([...bulk.querySelectorAll("button")].find(b => b.dataset.bulk === had) || bulk.querySelector("button")).focus();
    }
    const comparison = ids => page.base + "/compare" + (ids.length ? "?runs=" + ids.slice(0, T().MOST_COMPARED).join(",") : "");
    function link(ids) {
      document.getElementById("runs-compare").href = comparison(page.view.deleted ? [] : ids);
      document.getElementById("runs-compare-text").textContent = ids.length && !page.view.deleted ? "Compare " + runs(Math.min(ids.length, T().MOST_COMPARED)) : "Compare newest";
    }
    function tagger(chosen, ids) {
      const button = el("button", { type: "button", class: "button", "data-bulk": "tag", "aria-haspopup": "true", "aria-expanded": "false", onclick: event => menu(event.currentTarget, "Tags of the ticked runs", () => {
        const input = el("input", { type: "text", class: "menu-search", placeholder: "Add a tag", "aria-label": "Add a tag", maxlength: "200", list: "runs-tags" });
        const known = el("datalist", { id: "runs-tags" }, ...T().counts(rows(), "tags").slice(0, 50).map(([tag]) => el("option", { value: tag })));
        const form = el("form", { class: "menu-form", onsubmit: event => {
          event.preventDefault();
          if (!input.value.trim()) { input.focus(); return; }
          const tag = input.value.trim();
          act({ do: "tag", ids: chosen.filter(r => !r.tags.includes(tag)).map(r => r.id), tag });
          close(true);
        } }, input, known, el("button", { type: "submit", class: "button main" }, "Add"));
        return [form, ...T().counts(chosen, "tags").map(([tag, n]) => el("div", { class: "menu-row" }, el("span", { class: "tag" }, tag), el("span", { class: "count" }, runs(n)),
          el("button", { type: "button", class: "arrow", "aria-label": "Take the tag " + tag + " off", onclick: () => { act({ do: "untag", ids: chosen.filter(r => r.tags.includes(tag)).map(r => r.id), tag }); close(true); } }, icon("x"))))];
      }) }, icon("tag"), "Tag");
      return button;
    }

    // --------------------------------------------------------------------------------------------------- what was done
    const OPPOSITE = { delete_view: "restore_view", delete: "restore", restore: "delete", archive: "unarchive", unarchive: "archive", tag: "untag", untag: "tag" };
    let going = null;
    function done(result) {
      clearTimeout(going);
      const undo = OPPOSITE[result.do] && (result.ids.length || result.id) && !result.undone && !result.failed ? el("button", { type: "button", class: "text-button", onclick: () => { toasts.replaceChildren(); act({ do: OPPOSITE[result.do], ids: result.ids, id: result.id, tag: result.tag, undone: true }); } }, "Undo") : null;
      toasts.replaceChildren(el("div", { class: "toast" + (result.failed ? " failed" : "") }, el("span", {}, result.text), undo || ""));
      const leave = () => { if (toasts.matches(":hover, :focus-within")) going = setTimeout(leave, 1000); else toasts.replaceChildren(); };
      going = setTimeout(leave, UNDO_MS);
      show();
      ticks();
    }
    const search = text => { if (text) window.dash_clientside.set_props("runs-q", { value: text }); };
    bulk.hidden = true;
    return { show, ticks, done, search, viewsCame };
  };
})();
