// everyday.js - views and panels that most readers open, as one file: many small ones would
// weigh a tenth more, because each is compressed alone.
export { default as overview } from './overview.js';
export { default as collections } from './collections.js';
export { default as pools } from './pools.js';
export { default as types } from './types.js';
export { default as heaps } from './heaps.js';
export { default as settings } from './settings.js';
export { default as commands } from './commands.js';
export { default as palette } from './palette.js';
export { default as keys } from './keyboard_help.js';
