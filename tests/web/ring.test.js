import assert from 'node:assert/strict';
import test from 'node:test';
import { Coarse, decimate, Ring } from '../../web/ring.js';

test('a full ring forgets its oldest row', () => {
  const ring = new Ring(2, 3);
  for (let i = 0; i < 5; i++) ring.push([i * 10, i]);
  assert.equal(ring.length, 3);
  assert.deepEqual([0, 1, 2].map((row) => ring.get(row, 0)), [20, 30, 40]);
  assert.equal(ring.last(1), 4);
  assert.ok(Number.isNaN(ring.get(3, 0)));
  assert.ok(Number.isNaN(new Ring(1, 2).last(0)));
});

test('a search by time finds the first row that is not earlier', () => {
  const ring = new Ring(1, 4);
  assert.equal(ring.lower_bound(5), 0);
  for (const t of [10, 20, 30, 40, 50, 60]) ring.push([t]);
  assert.equal(ring.lower_bound(0), 0);
  assert.equal(ring.get(ring.lower_bound(41), 0), 50);
  assert.equal(ring.get(ring.lower_bound(50), 0), 50);
  assert.equal(ring.lower_bound(61), 4);
});

test('a step keeps its last, least and greatest, and knows what is unknown', () => {
  const coarse = new Coarse(3, 1000, 4);
  coarse.push([1000, 5, NaN]);
  coarse.push([1400, 9, 7]);
  coarse.push([1900, 2, NaN]);
  coarse.push([2000, 1, 1]);
  assert.equal(coarse.last.length, 1);
  assert.equal(coarse.last.get(0, 1), 2);
  assert.equal(coarse.least.get(0, 1), 2);
  assert.equal(coarse.greatest.get(0, 1), 9);
  assert.equal(coarse.least.get(0, 2), 7);
  assert.equal(coarse.least.get(0, 0), 1900, 'the three share one time');
});

test('thinning keeps every peak and every gap', () => {
  const x = Array.from({ length: 10000 }, (_, i) => i);
  const y = x.map((i) => (i === 5003 ? 1000 : i === 7001 ? -50 : i % 7));
  const thin = decimate(x, [y], 10000, 100);
  assert.ok(thin.x.length <= 202, `${thin.x.length}`);
  assert.equal(Math.max(...thin.ys[0]), 1000);
  assert.equal(Math.min(...thin.ys[0]), -50);
  assert.ok(thin.x.every((t, i) => i === 0 || t >= thin.x[i - 1]));
  const gap = decimate(x, [x.map(() => null)], 10000, 100);
  assert.ok(gap.ys[0].every((v) => v === null));
});

test('what is already thin stays as it is', () => {
  const x = [1, 2, 3];
  assert.equal(decimate(x, [[1, 2, 3]], 10, 100).x, x);
});

test('thinned steps do not move while the window does', () => {
  const at = (from) => {
    const x = Array.from({ length: 5000 }, (_, i) => from + i);
    return decimate(x, [x.map((t) => Math.sin(t) * 100)], 5000, 50);
  };
  const a = at(0);
  const b = at(37);
  const shared = a.x.filter((t) => t >= 200 && t < 4800);
  for (const t of shared) assert.ok(b.x.includes(t), `${t}`);
});
