// archive.js - asks the daemon's history for what a window shows and the page did not see.
//
//   window ──► history.hole() ──► covered by a slab? ──► one question a heap at a time
//
// Looked at when the window moves, never in a frame. An answer that comes too late for
// its window is still kept: somebody may come back.
// @ts-check
import { Slab } from './stored.js';

const PAGE = 1000;
/** Collections of a window that are fetched whole: the newest. */
const PAGES = 3;
/** The same question is not asked again before. */
const AGAIN_MS = 20000;
/** From one slab to the next: a session may ask twenty times a second, and others ask too. */
const PACE_MS = 300;
/** Records of a window that a table shows, and how long the window stands still before they are asked for. */
const RECORDS = 200;
const STILL_MS = 150;

/**
 * @param {{store: any, ask: (method: string, params: any) => Promise<any>, signal: <T>(value: T) => {value: T, peek(): T},
 *   now: () => number, on_data: () => void, set_timer?: (f: () => void, ms: number) => any, clear_timer?: (timer: any) => void}} parts
 */
export function createArchive({
  store, ask, signal, now, on_data, set_timer = (f, ms) => setTimeout(f, ms), clear_timer = (timer) => clearTimeout(timer),
}) {
  /** What the views say of times that the page did not see: idle | loading | ready | none | off | error. */
  const past = signal(/** @type {any} */ ({ kind: 'idle' }));
  /** Heaps that are being asked about. */ const busy = new Set();
  /** When which question was of no use. @type {Map<string, number>} */ const vain = new Map();
  /** When which records were asked for. @type {Map<string, number>} */ const asked = new Map();
  let off = '';
  let last_ms = -Infinity;
  /** @type {any} */ let pacing = null;
  /** Runs while a window of the past stands still. @type {any} */ let still = null;

  const tell = (/** @type {any} */ next) => {
    const old = past.peek();
    if (old.kind !== next.kind || old.error !== next.error) past.value = next;
  };

  /** @param {string} heap @param {{from_ms: number, to_ms: number}} wide @param {{from_ms: number, to_ms: number} | null} hole */
  async function fetch_slab(heap, wide, hole) {
    const samples = await ask('history.samples', { heap, from_ms: wide.from_ms, to_ms: wide.to_ms });
    /** @type {any[]} */ const records = [];
    let from_ms = hole ? hole.from_ms : Infinity;
    let cursor;
    for (let page = 0; hole && page < PAGES; page++) {
      const answer = await ask('history.collections', { heap, ...hole, limit: PAGE, ...(cursor ? { cursor } : {}) });
      records.push(...answer.collections);
      cursor = answer.next_cursor;
      if (!cursor) break;
    }
    // More is stored than was fetched: all is known only since the oldest that came.
    if (cursor && records.length > 0) from_ms = records[records.length - 1].time_ms + 1;
    return new Slab(wide, samples, records, from_ms, hole ? hole.to_ms : Infinity);
  }

  /** Of times that the page saw it keeps the numbers of every collection, but the newest records only. */
  async function ask_records() {
    const heap = store.heap();
    const fixed = store.fixed.peek();
    if (!fixed || !heap || heap.kind === 'recording' || busy.has(heap.id) || store.connection.peek().kind !== 'open') return;
    const history = store.history(heap.id);
    const question = `${heap.id} records ${fixed.from_ms} ${fixed.to_ms}`;
    if (off === store.hello.peek()?.instance || now() - (asked.get(question) ?? -Infinity) < AGAIN_MS) return;
    if (history.has_records(fixed.from_ms, fixed.to_ms, RECORDS)) return;
    if (asked.size > 200) asked.clear();
    asked.set(question, now());
    busy.add(heap.id);
    try {
      const { collections } = await ask('history.collections', {
        heap: heap.id, from_ms: Math.max(0, Math.floor(fixed.from_ms)), to_ms: Math.ceil(fixed.to_ms) + 1, limit: RECORDS,
      });
      history.stored.add_records(collections);
      on_data();
    } catch { /* the table shows what the page has */ } finally {
      busy.delete(heap.id);
    }
    archive.look();
  }

  const archive = {
    past,

    /** The window may have moved: asks for what is missing. */
    async look() {
      clear_timer(still);
      if (store.fixed.peek()) still = set_timer(ask_records, STILL_MS);
      const heap = store.heap();
      const range = store.window();
      const hello = store.hello.peek();
      if (!heap || !range || !hello || heap.kind === 'recording') {
        tell({ kind: 'idle' });
        return;
      }
      const history = store.history(heap.id);
      const hole = history.hole(range.from_ms, range.to_ms);
      const width_ms = range.to_ms - range.from_ms;
      if (!hole) {
        tell({ kind: 'idle' });
        return;
      }
      /** Whether what was fetched has anything to show. */
      const found = () => {
        const slab = history.stored.best(hole.from_ms, hole.to_ms);
        const first = slab ? slab.x[slab.lower_bound(hole.from_ms)] : NaN;
        tell({ kind: first <= hole.to_ms ? 'ready' : 'none' });
      };
      if (history.stored.covers(hole, width_ms)) {
        found();
        return;
      }
      if (off === hello.instance) {
        tell({ kind: 'off' });
        return;
      }
      if (store.connection.peek().kind !== 'open') return;
      // Half a window more on each side: small steps of scrubbing ask nothing.
      const wide = {
        from_ms: Math.max(0, Math.floor(hole.from_ms - width_ms / 2)),
        to_ms: Math.ceil(Math.min(hole.to_ms + width_ms / 2, Math.max(hole.to_ms, store.daemon_ms()))),
      };
      const question = `${heap.id} ${Math.round((wide.from_ms / width_ms) * 8)} ${Math.round(width_ms)}`;
      if (busy.has(heap.id)) {
        tell({ kind: 'loading' });
        return;
      }
      if (now() - (vain.get(question) ?? -Infinity) < AGAIN_MS) {
        if (past.peek().kind !== 'error') found();
        return;
      }
      if (vain.size > 200) vain.clear();
      const wait_ms = last_ms + PACE_MS - now();
      if (wait_ms > 0) { // a drag passes many windows: only some are asked about, and the last
        tell({ kind: 'loading' });
        clear_timer(pacing);
        pacing = set_timer(() => archive.look(), wait_ms);
        return;
      }
      last_ms = now();
      busy.add(heap.id);
      tell({ kind: 'loading' });
      try {
        history.stored.add(await fetch_slab(heap.id, wide, {
          from_ms: Math.max(0, Math.floor(hole.from_ms)), to_ms: Math.ceil(hole.to_ms) + 1,
        }));
        if (!history.stored.covers(hole, width_ms)) vain.set(question, now()); // history has it no finer
        on_data();
      } catch (/** @type {any} */ error) {
        if (error.name === 'limit' || error.name === 'busy') { // the session asked for too much at once: a little later
          tell({ kind: 'loading' });
          busy.delete(heap.id);
          set_timer(() => archive.look(), (error.data?.retry_after_ms ?? 0) + PACE_MS);
          return;
        }
        vain.set(question, now());
        if (error.name === 'not_supported') off = hello.instance;
        if (error.name === 'no_such_heap') tell({ kind: 'none' });
        else tell({ kind: error.name === 'not_supported' ? 'off' : 'error', error });
        return;
      } finally {
        busy.delete(heap.id);
      }
      archive.look();
    },

    /** The course of a whole stretch, for the strip: samples alone. @param {string} heap @param {{from_ms: number, to_ms: number}} span */
    course: (heap, span) => fetch_slab(heap, span, null),
  };
  return archive;
}
