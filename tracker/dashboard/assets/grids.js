/* Cell renderers of the run list and the runs page. Texts go in as children, so React escapes them. */
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
    const s = row.spark;
    if (!s) return h("span");
    return h("svg", { className: "spark", width: 58, height: 22, viewBox: "0 0 58 22", "aria-hidden": "true", style: runColour(row) },
      s.onset === null ? null : h("rect", { x: s.onset, y: 0, width: Math.max(0, 58 - s.onset), height: 22 }),
      h("path", { d: s.d }), h("circle", { cx: s.at[0], cy: s.at[1], r: 2 }));
  }
  const components = window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};

  components.RunItem = function (props) {
    const row = props.data;
    const eye = event => { event.stopPropagation(); window.trackerAct({ do: "eye", id: row.id }); };
    return h("div", {
      className: "run-item" + (row.on ? "" : " off") + (row.focused ? " focused" : ""), title: row.name,
      onClick: () => window.trackerAct({ do: "focus", id: row.id }),
    },
      h("button", { className: "eye", type: "button", onClick: eye, "aria-pressed": String(row.on), "aria-label": "Show " + row.name }, icon(row.on ? "eye" : "eye-off")),
      h("span", { className: "swatch" + (row.on ? "" : " hollow"), style: runColour(row) }),
      h("div", { style: { minWidth: 0 } },
        h("div", { className: "name" }, row.name),
        h("div", { className: "under" },
          row.status === "running" ? h("span", { className: "now", title: "running" }) : null,
          h(Verdict, { row, plain: true }), row.best_loss_text && row.best_loss_text !== "–" ? h("span", null, row.best_loss_text) : null)),
      h(Spark, { row }));
  };
  components.RunName = function (props) {
    const row = props.data;
    const go = event => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      window.trackerGo(event.currentTarget.getAttribute("href"));
    };
    return h("div", { className: "name-cell" }, h("span", { className: "swatch", style: runColour(row) }),
      h("a", { href: props.base + "/r/" + row.id, onClick: go, title: row.name }, row.name));
  };
  components.VerdictCell = props => h("div", { className: "center" }, h(Verdict, { row: props.data }));
  components.SparkCell = props => h("div", { className: "center" }, h(Spark, { row: props.data }));
  components.StatusCell = function (props) {
    const row = props.data, s = props.statuses[row.status] || { label: row.status, icon: "circle-dot", tone: "mute" };
    return h("div", { className: "center" }, h("span", { className: "verdict " + s.tone, title: row.exception || null }, icon(s.icon), s.label));
  };
  components.ValueCell = function (props) {
    const row = props.data, field = props.colDef.field;
    return h("span", null, row[field + "_text"] || "–", row[field + "_at"] ? h("span", { className: "at" }, row[field + "_at"]) : null);
  };
  components.TagsCell = props => h("div", { className: "center" },
    ...[props.data.group, ...(props.data.tags || [])].filter(Boolean).map((t, i) => h("span", { className: "tag", key: i }, t)));

  /* Go to another page without loading everything again: what dcc.Link does. */
  window.trackerGo = function (href) {
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  };

  /* Functions that column definitions name. A renderer is redrawn only when its cell's value changes,
     so the value joins everything that the renderer shows. */
  const functions = window.dashAgGridFunctions = window.dashAgGridFunctions || {};
  functions.trackerItem = r => [r.name, r.on, r.focused, r.verdict, r.status, r.best_loss_text, r.colour, r.spark && r.spark.d, r.spark && r.spark.onset].join("|");
  functions.trackerTags = r => [r.group, ...(r.tags || [])].filter(Boolean).join(" ");
  functions.trackerSpark = r => (r.spark ? r.spark.d + r.spark.onset : "");
  functions.trackerCompare = (a, b, nodeA, nodeB, descending) => {
    const none = v => v === null || v === undefined;
    if (none(a) || none(b)) return none(a) && none(b) ? 0 : (none(a) ? 1 : -1) * (descending ? -1 : 1);
    return a < b ? -1 : a > b ? 1 : 0;
  };
  functions.trackerDate = ms => {
    const d = new Date(ms), now = new Date();
    const day = d.toLocaleDateString(undefined, { day: "numeric", month: "short", year: d.getFullYear() === now.getFullYear() ? undefined : "numeric" });
    return day + ", " + d.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  };
})();
