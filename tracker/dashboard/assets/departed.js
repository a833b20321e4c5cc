/* Answers for a page that has gone meanwhile are dropped: Dash would look for its components and complain. */
(function (root) {
  "use strict";
  let pages = 0;
  const ask = root.fetch.bind(root);
  root.fetch = async (address, options) => {
    const body = (options && options.body) || "", asked = typeof body === "string" && String(address).includes("_dash-update-component");
    const lays = asked && body.includes('"output":"..page.children'), before = pages, answer = await ask(address, options);
    if (!asked || answer.status !== 200) return answer;
    if (!lays && pages !== before) return new root.Response(null, { status: 204 });
    if (lays) pages += 1;
    return answer;
  };
})(typeof window === "undefined" ? globalThis : window);
