// card.js - the frame around everything that is shown: a title, a few words on what
// it says, and room for a legend.
import { html } from '../html.js';

/** @param {{title: any, sub?: any, aside?: any, class?: string, children?: any, label?: string}} props */
export function Card({ title, sub, aside, class: extra = '', children, label }) {
  return html`<section class=${`card ${extra}`} aria-label=${label ?? title}>
    <header class="card-head">
      <h2>${title}</h2>
      ${sub && html`<p class="card-sub">${sub}</p>`}
      ${aside && html`<div class="card-aside">${aside}</div>`}
    </header>
    ${children}
  </section>`;
}

/** A large number and, small, what it means. @param {{label: any, value: any, sub: any, tone?: string}} props */
export function Figure({ label, value, sub, tone = '' }) {
  return html`<div class="figure">
    <dt>${label}</dt>
    <dd class=${`figure-value ${tone}`}>${value}</dd>
    <dd class="figure-sub">${sub}</dd>
  </div>`;
}
