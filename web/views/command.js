// command.js - what every command of the drawer has: a run that answers beside it, the same
// call for a shell, and a fold.
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { as_curl, as_ouroctl, server_of } from '../command_text.js';
import { error_sentence } from '../errors.js';
import { CopyButton } from './copy.js';

/**
 * A place for one answer. `run` asks call after call and ends at the first refusal.
 * @param {any} ouro @returns {{outcome: any, run: (calls: [string, any][], show?: (answer: any) => any) => Promise<any>}}
 */
export function useCommand({ session }) {
  /** {kind: '', 'pending', 'done' or 'failed', text?, error?} */
  const outcome = useSignal({ kind: '' });

  async function run(calls, show = () => '') {
    outcome.value = { kind: 'pending' };
    try {
      let answer = null;
      for (const [method, params] of calls) answer = await session.ask(method, params);
      outcome.value = { kind: 'done', text: () => show(answer) };
      return answer;
    } catch (error) {
      outcome.value = { kind: 'failed', error };
      return null;
    }
  }
  return { outcome, run };
}

/** Why something of the past is not there: not the heap, the daemon's history. @param {any} t @param {any} error */
export const history_error = (t, error) => (error.name === 'not_supported' ? t('audit.off', { why: error.message }) : error_sentence(t, error));

/**
 * The answer's sentence, or why there is none.
 * @param {{t: any, outcome: any, sentence?: (t: any, error: any) => string}} props
 */
export function Outcome({ t, outcome, sentence = error_sentence }) {
  const { kind, text, error } = outcome.value;
  return html`<p class=${`outcome${kind === 'failed' ? ' bad' : ''}`} role="status">
    ${kind === 'pending' && t('cmd.pending')}
    ${kind === 'failed' && sentence(t, error)}
    ${kind === 'done' && text()}</p>`;
}

/** The same as lines for a shell. @param {{t: any, method: string, params: any}} props */
export function ShellLines({ t, method, params }) {
  const server = server_of(document.baseURI);
  const lines = [['ouroctl', as_ouroctl(server, method, params)], ['curl', as_curl(server, method, params)]];
  return html`<details class="shell"><summary>${t('cmd.shell')}</summary>
    ${lines.map(([name, line]) => html`<div class="shell-line" key=${name}>
      <code>${line}</code><${CopyButton} t=${t} text=${line} label=${t('cmd.copy', { name })} /></div>`)}
  </details>`;
}

/**
 * One command or more under a heading that says how things stand; what is inside comes
 * when it is opened.
 * @param {{title: any, state?: any, part: string, open: any, children?: any}} props `open` is a signal; `part` names it in the address
 */
export function Fold({ title, state, part, open, children }) {
  return html`<details class="fold" data-part=${part} open=${open.value} onToggle=${(event) => { open.value = event.currentTarget.open; }}>
    <summary><h3>${title}</h3>${state && html`<span class="fold-state">${state}</span>`}</summary>
    ${open.value && html`<div class="fold-body">${children}</div>`}
  </details>`;
}

/** One of a few: radio buttons in a row. @param {{name: string, label: any, value: string, options: [string, any][], choose: (id: string) => void}} props */
export function Choice({ name, label, value, options, choose }) {
  return html`<fieldset class="choice"><legend>${label}</legend>
    ${options.map(([id, words]) => html`<label key=${id}><input type="radio" name=${name} value=${id}
      checked=${id === value} onChange=${() => choose(id)} /><span>${words}</span></label>`)}
  </fieldset>`;
}

/** For good, or for a while. The milliseconds as text; '' for good. */
export const TRIALS = ['10000', '60000', '300000', '1800000', ''];

/** @param {{t: any, value: any, label: any}} props `value` is a signal of one of TRIALS */
export function TrialSelect({ t, value, label, time }) {
  return html`<label class="field"><span>${label}</span>
    <select value=${value.value} onChange=${(event) => { value.value = event.currentTarget.value; }}>
      ${TRIALS.map((ms) => html`<option key=${ms} value=${ms}>${ms ? t('cmd.for', { span: time(Number(ms)) }) : t('cmd.for_good')}</option>`)}
    </select></label>`;
}
