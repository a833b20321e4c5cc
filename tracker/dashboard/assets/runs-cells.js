/* The columns of the runs table and what stands in their cells. Texts go in as children, so React escapes them. */
(function () {
  "use strict";
  const T = () => window.trackerRuns;
  const h = (...args) => window.React.createElement(...args);
  const icon = name => h("i", { className: "i i-" + name, "aria-hidden": "true" });
  const words = (kinds, kind) => kinds[kind] || { label: kind, icon: "circle-dot", tone: "mute" };
  const components = window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {};

  function Said({ kinds, kind, ground, note }) {
    const w = kind ? words(kinds, kind) : { label: "Reading", icon: "loader", tone: "mute" };
    return h("span", { className: "verdict " + w.tone + (ground ? " badge" : ""), title: note || null }, icon(w.icon), w.label);
  }
  components.RunName = function ({ data: r, context }) {
    const { base, words: { verdicts, statuses } } = context.page();
    const deleted = context.page().view.deleted;
    const name = deleted ? h("span", { className: "name gone-name", title: r.name }, ...window.trackerName(r.name)) : h("a", { className: "name", href: base + "/r/" + r.id, "data-page": "1", title: r.name, "aria-label": r.name }, ...window.trackerName(r.name));
    return h("div", { className: "name-cell" },
      h("span", { className: "swatch", style: { "--run": "var(--run-" + r.colour + ")" } }),
      h("div", { className: "name-lines" },
        h("div", { className: "name-line" }, name, r.archived ? h("span", { className: "tag" }, "Archived") : null),
        h("div", { className: "phone-line" }, h(Said, { kinds: verdicts, kind: r.verdict }), r.status === "finished" ? null : h(Said, { kinds: statuses, kind: r.status }))));
  };
  components.RunVerdict = ({ data: r, context }) => h("div", { className: "center" }, h(Said, { kinds: context.page().words.verdicts, kind: r.verdict, ground: true }));
  components.RunStatus = ({ data: r, context }) => h("div", { className: "center" }, h(Said, { kinds: context.page().words.statuses, kind: r.status, note: r.exception }));
  components.RunSpark = ({ data: r, context }) =>
    // drawn by the server out of numbers alone, so it can go in as it is
    h("div", { className: "center" }, h("span", { className: "spark", dangerouslySetInnerHTML: { __html: context.page().sparks.get(r.id) || "" } }));
  components.RunTags = ({ value }) => h("div", { className: "center" }, ...(value || []).map((t, i) => h("span", { className: "tag", key: i, title: t }, t)));
  components.RunConfig = ({ value }) => h("div", { className: "value-cell" + (typeof value === "number" ? "" : " words"), title: T().plain(value) || null },
    h("span", { className: T().plain(value) ? "text" : "blank" }, T().shown(value) || "–"));
  components.RunDate = ({ value }) => h("div", { className: "value-cell", title: new Date(value).toLocaleString() }, window.trackerDate(value, Date.now()));
  components.RunValue = function ({ data: r, colDef }) {
    const column = T().COLUMNS[colDef.colId], v = r[column.field], at = column.at ? r[column.at] : null;
    const scale = colDef.colId === "best_acc" ? r.percent : colDef.colId === "test" ? r.test_percent : colDef.colId === "last" && !r.loss ? r.percent : 0;
    if (v === null || v === undefined) return h("div", { className: "value-cell" }, h("span", { className: "blank" }, r.verdict ? "–" : ""));
    const last = colDef.colId === "test" && typeof at !== "number";
    const name = r[column.of] ? r[column.of] + (last ? ", its last value: it was not logged at the best epoch" : "") : null;
    return h("div", { className: "value-cell" + (typeof v === "string" ? " broken" : ""), title: name },
      text(colDef.colId, v, scale, r), typeof at === "number" ? h("span", { className: "at" }, T().position(at, r.axis)) : last ? h("span", { className: "at" }, "last") : null);
  };
  function text(id, v, scale, r) {
    if (id === "duration") return T().duration(v);
    if (id === "onset") return T().position(v, r.axis);
    return scale ? T().share(v, scale) : T().value(v, id === "gap" ? 3 : 4);
  }
  const WIDTHS = { status: 112, verdict: 136, spark: 84, best_loss: 132, best_acc: 142, test: 124, last: 104, gap: 84, onset: 104, duration: 104, group: 120, tags: 170, created: 132 };
  const RENDERERS = { status: "RunStatus", verdict: "RunVerdict", spark: "RunSpark", tags: "RunTags", created: "RunDate", group: "RunConfig" };

  /* The definitions of the columns with these ids, for AG Grid; `wide` is the width of the runs' names, `far` how many
     characters the longest place beside a value has. */
  function columns(ids, phone, numeric, wide, far) {
    return ids.map(id => {
      const config = T().isConfig(id), column = config ? {} : T().COLUMNS[id];
      const def = {
        colId: id, headerName: T().title(id), headerTooltip: column.of ? "Hover a value to see which metric it is" : null,
        valueGetter: params => (config || column.field ? T().cell(params.data, id) : null),
        comparator: (a, b, _, __, descending) => T().compare(a, b, descending),
        cellRenderer: config ? "RunConfig" : RENDERERS[id] || "RunValue", width: Math.max(WIDTHS[id] || 112, column.at ? 62 + 6.4 * far : 0), minWidth: 64,
        sortable: config || !!column.field, sortingOrder: ["asc", "desc"], type: column.number || numeric(id) ? "rightAligned" : undefined,
        equals: () => false,
      };
      if (id === "name") Object.assign(def, { cellRenderer: "RunName", pinned: "left", lockPosition: "left", width: phone ? 168 : wide, minWidth: 120 });
      if (!phone && id === "tags") Object.assign(def, { flex: 1, minWidth: 120 });
      return def;
    });
  }
  window.trackerRunColumns = columns;
})();
