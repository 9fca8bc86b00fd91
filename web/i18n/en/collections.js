// collections.js - collections, their reasons and phases, in English.
/** @type {Record<string, string>} */
export default {
  'table.time': 'time',
  'table.gen': 'gen',
  'table.reason': 'reason',
  'table.pause': 'pause',
  'table.examined': 'examined',
  'table.collected': 'collected',
  'table.freed': 'freed',
  'table.phases': 'phases',
  'table.types': 'freed most',
  'table.none': 'No collection yet. The next one appears here by itself.',
  'table.none_then': 'No collection is known of this time.',
  'table.shown': 'the newest {n}',
  'table.shown_then': 'the newest {n} of the time on show',
  'table.not_reported': 'not reported by this heap',

  'reason.threshold': 'threshold',
  'reason.explicit': 'explicit',
  'reason.remote': 'remote',
  'reason.rule': 'rule',
  'reason.memory': 'memory',
  'reason.shutdown': 'shutdown',
  'reason.unknown': 'unknown',

  'phase.subtract': 'subtract',
  'phase.mark': 'mark',
  'phase.unreachable': 'unreachable',
  'phase.promote': 'promote',
  'phase.finalize': 'finalize',
  'phase.clear': 'clear',
  'phase.free': 'free',
};
