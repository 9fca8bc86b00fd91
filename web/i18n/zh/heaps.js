// heaps.js - heaps and comparisons, in Chinese.
/** @type {Record<string, string>} */
export default {
};
