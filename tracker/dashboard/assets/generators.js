/* The little that Dash's bundles need of a runtime for generators: they were compiled for browsers that had none.
   A step is called again and again with its own place in it, until it stops; what it returns is awaited in between. */
(function (root) {
  "use strict";
  const runtime = {
    mark: made => made,
    wrap(step, _, self) {
      const place = { prev: 0, next: 0, done: false, stop() { place.done = true; } };
      return {
        next(sent) {
          place.sent = sent;
          const value = step.call(self, place);
          return { value, done: place.done };
        },
        throw(error) { throw error; },
      };
    },
  };
  if (typeof module !== "undefined" && module.exports) module.exports = runtime;
  else root.regeneratorRuntime = root.regeneratorRuntime || runtime;
})(typeof window === "undefined" ? globalThis : window);
