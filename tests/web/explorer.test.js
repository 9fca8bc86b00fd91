// explorer.test.js - what the objects view does when the daemon or others do something:
// ends of steps that nobody took, refusals, heaps that change while they are read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create_explorer } from '../../web/explorer.js';
import { settle } from '../../web/force_layout.js';
import { place } from '../../web/graph_place.js';
import { plain_signal } from './support.js';

const thing = (id, refcount = 1) => ({ id, type: 'Person', text: `Person('${id}')`, bytes: 32, refcount, generation: 0, tracked: true });
const graph = (...ids) => ({ nodes: ids.map((id) => thing(id)), edges: [], roots: ids.map((id) => ({ name: `n${id}`, id })), truncated: false });
const refused = (name) => Object.assign(new Error(name), { name });
const step = (parts) => ({ stepping: true, generation: 2, candidates: [{ object: thing('0x1'), verdict: 'undecided' }], candidates_total: 1, edges: [], roots: [], truncated: false, destroyed: [], ...parts });

/** An explorer whose daemon answers as `answers` say: method (and action) → a value, an error, or a function. */
function explore(answers, parts = {}) {
  const asked = [];
  const state = { seq: 5 };
  const explorer = create_explorer({
    heap: 'playground', signal: plain_signal, now: () => 1, live: () => 3, last_asked_seq: () => state.seq, repl: true, ...parts,
    ask: async (method, params) => {
      const what = params.action ? `${method} ${params.action}` : method;
      asked.push({ what, params });
      const answer = typeof answers[what] === 'function' ? answers[what](params) : answers[what];
      if (answer instanceof Error) throw answer;
      if (answer === undefined) throw refused('no_such_object');
      return answer;
    },
  });
  return { explorer, asked, state, count: (what) => asked.filter((a) => a.what === what).length };
}

test('steps that nobody took: another collection was reported, or the daemon says there are none', async () => {
  const { explorer, state, count } = explore({ 'heap.graph': graph('0x1'), 'repl.step begin': step({}), 'repl.step next': refused('invalid_params') });
  await explorer.load();
  await explorer.step_on('begin', 1);
  assert.equal(explorer.step.value.phase, 'copy');
  explorer.look(true);
  assert.equal(explorer.step.value.phase, 'copy', 'nothing happened');
  state.seq = 6;
  explorer.look(true);
  assert.equal(explorer.step.value, null);
  assert.deepEqual(explorer.step_note.value, { kind: 'idle' });
  await explorer.step_on('begin', 1);
  await explorer.step_on('next');
  assert.deepEqual([explorer.step.value, explorer.step_note.value], [null, { kind: 'idle' }]);
  await explorer.step_on('begin');
  explorer.look(false);
  assert.deepEqual(explorer.step_note.value, { kind: 'lost' });
  assert.equal(count('repl.step finish'), 0);
});

test('leaving finishes what was begun, also when its answer is still on the way; and only then', async () => {
  const { explorer, count } = explore({ 'heap.graph': graph('0x1'), 'repl.step begin': step({}), 'repl.step finish': step({ stepping: false }) });
  await explorer.load();
  explorer.close();
  assert.equal(count('repl.step finish'), 0);

  const other = explore({ 'heap.graph': graph('0x1'), 'repl.step begin': step({}), 'repl.step finish': step({ stepping: false }) });
  await other.explorer.load();
  await other.explorer.step_on('begin');
  other.explorer.close();
  assert.equal(other.count('repl.step finish'), 1);

  let answer;
  const slow = explore({ 'heap.graph': graph('0x1'), 'repl.step begin': () => new Promise((done) => { answer = done; }), 'repl.step finish': step({ stepping: false }) });
  await slow.explorer.load();
  const begun = slow.explorer.step_on('begin');
  slow.explorer.close();
  assert.equal(slow.count('repl.step finish'), 0);
  answer(step({}));
  await begun;
  assert.equal(slow.count('repl.step finish'), 1);
});

test('a refusal is told, and the steps before it stay', async () => {
  const { explorer } = explore({ 'heap.graph': graph('0x1'), 'repl.step begin': refused('busy') });
  await explorer.load();
  await explorer.step_on('begin');
  assert.equal(explorer.step.value, null);
  assert.equal(explorer.step_note.value.error.name, 'busy');
  const late = explore({ 'heap.graph': graph('0x1'), 'repl.step begin': step({}), 'repl.step next': refused('timeout') });
  await late.explorer.load();
  await late.explorer.step_on('begin');
  await late.explorer.step_on('next');
  assert.equal(late.explorer.step.value.phase, 'copy');
  assert.equal(late.explorer.step_note.value.error.name, 'timeout');
});

test('who died is greyed out until somebody asks anew; who stayed does not move', async () => {
  let now = graph('0x1', '0x2', '0x3');
  const { explorer } = explore({ 'heap.graph': () => now });
  await explorer.load();
  const at = (id) => { const { x, y } = explorer.picture.value.by_id.get(id); return { x, y }; };
  const before = ['0x1', '0x3'].map(at);
  now = graph('0x1', '0x3', '0x4');
  await explorer.load();
  assert.deepEqual([...explorer.picture.value.ghosts.keys()], ['0x2']);
  assert.deepEqual(['0x1', '0x3'].map(at), before);
  await explorer.load();
  assert.deepEqual([...explorer.picture.value.ghosts.keys()], ['0x2'], 'the same heap read twice');
  await explorer.load({ anew: true });
  assert.equal(explorer.picture.value.ghosts.size, 0);
  assert.ok(!explorer.picture.value.by_id.has('0x2'));
});

test('an object that is not in the part that was read is looked for in its neighbourhood', async () => {
  const { explorer, asked } = explore({
    'heap.graph': (params) => (params.root ? graph('0x9') : { ...graph('0x1'), truncated: true }),
    'heap.referrers': { referrers: [], roots: [], references_by_others: 0 }, 'heap.object': { ...thing('0x9'), references: 0 },
  });
  await explorer.load({ object: '0x9' });
  assert.deepEqual(explorer.read.value.near, { id: '0x9', depth: 2 });
  assert.equal(explorer.chosen.value, '0x9');
  assert.deepEqual(asked.filter((a) => a.what === 'heap.graph').map((a) => a.params.root), [undefined, '0x9']);
  const whole = explore({ 'heap.graph': graph('0x1') });
  await whole.explorer.load({ object: '0x9' });
  assert.equal(whole.explorer.problem.value, null);
  await new Promise((done) => { setTimeout(done, 0); });
  assert.equal(whole.explorer.details.value.problem.name, 'no_such_object', 'a whole heap knows that it died');
});

test('garbage that is no cycle known to the page is followed back to one', async () => {
  const { explorer, count } = explore({
    'heap.graph': (params) => (params.root ? graph() : { nodes: [thing('0x1')], edges: [], roots: [], truncated: true }),
    'heap.path_to_root': { reachable: false, path: [], length_objects: 0, truncated: false },
    'heap.referrers': ({ id }) => ({
      references_by_others: 0, roots: [],
      referrers: [{ field: 'f', references: 1, object: thing({ '0x1': '0x2', '0x2': '0x3', '0x3': '0x2' }[id]) }],
    }),
  });
  await explorer.load();
  await explorer.explain('0x1');
  assert.deepEqual(explorer.why.value.cycle.map((l) => l.from).sort(), ['0x2', '0x3']);
  assert.ok(count('heap.referrers') <= 4);
});

test('positions come to rest apart from each other, in slices, the same each time', async () => {
  const ids = Array.from({ length: 200 }, (_, i) => `0x${i}`);
  const links = ids.slice(1).map((id, i) => ({ from: `0x${Math.floor(i / 6)}`, to: id }));
  const run = async () => {
    const bodies = place(ids.map((id) => ({ id, kind: 'thing' })), links, new Map());
    let pauses = 0;
    let time = 0;
    assert.equal(await settle(bodies, links, { pause: async () => { pauses += 1; }, now: () => { time += 1; return time; } }), true);
    assert.ok(pauses > 10, `${pauses} slices`);
    return bodies;
  };
  const bodies = await run();
  const touching = bodies.flatMap((a, i) => bodies.slice(0, i).filter((b) => Math.hypot(a.x - b.x, a.y - b.y) < a.r + b.r));
  assert.ok(bodies.every((b) => Number.isFinite(b.x) && Number.isFinite(b.y)));
  assert.ok(touching.length <= 4, `${touching.length} touch another`);
  assert.deepEqual((await run()).map((b) => [b.x, b.y]), bodies.map((b) => [b.x, b.y]));
  const stopped = place(ids.map((id) => ({ id, kind: 'thing' })), links, new Map());
  assert.equal(await settle(stopped, links, { is_wanted: () => false }), false);
});
