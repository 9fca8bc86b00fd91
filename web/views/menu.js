// menu.js - a button that opens a list of commands, as keyboards and readers expect:
// arrows move, Escape and a click elsewhere close, focus returns to the button.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';

/**
 * @param {{label: any, title: string, name?: string, class?: string, disabled?: boolean,
 *   items: {key: string, label: any, hint?: string, run: () => void}[]}} props
 */
export function Menu({ label, title, name, class: extra = '', disabled, items }) {
  const is_open = useSignal(false);
  const root = useRef(null);

  function close(refocus) {
    is_open.value = false;
    if (refocus) root.current.querySelector('button').focus();
  }

  useLayoutEffect(() => {
    if (!is_open.value) return undefined;
    root.current.querySelector('[role=menuitem]')?.focus();
    const outside = (event) => {
      if (!root.current.contains(event.target)) close(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [is_open.value]);

  function on_key(event) {
    const entries = [...root.current.querySelectorAll('[role=menuitem]')];
    const at = entries.indexOf(document.activeElement);
    const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (event.key === 'Escape' && is_open.value) {
      close(true);
    } else if (event.key === 'Tab') {
      is_open.value = false;
      return;
    } else if (go !== undefined && is_open.value) {
      entries[(go + entries.length) % entries.length].focus();
    } else if (event.key === 'ArrowDown') {
      is_open.value = true;
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  return html`<div class="menu" ref=${root} onKeyDown=${on_key}>
    <button type="button" class=${extra} aria-haspopup="menu" aria-expanded=${is_open.value} aria-label=${name} title=${name}
      disabled=${disabled} onClick=${() => { is_open.value = !is_open.value; }}>${label}</button>
    ${is_open.value && html`<div class="menu-list" role="menu" aria-label=${title}>
      ${items.map((item) => html`<button type="button" role="menuitem" key=${item.key} tabindex="-1"
        onClick=${() => { close(true); item.run(); }}>
        <span class="menu-label">${item.label}</span>
        ${item.hint && html`<span class="menu-hint">${item.hint}</span>`}
      </button>`)}
    </div>`}
  </div>`;
}
