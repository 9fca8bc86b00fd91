// charts.js - what charts say in words, in English.
/** @type {Record<string, string>} */
export default {
  'chart.label': '{title}, {sub}',
};
