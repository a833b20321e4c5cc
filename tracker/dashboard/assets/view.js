/* The view of a comparison and the rows of the run list, as pure functions: what must not wait for the server.
   `shown`, `focused` and `toQuery` say the same as tracker/dashboard/state.py. */
(function (root) {
  "use strict";
  const NEWEST = 10, MOST_RUNS = 200, MOST_SEARCH = 256;
  const VERDICTS = ["overfitting", "overconfident", "diverged", "underfitting", "improving", "healthy", "too_early", "uncertain", "dismissed"];

  function shown(view, rows) {
    const ids = rows.map(r => r.id);
    if (view.runs === "newest") return ids.slice(0, NEWEST);
    if (view.runs === "all") return ids.slice(0, MOST_RUNS);
    const chosen = new Set(view.runs);
    return ids.filter(id => chosen.has(id));
  }

  function focused(view, rows) {
    const ids = shown(view, rows);
    return ids.includes(view.focus) ? view.focus : (ids[0] || null);
  }

  /* Rows that the search and the verdict pills leave in the list. */
  function listed(view, rows) {
    const text = (view.q || "").trim().toLowerCase(), verdicts = view.verdicts || [];
    return rows.filter(r =>
      (!text || [r.name, r.group, ...(r.tags || [])].some(s => (s || "").toLowerCase().includes(text))) &&
      (!verdicts.length || verdicts.includes(r.verdict)));
  }

  function counts(rows) {
    const out = {};
    for (const r of rows) if (r.verdict) out[r.verdict] = (out[r.verdict] || 0) + 1;
    return VERDICTS.filter(v => out[v]).map(v => ({ verdict: v, count: out[v], sample: rows.find(r => r.verdict === v) }));
  }

  /* Rows with a change worked in: replaced, added, dropped, newest first. Doing it twice changes nothing. */
  function merge(rows, change) {
    const by = new Map((rows || []).map(r => [r.id, r]));
    for (const id of change.gone || []) by.delete(id);
    for (const r of change.rows || []) by.set(r.id, r);
    return [...by.values()].sort((a, b) => b.created - a.created || (a.id < b.id ? -1 : 1));
  }

  /* What tells one picture from another: the runs drawn and the state of each. */
  function pulse(view, rows, marks) {
    return shown(view, rows).map(id => id + ":" + ((marks || {})[id] || "").replace("~", "")).join(" ");
  }

  /* The next view after something the reader did to a run or to the page; null when it changes nothing. */
  function act(view, rows, what) {
    const ids = shown(view, rows), id = what.id;
    switch (what.do) {
      case "eye": {
        const on = ids.includes(id);
        if (!on && ids.length >= MOST_RUNS) return null;
        return { ...view, runs: on ? ids.filter(i => i !== id) : [...ids, id] };
      }
      case "focus": {
        if (!rows.some(r => r.id === id)) return null;
        if (ids.includes(id)) return focused(view, rows) === id && view.focus === id ? null : { ...view, focus: id };
        return { ...view, focus: id, runs: [...ids, id].slice(-MOST_RUNS) };
      }
      case "only": return { ...view, focus: id, runs: [id] };
      case "move": {
        const order = listed(view, rows).map(r => r.id).filter(i => ids.includes(i));
        if (!order.length) return null;
        const at = order.indexOf(focused(view, rows));
        const next = order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + what.by))];
        return next === view.focus ? null : { ...view, focus: next };
      }
      case "all": return { ...view, runs: "all" };
      case "newest": return { ...view, runs: "newest" };
      case "verdict": {
        const on = view.verdicts.includes(id);
        return { ...view, verdicts: on ? view.verdicts.filter(v => v !== id) : [...view.verdicts, id] };
      }
      case "reset": return view.x0 === null ? null : { ...view, x0: null, x1: null };
      default: return null;
    }
  }

  /* The zoomed range in what dcc.Graph reports after a drag; undefined when it was something else. */
  function zoomed(relayout) {
    if (!relayout) return undefined;
    if (relayout["xaxis.autorange"]) return [null, null];
    const x0 = relayout["xaxis.range[0]"], x1 = relayout["xaxis.range[1]"];
    if (typeof x0 === "number" && typeof x1 === "number" && x0 < x1) {
      // A thousandth of a pixel is of no use to a reader of the link.
      const decimals = Math.min(20, Math.max(0, 4 - Math.floor(Math.log10(x1 - x0))));
      return [Number(x0.toFixed(decimals)), Number(x1.toFixed(decimals))];
    }
    return undefined;
  }

  /* The view as a URL's query without the question mark, letter for letter what View.to_query writes. */
  function toQuery(view) {
    const zoom = view.x0 !== null && view.x1 !== null && view.x0 < view.x1;
    const flag = on => (on ? "1" : "0");
    const pairs = [
      ["runs", typeof view.runs === "string" ? view.runs : view.runs.join(","), "newest"],
      ["focus", view.focus || "", ""],
      ["x", view.x, "epoch"],
      ["sm", number(view.sm), "0"],
      ["log", flag(view.log), "0"],
      ["clip", flag(view.clip), "1"],
      ["ann", flag(view.ann), "1"],
      ["x0", zoom ? number(view.x0) : "", ""],
      ["x1", zoom ? number(view.x1) : "", ""],
      ["q", [...(view.q || "")].slice(0, MOST_SEARCH).join(""), ""],
      ["verdicts", VERDICTS.filter(v => (view.verdicts || []).includes(v)).join(","), ""],
    ];
    return pairs.filter(([, text, standard]) => text !== standard).map(([name, text]) => name + "=" + quoted(text)).join("&");
  }

  /* A number as Python writes it: exponents below 1e-4 and from 1e16 on, with two digits at least. */
  function number(value) {
    const [digits, power] = value.toExponential().split("e");
    if (value === 0 || (power >= -4 && power < 16)) return String(value);
    return digits + "e" + power[0] + power.slice(1).padStart(2, "0");
  }

  /* Half a character, which only a broken paste brings, has no place in an address. */
  function quoted(text) {
    return encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd")).replace(/%2C/g, ",")
      .replace(/[!'()*]/g, c => "%" + c.charCodeAt(0).toString(16).toUpperCase());
  }

  const api = { shown, focused, listed, counts, merge, pulse, act, zoomed, toQuery, NEWEST, MOST_RUNS, VERDICTS };
  if (typeof module !== "undefined" && module.exports) module.exports = api; else root.trackerView = api;
})(typeof window === "undefined" ? globalThis : window);
