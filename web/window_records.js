// window_records.js - every collection of a window, as the daemon recorded it.
//
// The page keeps the newest two hundred; the daemon's history has all. Where that cannot
// answer (no history, no connection), what the page has is all there is.
// @ts-check

const PAGE = 1000;
const MOST = 100000;

/**
 * @param {{history: {records: any[]}, heap: string, from_ms: number, to_ms: number,
 *   ask: (method: string, params: any) => Promise<any>}} parts
 * @returns {Promise<{records: any[], complete: boolean}>} oldest first; not complete: older ones are missing
 */
export async function window_records({ history, heap, from_ms, to_ms, ask }) {
  const inside = (/** @type {any} */ r) => r.time_ms >= from_ms && r.time_ms <= to_ms;
  const kept = history.records.filter(inside).map(({ key: _key, ...record }) => record);
  // Nothing older is missing when the oldest that is kept stands before the window.
  if (history.records.length > 0 && history.records[0].time_ms < from_ms) return { records: kept, complete: true };
  /** @type {any[]} */ const stored = [];
  let cursor;
  try {
    do {
      const page = await ask('history.collections', {
        heap, from_ms: Math.floor(from_ms), to_ms: Math.floor(to_ms) + 1, limit: PAGE, ...(cursor ? { cursor } : {}),
      });
      stored.push(...page.collections.filter(inside));
      cursor = page.next_cursor;
    } while (cursor && stored.length < MOST);
  } catch {
    return { records: kept, complete: false };
  }
  // The newest may not have reached the daemon's file yet.
  const known = new Set(stored.map((r) => r.seq));
  return { records: [...stored.reverse(), ...kept.filter((r) => !known.has(r.seq))], complete: !cursor };
}
