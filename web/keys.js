// keys.js - the keyboard: one table, which the page obeys and the help shows.
//
// No single key commands a heap: keys move, zoom and open. A key belongs first to what
// has the focus – text to a field, Space to a button.
// @ts-check

/**
 * @typedef {{id: string, group: string, shown: string[][], code?: string, key?: string, mod?: boolean, alt?: boolean,
 *   after_g?: string, view?: string, spare?: 'buttons'}} Binding
 *   `shown`: the keys as the help shows them, one list a way; `mod` Ctrl or Cmd; `after_g`: the key that follows g
 */

const VIEW_LETTERS = { overview: 'o', collections: 'c', pools: 'p', objects: 'b', types: 't', heaps: 'h', playground: 'y', settings: 's' };

/** @type {Binding[]} */
export const KEYS = [
  { id: 'palette', group: 'everywhere', shown: [['Ctrl', 'K']], key: 'k', mod: true },
  { id: 'help', group: 'everywhere', shown: [['?']], key: '?' },
  { id: 'close', group: 'everywhere', shown: [['Esc']] },
  { id: 'pause', group: 'time', shown: [['Space']], key: ' ', spare: 'buttons' },
  { id: 'zoom_back', group: 'time', shown: [['[']], key: '[' },
  { id: 'zoom_forward', group: 'time', shown: [[']']], key: ']' },
  ...Object.entries(VIEW_LETTERS).map(([view, letter], i) => ({
    id: `view_${view}`, group: 'views', shown: [['g', letter], ['Alt', String(i + 1)]], view, after_g: letter, code: `Digit${i + 1}`, alt: true,
  })),
];

/** A key as the reader's keyboard has it. @param {string} name of `shown` @param {string} platform as navigator tells */
export const key_name = (name, platform) => (/^(Mac|iP)/.test(platform) ? { Ctrl: '⌘', Alt: '⌥' }[name] : undefined) ?? name;

/** What takes text or has keys of its own. */
const FIELDS = 'input, textarea, select, [contenteditable], [role=menu], [role=combobox], [role=listbox]';
const BUTTONS = 'button, a, summary, [role=button], [tabindex="0"]';
const SEQUENCE_MS = 1500;

/** @param {{now: () => number}} parts `now` in milliseconds */
export function createKeys({ now }) {
  let g_at = -Infinity;

  return {
    /**
     * What a key stroke means, or null. Only those that it returns are to be kept from the browser.
     * @param {{key: string, code: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean,
     *   repeat: boolean, target: any}} event @returns {Binding | null}
     */
    press(event) {
      const is_mod = event.ctrlKey || event.metaKey;
      if (is_mod) return KEYS.find((k) => k.mod && !event.altKey && k.key === event.key.toLowerCase()) ?? null;
      const within = (/** @type {string} */ what) => Boolean(event.target?.closest?.(what));
      if (event.altKey) return KEYS.find((k) => k.alt && k.code === event.code) ?? null;
      if (event.repeat || within(FIELDS) || within('dialog[open]')) return null;
      const after_g = now() - g_at < SEQUENCE_MS;
      g_at = -Infinity;
      if (after_g) {
        const to = KEYS.find((k) => k.after_g === event.key.toLowerCase());
        if (to) return to;
      }
      if (event.key === 'g') {
        g_at = now();
        return null;
      }
      const found = KEYS.find((k) => k.key === event.key && !k.mod);
      if (found?.spare === 'buttons' && within(BUTTONS)) return null;
      return found ?? null;
    },
  };
}
