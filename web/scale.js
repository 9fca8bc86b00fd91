// scale.js - round numbers for axes that begin at zero.
// @ts-check

/**
 * A round step that divides `most` into about three.
 * @param {number} most @param {1000 | 1024} base 1024 for bytes: steps are round in KiB, MiB …
 */
export function round_step(most, base = 1000) {
  if (!(most > 0)) return 1;
  const rough = most / 3;
  const unit = base === 1024 ? 1024 ** Math.max(0, Math.floor(Math.log2(rough) / 10)) : 1;
  const power = 10 ** Math.floor(Math.log10(rough / unit));
  for (const factor of [1, 2, 2.5, 5, 10]) {
    const step = factor * power;
    // Three steps of 500 KiB would be 1.46 MiB: half and whole units go on.
    if (base === 1024 && step > 250) return (rough <= 512 * unit ? 512 : 1024) * unit;
    if (step * unit >= rough * 0.9999) return step * unit;
  }
  return 10 * power * unit;
}

/** The first step at or above `most`; never zero. @param {number} most @param {1000 | 1024} [base] */
export function round_top(most, base) {
  const step = round_step(most, base);
  return Math.max(1, Math.ceil(most / step - 0.0001)) * step;
}

/** @param {number} top as round_top gives it @param {1000 | 1024} [base] @returns {number[]} from zero to the top */
export function round_ticks(top, base) {
  const step = round_step(top, base);
  return Array.from({ length: Math.round(top / step) + 1 }, (_, i) => i * step);
}
