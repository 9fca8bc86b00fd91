// lessons.test.js - the playground's lessons and topics: told in both languages, and tidy.
import assert from 'node:assert/strict';
import test from 'node:test';
import en from '../../web/i18n/en.js';
import zh from '../../web/i18n/zh.js';
import { find_lesson, LESSONS, names_in_use, names_of, next_lesson, note, nothing_done, to_clear } from '../../web/lessons.js';
import { assign_slots, lay_out } from '../../web/object_layout.js';
import { compare_states } from '../../web/playground_state.js';
import { VIEWS } from '../../web/store.js';
import { TOPICS, topic_params } from '../../web/topics.js';

const LANGUAGES = { en, zh };
const is_chinese = (text) => /[\u4e00-\u9fff]/.test(text);

test('each lesson has a title, a paragraph and a sentence for each line, in both languages', () => {
  for (const [language, words] of Object.entries(LANGUAGES)) {
    const wanted = LESSONS.flatMap(({ name, lines }) => [`lesson.${name}_title`, `lesson.${name}_text`,
      ...lines.map((_line, i) => `lesson.${name}_${i + 1}`)]);
    assert.deepEqual(Object.keys(words).filter((key) => key.startsWith('lesson.')).sort(), wanted.sort(), language);
    for (const key of wanted.filter((k) => !k.endsWith('_title'))) assert.equal(is_chinese(words[key]), language === 'zh', key);
  }
});

test('each topic has a paragraph in both languages, and leads to a view', () => {
  for (const [language, words] of Object.entries(LANGUAGES)) {
    for (const { name, view } of TOPICS) {
      const paragraph = words[`topic.${name}`];
      assert.ok(paragraph?.length >= (language === 'zh' ? 80 : 200), `${language}: ${name} is told in a paragraph`);
      assert.equal(is_chinese(paragraph), language === 'zh', name);
      assert.ok(words[`topic.${name}_title`] && words[`topic.${name}_link`], name);
      assert.ok(VIEWS.includes(view), view);
    }
  }
  const told = TOPICS.map(({ name }) => name);
  for (const name of ['counting', 'generations', 'marking', 'automatic', 'leaks', 'pools', 'friends', 'by_hand']) assert.ok(told.includes(name), name);
});

test('full-width punctuation stands between Chinese words', () => {
  for (const [key, text] of Object.entries(zh)) {
    if (!/^(lesson|topic|play)\./.test(key)) continue;
    assert.ok(!/[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]/.test(text.replace(/\{[^}]*\}/g, '')), `${key}: ${text}`);
  }
});

test('a topic’s link looks at a heap that has it to show', () => {
  const heaps = [{ id: 'workshop', capabilities: [] }, { id: 'documents', workload: 'documents', capabilities: ['step'] },
    { id: 'playground', capabilities: ['repl', 'step'] }];
  for (const topic of TOPICS) assert.equal(topic_params(topic, heaps).heap, topic.heap === 'busy' ? 'documents' : 'playground', topic.name);
  assert.equal(topic_params(TOPICS.find(({ name }) => name === 'marking'), heaps).step, '1');
  assert.deepEqual(topic_params({ name: 'x', view: 'pools', heap: 'busy' }, []), {});
});

test('a lesson is found by its name, and the first where there is none', () => {
  assert.equal(find_lesson('weak').name, 'weak');
  assert.equal(find_lesson('nonsense'), LESSONS[0]);
  assert.equal(find_lesson(undefined), LESSONS[0]);
  assert.equal(next_lesson(LESSONS[0]), LESSONS[1]);
  assert.equal(next_lesson(LESSONS.at(-1)), null);
});

test('a lesson knows the names that it writes', () => {
  assert.deepEqual(names_of(find_lesson('friends')), ['john', 'mary']);
  assert.deepEqual(names_of(find_lesson('tree')), ['tree']);
  assert.deepEqual(names_of(find_lesson('phoenix')), ['bird', 'saved']);
});

const object = (id, fields = [], more = {}) => ({ id, type: 'Node', name: `n${id}`, refcount: 1, generation: 0, fields, ...more });
const state = (roots, objects, before = null) => compare_states(before, { roots, objects, truncated: false });

test('names in use are told before a lesson takes them', () => {
  const now = state([{ name: 'mary', id: 1 }, { name: 'other', id: 1 }], [object(1)]);
  assert.deepEqual(names_in_use(find_lesson('friends'), now), ['mary']);
  assert.deepEqual(names_in_use(find_lesson('friends'), null), []);
});

test('what a lesson made is cleared, and nothing of anybody else', () => {
  const lesson = find_lesson('outside');
  const empty = state([{ name: 'mine', id: 1 }], [object(1)]);
  const one = state([{ name: 'mine', id: 1 }, { name: 'a', id: 2 }], [object(1), object(2)], empty);
  const two = state([{ name: 'mine', id: 1 }, { name: 'a', id: 2 }, { name: 'b', id: 3 }], [object(1), object(2, [{ name: 'next', id: 3 }]), object(3)], one);
  const progress = note(note(nothing_done(), lesson, empty, one), lesson, one, two);
  assert.equal(progress.done, 2);
  assert.deepEqual([...progress.objects], [2, 3]);
  assert.equal(to_clear(progress, lesson, two), 'del a, b');
  // Somebody gave the name b another object meanwhile: it is not the lesson's any more.
  const taken = state([{ name: 'mine', id: 1 }, { name: 'a', id: 2 }, { name: 'b', id: 9 }], [object(1), object(2), object(9)], two);
  assert.equal(to_clear(progress, lesson, taken), 'del a');
  // No name is left, but a cycle of the lesson's own is.
  const cycle = state([{ name: 'mine', id: 1 }], [object(1), object(2, [{ name: 'next', id: 3 }]), object(3, [{ name: 'next', id: 2 }])], two);
  assert.equal(to_clear(progress, lesson, cycle), 'gc.collect()');
  // Somebody else's cycle is left to him.
  const theirs = state([], [object(7, [{ name: 'me', id: 7 }])], two);
  assert.equal(to_clear(progress, lesson, theirs), '');
});

test('an object that died is the lesson’s no longer, whoever has its number next', () => {
  const lesson = find_lesson('itself');
  const one = state([{ name: 'a', id: 2 }], [object(2)], state([], []));
  const gone = state([], [], one);
  const progress = note(note(nothing_done(), lesson, state([], []), one), lesson, one, gone);
  assert.deepEqual([...progress.objects], []);
  assert.equal(to_clear(progress, lesson, state([{ name: 'x', id: 2 }], [object(2)])), '');
});

test('a weak reference holds nobody, is drawn as one, and is marked when it is cleared', () => {
  const weak = { id: 5, type: 'weakref', refcount: 1, generation: 0, fields: [], target: 1 };
  const before = state([{ name: 'w', id: 5 }], [object(1, [{ name: 'me', id: 1 }]), weak]);
  assert.equal(before.objects[0].reachable, false);
  assert.deepEqual(before.objects[0].held_by.map((h) => h.key), ['1.me']);
  const { edges } = lay_out(before, assign_slots(new Map(), [1, 5]));
  assert.deepEqual(edges.filter((e) => e.weak).map((e) => e.key), ['weak 5']);
  const { target, ...cleared } = weak;
  const after = state([{ name: 'w', id: 5 }], [cleared], before);
  assert.equal(after.objects[0].cleared, true);
  assert.deepEqual(lay_out(after, assign_slots(new Map(), [1, 5])).edges.filter((e) => e.weak), []);
  assert.equal(state([], [cleared], after).objects[0].cleared, undefined);
});
