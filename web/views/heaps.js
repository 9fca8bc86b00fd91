// heaps.js - every heap at a glance, up to four on one chart, and two windows of one
// heap's stored time side by side; recordings are opened here.
import { html } from '../html.js';
import { Card } from './card.js';
import { Compare } from './compare.js';
import { HeapCard } from './heap_card.js';
import { Overlay } from './overlay.js';
import { OpenRecording, RecordButton } from './record.js';

/** @param {{ouro: any}} props */
export default function Heaps({ ouro }) {
  const { store, t } = ouro;
  store.beat.value;
  const heaps = store.heaps.value;
  const chosen = store.heap();
  return html`<h1 class="unseen">${t('view.heaps')}</h1>
    <${Card} title=${t('heaps.all')} sub=${t('heaps.all_sub')}
      aside=${html`<span class="heaps-record"><${RecordButton} ouro=${ouro} /><${OpenRecording} ouro=${ouro} /></span>`}>
      ${heaps.length === 0 ? html`<p class="empty">${t('empty.text')}</p>`
        : html`<ul class="heap-cards">${heaps.map((heap) => html`<${HeapCard} key=${heap.id} ouro=${ouro} heap=${heap} />`)}</ul>`}
    <//>
    ${heaps.length > 0 && html`<${Overlay} ouro=${ouro} />`}
    ${chosen && html`<${Compare} ouro=${ouro} heap=${chosen} key=${chosen.id} />`}`;
}
