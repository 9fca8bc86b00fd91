// lazy.js - a view's code is fetched when the first of its file is opened, and stays.
import { useEffect } from 'preact/hooks';
import { signal } from '@preact/signals';
import { html } from '../html.js';

const first = () => import('./first.js');
const everyday = () => import('./everyday.js');
const panels = () => import('./panels.js');
const inside = () => import('./inside.js');

/** Which file has a view, under its name. @type {Record<string, () => Promise<Record<string, any>>>} */
const FILES = {
  overview: first,
  collections: everyday,
  pools: everyday,
  objects: inside,
  types: everyday,
  heaps: everyday,
  playground: inside,
  settings: panels,
  // Panels and dialogs over a view.
  commands: panels,
  palette: panels,
  keys: panels,
};

/** @type {import('@preact/signals').Signal<Record<string, any>>} */
const loaded = signal({});
/** @type {import('@preact/signals').Signal<string>} */
const failed = signal('');

/** Fetches a view's code; early, so that it is there when the first sample is. @param {string} name */
export async function load(name) {
  try {
    const found = (await FILES[name]())[name];
    loaded.value = { ...loaded.peek(), [name]: found };
    failed.value = '';
  } catch {
    failed.value = name; // the daemon is gone, or is another version by now
  }
}

/** @param {{name: string, ouro: any}} props */
export function Lazy({ name, ouro }) {
  const View = loaded.value[name];
  // A daemon that came back may have it now.
  const open = ouro.store.connection.value.kind === 'open';
  useEffect(() => { if (!View) load(name); }, [name, View, open]);
  if (View) return html`<${View} ouro=${ouro} />`;
  if (failed.value !== name) return null;
  return html`<section class="blank"><h1>${ouro.t(`view.${name}`)}</h1><p>${ouro.t('wait.view_failed')}</p>
    <button type="button" class="button primary" onClick=${() => load(name)}>${ouro.t('refused.retry')}</button></section>`;
}
