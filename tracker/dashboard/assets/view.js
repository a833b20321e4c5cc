/* The view of a comparison as pure functions: what must not wait for the server.
   `shown`, `focused` and `baseline` say the same as tracker/dashboard/state.py. */
(function (root) {
  "use strict";
  const node = typeof module !== "undefined" && module.exports;
  const query = () => (node ? require("./query.js") : root.trackerQuery);
  const NEWEST = 10, MOST_RUNS = 200, MOST_PINS = 20;

  /* The ids that "newest" and "all" offer before anything was left out or brought in. */
  function offered(view, rows) {
    const ids = rows.filter(r => view.archived || !r.archived).map(r => r.id);
    return ids.slice(0, view.runs === "newest" ? NEWEST : MOST_RUNS);
  }
  function shown(view, rows) {
    const chosen = new Set(typeof view.runs === "string" ? offered(view, rows) : view.runs);
    for (const id of view.off || []) chosen.delete(id);
    for (const id of [...(view.on || []), ...(view.pins || [])]) chosen.add(id);
    return rows.filter(r => chosen.has(r.id)).map(r => r.id).slice(0, MOST_RUNS);
  }
  function focused(view, rows) {
    const ids = shown(view, rows);
    return ids.includes(view.focus) ? view.focus : (ids[0] || null);
  }
  function baseline(view, rows) {
    const ids = shown(view, rows);
    return [view.base, ...(view.pins || [])].find(id => ids.includes(id)) || focused(view, rows);
  }

  /* Rows with a change worked in: replaced, added, dropped, newest first. Doing it twice changes nothing. */
  function merge(rows, change) {
    const by = new Map((rows || []).map(r => [r.id, r]));
    for (const id of change.gone || []) by.delete(id);
    for (const r of change.rows || []) by.set(r.id, r);
    return [...by.values()].sort((a, b) => b.created - a.created || (a.id < b.id ? -1 : 1));
  }

  /* The view with some runs shown or hidden. "newest" and "all" go on following what comes. */
  function switched(view, rows, ids, on) {
    const change = new Set(ids), without = list => (list || []).filter(id => !change.has(id));
    const pins = on ? view.pins || [] : without(view.pins);
    if (typeof view.runs !== "string") {
      return { ...view, pins, off: [], on: [], runs: [...without([...view.runs, ...(view.on || [])]), ...(on ? ids : [])].slice(-MOST_RUNS) };
    }
    const base = new Set(offered(view, rows));
    return { ...view, pins, off: [...without(view.off), ...(on ? [] : ids.filter(id => base.has(id)))],
      on: [...without(view.on), ...(on ? ids.filter(id => !base.has(id)) : [])] };
  }

  const toggled = (list, one) => (list.includes(one) ? list.filter(i => i !== one) : [...list, one]);

  /* The next view after something the reader did to a run or to the page; null when it changes nothing. */
  function act(view, rows, what) {
    const ids = shown(view, rows), id = what.id, known = rows.some(r => r.id === id);
    switch (what.do) {
      case "eye": {
        const on = ids.includes(id);
        return !known || (!on && ids.length >= MOST_RUNS) ? null : switched(view, rows, [id], !on);
      }
      case "eyes": {
        const some = (what.ids || []).filter(one => rows.some(r => r.id === one));
        return some.length ? switched(view, rows, some, !some.every(one => ids.includes(one))) : null;
      }
      case "focus": {
        if (!known) return null;
        if (ids.includes(id)) return focused(view, rows) === id && view.focus === id ? null : { ...view, focus: id };
        return { ...switched(view, rows, [id], true), focus: id };
      }
      case "only": return known ? { ...view, focus: id, runs: [id], on: [], off: [] } : null;
      case "move": {
        const order = (what.order || ids).filter(i => ids.includes(i));
        if (!order.length) return null;
        const at = order.indexOf(focused(view, rows));
        const next = order[at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + what.by))];
        return next === view.focus ? null : { ...view, focus: next };
      }
      case "pin": return known ? { ...view, pins: toggled(view.pins || [], id).slice(-MOST_PINS) } : null;
      case "base": {
        if (!known) return null;
        const next = ids.includes(id) ? view : switched(view, rows, [id], true);
        return { ...next, base: view.base === id ? null : id };
      }
      case "all": return { ...view, runs: "all", on: [], off: [] };
      case "newest": return { ...view, runs: "newest", on: [], off: [] };
      case "verdict": return { ...view, verdicts: toggled(view.verdicts || [], id) };
      case "fold": return { ...view, folded: toggled(view.folded || [], id) };
      case "set": {
        const value = typeof what.value === "function" ? what.value(view) : what.value;
        return what.name in view && !Object.is(view[what.name], value) ? { ...view, ...fresh(what.name, value) } : null;
      }
      case "cards": {
        const next = { ...view, ...what.value(view) };
        return JSON.stringify(next) === JSON.stringify(view) ? null : next;
      }
      case "zoom": { // a finding speaks of epochs or of steps, whatever the axis is
        const x = what.x || view.x;
        return what.x0 < what.x1 && (what.x0 !== view.x0 || what.x1 !== view.x1 || x !== view.x) ? { ...view, x, x0: what.x0, x1: what.x1 } : null;
      }
      case "reset": return view.x0 === null ? null : { ...view, x0: null, x1: null };
      default: return null;
    }
  }
  /* A range belongs to the axis that it was chosen on. */
  function fresh(name, value) {
    return name === "x" ? { x: value, x0: null, x1: null } : { [name]: value };
  }

  /* The zoomed range in what dcc.Graph reports after a drag; undefined when it was something else. */
  function zoomed(relayout) {
    if (!relayout) return undefined;
    if (relayout["xaxis.autorange"]) return [null, null];
    const x0 = relayout["xaxis.range[0]"], x1 = relayout["xaxis.range[1]"];
    if (typeof x0 === "number" && typeof x1 === "number" && x0 < x1) return [rounded(x0, x1 - x0), rounded(x1, x1 - x0)];
    return undefined;
  }
  /* A thousandth of a pixel is of no use to a reader of the link. */
  function rounded(x, span) {
    return Number(x.toFixed(Math.min(20, Math.max(0, 4 - Math.floor(Math.log10(span))))));
  }

  const api = { offered, shown, focused, baseline, merge, switched, act, zoomed, toQuery: view => query().toQuery(view),
    NEWEST, MOST_RUNS };
  if (node) module.exports = api; else root.trackerView = api;
})(typeof window === "undefined" ? globalThis : window);
