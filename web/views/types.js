// types.js - live objects by type, and what grew.
import { html } from '../html.js';

/** @param {{ouro: any}} props */
export default function Types({ ouro }) {
  return html`<h1>${ouro.t('view.types')}</h1>`;
}
