// ring.js - the page's memory: fixed rings of numbers, oldest overwritten first.
//
//   fine    one row a sample         | . . . . . . . . |  the last two minutes
//   coarse  one row a second         | . . . . . . . . |  the last hour
//           with the least and the greatest of what it covers
//
// Rows are kept column by column in typed arrays, so that hours of history cost a
// few megabytes and no work for the browser's own collector. An unknown value is NaN.
// @ts-check

export class Ring {
  /** @param {number} columns @param {number} capacity rows */
  constructor(columns, capacity) {
    this.capacity = capacity;
    this.length = 0;
    this.start = 0;
    this.columns = Array.from({ length: columns }, () => new Float64Array(capacity));
  }

  /** Appends a row; a full ring forgets its oldest. @param {ArrayLike<number>} row */
  push(row) {
    const at = (this.start + this.length) % this.capacity;
    for (let c = 0; c < this.columns.length; c++) this.columns[c][at] = row[c];
    if (this.length < this.capacity) this.length += 1;
    else this.start = (this.start + 1) % this.capacity;
  }

  /** @param {number} row 0 is the oldest @param {number} column */
  get(row, column) {
    if (row < 0 || row >= this.length) return NaN;
    return this.columns[column][(this.start + row) % this.capacity];
  }

  /** @param {number} column of the newest row */
  last(column) {
    return this.get(this.length - 1, column);
  }

  /** The first row whose column 0, which never falls, is at least `value`. @param {number} value */
  lower_bound(value) {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.get(middle, 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A ring of steps: each row sums up what fell into one step of time. */
export class Coarse {
  /** @param {number} columns @param {number} step_ms @param {number} capacity steps */
  constructor(columns, step_ms, capacity) {
    this.step_ms = step_ms;
    this.last = new Ring(columns, capacity);
    this.least = new Ring(columns, capacity);
    this.greatest = new Ring(columns, capacity);
    this.open = NaN; // the step that is being filled
    this.row_last = new Float64Array(columns);
    this.row_least = new Float64Array(columns);
    this.row_greatest = new Float64Array(columns);
  }

  /** @param {ArrayLike<number>} row with the time in column 0 */
  push(row) {
    const step = Math.floor(row[0] / this.step_ms);
    if (step !== this.open) {
      this.close();
      this.open = step;
      for (const r of [this.row_last, this.row_least, this.row_greatest]) r.set(row);
    } else {
      for (let c = 0; c < this.row_last.length; c++) {
        this.row_last[c] = row[c];
        // A NaN on either side keeps the number that is known.
        if (!(this.row_least[c] <= row[c])) this.row_least[c] = fill(row[c], this.row_least[c]);
        if (!(this.row_greatest[c] >= row[c])) {
          this.row_greatest[c] = fill(row[c], this.row_greatest[c]);
        }
      }
    }
  }

  /** Ends the open step. */
  close() {
    if (Number.isNaN(this.open)) return;
    // The three rings share one time, so that a search in one serves all.
    this.row_least[0] = this.row_last[0];
    this.row_greatest[0] = this.row_last[0];
    this.last.push(this.row_last);
    this.least.push(this.row_least);
    this.greatest.push(this.row_greatest);
    this.open = NaN;
  }
}

/** @param {number} a @param {number} b */
const fill = (a, b) => (Number.isNaN(a) ? b : a);

/**
 * Thins rows to about two a pixel and keeps every peak: each step of time gives two
 * rows, and each series keeps its least and its greatest value in the order in which
 * they came. Steps start at multiples of their own length, so that the picture does
 * not shimmer while it moves. A row of nulls (a gap) stays.
 *
 * @param {number[]} x times, rising @param {(number|null)[][]} ys
 * @param {number} span_ms what the chart shows @param {number} pixels its width
 * @returns {{x: number[], ys: (number|null)[][]}}
 */
export function decimate(x, ys, span_ms, pixels) {
  if (x.length <= pixels * 2 || pixels < 1) return { x, ys };
  const step = span_ms / pixels;
  /** @type {number[]} */ const out_x = [];
  const out_ys = ys.map(() => /** @type {(number|null)[]} */ ([]));
  let from = 0;
  while (from < x.length) {
    const bucket = Math.floor(x[from] / step);
    let to = from + 1;
    while (to < x.length && Math.floor(x[to] / step) === bucket) to += 1;
    if (to - from <= 2) {
      for (let i = from; i < to; i++) {
        out_x.push(x[i]);
        ys.forEach((y, s) => out_ys[s].push(y[i]));
      }
    } else {
      out_x.push(x[from], x[to - 1]);
      ys.forEach((y, s) => out_ys[s].push(...extremes(y, from, to)));
    }
    from = to;
  }
  return { x: out_x, ys: out_ys };
}

/** @param {(number|null)[]} y @param {number} from @param {number} to */
function extremes(y, from, to) {
  let low = -1;
  let high = -1;
  for (let i = from; i < to; i++) {
    const v = y[i];
    if (v === null) continue;
    if (low < 0 || v < /** @type {number} */ (y[low])) low = i;
    if (high < 0 || v > /** @type {number} */ (y[high])) high = i;
  }
  if (low < 0) return [null, null];
  return low < high ? [y[low], y[high]] : [y[high], y[low]];
}
