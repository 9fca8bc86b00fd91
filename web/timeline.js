// timeline.js - the geometry of the strip: times to pixels, what a pointer takes hold of,
// where a window may go. Pure.
//
//   from |··▲··|●●■●[======window======]··●| to (now)
// @ts-check

/** @typedef {{from_ms: number, to_ms: number}} Span */

/** Widths of the strip; Infinity: as far back as history reaches. */
export const SPANS_MS = [600000, 3600000, 6 * 3600000, 24 * 3600000, Infinity];
/** The strip a step wider or narrower. @param {number} ms one of `SPANS_MS` @param {number} by -1, 0 or 1 */
export const next_span = (ms, by) => SPANS_MS[Math.max(0, Math.min(SPANS_MS.length - 1, SPANS_MS.indexOf(ms) + by))];
const GRIP_PX = 6;
/** A window cannot be made narrower. */
export const LEAST_MS = 100;
/** A window that ends so near to now is the live one. */
const LIVE_SHARE = 0.006;

/** What the strip shows: its own span up to now, moved back where the window lies before it.
 * @param {number} now_ms @param {number} span_ms @param {number} first_ms the oldest that is stored, or NaN
 * @param {Span | null} fixed @returns {Span} */
export function strip_span(now_ms, span_ms, first_ms, fixed) {
  const width = Number.isFinite(span_ms) ? span_ms : Math.max(600000, now_ms - (Number.isNaN(first_ms) ? now_ms : first_ms));
  const to_ms = fixed && fixed.from_ms < now_ms - width ? Math.min(now_ms, fixed.to_ms + width / 2) : now_ms;
  return { from_ms: to_ms - width, to_ms };
}

/** @param {Span} strip @param {number} pixels */
export function scale({ from_ms, to_ms }, pixels) {
  return {
    x: (/** @type {number} */ time_ms) => ((time_ms - from_ms) / (to_ms - from_ms)) * pixels,
    time: (/** @type {number} */ x) => from_ms + (x / pixels) * (to_ms - from_ms),
  };
}

/** What a pointer at `x` takes hold of. @param {number} x @param {number} left @param {number} right of the window
 * @returns {'left' | 'right' | 'window' | 'outside'} */
export function grip(x, left, right) {
  // A window of a few pixels is moved by its middle and widened from outside of it.
  const inner = Math.min(GRIP_PX, Math.max(0, (right - left) / 4));
  if (x >= left - GRIP_PX && x <= left + inner) return 'left';
  if (x <= right + GRIP_PX && x >= right - inner) return 'right';
  return x > left && x < right ? 'window' : 'outside';
}

/** The window after a drag; null: it reached now and is live. @param {Span} window @param {string} part
 * @param {number} by_ms @param {Span} strip @returns {Span | null} */
export function dragged(window, part, by_ms, strip) {
  const width = window.to_ms - window.from_ms;
  let { from_ms, to_ms } = window;
  if (part === 'left') from_ms = Math.max(strip.from_ms, Math.min(from_ms + by_ms, to_ms - LEAST_MS));
  else if (part === 'right') to_ms = Math.min(strip.to_ms, Math.max(to_ms + by_ms, from_ms + LEAST_MS));
  else {
    from_ms = Math.max(strip.from_ms, Math.min(from_ms + by_ms, strip.to_ms - width));
    to_ms = from_ms + width;
    if (strip.to_ms - to_ms < (strip.to_ms - strip.from_ms) * LIVE_SHARE && by_ms > 0) return null;
  }
  return { from_ms, to_ms };
}

/** The window after a key; null: live; undefined: no key of the strip. @param {string} key @param {boolean} shift
 * @param {Span} window @param {Span} strip @returns {Span | null | undefined} */
export function after_key(key, shift, window, strip) {
  const width = window.to_ms - window.from_ms;
  const step = width / 10;
  switch (key) {
    case 'ArrowLeft': case 'ArrowDown': return shift ? dragged(window, 'right', -step, strip) : dragged(window, 'window', -step, strip);
    case 'ArrowRight': case 'ArrowUp': return shift ? dragged(window, 'left', -step, strip) : dragged(window, 'window', step, strip);
    case 'PageUp': return dragged(window, 'window', -width, strip);
    case 'PageDown': return dragged(window, 'window', width, strip);
    case 'Home': return { from_ms: strip.from_ms, to_ms: strip.from_ms + width };
    case 'End': return null;
    default: return undefined;
  }
}

/** Which pixels have collections of which generation: a set a generation, so that no old
 * generation is ever thinned away. @param {(visit: (time_ms: number, generation: number) => void) => void} each
 * @param {(time_ms: number) => number} x @returns {Set<number>[]} */
export function ticks(each, x) {
  const found = [new Set(), new Set(), new Set()];
  each((time_ms, generation) => found[generation]?.add(Math.round(x(time_ms))));
  return found;
}
