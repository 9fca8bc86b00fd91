// commands.js - commands, their answers, the palette, in English.
/** @type {Record<string, string>} */
export default {
  'collect.button': 'Collect',
  'collect.menu': 'Collect now',
  'collect.0': 'Generation 0',
  'collect.0_hint': 'the youngest objects only',
  'collect.1': 'Generation 1',
  'collect.1_hint': 'generation 1 and younger',
  'collect.2': 'Generation 2',
  'collect.2_hint': 'the whole heap',
  'collect.pending': 'gen {generation}: waiting for a safepoint …',
  'collect.answer_gen': 'gen {generation}',
  'collect.answer_freed': '{n} freed',
  'collect.region': 'Last answer',

  'copy.copy': 'Copy',
  'copy.done': 'Copied',
  'copy.failed': 'The browser did not allow copying: select the text and copy it by hand.',
  'drawer.close': 'Close the panel',
  'ask.cancel': 'Cancel',
};
