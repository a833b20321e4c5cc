/* The run page in the browser: what changes its view, and what its copy buttons put on the clipboard. */
(function () {
  "use strict";
  const keep = () => window.dash_clientside.no_update;

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    /* The view after what the reader did to a chart or to the bar over it. */
    runView(relayout, _, sm, log, clip, ann, mq, view) {
      const obey = (now, act) => window.trackerView.act(now, [], act);
      const next = window.trackerHands.next("run", view, { sm, log, clip, ann, mq, relayout }, window.trackerChanged, obey);
      if (!next) return keep();
      window.trackerMoved(view, next);
      return next;
    },
    /* What stands in the address: the view as on every page, and whether the table is open. */
    runQuery(view, open, path) {
      return window.dash_clientside.tracker.writeQuery(view, path, open ? "table=1" : "");
    },
    /* One of the texts that can be copied, on the clipboard; the button says so for a moment. */
    copyOne(act, copies) {
      if (!act || act.do !== "run-copy" || !copies || !(act.id in copies)) return keep();
      // a menu has closed by now: the same button elsewhere on the page says what became of it
      const twins = [...document.querySelectorAll('[data-act="run-copy"][data-id="' + CSS.escape(act.id) + '"]')];
      const from = twins.find(one => one === document.activeElement) || twins.find(one => !one.closest(".menu"));
      const label = from && (from.querySelector("[data-label]") || from), old = label && label.textContent;
      const say = text => {
        if (!label) return;
        label.textContent = text;
        setTimeout(() => { if (label.textContent === text) label.textContent = old; }, 1500);
      };
      navigator.clipboard.writeText(copies[act.id]).then(() => say("Copied"), () => say("Copying is not allowed here"));
      return keep();
    },
  });
})();
