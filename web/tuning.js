// tuning.js - what thresholds would mean for a heap as it allocates now, and what of its
// settings is out of the ordinary.
//
//   young_rate  ──► due_every  "at 1,200 objects/s generation 0 is due every 0.6 s"
//   heap, sample ──► in_force  the chips of the top bar: off, on trial, frozen, stepping
//
// All from what the daemon says, so that what another session did shows too.
// @ts-check

/** @typedef {import('./history.js').History} History */

/** What a limit of nothing means: generation 0 is never due by itself. */
const NEVER = Infinity;

/**
 * How fast generation 0 fills: net new objects a second that can be in a cycle. The count
 * alone does not tell, because each collection sets it back; what stood there before did
 * count, and where the threshold was the reason, it stood at the threshold.
 *
 * @param {History} history @param {number} from_ms @param {number} to_ms
 * @returns {number} may be below zero; NaN where too little is known
 */
export function young_rate(history, from_ms, to_ms) {
  const { x, ys: [counts, thresholds] } = history.window(from_ms, to_ms, ['count_0', 'threshold_0']);
  let grown = 0;
  let seen_ms = 0;
  let row = 0;
  /** The count after what came last; null inside a gap. @type {number | null} */ let base = null;
  /** @type {number | null} */ let count = null;
  let since = NaN;

  /** Samples up to a time. @param {number} time */
  const samples_until = (time) => {
    for (; row < x.length && x[row] <= time; row++) {
      const next = counts[row];
      if (next === null) {
        if (base !== null && count !== null) grown += count - base;
        base = null;
      } else if (base === null) {
        base = next;
        since = x[row];
      } else {
        seen_ms += x[row] - since;
        since = x[row];
      }
      count = next;
    }
  };
  history.each_event(from_ms, to_ms, (time, _generation, _pause, at_threshold) => {
    samples_until(time);
    if (base === null || count === null) return;
    const limit = thresholds[row - 1];
    grown += (at_threshold && limit !== null ? Math.max(limit, count) : count) - base;
    base = 0;
    count = 0;
  });
  samples_until(Infinity);
  if (base !== null && count !== null) grown += count - base;
  return seen_ms > 0 ? (grown * 1000) / seen_ms : NaN;
}

/**
 * How often each generation would be collected, in seconds. A count has to go past its
 * threshold: generation 1 is due at the next time that generation 0 is, after so many
 * collections of it and one more; generation 2 likewise, if by then the old objects grew
 * by a quarter.
 *
 * @param {number} rate as `young_rate` gives it @param {number[]} thresholds three
 * @returns {number[]} Infinity: never by itself; NaN: not known
 */
export function due_every(rate, [zero, one, two]) {
  if (zero === 0) return [NEVER, NEVER, NEVER];
  if (Number.isNaN(rate)) return [NaN, NaN, NaN];
  if (rate <= 0) return [NEVER, NEVER, NEVER];
  const turn_s = (zero + 1) / rate;
  const middle = one + 2;
  return [turn_s, turn_s * middle, turn_s * (middle * (two + 1) + 1)];
}

/** A threshold from what somebody typed; NaN where it is none. @param {string} text @param {number} most */
export function read_threshold(text, most) {
  const value = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : NaN;
  return value <= most ? value : NaN;
}

/**
 * @typedef {{kind: 'off' | 'pause' | 'zero' | 'trial' | 'frozen' | 'stepping' | 'leak' | 'failed',
 *   seconds?: number, n?: number, thresholds?: number[], enabled?: boolean}} InForce
 */

/**
 * What is out of the ordinary on a heap.
 * @param {any} heap of heap.list @param {any} sample its newest, or null
 * @param {number} daemon_ms the daemon's clock now
 * @returns {InForce[]} the gravest first
 */
export function in_force(heap, sample, daemon_ms) {
  /** @type {InForce[]} */ const found = [];
  if (heap.failed) found.push({ kind: 'failed' });
  const { revert } = heap;
  const seconds = revert ? Math.max(0, Math.ceil((revert.at_ms - daemon_ms) / 1000)) : 0;
  const comes_back = heap.enabled === false && revert?.enabled === true;
  if (comes_back) found.push({ kind: 'pause', seconds });
  else if (heap.enabled === false) found.push({ kind: 'off' });
  else if (heap.thresholds?.[0] === 0) found.push({ kind: 'zero' });
  if (revert && !(comes_back && !revert.thresholds)) found.push({ kind: 'trial', seconds, thresholds: revert.thresholds, enabled: revert.enabled });
  // Samples are taken between statements of the program: a collection that one of them sees stands still.
  if (sample?.collecting && heap.capabilities?.includes('step')) found.push({ kind: 'stepping' });
  if (sample?.frozen_objects > 0) found.push({ kind: 'frozen', n: sample.frozen_objects });
  if (heap.workload === 'leak') found.push({ kind: 'leak' });
  return found;
}

/** What takes a trial back at once: commands in order. @param {any} heap with a `revert` */
export function undo_of(heap) {
  const { thresholds, enabled } = heap.revert;
  /** @type {[string, any][]} */ const calls = [];
  if (thresholds) calls.push(['gc.set_threshold', { heap: heap.id, thresholds }]);
  if (enabled !== undefined) calls.push([enabled ? 'gc.enable' : 'gc.disable', { heap: heap.id }]);
  return calls;
}
