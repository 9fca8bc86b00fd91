// pause_buckets.js - the pauses of a window by length, for each generation. Pure.
//
//   1 µs ... 10 µs ... 100 µs ... 1 ms ...     four buckets a decade
// @ts-check
import { quantile } from './stats.js';

const A_DECADE = 4;

/**
 * @param {(visit: (time_ms: number, generation: number, pause_ns: number) => void) => void} each
 * @returns {{buckets: {from_ns: number, counts: number[]}[], most: number,
 *   generations: {n: number, p50: number, p90: number, p99: number, p999: number, max: number}[]}}
 *   `most` is the fullest bucket, all generations together; buckets have no holes between them
 */
export function pause_buckets(each) {
  /** @type {number[][]} */ const pauses = [[], [], []];
  each((_time, generation, pause) => { if (pause > 0) pauses[generation]?.push(pause); });
  for (const list of pauses) list.sort((a, b) => a - b);
  const bucket = (/** @type {number} */ ns) => Math.floor(Math.log10(ns) * A_DECADE + 1e-9);
  const first = Math.min(...pauses.filter((p) => p.length > 0).map((p) => bucket(p[0])));
  const last = Math.max(...pauses.filter((p) => p.length > 0).map((p) => bucket(p[p.length - 1])));
  const buckets = Number.isFinite(first) ? Array.from({ length: last - first + 1 }, (_v, i) => ({
    from_ns: 10 ** ((first + i) / A_DECADE), counts: [0, 0, 0],
  })) : [];
  pauses.forEach((list, g) => { for (const ns of list) buckets[bucket(ns) - first].counts[g] += 1; });
  return {
    buckets,
    most: buckets.reduce((m, b) => Math.max(m, b.counts[0] + b.counts[1] + b.counts[2]), 0),
    generations: pauses.map((p) => ({
      n: p.length, p50: quantile(p, 0.5), p90: quantile(p, 0.9), p99: quantile(p, 0.99), p999: quantile(p, 0.999), max: p.length > 0 ? p[p.length - 1] : NaN,
    })),
  };
}

/** Which records a reader wants to see. @param {any[]} records @param {Record<string, string>} params of the address */
export function chosen_records(records, { gen, reason, least }) {
  const least_ns = Number(least) > 0 ? Number(least) : 0;
  return records.filter((r) => (!gen || String(r.generation) === gen) && (!reason || r.reason === reason) && !(r.pause_ns < least_ns));
}
