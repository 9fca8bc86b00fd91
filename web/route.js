// route.js - what of the state stands in the address: "#/pools?heap=documents&range=120".
//
// A fragment, so that any base path works and nothing is asked of the server; never
// anything secret.
// @ts-check

/** @param {string} hash @returns {{view: string, heap: string, range_s: number}} */
export function parse_route(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?');
  const params = new URLSearchParams(query);
  return { view: path, heap: params.get('heap') ?? '', range_s: Number(params.get('range')) || 0 };
}

/** @param {{view: string, heap?: string, range_s: number}} route */
export function format_route({ view, heap, range_s }) {
  const params = new URLSearchParams();
  if (heap) params.set('heap', heap);
  params.set('range', String(range_s));
  return `#/${view}?${params}`;
}
