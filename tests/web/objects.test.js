// objects.test.js - the objects view's pure parts: what the graph knows, what is drawn of
// it and where, and what the steps of a collection say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  add_path, add_referrers, cycles, from_graph, keeping_cycle, long_name, reachable, round_of, short_name,
} from '../../web/graph_model.js';
import { fold, MOST_DRAWN, OPENED } from '../../web/fold.js';
import { curve, fit, is_crossed, outline, place, walk } from '../../web/graph_place.js';
import { components } from '../../web/scc.js';
import { PHASES, step_model, take_step } from '../../web/stepping.js';
import en from '../../web/i18n/en.js';
import zh from '../../web/i18n/zh.js';

const person = (id, name, refcount, parts = {}) => ({ id, type: 'Person', text: `Person('${name}')`, bytes: 32, refcount, generation: 0, tracked: true, ...parts });
/** Edges as "0>1 friend". */
const graph = (nodes, edges, roots = [], truncated = false) => ({
  nodes, roots, truncated,
  edges: edges.map((text) => {
    const [, from, to, field] = /^(\d+)>(\d+) (.*)$/.exec(text);
    return { from: Number(from), to: Number(to), field };
  }),
});
const john_and_mary = (roots = []) => graph([person('0x1', 'John', roots.length > 0 ? 2 : 1), person('0x2', 'Mary', 1), person('0x3', 'Pet', 1)],
  ['0>1 friend', '1>0 friend', '1>2 pet'], roots);

test('components are found however deep, each object in exactly one', () => {
  const to = { a: ['b'], b: ['c', 'x'], c: ['a'], d: ['d', 'a'], e: ['gone'] };
  const found = components(['a', 'b', 'c', 'd', 'e', 'x'], (id) => to[id] ?? []).map((ids) => ids.sort().join(''));
  assert.deepEqual(found.sort(), ['abc', 'd', 'e', 'x']);
  const ids = Array.from({ length: 20000 }, (_, i) => String(i));
  const ring = components(ids, (id) => [String((Number(id) + 1) % ids.length)]);
  assert.deepEqual(ring.map((part) => part.length), [20000]);
  assert.equal(components(ids, (id) => [String(Number(id) + 1)]).length, 20000);
});

test('a cycle that nothing outside holds is garbage; what is not whole says nothing', () => {
  const free = from_graph(john_and_mary(), true);
  assert.deepEqual([...reachable(free)], []);
  assert.deepEqual(cycles(free).map((c) => [c.ids.sort(), c.held]), [[['0x1', '0x2'], false]]);
  const held = from_graph(john_and_mary([{ name: 'john', id: '0x1' }]), true);
  assert.equal(reachable(held).size, 3);
  assert.equal(cycles(held)[0].held, true);
  // A variable that is no registered root shows as one reference too many.
  const counted = graph([person('0x1', 'John', 2), person('0x2', 'Mary', 1)], ['0>1 friend', '1>0 friend']);
  assert.equal(reachable(from_graph(counted, true)).size, 2);
  for (const unsure of [from_graph({ ...john_and_mary(), truncated: true }, true), from_graph(john_and_mary(), false)]) {
    assert.equal(reachable(unsure), null);
    assert.equal('held' in cycles(unsure)[0], false);
  }
  const immortal = from_graph(graph([{ id: '0x9', type: 'T', bytes: 8, tracked: false }], []), true);
  assert.equal(reachable(immortal).size, 1);
});

test('what a cycle keeps alive leads back to it, in words round by round', () => {
  const model = from_graph(john_and_mary(), true);
  assert.deepEqual(keeping_cycle(model, '0x3').sort(), ['0x1', '0x2']);
  assert.deepEqual(round_of(model, ['0x1', '0x2']).map((l) => `${l.from}.${l.fields[0]}`), ['0x1.friend', '0x2.friend']);
  const self = from_graph(graph([person('0x1', 'Me', 1)], ['0>0 me']), true);
  assert.deepEqual(cycles(self)[0].ids, ['0x1']);
  assert.deepEqual(round_of(self, ['0x1']).map((l) => l.fields), [['me']]);
  assert.deepEqual(keeping_cycle(from_graph(graph([person('0x1', 'A', 1)], []), true), '0x1'), []);
});

test('referrers and paths are added to what is known, once', () => {
  const model = from_graph(graph([person('0x2', 'Mary', 2)], []), false);
  const answer = { referrers: [{ field: 'friend', references: 1, object: person('0x1', 'John', 1) }], roots: ['mary'] };
  add_referrers(model, '0x2', answer);
  add_referrers(model, '0x2', answer);
  assert.deepEqual([...model.links.values()], [{ key: '0x1>0x2', from: '0x1', to: '0x2', fields: ['friend'] }]);
  assert.deepEqual(model.roots, [{ name: 'mary', id: '0x2' }]);
  const ids = add_path(model, { root: 'all', path: [{ field: '[3]', object: person('0x7', 'Top', 1) }, { field: 'x', object: person('0x1', 'John', 1) }, { object: person('0x2', 'Mary', 2) }] });
  assert.deepEqual(ids, ['0x7', '0x1', '0x2']);
  assert.deepEqual(model.links.get('0x1>0x2').fields, ['friend', 'x']);
  assert.equal(model.roots.find((r) => r.name === 'all').id, '0x7');
});

test('names fit into a circle', () => {
  assert.equal(short_name(person('0x1', 'John', 1)), 'John');
  assert.equal(short_name(person('0x1', 'Wolfgang-Amadeus', 1)), 'Wolfgan…');
  assert.equal(short_name({ id: '0x1', type: 'json.String', text: 'title' }), 'title');
  assert.equal(short_name({ id: '0x7f001234', type: 'json.Array' }), 'Array');
  assert.equal(short_name({ id: '0x1', type: 'json.Object', text: '{6}' }), '{6}');
  assert.equal(short_name({ id: '0x1', type: 'list', text: "[Node('A'), Person('X')]" }), 'list');
  assert.equal(short_name({ id: '0x1', type: 'weakref', text: '<weakref; dead>' }), 'weakref');
  assert.equal(long_name({ id: '0x7f001234', type: 'json.Array' }), 'json.Array …01234');
  assert.equal(long_name({ id: '0x1', type: 'json.String', text: 'title' }), 'json.String title');
  assert.equal(long_name(person('0x1', 'John', 1)), "Person('John')");
});

/** A tree of objects, each with ten below. */
function tree(size) {
  const nodes = Array.from({ length: size }, (_, i) => ({ id: `0x${(i + 16).toString(16)}`, type: 'T', bytes: 16, refcount: 1, tracked: true }));
  return from_graph(graph(nodes, nodes.slice(1).map((_, i) => `${Math.floor(i / 10)}>${i + 1} [${i % 10}]`)), true);
}

test('at most 200 are drawn; each of the others is in exactly one fold, beside who is near', () => {
  assert.deepEqual(fold(tree(200)).folds, []);
  for (const size of [201, 1000, 5000]) {
    const model = tree(size);
    const { drawn, folds } = fold(model);
    assert.ok(drawn.length + folds.length <= MOST_DRAWN, `${drawn.length} and ${folds.length}`);
    const all = [...drawn, ...folds.flatMap((f) => f.ids)];
    assert.equal(all.length, size);
    assert.equal(new Set(all).size, size);
    for (const f of folds) assert.ok(f.at === null || drawn.includes(f.at));
  }
});

test('what is opened or chosen is drawn in place of what came last', () => {
  const model = tree(1000);
  const { folds } = fold(model);
  const opened = folds[0].ids.slice(0, OPENED);
  const chosen = [...model.things.keys()].at(-1);
  const again = fold(model, { wanted: [chosen, ...opened] });
  assert.ok([chosen, ...opened].every((id) => again.drawn.includes(id)));
  assert.ok(again.drawn.length + again.folds.length <= MOST_DRAWN);
});

const things = (...ids) => ids.map((id) => ({ id, kind: 'thing' }));

test('who had a place keeps it, and new ones come beside their neighbours without touching', () => {
  const before = new Map([['a', { x: 172, y: 5 }], ['b', { x: 344, y: -40 }], ['root r', { x: 0, y: 5 }]]);
  const bodies = place([{ id: 'root r', kind: 'root' }, ...things('a', 'b', 'c', 'd', 'e')],
    [{ from: 'root r', to: 'a' }, { from: 'a', to: 'b' }, { from: 'b', to: 'c' }, { from: 'b', to: 'd' }, { from: 'a', to: 'e' }], before);
  for (const body of bodies.filter((b) => before.has(b.id))) assert.deepEqual({ x: body.fx, y: body.fy }, before.get(body.id));
  for (const [i, one] of bodies.entries()) {
    for (const other of bodies.slice(0, i)) assert.ok(Math.hypot(one.x - other.x, one.y - other.y) >= one.r + other.r, `${one.id} on ${other.id}`);
  }
  const c = bodies.find((b) => b.id === 'c');
  assert.ok(c.x > 344, 'to the right of who refers to it');
});

test('without any place before, roots stand on the left and their objects in columns', () => {
  const bodies = place([{ id: 'root r', kind: 'root' }, ...things('a', 'b', 'free')], [{ from: 'root r', to: 'a' }, { from: 'a', to: 'b' }], new Map());
  assert.deepEqual(bodies.map((b) => b.depth), [0, 1, 2, 1]);
  assert.equal(bodies[0].fx, 0);
  assert.ok(bodies.slice(1).every((b) => b.fx === undefined), 'the forces may move them');
});

test('arrow keys go along references, and reach everything else', () => {
  const body = (id, x, y) => ({ id, kind: 'thing', r: 30, depth: 1, x, y });
  const [a, b, c, d] = [body('a', 0, 0), body('b', 200, 10), body('c', 100, 0), body('d', -50, 300)];
  assert.equal(walk([a, b, c, d], a, 'ArrowRight', new Set(['b'])).id, 'b', 'linked before near');
  assert.equal(walk([a, b, c, d], a, 'ArrowRight', new Set()).id, 'c');
  assert.equal(walk([a, b, c, d], a, 'ArrowDown', new Set(['b'])).id, 'd');
  assert.equal(walk([a, b, c, d], a, 'ArrowUp', new Set(['b'])), null);
  assert.equal(walk([a, b], a, 'x', new Set()), null);
});

test('curves, outlines and the fit hold what they are about', () => {
  const at = (id, x, y) => ({ id, kind: 'thing', r: 32, depth: 1, x, y });
  const [a, b, between] = [at('a', 0, 0), at('b', 300, 0), at('m', 150, 10)];
  assert.notEqual(curve(a, b, -34).d, curve(b, a, -34).d);
  for (const { d } of [curve(a, b, 0), curve(a, a, 0), outline([a], 20)]) assert.ok(!d.includes('NaN'), d);
  assert.equal(is_crossed(a, b, [a, b, between]), true);
  assert.equal(is_crossed(a, b, [a, b, at('far', 150, 90)]), false);
  const numbers = outline([a, b], 20).d.match(/-?[\d.]+/g).map(Number);
  const xs = numbers.filter((_, i) => i % 2 === 0);
  assert.ok(Math.min(...xs) <= -51 && Math.max(...xs) >= 351);
  const { x, y, k } = fit([a, b], 400, 200);
  for (const one of [a, b]) assert.ok(one.x * k + x - 32 * k >= 0 && one.x * k + x + 32 * k <= 400 && one.y * k + y - 32 * k >= 0);
});

/** What the daemon answers about John, Mary and a held Config, phase by phase. */
const candidate = (object, verdict, gc_refs) => ({ object, verdict, ...(gc_refs === undefined ? {} : { gc_refs }) });
const [john, mary, config] = [person('0x1', 'John', 1), person('0x2', 'Mary', 1), person('0x3', 'Config', 1)];
const said = (phase, next_phase, candidates, parts = {}) => ({
  stepping: true, generation: 2, candidates, candidates_total: candidates.length, truncated: false, destroyed: [],
  edges: [{ from: 0, to: 1, field: 'friend' }, { from: 1, to: 0, field: 'friend' }], roots: [{ name: 'config', id: '0x3' }],
  ...(phase ? { phase } : {}), ...(next_phase ? { next_phase } : {}), ...parts,
});

test('the steps tell copies, what was subtracted, verdicts, and who died', () => {
  const copy = take_step(null, said(null, 'subtract', [john, mary, config].map((o) => candidate(o, 'undecided'))));
  assert.equal(copy.phase, 'copy');
  assert.equal(copy.number, 1);
  assert.deepEqual([...copy.rows.values()].map((r) => [r.gc_refs, r.state]), [[1, 'candidate'], [1, 'candidate'], [1, 'candidate']]);

  const subtract = take_step(copy, said('subtract', 'mark', [candidate(john, 'undecided', 0), candidate(mary, 'undecided', 0), candidate(config, 'undecided', 1)]));
  assert.deepEqual([...subtract.rows.values()].map((r) => [r.gc_before, r.gc_refs, r.state]), [[1, 0, 'open'], [1, 0, 'open'], [undefined, 1, 'held']]);
  assert.deepEqual([subtract.tally.links, subtract.tally.held, subtract.tally.open], [2, 1, 2]);

  const mark = take_step(subtract, said('mark', 'unreachable', [candidate(john, 'unreachable', 0), candidate(mary, 'unreachable', 0), candidate(config, 'reachable', 1)]));
  assert.deepEqual([...mark.rows.values()].map((r) => r.state), ['unreachable', 'unreachable', 'reachable']);
  assert.deepEqual([mark.tally.reachable, mark.tally.unreachable, mark.tally.rescued], [1, 2, 0]);

  const finalize = take_step(mark, said('finalize', 'clear', [candidate(john, 'unreachable'), candidate(mary, 'reachable'), candidate(config, 'reachable')]));
  assert.deepEqual([...finalize.rows.values()].map((r) => r.state), ['unreachable', 'saved', 'reachable']);
  assert.equal('gc_refs' in finalize.rows.get('0x1'), false, 'what the wire did not say is absent');

  const over = take_step(finalize, {
    stepping: false, generation: 2, phase: 'free', candidates: [], candidates_total: 0, edges: [], roots: [], truncated: false,
    destroyed: ["Person('John')"], collection: { collected: 1, uncollectable: 0 },
  });
  assert.deepEqual([...over.rows].map(([id, r]) => [id, r.state]), [['0x1', 'gone'], ['0x2', 'saved'], ['0x3', 'reachable']]);
  assert.equal(over.stepping, false);
  assert.equal(over.number, PHASES.length);
  assert.equal(over.total, 3);
});

test('what could not be freed, or may only have been left out, is not called dead', () => {
  const before = take_step(null, said(null, 'subtract', [candidate(john, 'undecided'), candidate(mary, 'undecided')]));
  const marked = take_step(before, said('mark', 'unreachable', [candidate(john, 'unreachable', 0), candidate(mary, 'unreachable', 0)]));
  const end = { stepping: false, generation: 2, phase: 'free', candidates: [], candidates_total: 0, edges: [], roots: [], truncated: false };
  assert.deepEqual([...take_step(marked, { ...end, collection: { collected: 0, uncollectable: 2 } }).rows.values()].map((r) => r.state), ['unreachable', 'unreachable']);
  const cut = take_step(marked, said('clear', 'free', [candidate(john, 'unreachable')], { truncated: true, candidates_total: 300, edges: [] }));
  assert.equal(cut.rows.get('0x2').state, 'unreachable');
});

test('around the candidates stands what the collection does not look at', () => {
  const old = person('0x8', 'Old', 1, { generation: 2 });
  const around = from_graph(graph([old, john, mary], ['0>1 first', '1>2 stale']), true);
  const step = take_step(null, said(null, 'subtract', [candidate(john, 'undecided'), candidate(mary, 'undecided')]));
  const model = step_model(step, around);
  assert.deepEqual([...model.things.keys()].sort(), ['0x1', '0x2', '0x8']);
  assert.deepEqual([...model.links.values()].map((l) => `${l.key} ${l.fields}`).sort(), ['0x1>0x2 friend', '0x2>0x1 friend', '0x8>0x1 first'],
    'between candidates only what the step says');
  assert.equal(step_model(step, null).things.size, 2);
});

test('every phase has its sentence, code and short name in both languages', () => {
  for (const words of [en, zh]) {
    for (const phase of PHASES) {
      for (const key of [`step.${phase}`, `step.${phase}_text`, `step.${phase}_code`, `step.short_${phase}`]) assert.ok(words[key], key);
    }
    for (const state of ['candidate', 'held', 'open', 'reachable', 'unreachable', 'saved', 'gone', 'outside', 'alive', 'garbage']) assert.ok(words[`verdict.${state}`], state);
  }
});
