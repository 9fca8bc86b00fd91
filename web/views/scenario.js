// scenario.js - John and Mary: the program that counting cannot clean up after, to be
// run a line at a time with a sentence on what each line does.
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { Card } from './card.js';
import { Icon } from './icons.js';

const LINES = ["john = Person('John')", "mary = Person('Mary')", 'john.friend = mary', 'mary.friend = john',
  'del john', 'del mary', 'gc.collect()'];

/** @param {{t: any, run: (lines: string[]) => Promise<boolean>, busy: any}} props */
export function Scenario({ t, run, busy }) {
  const done = useSignal(0);
  const over = done.value >= LINES.length;

  /** Runs lines up to `end`, each when the one before has answered. */
  async function run_to(end) {
    while (done.peek() < end) {
      if (!await run([LINES[done.peek()]])) return;
      done.value += 1;
    }
  }

  return html`<${Card} title=${t('play.scenario_title')} sub=${t('play.scenario')} class="scenario">
    <p class="prose">${t('play.scenario_text')}</p>
    <ol class="steps">${LINES.map((line, i) => html`<li key=${line}
      class=${i < done.value ? 'done' : i === done.value ? 'next' : ''} aria-current=${i === done.value ? 'step' : undefined}>
      <code>${line}</code>${i < done.value && html`<span>${t(`play.step_${i + 1}`)}</span>`}</li>`)}</ol>
    <div class="row">
      ${over ? html`<button type="button" class="button" onClick=${() => { done.value = 0; }}>${t('play.again')}</button>`
        : html`<button type="button" class="button primary" disabled=${busy.value}
            onClick=${() => run_to(done.peek() + 1)}><${Icon} name="play" />${t('play.next')}</button>
          <button type="button" class="button" disabled=${busy.value} onClick=${() => run_to(LINES.length)}>${t('play.all')}</button>`}
    </div>
  <//>`;
}
