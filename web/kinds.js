// kinds.js - words of the contract about heaps, in the reader's language; what a newer
// daemon calls otherwise stays as it is.
// @ts-check

/** @param {(key: string) => string} t @param {string} key @param {string} word */
const known = (t, key, word) => (t(key) === key ? word : t(key));

/** "hosted" @param {(key: string) => string} t @param {string} kind */
export const kind_words = (t, kind) => known(t, `kind.${kind}`, kind);

/** "generational" @param {(key: string) => string} t @param {string} collector */
export const collector_words = (t, collector) => known(t, `collector.${collector}`, collector);
