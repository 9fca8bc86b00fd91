// playground_state.js - one state of the playground held against the one before.
//
//   {roots, objects} as the daemon says  ──►  the same, and for each object who holds
//   it, whether a name reaches it, what its count was, and what died since
// @ts-check

/**
 * @typedef {{name: string, id: any, gone?: boolean}} Root
 * @typedef {{id: any, type: string, name?: string, refcount: number, generation: number,
 *   fields: {name: string, id: any}[], finalizer?: 'pending' | 'ran', target?: any,
 *   gone?: boolean, refcount_before?: number, cleared?: boolean,
 *   reachable?: boolean, held_by?: {key: string, root?: string, id?: any, field?: string}[]}} PlayObject
 * @typedef {{roots: Root[], objects: PlayObject[], truncated?: boolean}} PlayState
 */

/** @param {PlayState | null} before @param {PlayState} now @returns {PlayState} */
export function compare_states(before, now) {
  const old = new Map((before?.objects ?? []).filter((o) => !o.gone).map((o) => [o.id, o]));
  const by_id = new Map(now.objects.map((o) => [o.id, o]));
  const reachable = reach(now, by_id);
  const held = holders(now);

  /** @type {PlayObject[]} */
  const objects = now.objects.map((object) => {
    const was = old.get(object.id);
    const moved = was && was.refcount !== object.refcount;
    return {
      ...object,
      fields: object.fields ?? [],
      reachable: reachable.has(object.id),
      held_by: held.get(object.id) ?? [],
      ...(moved ? { refcount_before: was.refcount } : {}),
      ...(was?.target !== undefined && object.target === undefined ? { cleared: true } : {}),
    };
  });
  // A state that was cut proves nothing about what it leaves out.
  if (!now.truncated) {
    for (const was of old.values()) {
      if (!by_id.has(was.id)) objects.push({ ...was, gone: true, refcount_before: undefined });
    }
  }
  return { roots: now.roots, objects, truncated: now.truncated };
}

/** @param {PlayState} state @param {Map<any, PlayObject>} by_id */
function reach(state, by_id) {
  const found = new Set();
  const next = state.roots.map((r) => r.id);
  while (next.length > 0) {
    const id = next.pop();
    if (found.has(id)) continue;
    found.add(id);
    for (const f of by_id.get(id)?.fields ?? []) next.push(f.id);
  }
  return found;
}

/** @param {PlayState} state */
function holders(state) {
  /** @type {Map<any, {key: string, root?: string, id?: any, field?: string}[]>} */
  const held = new Map();
  const add = (/** @type {any} */ id, /** @type {any} */ holder) => {
    const list = held.get(id) ?? [];
    list.push(holder);
    held.set(id, list);
  };
  for (const root of state.roots) add(root.id, { key: `root ${root.name}`, root: root.name });
  for (const object of state.objects) {
    for (const f of object.fields ?? []) {
      add(f.id, { key: `${object.id}.${f.name}`, id: object.id, field: f.name });
    }
  }
  return held;
}

/** "Person('John')" @param {PlayState} state @param {any} id */
export function describe(state, id) {
  const object = state.objects.find((o) => o.id === id);
  if (!object) return `#${id}`;
  if (object.name !== undefined) return `${object.type}('${object.name}')`;
  // A number only where there are several: it says nothing else.
  return state.objects.filter((o) => o.type === object.type && o.name === undefined).length > 1 ? `${object.type} #${id}` : object.type;
}

/** "John", where the type is plain from elsewhere @param {PlayState} state @param {any} id */
export function brief(state, id) {
  return state.objects.find((o) => o.id === id)?.name ?? describe(state, id);
}

/** Statements of a text: one a line, without blank lines and comments. @param {string} source */
export function split_lines(source) {
  return source.split(/\r?\n/).map((line) => line.trimEnd())
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));
}
