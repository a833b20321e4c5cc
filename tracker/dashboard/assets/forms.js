/* Small forms that stand in a page: opened by a button, sent as one answer to a store, told of what came of it.

   <any data-form="STORE ID" data-what="WHAT">: fields have a name; [data-send] or Enter in a line sends, Ctrl+Enter in
   a text sends, [data-cancel] or Escape closes. What is sent: {n, what, id, base, ...fields}. The page answers with
   {n, ok, said, base, keep} through `formAnswered`. A field with data-plain is one that Dash does not know. A form may stand inside [data-editable] beside [data-shown], whose
   data-value is what the form starts from: when that changes while somebody edits, his text stays and he is told. */
(function () {
  "use strict";
  const AUTHOR = "tracker-author", ANSWER_MS = 5000; // an answer that takes longer is taken for lost
  let count = 0;
  const form = at => at.closest("[data-form]");
  const fields = f => [...f.querySelectorAll("input[name], textarea[name]")];
  const holder = f => f.closest("[data-editable]");
  /* The form that a button opens: the one it stands beside, else the page's only one of that kind. */
  function opened(button) {
    const named = '[data-form][data-what="' + CSS.escape(button.dataset.open) + '"]';
    return button.closest("[data-editable]")?.querySelector(named) || document.querySelector(named);
  }
  const shown = f => holder(f)?.querySelector("[data-shown]");
  const said = (f, text, tone) => {
    const at = f.querySelector("[data-said]");
    if (at) { at.textContent = text || ""; at.dataset.tone = tone || ""; }
  };
  const put = (field, value) => {
    if (field.dataset.plain !== undefined) field.value = value;
    else if (field.id && window.dash_clientside.set_props) window.dash_clientside.set_props(field.id, { value });
  };
  function remembered() { try { return localStorage.getItem(AUTHOR) || ""; } catch (_) { return ""; } }
  function remember(name) { try { localStorage.setItem(AUTHOR, name); } catch (_) { /* private windows keep nothing */ } }

  function open(f, from) {
    const start = shown(f)?.dataset.value ?? "";
    f.trackerBase = start;
    f.trackerFrom = from || null;
    f.trackerSent = null;
    f.dataset.id = from?.dataset.id ?? "";
    f.trackerAxis = axis(from);
    const word = f.querySelector("[data-axis-word]");
    if (word) word.textContent = f.trackerAxis === "step" ? "Step" : "Epoch";
    said(f, "");
    const given = from?.dataset.fields ? JSON.parse(from.dataset.fields) : {};
    for (const field of fields(f)) {
      if (given[field.name] !== undefined) put(field, given[field.name]);
      else if (field.name === "author") put(field, remembered());
      else if (field.name === "at") put(field, where(f.trackerAxis));
      else put(field, field.name === "text" && shown(f) ? start : "");
    }
    const title = f.querySelector("[data-title]");
    if (title) title.textContent = from?.dataset.title ?? "";
    const dialog = f.closest("dialog");
    if (dialog) dialog.showModal();
    else holder(f)?.setAttribute("data-editing", "");
    const first = fields(f)[0];
    if (first) requestAnimationFrame(() => { first.focus(); if (first.select) first.select(); });
  }
  function close(f) {
    const dialog = f.closest("dialog"), from = f.trackerFrom;
    if (dialog && dialog.open) dialog.close();
    holder(f)?.removeAttribute("data-editing");
    said(f, "");
    if (from && from.isConnected) from.focus();
    else shown(f)?.querySelector("[data-open]")?.focus();
  }
  function send(f) {
    if (f.trackerSent && Date.now() - f.trackerAt < ANSWER_MS) return said(f, "On its way …");
    const out = { n: ++count, what: f.dataset.what, id: f.dataset.id || "", base: f.trackerBase ?? "" };
    for (const field of fields(f)) out[field.name] = field.value;
    if (out.at !== undefined) out.axis = f.trackerAxis;
    if (out.author !== undefined) remember(out.author.trim());
    f.trackerSent = out.n;
    f.trackerAt = Date.now();
    said(f, "");
    window.dash_clientside.set_props(f.dataset.form, { data: out });
  }
  /* What a place on the x axis is counted in: what is drawn, else what the run itself is read along. */
  function axis(from) {
    const drawn = document.querySelector(".chart .js-plotly-plot")?.layout?.meta?.x?.kind;
    return drawn === "epoch" || drawn === "step" ? drawn : from?.dataset.axis ?? "epoch";
  }
  /* Where a note would stand: the middle of the zoomed range, as the address says it. */
  function where(unit) {
    const asked = new URLSearchParams(window.location.search), x0 = Number(asked.get("x0")), x1 = Number(asked.get("x1"));
    if (!asked.has("x0") || !(x0 < x1) || !["epoch", "step"].includes(asked.get("x") || "epoch")) return "";
    return String(x1 - x0 > 2 || unit === "step" ? Math.round((x0 + x1) / 2) : Number(((x0 + x1) / 2).toPrecision(4)));
  }

  document.addEventListener("click", event => {
    const opener = event.target.closest("[data-open]");
    if (opener) {
      const f = opened(opener);
      if (f) open(f, opener);
      return;
    }
    const once = event.target.closest("[data-once]");
    if (once) {
      once.disabled = true;
      setTimeout(() => { once.disabled = false; }, ANSWER_MS);
    }
    const f = form(event.target);
    if (!f) return;
    if (event.target.closest("[data-send]")) send(f);
    else if (event.target.closest("[data-cancel]")) close(f);
  });
  // before the page's own keys, which would take letters and Escape for themselves
  document.addEventListener("keydown", event => {
    const f = event.target.closest && form(event.target);
    if (!f || event.isComposing) return;
    const long = event.target.tagName === "TEXTAREA";
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey || (!long && event.target.tagName === "INPUT"))) {
      event.preventDefault();
      event.stopPropagation();
      send(f);
    } else if (event.key === "Escape" && !long && !f.closest("dialog") && holder(f)) {
      event.preventDefault();
      event.stopPropagation();
      close(f);
    }
  }, true);

  /* Somebody else's change while a form is open: what is written stays, and the writer is told. */
  function watch() {
    for (const at of document.querySelectorAll("[data-editable][data-editing]")) {
      const f = at.querySelector("[data-form]"), from = at.querySelector("[data-shown]"), now = from?.dataset.value ?? "";
      if (!f || !from || now === f.trackerBase) continue;
      f.trackerBase = now;
      const short = now.length > 60 ? now.slice(0, 60) + "…" : now;
      said(f, now ? "Changed meanwhile to “" + short + "”. What you wrote is still here; saving replaces it."
        : "Emptied meanwhile by somebody else. What you wrote is still here.", "warn");
    }
  }
  new MutationObserver(watch).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-value"] });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    /* A run's notes after a change, and what is said of it, unless another run has come into focus meanwhile. */
    notesFresh(fresh, of) {
      const keep = window.dash_clientside.no_update;
      if (!fresh) return [keep, keep];
      const here = of && of[1] === fresh.run;
      return [here ? fresh.list : keep, here ? fresh.here : fresh.elsewhere];
    },
    /* What came of a form, from the server. */
    formAnswered(answer) {
      const keep = window.dash_clientside.no_update;
      if (!answer) return keep;
      const f = [...document.querySelectorAll("[data-form]")].find(one => one.trackerSent === answer.n);
      if (!f) return keep;
      f.trackerSent = null;
      if (answer.base !== null && answer.base !== undefined) f.trackerBase = answer.base;
      if (!answer.ok) { said(f, answer.said, "bad"); return keep; }
      if (f.dataset.stay === undefined) close(f);
      else {
        for (const field of fields(f)) if (!["author", "at"].includes(field.name)) put(field, "");
        said(f, answer.said, "ok");
        fields(f)[0]?.focus();
      }
      return keep;
    },
  });
})();
