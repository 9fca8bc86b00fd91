// stories.js - answers to the two questions that bring people here, from what the page saw:
//
//   Did that pause come from us?                 pause_story
//   Collected, but why did memory not fall?      memory_story
//
// They give kinds and numbers; the view makes sentences. What cannot be known is NaN.
// @ts-check

/** @typedef {import('./history.js').History} History */

/**
 * What the collector did around a moment or, without one, its longest pause of a window.
 *
 * @param {History} history @param {number} from_ms @param {number} to_ms
 * @param {number} pinned_ms the moment in question, or NaN @param {number} around_ms how far from it still counts
 * @returns {{kind: 'none' | 'worst' | 'hit' | 'miss' | 'unseen', n: number, total_ns: number,
 *   time_ms: number, generation: number, pause_ns: number, away_ms: number, record: any}}
 *   `time_ms`, `generation`, `pause_ns` and `record` are of the longest collection in question, for
 *   'miss' of the nearest one; `away_ms` is its distance, negative when it came before
 */
export function pause_story(history, from_ms, to_ms, pinned_ms, around_ms) {
  const story = { kind: /** @type {any} */ ('none'), n: 0, total_ns: 0, time_ms: NaN, generation: NaN, pause_ns: NaN, away_ms: NaN, record: null };
  const asked = pinned_ms >= from_ms && pinned_ms <= to_ms;
  if (asked && pinned_ms < history.oldest_ms()) return { ...story, kind: 'unseen' };
  let nearest = Infinity;
  history.each_event(from_ms, to_ms + around_ms, (time, generation, pause) => {
    const took_ms = pause > 0 ? pause / 1e6 : 0;
    // A collection is a stretch that ends at its time.
    const away = !asked ? 0 : time < pinned_ms ? time - pinned_ms : Math.max(0, time - took_ms - pinned_ms);
    if (Math.abs(away) > (asked ? around_ms : 0)) {
      if (Math.abs(away) < nearest && story.n === 0) {
        nearest = Math.abs(away);
        Object.assign(story, { kind: 'miss', time_ms: time, generation, pause_ns: pause, away_ms: away });
      }
      return;
    }
    if (story.n === 0) Object.assign(story, { pause_ns: NaN, away_ms: NaN });
    story.kind = asked ? 'hit' : 'worst';
    story.n += 1;
    story.total_ns += pause > 0 ? pause : 0;
    if (!(pause <= story.pause_ns)) Object.assign(story, { time_ms: time, generation, pause_ns: pause });
  });
  if (asked && story.kind === 'none') story.kind = 'miss';
  story.record = history.records.find((r) => r.pause_ns === story.pause_ns && r.generation === story.generation
    && Math.abs(r.time_ms - story.time_ms) < 1000) ?? null;
  return story;
}

/** The phase that took most of a pause. @param {any} record @returns {{name: string, share: number} | null} */
export function longest_phase(record) {
  const phases = Object.entries(record?.phases_ns ?? {});
  const total = phases.reduce((sum, [, ns]) => sum + ns, 0);
  if (!(total > 0)) return null;
  const [name, ns] = phases.reduce((most, phase) => (phase[1] > most[1] ? phase : most));
  return { name, share: ns / total };
}

/**
 * What the collections of a window freed, and where it is now.
 *
 * @param {History} history @param {number} from_ms @param {number} to_ms
 */
export function memory_story(history, from_ms, to_ms) {
  let [collections, collected, freed_bytes] = [0, 0, NaN];
  history.each_event(from_ms, to_ms, (_time, _generation, _pause, _threshold, objects, bytes) => {
    collections += 1;
    if (objects > 0) collected += objects;
    if (!Number.isNaN(bytes)) freed_bytes = (Number.isNaN(freed_bytes) ? 0 : freed_bytes) + bytes;
  });
  const names = ['held_bytes', 'live_bytes', 'arenas_released', 'rss_bytes'];
  const { ys } = history.window(from_ms, to_ms, names);
  // Pools are told less often than the rest: a row need not know all.
  const [held, live, released, resident] = ys.map((y) => {
    const known = y.filter((v) => v !== null);
    return known.length === 0 ? { last: NaN, change: NaN } : { last: known[known.length - 1], change: known[known.length - 1] - known[0] };
  });
  const arenas = history.pools?.arenas;
  // A total that fell belongs to another daemon.
  const released_arenas = released.change >= 0 ? released.change : NaN;
  return {
    collections, collected, freed_bytes, held_bytes: held.last, released_arenas,
    released_bytes: arenas?.in_use > 0 ? (released_arenas * arenas.bytes) / arenas.in_use : NaN,
    // Held from the system, used by no object. Samples and pools come at different moments.
    free_bytes: Math.max(0, held.last - live.last),
    resident_change: resident.change,
  };
}
