// ask_first.js - what cannot be undone at once, or slows a program down, is asked first.
// Nothing happens by Enter on what was focused before: the way back has the focus.
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../html.js';

/**
 * Stands while the question is open; one of the two is called, once.
 * @param {{t: any, title: any, text: any, action: any, confirm: () => void, cancel: () => void, children?: any}} props
 *   `action` is the button's text ("Turn off"), `children` more about it, such as the command
 */
export function AskFirst({ t, title, text, action, confirm, cancel, children }) {
  const dialog = useRef(null);
  const id = useId();

  useLayoutEffect(() => {
    const shown = dialog.current;
    shown.showModal();
    return () => shown.close(); // the browser leads the focus back
  }, []);

  const on_cancel = (event) => { // Escape
    event.preventDefault();
    cancel();
  };
  return html`<dialog class="ask" ref=${dialog} aria-labelledby=${id} aria-describedby=${`${id}-text`} onCancel=${on_cancel}>
    <h2 id=${id}>${title}</h2>
    <p class="prose" id=${`${id}-text`}>${text}</p>
    ${children}
    <div class="ask-buttons">
      <button type="button" class="button" autofocus onClick=${cancel}>${t('ask.cancel')}</button>
      <button type="button" class="button danger" onClick=${confirm}>${action}</button>
    </div>
  </dialog>`;
}
