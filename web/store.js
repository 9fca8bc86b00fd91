// store.js - the page's state; the only place where it changes.
//
// Two kinds. Small state lives in signals: views that read one are drawn again when
// it changes. History lives in rings outside of them, because ten samples a second
// must not draw anything by themselves: they mark the frame, and the frame moves
// `beat` (twice a second, for figures and tables) and calls the charts.
// @ts-check
import { History } from './history.js';

export const RANGES_S = [10, 30, 120, 600, 3600, 21600, 86400];
export const VIEWS = ['overview', 'collections', 'pools', 'objects', 'types', 'heaps', 'playground', 'settings'];
const ZOOMS = 50;
export const INTERVAL_MS = 100;

/** A heap is stale after two missed samples, but a busy moment is not a fault. */
const STALE_LEAST_MS = 1000;
/** Entries of the audit that stay on show. */
const AUDIT_ENTRIES = 200;
const BEAT_MS = 500;
const SCRUB_BEAT_MS = 150;

/**
 * @param {{
 *   signal: <T>(value: T) => {value: T, peek(): T},
 *   now: () => number,
 *   on_data: () => void,
 * }} parts `now` is a clock of the page in milliseconds; `on_data` marks the frame
 */
export function createStore({ signal, now, on_data }) {
  const s = {
    /** @type {{value: any, peek(): any}} */
    connection: signal({ kind: 'connecting' }),
    /** @type {{value: any, peek(): any}} */
    hello: signal(null),
    /** @type {{value: any[], peek(): any[]}} */
    heaps: signal(/** @type {any[]} */ ([])),
    chosen: signal(''),
    view: signal('overview'),
    range_s: signal(10),
    /** A window that stands still (paused, zoomed, scrubbed), or null while live. @type {{value: {from_ms: number, to_ms: number} | null, peek(): any}} */
    fixed: signal(/** @type {any} */ (null)),
    /** The moment that the crosshair is pinned to on every chart and table, or NaN. */
    pinned_ms: signal(NaN),
    /** Words of the view in the address: {name: text}. @type {{value: Record<string, string>, peek(): any}} */
    params: signal(/** @type {Record<string, string>} */ ({})),
    /** What the chip says: {kind, seconds?, hertz?}; see `refresh`. @type {{value: any, peek(): any}} */
    status: signal({ kind: 'connecting' }),
    /** The last command's answer: {heap, generation, pending?|record?|prediction?|error?}. @type {{value: any, peek(): any}} */
    answer: signal(null),
    /** Things that happened and that a reader must know: {kind, …}. @type {{value: any, peek(): any}} */
    notice: signal(null),
    /** Between two samples, as the page asks for them. */
    interval_ms: signal(INTERVAL_MS),
    /** Commands as they end, newest first; told only while somebody follows them. @type {{value: any[], peek(): any[]}} */
    audit: signal(/** @type {any[]} */ ([])),
    /** Whether there is a window to go back to, and one to go forward to. */
    steps: signal({ back: false, forward: false }),
    /** Rises twice a second while anything changes and nobody paused. */
    beat: signal(0),
  };

  /** @type {Map<string, History>} */ const histories = new Map();
  /** Heaps that came from files: they stay whatever the daemon says. @type {any[]} */ let recordings = [];
  /** When the newest sample of a heap arrived, on the page's clock. @type {Map<string, number>} */
  const arrivals = new Map();
  /** Windows to go back and forward to. @type {{back: any[], forward: any[]}} */
  const zooms = { back: [], forward: [] };
  /** Entries of the audit since the last frame, newest first. @type {any[]} */ let told = [];
  /** The window of the last pause: any other that stands still is the past. @type {any} */ let paused = null;
  /** From the page's clock to the daemon's. */
  let ahead_ms = NaN;
  let last_beat = -Infinity;
  let owes_beat = false;
  /** The window went on without a beat: one follows, standing or not. */ let scrubbed = false;

  /** @param {string} id */
  function history(id) {
    let found = histories.get(id);
    if (!found) {
      found = new History(s.interval_ms.peek());
      histories.set(id, found);
    }
    return found;
  }

  const has = (/** @type {any} */ heap, /** @type {string} */ capability) => Boolean(
    heap?.capabilities?.includes(capability));

  const store = {
    ...s,
    history,

    /** The heap on show: the playground's own view always shows one that takes statements. */
    heap() {
      const heaps = s.heaps.value;
      const chosen = heaps.find((h) => h.id === s.chosen.value);
      if (s.view.value === 'playground') {
        return has(chosen, 'repl') ? chosen : heaps.find((h) => has(h, 'repl')) ?? null;
      }
      return chosen ?? heaps[0] ?? null;
    },

    /** Whether the heap on show takes this command from this session. @param {string} capability */
    can(capability) {
      return s.hello.value?.role === 'operator' && !s.hello.value.read_only && has(store.heap(), capability);
    },

    /** The times between which everything is drawn, or null before the first sample. */
    window() {
      const heap = store.heap();
      if (!heap) return null;
      if (s.fixed.peek()) return s.fixed.peek();
      const end = history(heap.id).newest_ms();
      if (Number.isNaN(end)) return null;
      return { from_ms: end - s.range_s.value * 1000, to_ms: end };
    },

    // What the daemon says.

    /** @param {any} state of the socket */
    set_connection(state) {
      s.connection.value = state;
      if (state.kind !== 'open') arrivals.clear();
      store.refresh();
    },

    /** @param {any} hello */
    greet(hello) {
      const before = s.hello.peek();
      if (before && before.instance !== hello.instance) {
        for (const h of histories.values()) h.restart(hello.time_ms);
        s.notice.value = { kind: 'restarted', time_ms: hello.time_ms };
      }
      ahead_ms = hello.time_ms - now();
      s.hello.value = hello;
      store.refresh();
    },

    /** The daemon's clock now; NaN before its greeting. */
    daemon_ms: () => now() + ahead_ms,

    /** Shown in the next frame, however many come. @param {any} entry */
    add_audit(entry) {
      told.unshift(entry);
      if (told.length > AUDIT_ENTRIES) told.pop();
      on_data();
    },

    /** How often samples come from now on. @param {number} ms */
    set_interval(ms) {
      s.interval_ms.value = ms;
      // What came slower before is no gap.
      for (const [id, past] of histories) if (!recordings.some((h) => h.id === id)) past.interval_ms = Math.max(past.interval_ms, ms);
      store.refresh();
    },

    /** @param {any[]} heaps */
    set_heaps(heaps) {
      s.heaps.value = [...heaps, ...recordings];
    },

    /** A recording becomes one more heap, and is shown from end to end.
     * @param {any} heap of kind "recording" @param {{samples: any[], records: any[], pools: any}} told */
    add_recording(heap, { samples, records, pools }) {
      const step_ms = samples.length > 1 ? (samples[samples.length - 1].time_ms - samples[0].time_ms) / (samples.length - 1) : INTERVAL_MS;
      const past = new History(Math.max(INTERVAL_MS, Math.round(step_ms)),
        { fine_rows: Math.max(2, samples.length), event_rows: Math.max(2, records.length), records: Math.max(1, records.length) });
      if (pools) past.add_pools({ ...pools, heap: heap.id });
      for (const sample of samples) past.add_sample({ ...sample, heap: heap.id });
      for (const record of records) past.add_collection({ ...record, heap: heap.id });
      histories.set(heap.id, past);
      recordings = [...recordings, heap];
      s.heaps.value = [...s.heaps.peek(), heap];
      store.choose(heap.id);
      const times = [...samples.slice(0, 1), ...samples.slice(-1), ...records.slice(0, 1), ...records.slice(-1)].map((r) => r.time_ms);
      if (times.length > 1) store.zoom({ from_ms: Math.min(...times), to_ms: Math.max(...times) + 1 });
    },

    /** @param {string} id */
    remove_recording(id) {
      recordings = recordings.filter((h) => h.id !== id);
      s.heaps.value = s.heaps.peek().filter((h) => h.id !== id);
      histories.delete(id);
      if (s.chosen.peek() !== id) return;
      store.choose('');
      if (s.fixed.peek()) store.zoom(null);
    },

    /** @param {{event: string, heap: any}} change */
    change_heap({ event, heap }) {
      const others = s.heaps.peek().filter((h) => h.id !== heap.id);
      if (event === 'removed') s.heaps.value = others;
      else if (others.length === s.heaps.peek().length) s.heaps.value = [...others, heap];
      else s.heaps.value = s.heaps.peek().map((h) => (h.id === heap.id ? heap : h));
    },

    /** @param {any} sample */
    add_sample(sample) {
      history(sample.heap).add_sample(sample);
      arrivals.set(sample.heap, now());
      // What came with the least delay tells the daemon's clock best.
      ahead_ms = Math.max(ahead_ms, sample.time_ms - now());
      // Only a sample moves the window, and only that of the heap on show moves what is drawn:
      // all else waits for that frame, or for the clock.
      if (sample.heap === store.heap()?.id || s.view.peek() === 'heaps') on_data();
      else owes_beat = true;
    },

    /** @param {any} record */
    add_collection(record) {
      if (history(record.heap).add_collection(record)) owes_beat = true;
    },

    /** @param {any} pools */
    add_pools(pools) {
      history(pools.heap).add_pools(pools);
      owes_beat = true;
    },

    /** @param {any} lagged */
    note_lag(lagged) {
      s.notice.value = { kind: 'lagged', heap: lagged.heap, topic: lagged.topic, lost: lagged.lost };
    },

    // What the viewer does.

    /** @param {string} view @param {Record<string, string>} [params] */
    show(view, params = {}) {
      if (!VIEWS.includes(view)) return;
      s.view.value = view;
      s.params.value = params;
    },

    /** One word of the view in the address; '' takes it out. @param {string} name @param {string} value */
    set_param(name, value) {
      const { [name]: _old, ...others } = s.params.peek();
      s.params.value = value === '' ? others : { ...others, [name]: value };
    },

    /** @param {string} id */
    choose(id) {
      s.chosen.value = id;
      store.refresh();
      on_data();
    },

    /** @param {number} seconds */
    set_range(seconds) {
      if (!RANGES_S.includes(seconds)) return;
      s.range_s.value = seconds;
      redraw();
    },

    /** Puts every view at these times; null is live. @param {{from_ms: number, to_ms: number} | null} window */
    zoom(window) {
      zooms.back.push(s.fixed.peek());
      if (zooms.back.length > ZOOMS) zooms.back.shift();
      zooms.forward = [];
      s.fixed.value = window;
      note_steps();
      redraw();
    },

    /** Goes on with the zoom that was begun: no step of its own to go back to. @param {{from_ms: number, to_ms: number}} window */
    scrub(window) {
      owes_beat = scrubbed = true;
      s.fixed.value = window;
      if (now() - last_beat < SCRUB_BEAT_MS) on_data(); // charts follow at once, figures a few times a second
      else redraw();
    },

    /** Whether the window is on its way by a gesture. */
    scrubs: () => scrubbed,

    redraw,

    /** To the window before or after the last zoom. @param {-1 | 1} step @returns {boolean} false: there is none */
    go(step) {
      const [from, to] = step < 0 ? [zooms.back, zooms.forward] : [zooms.forward, zooms.back];
      if (from.length === 0) return false;
      to.push(s.fixed.peek());
      s.fixed.value = from.pop();
      note_steps();
      redraw();
      return true;
    },

    /** @param {boolean} on */
    pause(on) {
      if (on === (s.fixed.peek() !== null)) return;
      const window = on ? store.window() : null;
      if (window) paused = { ...window };
      if (!on || window) store.zoom(on ? paused : null);
    },

    /** Pins the crosshair; NaN takes the pin out. @param {number} time_ms */
    pin(time_ms) {
      s.pinned_ms.value = time_ms;
      redraw();
    },

    /** @param {any} answer */
    set_answer(answer) {
      s.answer.value = answer;
    },

    dismiss() {
      s.notice.value = null;
    },

    // What time does.

    /** Brings the chip up to date; cheap, and changes nothing when nothing changed. */
    refresh() {
      const next = status();
      const old = s.status.peek();
      if (next.kind !== old.kind || next.seconds !== old.seconds || next.hertz !== old.hertz) {
        s.status.value = next;
      }
    },

    /** Called in each frame: something changed. */
    tick() {
      if (told.length > 0) {
        s.audit.value = [...told, ...s.audit.peek()].slice(0, AUDIT_ENTRIES);
        told = [];
      }
      owes_beat = true;
      store.clock();
    },

    /** Called a few times a second: what came last is shown even when nothing follows. */
    clock() {
      store.refresh();
      const time = now();
      if (!owes_beat || (s.fixed.peek() && !scrubbed) || time - last_beat < BEAT_MS) return;
      scrubbed = false;
      owes_beat = false;
      last_beat = time;
      s.beat.value += 1;
    },
  };

  function note_steps() {
    s.steps.value = { back: zooms.back.length > 0, forward: zooms.forward.length > 0 };
  }

  /** Figures and charts move at one and the same moment. */
  function redraw() {
    last_beat = now();
    s.beat.value += 1;
    store.refresh();
    on_data();
  }

  function status() {
    if (store.heap()?.kind === 'recording') return { kind: 'playing' };
    const connection = s.connection.peek();
    if (connection.kind === 'refused' || connection.kind === 'connecting') {
      return { kind: connection.kind };
    }
    if (connection.kind === 'waiting') {
      return { kind: 'waiting', seconds: Math.max(0, Math.ceil((connection.retry_at - now()) / 1000)) };
    }
    if (s.fixed.peek()) return { kind: s.fixed.peek() === paused ? 'paused' : 'viewing' };
    const heap = store.heap();
    const arrived = heap ? arrivals.get(heap.id) : undefined;
    if (arrived === undefined) return { kind: 'connecting' };
    const silent_ms = now() - arrived;
    if (silent_ms > Math.max(STALE_LEAST_MS, 3 * s.interval_ms.peek())) return { kind: 'stale', seconds: Math.floor(silent_ms / 1000) };
    return { kind: 'live', hertz: Math.round(history(heap.id).hertz() ?? 1000 / s.interval_ms.peek()) };
  }

  return store;
}
