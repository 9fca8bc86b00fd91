// types.js - census and growth, in Chinese.
/** @type {Record<string, string>} */
export default {
};
