// types.js - census and growth, in English.
/** @type {Record<string, string>} */
export default {
};
