/* The first page: the pictures of the best runs, and the search in the URL. */
(function () {
  "use strict";
  const keep = () => window.dash_clientside.no_update;
  let sparks = {};

  function draw() {
    for (const at of document.querySelectorAll(".projects [data-spark]")) {
      const svg = sparks[at.dataset.spark] || "";
      // drawn by the server out of numbers alone, so it can go in as it is
      if (at.dataset.drawn !== svg) { at.innerHTML = svg; at.dataset.drawn = svg; }
    }
  }
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.tracker = Object.assign(window.dash_clientside.tracker || {}, {
    projectsSparks(given) {
      sparks = given || {};
      requestAnimationFrame(draw);
      setTimeout(draw, 100); // the rows and their pictures come in one answer and are drawn in either order
      return keep();
    },
    projectsQuery(q, sort) {
      const given = new URLSearchParams();
      if (q) given.set("q", q);
      if (sort && sort !== "activity") given.set("sort", sort);
      window.trackerQuery.write("/", given.toString());
      return keep();
    },
  });
})();
