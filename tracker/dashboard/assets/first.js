/* The first page is asked for while the scripts that show it are still on their way, and with it what Dash has to know
   of every page. Loaded in the head, after theme.js. What is asked is what Dash asks as soon as it can, word for word;
   Dash is then given the answer that has already come. Should Dash ask for something else, it asks for itself. */
(function (root) {
  "use strict";
  /* What the reader looks at the page with: all that the server needs to know besides the address. */
  function screen() {
    const chart = root.document.querySelector(".chart");
    const compact = root.innerWidth <= 760;
    const size = chart ? { width: chart.clientWidth - 4, height: chart.clientHeight - 2 } : guess(compact);
    return { theme: root.trackerTheme.current(), compact, ...size };
  }
  /* Before a chart exists its width follows from the page's columns. */
  function guess(compact) {
    const w = root.innerWidth, run = /\/r\/[^/]+\/?$/.test(root.location.pathname);
    if (compact) return { width: w - 26, height: 418 };
    if (run) return { width: Math.min(w, 1440) - 44 - (w > 1180 ? 334 : 0) - 6, height: 474 };
    return { width: w - (w > 1180 ? 292 + 324 : 250) - 28 - 6, height: 458 };
  }
  root.trackerScreen = screen;

  const WHERE = "/_dash-update-component", OUTPUTS = [{ id: "page", property: "children" }, { id: "title", property: "data" }];
  const ask = root.fetch.bind(root);
  const value = { path: root.location.pathname, search: root.location.search, ...screen() };
  const wanted = { output: "..page.children...title.data..", outputs: OUTPUTS, inputs: [{ id: "screen", property: "data", value }], changedPropIds: ["screen.data"] };
  const early = new Map(), given = { credentials: "same-origin", headers: { "Content-Type": "application/json" } };
  early.set(WHERE, ask(WHERE, { ...given, method: "POST", body: JSON.stringify(wanted) }));
  for (const address of ["/_dash-layout", "/_dash-dependencies"]) early.set(address, ask(address, given));
  for (const answer of early.values()) answer.catch(() => {}); // whoever waits for it is told

  function same(options) {
    if (typeof options?.body !== "string") return false;
    const asked = JSON.parse(options.body);
    return asked.output === wanted.output && JSON.stringify(asked.inputs) === JSON.stringify(wanted.inputs);
  }
  root.fetch = (address, options) => {
    const where = String(address).split("?")[0], answer = early.get(where);
    if (!answer || (where === WHERE && !same(options))) return ask(address, options);
    early.delete(where);
    return answer;
  };
})(window);
