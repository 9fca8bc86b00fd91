// command_collect.js - collect now, or ask first what it would cost.
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { bytes, count, duration_ns } from '../format.js';
import { Choice, Outcome, ShellLines } from './command.js';
import { Badge } from './icons.js';
import { error_sentence } from '../errors.js';

/** What a dry run says, in sentences. @param {any} t @param {any} told the contract's Prediction */
export function prediction_words(t, told) {
  const { generation, candidates, pause_ns, predictions, pause_error_percent: off } = told;
  return [
    t('cmd.would', { generation, n: count(candidates) }),
    pause_ns === undefined ? t('cmd.would_unknown') : t('cmd.would_pause', { pause: duration_ns(pause_ns) }),
    off ? t('cmd.would_off', { n: count(predictions), half: Math.round(off.p50), most: Math.round(off.p90) }) : t('cmd.would_new'),
  ].join(' ');
}

/** @param {any} t @param {any} record the contract's Collection */
export function record_words(t, record) {
  const words = t('cmd.collected', { generation: record.generation, n: count(record.collected), pause: duration_ns(record.pause_ns) });
  return record.freed_bytes === undefined ? words : `${words} ${t('cmd.collected_bytes', { bytes: bytes(record.freed_bytes) })}`;
}

/** @param {{ouro: any, heap: any}} props */
export function CollectCommand({ ouro, heap }) {
  const { session, store, t } = ouro;
  const generation = useSignal('2');
  const outcome = useSignal({ kind: '' });
  const ready = store.connection.value.kind === 'open';

  async function run(dry_run) {
    outcome.value = { kind: 'pending' };
    const { record, prediction, error } = await session.collect(heap.id, Number(generation.peek()), dry_run);
    outcome.value = error ? { kind: 'failed', error }
      : { kind: 'done', text: () => (record ? record_words(t, record) : prediction_words(t, prediction)) };
  }
  return html`<p class="hint">${t('cmd.collect_hint')}</p>
    <${Choice} name="collect-generation" label=${t('cmd.generation')} value=${generation.value} choose=${(id) => { generation.value = id; }}
      options=${['0', '1', '2'].map((g) => [g, html`<${Badge} generation=${Number(g)} /><span class="unseen">${t(`collect.${g}`)}</span>`])} />
    <div class="row"><button type="button" class="button primary" disabled=${!ready} onClick=${() => run(false)}>${t('cmd.collect_now')}</button>
      <button type="button" class="button" disabled=${!ready} onClick=${() => run(true)}>${t('cmd.dry_run')}</button></div>
    <${Outcome} t=${t} outcome=${outcome} />
    <${ShellLines} t=${t} method="gc.collect" params=${{ heap: heap.id, generation: Number(generation.value) }} />`;
}

/** For the top bar: the last answer in one line. @param {any} t @param {any} answer of the store */
export function answer_sentence(t, { record, prediction, error }) {
  if (error) return error_sentence(t, error);
  return record ? record_words(t, record) : prediction ? prediction_words(t, prediction) : '';
}
