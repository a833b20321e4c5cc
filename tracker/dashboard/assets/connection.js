/* Says in the top bar when the server or its store is gone. The pages' ticks keep asking by themselves. */
(function () {
  "use strict";
  const EVERY_MS = 4000, PATIENCE_MS = 8000;
  const WORDS = {
    server: "Connection lost, retrying", store: "Store away, retrying",
    door: "Closed: open the address that “tracker serve” prints",
  };
  let away = null, asking = null, closed = false;

  function show() {
    const place = document.getElementById("connection");
    document.documentElement.toggleAttribute("data-away", !!away);
    if (!place || place.textContent === (WORDS[away] || "")) return;
    const children = away ? window.trackerStatic(["i", {}], ["span", {}, WORDS[away]]) : [];
    window.dash_clientside.set_props("connection", { children });
  }

  /* What is gone: "server", "store", the right to come in ("door"), or null. A store that answers late makes the server's answer late, so patience is long. */
  async function look() {
    try {
      const answer = await ask("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!answer.ok) return "server";
      if (closed) return "door";
      return (await answer.json()).store === "unavailable" ? "store" : null;
    } catch (_) { return "server"; }
  }
  async function check() {
    if (!asking) asking = look().finally(() => { asking = null; });
    const found = await asking;
    if (away && !found) window.dispatchEvent(new Event("tracker:back"));
    away = found;
    show();
  }

  /* A callback without an answer is the first to know; what it fetched goes on to Dash untouched. */
  const ask = window.fetch.bind(window), lost = () => window.dispatchEvent(new Event("tracker:lost"));
  window.fetch = async (...given) => {
    try {
      const answer = await ask(...given);
      if (closed !== (answer.status === 401)) { closed = !closed; check(); }
      if (answer.status === 401 || answer.status >= 500) lost();
      if (answer.status >= 500) check();
      return answer;
    } catch (error) { lost(); check(); throw error; }
  };
  setInterval(() => { if (!document.hidden) check(); }, EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) check(); });
})();
