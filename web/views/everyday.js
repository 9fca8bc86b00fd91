// everyday.js - views that most readers open, as one file: many small ones would weigh a
// tenth more, because each is compressed alone.
export { default as collections } from './collections.js';
export { default as pools } from './pools.js';
export { default as types } from './types.js';
export { default as heaps } from './heaps.js';
