// overlay.js - the same column of several heaps on one axis of time.
//
// Heaps are sampled at moments of their own; a line for each needs moments in common.
// The window is cut into steps, and a step shows the newest value that fell into it; a
// step without one goes on with the value before, until that is too old to be true.
// @ts-check

/** A chart with more lines than these answers nothing any more. */
export const MOST_HEAPS = 4;
const STEP_MS = 200;

/**
 * @param {{x: number[], ys: (number|null)[]}[]} lines one a heap, times ascending
 * @param {number} from_ms @param {number} to_ms @param {number} pixels
 * @param {number} gap_ms a value older than this is not carried on
 * @returns {{x: number[], ys: (number|null)[][]}}
 */
export function join_lines(lines, from_ms, to_ms, pixels, gap_ms) {
  const step_ms = Math.max(STEP_MS, (to_ms - from_ms) / Math.max(1, pixels));
  // Whole steps of the clock: a window that moves on does not make the lines tremble.
  const first = Math.floor(from_ms / step_ms) + 1;
  const last = Math.floor(to_ms / step_ms);
  const x = Array.from({ length: Math.max(0, last - first + 1) }, (_v, i) => (first + i) * step_ms);
  const ys = lines.map((line) => {
    let at = 0;
    let value = /** @type {number | null} */ (null);
    let seen_ms = -Infinity;
    return x.map((time) => {
      while (at < line.x.length && line.x[at] <= time) {
        value = line.ys[at];
        seen_ms = line.x[at];
        at += 1;
      }
      return time - seen_ms <= Math.max(gap_ms, step_ms) ? value : null;
    });
  });
  return { x, ys };
}
