// command_thresholds.js - when generations are collected: the numbers, and what they would
// mean at the rate at which this heap fills now.
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { count, duration_ns, rate as rate_words, span } from '../format.js';
import { due_every, read_threshold, young_rate } from '../tuning.js';
import { AskFirst } from './ask_first.js';
import { Outcome, ShellLines, TrialSelect, useCommand } from './command.js';
import { Badge } from './icons.js';

const MOST = 2147483647;
const SEEN_MS = 10000;

/** 0.6 → "0.6 s", 95 → "1 min 35 s" @param {any} t @param {number} seconds */
function every(t, seconds) {
  if (seconds === Infinity) return t('cmd.never');
  return seconds < 60 || Number.isNaN(seconds) ? duration_ns(seconds * 1e9) : span(seconds * 1000);
}

/** @param {{ouro: any, heap: any}} props */
export function ThresholdsCommand({ ouro, heap }) {
  const { store, t } = ouro;
  /** What was typed, or null: as they are. */ const draft = useSignal(/** @type {string[] | null} */ (null));
  const trial = useSignal('60000');
  const asks = useSignal(false);
  const { outcome, run } = useCommand(ouro);
  store.beat.value;
  const now = heap.thresholds ?? [];
  const texts = draft.value ?? now.map(String);
  const wanted = texts.map((text) => read_threshold(text, MOST));
  const bad = wanted.findIndex(Number.isNaN);
  const history = store.history(heap.id);
  const end = history.newest_ms();
  const from = Math.max(end - SEEN_MS, history.oldest_ms());
  const fills = young_rate(history, from, end);
  const due_now = due_every(fills, now);
  const due_then = bad < 0 ? due_every(fills, wanted) : [NaN, NaN, NaN];
  const changed = bad < 0 && wanted.some((value, i) => value !== now[i]);
  const params = { heap: heap.id, thresholds: bad < 0 ? wanted : now, ...(trial.value ? { revert_after_ms: Number(trial.value) } : {}) };

  async function apply() {
    asks.value = false;
    const answer = await run([['gc.set_threshold', params]], (a) => (a.reverts_at_ms
      ? t('cmd.set_trial', { values: a.thresholds.map(count).join(' · ') }) : t('cmd.set', { values: a.thresholds.map(count).join(' · ') })));
    if (answer) draft.value = null;
  }

  return html`<form onSubmit=${(event) => {
    event.preventDefault();
    if (bad >= 0) return;
    if (wanted[0] === 0) asks.value = true;
    else apply();
  }}>
    <p class="hint">${Number.isNaN(fills) ? t('cmd.rate_unknown') : t('cmd.rate', { rate: rate_words(fills), span: span(end - from) })}</p>
    <table class="thresholds"><caption class="unseen">${t('cmd.thresholds')}</caption>
      <thead><tr><th>${t('cmd.generation')}</th><th>${t('cmd.threshold')}</th><th class="right">${t('cmd.due_now')}</th><th class="right">${t('cmd.due_then')}</th></tr></thead>
      <tbody>${texts.map((text, i) => html`<tr key=${i}>
        <th scope="row"><${Badge} generation=${i} /></th>
        <td><input type="text" inputmode="numeric" autocomplete="off" size="10" value=${text} aria-label=${t('cmd.threshold_of', { generation: i })}
          aria-invalid=${Number.isNaN(wanted[i])} aria-describedby="thresholds-bad" title=${t(`cmd.unit_${i}`)}
          onInput=${(event) => { draft.value = texts.map((old, k) => (k === i ? event.currentTarget.value : old)); }} /></td>
        <td class="right muted">${heap.enabled ? every(t, due_now[i]) : t('cmd.never')}</td>
        <td class="right due-then">${changed ? every(t, due_then[i]) : '–'}</td></tr>`)}</tbody></table>
    <p class="outcome bad" id="thresholds-bad" role="status">${bad >= 0 && t('cmd.threshold_bad', { generation: bad, most: count(MOST) })}</p>
    <p class="hint">${heap.enabled ? t('cmd.due_hint') : t('cmd.due_off')}</p>
    <div class="row"><${TrialSelect} t=${t} value=${trial} label=${t('cmd.trial')} time=${span} />
      <button type="submit" class="button primary" disabled=${!changed}>${t('cmd.apply')}</button>
      ${draft.value && html`<button type="button" class="button" onClick=${() => { draft.value = null; }}>${t('cmd.reset')}</button>`}</div>
    <${Outcome} t=${t} outcome=${outcome} />
    <${ShellLines} t=${t} method="gc.set_threshold" params=${params} />
    ${asks.value && html`<${AskFirst} t=${t} title=${t('cmd.zero_title')} text=${t('cmd.zero_text')} action=${t('cmd.zero_action')}
      confirm=${apply} cancel=${() => { asks.value = false; }} />`}
  </form>`;
}
