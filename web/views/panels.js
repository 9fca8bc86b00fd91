// panels.js - settings, and what opens over a view.
export { default as settings } from './settings.js';
export { default as commands } from './commands.js';
export { default as palette } from './palette.js';
export { default as keys } from './keyboard_help.js';
