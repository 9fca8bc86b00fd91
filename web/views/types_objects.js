// types_objects.js - the objects of one type, a page at a time. Each page is written into the
// daemon's audit log, so it is asked for when somebody wants it and never again by itself.
import { useEffect, useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { bytes, count, UNKNOWN } from '../format.js';
import { error_sentence } from '../errors.js';
import { Drawer } from './drawer.js';
import { Badge } from './icons.js';
import { view_link } from './link.js';

const PAGE = 50;
const ROWS = 200;

/** @param {{ouro: any, heap: any, type: string, close: () => void}} props */
export function TypeObjects({ ouro, heap, type, close }) {
  const { store, t } = ouro;
  const may = store.can('objects');
  const { role, read_only } = store.hello.value ?? {};
  return html`<${Drawer} t=${t} class="type-objects" title=${t('types.objects', { type })} sub=${heap.name} close=${close}>
    ${may ? html`<${Pages} ouro=${ouro} heap=${heap} type=${type} />`
      : html`<p>${role !== 'operator' ? t('obj.observer') : read_only ? t('obj.read_only') : t('obj.not_offered', { kind: heap.kind })}</p>`}
  <//>`;
}

function Pages({ ouro, heap, type }) {
  const { store, session, t } = ouro;
  const rows = useSignal(/** @type {any[]} */ ([]));
  /** 'loading', 'more' or 'all' */ const at = useSignal('loading');
  const failed = useSignal(null);
  const state = useMemo(() => ({ gone: false, cursor: undefined }), []);

  async function more() {
    at.value = 'loading';
    failed.value = null;
    try {
      // A page may be empty although there is a next one.
      const before = rows.peek().length;
      const most = Math.min(PAGE, ROWS - before);
      do {
        const page = await session.ask('heap.objects', { heap: heap.id, type, limit: most - (rows.peek().length - before), ...(state.cursor ? { cursor: state.cursor } : {}) });
        if (state.gone) return;
        rows.value = [...rows.peek(), ...page.objects];
        state.cursor = page.next_cursor;
      } while (state.cursor && rows.peek().length - before < most);
      at.value = state.cursor ? 'more' : 'all';
    } catch (error) {
      if (state.gone) return;
      failed.value = error;
      at.value = 'more';
    }
  }
  useEffect(() => {
    more();
    return () => { state.gone = true; };
  }, []);

  const n = rows.value.length;
  const columns = ['object', 'refs', 'gen', 'bytes'];
  const cells = {
    object: (o) => html`<a href=${view_link(store, 'objects', { object: o.id, near: '2' })}>${o.text ?? o.id}</a>${o.text && html`<div class="muted">${o.id}</div>`}`,
    refs: (o) => (o.refcount === undefined ? '∞' : count(o.refcount)),
    gen: (o) => (o.generation === undefined ? UNKNOWN : html`<${Badge} generation=${o.generation} />`),
    bytes: (o) => bytes(o.bytes),
  };
  const label = (key) => t(key === 'bytes' ? 'types.col_bytes' : `obj.col_${key}`);
  return html`<p class="muted" role="status">${at.value === 'loading' ? t('types.reading') : failed.value ? '' : n === 0 ? t('types.no_objects')
      : at.value === 'all' ? t('types.all', { n: count(n) }) : t(n < ROWS ? 'types.first' : 'types.most', { n: count(n) })}</p>
    ${n > 0 && html`<p class="hint">${t('types.why')}</p>
      <table><thead><tr>${columns.map((key) => html`<th scope="col" key=${key} class=${key === 'refs' || key === 'bytes' ? 'right' : ''}>${label(key)}</th>`)}</tr></thead>
      <tbody>${rows.value.map((o) => html`<tr key=${o.id} data-object=${o.id}>
        ${columns.map((key) => html`<td key=${key} class=${key === 'refs' || key === 'bytes' ? 'right' : ''}>${cells[key](o)}</td>`)}</tr>`)}</tbody></table>`}
    ${failed.value && html`<p class="bad" role="alert">${error_sentence(t, failed.value)}</p>`}
    ${at.value === 'more' && n < ROWS && html`<button type="button" class="button" onClick=${more}>${t('types.more')}</button>`}`;
}
