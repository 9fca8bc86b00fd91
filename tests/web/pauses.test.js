// The pauses of a window by length, and which records a reader chose.
import assert from 'node:assert/strict';
import test from 'node:test';
import { chosen_records, pause_buckets } from '../../web/pause_buckets.js';

const visit_all = (list) => (visit) => list.forEach(([generation, pause]) => visit(0, generation, pause));

test('pauses fall into four buckets a decade, without holes between them', () => {
  const { buckets, most, generations } = pause_buckets(visit_all([[0, 1000], [0, 1001], [1, 999999], [2, 1e6], [0, NaN], [0, 0]]));
  assert.equal(buckets.length, 13);
  assert.deepEqual(buckets[0].counts, [2, 0, 0]);
  assert.deepEqual(buckets[11].counts, [0, 1, 0]);
  assert.deepEqual(buckets[12].counts, [0, 0, 1]);
  assert.equal(most, 2);
  assert.deepEqual(generations.map((g) => g.n), [2, 1, 1]);
  assert.ok(Math.abs(buckets[4].from_ns - 10000) < 1);
});

test('quantiles are values that were seen; without any they are unknown', () => {
  const { generations } = pause_buckets(visit_all(Array.from({ length: 1000 }, (_v, i) => [0, i + 1])));
  assert.deepEqual([generations[0].p50, generations[0].p90, generations[0].p99, generations[0].p999, generations[0].max], [500, 900, 990, 999, 1000]);
  assert.ok(Number.isNaN(generations[1].p50) && Number.isNaN(generations[1].max));
  assert.deepEqual(pause_buckets(visit_all([])).buckets, []);
});

test('filters are joined, and what is no filter filters nothing', () => {
  const records = [{ generation: 0, reason: 'threshold', pause_ns: 10 }, { generation: 2, reason: 'remote', pause_ns: 5000 }, { generation: 2, reason: 'threshold' }];
  assert.equal(chosen_records(records, {}).length, 3);
  assert.equal(chosen_records(records, { gen: '2' }).length, 2);
  assert.equal(chosen_records(records, { gen: '2', reason: 'remote' }).length, 1);
  assert.equal(chosen_records(records, { least: '1000' }).length, 2, 'an unknown pause is not below any');
  assert.equal(chosen_records(records, { least: 'x' }).length, 3);
});
