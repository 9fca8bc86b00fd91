// history.js - what the page remembers of one heap: samples, collections, pools.
//
//   sample ──► fine ring (every sample)   ──► windows for the charts
//         └──► coarse ring (a row a second)
//   collection ──► ring of numbers (pauses) and the newest whole records (table)
//
// A window is what a chart draws: times and columns with null where nothing is known
// or where the stream had a gap. All times are the daemon's own (`time_ms`).
// @ts-check
import { Coarse, Ring } from './ring.js';
import { is_total, Stored } from './stored.js';

/** Columns of a sample's row, in order. `objects_0` is `generations[0].objects`. */
const NAMES = [
  'time_ms', 'count_0', 'count_1', 'count_2', 'threshold_0', 'threshold_1', 'threshold_2',
  'objects_0', 'objects_1', 'objects_2', 'collections_0', 'collections_1', 'collections_2',
  'uncollectable', 'live_objects', 'live_bytes', 'allocated_total_objects',
  'freed_total_objects', 'allocated_total_bytes', 'rss_bytes', 'held_bytes', 'pools_bytes',
  'arenas_released',
];
/** @type {Record<string, number>} */
export const COLUMN = Object.fromEntries(NAMES.map((name, i) => [name, i]));

/** Columns of a collection's row. */
export const EVENT = { time_ms: 0, generation: 1, pause_ns: 2, at_threshold: 3, collected: 4, freed_bytes: 5 };
const EVENT_COLUMNS = Object.keys(EVENT).length;

const FINE_ROWS = 1500; // 10 Hz for two and a half minutes
const COARSE_STEP_MS = 1000;
const COARSE_ROWS = 3700; // an hour and a little
const EVENT_ROWS = 40000;
const RECORDS = 200;
const CLOCK_SET_BACK_MS = 5000;
/** A hole so long is worth a question to the daemon's history. */
const GAP_MS = 3000;
const GAPS = 50;

const number = (/** @type {unknown} */ v) => (typeof v === 'number' ? v : NaN);

export class History {
  /**
   * @param {number} interval_ms between two samples, as subscribed
   * @param {{fine_rows?: number, event_rows?: number, records?: number}} [room] how much it keeps
   */
  constructor(interval_ms, { fine_rows = FINE_ROWS, event_rows = EVENT_ROWS, records = RECORDS } = {}) {
    this.interval_ms = interval_ms;
    this.most_records = records;
    this.fine = new Ring(NAMES.length, fine_rows);
    this.coarse = new Coarse(NAMES.length, COARSE_STEP_MS, COARSE_ROWS);
    this.events = new Ring(EVENT_COLUMNS, event_rows);
    /** @type {any[]} newest last */ this.records = [];
    /** @type {any} */ this.sample = null;
    /** @type {any} */ this.pools = null;
    this.last_seq = 0;
    /** What the daemon's history told of times that the page did not see. */ this.stored = new Stored();
    /** Times without samples among those that it saw. @type {{from_ms: number, to_ms: number}[]} */ this.gaps = [];
    /** Times at which a new daemon took over. @type {number[]} */ this.restarts = [];
    this.row = new Float64Array(NAMES.length);
  }

  /** @param {any} sample the notification's parameters */
  add_sample(sample) {
    // Every search needs times that rise. A clock that was set back begins a new history;
    // a little disorder is just left out.
    const back_ms = this.fine.last(0) - sample.time_ms;
    if (back_ms > CLOCK_SET_BACK_MS) Object.assign(this, new History(this.interval_ms));
    else if (back_ms > 0) return;
    if (-back_ms > GAP_MS) this.gaps = [...this.gaps, { from_ms: this.fine.last(0), to_ms: sample.time_ms }].slice(-GAPS);
    this.sample = sample;
    const { row } = this;
    row.fill(NaN);
    let uncollectable = NaN;
    row[0] = sample.time_ms;
    (sample.generations ?? []).slice(0, 3).forEach((/** @type {any} */ g, /** @type {number} */ i) => {
      row[COLUMN.count_0 + i] = number(g.count);
      row[COLUMN.threshold_0 + i] = number(g.threshold);
      row[COLUMN.objects_0 + i] = number(g.objects);
      row[COLUMN.collections_0 + i] = number(g.collections);
      if (typeof g.uncollectable === 'number') {
        uncollectable = (Number.isNaN(uncollectable) ? 0 : uncollectable) + g.uncollectable;
      }
    });
    row[COLUMN.uncollectable] = uncollectable;
    for (const name of ['live_objects', 'live_bytes', 'allocated_total_objects',
      'freed_total_objects', 'allocated_total_bytes', 'rss_bytes']) {
      row[COLUMN[name]] = number(sample[name]);
    }
    // Large objects stand outside the arenas, and `live_bytes` counts them.
    const large = this.pools?.large?.bytes ?? 0;
    row[COLUMN.held_bytes] = number(this.pools?.arenas?.bytes) + large;
    row[COLUMN.pools_bytes] = number(this.pools?.pools?.in_use) * number(this.pools?.pools?.pool_bytes) + large;
    row[COLUMN.arenas_released] = number(this.pools?.arenas?.released_total);
    this.fine.push(row);
    this.coarse.push(row);
  }

  /** @param {any} record the notification's parameters @returns {boolean} false: seen before */
  add_collection(record) {
    if (record.seq <= this.last_seq) return false;
    this.last_seq = record.seq;
    // Numbers begin again with another daemon, so they alone do not name a row.
    this.records.push({ ...record, key: `${this.restarts.length}.${record.seq}` });
    if (this.records.length > this.most_records) this.records.shift();
    this.events.push([
      Math.max(record.time_ms, this.events.last(0) || 0), record.generation,
      number(record.pause_ns), record.reason === 'threshold' ? 1 : 0,
      number(record.collected), number(record.freed_bytes),
    ]);
    return true;
  }

  /** @param {any} pools the notification's parameters */
  add_pools(pools) {
    this.pools = pools;
  }

  /** A new daemon counts from zero again. @param {number} time_ms */
  restart(time_ms) {
    this.restarts.push(time_ms);
    this.last_seq = 0;
  }

  /** Time of the newest sample, NaN before the first. */
  newest_ms() {
    return this.fine.last(0);
  }

  /** How often samples were taken of late; null while too few are known. By the daemon's
   * clock, because a busy page takes them in bunches. */
  hertz() {
    const { fine } = this;
    let first = fine.length - 1;
    while (first > 0 && fine.length - 1 - first < 20 && fine.last(0) - fine.get(first, 0) < 2000) first -= 1;
    const span_ms = fine.last(0) - fine.get(first, 0);
    // Two samples may be near each other by chance.
    return span_ms >= 500 ? ((fine.length - 1 - first) * 1000) / span_ms : null;
  }

  /** Time of the oldest sample the page still has of its own. */
  oldest_ms() {
    const fine = this.fine.get(0, 0);
    const coarse = this.coarse.last.get(0, 0);
    return coarse < fine ? coarse : fine;
  }

  /** Since when in a window every collection is known. @param {number} from_ms @param {number} to_ms */
  known_from(from_ms, to_ms) {
    const own_ms = this.oldest_ms();
    if (from_ms >= own_ms) return from_ms;
    const slab = this.stored.with_records(Math.min(to_ms, own_ms));
    return Math.max(from_ms, slab ? slab.records_from_ms : own_ms);
  }

  /** The times of a window that the page has nothing of its own about, as one stretch; null: none.
   * @param {number} from_ms @param {number} to_ms */
  hole(from_ms, to_ms) {
    const own_ms = this.oldest_ms();
    const holes = this.gaps.filter((gap) => gap.from_ms < to_ms && gap.to_ms > from_ms);
    if (!(from_ms > own_ms - GAP_MS)) holes.unshift({ from_ms, to_ms: Math.min(to_ms, Number.isNaN(own_ms) ? to_ms : own_ms) });
    if (holes.length === 0) return null;
    return { from_ms: Math.max(from_ms, holes[0].from_ms), to_ms: Math.min(to_ms, holes[holes.length - 1].to_ms) };
  }

  /**
   * Rows between two times, with the one before so that lines enter from the left.
   * @param {number} from_ms @param {number} to_ms @param {string[]} names columns
   * @returns {{x: number[], ys: (number|null)[][]}}
   */
  window(from_ms, to_ms, names) {
    const columns = names.map((name) => COLUMN[name]);
    const x = /** @type {number[]} */ ([]);
    const ys = columns.map(() => /** @type {(number|null)[]} */ ([]));
    const gap_ms = Math.max(1000, this.interval_ms * 5);

    /** Stored rows between two times; `ring` and `row` know the totals at the second.
     * @param {number} after @param {number} before @param {Ring | null} ring @param {number} row */
    const bridge = (after, before, ring, row) => {
      const slab = before - after > GAP_MS ? this.stored.best(after, before) : null;
      if (!slab) return;
      const shift = names.map((name, s) => (is_total(name) && ring ? ring.get(row, columns[s]) - slab.total_at(name, before) : 0));
      let last = x.length > 0 ? x[x.length - 1] : NaN;
      for (let i = slab.lower_bound(after); i < slab.x.length && slab.x[i] < before; i++) {
        const time = slab.x[i];
        if (time - last > Math.max(GAP_MS, 2.5 * slab.step_ms)) {
          x.push(last + 1);
          for (const y of ys) y.push(null);
        }
        x.push(time);
        names.forEach((name, s) => {
          const v = (slab.columns[name]?.[i] ?? NaN) + shift[s];
          ys[s].push(Number.isNaN(v) ? null : v);
        });
        last = time;
      }
    };

    /** @param {number} time @param {Ring} ring @param {number} row @param {number} gap */
    const add = (time, ring, row, gap) => {
      bridge(x.length > 0 ? x[x.length - 1] : from_ms, time, ring, row);
      const before = x[x.length - 1];
      // Another daemon's values are no continuation, however soon they come.
      if (x.length > 0 && (time - before > Math.max(gap, 2 * this.told_step(before, time))
        || this.restarts.some((at) => at > before && at <= time))) {
        x.push(before + 1);
        for (const y of ys) y.push(null);
      }
      x.push(time);
      columns.forEach((c, s) => {
        const v = ring.get(row, c);
        ys[s].push(Number.isNaN(v) ? null : v);
      });
    };

    // The coarse rows reach back to where the fine ones begin.
    const fine_from = this.fine.get(0, 0);
    const { last, least, greatest } = this.coarse;
    if (from_ms < fine_from) {
      for (let i = Math.max(0, last.lower_bound(from_ms) - 1); i < last.length; i++) {
        const time = last.get(i, 0);
        if (time >= fine_from || time > to_ms) break;
        add(time - COARSE_STEP_MS / 2, least, i, gap_ms + 2 * COARSE_STEP_MS);
        add(time, greatest, i, gap_ms + 2 * COARSE_STEP_MS);
      }
    }
    for (let i = Math.max(0, this.fine.lower_bound(from_ms) - 1); i < this.fine.length; i++) {
      const time = this.fine.get(i, 0);
      if (time > to_ms) break;
      add(time, this.fine, i, gap_ms);
    }
    bridge(x.length > 0 ? x[x.length - 1] : from_ms, Math.min(to_ms, this.oldest_ms() || to_ms), null, 0);
    return { x, ys };
  }

  /** How far apart the stored rows around these times are; 0: there are none. @param {number} after @param {number} before */
  told_step(after, before) {
    return before - after > GAP_MS ? this.stored.best(after - GAP_MS, before)?.step_ms ?? 0 : 0;
  }

  /** Visits collections between two times, oldest first.
   * @param {number} from_ms @param {number} to_ms
   * @param {(time_ms: number, generation: number, pause_ns: number, at_threshold: boolean,
   *   collected: number, freed_bytes: number) => void} visit */
  each_event(from_ms, to_ms, visit) {
    const { events } = this;
    const own_ms = this.oldest_ms();
    if (from_ms < own_ms || Number.isNaN(own_ms)) {
      const until_ms = Math.min(to_ms, Number.isNaN(own_ms) ? to_ms : own_ms, events.get(0, 0) || Infinity);
      for (const r of this.stored.with_records(until_ms)?.records ?? []) {
        if (r.time_ms >= from_ms && r.time_ms < until_ms) {
          visit(r.time_ms, r.generation, number(r.pause_ns), r.reason === 'threshold', number(r.collected), number(r.freed_bytes));
        }
      }
    }
    for (let i = events.lower_bound(from_ms); i < events.length; i++) {
      const time = events.get(i, EVENT.time_ms);
      if (time > to_ms) return;
      visit(time, events.get(i, EVENT.generation), events.get(i, EVENT.pause_ns),
        events.get(i, EVENT.at_threshold) === 1, events.get(i, EVENT.collected), events.get(i, EVENT.freed_bytes));
    }
  }

  /** The newest records of a window, oldest first. @param {number} from_ms @param {number} to_ms @param {number} limit */
  records_in(from_ms, to_ms, limit) {
    const own = this.records.filter((r) => r.time_ms >= from_ms && r.time_ms <= to_ms);
    const before_ms = Math.min(to_ms + 1, this.records[0]?.time_ms ?? Infinity);
    const stored = from_ms < before_ms && own.length < limit ? this.stored.records(from_ms, before_ms, Number.isNaN(this.oldest_ms()) ? before_ms : this.oldest_ms()) : [];
    return [...stored, ...own].slice(-limit);
  }

  /** Whether `records_in` has all that are known to have been. @param {number} from_ms @param {number} to_ms @param {number} limit */
  has_records(from_ms, to_ms, limit) {
    let happened = 0;
    this.each_event(from_ms, to_ms, () => { happened += 1; });
    return this.records_in(from_ms, to_ms, limit).length >= Math.min(limit, happened);
  }

  /** When another daemon took over, as the page saw it or as the stored numbers tell.
   * @param {number} from_ms @param {number} to_ms @returns {number[]} */
  restarts_in(from_ms, to_ms) {
    const slab = this.stored.best(from_ms, to_ms);
    const told = (slab?.restarts ?? []).filter((time) => !this.restarts.some((own) => Math.abs(own - time) < 2 * (slab?.step_ms ?? 0) + GAP_MS));
    return [...told, ...this.restarts].filter((time) => time >= from_ms && time <= to_ms);
  }

  /**
   * The value of a column at the first and the last known row of a window.
   * @param {number} from_ms @param {number} to_ms @param {string} name
   * @returns {{first: number, last: number, first_ms: number, last_ms: number} | null}
   */
  ends(from_ms, to_ms, name) {
    const c = COLUMN[name];
    const fine_from = this.fine.get(0, 0);
    // What rings cannot tell, or not to the end: the same rows that the charts draw.
    if (from_ms < this.oldest_ms() || to_ms < fine_from || Number.isNaN(fine_from)) return this.drawn_ends(from_ms, to_ms, name);
    const reaches_back = this.coarse.last.get(0, 0) < fine_from;
    const ring = from_ms < fine_from && reaches_back ? this.coarse.last : this.fine;
    const last_row = this.fine.lower_bound(to_ms + 1) - 1;
    const last = this.fine.get(last_row, c);
    let first_row = ring.lower_bound(from_ms);
    // Counters that fell belong to another daemon: begin after the newest restart.
    const restart = this.restarts[this.restarts.length - 1];
    if (restart !== undefined) first_row = Math.max(first_row, ring.lower_bound(restart));
    const first = ring.get(first_row, c);
    const first_ms = ring.get(first_row, 0);
    const last_ms = this.fine.get(last_row, 0);
    if (Number.isNaN(first) || Number.isNaN(last) || last_ms < first_ms) return null;
    return { first, last, first_ms, last_ms };
  }

  /** @param {number} from_ms @param {number} to_ms @param {string} name */
  drawn_ends(from_ms, to_ms, name) {
    const { x, ys: [y] } = this.window(from_ms, to_ms, [name]);
    const inside = (/** @type {number} */ i) => y[i] !== null && x[i] >= from_ms;
    const first = x.findIndex((_t, i) => inside(i));
    let last = x.length - 1;
    while (last >= 0 && !inside(last)) last -= 1;
    if (first < 0) return null;
    return { first: /** @type {number} */ (y[first]), last: /** @type {number} */ (y[last]), first_ms: x[first], last_ms: x[last] };
  }
}
