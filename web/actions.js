// actions.js - everything that can be done by name: what the palette lists.
//
// Whoever has something to offer adds a function that says what there is at the moment;
// nothing runs except by `run` of an entry that somebody chose.
//
//   const stop = ouro.actions.add(() => [{ id: 'record', group: 'file', title: t('record.start'), run }]);
// @ts-check

/**
 * @typedef {{id: string, group: string, title: string, words?: string, hint?: string, keys?: string[], run: () => void}} Action
 *   `group` is a key below `palette.group_`, `words` other names for it, `keys` what does the same
 */

export function createActions() {
  /** @type {Set<() => Action[]>} */ const sources = new Set();
  return {
    /** @param {() => Action[]} source @returns {() => void} takes it out again */
    add(source) {
      sources.add(source);
      return () => { sources.delete(source); };
    },

    /** What can be done now, in the order in which it was added. @returns {Action[]} */
    list() {
      return [...sources].flatMap((source) => source());
    },
  };
}
