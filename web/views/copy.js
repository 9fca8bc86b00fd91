// copy.js - a button that copies a text, and says so to everybody.
import { useEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { Icon } from './icons.js';

const SAYS_IT_MS = 2000;

/** Puts a text on the clipboard; false where the browser did not let us. @param {string} text */
export async function copy_text(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no secure context, or the page has not the focus
  }
}

/**
 * @param {{t: any, text: string | (() => string), label?: string, class?: string}} props `text` may be
 *   made when it is wanted; `label` says what is copied where "Copy" alone does not
 */
export function CopyButton({ t, text, label, class: extra = '' }) {
  /** '', 'done' or 'failed' */ const state = useSignal('');
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);

  async function run() {
    const done = await copy_text(typeof text === 'function' ? text() : text);
    state.value = done ? 'done' : 'failed';
    clearTimeout(timer.current);
    timer.current = setTimeout(() => { state.value = ''; }, SAYS_IT_MS);
  }

  const words = state.value ? t(`copy.${state.value}`) : '';
  return html`<span class="copy"><button type="button" class=${`button square ${extra}`} title=${words || (label ?? t('copy.copy'))}
      aria-label=${label ?? t('copy.copy')} onClick=${run}><${Icon} name=${{ '': 'copy', done: 'check', failed: 'close' }[state.value]} /></button>
    <span class="unseen" role="status">${words}</span></span>`;
}
