// preferences.js - what the reader chose and the browser keeps: how often samples come,
// which clock times are told by, whether things move. Theme and language have their own.
// @ts-check

/** What may be chosen; the first is what holds until somebody does. @type {Record<string, readonly string[]>} */
export const CHOICES = {
  rate: ['10', '5', '2', '1'], // samples a second
  clock: ['local', 'utc'],
  motion: ['system', 'reduced'],
};

/**
 * @param {{signal: <T>(value: T) => {value: T, peek(): T},
 *   storage: {get(key: string): string | null, set(key: string, value: string): void},
 *   less_motion: {matches: boolean}}} parts `less_motion` is the system's wish
 */
export function createPreferences({ signal, storage, less_motion }) {
  /** @type {Record<string, {value: string, peek(): string}>} */ const chosen = {};
  for (const [name, options] of Object.entries(CHOICES)) {
    const stored = storage.get(name);
    chosen[name] = signal(options.includes(stored ?? '') ? /** @type {string} */ (stored) : options[0]);
  }
  return {
    chosen,

    /** @param {string} name of CHOICES @param {string} value */
    choose(name, value) {
      if (!CHOICES[name]?.includes(value)) return;
      storage.set(name, value);
      chosen[name].value = value;
    },

    /** Between two samples that the page asks for. */
    interval_ms: () => 1000 / Number(chosen.rate.value),

    /** Whether nothing shall move by itself. */
    reduced_motion: () => chosen.motion.value === 'reduced' || less_motion.matches,
  };
}
