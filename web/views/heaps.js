// heaps.js - every heap at a glance, and two windows of history side by side.
import { html } from '../html.js';

/** @param {{ouro: any}} props */
export default function Heaps({ ouro }) {
  return html`<h1>${ouro.t('view.heaps')}</h1>`;
}
