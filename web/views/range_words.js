// range_words.js - names a window: "last 10 s" while live, else its two ends.
import { clock, clock_ms, span } from '../format.js';

/** @param {any} ouro @param {{from_ms: number, to_ms: number}} range @param {number} [seen_ms] what was seen of it */
export function range_words({ store, t }, range, seen_ms = Infinity) {
  if (store.fixed.value) {
    const words = range.to_ms - range.from_ms < 10000 ? clock_ms : clock;
    return t('range.between', { from: words(range.from_ms), to: words(range.to_ms) });
  }
  // A page that was opened just now has seen less than the range: say what it saw.
  return t('range.last', { span: span(Math.max(1000, Math.min(seen_ms, store.range_s.value * 1000))) });
}
