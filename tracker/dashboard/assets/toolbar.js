/* What the bars over list and charts show of the view; tracker/dashboard/components/{toolbar,runlist}.py name these
   functions. Every choice is a button that says what it does, so there is one way from a click to the view. */
(function () {
  "use strict";
  const icon = name => ["i", { className: "i i-" + name, "aria-hidden": "true" }];
  const text = (said, className) => ["span", { className }, said];
  const X = { epoch: "Epoch", step: "Step", time: "Time", relative: "Relative" };
  const BANDS = [["std", "Standard deviation", "Mean and one standard deviation to each side."],
    ["minmax", "Range", "Mean, with the lowest and the highest run."],
    ["ci95", "95\u202f% interval", "Mean, with where the mean of more such runs would lie."]];
  const SMOOTHERS = { time_weighted: "Time-weighted", ema: "EMA", mean: "Mean", gaussian: "Gaussian" };
  const SORTS = [["newest", "Newest"], ["name", "Name"], ["loss", "Best loss"], ["accuracy", "Best accuracy"], ["duration", "Duration"], ["verdict", "Verdict"]];

  function choice(name, value, label, on, says, more) {
    return ["button", {
      className: "choice", type: "button", "data-act": "set", "data-name": name, "data-value": String(value), "aria-pressed": String(on), ...more,
    }, icon(on ? "check" : "blank"), ["span", {}, text(label), ...(says ? [text(says, "says-more")] : [])]];
  }
  const group = view => (view.group === "" ? "" : view.group === "group" ? "group" : view.group.replace(/^config:/, ""));

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    display(view, picture, metrics, smoothers, ...before) {
      const meta = (picture && picture.layout && picture.layout.meta) || {}, metric = view.x.startsWith("metric:") ? view.x.slice(7) : "";
      // runs without epochs are drawn over steps, and then no button may claim otherwise
      const drawn = (meta.x && meta.x.kind) || view.x;
      const x = Object.entries(X).map(([kind, label]) => ["button", {
        type: "button", "data-act": "set", "data-name": "x", "data-value": kind,
        "aria-pressed": String(!metric && (X[drawn] ? drawn : view.x) === kind),
      }, label]);
      const menu = [...(metrics.length ? metrics.map(name => choice("x", "metric:" + name, name, name === metric, "", { "data-word": name })) : [["p", { className: "none" }, "No metric is logged yet."]]),
        ...(metric ? [choice("x", "epoch", "Back to epochs", false)] : [])];
      const kinds = smoothers.map(([kind, label, says]) => choice("smoother", kind, label, view.smoother === kind, says));
      const band = BANDS.find(([kind]) => kind === view.band) || BANDS[0];
      const clipped = view.clip && meta.clipped ? meta.clipped.toLocaleString("en") + " outside" : "";
      const kind = smoothers.find(([one]) => one === view.smoother) || smoothers[0];
      const place = document.querySelector("[data-prefix]")?.dataset.prefix ?? "", wide = true;
      return window.trackerFresh([[["div", { id: place + "x", className: "segments", role: "group", "aria-label": "X axis" }, ...x]],
        window.trackerMenu(place + "x-menu", [metric || "Metric"], menu, { find: "Find a metric for the x axis", wide }),
        window.trackerMenu(place + "smoother-menu", [text("Smoothed by ", "unseen"), SMOOTHERS[kind[0]] || kind[1]], kinds, { wide }),
        window.trackerMenu(place + "band-menu", ["Band: " + { std: "std", minmax: "range", ci95: "95\u202f%" }[band[0]]],
          BANDS.map(([kind, label, says]) => choice("band", kind, label, view.band === kind, says)), { wide, hidden: view.group === "" }),
        clipped, view.x0 === null], before);
    },
    reading(sm) { return (sm || 0).toFixed(2); },
    listMenus(view, keys, ...before) {
      const regex = ["button", {
        type: "button", className: "regex", "data-act": "set", "data-name": "regex", "data-value": String(!view.regex), "aria-pressed": String(view.regex),
        title: view.regex ? "The search is a regular expression" : "Search by regular expression", "aria-label": "Regular expression .*",
      }, ".*"];
      const groups = [choice("group", "", "No groups", view.group === ""), choice("group", "group", "Group", view.group === "group", "As given when the run was started."),
        ...(keys.length ? [["p", { className: "menu-title" }, "By setting"]] : []),
        ...keys.map(key => choice("group", "config:" + key, key, view.group === "config:" + key, "", { "data-word": key }))];
      const sorted = SORTS.find(([kind]) => kind === view.sort) || SORTS[0];
      return window.trackerFresh([[["span", { id: "regex" }, regex]],
        window.trackerMenu("group-menu", [icon("layers"), group(view) ? "Group: " + group(view) : "Group"], groups, { find: "Find a setting" }),
        window.trackerMenu("sort-menu", [icon("arrow-up-down"), sorted[1]], [...SORTS.map(([kind, label]) => choice("sort", kind, label, view.sort === kind)),
          ["p", { className: "menu-title" }, "List"], choice("archived", !view.archived, "Archived runs", view.archived)])], before);
    },
  });

  /* On a phone the list and the bar are sheets. */
  document.addEventListener("click", event => {
    const at = event.target.closest("[data-sheet]");
    if (!at) return;
    const place = document.getElementById(at.dataset.sheet === "list" ? "side" : at.dataset.sheet);
    if (!place) return;
    const open = place.toggleAttribute("data-open");
    document.documentElement.toggleAttribute("data-sheet-open", open);
    if (open) place.querySelector("input, button")?.focus();
  });
  document.addEventListener("keydown", event => {
    const open = event.key === "Escape" && document.querySelector(".side[data-open], .toolbar[data-open]");
    if (!open) return;
    open.removeAttribute("data-open");
    document.documentElement.removeAttribute("data-sheet-open");
  });
})();
