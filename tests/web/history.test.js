import assert from 'node:assert/strict';
import test from 'node:test';
import { History } from '../../web/history.js';
import { figures, pause_dots, quantile, sawtooth, slope } from '../../web/stats.js';
import { collection, sample } from './support.js';

const T = 1_700_000_000_000;

test('a window begins with the row before it and marks gaps with null', () => {
  const h = new History(100);
  for (const dt of [0, 100, 200, 5000, 5100]) h.add_sample(sample(T + dt));
  const { x, ys } = h.window(T + 150, T + 5100, ['live_objects']);
  assert.deepEqual(x.map((t) => t - T), [100, 200, 201, 5000, 5100]);
  assert.deepEqual(ys[0], [1000, 1000, null, 1000, 1000]);
});

test('a restart is a gap, however short', () => {
  const h = new History(100);
  h.add_sample(sample(T));
  h.restart(T + 50);
  h.add_sample(sample(T + 100));
  h.add_sample(sample(T + 200));
  const { x, ys } = h.window(T, T + 200, ['live_objects']);
  assert.deepEqual(x.map((t) => t - T), [0, 1, 100, 200]);
  assert.deepEqual(ys[0], [1000, null, 1000, 1000]);
});

test('older than the fine ring, a window has the least and greatest of each second', () => {
  const h = new History(100);
  for (let i = 0; i < 4000; i++) h.add_sample(sample(T + i * 100, { live_objects: i === 205 ? 9999 : 1000 }));
  const { x, ys } = h.window(T, T + 400000, ['live_objects']);
  assert.ok(x[0] < T + 2000);
  assert.ok(ys[0].includes(9999));
  assert.ok(!ys[0].includes(null), 'the seam between the rings is no gap');
  assert.ok(x.every((t, i) => i === 0 || t >= x[i - 1]));
});

test('fields that a runtime does not know stay unknown', () => {
  const h = new History(100);
  h.add_sample({ heap: 'x', time_ms: T, generations: [] });
  h.add_sample({ heap: 'x', time_ms: T + 100, generations: [] });
  assert.deepEqual(h.window(T, T + 100, ['rss_bytes']).ys[0], [null, null]);
  const f = figures(h, T, T + 100);
  assert.ok(Number.isNaN(f.live_objects) && Number.isNaN(f.uncollectable) && Number.isNaN(f.collections[1]));
});

test('a collection that was seen is not added twice', () => {
  const h = new History(100);
  assert.equal(h.add_collection(collection(7, T)), true);
  assert.equal(h.add_collection(collection(7, T)), false);
  assert.equal(h.add_collection(collection(6, T)), false);
  assert.equal(h.records.length, 1);
  h.restart(T + 1);
  assert.equal(h.add_collection(collection(1, T + 2)), true);
});

test('a clock that is set back begins a new history, a little disorder does not', () => {
  const h = new History(100);
  h.add_sample(sample(T));
  h.add_sample(sample(T - 200));
  assert.equal(h.fine.length, 1);
  h.add_sample(sample(T - 3_600_000));
  h.add_sample(sample(T - 3_599_900));
  assert.equal(h.fine.length, 2);
  assert.equal(h.newest_ms(), T - 3_599_900);
});

test('rows of two daemons with equal numbers are told apart', () => {
  const h = new History(100);
  h.add_collection(collection(1, T));
  h.restart(T + 1);
  h.add_collection(collection(1, T + 2));
  assert.equal(new Set(h.records.map((r) => r.key)).size, 2);
});

test('only the newest 200 records are kept', () => {
  const h = new History(100);
  for (let seq = 1; seq <= 250; seq++) h.add_collection(collection(seq, T + seq));
  assert.equal(h.records.length, 200);
  assert.equal(h.records[0].seq, 51);
});

test('figures say what the window saw', () => {
  const h = new History(100);
  for (let i = 0; i <= 100; i++) {
    h.add_sample(sample(T + i * 100, { live_objects: 1000 + i, allocated_total_objects: 5000 + i * 50 }));
  }
  for (let i = 1; i <= 10; i++) h.add_collection(collection(i, T + i * 900, { pause_ns: i * 1e6, generation: i === 10 ? 2 : 0 }));
  const f = figures(h, T - 20000, T + 10000);
  assert.equal(f.live_objects, 1100);
  assert.equal(Math.round(f.live_change * 1000), 100);
  assert.equal(f.allocated_per_s, 500);
  assert.equal(f.pause_p99_ns, 10e6);
  assert.deepEqual(f.worst, { pause_ns: 10e6, generation: 2 });
  assert.equal(f.seen_ms, 10000);
  assert.equal(f.collector_share, 55 / 10000);
  assert.equal(f.uncollectable, 0);
});

test('after a restart, figures count from there', () => {
  const h = new History(100);
  h.add_sample(sample(T, { allocated_total_objects: 9_000_000 }));
  h.restart(T + 50);
  h.add_sample(sample(T + 100, { allocated_total_objects: 10 }));
  h.add_sample(sample(T + 1100, { allocated_total_objects: 110 }));
  assert.equal(figures(h, T, T + 1100).allocated_per_s, 100);
});

test('a quantile is a value that was measured', () => {
  assert.ok(Number.isNaN(quantile([], 0.99)));
  assert.equal(quantile([5], 0.99), 5);
  assert.equal(quantile([1, 2, 3, 4], 0.5), 2);
  assert.equal(quantile(Array.from({ length: 100 }, (_, i) => i + 1), 0.99), 99);
});

test('a slope is per second, and a total that falls is no rate', () => {
  const x = [0, 500, 1000, 1500, 2000, 2500, 3000];
  assert.deepEqual(slope(x, [0, 5, 10, 15, 20, 25, 30], 1000), [null, 10, 10, 10, 10, 10, 10]);
  assert.deepEqual(slope(x, [50, 60, 1, 6, 11, 16, 21], 1000), [null, 20, null, 10, 10, 10, 10]);
  assert.deepEqual(slope(x, [0, null, 10, 15, 20, 25, 30], 1000).slice(0, 3), [null, null, null]);
});

test('between samples the sawtooth has what collections prove', () => {
  const h = new History(100);
  h.add_sample(sample(T));
  h.add_collection(collection(1, T + 40));
  h.add_sample(sample(T + 100));
  const { x, counts } = sawtooth(h, T, T + 100, 500);
  assert.deepEqual(x.map((t) => t - T), [0, 40, 40, 100]);
  assert.deepEqual(counts[0], [10, 700, 0, 10]);
  assert.deepEqual(counts[1], [2, 2, 3, 2]);
});

test('a collection by command falls from the count it met', () => {
  const h = new History(100);
  h.add_sample(sample(T));
  h.add_collection(collection(1, T + 40, { reason: 'remote', generation: 2 }));
  h.add_sample(sample(T + 100));
  const { counts } = sawtooth(h, T, T + 100, 500);
  assert.deepEqual(counts.map((c) => c[1]), [0, 0, 0]);
});

test('dots keep the longest pause of every pixel', () => {
  const h = new History(100);
  for (let i = 1; i <= 5000; i++) {
    h.add_collection(collection(i, T + i, { pause_ns: i === 2500 ? 9e8 : 1000 + (i % 10), generation: i % 50 === 0 ? 1 : 0 }));
  }
  const { x, ys } = pause_dots(h, T, T + 5000, 300);
  assert.ok(x.length < 500, `${x.length}`);
  assert.equal(Math.max(...ys[1].filter((v) => v !== null)), 9e8);
  assert.ok(x.every((t, i) => i === 0 || t >= x[i - 1]));
});
