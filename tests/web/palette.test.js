// The palette's parts without a page: what is meant, what there is, what keys do.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createActions } from '../../web/actions.js';
import { best, score } from '../../web/fuzzy.js';
import { createKeys, key_name, KEYS } from '../../web/keys.js';
import { CHOICES, createPreferences } from '../../web/preferences.js';
import { VIEWS } from '../../web/store.js';
import { plain_signal } from './support.js';

const NAMES = ['Collect generation 0', 'Collect generation 1', 'Collections', 'Freeze', 'Unfreeze', 'Theme: dark', '主题：深色', 'Go to Pools'];
const find = (query) => best(query, NAMES, (name) => [name]);

test('letters in order find an entry, and the nearest comes first', () => {
  assert.equal(find('cg1')[0], 'Collect generation 1');
  assert.equal(find('collections')[0], 'Collections');
  assert.equal(find('freeze')[0], 'Freeze');
  assert.equal(find('pool')[0], 'Go to Pools');
  assert.equal(find('dark the')[0], 'Theme: dark');
  assert.equal(find('深色')[0], '主题：深色');
  assert.deepEqual(find('zzz'), []);
  assert.deepEqual(find('  '), NAMES);
});

test('another word for an entry finds it, after those that are called so', () => {
  const entries = [{ name: 'Run the garbage collector', words: 'gc' }, { name: 'gc on', words: '' }];
  assert.deepEqual(best('gc', entries, (e) => [e.name, e.words]).map((e) => e.name), ['gc on', 'Run the garbage collector']);
});

test('what is not in order is not meant', () => {
  assert.equal(score('ba', 'ab'), -1);
  assert.ok(score('AB', 'cab') > 0);
});

test('actions are asked for when they are listed', () => {
  const actions = createActions();
  let n = 1;
  const stop = actions.add(() => [{ id: `a${n}`, group: 'x', title: 'A', run() {} }]);
  actions.add(() => []);
  assert.equal(actions.list()[0].id, 'a1');
  n = 2;
  assert.equal(actions.list()[0].id, 'a2');
  stop();
  assert.deepEqual(actions.list(), []);
});

/** A target inside elements that these selectors name. */
const inside = (...names) => ({ closest: (selector) => names.some((name) => selector.split(', ').includes(name)) });
const event = (key, parts = {}) => ({ key, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, repeat: false, target: inside(), ...parts });

test('keys do what the table says, and nothing while somebody types', () => {
  const keys = createKeys({ now: () => 0 });
  assert.equal(keys.press(event(' ')).id, 'pause');
  assert.equal(keys.press(event(' ', { repeat: true })), null);
  assert.equal(keys.press(event(' ', { target: inside('button') })), null);
  assert.equal(keys.press(event('?', { shiftKey: true, target: inside('button') })).id, 'help');
  assert.equal(keys.press(event('?', { target: inside('input') })), null);
  assert.equal(keys.press(event('[', { target: inside('[role=menu]') })), null);
  assert.equal(keys.press(event('[')).id, 'zoom_back');
  assert.equal(keys.press(event('k')), null);
  assert.equal(keys.press(event('k', { ctrlKey: true, target: inside('input') })).id, 'palette');
  assert.equal(keys.press(event('K', { metaKey: true })).id, 'palette');
  assert.equal(keys.press(event(']', { ctrlKey: true })), null, 'the browser’s own');
});

test('g and a letter, or Alt and a digit, go to each view', () => {
  let now = 0;
  const keys = createKeys({ now: () => now });
  const targets = KEYS.filter((k) => k.view);
  assert.deepEqual(targets.map((k) => k.view), VIEWS);
  for (const [i, { view, after_g }] of targets.entries()) {
    assert.equal(keys.press(event('g')), null);
    assert.equal(keys.press(event(after_g)).view, view);
    assert.equal(keys.press(event('¡', { altKey: true, code: `Digit${i + 1}` })).view, view);
  }
  keys.press(event('g'));
  now = 5000;
  assert.equal(keys.press(event('o')), null, 'too late');
  assert.equal(keys.press(event('o')), null, 'a letter alone does nothing');
});

test('keys are told as the keyboard has them', () => {
  assert.deepEqual(['Ctrl', 'Alt', 'K'].map((name) => key_name(name, 'MacIntel')), ['⌘', '⌥', 'K']);
  assert.equal(key_name('Ctrl', 'Linux x86_64'), 'Ctrl');
});

test('no key of the table commands a heap, and none stands there twice', () => {
  const shown = KEYS.flatMap((k) => k.shown.map((way) => way.join(' ')));
  assert.equal(new Set(shown).size, shown.length);
  for (const { id } of KEYS) assert.match(id, /^(palette|help|close|pause|zoom_back|zoom_forward|view_\w+)$/);
});

test('choices are kept, and what was never offered is not taken', () => {
  const kept = { clock: 'utc', rate: '77' };
  const storage = { get: (key) => kept[key] ?? null, set: (key, value) => { kept[key] = value; } };
  const preferences = createPreferences({ signal: plain_signal, storage, less_motion: { matches: false } });
  assert.equal(preferences.chosen.clock.value, 'utc');
  assert.equal(preferences.interval_ms(), 100);
  assert.equal(preferences.reduced_motion(), false);
  for (const rate of CHOICES.rate) {
    preferences.choose('rate', rate);
    assert.equal(preferences.interval_ms(), 1000 / Number(rate));
  }
  preferences.choose('rate', '100');
  preferences.choose('nothing', 'x');
  preferences.choose('motion', 'reduced');
  assert.equal(preferences.reduced_motion(), true);
  assert.deepEqual(kept, { clock: 'utc', rate: '1', motion: 'reduced' });
  const wishing = createPreferences({ signal: plain_signal, storage: { get: () => null, set() {} }, less_motion: { matches: true } });
  assert.equal(wishing.reduced_motion(), true);
});
