/* Fields that narrow long lists of facts: a [data-filter=NAME] field hides the [data-words] of the [data-filtered=NAME]
   region that do not hold all its words. What the server brings later is narrowed too. */
(function () {
  "use strict";
  function matches(words, text) {
    return text.trim().toLowerCase().split(/\s+/).every(part => words.includes(part));
  }
  if (typeof module !== "undefined" && module.exports) { module.exports = { matches }; return; }

  function apply(field) {
    const input = field.querySelector("input"), text = input ? input.value : "";
    for (const region of document.querySelectorAll('[data-filtered="' + field.dataset.filter + '"]')) {
      let left = 0;
      for (const item of region.querySelectorAll("[data-words]")) {
        const gone = text !== "" && !matches(item.dataset.words, text);
        if (item.hidden !== gone) item.hidden = gone;
        if (!gone) left += 1;
      }
      for (const part of region.querySelectorAll("details")) {
        const empty = !part.querySelector("[data-words]:not([hidden])");
        if (part.hidden !== empty) part.hidden = empty;
      }
      region.dataset.left = text === "" ? "" : String(left);
    }
  }
  document.addEventListener("input", event => {
    const field = event.target.closest("[data-filter]");
    if (field) apply(field);
  });
  new MutationObserver(changes => {
    if (!changes.some(c => c.target.closest && c.target.closest("[data-filtered]"))) return;
    document.querySelectorAll("[data-filter]").forEach(apply);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
