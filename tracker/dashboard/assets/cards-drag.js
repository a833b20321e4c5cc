/* A metric card is dragged by its head to another place among those of its section; the menu does the same by keyboard. */
(function () {
  "use strict";
  let held = null, over = null;

  const card = node => node && node.closest ? node.closest(".metric-card") : null;
  function mark(next, behind) {
    if (over && over !== next) over.classList.remove("drop-before", "drop-behind");
    over = next;
    if (!over) return;
    over.classList.toggle("drop-before", !behind);
    over.classList.toggle("drop-behind", behind);
  }
  function target(event) {
    const at = card(event.target);
    return at && held && at !== held && at.parentNode === held.parentNode ? at : null;
  }
  /* The half of the card that the pointer is in says on which side the held one comes to stand. */
  function behind(at, event) {
    const box = at.getBoundingClientRect();
    return event.clientX > box.left + box.width / 2;
  }

  document.addEventListener("dragstart", event => {
    const head = event.target.closest && event.target.closest(".metric-card .card-head"), at = card(head);
    if (!at || at.classList.contains("full")) return;
    held = at;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", at.getAttribute("aria-label"));
    event.dataTransfer.setDragImage(at, 24, 16);
    at.classList.add("held");
  });
  document.addEventListener("dragover", event => {
    const at = target(event);
    if (at) event.preventDefault();
    mark(at, at ? behind(at, event) : false);
  });
  document.addEventListener("drop", event => {
    const at = target(event);
    if (!at) return;
    event.preventDefault();
    window.trackerCards.place(held.dataset.card, at.dataset.card, behind(at, event));
  });
  document.addEventListener("dragend", () => {
    if (held) held.classList.remove("held");
    held = null;
    mark(null);
  });
})();
