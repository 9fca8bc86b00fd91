// What the daemon's history tells, joined to what the page saw itself.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createArchive } from '../../web/archive.js';
import { History } from '../../web/history.js';
import { figures, slope } from '../../web/stats.js';
import { Slab } from '../../web/stored.js';
import { createStore } from '../../web/store.js';
import { after_key, dragged, grip, next_span, scale, SPANS_MS, strip_span, ticks } from '../../web/timeline.js';
import { collection, plain_signal, sample } from './support.js';

const T = 1700000000000;
const spread = (n) => ({ min: n, max: n + 10, mean: n + 5 });

/** Steps of a second from T on: 100 objects each, one collection a step. */
function answer(from_ms, seconds) {
  return {
    step_ms: 1000,
    samples: Array.from({ length: seconds }, (_v, i) => ({
      time_ms: from_ms + i * 1000, samples: 1, seq: i + 1, live_objects: spread(1000 + i), live_bytes: spread(5000),
      tracked_objects: spread(1), allocated_objects: 100, allocated_bytes: 4000, freed_objects: 90,
    })),
  };
}
const records = (from_ms, n) => Array.from({ length: n }, (_v, i) => collection(i + 1, from_ms + i * 1000 + 500, { pause_ns: 1e6 })).reverse();
const slab = (from_ms, seconds) => new Slab({ from_ms, to_ms: from_ms + seconds * 1000 }, answer(from_ms, seconds), records(from_ms, seconds), from_ms);

/** A history that saw ten seconds from T + 60 s on, at 10 Hz. */
function seen() {
  const h = new History(100);
  for (let i = 0; i <= 100; i++) h.add_sample(sample(T + 60000 + i * 100, { live_objects: 1060, allocated_total_objects: 50000 + i * 10, freed_total_objects: i, allocated_total_bytes: i * 400 }));
  return h;
}

test('a window before the page was opened is a hole, and a slab fills it', () => {
  const h = seen();
  assert.deepEqual(h.hole(T + 65000, T + 70000), null);
  const hole = h.hole(T, T + 70000);
  assert.deepEqual(hole, { from_ms: T, to_ms: T + 60000 });
  assert.equal(h.stored.covers(hole, 70000), false);
  h.stored.add(slab(T, 60));
  assert.equal(h.stored.covers(hole, 70000), true);
  const { x, ys: [live, total] } = h.window(T, T + 70000, ['live_objects', 'allocated_total_objects']);
  assert.ok(x.length > 200 && x.every((v, i) => i === 0 || v >= x[i - 1]), 'times rise');
  assert.equal(live[0], 1000);
  assert.ok(!live.includes(null), 'stored and seen meet without a gap');
  const rates = slope(x, total, 2000).filter((v) => v !== null);
  assert.ok(rates.every((v) => Math.abs(v - 100) < 15), `a hundred a second all along: ${Math.min(...rates)} … ${Math.max(...rates)}`);
});

test('figures of a past window come from what was stored', () => {
  const h = seen();
  h.stored.add(slab(T, 60));
  const f = figures(h, T + 10000, T + 40000);
  assert.ok(Math.abs(f.allocated_per_s - 100) < 5, f.allocated_per_s);
  assert.ok(Math.abs(f.collector_share - 0.001) < 0.0001, f.collector_share);
  assert.equal(f.pause_p99_ns, 1e6);
  assert.ok(f.live_objects >= 1039 && f.live_objects <= 1051);
  assert.ok(Number.isNaN(f.uncollectable), 'history does not know it');
  assert.deepEqual(h.records_in(T, T + 5000, 3).map((r) => r.seq), [3, 4, 5]);
});

test('the number of collections is of the time that the figures name', () => {
  const h = seen();
  h.stored.add(slab(T, 60));
  for (let i = 0; i < 5; i++) h.add_collection(collection(100 + i, T + 60500 + i * 1000, { pause_ns: 1e6 }));
  const f = figures(h, T - 100000, T + 70000);
  assert.equal(f.seen_ms, 70000);
  assert.equal(f.collections[0], 65);
});

test('collections of another hour say nothing of this one', () => {
  const h = seen();
  // An hour ago somebody looked at a minute; what lies between was never fetched.
  h.stored.add(new Slab({ from_ms: T - 3600000, to_ms: T - 3540000 }, answer(T - 3600000, 60), records(T - 3600000, 60), T - 3600000));
  assert.equal(h.known_from(T - 3600000, T + 70000), T + 60000, 'known since the page itself saw them');
  let n = 0;
  h.each_event(T - 3600000, T + 70000, () => { n += 1; });
  assert.equal(n, 0);
  assert.equal(figures(h, T - 3600000, T - 3540000).collections[0], 60, 'of that minute all is known');
  // Samples of a wider stretch came along, its collections did not.
  h.stored.add(new Slab({ from_ms: T, to_ms: T + 60000 }, answer(T, 60), records(T, 30), T, T + 30000));
  assert.equal(h.stored.covers({ from_ms: T + 10000, to_ms: T + 30000 }, 20000), true);
  assert.equal(h.stored.covers({ from_ms: T + 20000, to_ms: T + 40000 }, 20000), false);
});

test('collections are counted since the oldest that was fetched, no further', () => {
  const h = seen();
  h.stored.add(new Slab({ from_ms: T, to_ms: T + 60000 }, answer(T, 60), records(T, 60).slice(0, 20), T + 40500));
  assert.equal(h.known_from(T, T + 70000), T + 40500);
  let n = 0;
  h.each_event(T, T + 70000, () => { n += 1; });
  assert.equal(n, 20);
});

test('a time without a connection is a hole in the middle, and its slab fits in', () => {
  const h = seen();
  for (let i = 0; i < 20; i++) h.add_sample(sample(T + 90000 + i * 100, { allocated_total_objects: 53000 + i * 10 }));
  assert.deepEqual(h.hole(T + 61000, T + 92000), { from_ms: T + 70000, to_ms: T + 90000 });
  const before = h.window(T + 61000, T + 92000, ['allocated_total_objects']);
  assert.ok(before.ys[0].includes(null), 'a gap is a gap');
  h.stored.add(slab(T + 65000, 30));
  const { x, ys: [total] } = h.window(T + 61000, T + 92000, ['allocated_total_objects']);
  assert.ok(x.some((v) => v > T + 75000 && v < T + 85000));
  assert.ok(!total.includes(null));
});

function page(answers) {
  const asked = [];
  /** @type {any[]} */ const timers = [];
  let now = 0;
  const store = createStore({ signal: plain_signal, now: () => now, on_data() {} });
  store.set_heaps([{ id: 'documents', name: 'documents', capabilities: [] }]);
  store.greet({ instance: 'a', role: 'observer', time_ms: T + 70000 });
  store.set_connection({ kind: 'open' });
  for (let i = 0; i <= 100; i++) store.add_sample(sample(T + 60000 + i * 100));
  const archive = createArchive({
    store, signal: plain_signal, now: () => now, on_data() {},
    set_timer: (f) => timers.push(f), clear_timer() { timers.length = 0; },
    async ask(method, params) {
      asked.push([method, params]);
      return answers(method, params);
    },
  });
  return { store, archive, asked, async stand_still() { for (const f of timers.splice(0)) await f(); } };
}

test('the archive asks once for a hole, and not at all for what the page saw', async () => {
  const { store, archive, asked } = page((method, p) => (method === 'history.samples'
    ? answer(Math.floor(p.from_ms / 1000) * 1000, Math.ceil((p.to_ms - p.from_ms) / 1000) + 1) : { collections: records(T, 60) }));
  store.set_range(10);
  await archive.look();
  assert.equal(asked.length, 0);
  assert.equal(archive.past.value.kind, 'idle');
  store.zoom({ from_ms: T + 10000, to_ms: T + 30000 });
  const going = archive.look();
  assert.equal(archive.past.value.kind, 'loading');
  await archive.look(); // while it is under way
  await going;
  assert.deepEqual(asked.map(([m]) => m), ['history.samples', 'history.collections']);
  assert.equal(archive.past.value.kind, 'ready');
  store.scrub({ from_ms: T + 12000, to_ms: T + 32000 });
  await archive.look();
  assert.equal(asked.length, 2, 'a small step asks nothing');
  store.zoom(null);
  await archive.look();
  assert.equal(archive.past.value.kind, 'idle');
});

test('no history, nothing stored and a failure are told apart, and are not asked for again at once', async () => {
  const fail = (name) => () => { throw Object.assign(new Error('x'), { name }); };
  for (const [answers, kind] of [[fail('not_supported'), 'off'], [fail('no_such_heap'), 'none'], [fail('timeout'), 'error'],
    [(m) => (m === 'history.samples' ? { step_ms: 100, samples: [] } : { collections: [] }), 'none']]) {
    const { store, archive, asked } = page(answers);
    store.zoom({ from_ms: T + 10000, to_ms: T + 30000 });
    await archive.look();
    assert.equal(archive.past.value.kind, kind);
    const n = asked.length;
    await archive.look();
    assert.equal(asked.length, n, kind);
    assert.equal(archive.past.value.kind, kind);
  }
});

test('records that the page no longer has are asked for when the window stands still, and once', async () => {
  const { store, archive, asked, stand_still } = page((method, p) => {
    assert.equal(method, 'history.collections');
    return { collections: Array.from({ length: 100 }, (_v, i) => collection(i + 1, T + 61000 + i * 10)).reverse().filter((r) => r.time_ms >= p.from_ms && r.time_ms < p.to_ms) };
  });
  // Three hundred since then: of the first hundred the page keeps the numbers alone.
  for (let i = 0; i < 300; i++) store.add_collection(collection(i + 1, T + 61000 + i * 10));
  const history = store.history('documents');
  store.zoom({ from_ms: T + 61000, to_ms: T + 61499 });
  assert.equal(history.records_in(T + 61000, T + 61499, 200).length, 0);
  await archive.look();
  assert.equal(asked.length, 0, 'not while it moves');
  await stand_still();
  assert.equal(asked.length, 1);
  assert.deepEqual(history.records_in(T + 61000, T + 61499, 200).map((r) => r.seq), Array.from({ length: 50 }, (_v, i) => i + 1));
  assert.equal(new Set(history.records_in(0, T + 70000, 1000).map((r) => r.key)).size, history.records_in(0, T + 70000, 1000).length);
  await archive.look();
  await stand_still();
  assert.equal(asked.length, 1);
  // Of the last two hundred nothing is missing.
  store.zoom({ from_ms: T + 62500, to_ms: T + 63000 });
  await archive.look();
  await stand_still();
  assert.equal(asked.length, 1);
});

test('stored numbers that begin again tell of another daemon, once', () => {
  const h = seen();
  const told = answer(T, 60);
  told.samples.forEach((s, i) => { if (i >= 30) s.seq = i - 29; });
  h.stored.add(new Slab({ from_ms: T, to_ms: T + 60000 }, told, [], Infinity));
  assert.deepEqual(h.restarts_in(T, T + 70000), [T + 30000]);
  assert.deepEqual(h.restarts_in(T + 40000, T + 70000), []);
  h.restart(T + 31000); // the page saw it itself
  assert.deepEqual(h.restarts_in(T, T + 70000), [T + 31000]);
});

test('a collection of another daemon with the same number is another row', () => {
  const slab = new Slab({ from_ms: T, to_ms: T + 9000 }, { step_ms: 1000, samples: [] }, [collection(1, T + 8000), collection(1, T + 1000)], T);
  assert.equal(new Set(slab.records.map((r) => r.key)).size, 2);
});

test('there is a way back after a zoom, and a way forward after going back', () => {
  const { store } = page(() => ({}));
  assert.deepEqual(store.steps.value, { back: false, forward: false });
  store.zoom({ from_ms: T, to_ms: T + 1000 });
  assert.deepEqual(store.steps.value, { back: true, forward: false });
  store.go(-1);
  assert.deepEqual(store.steps.value, { back: false, forward: true });
});

test('a recording asks no daemon', async () => {
  const { store, archive, asked } = page(() => assert.fail('asked'));
  store.add_recording({ id: 'recording:1:x', name: 'x', kind: 'recording', capabilities: [] }, { samples: [sample(T), sample(T + 1000)], records: [], pools: null });
  store.zoom({ from_ms: T - 50000, to_ms: T });
  await archive.look();
  assert.equal(asked.length, 0);
});

test('the strip reaches back from now, and to a window that lies before it', () => {
  assert.deepEqual(strip_span(1000000, 600000, NaN, null), { from_ms: 400000, to_ms: 1000000 });
  assert.deepEqual(strip_span(1e7, 600000, NaN, { from_ms: 1e6, to_ms: 1.1e6 }), { from_ms: 800000, to_ms: 1400000 });
  assert.deepEqual(strip_span(1e7, Infinity, 1e6, null), { from_ms: 1e6, to_ms: 1e7 });
});

test('the strip grows and shrinks by its own widths', () => {
  assert.equal(next_span(SPANS_MS[0], -1), SPANS_MS[0]);
  assert.equal(next_span(SPANS_MS[0], 1), SPANS_MS[1]);
  assert.equal(next_span(Infinity, 1), Infinity);
});

test('a pointer takes hold of edges, the middle, or nothing', () => {
  assert.deepEqual([90, 96, 103, 150, 197, 204, 300].map((x) => grip(x, 100, 200)), ['outside', 'left', 'left', 'window', 'right', 'right', 'outside']);
  assert.equal(grip(101.5, 100, 103), 'window', 'a window of three pixels can still be moved');
  const { x, time } = scale({ from_ms: 0, to_ms: 1000 }, 500);
  assert.equal(x(500), 250);
  assert.equal(time(250), 500);
});

test('a window stays within the strip, keeps its width, and at the end it is live', () => {
  const strip = { from_ms: 0, to_ms: 100000 };
  const window = { from_ms: 40000, to_ms: 50000 };
  assert.deepEqual(dragged(window, 'window', -90000, strip), { from_ms: 0, to_ms: 10000 });
  assert.equal(dragged(window, 'window', 90000, strip), null);
  assert.deepEqual(dragged(window, 'left', 99999, strip), { from_ms: 49900, to_ms: 50000 });
  assert.deepEqual(dragged(window, 'right', 99999, strip), { from_ms: 40000, to_ms: 100000 });
  assert.deepEqual(after_key('ArrowLeft', false, window, strip), { from_ms: 39000, to_ms: 49000 });
  assert.deepEqual(after_key('ArrowRight', true, window, strip), { from_ms: 39000, to_ms: 50000 });
  assert.deepEqual(after_key('ArrowLeft', true, window, strip), { from_ms: 40000, to_ms: 49000 });
  assert.equal(after_key('End', false, window, strip), null);
  assert.equal(after_key('x', false, window, strip), undefined);
});

test('no generation is thinned away from the strip', () => {
  const found = ticks((visit) => { for (let i = 0; i < 1000; i++) visit(i / 100, i === 500 ? 2 : 0); }, (ms) => ms);
  assert.equal(found[0].size, 11);
  assert.equal(found[2].size, 1);
});
