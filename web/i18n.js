// i18n.js - sentences by key, in the reader's language.
//
//   '{n} {n:object|objects} freed'   {n} is a value; {n:one|many} picks by its number
//
// English is complete and stands in where another language lacks a key.
// @ts-check
import { en } from './i18n/en.js';
import { zh } from './i18n/zh.js';

/** @type {Record<string, Record<string, string>>} */
export const LANGUAGES = { en, zh };

/** @param {string} text @param {Record<string, any>} values */
export function fill(text, values) {
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_all, name, one, many) => {
    if (one !== undefined) return Number(values[name]) === 1 ? one : many;
    return name in values ? String(values[name]) : '';
  });
}

/** What the browser's languages ask for. @param {readonly string[]} wanted */
export function best_language(wanted) {
  for (const tag of wanted) {
    const short = tag.toLowerCase().split('-')[0];
    if (short in LANGUAGES) return short;
  }
  return 'en';
}

/**
 * @param {{readonly value: string}} language a signal: views that translate follow it
 * @returns {(key: string, values?: Record<string, any>) => string}
 */
export function createTranslator(language) {
  return (key, values = {}) => fill(LANGUAGES[language.value]?.[key] ?? en[key] ?? key, values);
}
