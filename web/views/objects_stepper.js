// objects_stepper.js - the controls of one collection in slow motion, the phases it goes
// through, and the sentence of each.
import { useEffect, useId, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { count } from '../format.js';
import { error_sentence } from '../errors.js';
import { IDLE_S, MOST_OBJECTS, PHASES } from '../stepping.js';
import { Card } from './card.js';
import { Icon } from './icons.js';

const PLAY_MS = 2600;

/** @param {{ouro: any, explorer: any}} props */
export function StepBar({ ouro, explorer }) {
  const { store, t } = ouro;
  const generation = useSignal('2');
  const playing = useSignal(false);
  const step = explorer.step.value;
  const busy = explorer.step_busy.value;

  // One step after the other, each as long as its sentence takes to read.
  const goes_on = playing.value && step?.stepping;
  useEffect(() => {
    if (!goes_on || busy) return undefined;
    const timer = setTimeout(() => { explorer.step_on('next'); }, PLAY_MS);
    return () => clearTimeout(timer);
  }, [goes_on, busy, step?.number]);
  useEffect(() => { if (!step?.stepping) playing.value = false; }, [step?.stepping]);

  // Who pressed a button that went away with this step goes on from the next one.
  const bar = useRef(null);
  const shown = step === null ? 'before' : step.stepping ? 'steps' : 'over';
  const was = useRef(shown);
  useEffect(() => {
    if (was.current !== shown && document.activeElement === document.body) bar.current?.querySelector('.primary')?.focus({ preventScroll: true });
    was.current = shown;
  }, [shown]);

  // A link that says `step=1` leads to the button; an address runs no command by itself.
  const is_ready = shown === 'before' && Boolean(explorer.picture.value);
  useEffect(() => {
    if (!is_ready || !store.params.peek().step) return;
    bar.current?.querySelector('.step-begin')?.focus();
    store.set_param('step', '');
  }, [is_ready]);

  const heap = store.heap();
  if (!store.can('step')) return html`<p class="step-bar hint">${t('step.not_offered')}</p>`;
  if (!step) {
    store.beat.value; // another size
    const live = store.history(heap.id).sample?.live_objects;
    if (live > MOST_OBJECTS) {
      return html`<div class="step-bar"><p class="hint">${t('step.too_large', { most: count(MOST_OBJECTS), n: count(live) })}
        ${' '}${t('step.too_large_hint')}</p></div>`;
    }
    return html`<div class="step-bar" ref=${bar}>
      <p class="hint spring">${t('step.intro')}</p>
      <label class="pill pick"><span class="unseen">${t('step.generation')}</span>
        <select value=${generation.value} title=${t('step.generation')} onChange=${(event) => { generation.value = event.currentTarget.value; }}>
          ${['0', '1', '2'].map((g) => html`<option key=${g} value=${g} selected=${g === generation.value}>${t('obj.node_gen', { g })}</option>`)}</select><${Icon} name="down" /></label>
      <button type="button" class="button primary step-begin" disabled=${!explorer.picture.value}
        onClick=${() => explorer.step_on('begin', Number(generation.peek()))}><${Icon} name="play" />${t('step.begin')}</button>
    </div>`;
  }
  return html`<div class="step-bar" ref=${bar}>
    <ol class="phases-list" aria-label=${t('step.phases')}>${PHASES.map((name, i) => html`<li key=${name}
      class=${i + 1 < step.number ? 'done' : i + 1 === step.number ? 'here' : ''} aria-current=${i + 1 === step.number ? 'step' : undefined}>${t(`step.short_${name}`)}</li>`)}</ol>
    <div class="row step-buttons">${step.stepping ? html`
      <button type="button" class="button" aria-pressed=${playing.value} onClick=${() => { playing.value = !playing.peek(); }}>
        <${Icon} name=${playing.value ? 'pause' : 'play'} />${t(playing.value ? 'step.pause' : 'step.play')}</button>
      <button type="button" class="button" onClick=${() => explorer.step_on('finish')}>${t('step.finish')}</button>
      <button type="button" class="button primary step-next" onClick=${() => explorer.step_on('next')}>${t('step.next')}</button>`
      : html`<button type="button" class="button primary step-done" onClick=${() => explorer.leave_steps()}>${t('step.done')}</button>`}
    </div>
  </div>`;
}

/** @param {{t: any, explorer: any}} props */
export function StepText({ t, explorer }) {
  const step = explorer.step.value;
  const note = explorer.step_note.value;
  const label = useId();
  if (!step) return note && html`<p class="notice" role="status">${said(t, note)}</p>`;
  const { phase, number, tally, total, generation, record } = step;
  const older = generation === 0 ? 1 : 2;
  const values = { ...tally, total, g: generation, older };
  const text = phase === 'copy' && generation === 0 ? 'step.copy_text_0'
    : phase === 'unreachable' && tally.unreachable === 0 ? 'step.unreachable_none' : `step.${phase}_text`;
  const known = PHASES.includes(phase);
  return html`<${Card} title=${known ? t('step.at', { n: number, all: PHASES.length, title: t(`step.${phase}`) }) : phase} label=${t('step.title')} class="step-card">
    <div role="status" aria-labelledby=${label}>
      ${known && html`<p class="step-text" id=${label}>${t(text, values)}</p>`}
      ${step.destroyed.length > 0 && html`<p class="bad">${t('step.died', { names: step.destroyed.join(', ') })}</p>`}
      ${record && html`<p class="step-text"><b>${record.candidates === undefined ? t('step.result_short', { n: count(record.collected) })
        : t('step.result', { n: count(record.collected), candidates: count(record.candidates) })}</b></p>`}
    </div>
    ${known && html`<pre class="step-code">${t(`step.${phase}_code`, values)}</pre>`}
    ${step.truncated && html`<p class="muted">${t('step.part', { n: count(tally.shown), all: count(total) })}</p>`}
    ${note && html`<p class="bad">${said(t, note)}</p>`}
    ${step.stepping && html`<p class="hint">${t('step.idle', { s: IDLE_S })}</p>`}
  <//>`;
}

function said(t, { kind, error }) {
  if (kind === 'idle') return t('step.ended_idle', { s: IDLE_S });
  if (kind === 'lost') return t('step.ended_lost');
  if (error.name === 'busy') return t('step.busy', { message: error.message });
  return error.name === 'limit' ? t('error.other', { message: error.message }) : error_sentence(t, error);
}
