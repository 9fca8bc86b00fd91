// frame.js - the page around the views: bar, states, notices, errors, in English.
/** @type {Record<string, string>} */
export default {
  'app.skip': 'Skip to content',
  'app.views': 'Views',

  'view.overview': 'Overview',
  'view.collections': 'Collections',
  'view.pools': 'Pools',
  'view.objects': 'Objects',
  'view.types': 'Types',
  'view.heaps': 'Heaps',
  'view.playground': 'Playground',
  'view.settings': 'Settings',

  'bar.heap': 'Heap',
  'bar.no_heap': 'no heap',
  'bar.range': 'Time range',
  'bar.last': 'last {span}',
  'bar.pause': 'Pause',
  'bar.resume': 'Resume',
  'bar.pause_hint': 'Stop drawing; data keeps arriving (Space)',
  'bar.language': 'Language: change to 中文',
  'bar.theme': 'Theme: {theme}',
  'bar.observer': 'You are watching as an observer: commands need the operator’s address.',
  'bar.observer_short': 'Observer',
  'bar.read_only': 'This daemon is read-only: it takes no commands from anybody.',
  'bar.read_only_short': 'Read-only',

  'theme.system': 'system',
  'theme.light': 'light',
  'theme.dark': 'dark',

  'state.connecting': 'Connecting',
  'state.live': 'Live {hertz} Hz',
  'state.paused': 'Paused',
  'state.playing': 'Playing a recording',
  'state.stale': 'Stale {seconds} s',
  'state.waiting': 'Disconnected, retry in {seconds} s',
  'state.refused': 'Not signed in',

  'said.connecting': 'Connecting',
  'said.live': 'Live',
  'said.paused': 'Paused',
  'said.playing': 'Playing a recording',
  'said.stale': 'Stale: no new data',
  'said.waiting': 'Disconnected',
  'said.refused': 'Not signed in',

  'state.retry_now': 'Retry now',

  'error.cooling_down': 'Too soon: this heap can be collected again in {ms} ms.',
  'error.busy': 'The heap is busy with another collection.',
  'error.forbidden': 'Observers may not run commands.',
  'error.unauthorized': 'This session is no longer signed in.',
  'error.no_such_heap': 'This heap does not exist any more.',
  'error.heap_gone': 'This heap went away before it could answer.',
  'error.not_supported': 'This heap does not know this command.',
  'error.limit': 'Too many commands at once; wait {ms} ms.',
  'error.timeout': 'No answer within 15 s.',
  'error.disconnected': 'The connection was lost before an answer came.',
  'error.other': 'The daemon refused: {message}',

  'refused.title': 'This browser is not signed in',
  'refused.text': 'The daemon answered, but it does not know this browser: the address was used before, has expired, or belongs to an older run. Ask for a new one on the machine where the daemon runs and open it here:',
  'refused.run': 'daemon/run prints one each time it starts',
  'refused.url': 'auth.one_time_url, called with the operator token, makes one for a daemon that runs already',
  'refused.retry': 'Try again',

  'lost.title': 'Disconnected',
  'lost.text': 'The daemon cannot be reached. What you see is what came last; the page tries again and goes on by itself.',

  'wait.title': 'Connecting to the daemon',
  'wait.text': 'The first sample is on its way.',
  'wait.view_failed': 'The code of this view could not be fetched: the daemon is gone, or was replaced by another version. In that case reload the page.',

  'empty.title': 'No heap yet',
  'empty.text': 'The daemon is running, but nothing has shown it a heap.',

  'notice.restarted': 'The daemon restarted at {time}. Its counters begin at zero again; older curves stay.',
  'notice.lagged': '{n} {n:message was|messages were} skipped because this page was too slow ({topic} of {heap}).',
  'notice.lagged_unknown': 'Some messages were skipped because this page was too slow ({topic} of {heap}).',
  'notice.dismiss': 'Dismiss',
};
