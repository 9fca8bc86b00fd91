// charts.js - what charts say in words, in Chinese.
/** @type {Record<string, string>} */
export default {
  'chart.label': '{title}，{sub}',
};
