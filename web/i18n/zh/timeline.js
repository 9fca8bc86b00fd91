// timeline.js - the strip over every view, and times, in Chinese.
/** @type {Record<string, string>} */
export default {
};
