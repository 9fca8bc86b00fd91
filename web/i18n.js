// i18n.js - sentences by key, in the reader's language.
//
//   '{n} {n:object|objects} freed'   {n} is a value; {n:one|many} picks by its number
//
// A language is loaded when it is first chosen. A test holds their keys together, so
// none has to stand in for another.
// @ts-check

/** @type {Record<string, () => Promise<{default: Record<string, string>}>>} */
export const LANGUAGES = { en: () => import('./i18n/en.js'), zh: () => import('./i18n/zh.js') };

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
 * The sentences of the language that is on; null before the first has been loaded.
 * @param {{signal: <T>(value: T) => {value: T, peek(): T}}} parts
 */
export function createTranslator({ signal }) {
  /** @type {{value: Record<string, string> | null}} */ const words = signal(/** @type {any} */ (null));
  /** The language that `words` are of: views that translate follow it. */
  const language = signal('');
  let wanted = '';

  return {
    language,

    /** @param {string} name of LANGUAGES */
    async speak(name) {
      wanted = name;
      const loaded = (await LANGUAGES[name]()).default;
      if (wanted !== name) return; // somebody chose another meanwhile
      words.value = loaded;
      language.value = name;
    },

    /** @param {string} key @param {Record<string, any>} values @returns {string} */
    t: (key, values = {}) => fill(words.value?.[key] ?? key, values),
  };
}
