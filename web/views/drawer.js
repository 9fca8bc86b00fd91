// drawer.js - a panel at the page's side for the details of one thing; the view beside
// it stays usable. Focus goes in when it opens and back where it came from when it closes;
// Escape closes the one that was opened last. Where it covers the page (on a phone) the
// Tab key stays inside.
//
// Draw it outside of cards: they may have a filter, which would hold it in.
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../html.js';
import { Icon } from './icons.js';

/** Open drawers, the newest last. @type {{close: () => void}[]} */
const open = [];

const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex="0"]';

addEventListener('keydown', (event) => {
  // What had the key's meaning first (a menu, a dialog, a field with suggestions) said so.
  if (event.key !== 'Escape' || event.defaultPrevented || open.length === 0) return;
  if (document.querySelector('dialog[open]')) return;
  event.preventDefault();
  open.at(-1).close();
});

/**
 * @param {{t: any, title: any, sub?: any, close: () => void, class?: string, focus?: string, children?: any}} props
 *   `close` takes it out of the page; `focus` selects what gets the focus first, else it is the title
 */
export function Drawer({ t, title, sub, close, class: extra = '', focus, children }) {
  const panel = useRef(null);
  const id = useId();
  const latest = useRef(close);
  latest.current = close;

  useLayoutEffect(() => {
    const before = /** @type {HTMLElement} */ (document.activeElement);
    const inside = panel.current;
    const entry = { close: () => latest.current() };
    open.push(entry);
    (focus && inside.querySelector(focus) || inside.querySelector('h2')).focus({ preventScroll: true });
    return () => {
      open.splice(open.indexOf(entry), 1);
      // Only who still is inside is led back: somebody who went elsewhere stays there.
      const now = document.activeElement;
      if ((now === document.body || inside.contains(now)) && before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  function on_key(event) {
    if (event.key !== 'Tab' || panel.current.offsetWidth < document.documentElement.clientWidth) return;
    const stops = [...panel.current.querySelectorAll(FOCUSABLE)].filter((e) => e.offsetParent !== null);
    const [first, last] = [stops[0], stops.at(-1)];
    const at = document.activeElement;
    const leaves = event.shiftKey ? at === first || !stops.includes(at) : at === last;
    if (!leaves) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }

  return html`<div class=${`drawer ${extra}`} role="dialog" aria-labelledby=${id} ref=${panel} onKeyDown=${on_key}>
    <div class="drawer-head">
      <div><h2 id=${id} tabindex="-1">${title}</h2>${sub && html`<p class="card-sub">${sub}</p>`}</div>
      <button type="button" class="button square" aria-label=${t('drawer.close')} title=${t('drawer.close')}
        onClick=${() => latest.current()}><${Icon} name="close" /></button>
    </div>
    <div class="drawer-body">${children}</div>
  </div>`;
}
