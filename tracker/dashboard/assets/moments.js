/* Moments in the reader's own zone: whatever stands in a <time data-ms> is written again here, and kept fresh. */
(function () {
  "use strict";
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const two = n => String(n).padStart(2, "0");

  /* A date and time of this browser's zone, with the year when it is not this one: what words.date writes. */
  function date(ms, now) {
    const d = new Date(ms), year = d.getFullYear() === new Date(now).getFullYear() ? "" : " " + d.getFullYear();
    return d.getDate() + " " + MONTHS[d.getMonth()] + year + ", " + two(d.getHours()) + ":" + two(d.getMinutes());
  }
  /* "just now", "12 min ago", "3 h ago", else the date: what words.when writes. */
  function when(ms, now) {
    const ago = Math.max(0, now - ms) / 1000;
    if (ago < 60) return "just now";
    if (ago < 3600) return Math.floor(ago / 60) + "\u202fmin ago";
    if (ago < 86400) return Math.floor(ago / 3600) + "\u202fh ago";
    return date(ms, now);
  }
  if (typeof module !== "undefined" && module.exports) { module.exports = { date, when }; return; }
  window.trackerDate = date;

  function write(at) {
    const ms = Number(at.dataset.ms), now = Date.now();
    const text = at.dataset.ago === "1" ? when(ms, now) : date(ms, now);
    const node = at.firstChild;
    // the text node stays the same, since it belongs to the page's renderer
    if (node && node.nodeType === 3) { if (node.nodeValue !== text) node.nodeValue = text; }
    const whole = new Date(ms).toLocaleString();
    if (at.title !== whole) at.title = whole;
  }
  const all = () => document.querySelectorAll("time[data-ms]").forEach(write);
  new MutationObserver(all).observe(document.documentElement, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["data-ms"] });
  setInterval(all, 20000);
  all();
})();
