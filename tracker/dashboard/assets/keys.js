/* Keys, as the table of tracker/dashboard/keys.py says: its rows stand in the overlay of `?`. */
(function () {
  "use strict";
  const FIELD = "input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable=true]";
  const OWN_KEYS = "input, textarea, select, [role=slider], [role=option], [role=menuitem], [role=combobox]";
  const seen = at => at.getClientRects().length > 0;

  function row(event) {
    const mod = event.ctrlKey || event.metaKey ? "ctrl" : event.altKey ? "alt" : "";
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    return [...document.querySelectorAll("#keys [data-key]")].find(r =>
      r.dataset.key === key && (r.dataset.mod || "") === mod && (!r.dataset.needs || document.querySelector(r.dataset.needs)));
  }
  function press(selector) {
    const at = [...document.querySelectorAll(selector)].find(seen);
    if (!at) return false;
    if (at.matches(FIELD)) { at.focus(); at.select?.(); } else at.click();
    return true;
  }
  function obey(r) {
    const { press: selector, do: what, focus, by } = r.dataset;
    if (selector) return press(selector);
    const everywhere = window.trackerOverlays.acts[what];
    if (everywhere) { everywhere(); return true; }
    const id = focus ? window.trackerFocus && window.trackerFocus() : undefined;
    if (!what || (focus && !id)) return false;
    window.trackerAct({ do: what, ...(id ? { id } : {}), ...(by ? { by: Number(by) } : {}) });
    return true;
  }
  /* A region that can be focused to be scrolled needs the keys that scroll it. */
  function scrolls(at) {
    return at.tabIndex >= 0 && at.scrollHeight > at.clientHeight + 1 && ["auto", "scroll"].includes(getComputedStyle(at).overflowY);
  }
  function leaveSearch(at) {
    if (!at.matches || !at.matches(".search input, [data-search] input")) return;
    if (at.value) {
      // as hands would: the field still holds back what was typed last, and would bring it again
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(at, "");
      at.dispatchEvent(new Event("input", { bubbles: true }));
    }
    at.blur();
  }

  // while it is on its way down, since the grid takes Space and the arrows for itself
  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.isComposing) return;
    const at = event.target, inside = selector => at.closest && at.closest(selector);
    const command = event.ctrlKey || event.metaKey || event.altKey;
    const dialog = document.querySelector("dialog[open]");
    if (event.key === "Escape") return dialog || leaveSearch(at);
    if (dialog && !(dialog.matches(".overlay") && command)) return;
    if (!command && inside(FIELD)) return;
    if (event.key.startsWith("Arrow") && inside(OWN_KEYS + ", [role=tablist], [role=radiogroup], .ag-root-wrapper:not(.list *)")) return;
    if (["ArrowUp", "ArrowDown", " "].includes(event.key) && scrolls(at)) return;
    if (event.key === " " && inside(OWN_KEYS + ", button, a, summary, [role=button], [role=switch]")) return;
    const r = row(event);
    if (!r || !obey(r)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
})();
