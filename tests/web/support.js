// support.js - what several of these tests need.
import { readFileSync } from 'node:fs';

export const WEB = new URL('../../web/', import.meta.url);

/** A signal without a library: a box that `store.js` writes. */
export const plain_signal = (value) => ({ value, peek() { return this.value; } });

/** Timers that a test fires by hand. */
export function manual_timers() {
  const set = [];
  return {
    set,
    set_timer(f, ms) {
      const timer = { f, ms };
      set.push(timer);
      return timer;
    },
    clear_timer(timer) {
      const at = set.indexOf(timer);
      if (at >= 0) set.splice(at, 1);
    },
    fire() {
      set.shift().f();
    },
  };
}

/** A sample as the wire has it, with the parts that a test names. */
export function sample(time_ms, parts = {}) {
  return {
    heap: 'documents', seq: 1, time_ms,
    generations: [0, 1, 2].map((g) => ({
      count: [10, 2, 1][g], threshold: [700, 10, 10][g], objects: [10, 20, 30][g], collections: [5, 2, 1][g], uncollectable: 0,
    })),
    live_objects: 1000, allocated_total_objects: 5000, freed_total_objects: 4000, ...parts,
  };
}

export function collection(seq, time_ms, parts = {}) {
  return { heap: 'documents', seq, time_ms, generation: 0, reason: 'threshold', pause_ns: 50000, collected: 1, uncollectable: 0, ...parts };
}

/** name → [light, dark] from style/tokens.css; alpha digits are cut off. */
export function tokens() {
  const css = readFileSync(new URL('style/tokens.css', WEB), 'utf8');
  const found = {};
  for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)) {
    found[name] = [light.slice(0, 7), dark.slice(0, 7)];
  }
  return found;
}

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG's ratio, 1 to 21. */
export function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}
