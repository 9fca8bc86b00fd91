// objects.js - objects, what holds them, and one collection in slow motion.
import { html } from '../html.js';

/** @param {{ouro: any}} props */
export default function Objects({ ouro }) {
  return html`<h1>${ouro.t('view.objects')}</h1>`;
}
