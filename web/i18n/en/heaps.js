// heaps.js - heaps and comparisons, in English.
/** @type {Record<string, string>} */
export default {
};
