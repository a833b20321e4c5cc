/* What a reader's hands do to a page's view, each in the order it was done and none lost: a store keeps only the
   latest act, and Dash drops the answer of a callback that is asked again before the answer was taken in. */
(function (root) {
  "use strict";
  let acts = [], latest = null, seen = null;

  const hands = {
    /* A page is opened: what was done to the one before is of no account. */
    fresh() { acts = []; latest = null; seen = null; },
    did(act) { acts.push(act); },
    /* The next view, or null where nothing changed. `controls` has what each control shows now; `changed(view, name,
       value)` and `obey(view, act)` say what comes of one that changed and of an act. */
    next(view, controls, changed, obey) {
      const before = seen || controls, told = acts;
      let next = latest || view;
      acts = [];
      seen = controls;
      for (const act of told) next = obey(next, act) || next;
      for (const [name, value] of Object.entries(controls)) if (!Object.is(value, before[name])) next = changed(next, name, value) || next;
      latest = next;
      return JSON.stringify(next) === JSON.stringify(view) ? null : next;
    },
  };
  if (typeof module !== "undefined" && module.exports) module.exports = hands; else root.trackerHands = hands;
})(typeof window === "undefined" ? globalThis : window);
