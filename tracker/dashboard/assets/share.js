/* The share menu: links, what was saved, and the report as a file. */
(function () {
  "use strict";
  /* The file's name as the server says it: filename*=UTF-8''... */
  function named(disposition) {
    const found = /filename\*=UTF-8''([^;]+)/i.exec(disposition || "");
    try { return found ? decodeURIComponent(found[1]) : "report.html"; } catch (_) { return "report.html"; }
  }
  const reportPath = (project, search) => "/api/v1/report?project=" + encodeURIComponent(project) + "&view=" + encodeURIComponent(search.replace(/^\?/, ""));
  if (typeof module !== "undefined" && module.exports) { module.exports = { named, reportPath }; return; }

  const say = text => window.trackerOverlays.say(text);
  const text = (id, value) => { const at = document.getElementById(id); if (at) at.textContent = value; };
  function closeMenu(at) {
    const menu = at.closest("details.menu");
    if (menu) menu.open = false;
  }
  async function copy(link) {
    try { await navigator.clipboard.writeText(link); say("Link copied"); }
    catch (_) { say("The browser does not let pages copy here: take the link as it stands."); }
  }
  let fetching = false;
  async function report(project) {
    if (fetching) return say("The report is being made…");
    fetching = true;
    const slow = setTimeout(() => say("The report is being made…"), 300);
    try {
      const answer = await fetch(reportPath(project, window.location.search));
      if (!answer.ok) throw new Error((await answer.json()).detail);
      window.trackerSave(named(answer.headers.get("content-disposition")), await answer.text(), "text/html;charset=utf-8");
      say("Report downloaded");
    } catch (error) {
      say("No report: " + (error instanceof TypeError ? "the server does not answer" : error.message));
    } finally {
      clearTimeout(slow);
      fetching = false;
    }
  }

  document.addEventListener("click", event => {
    const at = event.target.closest(".share [data-copy], .share [data-report], .share [data-open]");
    if (!at) return;
    closeMenu(at);
    if (at.dataset.copy === "link") copy(window.location.href);
    else if (at.dataset.copy) copy(document.getElementById("share-link").textContent);
    else if (at.dataset.report !== undefined) report(at.dataset.report);
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    /* What was saved, with its link to copy. */
    shared(answer) {
      const keep = window.dash_clientside.no_update, dialog = document.getElementById("share-done");
      if (!answer || !answer.ok || !dialog) return keep;
      text("share-done-title", (answer.frozen ? "Frozen: " : "Saved: ") + answer.title);
      text("share-done-says", answer.frozen ? "The link shows these curves and verdicts also after the runs have changed or are deleted."
        : "Whoever can open this dashboard sees it under Saved. Its runs stay live.");
      text("share-link", window.location.origin + answer.path);
      document.getElementById("share-open").setAttribute("href", answer.path);
      dialog.showModal();
      return keep;
    },
    /* A frozen comparison has a focus, a zoom, its cards and an order of its table, and nothing else to change. */
    frozenView(_, relayout, mq, view, rows) {
      const obey = (now, act) => (["focus", "set", "reset", "zoom", "cards", "fold"].includes(act.do) ? window.trackerView.act(now, rows, act) : null);
      const next = window.trackerHands.next("frozen", view, { mq, relayout }, window.trackerChanged, obey);
      if (!next) return window.dash_clientside.no_update;
      window.trackerMoved(view, next);
      return next;
    },
  });
})();
