// timeline.js - the strip over every view, and times, in English.
/** @type {Record<string, string>} */
export default {
  'time.strip': 'Timeline',
  'time.slider': 'Visible window; arrows move it, Shift and an arrow change its width, End goes back to live',
  'time.window': 'Viewing {from} – {to} ({width})',
  'time.live': 'live, at the newest end',
  'time.hint': 'Drag the window to see the past.',
  'time.back': 'back to live',
  'time.whole_end': 'to its end',
  'time.span': 'How much the timeline shows',
  'time.all': 'all',

  'past.loading': 'Reading the history …',
  'past.none': 'Nothing was stored of this time.',
  'past.off': 'This daemon stores no history: only what this page saw is here.',
};
