// object_picture.js - the playground's objects as a picture: names, references, counts.
// The table below it says the same in words, so readers that do not see skip this one.
import { useRef } from 'preact/hooks';
import { html } from '../html.js';
import { assign_slots, lay_out, MOST_OBJECTS } from '../object_layout.js';
import { Card } from './card.js';

/** @param {{t: any, state: any}} props */
export function ObjectPicture({ t, state }) {
  const slots = useRef(new Map());
  if (!state || state.objects.length === 0 || state.objects.length > MOST_OBJECTS) return null;
  slots.current = assign_slots(slots.current, state.objects.map((o) => o.id));
  const { width, height, nodes, names, edges, box_right } = lay_out(state, slots.current);
  // A number is used again after a death: then it is another object, and another element.
  const key_of = (key, gone) => (gone ? `${key} gone` : key);
  const living = state.objects.filter((o) => !o.gone);
  return html`<${Card} title=${t('play.picture')} sub=${t('play.picture_sub')}>
    <svg class="objects-picture" viewBox=${`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
        <path class="arrow" d="M0 .5 8 4 0 7.5z" /></marker></defs>
      <rect class="names" x="4" y="6" width=${box_right} height=${height - 12} rx="8" />
      <text class="caption" x="16" y="26">${t('play.roots')}</text>
      ${edges.map((edge) => html`<g key=${key_of(edge.key, edge.gone)} class=${`edge ${edge.weak ? 'weak' : ''} ${edge.gone ? 'lost' : ''}`}>
        <path d=${edge.d} marker-end="url(#arrow)" />
        ${edge.label && html`<text x=${edge.x} y=${edge.y}>${edge.label}</text>`}</g>`)}
      ${names.map((name) => html`<text key=${name.name} class="root-name" x=${name.x} y=${name.y}>${name.name}</text>`)}
      ${nodes.map((node) => html`<${Node} key=${key_of(node.object.id, node.object.gone)} t=${t} node=${node} />`)}
    </svg>
    <ul class="legend picture-legend" aria-hidden="true">
      ${living.some((o) => o.target !== undefined) && html`<li><${Sign} kind="weak" />${t('play.legend_weak')}</li>`}
      ${living.some((o) => !o.reachable) && html`<li><${Sign} kind="unheld" />${t('play.legend_unheld')}</li>`}
      ${living.some((o) => o.finalizer === 'ran') && html`<li><${Sign} kind="saved" />${t('play.legend_finalizer')}</li>`}
    </ul>
  <//>`;
}

function Node({ t, node: { object, x, y, r } }) {
  const is_box = object.type === 'list' || object.type === 'weakref';
  const shape = (name, extra) => (is_box ? html`<rect class=${name} x=${x - r - 5 - extra} y=${y - r * 0.72 - extra}
      width=${2 * (r + 5 + extra)} height=${2 * (r * 0.72 + extra)} rx=${6 + extra / 2} />`
    : html`<circle class=${name} cx=${x} cy=${y} r=${r + extra} />`);
  return html`<g class=${`node gen-${object.generation} ${object.gone ? 'lost' : ''}`}>
    ${!object.gone && !object.reachable && shape('unheld-ring', 6)}
    ${shape('ring', 0)}
    <text class="node-name" x=${x} y=${y - 2}>${short(object.name ?? object.type)}</text>
    <text class="caption" x=${x} y=${y + 16}>${caption(t, object)}</text>
    ${!object.gone && object.finalizer === 'ran' && html`<g class="saved-mark">
      <circle cx=${x + 26} cy=${y - 26} r="9" /><path d=${`M${x + 22} ${y - 24}a4.5 4.5 0 1 1 2 3M${x + 21} ${y - 27}l1 4 4-1`} /></g>`}
  </g>`;
}

function caption(t, object) {
  if (object.gone) return t('play.gone');
  if (object.type === 'weakref' && object.target === undefined) return '→ None';
  return `${t('play.refs')} ${object.refcount}`;
}

/** A small sample of what the legend explains. */
function Sign({ kind }) {
  return html`<svg class=${`sign sign-${kind}`} viewBox="0 0 26 14" focusable="false">
    ${kind === 'weak' ? html`<path d="M1 7h22" />` : html`<circle cx="13" cy="7" r="5.5" />`}</svg>`;
}

const short = (name) => (name.length > 7 ? `${name.slice(0, 6)}…` : name);
