// What readers see: sentences in both languages, addresses, errors, the playground's
// tables, colours.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { bytes } from '../../web/format.js';
import { error_sentence } from '../../web/errors.js';
import { best_language, createTranslator, fill } from '../../web/i18n.js';
import en from '../../web/i18n/en.js';
import zh from '../../web/i18n/zh.js';
import { assign_slots, lay_out } from '../../web/object_layout.js';
import { brief, compare_states, describe, split_lines } from '../../web/playground_state.js';
import { format_route, parse_route } from '../../web/route.js';
import { round_step, round_ticks, round_top } from '../../web/scale.js';
import { contrast, plain_signal, tokens, WEB } from './support.js';

test('both languages have the same keys, and the same values to fill in', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  const names = (text) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((m) => m[1]))].sort();
  for (const key of Object.keys(en)) assert.deepEqual(names(zh[key]), names(en[key]), key);
});

test('every sentence is used and every one that is used exists', () => {
  const sources = readdirSync(WEB, { recursive: true })
    .filter((name) => name.endsWith('.js') && !name.startsWith('i18n/'))
    .map((name) => readFileSync(new URL(name, WEB), 'utf8')).join('\n');
  const keys = Object.keys(en);
  const whole = [...sources.matchAll(/\bt\('([\w.]+)'/g)].map((m) => m[1]);
  for (const key of whole) assert.ok(keys.includes(key), `${key} has no sentence`);
  const built = [...sources.matchAll(/`([a-z]+\.(?:[a-z]+_)?)\$\{/g)].map((m) => m[1]);
  const quoted = new Set([...sources.matchAll(/'([a-z]+\.[\w]+)'/g)].map((m) => m[1]));
  for (const key of keys) {
    assert.ok(quoted.has(key) || built.some((start) => key.startsWith(start)), `${key} is never used`);
  }
});

test('sentences count in their own way', () => {
  assert.equal(fill('{n} {n:line was|lines were} not run', { n: 1 }), '1 line was not run');
  assert.equal(fill('{n} {n:line was|lines were} not run', { n: 2 }), '2 lines were not run');
  assert.equal(fill('<{x}>', {}), '<>');
});

test('a language is loaded when it is chosen, and the last choice wins', async () => {
  const { language, speak, t } = createTranslator({ signal: plain_signal });
  await Promise.all([speak('en'), speak('zh')]);
  assert.equal(language.value, 'zh');
  assert.equal(t('view.pools'), '内存池');
  await speak('en');
  assert.equal(t('view.pools'), 'Pools');
  assert.equal(t('no.such'), 'no.such');
});

test('the browser chooses the first language', () => {
  assert.equal(best_language(['zh-CN', 'en']), 'zh');
  assert.equal(best_language(['fr', 'EN-gb']), 'en');
  assert.equal(best_language([]), 'en');
});

test('an error is a sentence, known or not', async () => {
  const { t, speak } = createTranslator({ signal: plain_signal });
  await speak('en');
  assert.equal(error_sentence(t, { name: 'cooling_down', message: 'x', data: { retry_after_ms: 180 } }), 'Too soon: this heap can be collected again in 180 ms.');
  assert.equal(error_sentence(t, { name: 'error', message: 'x', data: { path: '/params/thresholds/0', expected: 'integer 0..7' } }),
    'The daemon refused “thresholds/0”: it has to be integer 0..7.');
  assert.equal(error_sentence(t, { name: 'new_one', message: 'why' }), 'The daemon refused: why');
});

test('an address comes back as it went out', () => {
  const route = { view: 'pools', heap: 'api:12:99 &?', range_s: 120, fixed: { from_ms: 1000, to_ms: 2500 }, at_ms: 1200, params: { class: '64' } };
  assert.deepEqual(parse_route(format_route(route)), route);
  const plain = { view: '', heap: '', range_s: 0, fixed: null, at_ms: NaN, params: {} };
  assert.deepEqual(parse_route(''), plain);
  assert.deepEqual(parse_route('#garbage'), { ...plain, view: 'garbage' });
  assert.equal(parse_route('#/pools?from=5&to=4').fixed, null);
  assert.equal(parse_route('#/pools?from=x&to=y').fixed, null);
});

test('axes have round numbers and end at or above what they show', () => {
  for (const most of [0.3, 1, 7, 9.99, 10, 11, 700, 1234, 5.1e6, 9.9e15]) {
    const top = round_top(most);
    const ticks = round_ticks(top);
    assert.ok(top >= most * 0.999 && top <= most * 2, `${most} → ${top}`);
    assert.ok(ticks.length >= 2 && ticks.length <= 6, `${most}: ${ticks}`);
    assert.ok(Math.abs(ticks.at(-1) - top) < top * 1e-9);
  }
  for (const most of [3, 1000, 1025, 700 * 1024, 900 * 1024, 2.9 * 2 ** 20, 5.1e6, 1.3e8, 3e9]) {
    const top = round_top(most, 1024);
    const ticks = round_ticks(top, 1024);
    assert.ok(top >= most * 0.999 && top <= most * 2, `${most} → ${top}`);
    assert.ok(Math.abs(ticks.at(-1) - top) < top * 1e-9, `${most}: ${ticks}`);
    for (const tick of ticks) assert.match(bytes(tick), /^\d{1,3}(\.5)?\s/, `${most}: ${bytes(tick)}`);
  }
  assert.equal(round_top(0), 1);
  assert.equal(round_step(NaN), 1);
});

const person = (id, name, refcount, fields = []) => ({ id, type: 'Person', name, refcount, generation: 0, fields });

test('the playground’s table follows counts, holders and the dead', () => {
  const before = compare_states(null, {
    roots: [{ name: 'john', id: 1 }, { name: 'mary', id: 2 }],
    objects: [person(1, 'John', 1, [{ name: 'friend', id: 2 }]), person(2, 'Mary', 2)],
  });
  assert.equal(before.objects[1].refcount_before, undefined);
  assert.deepEqual(before.objects[1].held_by.map((h) => h.key), ['root mary', '1.friend']);
  const after = compare_states(before, { roots: [{ name: 'mary', id: 2 }], objects: [person(2, 'Mary', 1)] });
  const [mary, john] = after.objects;
  assert.equal(mary.refcount_before, 2);
  assert.equal(mary.reachable, true);
  assert.equal(john.gone, true);
  assert.equal(describe(after, 1), "Person('John')");
  assert.equal(brief(after, 1), 'John');
  assert.equal(compare_states(after, { roots: [], objects: [] }).objects.length, 1, 'the dead stay for one step');
});

test('a cycle that no name reaches is not reachable', () => {
  const state = compare_states(null, {
    roots: [], objects: [person(1, 'John', 1, [{ name: 'f', id: 2 }]), person(2, 'Mary', 1, [{ name: 'f', id: 1 }])],
  });
  assert.ok(state.objects.every((o) => !o.reachable));
});

test('in the picture an object keeps its place while it lives', () => {
  const first = assign_slots(new Map(), [1, 2, 3]);
  assert.deepEqual([...first], [[1, 0], [2, 1], [3, 2]]);
  const second = assign_slots(first, [3, 9, 1]);
  assert.deepEqual([second.get(1), second.get(3), second.get(9)], [0, 2, 1]);
});

test('the picture has an arrow for each reference, and none overlaps its opposite', () => {
  const state = compare_states(null, {
    roots: [{ name: 'a', id: 1 }],
    objects: [person(1, 'A', 2, [{ name: 'f', id: 2 }, { name: 'me', id: 1 }]), person(2, 'B', 1, [{ name: 'f', id: 1 }, { name: 'out', id: 99 }])],
  });
  const { nodes, edges, width, height } = lay_out(state, assign_slots(new Map(), [1, 2]));
  assert.deepEqual(edges.map((e) => e.key), ['root a', '1.f', '1.me', '2.f']);
  assert.equal(new Set(edges.map((e) => e.d)).size, 4);
  for (const n of nodes) assert.ok(n.x + n.r < width && n.y + n.r < height);
  for (const e of edges) assert.ok(!/NaN/.test(e.d), e.d);
});

test('pasted text becomes statements', () => {
  assert.deepEqual(split_lines("a = Person('A')\r\n\n  # a comment\ndel a  \n"), ["a = Person('A')", 'del a']);
});

test('text and marks stand out from every background in both themes', () => {
  const t = tokens();
  for (const theme of [0, 1]) {
    const need = (name, on, ratio) => {
      const found = contrast(t[name][theme], t[on][theme]);
      assert.ok(found >= ratio, `${name} on ${on}, ${theme ? 'dark' : 'light'}: ${found.toFixed(2)}`);
    };
    for (const on of ['bg', 'panel', 'shade']) {
      for (const name of ['ink', 'muted', 'accent', 'bad']) need(name, on, 4.5);
      for (const name of ['gen-0', 'gen-1', 'gen-2', 'plain', 'plum', 'edge']) need(name, on, 3);
    }
    for (const name of ['gen-0', 'gen-1', 'gen-2']) need('on-gen', name, 4.5);
    for (const on of ['bg', 'panel']) need('good', on, 4.5);
    need('on-accent', 'accent', 4.5);
    need('ink', 'accent-soft', 4.5);
    need('ink', 'warn-soft', 4.5);
  }
});

test('every colour that a chart draws with is seen on its panel and across its grid', () => {
  const sources = ['charts.js', 'views/overview_charts.js', 'views/overlay.js', 'views/chart_picture.js']
    .map((name) => readFileSync(new URL(name, WEB), 'utf8')).join('\n');
  const used = new Set([...sources.matchAll(/(?:token: |color\()'([\w-]+)'|'(gen-\d)'/g)].map((m) => m[1] ?? m[2]));
  const ground = ['panel', 'grid'];
  assert.ok(['gen-0', 'gen-2', 'plain', 'plum', 'accent', 'ink', 'muted'].every((name) => used.has(name)), [...used].join());
  const t = tokens();
  for (const name of used) {
    if (ground.includes(name)) continue;
    for (const on of ground) {
      for (const theme of [0, 1]) {
        const found = contrast(t[name][theme], t[on][theme]);
        assert.ok(found >= 3, `${name} on ${on}, ${theme ? 'dark' : 'light'}: ${found.toFixed(2)}`);
      }
    }
  }
});

test('colours live in the list of tokens and nowhere else', () => {
  for (const name of readdirSync(new URL('style/', WEB)).filter((file) => file !== 'tokens.css')) {
    const css = readFileSync(new URL(`style/${name}`, WEB), 'utf8');
    assert.deepEqual(css.match(/#[0-9a-f]{3,8}\b|rgb\(|hsl\(/gi) ?? [], [], name);
  }
});
