// icons.js - inline SVG, because many machines lack the symbols in their fonts.
import { html } from '../html.js';

const PATHS = {
  overview: 'M4 20V11M10 20V5M16 20v-6M21 20H2',
  collections: 'M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0',
  pools: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  objects: 'M6 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6M18 15a3 3 0 1 0 0 6 3 3 0 0 0 0-6M18 3a3 3 0 1 0 0 6 3 3 0 0 0 0-6M9 6h6M18 9v6M8.2 8.2l7.6 7.6',
  types: 'M4 5h16M4 10h11M4 15h7M4 20h4',
  heaps: 'M12 3l9 5-9 5-9-5zM3 12.5l9 5 9-5M3 17l9 5 9-5',
  playground: 'M4 6l6 6-6 6M13 18h7',
  settings: 'M4 7h9M19 7h1M4 17h1M11 17h9M16 4.5v5M8 14.5v5',
  back: 'M19 12H5M11 6l-6 6 6 6',
  forward: 'M5 12h14M13 6l6 6-6 6',
  down: 'M6 9l6 6 6-6',
  pause: 'M8 5v14M16 5v14',
  play: 'M7 4.5v15l12-7.5z',
  light: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  dark: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5',
  system: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  record: 'M12 5a7 7 0 1 0 0 14 7 7 0 0 0 0-14M12 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  stop: 'M6 6h12v12H6z',
  open: 'M3 19V5h6l2 2h10v12zM3 10h18',
  close: 'M6 6l12 12M18 6 6 18',
  command: 'M4 5h16v14H4zM7.5 9.5 10 12l-2.5 2.5M12.5 15h4',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 21 21',
  help: 'M8.5 9a3.5 3.5 0 1 1 5 3.2c-1 .5-1.5 1.2-1.5 2.3M12 18.2v.3',
  more: 'M4 12h1.4M11.3 12h1.4M18.6 12H20',
  clock: 'M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0',
  alert: 'M12 4 2.5 20h19zM12 10v5M12 17.5v.3',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  check: 'M4 12.5l5.5 5.5L20 6.5',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
};

/** @param {{name: string}} props */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d=${PATHS[name]} /></svg>`;
}

/** The mark: an open ring whose head bites its tail. */
export function Mark() {
  return html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path class="mark-ring" d="M8.6 4.6a8.2 8.2 0 1 0 6.8 0" />
    <path class="mark-head" d="M8.9 2.2 4.6 6.9l5.6.9z" /></svg>`;
}

/** ● ▲ ■ in the generation's colour. @param {{generation: number}} props */
export function Shape({ generation }) {
  return html`<svg class=${`shape gen-${generation}`} viewBox="0 0 12 12" aria-hidden="true" focusable="false">
    ${generation === 0 && html`<circle cx="6" cy="6" r="4.2" />`}
    ${generation === 1 && html`<path d="M6 1.2 11 10.4H1z" />`}
    ${generation === 2 && html`<path d="M1.8 1.8h8.4v8.4H1.8z" />`}</svg>`;
}

/** A generation's number on its colour, cut to its shape. @param {{generation: number}} props */
export function Badge({ generation }) {
  return html`<span class=${`badge gen-${generation}`}>
    <svg viewBox="0 0 22 22" aria-hidden="true" focusable="false">
      ${generation === 0 && html`<circle cx="11" cy="11" r="9.5" />`}
      ${generation === 1 && html`<path d="M11 .8 22 20.6H0z" />`}
      ${generation === 2 && html`<rect x="2" y="2" width="18" height="18" rx="2" />`}
    </svg><span>${generation}</span></span>`;
}
