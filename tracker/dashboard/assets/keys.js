/* Keys: / search, arrows move the focus, Space shows or hides it, L log, A annotations, R reset, Esc leaves. */
(function () {
  "use strict";
  const press = id => { const el = document.getElementById(id); if (el) el.click(); return !!el; };
  // while it is on its way down, since the grid takes Space and the arrows for itself
  document.addEventListener("keydown", event => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest && event.target.closest("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable=true]");
    if (event.key === "Escape") {
      const search = document.querySelector(".search input");
      if (search && document.activeElement === search) {
        if (search.value) window.dash_clientside.set_props(search.id, { value: "" });
        search.blur();
      }
      return;
    }
    if (typing) return;
    if (event.key === "/") {
      const search = document.querySelector(".search input");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    if (!document.querySelector(".compare")) return;
    const inside = selector => event.target.closest && event.target.closest(selector);
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !inside("input, [role=slider]")) {
      event.preventDefault();
      event.stopPropagation();
      window.trackerAct({ do: "move", by: event.key === "ArrowDown" ? 1 : -1 });
    } else if (event.key === " " && !inside("button, a, input, [role=slider]")) {
      const now = window.trackerFocus && window.trackerFocus();
      if (now) { event.preventDefault(); event.stopPropagation(); window.trackerAct({ do: "eye", id: now }); }
    } else if (event.key === "l" || event.key === "L") press("log");
    else if (event.key === "a" || event.key === "A") press("ann");
    else if (event.key === "r" || event.key === "R") window.trackerAct({ do: "reset" });
  }, true);
})();
