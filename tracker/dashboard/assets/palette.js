/* The palette of Ctrl+K: one field that goes to a project, a run or a page, or does something, by name. */
(function () {
  "use strict";
  const WAIT_MS = 120, ICONS = { Projects: "layers", Runs: "chart-line", Pages: "arrow-right", Actions: "terminal" };

  /* How well words fit a name: 0 it begins with them, 1 a word of it does, 2 they are in it; null they are not. */
  function fit(text, name) {
    const want = text.trim().toLowerCase().split(/\s+/).filter(Boolean), there = name.toLowerCase();
    if (!want.every(word => there.includes(word))) return null;
    if (!want.length || there.startsWith(want[0])) return 0;
    return there.split(/[^\p{L}\p{N}]+/u).some(part => part.startsWith(want[0])) ? 1 : 2;
  }
  function best(text, things) {
    return things.map((thing, at) => ({ thing, at, rank: fit(text, thing.name) })).filter(one => one.rank !== null)
      .sort((a, b) => a.rank - b.rank || a.at - b.at).map(one => one.thing);
  }
  if (typeof module !== "undefined" && module.exports) { module.exports = { fit, best }; return; }

  const make = (tag, attributes, ...children) => {
    const at = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) at.setAttribute(name, value);
    at.append(...children);
    return at;
  };
  let dialog = null, field, list, hint, options = [], on = 0, timer = null, asked = 0;

  const project = () => window.trackerQuery.project(window.location.pathname);
  const go = path => window.trackerGo(path);
  function pages() {
    const tabs = [...document.querySelectorAll(".topbar .tabs a[href]")];
    return [...tabs.map(a => ({ name: a.textContent, note: project(), does: () => go(a.getAttribute("href")) })),
      { name: "All projects", note: "", does: () => go("/") }];
  }
  function actions() {
    const seen = at => at.getClientRects().length > 0, T = window.trackerTheme, O = window.trackerOverlays;
    const here = [...document.querySelectorAll("[data-palette]")].filter(seen)
      .map(at => ({ name: at.dataset.palette, note: "", does: () => at.click() }));
    if (document.querySelector(".chart")) here.push({ name: "Reset zoom", note: "R", does: () => window.trackerAct({ do: "reset" }) });
    return [...here, { name: "Copy link", note: "", does: O.copyLink },
      ...["light", "dark", "auto"].map(choice => ({
        name: "Theme: " + T.WORDS[choice], note: T.chosen() === choice ? "now" : "", does: () => T.choose(choice) })),
      { name: "Show all keys", note: "?", does: () => O.acts.keys() }];
  }

  function show(groups, note) {
    options = [];
    const parts = groups.filter(([, things]) => things.length).map(([title, things]) => {
      const head = make("div", { class: "palette-group", "aria-hidden": "true" }, title);
      return make("div", { role: "group", "aria-label": title }, head, ...things.map(thing => {
        const option = make("div", { role: "option", id: "palette-" + options.length, "aria-selected": "false", class: "palette-option" },
          make("i", { class: "i i-" + ICONS[title], "aria-hidden": "true" }), make("span", { class: "name" }, thing.name),
          make("span", { class: "note" + (title === "Runs" ? " mono" : "") }, thing.note || ""));
        const index = options.length;
        option.addEventListener("mousemove", () => mark(index, false));
        option.addEventListener("click", () => choose(index));
        options.push({ option, thing });
        return option;
      }));
    });
    list.replaceChildren(...parts);
    hint.textContent = note;
    mark(0, false);
  }
  function mark(index, scroll = true) {
    options[on]?.option.setAttribute("aria-selected", "false");
    on = Math.max(0, Math.min(options.length - 1, index));
    const now = options[on];
    field.setAttribute("aria-activedescendant", now ? now.option.id : "");
    if (!now) return;
    now.option.setAttribute("aria-selected", "true");
    if (scroll) now.option.scrollIntoView({ block: "nearest" });
  }
  function choose(index) {
    const chosen = options[index];
    if (!chosen) return;
    dialog.close();
    chosen.thing.does();
  }

  /* What the browser knows is there at once; projects and runs follow from the server, the latest question wins. */
  let found = { projects: [], runs: [], more: 0 };
  function render(trouble) {
    const text = field.value;
    const groups = [["Runs", found.runs.map(r => ({ name: r.name, note: r.note, does: () => go(r.path) }))],
      ["Projects", found.projects.map(p => ({ name: p.name, note: p.note, does: () => go(p.path) }))],
      ["Pages", best(text, pages())], ["Actions", best(text, actions())]];
    if (!text.trim()) groups.unshift(groups.splice(2, 1)[0]);
    const none = groups.every(([, things]) => !things.length);
    show(groups, trouble || (none ? "Nothing is called that." : found.more ? found.more.toLocaleString("en") + " more runs fit; type on." : ""));
  }
  async function ask() {
    const mine = ++asked, query = new URLSearchParams({ q: field.value.trim(), project: project() });
    try {
      const answer = await fetch("/api/v1/search?" + query);
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await answer.json();
      if (mine !== asked) return;
      found = now;
      render();
    } catch (_) {
      if (mine === asked) render("The server does not answer: projects and runs are missing here.");
    }
  }
  function build() {
    field = make("input", { type: "text", role: "combobox", "aria-label": "Go to a project, run or page, or do something",
      "aria-controls": "palette-list", "aria-expanded": "true", "aria-autocomplete": "list", autocomplete: "off",
      spellcheck: "false", maxlength: "256", placeholder: "Project, run, page or action" });
    list = make("div", { id: "palette-list", role: "listbox", "aria-label": "What fits", class: "palette-list" });
    hint = make("div", { class: "palette-hint", role: "status" });
    const close = make("button", { type: "button", class: "palette-close", "data-act": "close", title: "Close (Esc)" }, "Esc");
    dialog = make("dialog", { id: "palette", class: "overlay palette", "aria-label": "Go to", "aria-modal": "true" },
      make("div", { class: "palette-field" }, make("i", { class: "i i-search", "aria-hidden": "true" }), field, close), list, hint);
    document.body.append(dialog);
    field.addEventListener("input", () => { render(); clearTimeout(timer); timer = setTimeout(ask, WAIT_MS); });
    dialog.addEventListener("keydown", event => {
      if (event.isComposing) return;
      const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
      if (by) mark(on + by); else if (event.key === "Enter" && event.target === field) choose(on); else return;
      event.preventDefault();
    });
  }
  window.trackerPalette = () => {
    if (!dialog) build();
    if (dialog.open) return dialog.close();
    found = { projects: [], runs: [], more: 0 };
    field.value = "";
    window.trackerOverlays.open(dialog);
    render();
    ask();
    field.focus();
  };
})();
