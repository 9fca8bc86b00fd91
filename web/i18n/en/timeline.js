// timeline.js - the strip over every view, and times, in English.
/** @type {Record<string, string>} */
export default {
};
