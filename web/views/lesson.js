// lesson.js - a lesson: a paragraph, and a program that is run a line at a time with a
// sentence on what each line did.
//
// How far somebody is outlives the view, because the way leads to the stepper and back.
import { signal, useSignal } from '@preact/signals';
import { html } from '../html.js';
import { find_lesson, LESSONS, names_in_use, next_lesson, note, nothing_done, to_clear } from '../lessons.js';
import { Card } from './card.js';
import { Icon } from './icons.js';
import { view_link } from './link.js';

/** Of a daemon's instance, a heap and a lesson. @type {Map<string, {value: any, peek(): any}>} */
const all_progress = new Map();
/** A Phoenix comes back once, and a cycle has to be collected: no lesson needs more. */
const MOST_ROUNDS = 8;

function progress_of(store, heap, lesson) {
  const key = `${store.hello.value?.instance} ${heap.id} ${lesson.name}`;
  if (!all_progress.has(key)) all_progress.set(key, signal(nothing_done()));
  return all_progress.get(key);
}

/** @param {{ouro: any, heap: any, run: (lines: string[]) => Promise<boolean>, busy: any, state: any}} props */
export function Lesson({ ouro, heap, run, busy, state }) {
  const { store, t } = ouro;
  const lesson = find_lesson(store.params.value.lesson);
  const { name, lines } = lesson;
  const progress = progress_of(store, heap, lesson);
  const working = useSignal(false); // a line of the lesson, or of its end, is under way
  const { done } = progress.value;
  const over = done >= lines.length;
  const in_use = done === 0 ? names_in_use(lesson, state.value) : [];
  const still = busy.value || working.value || state.value === null;

  async function alone(work) {
    if (working.peek()) return;
    working.value = true;
    try {
      await work();
    } finally {
      working.value = false;
    }
  }

  /** Runs lines up to `end`, each when the one before has answered. */
  const run_to = (end) => alone(async () => {
    while (progress.peek().done < end) {
      const before = state.peek();
      if (!await run([lines[progress.peek().done]])) return;
      progress.value = note(progress.peek(), lesson, before, state.peek());
    }
  });

  const again = () => alone(async () => {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const statement = to_clear(progress.peek(), lesson, state.peek());
      if (statement === '') break;
      const before = state.peek();
      if (!await run([statement])) return;
      // What a finalizer saves meanwhile is the lesson's, too.
      progress.value = { ...note(progress.peek(), lesson, before, state.peek()), done: progress.peek().done };
    }
    progress.value = nothing_done();
  });

  const free_names = () => alone(() => run([`del ${in_use.join(', ')}`]));
  const next = next_lesson(lesson);
  const here = (to) => view_link(store, 'playground', { lesson: to });
  return html`<${Card} title=${t('play.lessons')} sub=${t('play.lessons_sub')} class="lesson">
    <nav class="lessons" aria-label=${t('play.lessons')}><ol>${LESSONS.map((one) => html`<li key=${one.name}>
      <a href=${here(one.name)} aria-current=${one === lesson ? 'true' : undefined}>${t(`lesson.${one.name}_title`)}</a></li>`)}</ol></nav>
    <h3>${t(`lesson.${name}_title`)}</h3>
    <p class="prose">${t(`lesson.${name}_text`)}</p>
    <ol class="steps">${lines.map((line, i) => html`<li key=${i}
      class=${i < done ? 'done' : i === done ? 'next' : ''} aria-current=${i === done ? 'step' : undefined}>
      <code>${line}</code>${i < done && html`<span>${t(`lesson.${name}_${i + 1}`)}</span>`}</li>`)}</ol>
    ${in_use.length > 0 && html`<p class="notice">${t('play.in_use', { names: in_use.join(', '), n: in_use.length })}
      ${' '}<button type="button" class="link" disabled=${still} onClick=${free_names}>${t('play.free_names', { n: in_use.length })}</button></p>`}
    <div class="row">
      ${!over && html`<button type="button" class="button primary" disabled=${still || in_use.length > 0}
          onClick=${() => run_to(done + 1)}><${Icon} name="play" />${t('play.next')}</button>
        <button type="button" class="button" disabled=${still || in_use.length > 0} onClick=${() => run_to(lines.length)}>${t('play.all')}</button>`}
      ${done > 0 && html`<button type="button" class="button" disabled=${still} onClick=${again}>${t('play.again')}</button>`}
      ${over && next && html`<a href=${here(next.name)}>${t('play.next_lesson', { title: t(`lesson.${next.name}_title`) })}</a>`}
      ${!over && lines[done].startsWith('gc.collect') && store.can('step') && html`<a
        href=${view_link(store, 'objects', { heap: heap.id, step: '1' })}>${t('play.step_through')}</a>`}
    </div>
  <//>`;
}
