// What charts say beside their picture, where their marks stand, and what a drag means.
import assert from 'node:assert/strict';
import test from 'node:test';
import { hidden_keys, known_rows, lines_csv, nearest_row, series_stats, step_time, thin_rows, with_hidden } from '../../web/chart_data.js';
import { between, createCrosshair, zoomed } from '../../web/crosshair.js';
import { History } from '../../web/history.js';
import { event_marks, pause_dots } from '../../web/stats.js';
import { window_records } from '../../web/window_records.js';
import { collection } from './support.js';

const T = 1_800_000_000_000;

test('the nearest row is found on both sides and at both ends', () => {
  const x = [10, 20, 20, 40];
  for (const [time, row] of [[-5, 0], [10, 0], [14, 0], [16, 1], [29, 2], [31, 3], [99, 3]]) assert.equal(nearest_row(x, time), row, `${time}`);
  assert.equal(nearest_row(x, 52, 10), -1, 'too far');
  assert.equal(nearest_row(x, 50, 10), 3);
  assert.equal(nearest_row([], 5), -1);
  assert.equal(nearest_row(x, NaN), -1);
});

test('rows of a window are those inside of it where something is known', () => {
  const lines = { x: [1, 2, 3, 4, 5], ys: [[1, null, 3, null, 5], [1, 2, null, null, 5]] };
  assert.deepEqual(known_rows(lines, 2, 4, [0, 1]), [1, 2]);
  assert.deepEqual(known_rows(lines, 2, 4, [0]), [2]);
  assert.deepEqual(known_rows(lines, 0, 9, []), []);
});

test('a step goes to another time, and stops at the ends', () => {
  const x = [10, 20, 20, 30, 40];
  const rows = [0, 1, 2, 3, 4];
  assert.equal(step_time(x, rows, 10, 1), 20);
  assert.equal(step_time(x, rows, 20, 1), 30);
  assert.equal(step_time(x, rows, 30, -1), 20);
  assert.equal(step_time(x, rows, 30, 10), 40);
  assert.equal(step_time(x, rows, 30, -Infinity), 10);
  assert.equal(step_time(x, rows, NaN, -1), 40);
  assert.equal(step_time(x, rows, NaN, -Infinity), 10);
  assert.ok(Number.isNaN(step_time(x, [], 30, 1)));
});

test('a table has at most so many rows, with the first and the last', () => {
  const rows = Array.from({ length: 1000 }, (_, i) => i);
  const thin = thin_rows(rows, 200);
  assert.equal(thin.length, 200);
  assert.equal(thin[0], 0);
  assert.equal(thin.at(-1), 999);
  assert.equal(new Set(thin).size, 200);
  assert.deepEqual(thin_rows([1, 2], 200), [1, 2]);
});

test('the CSV has a column a series and an empty cell for what is not known', () => {
  const text = lines_csv({ x: [0, 100], ys: [[1, null], [2.5, 3]] }, [0, 1], [{ key: 'used' }, { key: 'rss' }], [0, 1]);
  assert.equal(text, 'time,used,rss\r\n1970-01-01T00:00:00.000Z,1,2.5\r\n1970-01-01T00:00:00.100Z,,3\r\n');
});

test('a mean is weighted by time, gaps have no weight, events count one each', () => {
  const x = [0, 10, 20, 100, 140];
  const y = [0, 10, null, 4, 4];
  // 5 on average for 10 ms, 4 for 40 ms: the gap is not filled in.
  assert.deepEqual(series_stats(x, y, 0, 200, false), { count: 4, least: 0, mean: 4.2, greatest: 10, last: 4 });
  assert.equal(series_stats(x, y, 0, 200, true).mean, 4.5);
  assert.deepEqual(series_stats(x, y, 5, 15, false), { count: 1, least: 10, mean: 10, greatest: 10, last: 10 });
  const none = series_stats(x, y, 500, 600, false);
  assert.equal(none.count, 0);
  assert.ok([none.least, none.mean, none.greatest, none.last].every(Number.isNaN));
});

test('hidden series stand in the address by chart and key', () => {
  let word = with_hidden(undefined, 'memory', 'resident', true);
  word = with_hidden(word, 'counts', 'gen_0', true);
  assert.equal(word, 'memory.resident,counts.gen_0');
  assert.deepEqual([...hidden_keys(word, 'memory')], ['resident']);
  assert.deepEqual([...hidden_keys(undefined, 'memory')], []);
  assert.equal(with_hidden(word, 'memory', 'resident', false), 'counts.gen_0');
});

test('the crosshair is a place for the pointer and a moment for the keys', () => {
  let changes = 0;
  const crosshair = createCrosshair({ on_change: () => { changes += 1; } });
  const window = { from_ms: 1000, to_ms: 2000 };
  assert.ok(Number.isNaN(crosshair.time(window)));
  crosshair.move({ share: 0.25 });
  assert.equal(crosshair.time(window), 1250);
  assert.equal(crosshair.time({ from_ms: 1100, to_ms: 2100 }), 1350);
  crosshair.move({ time_ms: 1250 });
  assert.equal(crosshair.time({ from_ms: 1100, to_ms: 2100 }), 1250);
  assert.ok(Number.isNaN(crosshair.time({ from_ms: 1300, to_ms: 2300 })));
  assert.equal(changes, 2);
});

test('a selection has an order and a least width, a zoom keeps its moment in place', () => {
  assert.deepEqual(between(500, 200), { from_ms: 200, to_ms: 500 });
  assert.deepEqual(between(1000, 1000), { from_ms: 950, to_ms: 1050 });
  assert.deepEqual(zoomed({ from_ms: 0, to_ms: 1000 }, 250, 0.5), { from_ms: 125, to_ms: 625 });
  assert.deepEqual(zoomed({ from_ms: 0, to_ms: 1000 }, 250, 2), { from_ms: -250, to_ms: 1750 });
  const { from_ms, to_ms } = zoomed({ from_ms: 0, to_ms: 120 }, 60, 0.5);
  assert.equal(to_ms - from_ms, 100);
});

function busy(collections) {
  const history = new History(100);
  collections.forEach(([at, generation, parts], i) => history.add_collection(collection(i + 1, T + at, { generation, ...parts })));
  return history;
}

test('marks are tall while they are few, and short and thinned when there are many', () => {
  const few = event_marks(busy([[100, 0], [500, 2]]), T, T + 1000, 400);
  assert.deepEqual(few.map((m) => [m.generation, m.tall, m.times.length]), [[0, true, 1], [2, true, 1]]);
  const many = event_marks(busy(Array.from({ length: 900 }, (_, i) => [i, i % 2 === 0 ? 0 : 2])), T, T + 1000, 400);
  for (const marks of many) {
    assert.equal(marks.tall, false);
    assert.ok(marks.times.length <= 400 / 3 + 1, 'never a wall of colour');
    assert.ok(marks.times.length > 50);
  }
  assert.deepEqual(event_marks(busy([]), T, T + 1000, 400), []);
});

test('without a number of pixels every pause is a dot', () => {
  const history = busy(Array.from({ length: 50 }, (_, i) => [i, 0, { pause_ns: 1000 + i }]));
  const { x, ys } = pause_dots(history, T, T + 1000, Infinity);
  assert.equal(x.length, 50);
  assert.deepEqual(ys[0], Array.from({ length: 50 }, (_, i) => 1000 + i));
});

test('collections of a window come from the page while it has all, else from the daemon', async () => {
  const history = busy([[0, 0], [100, 1], [200, 2]]);
  const never = () => { throw new Error('not asked'); };
  const kept = await window_records({ history, heap: 'documents', from_ms: T + 50, to_ms: T + 150, ask: never });
  assert.deepEqual(kept, { records: [collection(2, T + 100, { generation: 1 })], complete: true });

  const asked = [];
  const pages = { undefined: { collections: [collection(2, T + 100), collection(1, T)], next_cursor: 'more' }, more: { collections: [collection(0, T - 900)] } };
  const all = await window_records({
    history, heap: 'documents', from_ms: T - 1000, to_ms: T + 150,
    ask: async (method, params) => { asked.push([method, params.from_ms, params.to_ms]); return pages[params.cursor]; },
  });
  assert.deepEqual([all.records.map((r) => r.seq), all.complete], [[0, 1, 2], true]);
  assert.deepEqual(asked[0], ['history.collections', T - 1000, T + 151]);
  const alone = await window_records({ history, heap: 'documents', from_ms: T - 1000, to_ms: T + 150, ask: async () => { throw new Error('no history'); } });
  assert.deepEqual([alone.records.map((r) => r.seq), alone.complete], [[1, 2], false], 'and says that it is not all');
});
