// command_workload.js - what a hosted heap runs: chosen, started, changed while it runs, ended.
//
// The daemon describes its workloads in English; what this page knows by name it says in
// the reader's language, the rest as the daemon does.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { count } from '../format.js';
import { AskFirst } from './ask_first.js';
import { Outcome, ShellLines, useCommand } from './command.js';

const LOOK_MS = 2000;

/** The reader's words for something of the daemon's, else the daemon's own. @param {any} t @param {string} key @param {string} otherwise */
const told = (t, key, otherwise) => {
  const words = t(key);
  return words === key || words === '' ? otherwise : words;
};

const name_of = (workload) => workload.name.replaceAll('-', '_');

/** @param {{ouro: any, heap: any}} props */
export function WorkloadCommand({ ouro, heap }) {
  const { session, store, t } = ouro;
  const known = useSignal(/** @type {any[] | null} */ (null));
  const chosen = useSignal('');
  /** What was typed, by setting. */ const draft = useSignal(/** @type {Record<string, string>} */ ({}));
  const asks = useSignal(false);
  const { outcome, run } = useCommand(ouro);
  const is_open = store.connection.value.kind === 'open';

  async function look() {
    try {
      known.value = (await session.ask('workload.list')).workloads.filter((w) => w.heap === heap.id);
    } catch { /* the next look tells */ }
  }
  // Others may start and change it too.
  useEffect(() => {
    if (!is_open) return undefined;
    look();
    const timer = setInterval(() => { if (!document.hidden) look(); }, LOOK_MS);
    return () => clearInterval(timer);
  }, [is_open, heap.workload]);

  if (!known.value) return html`<p class="hint">${t('cmd.pending')}</p>`;
  const workload = known.value.find((w) => w.name === chosen.value) ?? known.value.find((w) => w.running) ?? known.value[0];
  if (!workload) return html`<p class="hint">${t('cmd.no_workload')}</p>`;

  const values = workload.settings.map((setting) => {
    const text = draft.value[setting.name];
    const value = text === undefined ? setting.value : /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : NaN;
    return { setting, text: text ?? String(setting.value), value, is_bad: !(value >= setting.minimum && value <= setting.maximum) };
  });
  const bad = values.find((v) => v.is_bad);
  const changed = values.filter((v) => v.value !== v.setting.value);
  const settings = Object.fromEntries((workload.running ? changed : values).map((v) => [v.setting.name, v.value]));
  const rate = values.find((v) => v.setting.name === 'rate');
  const is_flat_out = rate && rate.value === rate.setting.maximum;
  const call = workload.running ? ['workload.set', { heap: heap.id, settings }] : ['workload.start', { heap: heap.id, workload: workload.name, settings }];
  const shown = workload.running && changed.length === 0 ? ['workload.stop', { heap: heap.id }] : call;

  async function apply() {
    asks.value = false;
    const answer = await run([call], (a) => t('cmd.workload_runs', { name: a.name }));
    if (!answer) return;
    draft.value = {};
    chosen.value = '';
    await look();
  }
  async function stop() {
    await run([['workload.stop', { heap: heap.id }]], () => t('cmd.workload_stopped'));
    await look();
  }
  return html`<form onSubmit=${(event) => {
    event.preventDefault();
    if (bad) return;
    if (is_flat_out || (!workload.running && workload.name === 'leak')) asks.value = true;
    else apply();
  }}>
    <label class="field"><span>${t('cmd.workload')}</span>
      <select value=${workload.name} onChange=${(event) => { chosen.value = event.currentTarget.value; draft.value = {}; }}>
        ${known.value.map((w) => html`<option key=${w.name} value=${w.name}>${w.running ? t('cmd.runs_now', { name: w.name }) : w.name}</option>`)}
      </select></label>
    <p class="hint">${told(t, `workload.${name_of(workload)}`, workload.description)}</p>
    ${values.map(({ setting, text, is_bad }) => html`<div class="setting" key=${`${workload.name} ${setting.name}`}>
      <label for=${`setting-${setting.name}`}>${setting.name}</label>
      <input id=${`setting-${setting.name}`} type="text" inputmode="numeric" autocomplete="off" value=${text} aria-invalid=${is_bad}
        aria-describedby=${`about-${setting.name}`}
        onInput=${(event) => { draft.value = { ...draft.value, [setting.name]: event.currentTarget.value }; }} />
      <span class="muted unit">${setting.unit}</span>
      <p class=${is_bad ? 'hint bad' : 'hint'} id=${`about-${setting.name}`}>${t('cmd.range', { least: count(setting.minimum), most: count(setting.maximum) })}
        ${' '}${told(t, `setting.${name_of(workload)}_${setting.name}`, setting.description)}</p></div>`)}
    ${workload.running && html`<p class="hint counters">${Object.entries(workload.counters).map(([name, n]) => html`<span key=${name}>${name.replaceAll('_', ' ')} <b>${count(n)}</b></span>`)}</p>`}
    <div class="row">
      <button type="submit" class="button primary" disabled=${Boolean(bad) || (workload.running && changed.length === 0)}>${t(workload.running ? 'cmd.apply' : 'cmd.start')}</button>
      ${workload.running && html`<button type="button" class="button" onClick=${stop}>${t('cmd.stop')}</button>`}</div>
    <${Outcome} t=${t} outcome=${outcome} />
    ${bad ? null : html`<${ShellLines} t=${t} method=${shown[0]} params=${shown[1]} />`}
    ${asks.value && html`<${AskFirst} t=${t} title=${t(is_flat_out ? 'cmd.flat_title' : 'cmd.leak_title', { name: heap.name })}
      text=${t(is_flat_out ? 'cmd.flat_text' : 'cmd.leak_text')} action=${t('cmd.start')} confirm=${apply} cancel=${() => { asks.value = false; }} />`}
  </form>`;
}
