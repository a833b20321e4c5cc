/* What opens over a page, and the one line that says what was done. The browser itself keeps the focus inside an open
   dialog and gives it back afterwards. */
(function () {
  "use strict";
  let line = null, waiting = null;

  /* Say something short, seen by the eye and read by a screen reader, that goes by itself. */
  function say(text) {
    if (!line) {
      line = document.body.appendChild(document.createElement("div"));
      line.className = "said";
      line.setAttribute("role", "status");
    }
    line.textContent = text;
    line.toggleAttribute("data-on", true);
    clearTimeout(waiting);
    waiting = setTimeout(() => line.removeAttribute("data-on"), 3000);
  }
  function open(dialog) {
    if (!dialog || dialog.open) return;
    for (const other of document.querySelectorAll("dialog.overlay[open]")) other.close();
    dialog.showModal();
  }
  async function copyLink() {
    try { await navigator.clipboard.writeText(window.location.href); say("Link copied"); }
    catch (_) { say("The browser does not let pages copy here: take the link from the address bar."); }
  }
  function nextTheme() { say("Theme: " + window.trackerTheme.WORDS[window.trackerTheme.next()]); }

  const ACTS = {
    keys: () => open(document.getElementById("keys")),
    palette: () => window.trackerPalette(),
    theme: nextTheme,
    close: at => at && at.closest("dialog").close(),
  };
  window.trackerOverlays = { open, say, copyLink, acts: ACTS };

  /* These buttons mean the same on every page, so no page hears of them. */
  document.addEventListener("click", event => {
    const at = event.target.closest && event.target.closest("[data-act]"), act = at && ACTS[at.getAttribute("data-act")];
    if (act) {
      event.stopPropagation();
      act(at);
    } else if (event.target.matches && event.target.matches("dialog.overlay[open]")) event.target.close(); // beside it
  }, true);
})();
