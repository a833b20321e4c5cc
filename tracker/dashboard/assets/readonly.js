/* Where the store takes nothing, what would change it is switched off and says why: nobody writes a text for nothing. */
(function () {
  "use strict";
  const WHY = "This store is read-only here: nothing in it can be changed.";
  const WRITES = ["[data-open]", "[data-writes]",
    ...["untag", "restore-finding", "restore-run", "note-delete", "note-undo", "view-delete", "view-restore", "archive", "unarchive", "delete", "delete-run"].map(act => `[data-act="${act}"]`),
    ...["tag", "archive", "unarchive", "delete", "restore"].map(deed => `[data-bulk="${deed}"]`)].join(", ");
  const on = () => !!document.querySelector("[data-read-only]");

  /* Whether nothing can be changed; if so, it is said. */
  function refuses() {
    if (!on()) return false;
    window.trackerOverlays.say(WHY);
    return true;
  }
  window.trackerReadOnly = { refuses };

  window.addEventListener("click", event => {
    const at = event.target.closest && event.target.closest(WRITES);
    if (!at || !refuses()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  function mark() {
    if (!on()) return;
    for (const at of document.querySelectorAll(WRITES)) {
      if (at.getAttribute("aria-disabled") === "true" && at.title === WHY) continue;
      at.setAttribute("aria-disabled", "true");
      at.title = WHY;
    }
  }
  new MutationObserver(mark).observe(document.documentElement, { childList: true, subtree: true });
})();
