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
  return html`<${Card} title=${t('play.picture')} sub=${t('play.picture_sub')}>
    <svg class="objects-picture" viewBox=${`0 0 ${width} ${height}`} aria-hidden="true" focusable="false">
      <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
        <path class="arrow" d="M0 .5 8 4 0 7.5z" /></marker></defs>
      <rect class="names" x="4" y="6" width=${box_right} height=${height - 12} rx="8" />
      <text class="caption" x="16" y="26">${t('play.roots')}</text>
      ${edges.map((edge) => html`<g key=${edge.key} class=${edge.gone ? 'edge lost' : 'edge'}>
        <path d=${edge.d} marker-end="url(#arrow)" />
        ${edge.label && html`<text x=${edge.x} y=${edge.y}>${edge.label}</text>`}</g>`)}
      ${names.map((name) => html`<text key=${name.name} class="root-name" x=${name.x} y=${name.y}>${name.name}</text>`)}
      ${nodes.map(({ object, x, y, r }) => html`<g key=${object.id} class=${`node gen-${object.generation} ${object.gone ? 'lost' : ''}`}>
        ${!object.gone && !object.reachable && html`<circle class="unheld-ring" cx=${x} cy=${y} r=${r + 6} />`}
        <circle class="ring" cx=${x} cy=${y} r=${r} />
        <text class="node-name" x=${x} y=${y - 2}>${short(object.name ?? object.type)}</text>
        <text class="caption" x=${x} y=${y + 16}>${object.gone ? t('play.gone') : `${t('play.refs')} ${object.refcount}`}</text>
      </g>`)}
    </svg>
  <//>`;
}

const short = (name) => (name.length > 7 ? `${name.slice(0, 6)}…` : name);
