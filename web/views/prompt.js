// prompt.js - a line for the playground's statements, and the log of what they gave.
//
// Enter runs, the arrow keys bring back what was run before, several pasted lines run
// one after the other. Who draws it runs the lines and keeps the log.
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { count, duration_ns } from '../format.js';
import { error_sentence } from '../errors.js';
import { split_lines } from '../playground_state.js';
import { Badge, Icon } from './icons.js';

/** @param {{t: any, entries: any[]}} props entries: {key, code, answer?, problem?, left?} */
export function Log({ t, entries }) {
  const end = useRef(null);
  useEffect(() => {
    const box = end.current;
    box.scrollTop = box.scrollHeight;
  }, [entries]);
  return html`<div class="log" role="log" aria-label=${t('play.output')} tabindex="0" ref=${end}>
    ${entries.length === 0 && html`<p class="empty">${t('play.empty')}</p>`}
    ${entries.map((entry) => html`<${Entry} t=${t} entry=${entry} key=${entry.key} />`)}
  </div>`;
}

function Entry({ t, entry: { code, answer, problem, left } }) {
  return html`<div class="entry">
    ${code && html`<p class="code"><span class="chevron" aria-hidden="true">»</span>${code}</p>`}
    ${problem && html`<${Problem} t=${t} code=${code} problem=${problem} />`}
    ${left > 0 && html`<p class="muted">${t('play.stopped', { n: left })}</p>`}
    ${answer && html`
      ${answer.value !== undefined && answer.value !== null && answer.value !== 'None'
        && html`<p class="value">${as_python(answer.value)}</p>`}
      ${answer.created?.length > 0 && html`<p class="born"><b>${t('play.created')}</b> ${answer.created.join(', ')}</p>`}
      ${answer.destroyed?.length > 0 && html`<p class="died"><b>${t('play.destroyed')}</b> ${answer.destroyed.join(', ')}</p>`}
      ${answer.resurrected?.length > 0 && html`<p class="saved"><b>${t('play.resurrected')}</b> ${answer.resurrected.join(', ')}</p>`}
      ${answer.collection && html`<p class="muted"><${Badge} generation=${answer.collection.generation} />
        ${' '}${t(answer.collection.candidates === undefined ? 'play.collection_short' : 'play.collection', {
          n: count(answer.collection.collected), candidates: count(answer.collection.candidates),
          pause: duration_ns(answer.collection.pause_ns),
        })}${answer.collection.weakrefs_cleared > 0 && ` · ${t('play.weakrefs_cleared', { n: answer.collection.weakrefs_cleared })}`}</p>`}`}
  </div>`;
}

const as_python = (value) => (value === true ? 'True' : value === false ? 'False' : String(value));

/** A refused statement, with a caret under the column that the parser stopped at. */
function Problem({ t, code, problem }) {
  const { reason, line, column } = problem.data ?? {};
  if (!reason) return html`<p class="bad">${error_sentence(t, problem)}</p>`;
  const at_code = column > 0 && column <= code.length + 1;
  return html`${at_code && html`<p class="caret" aria-hidden="true"><span class="chevron">»</span>${' '.repeat(column - 1)}^</p>`}
    <p class="bad">${reason} <span class="muted">(${t('play.error_at', { line: line ?? 1, column })})</span></p>`;
}

/** @param {{t: any, run: (lines: string[]) => Promise<boolean>, busy: {value: boolean, peek(): boolean}}} props */
export function Prompt({ t, run, busy }) {
  const text = useSignal('');
  const past = useRef([]);
  const at = useRef(0);
  const box = useRef(null);

  async function submit(source) {
    const lines = split_lines(source);
    if (lines.length === 0 || busy.peek()) return;
    past.current = [...past.current, ...lines].slice(-200);
    at.current = past.current.length;
    text.value = '';
    await run(lines);
    box.current?.focus();
  }

  function on_key(event) {
    const { value, selectionStart } = event.currentTarget;
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      submit(value);
    } else if (event.key === 'ArrowUp' && !value.slice(0, selectionStart).includes('\n') && at.current > 0) {
      at.current -= 1;
      text.value = past.current[at.current];
    } else if (event.key === 'ArrowDown' && !value.slice(selectionStart).includes('\n') && at.current < past.current.length) {
      at.current += 1;
      text.value = past.current[at.current] ?? '';
    } else {
      return;
    }
    event.preventDefault();
  }

  function on_paste(event) {
    const pasted = event.clipboardData?.getData('text') ?? '';
    if (!pasted.includes('\n')) return;
    event.preventDefault();
    submit(text.peek() + pasted);
  }

  return html`<form class="prompt" onSubmit=${(event) => { event.preventDefault(); submit(text.peek()); }}>
      <span class="chevron" aria-hidden="true">»</span>
      <textarea ref=${box} rows=${Math.min(6, text.value.split('\n').length)} spellcheck="false" autocapitalize="off"
        autocomplete="off" aria-label=${t('play.prompt')} aria-describedby="prompt-hint"
        placeholder=${t('play.placeholder')} value=${text.value}
        onInput=${(event) => { text.value = event.currentTarget.value; }}
        onKeyDown=${on_key} onPaste=${on_paste}></textarea>
      <button type="submit" class="button" disabled=${busy.value}><${Icon} name="play" />${t('play.run')}</button>
    </form>
    <p class="hint" id="prompt-hint">${t('play.hint')}<br />${t('play.statements')}</p>`;
}
