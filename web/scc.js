// scc.js - strongly connected components: objects that reach each other.
//
// Tarjan's algorithm with a stack of its own, so that a chain of thousands of objects
// does not end the page's call stack.
// @ts-check

/**
 * @param {string[]} ids @param {(id: string) => string[]} referents those that are not among `ids` are left out
 * @returns {string[][]} every id is in exactly one, in the order in which they are closed
 */
export function components(ids, referents) {
  const known = new Set(ids);
  /** @type {Map<string, number>} */ const number = new Map();
  /** @type {Map<string, number>} */ const low = new Map();
  /** @type {Set<string>} */ const open = new Set();
  /** @type {string[]} */ const stack = [];
  /** @type {string[][]} */ const found = [];

  for (const start of ids) {
    if (number.has(start)) continue;
    /** Where we are: an object, and which of its references comes next. @type {{id: string, to: string[], next: number}[]} */
    const path = [];
    const enter = (/** @type {string} */ id) => {
      number.set(id, number.size);
      low.set(id, number.size - 1);
      stack.push(id);
      open.add(id);
      path.push({ id, to: referents(id), next: 0 });
    };
    const lower = (/** @type {string} */ id, /** @type {number} */ n) => {
      if (n < /** @type {number} */ (low.get(id))) low.set(id, n);
    };
    enter(start);
    while (path.length > 0) {
      const here = path[path.length - 1];
      if (here.next < here.to.length) {
        const to = here.to[here.next];
        here.next += 1;
        if (!known.has(to)) continue;
        if (!number.has(to)) enter(to);
        else if (open.has(to)) lower(here.id, /** @type {number} */ (number.get(to)));
        continue;
      }
      path.pop();
      const mine = /** @type {number} */ (low.get(here.id));
      if (path.length > 0) lower(path[path.length - 1].id, mine);
      if (mine !== number.get(here.id)) continue;
      const part = stack.splice(stack.lastIndexOf(here.id));
      for (const id of part) open.delete(id);
      found.push(part);
    }
  }
  return found;
}
