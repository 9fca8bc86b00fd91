// lazy.js - each view's code is fetched when it is first opened, and stays.
import { useEffect } from 'preact/hooks';
import { signal } from '@preact/signals';
import { html } from '../html.js';

/** Each module's default export is the view. @type {Record<string, () => Promise<{default: any}>>} */
const LOADERS = {
  overview: () => import('./overview.js'),
  collections: () => import('./collections.js'),
  pools: () => import('./pools.js'),
  objects: () => import('./objects.js'),
  types: () => import('./types.js'),
  heaps: () => import('./heaps.js'),
  playground: () => import('./playground.js'),
  settings: () => import('./settings.js'),
  // Panels and dialogs over a view.
  commands: () => import('./commands.js'),
  palette: () => import('./palette.js'),
  keys: () => import('./keyboard_help.js'),
};

/** @type {import('@preact/signals').Signal<Record<string, any>>} */
const loaded = signal({});
/** @type {import('@preact/signals').Signal<string>} */
const failed = signal('');

/** Fetches a view's code; early, so that it is there when the first sample is. @param {string} name */
export async function load(name) {
  try {
    const found = (await LOADERS[name]()).default;
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
