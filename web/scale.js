// scale.js - round numbers for axes that begin at zero.
// @ts-check

/** A round step that divides `most` into about three. @param {number} most */
export function round_step(most) {
  if (!(most > 0)) return 1;
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const factor of [1, 2, 2.5, 5]) if (factor * power >= rough * 0.9999) return factor * power;
  return 10 * power;
}

/** The first step at or above `most`; never zero. @param {number} most */
export function round_top(most) {
  const step = round_step(most);
  return Math.max(1, Math.ceil(most / step - 0.0001)) * step;
}

/** @param {number} top as round_top gives it @returns {number[]} from zero to the top */
export function round_ticks(top) {
  const step = round_step(top);
  return Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
}
