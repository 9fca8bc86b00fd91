// fuzzy.js - which of many entries a few typed letters mean, the best first.
//
// Every word of the query must be found, its letters in order; a hit at the beginning of
// a word, or of letters side by side, is worth more. Pure.
// @ts-check

/** A word's hit in a text, higher is better; -1: no hit. @param {string} word @param {string} text both lower case */
function score_word(word, text) {
  const whole = text.indexOf(word);
  if (whole >= 0) {
    const starts = whole === 0 || !is_letter(text[whole - 1]);
    return 100 + (starts ? 50 : 0) - Math.min(40, whole) - Math.min(20, (text.length - word.length) / 4);
  }
  let score = 0;
  let at = -1;
  for (const letter of word) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return -1;
    if (next === at + 1) score += 3;
    if (next === 0 || !is_letter(text[next - 1])) score += 6;
    score -= Math.min(3, (next - at - 1) / 4);
    at = next;
  }
  return Math.max(0, score);
}

const is_letter = (/** @type {string} */ c) => /[\p{L}\p{N}]/u.test(c);

/** @param {string} query @param {string} text @returns {number} -1: not meant */
export function score(query, text) {
  let total = 0;
  const low = text.toLowerCase();
  for (const word of query.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    const found = score_word(word, low);
    if (found < 0) return -1;
    total += found;
  }
  return total;
}

/**
 * @template T @param {string} query @param {T[]} entries @param {(entry: T) => string[]} texts_of the
 *   entry's name first, then other words for it, which count for less
 * @returns {T[]} best first; those alike keep their order
 */
export function best(query, entries, texts_of) {
  if (query.trim() === '') return entries;
  const rated = entries.map((entry) => {
    const [name, ...others] = texts_of(entry);
    const all = [name, ...others].join(' ');
    const by_name = score(query, name);
    return { entry, score: by_name >= 0 ? by_name + 30 : score(query, all) };
  });
  return rated.filter((r) => r.score >= 0).sort((a, b) => b.score - a.score).map((r) => r.entry);
}
