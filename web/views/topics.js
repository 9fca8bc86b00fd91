// topics.js - how memory is managed, a paragraph for each part, and where to see it.
import { html } from '../html.js';
import { TOPICS, topic_params } from '../topics.js';
import { Card } from './card.js';
import { view_link } from './link.js';

/** On a phone they are opened one by one. */
const is_wide = () => matchMedia('(min-width: 641px)').matches;

/** @param {{ouro: any}} props */
export function Topics({ ouro }) {
  const { store, t } = ouro;
  return html`<${Card} title=${t('topic.title')} sub=${t('topic.sub')} class="topics">
    <div class="topic-list">${TOPICS.map((topic, i) => html`<details key=${topic.name} open=${i === 0 || is_wide()}>
      <summary>${t(`topic.${topic.name}_title`)}</summary>
      <p>${t(`topic.${topic.name}`)}</p>
      <p><a href=${view_link(store, topic.view, topic_params(topic, store.heaps.value))}>${t(`topic.${topic.name}_link`)}</a></p>
    </details>`)}</div>
  <//>`;
}
