// format.js - numbers and times as people read them.
//
// Pure: a value in, a string out. What is not a finite number is an en dash, so
// that an unknown value never looks like zero. A no-break space stands between a
// number and its unit.
// @ts-check

export const UNKNOWN = '–';
const NBSP = '\u00a0';
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Three significant digits, no trailing zeros past the point. @param {number} n */
function three(n) {
  const size = Math.abs(n);
  const digits = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = n.toFixed(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/**
 * @param {unknown} value @param {number} base
 * @param {string[]} units smallest first
 */
function scaled(value, base, units) {
  if (typeof value !== 'number' || !Number.isFinite(value)) return UNKNOWN;
  let n = value;
  let unit = 0;
  // Rounding may carry: 999.7 k reads "1 M", never "1000 k".
  while (unit < units.length - 1 && Math.abs(n) >= base - base / 2000) {
    n /= base;
    unit += 1;
  }
  const text = unit === 0 && Number.isInteger(n) ? String(n === 0 ? 0 : n) : three(n);
  return units[unit] ? text + NBSP + units[unit] : text;
}

/** 1284077 → "1,284,077" @param {unknown} n */
export function count(n) {
  if (typeof n !== 'number' || !Number.isFinite(n)) return UNKNOWN;
  return whole.format(n === 0 ? 0 : n).replace(/^-/, '−');
}

/** 1920000 → "1.92 M" @param {unknown} n */
export function compact(n) {
  return scaled(n, 1000, ['', 'k', 'M', 'G', 'T']).replace(/^-/, '−');
}

/** 1920000 → "1.92 M/s" @param {unknown} n */
export function rate(n) {
  const text = compact(n);
  if (text === UNKNOWN) return text;
  return text.includes(NBSP) ? `${text}/s` : `${text}${NBSP}/s`;
}

/** 65536 → "64 KiB": binary units everywhere, as ouroctl has them @param {unknown} n */
export function bytes(n) {
  return scaled(n, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']).replace(/^-/, '−');
}

/** 2621440 → "2.5 MiB/s" @param {unknown} n */
export function byte_rate(n) {
  const text = bytes(n);
  return text === UNKNOWN ? text : `${text}/s`;
}

/** 61234 ns → "61.2 µs" @param {unknown} ns */
export function duration_ns(ns) {
  return scaled(ns, 1000, ['ns', 'µs', 'ms', 's']).replace(/^-/, '−');
}

/** 0.0172 → "1.72 %" @param {unknown} share */
export function percent(share) {
  if (typeof share !== 'number' || !Number.isFinite(share)) return UNKNOWN;
  const n = share * 100;
  if (n > 0 && n < 0.01) return `<${NBSP}0.01${NBSP}%`;
  return `${three(n === 0 ? 0 : n).replace(/^-/, '−')}${NBSP}%`;
}

/** A change with its sign: 0.021 → "+2.1 %" @param {unknown} share */
export function change(share) {
  const text = percent(share);
  return typeof share === 'number' && share > 0 && text !== UNKNOWN ? `+${text}` : text;
}

const pad = (/** @type {number} */ n, width = 2) => String(n).padStart(width, '0');

/** How every time of the page is told; see `set_clock`. */
const clock_setting = { utc: false };

/** From now on times are told in the viewer's time zone or in UTC. @param {{utc: boolean}} setting */
export function set_clock({ utc }) {
  clock_setting.utc = utc;
}

export const is_utc = () => clock_setting.utc;

/** Wall clock, 24 h: "14:05:58" @param {unknown} time_ms */
export function clock(time_ms) {
  if (typeof time_ms !== 'number' || !Number.isFinite(time_ms)) return UNKNOWN;
  const d = new Date(time_ms);
  const [h, m, s] = clock_setting.utc ? [d.getUTCHours(), d.getUTCMinutes(), d.getUTCSeconds()]
    : [d.getHours(), d.getMinutes(), d.getSeconds()];
  return `${pad(h)}:${pad(m)}:${pad(s)}`;
}

/** "23 Nov 2026, 14:05:58", in the reader's language @param {unknown} time_ms @param {string} language "en" or "zh" */
export function date_time(time_ms, language) {
  if (typeof time_ms !== 'number' || !Number.isFinite(time_ms)) return UNKNOWN;
  return new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23', timeZone: clock_setting.utc ? 'UTC' : undefined,
  }).format(time_ms);
}

/** "14:05:58.211" @param {unknown} time_ms */
export function clock_ms(time_ms) {
  const text = clock(time_ms);
  if (text === UNKNOWN) return text;
  return `${text}.${pad(new Date(/** @type {number} */ (time_ms)).getMilliseconds(), 3)}`;
}

/** "14:05" @param {unknown} time_ms */
export function clock_minutes(time_ms) {
  const text = clock(time_ms);
  return text === UNKNOWN ? text : text.slice(0, 5);
}

/** A span in whole units, floor: 6400 → "6 s", 75000 → "1 min 15 s" @param {unknown} ms */
export function span(ms) {
  if (typeof ms !== 'number' || !Number.isFinite(ms)) return UNKNOWN;
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s}${NBSP}s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) {
    return s % 60 ? `${minutes}${NBSP}min ${s % 60}${NBSP}s` : `${minutes}${NBSP}min`;
  }
  const hours = Math.floor(minutes / 60);
  return minutes % 60 ? `${hours}${NBSP}h ${minutes % 60}${NBSP}min` : `${hours}${NBSP}h`;
}
