// audit_list.js - who did what: what came live and what is stored, as one list.
// @ts-check

/** The same command told twice has the same of all of these. @param {any} e */
const name_of = (e) => `${e.time_ms} ${e.who} ${e.method} ${e.heap ?? ''} ${e.detail ?? ''} ${e.duration_ns}`;

/**
 * @param {any[]} live as the topic told them @param {any[]} stored a page of history.audit
 * @param {{heap?: string, most: number}} wanted of one heap, or of all and of none
 * @returns {{key: string, entry: any}[]} newest first, each once
 */
export function audit_rows(live, stored, { heap, most }) {
  /** @type {Map<string, any>} */ const seen = new Map();
  for (const entry of [...live, ...stored]) {
    const key = name_of(entry);
    if (!seen.has(key) && (!heap || entry.heap === heap)) seen.set(key, entry);
  }
  return [...seen].map(([key, entry]) => ({ key, entry }))
    .sort((a, b) => b.entry.time_ms - a.entry.time_ms).slice(0, most);
}
