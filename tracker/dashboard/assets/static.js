/* Markup that no callback knows, drawn as one component; tracker/dashboard/components/static.py makes it on the server.
   A node is a text, or [tag, attributes, ...nodes] with attributes named as React has them, or the number of a slot:
   there stands one of the components that Dash knows. */
(function (root) {
  "use strict";
  /* What a page's own markup never has, and what somebody else's must not. */
  const allowed = name => !/^(on.*|dangerouslySetInnerHTML|srcdoc|ref|key)$/i.test(name);
  const ADDRESSES = ["href", "src", "action", "formaction"];

  function drawn(node, h, clean, slots = []) {
    if (!Array.isArray(node)) return typeof node === "number" ? slots[node] : node;
    const [tag, given, ...children] = node, attributes = {};
    for (const [name, value] of Object.entries(given || {})) {
      if (!allowed(name)) continue;
      attributes[name] = ADDRESSES.includes(name.toLowerCase()) && value ? clean(value) : value;
    }
    // whoever stands on one of several buttons stays on it when another one comes before it
    if (attributes["data-id"]) attributes.key = attributes["data-act"] + ":" + attributes["data-id"];
    if (attributes["data-key"]) attributes.key = attributes["data-key"]; // nor does what is unfolded in one item move to another
    return h(tag, attributes, ...children.map(child => drawn(child, h, clean, slots)));
  }
  /* A menu as a tree; tracker/dashboard/components/parts.py makes the same one, empty. `label` and `items` are nodes. */
  const menu = (name, label, items, { find, wide, hidden } = {}) => [["details", { className: "menu", "data-menu": name, hidden: Boolean(hidden) },
    ["summary", { className: "button small" }, ["span", { className: "text" }, ...label], ["i", { className: "i i-chevron-down", "aria-hidden": "true" }]],
    ["div", { className: wide ? "menu-body wide" : "menu-body" },
      ...(find ? [["div", { className: "search", "data-narrow": "1" }, ["input", { id: name + "-find", type: "text", className: "plain-input", "data-plain": "1", placeholder: find, "aria-label": find }]]] : []),
      ["div", {}, ...items]]]];
  /* What changed: for each part that it is given Dash asks the whole page whether something has to be drawn anew. */
  const fresh = (now, before, keep = root.dash_clientside.no_update) => now.map((part, i) => (JSON.stringify(part) === JSON.stringify(before[i]) ? keep : part));

  if (typeof module !== "undefined" && module.exports) { module.exports = { drawn, menu, fresh }; return; }

  const clean = url => root.dash_clientside.clean_url(url);
  let shown = null; // made with the first one, when React is there
  function Static(props) {
    const h = root.React.createElement;
    const slots = [].concat(props.children ?? []);
    return h(root.React.Fragment, null, ...props.tree.map(node => drawn(node, h, clean, slots)));
  }
  root.tracker_dashboard = {
    get Static() {
      return shown = shown || root.React.memo(Static, (before, now) => before.tree === now.tree && before.children === now.children);
    },
  };
  Object.assign(root, { trackerMenu: menu, trackerFresh: fresh });
  /* What a callback in the browser gives as children: nothing, or one component. */
  root.trackerStatic = (...nodes) => (nodes.length ? [{ type: "Static", namespace: "tracker_dashboard", props: { tree: nodes } }] : []);
})(typeof window === "undefined" ? globalThis : window);
