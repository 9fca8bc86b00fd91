// made_of.js - what the bundler knows of the page it makes: the version of Ouro, and the
// packages inside with their licences' files.
// @ts-check

/* global OURO_PAGE_VERSION, OURO_PAGE_LIBRARIES */

/** @type {string} */
// @ts-ignore
export const PAGE_VERSION = OURO_PAGE_VERSION;
/** @type {{name: string, file: string}[]} */
// @ts-ignore
export const LIBRARIES = OURO_PAGE_LIBRARIES;
