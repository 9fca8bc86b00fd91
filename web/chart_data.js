// chart_data.js - what a chart's figure says beside its picture: the row under the
// crosshair, the rows of its table, the text of its CSV, the statistics of its window.
//
// All of it comes from the same series that are drawn, at full resolution.
// @ts-check
import { csv, iso_time } from './csv.js';

/**
 * @typedef {{x: number[], ys: (number|null)[][]}} Lines
 * @typedef {{key: string, title: string}} Named
 */

/** The row whose time is nearest, -1 where there is none. @param {number[]} x rising @param {number} time_ms
 * @param {number} [within_ms] farther away is none */
export function nearest_row(x, time_ms, within_ms = Infinity) {
  if (x.length === 0 || Number.isNaN(time_ms)) return -1;
  let low = 0;
  let high = x.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] < time_ms) low = middle + 1;
    else high = middle;
  }
  const row = low > 0 && time_ms - x[low - 1] <= x[low] - time_ms ? low - 1 : low;
  return Math.abs(x[row] - time_ms) <= within_ms ? row : -1;
}

/** How far a point may be from the crosshair to say something about that moment. @param {number} span_ms @param {number} pixels */
export const near_ms = (span_ms, pixels) => Math.max(1000, (span_ms / pixels) * 6);

/** Rows between two times at which at least one of the wanted series is known.
 * @param {Lines} lines @param {number} from_ms @param {number} to_ms @param {number[]} wanted series
 * @returns {number[]} rows */
export function known_rows({ x, ys }, from_ms, to_ms, wanted) {
  const rows = [];
  for (let i = 0; i < x.length; i++) {
    if (x[i] >= from_ms && x[i] <= to_ms && wanted.some((s) => ys[s][i] !== null && ys[s][i] !== undefined)) rows.push(i);
  }
  return rows;
}

/**
 * Moves a cursor by so many points, of which several may stand at one time: a step always
 * goes to another time.
 * @param {number[]} x @param {number[]} rows as known_rows gives them @param {number} time_ms where the
 *   cursor is, NaN for nowhere @param {number} steps @returns {number} a time, NaN where there is none
 */
export function step_time(x, rows, time_ms, steps) {
  const times = [];
  for (const row of rows) if (times[times.length - 1] !== x[row]) times.push(x[row]);
  if (times.length === 0) return NaN;
  if (Number.isNaN(time_ms)) return steps === -Infinity ? times[0] : times[times.length - 1];
  const at = nearest_row(times, time_ms) + steps;
  return times[Math.max(0, Math.min(times.length - 1, at))];
}

/** At most so many of the rows, evenly, with the first and the last. @param {number[]} rows @param {number} most */
export function thin_rows(rows, most) {
  if (rows.length <= most) return rows;
  return Array.from({ length: most }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (most - 1))]);
}

/** @param {Lines} lines @param {number[]} rows @param {Named[]} series @param {number[]} wanted series */
export function lines_csv({ x, ys }, rows, series, wanted) {
  return csv(['time', ...wanted.map((s) => series[s].key)],
    rows.map((row) => [iso_time(x[row]), ...wanted.map((s) => ys[s][row])]));
}

/**
 * One series between two times. A line's mean is weighted by time, since its points are not
 * evenly spaced; where it has a gap it has no weight. Events count one each.
 * @param {number[]} x @param {(number|null)[]} y @param {number} from_ms @param {number} to_ms @param {boolean} events
 * @returns {{count: number, least: number, mean: number, greatest: number, last: number}} NaN is not known
 */
export function series_stats(x, y, from_ms, to_ms, events) {
  let [count, least, greatest, last, sum, area, weight] = [0, Infinity, -Infinity, NaN, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const value = y[i];
    if (value === null || value === undefined || x[i] < from_ms || x[i] > to_ms) continue;
    count += 1;
    sum += value;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    last = value;
    const before = i > 0 ? y[i - 1] : null;
    if (before !== null && x[i - 1] >= from_ms) {
      area += ((value + before) / 2) * (x[i] - x[i - 1]);
      weight += x[i] - x[i - 1];
    }
  }
  if (count === 0) return { count, least: NaN, mean: NaN, greatest: NaN, last };
  return { count, least, mean: !events && weight > 0 ? area / weight : sum / count, greatest, last };
}

/** The keys of hidden series in the address: "memory.rss,rates.freed" → those of one chart.
 * @param {string | undefined} word @param {string} chart @returns {Set<string>} */
export function hidden_keys(word, chart) {
  return new Set((word ?? '').split(',').filter((w) => w.startsWith(`${chart}.`)).map((w) => w.slice(chart.length + 1)));
}

/** The word with one series hidden or shown. @param {string | undefined} word @param {string} chart @param {string} key @param {boolean} hide */
export function with_hidden(word, chart, key, hide) {
  const full = `${chart}.${key}`;
  const others = (word ?? '').split(',').filter((w) => w && w !== full);
  return (hide ? [...others, full] : others).join(',');
}
