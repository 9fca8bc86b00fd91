// frame.js - the one place that draws: at most one animation frame for all data.
//
// A message only marks the page; the next frame draws whatever is newest then. A
// hidden tab draws nothing and is drawn once when it is seen again.
// @ts-check

/**
 * @param {{request: (draw: () => void) => unknown, is_hidden: () => boolean}} host
 */
export function createFrame({ request, is_hidden }) {
  /** @type {Set<() => void>} */ const draws = new Set();
  let pending = false;
  let missed = false;

  function run() {
    pending = false;
    for (const draw of draws) draw();
  }

  return {
    /** Calls `draw` in every marked frame; returns what ends that. @param {() => void} draw */
    on(draw) {
      draws.add(draw);
      return () => draws.delete(draw);
    },

    /** Something changed: draw in the next frame. */
    mark() {
      if (pending) return;
      if (is_hidden()) {
        missed = true;
        return;
      }
      pending = true;
      request(run);
    },

    /** The tab is visible again. */
    wake() {
      if (!missed) return;
      missed = false;
      this.mark();
    },
  };
}
