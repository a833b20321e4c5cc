/* The view as the query of an address, letter for letter what View.to_query of tracker/dashboard/state.py writes. */
(function (root) {
  "use strict";
  const MOST_RUNS = 200, MOST_KEYS = 100, MOST_TEXT = 256, MOST_NAME = 600;
  const VERDICTS = ["overfitting", "overconfident", "underfitting", "diverged", "healthy", "improving", "too_early", "uncertain", "dismissed"];

  const text = most => value => [...whole(value || "")].slice(0, most).join("");
  const flag = value => (value ? "1" : "0");
  const list = most => value => [...new Set(value || [])].slice(0, most).map(part => part.replace(/%/g, "%25").replace(/,/g, "%2C")).join(",");
  const keys = value => list(MOST_KEYS)((value || []).map(text(MOST_NAME)).filter(Boolean));
  const runs = value => (typeof value === "string" ? value : list(MOST_RUNS)(value));
  const verdicts = value => VERDICTS.filter(v => (value || []).includes(v)).join(",");
  const named = value => value || "";

  /* Each field of a view: its name, how it is written, and what is left out. */
  const FIELDS = [
    ["runs", runs, "newest"], ["off", list(MOST_RUNS), ""], ["on", list(MOST_RUNS), ""], ["pins", list(MOST_RUNS), ""],
    ["base", named, ""], ["focus", named, ""],
    ["x", text(MOST_NAME), "epoch"], ["sm", number, "0"], ["smoother", named, "time_weighted"],
    ["log", flag, "0"], ["clip", flag, "1"], ["ann", flag, "1"], ["x0", number, ""], ["x1", number, ""], ["band", named, "std"],
    ["q", text(MOST_TEXT), ""], ["regex", flag, "0"], ["verdicts", verdicts, ""], ["group", text(MOST_NAME), ""], ["sort", named, "newest"],
    ["archived", flag, "0"], ["folded", keys, ""], ["cards", keys, ""], ["less", keys, ""], ["mq", text(MOST_TEXT), ""], ["full", text(MOST_NAME), ""],
    ["order", text(MOST_NAME), ""], ["equal", flag, "0"],
  ];

  function toQuery(view) {
    const zoom = typeof view.x0 === "number" && typeof view.x1 === "number" && view.x0 < view.x1;
    return FIELDS.filter(([name]) => view[name] !== undefined && (zoom || (name !== "x0" && name !== "x1")))
      .map(([name, write, standard]) => [name, write(view[name]), standard])
      .filter(([, written, standard]) => written !== standard)
      .map(([name, written]) => name + "=" + quoted(written)).join("&");
  }

  /* A number as Python writes it: exponents below 1e-4 and from 1e16 on, with two digits at least. */
  function number(value) {
    const [digits, power] = value.toExponential().split("e");
    if (value === 0 || (power >= -4 && power < 16)) return String(value);
    return digits + "e" + power[0] + power.slice(1).padStart(2, "0");
  }

  /* Half a character, which only a broken paste brings, has no place in an address. */
  function whole(value) { return value.replace(/\p{Surrogate}/gu, "\ufffd"); }
  function quoted(value) {
    return encodeURIComponent(whole(value)).replace(/%2C/g, ",")
      .replace(/[!'()*]/g, c => "%" + c.charCodeAt(0).toString(16).toUpperCase());
  }

  /* One address can be written in several ways: with or without escapes, with or without a slash at its end. */
  function plain(path) {
    try { path = decodeURIComponent(path); } catch (_) { /* not an escape: it stands for itself */ }
    return path.replace(/\/+$/, "");
  }
  /* The project of an address, "" where it names none: what paths.py reads from it. */
  function project(path) {
    const found = path.match(/^\/p\/~?([^/]+)/);
    try { return found ? decodeURIComponent(found[1]) : ""; } catch (_) { return found[1]; }
  }
  /* The query into the address, at once and without the server; a page that the reader has left writes nothing. */
  function write(path, query) {
    const here = root.location;
    if (plain(here.pathname) !== plain(path)) return;
    // a saved view without a query is the view as it was saved: one that was set back to the usual has to say so
    const said = query || (here.search && here.pathname.startsWith("/v/") ? "runs=newest" : "");
    const want = here.pathname + (said ? "?" + said : "");
    if (want !== here.pathname + here.search) root.history.replaceState(root.history.state, "", want);
  }

  const api = { toQuery, number, whole, write, plain, project, FIELDS, VERDICTS, MOST_RUNS };
  if (typeof module !== "undefined" && module.exports) module.exports = api; else root.trackerQuery = api;
})(typeof window === "undefined" ? globalThis : window);
