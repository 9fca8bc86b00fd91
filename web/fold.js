// fold.js - which objects of a large graph are drawn; the others are folded into
// "+N more" beside the drawn object that is nearest to them.
//
//   all, in the order they came (breadth first)    drawn ●──●──◌ +31
//                                                        └──◌ +4
// @ts-check
import { neighbours } from './graph_model.js';

export const MOST_DRAWN = 200;
/** As many appear when a fold is opened. */
export const OPENED = 24;

/**
 * @typedef {{key: string, at: string | null, ids: string[]}} Fold `at`: the drawn object it hangs on; null: none
 * @param {import('./graph_model.js').Model} model
 * @param {{wanted?: Iterable<string>, most?: number}} [options] `wanted` are drawn before all others
 * @returns {{drawn: string[], folds: Fold[]}} together at most `most`
 */
export function fold(model, { wanted = [], most = MOST_DRAWN } = {}) {
  if (model.things.size <= most) return { drawn: [...model.things.keys()], folds: [] };
  const room_for_folds = Math.max(1, Math.floor(most / 5));
  const chosen = new Set();
  for (const id of wanted) if (chosen.size < most - room_for_folds && model.things.has(id)) chosen.add(id);
  for (const id of model.things.keys()) {
    if (chosen.size >= most - room_for_folds) break;
    chosen.add(id);
  }
  const { out, into } = neighbours(model);
  /** The drawn object that each one is nearest to. @type {Map<string, string>} */
  const owner = new Map([...chosen].map((id) => [id, id]));
  const queue = [...chosen];
  for (let at = 0; at < queue.length; at += 1) {
    const mine = /** @type {string} */ (owner.get(queue[at]));
    const near = [...(out.get(queue[at]) ?? []).map((l) => l.to), ...(into.get(queue[at]) ?? []).map((l) => l.from)];
    for (const id of near) {
      if (owner.has(id) || !model.things.has(id)) continue;
      owner.set(id, mine);
      queue.push(id);
    }
  }
  /** @type {Map<string | null, string[]>} */ const groups = new Map();
  // In the order of the queue, so that what is opened first is what is nearest.
  for (const id of [...queue, ...model.things.keys()]) {
    if (chosen.has(id) || owner.get(id) === 'folded') continue;
    const at = owner.get(id) ?? null;
    const group = groups.get(at);
    if (group) group.push(id);
    else groups.set(at, [id]);
    owner.set(id, 'folded');
  }
  const sorted = [...groups].filter(([at]) => at !== null).sort((a, b) => b[1].length - a[1].length);
  const shown = sorted.slice(0, room_for_folds - 1);
  const rest = [...(groups.get(null) ?? []), ...sorted.slice(room_for_folds - 1).flatMap(([, ids]) => ids)];
  /** @type {Fold[]} */
  const folds = shown.map(([at, ids]) => ({ key: `+${at}`, at, ids }));
  if (rest.length > 0) folds.push({ key: '+', at: null, ids: rest });
  return { drawn: [...model.things.keys()].filter((id) => chosen.has(id)), folds };
}
