// stepping.js - one collection in slow motion, as the daemon's answers tell it.
//
//   begin ─► copy │ next ─► subtract │ mark │ unreachable │ promote │ finalize │ clear │ free
//
// The collector copies and subtracts in one phase; the moment before it is shown as a
// step of its own, in which gc_refs is what it is copied from: the reference count.
// Who was a candidate and is not told of any more has died: it stays for greying out.
// @ts-check
import { empty_model } from './graph_model.js';

export const PHASES = ['copy', 'subtract', 'mark', 'unreachable', 'promote', 'finalize', 'clear', 'free'];
/** A daemon refuses to step through larger heaps. */
export const MOST_OBJECTS = 10000;
export const IDLE_S = 60;

/**
 * @typedef {'candidate' | 'held' | 'open' | 'reachable' | 'unreachable' | 'saved' | 'gone' | 'outside'} State
 * @typedef {{object: import('./graph_model.js').Thing, gc_refs?: number, gc_before?: number, state: State}} Row
 * @typedef {{phase: string, number: number, stepping: boolean, generation: number, total: number, truncated: boolean,
 *   rows: Map<string, Row>, links: {from: string, to: string, field: string}[], roots: {name: string, id: string}[],
 *   destroyed: string[], record?: any, tally: Record<string, number>}} Step
 */

/** @param {Step | null} before @param {any} answer of repl.step @returns {Step} */
export function take_step(before, answer) {
  const phase = answer.phase ?? 'copy';
  /** @type {Map<string, Row>} */ const rows = new Map();
  for (const candidate of answer.candidates) {
    const { object } = candidate;
    const was = before?.rows.get(object.id);
    const gc_refs = phase === 'copy' ? object.refcount : candidate.gc_refs;
    rows.set(object.id, {
      object,
      state: state_of(phase, candidate, was),
      ...(gc_refs === undefined ? {} : { gc_refs }),
      ...(was?.gc_refs !== undefined && gc_refs !== undefined && was.gc_refs !== gc_refs ? { gc_before: was.gc_refs } : {}),
    });
  }
  // Whom the answer leaves out has died, unless there was no room to say it, or the
  // collection is over and says no more of anybody.
  const over = !answer.stepping;
  for (const [id, was] of before?.rows ?? []) {
    if (rows.has(id)) continue;
    const survives = over && !['unreachable', 'gone'].includes(was.state);
    const unsure = answer.truncated || (over && answer.collection?.uncollectable > 0);
    if (survives || (unsure && was.state !== 'gone')) rows.set(id, { object: was.object, state: was.state });
    else rows.set(id, { object: was.object, state: 'gone' });
  }
  const list = answer.candidates.map((/** @type {any} */ c) => c.object.id);
  const links = answer.edges.map((/** @type {any} */ e) => ({ from: list[e.from], to: list[e.to], field: e.field }));
  return {
    phase,
    number: PHASES.indexOf(phase) + 1,
    stepping: answer.stepping,
    generation: answer.generation,
    total: over ? before?.total ?? 0 : answer.candidates_total,
    truncated: over ? before?.truncated ?? false : answer.truncated,
    rows,
    links: over ? (before?.links ?? []) : links,
    roots: over ? (before?.roots ?? []) : answer.roots,
    destroyed: answer.destroyed ?? [],
    ...(answer.collection ? { record: answer.collection } : {}),
    tally: tally(rows, over ? [] : links),
  };
}

/** @param {string} phase @param {any} candidate @param {Row | undefined} was @returns {State} */
function state_of(phase, candidate, was) {
  if (phase === 'copy') return 'candidate';
  if (candidate.verdict === 'undecided') {
    if (candidate.gc_refs === undefined) return 'candidate';
    return candidate.gc_refs > 0 ? 'held' : 'open';
  }
  if (candidate.verdict === 'unreachable') return 'unreachable';
  return was?.state === 'unreachable' || was?.state === 'saved' ? 'saved' : 'reachable';
}

/** @param {Map<string, Row>} rows @param {any[]} links */
function tally(rows, links) {
  /** @type {Record<string, number>} */
  const found = { links: links.length, shown: rows.size, held: 0, open: 0, reachable: 0, unreachable: 0, saved: 0, gone: 0, candidate: 0 };
  for (const { state } of rows.values()) found[state] += 1;
  // Reached although nothing from outside refers to them directly.
  found.rescued = [...rows.values()].filter((row) => row.state === 'reachable' && row.gc_refs === 0).length;
  return found;
}

/**
 * The graph of a step: the candidates as they stand now, and around them what the heap
 * had before and this collection does not look at.
 * @param {Step} step @param {import('./graph_model.js').Model | null} around
 */
export function step_model(step, around) {
  const model = empty_model();
  for (const [id, row] of step.rows) model.things.set(id, row.object);
  const add = (/** @type {string} */ from, /** @type {string} */ to, /** @type {string} */ field) => {
    const key = `${from}>${to}`;
    const link = model.links.get(key);
    if (link) link.fields.push(field);
    else model.links.set(key, { key, from, to, fields: [field] });
  };
  for (const { from, to, field } of step.links) add(from, to, field);
  for (const [id, thing] of around?.things ?? []) if (!model.things.has(id)) model.things.set(id, thing);
  for (const link of around?.links.values() ?? []) {
    const both = step.rows.has(link.from) && step.rows.has(link.to);
    if (!both && model.things.has(link.from) && model.things.has(link.to)) {
      for (const field of link.fields) add(link.from, link.to, field);
    }
  }
  model.roots = step.roots;
  return model;
}
