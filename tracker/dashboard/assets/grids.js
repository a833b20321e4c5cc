/* Cell renderers of the run list, whose texts go in as children, so that React escapes them; and links between pages. */
(function () {
  "use strict";
  const h = (...args) => window.React.createElement(...args);
  const icon = name => h("i", { className: "i i-" + name, "aria-hidden": "true" });
  const runColour = row => ({ "--run": "var(--run-" + row.colour + ")" });

  function Verdict({ row, plain }) {
    if (!row.verdict) return h("span", { className: "verdict mute" + (plain ? "" : " badge") }, icon("loader"), "Reading");
    return h("span", { className: "verdict " + row.tone + (plain ? "" : " badge") }, icon(row.icon), row.label);
  }
  function Spark({ row }) {
    // drawn by the server out of numbers alone, so it can go in as it is
    return h("span", { className: "spark", dangerouslySetInnerHTML: { __html: row.spark || "" } });
  }
  const components = window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};

  /* A row of the run list: a run, or the header of a group of them. */
  const tell = (what, more) => event => { event.stopPropagation(); window.trackerAct({ do: what, ...more }); };
  function small(what, row, on, name, label) {
    return h("button", {
      className: "tool" + (on ? " on" : ""), type: "button", title: label, "aria-label": label + ": " + row.name,
      "aria-pressed": String(!!on), onClick: tell(what, { id: row.id }),
    }, icon(name));
  }
  function GroupHeader({ row }) {
    const name = row.name === "" ? "None" : row.name, title = (row.by ? row.by + ": " : "") + name;
    return h("div", { className: "group-item" + (row.on ? "" : " off") },
      h("button", {
        className: "eye", type: "button", onClick: tell("eyes", { ids: row.ids }), "aria-pressed": String(row.on === row.ids.length),
        "aria-label": "Show all of " + title, title: row.on === row.ids.length ? "Hide the group" : "Show the whole group",
      }, icon(row.on ? "eye" : "eye-off")),
      h("button", { className: "fold", type: "button", "aria-expanded": String(!row.folded), onClick: tell("fold", { id: row.id }), title },
        icon(row.folded ? "chevron-right" : "chevron-down"), h("span", { className: "text" }, title), h("span", { className: "many" }, String(row.ids.length))),
      h("span", { className: "tally", title: row.counts.map(c => c.sample.label + ": " + c.count).join(", ") }, ...row.counts.slice(0, 4).map(c => h("span", { key: c.verdict, className: "verdict " + c.sample.tone },
        icon(c.sample.icon), h("span", { className: "unseen" }, c.sample.label), String(c.count)))));
  }
  /* A run's name for a place that may be too narrow for it: what is cut is not its end. */
  window.trackerName = function (name) {
    const [lead, tail] = window.trackerList.parted(name);
    return tail ? [h("span", { key: 0, className: "name-lead" }, lead), h("span", { key: 1, className: "name-tail" }, tail)] : [name];
  };
  components.RunItem = function (props) {
    const row = props.data;
    if (row.header) return h(GroupHeader, { row });
    return h("div", {
      className: "run-item" + (row.on ? "" : " off") + (row.focused ? " focused" : "") + (row.pinned ? " pinned" : ""), title: row.name,
      onClick: () => window.trackerAct({ do: "focus", id: row.id }),
    },
      h("button", { className: "eye", type: "button", onClick: tell("eye", { id: row.id }), "aria-pressed": String(row.on), "aria-label": "Show " + row.name }, icon(row.on ? "eye" : "eye-off")),
      h("span", { className: "swatch" + (row.on ? "" : " hollow"), style: runColour(row) }),
      h("div", { style: { minWidth: 0 } },
        h("div", { className: "first" }, row.pinned ? h("span", { className: "pinned-mark", title: "Pinned" }, icon("pin")) : null, h("span", { className: "name" }, ...window.trackerName(row.name)),
          row.base ? h("span", { className: "tag" }, "baseline") : null, row.archived ? h("span", { className: "tag" }, "archived") : null),
        h("div", { className: "under" },
          row.status === "running" ? h("span", { className: "now", title: "running" }) : null,
          row.broke_off ? h("span", { className: "broke-off " + row.broke_off.tone, title: row.broke_off.said }, icon(row.broke_off.icon), h("span", { className: "unseen" }, row.broke_off.said)) : null,
          h(Verdict, { row, plain: true }), row.best_loss_text && row.best_loss_text !== "–" ? h("span", null, row.best_loss_text) : null)),
      h(Spark, { row }),
      h("span", { className: "tools" }, small("base", row, row.base, "flag", "Baseline"), small("pin", row, row.pinned, "pin", "Pin")));
  };
  /* Go to another page without loading everything again; a link with data-page does. */
  window.trackerGo = function (href) {
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  };
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-page]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    window.trackerGo(link.getAttribute("href"));
  });

  /* Functions that column definitions name. A renderer is redrawn only when its cell's value changes,
     so the value joins everything that the renderer shows. */
  const functions = window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  functions.trackerItem = r => (r.header ? [r.name, r.on, r.ids.join(), r.folded, r.by, r.counts.map(c => c.verdict + c.count).join()]
    : [r.name, r.on, r.focused, r.pinned, r.base, r.archived, r.verdict, r.status, r.best_loss_text, r.colour, r.spark]).join("|");
  functions.trackerItemHeight = p => (p.data && p.data.header ? 32 : 46);
})();
