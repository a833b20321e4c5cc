/* What a reader's hands do to a page's view, each in the order it was done and none lost: a store keeps only the
   latest act, and Dash drops the answer of a callback that is asked again before the answer was taken in. */
(function (root) {
  "use strict";
  let acts = [], pages = {};
  /* A callback that nothing triggered is one of a page that was just laid out. */
  const laidOut = () => !root.dash_clientside.callback_context.triggered.length;

  const hands = {
    did(act) { acts.push(act); },
    /* Is there something done that no view knows yet? */
    waiting() { return acts.length > 0; },
    /* The next view of a page, or null where nothing changed. `controls` has what each control shows now;
       `changed(view, name, value)` and `obey(view, act)` say what comes of one that changed and of an act. */
    next(page, view, controls, changed, obey, first = laidOut()) {
      const known = first ? null : pages[page], before = known ? known.controls : controls, told = acts;
      let next = known ? known.view : view;
      acts = [];
      for (const act of told) next = obey(next, act) || next;
      for (const [name, value] of Object.entries(controls)) if (!Object.is(value, before[name])) next = changed(next, name, value) || next;
      pages[page] = { controls, view: next };
      return JSON.stringify(next) === JSON.stringify(view) ? null : next;
    },
    /* A page is opened: what was done to the one before is of no account. */
    fresh() { acts = []; pages = {}; },
  };
  if (typeof module !== "undefined" && module.exports) module.exports = hands; else root.trackerHands = hands;
})(typeof window === "undefined" ? globalThis : window);
