// type_rows.js - a census and what grew since a baseline, as rows of one table.
//
// What was not told is NaN, and stands at the end whatever the order.
// @ts-check

/** Columns in their order; those of growth exist only beside a baseline. */
export const CENSUS = ['type', 'objects', 'bytes', 'share'];
export const GROWTH = ['type', 'grown_objects', 'grown_bytes', 'objects', 'bytes', 'share'];

/**
 * @param {{types: any[], truncated: boolean}} census
 * @param {{types: any[], truncated: boolean} | null} growth
 */
export function type_rows(census, growth) {
  // Growth tells the types that changed: of the others it says "no change" only if it told all.
  const same = growth && !growth.truncated ? 0 : NaN;
  /** @type {Map<string, any>} */ const rows = new Map(census.types.map((row) => [row.type, { grown_objects: same, grown_bytes: same, ...row }]));
  for (const row of growth?.types ?? []) rows.set(row.type, row);
  const all = [...rows.values()];
  const total = census.truncated ? NaN : all.reduce((sum, row) => sum + row.bytes, 0);
  return all.map((row) => ({ ...row, share: row.bytes / total }));
}

/**
 * The order that an address names ("objects", "-objects": the largest first), else the usual
 * one: what grew most, or what is largest.
 * @param {string | undefined} text @param {boolean} grows a baseline is chosen
 */
export function order_of(text, grows) {
  const key = text?.replace(/^-/, '') ?? '';
  if (!(grows ? GROWTH : CENSUS).includes(key)) return { key: grows ? 'grown_bytes' : 'bytes', down: true };
  return { key, down: text !== key };
}

/** What a header asks for: the other direction, or a new column with its natural one.
 * @param {{key: string, down: boolean}} order @param {string} key */
export function next_order(order, key) {
  const down = order.key === key ? !order.down : key !== 'type';
  return down ? `-${key}` : key;
}

/** @param {any[]} rows @param {{key: string, down: boolean}} order */
export function sort_rows(rows, { key, down }) {
  const by_name = (/** @type {any} */ a, /** @type {any} */ b) => (a.type < b.type ? -1 : Number(a.type > b.type));
  return [...rows].sort((a, b) => {
    if (key === 'type') return down ? by_name(b, a) : by_name(a, b);
    const unknown = Number(Number.isNaN(a[key])) - Number(Number.isNaN(b[key]));
    return unknown || (down ? b[key] - a[key] : a[key] - b[key]) || by_name(a, b);
  });
}
