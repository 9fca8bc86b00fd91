// crosshair.js - the one crosshair of all charts, and what a drag across them selects.
//
//   pointer  a share of the window: it stands still while the curves move under it
//   keys     a moment: it moves with the curves
//
// While somebody drags, the window is held, so that what is under the pointer stays
// there; data keeps arriving. Only charts read this; a pin, a zoom and a pause are the
// store's.
// @ts-check

/** @typedef {{from_ms: number, to_ms: number}} Span */

/** A window is never narrower; ten samples a second have nothing to show below. */
const NARROWEST_MS = 100;

/** @param {{on_change: () => void}} parts `on_change` marks the frame */
export function createCrosshair({ on_change }) {
  /** @type {{share: number} | {time_ms: number} | null} */ let at = null;

  const crosshair = {
    /** What charts show instead of the store's window while somebody drags. @type {Span | null} */
    held: null,
    /** @type {Span | null} */
    selection: null,

    /** @param {typeof at} next */
    move(next) {
      at = next;
      on_change();
    },

    /** Whether anybody points anywhere. */
    shown: () => at !== null,

    /** The moment under the crosshair, NaN outside of the window. @param {Span} window @returns {number} */
    time(window) {
      if (at === null) return NaN;
      if ('share' in at) return window.from_ms + at.share * (window.to_ms - window.from_ms);
      return at.time_ms >= window.from_ms && at.time_ms <= window.to_ms ? at.time_ms : NaN;
    },

    /** @param {Span | null} window @param {Span | null} [selection] */
    hold(window, selection = null) {
      crosshair.held = window;
      crosshair.selection = selection;
      on_change();
    },
  };
  return crosshair;
}

/** What two moments enclose, never narrower than a window may be. @param {number} a @param {number} b @returns {Span} */
export function between(a, b) {
  const [from_ms, to_ms] = a < b ? [a, b] : [b, a];
  const missing = Math.max(0, NARROWEST_MS - (to_ms - from_ms)) / 2;
  return { from_ms: from_ms - missing, to_ms: to_ms + missing };
}

/**
 * The window magnified around a moment, which keeps its place in it.
 * @param {Span} window @param {number} time_ms @param {number} factor below 1 magnifies @returns {Span}
 */
export function zoomed({ from_ms, to_ms }, time_ms, factor) {
  const wide = Math.max(NARROWEST_MS, (to_ms - from_ms) * factor) / (to_ms - from_ms);
  return { from_ms: time_ms - (time_ms - from_ms) * wide, to_ms: time_ms + (to_ms - time_ms) * wide };
}
