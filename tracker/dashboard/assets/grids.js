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
    // drawn by the server out of numbers alone, so it can go in as it is
    return h("span", { className: "spark", dangerouslySetInnerHTML: { __html: row.spark || "" } });
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
    return h("div", { className: "value-cell" }, row[field + "_text"] || "–", row[field + "_at"] ? h("span", { className: "at" }, row[field + "_at"]) : null);
  };
  components.DateCell = props => h("div", { className: "value-cell" }, date(props.value));
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
  functions.trackerItem = r => [r.name, r.on, r.focused, r.verdict, r.status, r.best_loss_text, r.colour, r.spark].join("|");
  functions.trackerTags = r => [r.group, ...(r.tags || [])].filter(Boolean).join(" ");
  functions.trackerSpark = r => r.spark || "";
  functions.trackerCompare = (a, b, nodeA, nodeB, descending) => {
    const none = v => v === null || v === undefined;
    if (none(a) || none(b)) return none(a) && none(b) ? 0 : (none(a) ? 1 : -1) * (descending ? -1 : 1);
    return a < b ? -1 : a > b ? 1 : 0;
  };
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  function date(ms) {
    const d = new Date(ms), two = n => String(n).padStart(2, "0");
    const year = d.getFullYear() === new Date().getFullYear() ? "" : " " + d.getFullYear();
    return d.getDate() + " " + MONTHS[d.getMonth()] + year + ", " + two(d.getHours()) + ":" + two(d.getMinutes());
  }
})();
