// first.js - the view that a page opens with: what it needs and no more.
export { default as overview } from './overview.js';
