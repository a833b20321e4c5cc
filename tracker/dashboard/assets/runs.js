/* The runs table as pure functions: the view and its URL, which runs it leaves, numbers as tracker/charts/numbers.py
   writes them, and the table as CSV. */
(function (root) {
  "use strict";
  const THIN = "\u202f";
  const MOST_SEARCH = 256, MOST_COMPARED = 200;
  const CONFIG = "config:";
  const node = typeof module !== "undefined" && module.exports;
  const { VERDICTS } = node ? require("./list.js") : root.trackerList;
  const tables = () => (node ? require("./table.js") : root.trackerTables);
  const STATUSES = ["running", "finished", "failed", "interrupted", "lost"];

  /* What a column is called, where its value stands in a row, and where further values of it stand. */
  const COLUMNS = {
    name: { title: "Run", field: "name" },
    status: { title: "Status", field: "status" },
    verdict: { title: "Verdict", field: "verdict" },
    spark: { title: "Curve", field: null },
    best_loss: { title: "Best val loss", field: "best_loss", at: "best_loss_at", of: "loss", number: true },
    best_acc: { title: "Best val accuracy", field: "best_acc", at: "best_acc_at", of: "accuracy", number: true },
    test: { title: "Test at best", field: "test_value", at: "test_at", of: "test", number: true },
    last: { title: "Last val loss", field: "last", of: "loss", number: true },
    gap: { title: "Gap", field: "gap", number: true },
    onset: { title: "Overfit from", field: "onset", number: true },
    duration: { title: "Duration", field: "duration", number: true },
    group: { title: "Group", field: "group" },
    tags: { title: "Tags", field: "tags" },
    created: { title: "Started", field: "created", number: true },
  };
  const FIXED = Object.keys(COLUMNS);
  const STANDARD = ["name", "status", "verdict", "spark", "best_loss", "best_acc", "test", "last", "gap", "duration"];
  const NEWEST = "-created";

  const isConfig = id => id.startsWith(CONFIG);
  const title = id => (isConfig(id) ? id.slice(CONFIG.length) : COLUMNS[id].title);

  /* The columns of a table that nobody changed: those that say something in it, and the config keys that differ. */
  function standard(rows, keys, phone = false) {
    const some = test => rows.some(test), beside = phone ? ["status", "verdict"] : []; // they stand below the name there
    const left = STANDARD.filter(id => !beside.includes(id) && (id !== "test" || some(r => r.test)) && (id !== "best_acc" || some(r => r.accuracy)));
    return [...left, ...keys.map(key => CONFIG + key), ...(some(r => r.group) ? ["group"] : []), ...(some(r => r.tags.length) ? ["tags"] : []), "created"];
  }

  /* The view that a URL's query describes; what makes no sense is left out. `cols` null: the standard ones. */
  function read(query) {
    const given = new URLSearchParams(query), list = name => (given.get(name) || "").split(",").filter(Boolean);
    const cols = [...new Set(given.getAll("col").filter(id => isConfig(id) ? id.length > CONFIG.length : COLUMNS[id]))];
    const known = id => isConfig(id) || (COLUMNS[id] && COLUMNS[id].field);
    const sort = given.getAll("sort").filter(text => known(text.replace(/^-/, "")));
    return {
      q: [...(given.get("q") || "")].slice(0, MOST_SEARCH).join(""),
      verdict: VERDICTS.filter(v => list("verdict").includes(v)),
      status: STATUSES.filter(s => list("status").includes(s)),
      tag: [...new Set(given.getAll("tag"))], group: [...new Set(given.getAll("group"))],
      archived: given.get("archived") === "1", deleted: given.get("deleted") === "1",
      cols: cols.length ? ["name", ...cols.filter(id => id !== "name")] : null,
      sort: sort.length ? sort : [NEWEST],
    };
  }

  /* The view as a URL's query without the question mark; what is usual is left out. */
  function write(view) {
    const pairs = [];
    if (view.q) pairs.push(["q", view.q]);
    for (const name of ["verdict", "status"]) if (view[name].length) pairs.push([name, view[name].join(",")]);
    for (const name of ["tag", "group"]) for (const one of view[name]) pairs.push([name, one]);
    for (const name of ["archived", "deleted"]) if (view[name]) pairs.push([name, "1"]);
    for (const one of view.sort) if (view.sort.length > 1 || one !== NEWEST) pairs.push(["sort", one]);
    for (const id of view.cols && view.cols.length === 1 ? view.cols : (view.cols || []).slice(1)) pairs.push(["col", id]);
    const quoted = text => encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd")).replace(/%2C/g, ",").replace(/%3A/g, ":");
    return pairs.map(([name, text]) => name + "=" + quoted(text)).join("&");
  }

  /* A line of the server's answer as a row. */
  function row(fields, line) {
    const out = { verdict: null, loss: "", accuracy: "", test: "", config: {} };
    line.forEach((value, i) => { out[fields[i]] = value; });
    out.text = [out.name, out.group, ...out.tags].join("\n").toLowerCase();
    return out;
  }

  function passes(view, r) {
    if (!view.deleted && r.archived && !view.archived) return false;
    const text = view.q.trim().toLowerCase();
    return (!text || r.text.includes(text)) &&
      (!view.verdict.length || view.verdict.includes(r.verdict)) &&
      (!view.status.length || view.status.includes(r.status)) &&
      (!view.tag.length || r.tags.some(t => view.tag.includes(t))) &&
      (!view.group.length || view.group.includes(r.group));
  }

  /* How many runs have each value of a property, the most frequent first. */
  function counts(rows, name) {
    const out = new Map();
    for (const r of rows) for (const one of [].concat(r[name])) if (one) out.set(one, (out.get(one) || 0) + 1);
    return [...out].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  }

  const cell = (r, id) => (isConfig(id) ? r.config[id.slice(CONFIG.length)] : r[COLUMNS[id].field]);

  /* What a column sorts by: numbers before texts, and what is missing or no number last in either direction. */
  function compare(a, b, descending) {
    const rank = v => (typeof v === "number" ? 0 : v === null || v === undefined || v === "" ? 3 : v === "NaN" || v === "inf" || v === "-inf" ? 2 : 1);
    const ra = rank(a), rb = rank(b);
    if (ra !== rb) return (ra - rb) * (descending && (ra > 1 || rb > 1) ? -1 : 1);
    if (ra === 0) return a - b;
    const x = words(a), y = words(b);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const words = v => (v === null || v === undefined ? "" : typeof v === "object" ? JSON.stringify(v) : String(v)).toLowerCase();

  /* A config value as a person would write it. */
  function plain(v) {
    if (v === null || v === undefined) return "";
    if (typeof v === "number") return String(v);
    return typeof v === "string" ? v : JSON.stringify(v);
  }
  /* The same in a cell: 0.1 * 3 is 0.3 there, without the dust of binary fractions, 0.00005 is 5e-5 and 1000000000000 is 1e12. */
  function shown(v) {
    if (typeof v !== "number") return plain(v);
    const said = Number(v.toPrecision(12)), size = Math.abs(said), whole = String(said), short = said.toExponential().replace("+", "");
    return (size && size < 1e-4) || (whole.length > 10 && short.length < 10) ? short : whole;
  }

  // ------------------------------------------------------------------------------------------------------- numbers
  function scientific(size, decimals) {
    let [mantissa, power] = size.toExponential(decimals).split("e");
    if (mantissa.includes(".")) mantissa = mantissa.replace(/0+$/, "").replace(/\.$/, "");
    return mantissa + "e" + Number(power);
  }
  const grouped = (number, decimals) => {
    const [whole, rest] = number.toFixed(decimals).split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "");
  };
  function value(number, digits = 4) {
    if (number === null || number === undefined) return "–";
    if (typeof number === "string") return number.replace("-", "−");
    const size = Math.abs(number), sign = number < 0 ? "−" : "";
    if (size === 0) return "0";
    if (size < 0.001 || size >= 1e7) return sign + scientific(size, digits - 2);
    const kept = size >= 1 ? digits : digits - 1, power = Number(size.toExponential(kept - 1).split("e")[1]);
    return sign + grouped(size, Math.max(0, kept - 1 - power));
  }
  const percent = (number, scale) => typeof number === "number" ? (number * scale).toFixed(1).replace("-", "−") + THIN + "%" : value(number);
  const share = (number, scale) => (scale ? percent(number, scale) : value(number));
  function duration(ms) {
    const seconds = Math.max(0, ms / 1000);
    if (seconds < 9.95) return seconds.toFixed(1) + THIN + "s";
    if (seconds < 119.5) return Math.round(seconds) + THIN + "s";
    let minutes = Math.round(seconds / 60);
    if (minutes < 60) return minutes + THIN + "min";
    let hours = Math.floor(minutes / 60);
    minutes %= 60;
    if (hours < 48) return minutes ? hours + THIN + "h " + String(minutes).padStart(2, "0") + THIN + "min" : hours + THIN + "h";
    const days = Math.floor(hours / 24);
    hours %= 24;
    return hours ? days + THIN + "d " + hours + THIN + "h" : days + THIN + "d";
  }
  function position(x, axis) {
    const text = Math.abs(x - Math.round(x)) < 1e-6 ? grouped(Math.round(x), 0) : grouped(x, 2).replace(/0+$/, "").replace(/\.$/, "");
    return (axis === "epoch" ? "ep " : "step ") + text;
  }
  /* How many characters the longest place beside a value has: a column too narrow for it would cut the value's digits. */
  function far(rows) {
    const places = Object.values(COLUMNS).map(column => column.at).filter(Boolean), most = {};
    for (const r of rows) {
      for (const at of places) {
        const x = Math.abs(r[at]) || 0, broken = x % 1 ? 0.25 : 0;
        most[r.axis] = Math.max(most[r.axis] || 0, Math.floor(x) + broken);
      }
    }
    return Math.max(0, ...Object.entries(most).map(([axis, x]) => position(x, axis).length));
  }

  // ----------------------------------------------------------------------------------------------------------- CSV
  const quoted = v => (typeof v === "number" || typeof v === "boolean" ? String(v) : tables().csvCell(plain(v)));
  /* Rows as CSV: the columns shown, values in full, and where a value was taken in a column beside it. */
  function csv(rows, ids) {
    const shown = ids.filter(id => isConfig(id) || COLUMNS[id].field);
    const wide = id => (!isConfig(id) && COLUMNS[id].at ? [title(id), title(id) + ", " + "at"] : [title(id)]);
    const cells = (r, id) => {
      if (id === "created") return [new Date(r.created).toISOString()];
      if (id === "duration") return [r.duration / 1000];
      if (id === "tags") return [r.tags.join(" ")];
      if (!isConfig(id) && COLUMNS[id].at) return [cell(r, id), id === "test" && r.test && r.test_at === null ? "last" : r[COLUMNS[id].at]];
      return [cell(r, id)];
    };
    const heads = shown.flatMap(wide).map(text => (text === COLUMNS.duration.title ? "Duration (s)" : text));
    const lines = [["id", ...heads], ...rows.map(r => [r.id, ...shown.flatMap(id => cells(r, id))])];
    return lines.map(line => line.map(quoted).join(",")).join("\r\n") + "\r\n";
  }
  const fileName = (project, now) => (project.replace(/[^\w.-]+/g, "_").replace(/^\.+/, "") || "project") + "-runs-" + now.toISOString().slice(0, 10) + ".csv";

  const api = { COLUMNS, FIXED, VERDICTS, STATUSES, MOST_COMPARED, CONFIG, NEWEST, isConfig, title, standard, read, write, row, passes, counts, cell, compare, plain, shown, value, share, duration, position, far, csv, fileName };
  if (node) module.exports = api; else root.trackerRuns = api;
})(typeof window === "undefined" ? globalThis : window);
