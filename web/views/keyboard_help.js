// keyboard_help.js - all keys, from the table that the page obeys.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { html } from '../html.js';
import { key_name, KEYS } from '../keys.js';
import { Icon } from './icons.js';

const GROUPS = ['everywhere', 'time', 'views'];

/** What a key does. @param {any} t @param {any} key of the table */
const words_of = (t, key) => (key.view ? t(`view.${key.view}`) : t(`keys.${key.id}`));

/** The keys of one group. @param {{t: any, group: string}} props */
export function KeyList({ t, group }) {
  return html`<dl class="facts key-list">${KEYS.filter((key) => key.group === group).map((key) => html`<div key=${key.id}>
    <dt>${key.shown.map((way, i) => html`${i > 0 && html`<span class="muted">${t('keys.or')}</span>`}<span class="keys">${way.map((name) => html`<kbd key=${name}>${key_name(name, navigator.platform)}</kbd>`)}</span>`)}</dt>
    <dd>${words_of(t, key)}</dd></div>`)}</dl>`;
}

/** @param {{ouro: any}} props */
export default function KeyboardHelp({ ouro }) {
  const { dialog, t } = ouro;
  const box = useRef(null);
  useLayoutEffect(() => {
    const shown = box.current;
    shown.showModal();
    return () => shown.close(); // the browser leads the focus back
  }, []);
  const close = () => { dialog.value = ''; };
  return html`<dialog class="ask key-help" ref=${box} aria-labelledby="keys-title" onCancel=${(event) => {
    event.preventDefault();
    close();
  }} onClick=${(event) => { if (event.target === box.current) close(); }}>
    <div class="drawer-head"><h2 id="keys-title">${t('keys.title')}</h2>
      <button type="button" class="button square" aria-label=${t('keys.shut')} title=${t('keys.shut')} onClick=${close}><${Icon} name="close" /></button></div>
    <div class="key-groups">${GROUPS.map((group) => html`<section key=${group}><h3>${t(`keys.group_${group}`)}</h3><${KeyList} t=${t} group=${group} /></section>`)}</div>
    <p class="hint">${t('keys.fields')}</p>
    <p class="hint">${t('keys.charts')}</p>
  </dialog>`;
}
