/* Menus are <details class="menu">: they open without a script. This closes them again: by Esc, by a click beside, and
   by a choice; and narrows what stands in one by its search field. */
(function () {
  "use strict";
  const open = () => [...document.querySelectorAll("details.menu[open]")];
  function close(menu, back) {
    menu.open = false;
    if (back) menu.querySelector("summary").focus();
  }
  document.addEventListener("click", event => {
    const inside = event.target.closest("details.menu"), chosen = event.target.closest("[data-act]");
    for (const menu of open()) {
      if (menu !== inside) close(menu);
      else if (chosen && !chosen.hasAttribute("data-stay")) close(menu, true);
    }
  });
  document.addEventListener("keydown", event => {
    const menu = open().at(-1);
    if (!menu) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      return close(menu, menu.contains(document.activeElement));
    }
    if (!menu.contains(document.activeElement) || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    const buttons = [...menu.querySelectorAll(".menu-body button, .menu-body input")].filter(b => b.getClientRects().length);
    const at = buttons.indexOf(document.activeElement), by = event.key === "ArrowDown" ? 1 : -1;
    event.preventDefault();
    event.stopPropagation();
    buttons[at < 0 ? 0 : (at + by + buttons.length) % buttons.length]?.focus();
  }, true);
  document.addEventListener("input", event => {
    const field = event.target.closest("[data-narrow]"), body = field && field.closest(".menu-body");
    if (!body) return;
    const text = event.target.value.trim().toLowerCase();
    for (const item of body.querySelectorAll("[data-word]")) item.hidden = !item.dataset.word.toLowerCase().includes(text);
  });
  document.addEventListener("toggle", event => {
    const menu = event.target;
    if (!menu.matches || !menu.matches("details.menu") || !menu.open) return;
    // a menu that would leave the screen hangs from its other side
    const body = menu.querySelector(".menu-body");
    menu.classList.remove("left");
    if (body && body.getBoundingClientRect().left < 4) menu.classList.add("left");
    if (body && body.getBoundingClientRect().right > window.innerWidth - 4) menu.classList.remove("left"), menu.classList.add("right");
    menu.querySelector("[data-narrow] input")?.focus();
  }, true);
})();
