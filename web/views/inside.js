// inside.js - views that look into a heap, as one file.
export { default as objects } from './objects.js';
export { default as playground } from './playground.js';
