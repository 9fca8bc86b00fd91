// stored.js - what the daemon's history told of one heap, for times that the page did not
// see itself: before it was opened, while it was cut off, older than its rings.
//
//   history.samples      ──► slab: rows of two, the least and the greatest of each step
//   history.collections  ──► the newest of them, whole
//
// Totals are told as what was added within each step. A slab adds them up from zero, so
// its totals mean something only against each other, or against a row that both know.
// @ts-check

/** @typedef {{from_ms: number, to_ms: number}} Span */

/** Slabs of a heap that are kept; the one that was used longest ago goes. */
const SLABS = 6;
/** A slab may end so much (or this share of the window) before what it should reach. */
const NEAR_MS = 5000;
const NEAR_SHARE = 0.02;
/** A window shows at least so many steps, unless history has no finer ones. */
const FEWEST_STEPS = 250;
const FINEST_MS = 1000;

/** Each is the spread of a step; the totals are added up. */
const SPREADS = ['live_objects', 'live_bytes', 'rss_bytes'];
/** @type {Record<string, string>} */
const TOTALS = {
  allocated_total_objects: 'allocated_objects', allocated_total_bytes: 'allocated_bytes', freed_total_objects: 'freed_objects',
};

/** Numbers begin again with another daemon, so they alone do not name a row. @param {any} record */
const stored_key = (record) => `stored.${record.time_ms}.${record.seq}`;

export class Slab {
  /**
   * @param {Span} span what was asked for
   * @param {{step_ms: number, samples: any[]}} answer of history.samples
   * @param {any[]} records newest first @param {number} records_from_ms all since then are there
   * @param {number} [records_to_ms] up to then
   */
  constructor({ from_ms, to_ms }, { step_ms, samples }, records, records_from_ms, records_to_ms = to_ms) {
    this.from_ms = from_ms;
    this.to_ms = to_ms;
    this.step_ms = step_ms;
    this.records = records.map((r) => ({ ...r, key: stored_key(r) })).reverse();
    this.records_from_ms = records_from_ms;
    this.records_to_ms = records_to_ms;
    /** @type {number[]} */ this.x = [];
    /** The newest collection by the end of each step, for how many there were. @type {number[]} */ this.seqs = [];
    /** Where another daemon took over: its collections are counted from one again. @type {number[]} */ this.restarts = [];
    /** @type {Record<string, number[]>} */ this.columns = {};
    for (const name of [...SPREADS, ...Object.keys(TOTALS)]) this.columns[name] = [];
    /** @type {Record<string, number>} */ const sums = {};
    for (const sample of samples) {
      if (sample.seq < this.seqs[this.seqs.length - 1]) this.restarts.push(sample.time_ms);
      this.x.push(sample.time_ms + step_ms / 4, sample.time_ms + (step_ms * 3) / 4);
      this.seqs.push(sample.seq, sample.seq);
      for (const name of SPREADS) this.columns[name].push(sample[name]?.min ?? NaN, sample[name]?.max ?? NaN);
      for (const [name, part] of Object.entries(TOTALS)) {
        const before = sums[name] ?? 0;
        const more = sample[part] ?? NaN;
        this.columns[name].push(before + more / 4, before + (more * 3) / 4);
        sums[name] = before + more;
      }
    }
  }

  /** The first row at or after a time. @param {number} time_ms */
  lower_bound(time_ms) {
    let [low, high] = [0, this.x.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.x[middle] < time_ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A total at a time, along the line between its rows. @param {string} name @param {number} time_ms */
  total_at(name, time_ms) {
    const column = this.columns[name];
    const i = this.lower_bound(time_ms);
    if (i === 0 || i === this.x.length) return column[Math.min(i, this.x.length - 1)] ?? NaN;
    const share = (time_ms - this.x[i - 1]) / (this.x[i] - this.x[i - 1]);
    return column[i - 1] + share * (column[i] - column[i - 1]);
  }
}

export const is_total = (/** @type {string} */ name) => name in TOTALS;

export class Stored {
  constructor() {
    /** Newest use last. @type {Slab[]} */ this.slabs = [];
    /** The newest records of windows, oldest first; newest use last. @type {any[][]} */ this.pages = [];
    /** Rises with each slab: what was drawn before is drawn again. */ this.version = 0;
  }

  /** @param {Slab} slab */
  add(slab) {
    // Of the same times the newer answer knows at least as much.
    this.slabs = this.slabs.filter((s) => s.step_ms < slab.step_ms || s.from_ms < slab.from_ms || s.to_ms > slab.to_ms);
    this.slabs.push(slab);
    if (this.slabs.length > SLABS) this.slabs.shift();
    this.version += 1;
  }

  /** Records of a window whose samples the page has itself. @param {any[]} records newest first */
  add_records(records) {
    this.pages.push(records.map((r) => ({ ...r, key: stored_key(r) })).reverse());
    if (this.pages.length > SLABS) this.pages.shift();
    this.version += 1;
  }

  /** The stored records between two times, oldest first, from whichever answer has most of them.
   * @param {number} from_ms @param {number} before_ms @param {number} own_ms since when the page has its own @returns {any[]} */
  records(from_ms, before_ms, own_ms) {
    const inside = (/** @type {any} */ r) => r.time_ms >= from_ms && r.time_ms < before_ms;
    let found = /** @type {any[]} */ ([]);
    for (const list of [this.with_records(Math.min(before_ms, own_ms))?.records ?? [], ...this.pages]) {
      const more = list.filter(inside);
      if (more.length > found.length) found = more;
    }
    return found;
  }

  /** Whether a slab tells of all these times, and of the newest collections in them, as finely as a window so wide shows.
   * @param {Span} hole @param {number} width_ms */
  covers({ from_ms, to_ms }, width_ms) {
    const near_ms = Math.max(NEAR_MS, width_ms * NEAR_SHARE);
    const step_ms = Math.max(FINEST_MS, width_ms / FEWEST_STEPS);
    return this.slabs.some((s) => s.from_ms <= from_ms && s.to_ms + near_ms >= to_ms && s.step_ms <= step_ms)
      && this.with_records(to_ms) !== null;
  }

  /** The slab that tells most of these times, the finest of several. @param {number} from_ms @param {number} to_ms */
  best(from_ms, to_ms) {
    let found = null;
    let most = 0;
    for (const slab of this.slabs) {
      const told = Math.min(to_ms, slab.to_ms) - Math.max(from_ms, slab.from_ms);
      // A hair's difference is none: then the finer steps win.
      if (told > most * 1.05 || (told > most * 0.95 && found && slab.step_ms < found.step_ms)) {
        found = slab;
        most = Math.max(most, told);
      }
    }
    return found;
  }

  /** The slab that has the collections before `to_ms` without a hole, and reaches furthest back.
   * It does not depend on where a window begins: a figure and the time it names agree. @param {number} to_ms */
  with_records(to_ms) {
    let found = null;
    for (const slab of this.slabs) {
      if (slab.records_from_ms >= to_ms || to_ms - slab.records_to_ms > (to_ms - slab.records_from_ms) * NEAR_SHARE) continue;
      if (!found || slab.records_from_ms < found.records_from_ms) found = slab;
    }
    return found;
  }
}
