/* Loaded in the head, before the first paint: light, dark or the system's choice, kept in this browser.
   The key is the one that Mantine reads, so that both always agree. And where plotly.js comes from: Dash fetches it with
   the first chart, and would take the full bundle; a page that has charts begins to fetch it at once. */
(function () {
  "use strict";
  const plotly = document.currentScript.dataset.plotly;
  Object.defineProperty(window, "_dashPlotlyJSURL", { get: () => plotly, set() {} });
  const fetched = rel => document.head.append(Object.assign(document.createElement("link"), { rel, as: "script", href: plotly }));
  if (/\/(compare|hyperparameters|r\/[^/]+)\/?$|^\/v\//.test(window.location.pathname)) fetched("preload");
  else window.addEventListener("load", () => fetched("prefetch")); // the next page may have one
  const KEY = "mantine-color-scheme-value", ORDER = ["light", "dark", "auto"];
  const WORDS = { light: "light", dark: "dark", auto: "system" };
  const system = window.matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
  let unkept = "auto"; // private windows keep nothing: the choice lasts for this page
  function chosen() {
    try { unkept = window.localStorage.getItem(KEY) || unkept; } catch (_) { /* it stays as it is */ }
    return ORDER.includes(unkept) ? unkept : "auto";
  }
  function apply() {
    const choice = chosen(), now = choice === "auto" ? (system.matches ? "dark" : "light") : choice;
    root.setAttribute("data-theme-choice", choice);
    root.setAttribute("data-mantine-color-scheme", now);
    window.dispatchEvent(new Event("tracker:theme"));
  }
  function choose(choice) {
    unkept = choice;
    try { window.localStorage.setItem(KEY, choice); } catch (_) { /* see above */ }
    apply();
  }
  function next() {
    const choice = ORDER[(ORDER.indexOf(chosen()) + 1) % ORDER.length];
    choose(choice);
    return choice;
  }
  system.addEventListener("change", apply);
  window.addEventListener("storage", event => { if (event.key === KEY) apply(); });
  window.trackerTheme = { choose, chosen, next, WORDS, current: () => root.getAttribute("data-mantine-color-scheme") || "light" };
  apply();
})();
