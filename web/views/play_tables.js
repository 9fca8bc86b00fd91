// play_tables.js - the playground's names and objects as tables, what moved marked.
import { html } from '../html.js';
import { count } from '../format.js';
import { brief, describe } from '../playground_state.js';
import { Card } from './card.js';
import { Badge } from './icons.js';

export function Roots({ t, state }) {
  if (!state) return null;
  return html`<${Card} title=${t('play.roots')} sub=${t('play.roots_sub')}>
    ${state.roots.length === 0 ? html`<p class="empty">${t(state.objects.some((o) => !o.gone) ? 'play.no_roots' : 'play.no_objects')}</p>`
      : html`<table class="roots"><thead><tr><th scope="col">${t('play.name')}</th>
          <th scope="col">${t('play.object')}</th></tr></thead>
        <tbody>${state.roots.map((root) => html`<tr key=${root.name} class=${root.gone ? 'gone' : ''}>
          <td><code>${root.name}</code></td><td>${describe(state, root.id)}</td></tr>`)}</tbody></table>`}
  <//>`;
}

export function Objects({ t, state }) {
  if (!state) return null;
  return html`<${Card} title=${t('play.objects')} sub=${t('play.objects_sub')}>
    ${state.objects.length === 0 ? html`<p class="empty">${t('play.no_objects')}</p>`
      : html`<table class="cards objects"><thead><tr>
          ${['object', 'refs', 'gen', 'fields', 'held'].map((key) => html`<th scope="col" key=${key}>${t(`play.${key}`)}</th>`)}
        </tr></thead><tbody>${state.objects.map((object) => html`<tr key=${object.gone ? `${object.id} gone` : object.id}
          class=${object.gone ? 'gone' : object.reachable ? '' : 'unheld'} data-object=${describe(state, object.id)}>
          <td data-label=${t('play.object')}><div><span class="name">${describe(state, object.id)}</span>
            ${!object.gone && object.finalizer === 'ran' && html`<div class="finalizer">${t('play.finalizer_ran')}</div>`}
            ${!object.gone && object.finalizer === 'pending' && object.type === 'Phoenix' && html`<div class="finalizer">${t('play.finalizer_pending')}</div>`}</div></td>
          <td data-label=${t('play.refs')} class="refs"><span class="cell">${object.gone ? html`<span class="muted">${t('play.gone')}</span>`
            : html`${object.refcount_before !== undefined && html`<s>${object.refcount_before}</s> `}<b>${object.refcount}</b>`}</span></td>
          <td data-label=${t('play.gen')}>${!object.gone && object.generation !== undefined && html`<${Badge} generation=${object.generation} />`}</td>
          <td data-label=${t('play.fields')}><div><${Fields} t=${t} state=${state} object=${object} /></div></td>
          <td data-label=${t('play.held')}><div>${object.gone ? '' : html`${object.held_by.map((holder) => html`<div
            key=${holder.key}>${holder.root ? html`<code>${holder.root}</code>`
              : html`${brief(state, holder.id)}<code>${holder.field.startsWith('[') ? '' : '.'}${holder.field}</code>`}</div>`)}
            ${!object.reachable && html`<div class="bad">${t('play.cycle')}</div>`}`}</div></td>
        </tr>`)}</tbody></table>`}
    ${state.truncated && html`<p class="muted">${t('play.truncated', { n: count(state.objects.length) })}</p>`}
  <//>`;
}

function Fields({ t, state, object }) {
  if (object.type === 'weakref') {
    return object.target === undefined ? html`<span class="weak">${t(object.cleared ? 'play.weak_cleared_now' : 'play.weak_cleared')}</span>`
      : html`<span class="weak">${t('play.weak_to', { name: brief(state, object.target) })}</span>`;
  }
  if (object.fields.length === 0) return '–';
  return object.fields.map((f) => html`<div key=${f.name}><code>${f.name}</code> → ${brief(state, f.id)}</div>`);
}
