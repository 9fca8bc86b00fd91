// compare.js - two stretches of a heap's stored time, as rows of a table and one sentence.
//
//   history.compare's answer ──► [{key, a, b, ratio, kind}]   kind: how a value is written
//
// Pure. What a side does not know is NaN; a ratio needs both sides and an A above zero.
// @ts-check

/** @typedef {{from_ms: number, to_ms: number}} Span */

/** Pairs that people ask for: A is the earlier one. @type {{key: string, of: (now_ms: number) => {a: Span, b: Span}}[]} */
export const PAIRS = [
  { key: 'minutes', of: (now_ms) => before_and_now(now_ms, 10 * 60000, 10 * 60000) },
  { key: 'hours', of: (now_ms) => before_and_now(now_ms, 3600000, 3600000) },
  { key: 'yesterday', of: (now_ms) => before_and_now(now_ms, 3600000, 24 * 3600000) },
];

/** @param {number} now_ms @param {number} length_ms @param {number} apart_ms */
function before_and_now(now_ms, length_ms, apart_ms) {
  const b = { from_ms: now_ms - length_ms, to_ms: now_ms };
  return { a: { from_ms: b.from_ms - apart_ms, to_ms: b.to_ms - apart_ms }, b };
}

/** "1000-2000" in the address. @param {string | undefined} text @returns {Span | null} */
export function parse_span(text) {
  const found = /^(\d{1,16})-(\d{1,16})$/.exec(text ?? '');
  if (!found) return null;
  const span = { from_ms: Number(found[1]), to_ms: Number(found[2]) };
  return span.to_ms > span.from_ms ? span : null;
}

/** @param {Span} span */
export function format_span({ from_ms, to_ms }) {
  return `${Math.max(0, Math.floor(from_ms))}-${Math.ceil(to_ms)}`;
}

const number = (/** @type {unknown} */ v) => (typeof v === 'number' ? v : NaN);
const per_second = (/** @type {unknown} */ n, /** @type {any} */ side) => (side.covered_ms > 0 ? (number(n) * 1000) / side.covered_ms : NaN);

/** Each row: a value of one side. @type {{key: string, kind: string, of: (side: any) => number}[]} */
const ROWS = [
  { key: 'collections', kind: 'rate', of: (s) => number(s.collections_per_s ?? per_second(s.collections, s)) },
  { key: 'pause_share', kind: 'percent', of: (s) => number(s.pause_share) },
  { key: 'pause_p50', kind: 'duration', of: (s) => number(s.pause_ns?.p50) },
  { key: 'pause_p99', kind: 'duration', of: (s) => number(s.pause_ns?.p99) },
  { key: 'pause_max', kind: 'duration', of: (s) => number(s.pause_ns?.max) },
  { key: 'allocated', kind: 'rate', of: (s) => number(s.allocated_objects_per_s) },
  { key: 'allocated_bytes', kind: 'byte_rate', of: (s) => number(s.allocated_bytes_per_s) },
  { key: 'collected', kind: 'rate', of: (s) => per_second(s.collected, s) },
  { key: 'freed_bytes', kind: 'byte_rate', of: (s) => per_second(s.freed_bytes, s) },
  { key: 'live_bytes', kind: 'bytes', of: (s) => number(s.live_bytes_mean) },
  { key: 'uncollectable', kind: 'count', of: (s) => number(s.uncollectable) },
];

/**
 * @param {{a: any, b: any}} answer of history.compare
 * @returns {{key: string, generation?: number, kind: string, a: number, b: number, ratio: number}[]}
 */
export function compare_rows({ a, b }) {
  const row = (/** @type {any} */ base, /** @type {number} */ va, /** @type {number} */ vb) => ({
    ...base, a: va, b: vb, ratio: va > 0 && !Number.isNaN(vb) ? vb / va : NaN,
  });
  const rows = ROWS.map(({ key, kind, of }) => row({ key, kind }, of(a), of(b)));
  for (const generation of [0, 1, 2]) {
    const [ga, gb] = [a.generations?.[generation] ?? {}, b.generations?.[generation] ?? {}];
    rows.push(row({ key: 'gen_collections', generation, kind: 'rate' }, per_second(ga.collections, a), per_second(gb.collections, b)));
    rows.push(row({ key: 'gen_pause_p99', generation, kind: 'duration' }, number(ga.pause_ns?.p99), number(gb.pause_ns?.p99)));
  }
  return rows.filter((r) => !(Number.isNaN(r.a) && Number.isNaN(r.b)));
}

/** Differences that one sentence should name: the largest that are no noise, at most three.
 * @param {ReturnType<typeof compare_rows>} rows */
export function told(rows) {
  const large = (/** @type {number} */ ratio) => Math.abs(Math.log(ratio));
  return rows
    .filter((r) => r.generation === undefined && r.ratio > 0 && large(r.ratio) > Math.log(1.1))
    .sort((x, y) => large(y.ratio) - large(x.ratio)).slice(0, 3);
}
