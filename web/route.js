// route.js - what of the state stands in the address:
//
//   #/pools?heap=documents&range=120&from=…&to=…&at=…&class=64
//
// `range` is the width of the live window in seconds; `from` and `to` are a window that
// stands still, `at` a pinned moment (all three milliseconds of the daemon's clock);
// every other word belongs to the view. A fragment, so that any base path works and
// nothing is asked of the server; never anything secret.
// @ts-check

/**
 * @typedef {{view: string, heap: string, range_s: number,
 *   fixed: {from_ms: number, to_ms: number} | null, at_ms: number,
 *   params: Record<string, string>}} Route `at_ms` is NaN where nothing is pinned
 */

/** @param {string} hash @returns {Route} */
export function parse_route(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const { heap = '', range, from, to, at, ...params } = Object.fromEntries(new URLSearchParams(query));
  const fixed = { from_ms: Number(from), to_ms: Number(to) };
  return {
    view: path,
    heap,
    range_s: Number(range) || 0,
    fixed: from !== undefined && fixed.to_ms > fixed.from_ms ? fixed : null,
    at_ms: at === undefined ? NaN : Number(at),
    params,
  };
}

/** @param {{view: string, heap?: string, range_s: number, fixed?: Route['fixed'], at_ms?: number,
 *   params?: Record<string, string>}} route */
export function format_route({ view, heap, range_s, fixed, at_ms = NaN, params = {} }) {
  const words = new URLSearchParams();
  if (heap) words.set('heap', heap);
  words.set('range', String(range_s));
  if (fixed) {
    words.set('from', String(Math.round(fixed.from_ms)));
    words.set('to', String(Math.round(fixed.to_ms)));
  }
  if (!Number.isNaN(at_ms)) words.set('at', String(Math.round(at_ms)));
  for (const [name, value] of Object.entries(params)) if (value !== '') words.set(name, value);
  return `#/${view}?${words}`;
}
