/* Loaded in the head, before the first paint: light, dark or the system's choice, kept in this browser.
   The key is the one that Mantine reads, so that both always agree. */
(function () {
  "use strict";
  const KEY = "mantine-color-scheme-value";
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    try { return window.localStorage.getItem(KEY) || "auto"; } catch (_) { return "auto"; }
  }
  function current() {
    const choice = chosen();
    return choice === "auto" ? (system.matches ? "dark" : "light") : choice;
  }
  function apply() {
    document.documentElement.setAttribute("data-mantine-color-scheme", current());
    window.dispatchEvent(new Event("tracker:theme"));
  }
  function choose(choice) {
    try { window.localStorage.setItem(KEY, choice); } catch (_) { /* private mode: the choice lasts for this page */ }
    document.documentElement.setAttribute("data-mantine-color-scheme", choice === "auto" ? current() : choice);
    window.dispatchEvent(new Event("tracker:theme"));
  }
  system.addEventListener("change", () => { if (chosen() === "auto") apply(); });
  window.addEventListener("storage", event => { if (event.key === KEY) apply(); });
  window.trackerTheme = { choose, chosen, current: () => document.documentElement.getAttribute("data-mantine-color-scheme") || "light" };
  apply();
})();
