/* The run list beside the charts: what its rows, pills, menus and counts show; tracker/dashboard/components/runlist.py
   names these functions. */
(function () {
  "use strict";
  const V = window.trackerView, L = window.trackerList;
  const keep = () => window.dash_clientside.no_update;
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const icon = name => ["i", { className: "i i-" + name, "aria-hidden": "true" }];
  const text = (said, className) => ["span", { className }, said];
  const runs = n => n + (n === 1 ? " run" : " runs");

  function button(what, label, more) { return ["button", { className: "text-button", "data-act": what, ...more }, label]; }

  function pill({ verdict, count, sample }, on) {
    return ["button", {
      className: "verdict " + sample.tone, title: sample.label + ": " + runs(count),
      "data-act": "verdict", "data-id": verdict, "aria-pressed": String(on),
    }, icon(sample.icon), text(sample.label, "unseen"), String(count)];
  }
  function chip(r, focus) {
    return ["button", { className: "run-chip", "data-act": "focus", "data-id": r.id, "aria-pressed": String(r.id === focus) },
      ["span", { className: "swatch", style: { "--run": "var(--run-" + r.colour + ")" } }], text(r.name, "text")];
  }
  function live(rows) {
    const n = rows.filter(r => r.status === "running").length;
    return n ? [["i", {}], text(runs(n) + " live")] : [];
  }
  function counted(view, rows, on, listed) {
    const hidden = rows.filter(r => r.archived && !view.archived).length, all = rows.length - hidden;
    const out = [text(on.size + " of " + runs(all) + " shown" + (listed !== all ? " · " + listed + " listed" : "")), text("", "spacer")];
    const touched = view.runs !== "newest" || view.off.length || view.on.length;
    if (on.size < Math.min(all, V.MOST_RUNS)) out.push(button("all", "Show all " + Math.min(all, V.MOST_RUNS)));
    if (touched && all > V.NEWEST) {
      out.push(button("newest", "Newest " + V.NEWEST, { title: "Show the " + V.NEWEST + " newest, and new runs as they come" }));
    }
    return out;
  }
  /* What the list follows, said where it is not plain from the eyes: new runs may or may not come in. */
  function followed(view) {
    if (view.runs === "newest") {
      const less = view.off.length ? ", " + view.off.length + " hidden" : "", more = view.on.length ? ", " + view.on.length + " added" : "";
      return less || more ? "Newest " + V.NEWEST + less + more + "; new runs still come in" : "";
    }
    if (view.runs === "all") return view.off.length ? "All, " + view.off.length + " hidden; new runs still come in" : "";
    return "Chosen runs; new ones stay hidden";
  }
  /* A link outlives runs: those that it names and nobody finds are counted, so that no reader looks for them. */
  function missing(view, rows) {
    const here = new Set(rows.map(r => r.id)), named = typeof view.runs === "string" ? [] : view.runs;
    const gone = new Set([...named, ...view.on, ...view.pins].filter(id => !here.has(id))).size;
    return gone ? runs(gone) + " of this link " + (gone === 1 ? "is" : "are") + " not here: deleted, or of another project or store" : "";
  }

  /* What stands in the list from top to bottom, with all that a row shows. */
  let grouped = null;
  function items(view, rows, on) {
    const focus = V.focused(view, rows), base = V.baseline(view, rows), pins = new Set(view.pins);
    return L.items(view, rows, on, grouped).map(r => (r.header
      ? { ...r, on: r.ids.filter(id => on.has(id)).length, by: view.group === "group" ? "" : view.group.replace(/^config:/, "") }
      : { ...r, on: on.has(r.id), focused: r.id === focus, pinned: pins.has(r.id), base: r.id === base && (view.base || pins.size > 0) }));
  }
  function grid() {
    try { return document.getElementById("list") ? window.dash_ag_grid.getApi("list") : null; } catch (_) { return null; }
  }
  /* Items on their way into a grid that is there: those that changed, or all where others stand in it or in another
     order. Through Dash each change would cost a look at all of them. */
  let latest = [];
  function give(found) {
    latest = found;
    const api = grid(), old = [];
    if (!api) return void window.dash_ag_grid.getApiAsync("list").then(() => { if (grid()) give(latest); }, () => {});
    api.forEachNode(node => old.push(node.data));
    if (!same(old.map(r => r.id), found.map(r => r.id))) api.setGridOption("rowData", found);
    else {
      const update = found.filter((r, i) => !same(r, old[i]));
      if (update.length) api.applyTransaction({ update });
    }
  }
  /* The list as it is now, for the grid and for the keys. */
  function follow(view, rows, found) {
    const focus = V.focused(view, rows);
    window.trackerSeen = { view, rows };
    window.trackerFocus = () => focus;
    window.trackerOrder = () => found.filter(r => !r.header).map(r => r.id);
    give(found);
  }
  window.trackerListed = (view, rows) => follow(view, rows, items(view, rows, new Set(V.shown(view, rows))));

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    /* Everything in the list that follows from the rows and the view. */
    list(rows, view, grouping, ...before) {
      grouped = grouping;
      const on = new Set(V.shown(view, rows)), focus = V.focused(view, rows), found = items(view, rows, on);
      if (!window.trackerHands.waiting()) { // what hands did since is seen already
        window.trackerCurves.show([...on]); // a run also comes back where one before it has gone
        follow(view, rows, found);
      }
      const listed = L.listed(view, rows, on).length;
      const wrong = L.search(view).error, note = followed(view), gone = missing(view, rows);
      const pills = L.counts(rows.filter(r => view.archived || !r.archived)).map(c => pill(c, view.verdicts.includes(c.verdict)));
      const chips = rows.filter(r => on.has(r.id)).slice(0, 40).map(r => chip(r, focus));
      const said = [wrong ? text("Not a regular expression: " + wrong + ". All runs are listed.", "wrong") : null,
        rows.length && !listed ? ["span", { className: "none" }, "No run matches. ", button("clear", "Clear the search")] : null,
        gone ? text(gone, "gone") : null, note ? text(note, "hint") : null].filter(Boolean);
      return window.trackerFresh([
        [["div", { id: "pills", className: "pills", role: "group", "aria-label": "Filter by verdict" }, ...pills]],
        [["div", { id: "count", className: "side-row" }, ...counted(view, rows, on, listed)]],
        [["div", { id: "run-chips", className: "run-chips", role: "group", "aria-label": "Drawn runs" }, ...chips]],
        [["div", { id: "list-said", className: "list-said", role: "status" }, ...said]],
        window.trackerStatic(...live(rows)),
      ], before);
    },
    /* Which setting the list is grouped by, for the server, which alone knows the settings. */
    groupedBy(view, rows, asked) {
      if (!view.group.startsWith("config:")) return keep();
      const next = { by: view.group, runs: rows.length };
      return same(next, asked) ? keep() : next;
    },
  });
})();
