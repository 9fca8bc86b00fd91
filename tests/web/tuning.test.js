// Thresholds at the real rate, and what is out of the ordinary on a heap.
import assert from 'node:assert/strict';
import test from 'node:test';
import { History } from '../../web/history.js';
import { due_every, in_force, read_threshold, undo_of, young_rate } from '../../web/tuning.js';
import { collection, sample } from './support.js';

/** A heap that fills by 1,200 objects a second and is collected at 700. */
function filling({ seconds = 10, per_s = 1200, threshold = 700, pause = null } = {}) {
  const history = new History(100);
  let count = 0;
  let seq = 0;
  for (let ms = 0; ms <= seconds * 1000; ms += 10) {
    if (ms > 0) count += per_s / 100;
    if (count > threshold) {
      seq += 1;
      count = 0;
      history.add_collection(collection(seq, 1000 + ms));
    }
    const silent = pause && ms > pause[0] && ms < pause[1];
    if (ms % 100 === 0 && !silent) {
      const s = sample(1000 + ms);
      s.generations[0].count = count;
      s.generations[0].threshold = threshold;
      history.add_sample(s);
    }
  }
  return history;
}

test('the rate is what was made, whatever collections set back', () => {
  const rate = young_rate(filling(), 1000, 11000);
  assert.ok(Math.abs(rate - 1200) < 40, String(rate));
});

test('a gap in the stream counts neither as time nor as growth', () => {
  const rate = young_rate(filling({ pause: [2000, 7000] }), 1000, 11000);
  assert.ok(Math.abs(rate - 1200) < 120, String(rate));
});

test('without collections the count’s own growth tells', () => {
  const rate = young_rate(filling({ threshold: 1e9 }), 1000, 11000);
  assert.ok(Math.abs(rate - 1200) < 5, String(rate));
});

test('what nobody saw is not known', () => {
  assert.ok(Number.isNaN(young_rate(new History(100), 0, 1000)));
});

test('thresholds and the rate tell how often each generation is due', () => {
  const [zero, one, two] = due_every(1200, [719, 10, 10]);
  assert.equal(zero, 0.6);
  // Eleven of generation 0 come before each of generation 1, eleven of those before one of 2.
  assert.ok(Math.abs(one - 0.6 * 12) < 1e-9);
  assert.ok(Math.abs(two - 0.6 * (12 * 11 + 1)) < 1e-9);
  assert.deepEqual(due_every(1200, [0, 10, 10]), [Infinity, Infinity, Infinity]);
  assert.deepEqual(due_every(-5, [700, 10, 10]), [Infinity, Infinity, Infinity]);
  assert.deepEqual(due_every(NaN, [700, 10, 10]), [NaN, NaN, NaN]);
});

test('due_every counts as the collector does', () => {
  // generation.c, told again: past its threshold, the oldest first, checked when generation 0 is due.
  const thresholds = [9, 3, 2];
  const counts = [0, 0, 0];
  const seen = [0, 0, 0];
  const made = 1e6;
  for (let i = 0; i < made; i++) {
    counts[0] += 1;
    if (counts[0] <= thresholds[0]) continue;
    const generation = counts[2] > thresholds[2] ? 2 : counts[1] > thresholds[1] ? 1 : 0;
    seen[generation] += 1;
    for (let g = 0; g <= generation; g++) counts[g] = 0;
    if (generation < 2) counts[generation + 1] += 1;
  }
  const due = due_every(1, thresholds);
  assert.ok(Math.abs(made / (seen[0] + seen[1] + seen[2]) - due[0]) < 0.01);
  assert.ok(Math.abs(made / seen[2] - due[2]) / due[2] < 0.01, `${made / seen[2]} ${due[2]}`);
  // A full collection takes the place of one of generation 1's turns.
  assert.ok(Math.abs(made / (seen[1] + seen[2]) - due[1]) / due[1] < 0.3);
});

test('what somebody typed is a threshold or it is not', () => {
  assert.equal(read_threshold(' 700 ', 2147483647), 700);
  assert.equal(read_threshold('0', 10), 0);
  for (const text of ['', '-1', '7.5', '7e3', '99999999999', 'x', '2147483648']) assert.ok(Number.isNaN(read_threshold(text, 2147483647)), text);
});

const heap = (parts) => ({ id: 'x', capabilities: ['step'], enabled: true, thresholds: [700, 10, 10], ...parts });

test('nothing is in force on a heap as it began', () => {
  assert.deepEqual(in_force(heap(), null, 0), []);
  assert.deepEqual(in_force(heap(), { frozen_objects: 0, collecting: false }, 0), []);
});

test('each thing that is out of the ordinary is told', () => {
  assert.deepEqual(in_force(heap({ enabled: false }), null, 0), [{ kind: 'off' }]);
  assert.deepEqual(in_force(heap({ enabled: false, revert: { at_ms: 9000, enabled: true } }), null, 0), [{ kind: 'pause', seconds: 9 }], 'one thing, told once');
  assert.deepEqual(in_force(heap({ enabled: false, revert: { at_ms: 9000, enabled: true, thresholds: [7, 1, 1] } }), null, 0).map((f) => f.kind), ['pause', 'trial']);
  assert.deepEqual(in_force(heap({ thresholds: [0, 1, 1] }), null, 0), [{ kind: 'zero' }]);
  const [trial] = in_force(heap({ revert: { at_ms: 42500, thresholds: [700, 10, 10] } }), null, 1000);
  assert.equal(trial.seconds, 42);
  assert.equal(in_force(heap({ revert: { at_ms: 5 } }), null, 99)[0].seconds, 0);
  assert.deepEqual(in_force(heap({ workload: 'leak', failed: true }), { frozen_objects: 7, collecting: true }, 0).map((f) => f.kind),
    ['failed', 'stepping', 'frozen', 'leak']);
  assert.deepEqual(in_force(heap({ capabilities: [] }), { collecting: true }, 0), []);
});

test('a trial is undone by the commands that set what was before', () => {
  assert.deepEqual(undo_of(heap({ revert: { at_ms: 1, thresholds: [700, 10, 10], enabled: true } })), [
    ['gc.set_threshold', { heap: 'x', thresholds: [700, 10, 10] }], ['gc.enable', { heap: 'x' }]]);
  assert.deepEqual(undo_of(heap({ revert: { at_ms: 1, enabled: false } })), [['gc.disable', { heap: 'x' }]]);
});
