// csv.js - rows as comma-separated text (RFC 4180), to open in a spreadsheet.
//
// Lines end in CR LF, the first one names the columns. What is not known is an empty
// cell, never zero. A text that a spreadsheet would run as a formula gets an
// apostrophe in front: names of types come from other people's programs.
// @ts-check

/** @typedef {string | number | boolean | null | undefined} Cell */

/** @param {Cell} value */
function cell(value) {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  let text = String(value);
  if (/^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {string[]} names of the columns @param {Iterable<Cell[]>} rows
 * @returns {string}
 */
export function csv(names, rows) {
  const lines = [names.map(cell).join(',')];
  for (const row of rows) lines.push(row.map(cell).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** A time as every spreadsheet and script reads it: "2026-11-23T00:15:00.100Z". @param {number} time_ms */
export function iso_time(time_ms) {
  return Number.isFinite(time_ms) ? new Date(time_ms).toISOString() : '';
}

/** JSON Lines: one object a line. @param {Iterable<any>} objects */
export function json_lines(objects) {
  let text = '';
  for (const object of objects) text += `${JSON.stringify(object)}\n`;
  return text;
}

/**
 * A name for a file that sorts by time and is allowed on every system:
 * "ouro-documents-memory-2026-11-23T00-15-00Z.csv"
 * @param {string} heap @param {string} what @param {number} time_ms @param {string} ending
 */
export function file_name(heap, what, time_ms, ending) {
  const time = iso_time(time_ms).replace(/\.\d+Z$/, 'Z').replaceAll(':', '-');
  const words = ['ouro', heap, what, time].filter(Boolean).join('-');
  return `${words.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.${ending}`;
}
