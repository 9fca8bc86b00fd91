// graph_model.js - objects and the references between them, as the page keeps them.
//
//   heap.graph, heap.referrers, heap.path_to_root, repl.step  ──►  {things, links, roots}
//
// References from one object to the same other one become one link with several fields.
// Whether everything is known (`complete`) decides what may be said: who is held from
// outside, and who is garbage, can only be told of a whole heap.
// @ts-check
import { components } from './scc.js';

/**
 * @typedef {{id: string, type: string, text?: string, bytes?: number, refcount?: number,
 *   generation?: number, tracked?: boolean, finalized?: boolean}} Thing an object of the contract
 * @typedef {{key: string, from: string, to: string, fields: string[]}} Link
 * @typedef {{name: string, id: string}} RootName
 * @typedef {{things: Map<string, Thing>, links: Map<string, Link>, roots: RootName[], complete: boolean}} Model
 */

/** @returns {Model} */
export const empty_model = () => ({ things: new Map(), links: new Map(), roots: [], complete: false });

/** @param {Model} model @param {string} from @param {string} to @param {string} field */
function add_link(model, from, to, field) {
  const key = `${from}>${to}`;
  const link = model.links.get(key);
  if (!link) model.links.set(key, { key, from, to, fields: [field] });
  else if (!link.fields.includes(field)) link.fields.push(field);
}

/**
 * @param {{nodes: Thing[], edges: {from: number, to: number, field: string}[], roots: RootName[], truncated: boolean}} answer
 * @param {boolean} whole asked without a root
 */
export function from_graph({ nodes, edges, roots, truncated }, whole) {
  const model = empty_model();
  for (const thing of nodes) model.things.set(thing.id, thing);
  for (const { from, to, field } of edges) {
    if (nodes[from] && nodes[to]) add_link(model, nodes[from].id, nodes[to].id, field);
  }
  model.roots = roots;
  model.complete = whole && !truncated;
  return model;
}

/** Who refers to an object, beside what is known. @param {Model} model @param {string} id @param {any} answer of heap.referrers */
export function add_referrers(model, id, answer) {
  for (const { field, object } of answer.referrers) {
    if (!model.things.has(object.id)) model.things.set(object.id, object);
    add_link(model, object.id, id, field);
  }
  for (const name of answer.roots) {
    if (!model.roots.some((r) => r.name === name)) model.roots.push({ name, id });
  }
}

/** @param {Model} model @param {any} answer of heap.path_to_root @returns {string[]} its objects, from the root on */
export function add_path(model, answer) {
  const ids = answer.path.map((/** @type {any} */ step) => step.object.id);
  answer.path.forEach((/** @type {any} */ { field, object }, /** @type {number} */ i) => {
    if (!model.things.has(object.id)) model.things.set(object.id, object);
    if (field !== undefined && i + 1 < ids.length) add_link(model, object.id, ids[i + 1], field);
  });
  if (answer.root !== undefined && ids.length > 0 && !model.roots.some((r) => r.name === answer.root)) {
    model.roots.push({ name: answer.root, id: ids[0] });
  }
  return ids;
}

/** @param {Model} model @returns {{out: Map<string, Link[]>, into: Map<string, Link[]>}} */
export function neighbours(model) {
  /** @type {Map<string, Link[]>} */ const out = new Map();
  /** @type {Map<string, Link[]>} */ const into = new Map();
  const put = (/** @type {Map<string, Link[]>} */ map, /** @type {string} */ id, /** @type {Link} */ link) => {
    const list = map.get(id);
    if (list) list.push(link);
    else map.set(id, [link]);
  };
  for (const link of model.links.values()) {
    put(out, link.from, link);
    put(into, link.to, link);
  }
  return { out, into };
}

/**
 * What holds the objects of a whole heap: names, and counted references that come from
 * nowhere in it (variables, older frames). The rest is garbage that waits.
 * @param {Model} model @returns {Set<string> | null} reachable objects; null where that cannot be known
 */
export function reachable(model) {
  if (!model.complete) return null;
  const { out, into } = neighbours(model);
  const named = new Map();
  for (const { id } of model.roots) named.set(id, (named.get(id) ?? 0) + 1);
  /** @type {string[]} */ const next = [];
  for (const thing of model.things.values()) {
    const inside = (into.get(thing.id) ?? []).reduce((sum, link) => sum + link.fields.length, 0);
    // An immortal object tells no count and needs no holder.
    if (named.has(thing.id) || thing.refcount === undefined || thing.refcount > inside) next.push(thing.id);
  }
  const found = new Set(next);
  while (next.length > 0) {
    for (const link of out.get(/** @type {string} */ (next.pop())) ?? []) {
      if (!found.has(link.to)) {
        found.add(link.to);
        next.push(link.to);
      }
    }
  }
  return found;
}

/**
 * Cycles: objects that reach each other. The largest first.
 * @param {Model} model @returns {{ids: string[], held?: boolean}[]} `held` is absent where it cannot be known
 */
export function cycles(model) {
  const { out } = neighbours(model);
  const alive = reachable(model);
  return components([...model.things.keys()], (id) => (out.get(id) ?? []).map((link) => link.to))
    .filter((ids) => ids.length > 1 || model.links.has(`${ids[0]}>${ids[0]}`))
    .sort((a, b) => b.length - a.length)
    .map((ids) => (alive ? { ids, held: alive.has(ids[0]) } : { ids }));
}

/** The cycle that an object is on, or that keeps it: the nearest against its references. @param {Model} model @param {string} id @returns {string[]} */
export function keeping_cycle(model, id) {
  const on = new Map();
  for (const cycle of cycles(model)) for (const one of cycle.ids) on.set(one, cycle.ids);
  const { into } = neighbours(model);
  const seen = new Set([id]);
  for (const one of seen) {
    if (on.has(one)) return on.get(one);
    for (const link of into.get(one) ?? []) seen.add(link.from);
  }
  return [];
}

/** A round through a cycle, each object referring to the next one: for words. @param {Model} model @param {string[]} ids */
export function round_of(model, ids) {
  const inside = new Set(ids);
  const { out } = neighbours(model);
  /** Breadth first from the first one back to it: the shortest round. @type {Map<string, Link>} */
  const by = new Map();
  const queue = [ids[0]];
  for (let at = 0; at < queue.length; at += 1) {
    for (const link of out.get(queue[at]) ?? []) {
      if (link.to === ids[0]) {
        const round = [link];
        for (let id = link.from; id !== ids[0]; id = /** @type {Link} */ (by.get(id)).from) {
          round.unshift(/** @type {Link} */ (by.get(id)));
        }
        return round;
      }
      if (inside.has(link.to) && !by.has(link.to)) {
        by.set(link.to, link);
        queue.push(link.to);
      }
    }
  }
  return [];
}

const cut = (/** @type {string} */ text, /** @type {number} */ most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** "John" of "Person('John')", else what it shows, else the type: what fits into a circle. @param {Thing} thing */
export function short_name(thing) {
  const name = /^[\w.]+\('(.*)'\)$/.exec(thing.text ?? '')?.[1] ?? thing.text ?? '';
  // A long list of others is no name.
  return name === '' || (name.length > 8 && /^[[{<(]/.test(name)) ? short_type(thing) : cut(name, 8);
}

/** "String" of "json.String" @param {Thing} thing */
export const short_type = (thing) => cut(thing.type.split('.').pop() || thing.type, 9);

/** ".friend" and "[3]", as they are written behind an object. @param {string} field */
export const dotted = (field) => (field.startsWith('[') ? field : `.${field}`);

/** "Person('John')", else the type and the end of the address. @param {Thing} thing */
export function long_name(thing) {
  if (!thing.text) return `${thing.type} …${thing.id.slice(-5)}`;
  return cut(thing.text.startsWith(`${thing.type}(`) ? thing.text : `${thing.type} ${thing.text}`, 48);
}
