// lessons.js - the playground's lessons: programs of a few lines, and what is theirs.
//
//   before ──► lines run ──► note() ──► what the lesson made ──► to_clear() ──► del …
//
// Their sentences are in i18n: lesson.NAME_title, _text, and one for each line. The same
// lines do the same in CPython 3.11; a test runs them in both.
// @ts-check

/** @typedef {{name: string, lines: string[]}} Lesson */

/** @type {Lesson[]} */
export const LESSONS = [
  {
    name: 'friends',
    lines: ["john = Person('John')", "mary = Person('Mary')", 'john.friend = mary', 'mary.friend = john',
      'del john', 'del mary', 'gc.collect()'],
  },
  {
    name: 'itself',
    lines: ["a = Person('A')", 'a.me = a', 'del a', 'gc.collect()',
      "b = Person('B')", 'b.me = b', 'b.me = None', 'del b'],
  },
  {
    name: 'tree',
    lines: ["tree = Node('root')", "tree.children = [Node('x'), Node('y')]", "tree.children.append(Node('z'))", 'del tree',
      "tree = Node('root')", "tree.children = [Node('x'), Node('y')]", 'tree.children[0].parent = tree', 'del tree', 'gc.collect()'],
  },
  {
    name: 'phoenix',
    lines: ["bird = Phoenix('Bird')", "bird.ash = Node('ash')", 'del bird', 'saved.ash', 'del saved',
      "bird = Phoenix('Bird')", 'bird.me = bird', 'del bird', 'gc.collect()', 'del saved', 'gc.collect()'],
  },
  {
    name: 'weak',
    lines: ["mary = Person('Mary')", 'w = weakref.ref(mary)', 'w()', 'del mary', 'w() is None',
      "bird = Phoenix('Bird')", 'bird.me = bird', 'w = weakref.ref(bird)', 'del bird', 'gc.collect()', 'w() is None',
      'del saved.me', 'del saved, w'],
  },
  {
    name: 'outside',
    lines: ["a = Node('A')", "b = Node('B')", 'a.next = b', 'b.next = a', 'keep = a', 'del a, b', 'gc.collect()',
      'del keep', 'gc.collect()'],
  },
];

/** The lesson of that name, or the first. @param {string | undefined} name */
export const find_lesson = (name) => LESSONS.find((lesson) => lesson.name === name) ?? LESSONS[0];

/** The one after it, or null. @param {Lesson} lesson */
export const next_lesson = (lesson) => LESSONS[LESSONS.indexOf(lesson) + 1] ?? null;

/** The names that it writes; a Phoenix's finalizer writes `saved`. @param {Lesson} lesson */
export function names_of(lesson) {
  const names = lesson.lines.flatMap((line) => line.match(/^(\w+) = /)?.[1] ?? []);
  if (lesson.lines.some((line) => line.includes('Phoenix('))) names.push('saved');
  return [...new Set(names)];
}

/** Which of its names stand for something already. @param {Lesson} lesson @param {any} state */
export function names_in_use(lesson, state) {
  const names = names_of(lesson);
  return (state?.roots ?? []).filter((/** @type {any} */ root) => !root.gone && names.includes(root.name))
    .map((/** @type {any} */ root) => root.name);
}

/**
 * How far somebody is, and what is the lesson's: names with the object each had, and the
 * numbers of the objects that came while it ran.
 * @typedef {{done: number, names: Map<string, any>, objects: Set<any>}} Progress
 * @returns {Progress}
 */
export const nothing_done = () => ({ done: 0, names: new Map(), objects: new Set() });

const alive = (/** @type {any} */ state) => (state?.objects ?? []).filter((/** @type {any} */ o) => !o.gone);

/**
 * One line more has run. @param {Progress} progress @param {Lesson} lesson
 * @param {any} before @param {any} after states @returns {Progress}
 */
export function note(progress, lesson, before, after) {
  const old = new Set(alive(before).map((/** @type {any} */ o) => o.id));
  const now = alive(after).map((/** @type {any} */ o) => o.id);
  const objects = new Set(now.filter((/** @type {any} */ id) => progress.objects.has(id) || !old.has(id)));
  const written = names_of(lesson);
  const names = new Map((after?.roots ?? []).filter((/** @type {any} */ r) => !r.gone && written.includes(r.name))
    .map((/** @type {any} */ r) => [r.name, r.id]));
  return { done: progress.done + 1, names, objects };
}

/**
 * The statement that takes back what is the lesson's, or '' when nothing is left: first its
 * names, unless somebody gave them another object, then its objects that no name reaches.
 * @param {Progress} progress @param {Lesson} lesson @param {any} state
 */
export function to_clear(progress, lesson, state) {
  const names = (state?.roots ?? []).filter((/** @type {any} */ root) => names_of(lesson).includes(root.name)
    && (progress.names.get(root.name) === root.id || progress.objects.has(root.id)))
    .map((/** @type {any} */ root) => root.name);
  if (names.length > 0) return `del ${names.join(', ')}`;
  const left = alive(state).some((/** @type {any} */ o) => progress.objects.has(o.id) && !o.reachable);
  return left ? 'gc.collect()' : '';
}
