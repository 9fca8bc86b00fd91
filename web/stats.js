// stats.js - the figures of a window, and the series that charts draw, from a History.
//
// Every figure is derived from what the page itself saw between two times, so that it
// can name its range. What cannot be known yet is NaN.
// @ts-check
import { decimate } from './ring.js';

/** @typedef {import('./history.js').History} History */

/**
 * @param {number[]} sorted ascending @param {number} q 0..1
 * @returns {number} the smallest value that at least q of all do not exceed
 */
export function quantile(sorted, q) {
  if (sorted.length === 0) return NaN;
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** @param {History} history @param {number} from_ms @param {number} to_ms */
export function figures(history, from_ms, to_ms) {
  const span = (/** @type {string} */ name) => history.ends(from_ms, to_ms, name);
  const live = span('live_objects');
  const allocated = span('allocated_total_objects');
  const bytes = span('allocated_total_bytes');
  const per_second = (/** @type {ReturnType<typeof span>} */ s) => (s && s.last_ms > s.first_ms
    ? ((s.last - s.first) * 1000) / (s.last_ms - s.first_ms) : NaN);

  /** @type {number[]} */ const pauses = [];
  let stopped_ns = 0;
  let worst = { pause_ns: NaN, generation: NaN };
  const seen_from = history.known_from(from_ms, to_ms);
  const seen = [0, 0, 0];
  history.each_event(seen_from, to_ms, (_time, generation, pause_ns) => {
    seen[generation] += 1;
    if (Number.isNaN(pause_ns)) return;
    pauses.push(pause_ns);
    stopped_ns += pause_ns;
    if (!(pause_ns <= worst.pause_ns)) worst = { pause_ns, generation };
  });
  pauses.sort((a, b) => a - b);
  const seen_ms = to_ms - seen_from;
  const share = seen_ms > 0 ? stopped_ns / 1e6 / seen_ms : NaN;

  return {
    live_objects: live ? live.last : NaN,
    live_change: live && live.first > 0 ? live.last / live.first - 1 : NaN,
    allocated_per_s: per_second(allocated),
    allocated_bytes_per_s: per_second(bytes),
    collector_share: share,
    stopped_ns,
    stopped_ms_per_min: share * 60000,
    pause_p99_ns: quantile(pauses, 0.99),
    worst,
    collections: [0, 1, 2].map((g) => {
      // History has no such counters: there those are counted that the figures beside it are about.
      if (from_ms < history.oldest_ms()) return seen_ms > 0 ? seen[g] : NaN;
      const s = span(`collections_${g}`);
      if (!s) return NaN;
      return s.last - s.first;
    }),
    uncollectable: span('uncollectable')?.last ?? NaN,
    seen_ms,
  };
}

/**
 * Rates from totals: the slope over about a second, so that single samples do not
 * make noise. A total that falls (another daemon) gives null.
 * @param {number[]} x @param {(number|null)[]} totals @param {number} over_ms
 * @returns {(number|null)[]} per second
 */
export function slope(x, totals, over_ms) {
  let behind = 0;
  return totals.map((value, i) => {
    if (value === null) {
      behind = i + 1;
      return null;
    }
    while (behind < i - 1 && x[i] - x[behind + 1] >= over_ms) behind += 1;
    if (behind >= i) return null;
    const before = /** @type {number} */ (totals[behind]);
    if (before === null || value < before) {
      behind = i;
      return null;
    }
    if (x[i] - x[behind] < over_ms / 2) return null;
    return ((value - before) * 1000) / (x[i] - x[behind]);
  });
}

/**
 * The generation counts as they really run: the samples, and between them what each
 * collection proves – the count stood at its threshold (where that was the reason)
 * and fell to zero, for this generation and every younger one.
 *
 * @param {History} history @param {number} from_ms @param {number} to_ms @param {number} pixels
 * @returns {{x: number[], counts: (number|null)[][], thresholds: (number|null)[][]}}
 */
export function sawtooth(history, from_ms, to_ms, pixels) {
  const { x: sx, ys } = history.window(from_ms, to_ms,
    ['count_0', 'count_1', 'count_2', 'threshold_0', 'threshold_1', 'threshold_2']);
  /** @type {number[]} */ const x = [];
  const out = ys.map(() => /** @type {(number|null)[]} */ ([]));
  const push = (/** @type {number} */ time, /** @type {(number|null)[]} */ row) => {
    x.push(time);
    row.forEach((v, i) => out[i].push(v));
  };
  let s = 0;
  /** @type {(number|null)[]} */ let row = ys.map(() => null);
  const samples_until = (/** @type {number} */ time) => {
    while (s < sx.length && sx[s] <= time) {
      row = ys.map((y) => y[s]);
      push(sx[s], row);
      s += 1;
    }
  };
  history.each_event(from_ms, to_ms, (time, generation, _pause, at_threshold) => {
    samples_until(time);
    if (row[generation] === null) return; // inside a gap
    const top = row[3 + generation];
    if (at_threshold && top !== null) {
      push(time, row.map((v, i) => (i === generation ? Math.max(top, /** @type {number} */ (v)) : v)));
    }
    row = row.map((v, i) => {
      if (i > 2 || v === null) return v;
      if (i <= generation) return 0;
      return i === generation + 1 ? v + 1 : v;
    });
    push(time, row);
  });
  samples_until(Infinity);
  const thin = decimate(x, out, to_ms - from_ms, pixels);
  return { x: thin.x, counts: thin.ys.slice(0, 3), thresholds: thin.ys.slice(3) };
}

/**
 * Pauses for the dots: for each generation and each pixel's worth of time the
 * shortest and the longest, so that no outlier is ever thinned away.
 *
 * @param {History} history @param {number} from_ms @param {number} to_ms @param {number} pixels
 * @returns {{x: number[], ys: (number|null)[][]}} three series on one time
 */
export function pause_dots(history, from_ms, to_ms, pixels) {
  // Without a number of pixels each collection is a dot.
  const step = Number.isFinite(pixels) ? (to_ms - from_ms) / Math.max(1, pixels / 3) : 0;
  /** @type {{time: number, generation: number, pause: number}[]} */ const dots = [];
  /** @type {Map<number, {bucket: number, low: any, high: any}>} */ const open = new Map();
  const flush = (/** @type {{low: any, high: any}} */ b) => {
    dots.push(b.low);
    if (b.high !== b.low) dots.push(b.high);
  };
  history.each_event(from_ms, to_ms, (time, generation, pause) => {
    if (!(pause > 0)) return;
    const dot = { time, generation, pause };
    if (step === 0) {
      dots.push(dot);
      return;
    }
    const bucket = Math.floor(time / step);
    const b = open.get(generation);
    if (b && b.bucket === bucket) {
      if (pause < b.low.pause) b.low = dot;
      if (pause > b.high.pause) b.high = dot;
      return;
    }
    if (b) flush(b);
    open.set(generation, { bucket, low: dot, high: dot });
  });
  for (const b of open.values()) flush(b);
  dots.sort((a, b) => a.time - b.time);
  return {
    x: dots.map((d) => d.time),
    ys: [0, 1, 2].map((g) => dots.map((d) => (d.generation === g ? d.pause : null))),
  };
}

/** Room in pixels that each generation's collections need to be lines over the whole height. */
const ROOM = [40, 24, 6];
/** Closer than this, marks at the foot would grow into a bar. */
const FOOT_ROOM = 3;

/**
 * Collections as upright marks: over the whole height while a generation's are few, else
 * short ones at the foot, thinned so that they never become a wall of colour.
 *
 * @param {History} history @param {number} from_ms @param {number} to_ms @param {number} pixels
 * @returns {{generation: number, tall: boolean, times: number[]}[]} the strongest last
 */
export function event_marks(history, from_ms, to_ms, pixels) {
  const step = ((to_ms - from_ms) / Math.max(1, pixels)) * FOOT_ROOM;
  const found = [0, 1, 2].map((generation) => ({ generation, tall: true, times: /** @type {number[]} */ ([]) }));
  const buckets = [NaN, NaN, NaN];
  const counts = [0, 0, 0];
  history.each_event(from_ms, to_ms, (time, generation) => {
    if (!found[generation]) return;
    counts[generation] += 1;
    // Places are multiples of the step, so that marks do not shimmer while they move.
    const bucket = Math.floor(time / step);
    if (bucket === buckets[generation]) return;
    buckets[generation] = bucket;
    found[generation].times.push(time);
  });
  for (const marks of found) marks.tall = counts[marks.generation] * ROOM[marks.generation] <= pixels;
  return found.filter((marks) => marks.times.length > 0);
}
