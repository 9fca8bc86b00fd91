// The overview's answers: what the collector did around a moment, and where memory went.
import assert from 'node:assert/strict';
import test from 'node:test';
import { History } from '../../web/history.js';
import { longest_phase, memory_story, pause_story } from '../../web/stories.js';
import { collection, sample } from './support.js';

const T = 1_800_000_000_000;
const pools = (released_total, parts = {}) => ({
  heap: 'documents', arenas: { in_use: 4, bytes: 4096, released_total }, pools: { in_use: 3, pool_bytes: 512, empty: 1 }, large: { objects: 1, bytes: 100 }, ...parts,
});

function seen() {
  const history = new History(100);
  history.add_sample(sample(T, { live_bytes: 3000, rss_bytes: 9000 }));
  history.add_pools(pools(1));
  history.add_sample(sample(T + 100, { live_bytes: 3000, rss_bytes: 9000 }));
  history.add_collection(collection(1, T + 300, { pause_ns: 50_000, collected: 3, freed_bytes: 300 }));
  history.add_collection(collection(2, T + 500, { generation: 2, pause_ns: 20_000_000, reason: 'explicit', collected: 7, freed_bytes: 700, phases_ns: { mark: 6, free: 2 } }));
  history.add_pools(pools(3, { arenas: { in_use: 2, bytes: 2048, released_total: 3 } }));
  history.add_sample(sample(T + 1000, { live_bytes: 1000, rss_bytes: 8000 }));
  return history;
}

test('without a moment the longest pause of the window is told', () => {
  const story = pause_story(seen(), T, T + 1000, NaN, 25);
  assert.equal(story.kind, 'worst');
  assert.equal(story.n, 2);
  assert.equal(story.generation, 2);
  assert.equal(story.record.reason, 'explicit');
  assert.deepEqual(longest_phase(story.record), { name: 'mark', share: 0.75 });
  assert.equal(pause_story(seen(), T + 600, T + 1000, NaN, 25).kind, 'none');
});

test('a moment inside of a pause is a hit, however long the pause', () => {
  // The collection ended at 500 ms and took 20 ms.
  for (const at of [478, 485, 500, 520]) {
    const story = pause_story(seen(), T, T + 1000, T + at, 25);
    assert.equal(story.kind, 'hit', `${at}`);
    assert.equal(story.n, 1);
    assert.equal(story.total_ns, 20_000_000);
    assert.equal(story.generation, 2);
  }
});

test('elsewhere the nearest collection is told, with its distance', () => {
  const before = pause_story(seen(), T, T + 1000, T + 350, 25);
  assert.deepEqual([before.kind, before.away_ms, before.generation, before.n], ['miss', -50, 0, 0]);
  const after = pause_story(seen(), T, T + 1000, T + 430, 25);
  assert.deepEqual([after.kind, after.away_ms, after.generation], ['miss', 50, 2]);
  const lonely = pause_story(seen(), T + 600, T + 1000, T + 800, 25);
  assert.deepEqual([lonely.kind, lonely.time_ms], ['miss', NaN]);
});

test('what the page has not seen it does not judge', () => {
  assert.equal(pause_story(seen(), T - 5000, T + 1000, T - 2000, 25).kind, 'unseen');
  assert.equal(pause_story(seen(), T, T + 1000, T - 2000, 25).kind, 'worst', 'a pin outside of the window asks nothing');
  assert.equal(longest_phase(null), null);
  assert.equal(longest_phase({ phases_ns: {} }), null);
});

test('where freed memory went: to the system, or free among the living', () => {
  const story = memory_story(seen(), T, T + 1000);
  assert.deepEqual([story.collections, story.collected, story.freed_bytes], [2, 10, 1000]);
  assert.equal(story.released_arenas, 2);
  assert.equal(story.released_bytes, 2048);
  assert.equal(story.held_bytes, 2148);
  assert.equal(story.free_bytes, 1148);
  assert.equal(story.resident_change, -1000);
});

test('what a heap does not report is not known, never zero', () => {
  const history = new History(100);
  history.add_sample({ heap: 'h', time_ms: T });
  history.add_collection(collection(1, T + 10, { collected: 2 }));
  history.add_sample({ heap: 'h', time_ms: T + 100 });
  const story = memory_story(history, T, T + 100);
  assert.equal(story.collected, 2);
  for (const name of ['freed_bytes', 'released_arenas', 'released_bytes', 'held_bytes', 'free_bytes', 'resident_change']) {
    assert.ok(Number.isNaN(story[name]), name);
  }
});

test('a total that fell belongs to another daemon', () => {
  const history = seen();
  history.restart(T + 1100);
  history.add_pools(pools(0));
  history.add_sample(sample(T + 1200, { live_bytes: 1000 }));
  assert.ok(Number.isNaN(memory_story(history, T, T + 1200).released_arenas));
});
