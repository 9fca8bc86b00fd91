// palette.js - everything by name: type a few letters, choose with the arrows, Enter runs it.
//
// A combobox over a list box: the focus stays in the field, the list tells which entry is
// the chosen one. Nothing runs but by Enter, or a click, on an entry.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { best } from '../fuzzy.js';
import { count } from '../format.js';
import { key_name } from '../keys.js';
import { kept_params } from './link.js';

const MOST = 60;
const MOST_TYPES = 100;

/** The types of the heap on show by name; they come when the daemon has counted. @param {any} ouro */
function useTypes({ session, store }) {
  const types = useSignal(/** @type {any[]} */ ([]));
  useEffect(() => {
    const heap = store.heap();
    if (!heap?.capabilities?.includes('census') || heap.kind === 'recording' || store.connection.peek().kind !== 'open') return;
    session.ask('heap.census', { heap: heap.id, limit: MOST_TYPES }).then((answer) => {
      types.value = answer.types.map(({ type, objects }) => ({
        id: `type-${type}`, group: 'type', title: type, hint: count(objects), run: () => store.show('types', { type, ...kept_params(store) }),
      }));
    }, () => { /* then the others are there */ });
  }, []);
  return types.value;
}

/** @param {{ouro: any}} props */
export default function Palette({ ouro }) {
  const { actions, dialog, t } = ouro;
  const query = useSignal('');
  const at = useSignal(0);
  const box = useRef(null);
  const types = useTypes(ouro);
  const found = best(query.value, [...actions.list(), ...types], (a) => [a.title, t(`palette.group_${a.group}`), a.words ?? '']).slice(0, MOST);
  const chosen = Math.min(at.value, found.length - 1);

  useLayoutEffect(() => {
    const shown = box.current;
    shown.showModal();
    return () => shown.close(); // the browser leads the focus back
  }, []);
  useLayoutEffect(() => {
    box.current.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, query.value]);

  function run(action) {
    dialog.value = '';
    action.run();
  }
  function on_key(event) {
    if (event.isComposing) return; // Enter ends what an input method began
    const go = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, PageDown: Math.min(chosen + 8, found.length - 1), PageUp: Math.max(chosen - 8, 0) }[event.key];
    if (go !== undefined && found.length > 0) at.value = (go + found.length) % found.length;
    else if (event.key === 'Enter' && found[chosen]) run(found[chosen]);
    else return;
    event.preventDefault();
  }
  const heading = (i) => found[i].group !== found[i - 1]?.group && query.value.trim() === '';
  return html`<dialog class="palette" ref=${box} aria-label=${t('palette.title')} onCancel=${(event) => {
    event.preventDefault();
    dialog.value = '';
  }} onClick=${(event) => { if (event.target === box.current) dialog.value = ''; }}>
    <input type="text" role="combobox" autofocus autocomplete="off" spellcheck=${false} aria-label=${t('palette.title')} placeholder=${t('palette.hint')}
      aria-expanded="true" aria-controls="palette-list" aria-autocomplete="list" aria-activedescendant=${found[chosen] ? `palette-${chosen}` : undefined}
      value=${query.value} onKeyDown=${on_key} onInput=${(event) => { query.value = event.currentTarget.value; at.value = 0; }} />
    <div class="palette-list" id="palette-list" role="listbox" aria-label=${t('palette.title')}>
      ${found.map((action, i) => html`<div role="option" class=${heading(i) ? 'first' : ''} id=${`palette-${i}`} key=${action.id} aria-selected=${i === chosen}
        onPointerMove=${() => { at.value = i; }} onClick=${() => run(action)}>
        <span class="palette-group">${t(`palette.group_${action.group}`)}</span><span class="palette-name">${action.title}</span>
        ${action.hint && html`<span class="palette-hint">${action.hint}</span>`}
        ${action.keys && html`<span class="palette-keys">${action.keys.map((key) => html`<kbd key=${key}>${key_name(key, navigator.platform)}</kbd>`)}</span>`}</div>`)}
    </div>
    <p class=${found.length > 0 ? 'unseen' : 'empty'} role="status">${found.length > 0 ? t('palette.found', { n: found.length }) : t('palette.none', { query: query.value })}</p>
  </dialog>`;
}
