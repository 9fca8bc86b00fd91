// explorer.js - what the objects view knows: the graph it read, which part is drawn and
// where, the chosen object, a path, and the collection that is stepped.
//
//   heap.graph ─► model ─► fold ─► place, settle ─► picture     positions stay for next time
//   repl.step  ─► step  ─┘
//
// Each of these questions is written into the daemon's audit log, so nothing here polls.
// @ts-check
import { add_path, add_referrers, cycles, from_graph, keeping_cycle, reachable, round_of } from './graph_model.js';
import { fold, OPENED } from './fold.js';
import { place } from './graph_place.js';
import { settle } from './force_layout.js';
import { step_model, take_step } from './stepping.js';

/** Of small heaps as much as an answer holds, of large ones what roots reach first. */
const SMALL = 20000;
const MOST = 5000;
const PART = 1000;
const NEAR = 400;
const REFERRERS = 50;
const MOST_ROOTS = 24;
const MOST_OUTLINES = 16;

/** @param {{ask: (method: string, params: any) => Promise<any>, heap: string, signal: (value: any) => {value: any, peek(): any},
 *   now: () => number, live: () => number | undefined, last_asked_seq: () => number, repl: boolean}} parts
 *   `last_asked_seq`: of the newest collection that somebody asked for; automatic ones may
 *   still be reported after steps began, although they ran before */
export function create_explorer({ ask: call, heap, signal, now, live, last_asked_seq, repl }) {
  const s = {
    /** What is drawn, with places; null before the first. */
    picture: signal(null),
    /** What was read: {model, near?: {id, depth}, at_ms, reachable, cycles}. */
    read: signal(null),
    loading: signal(false),
    problem: signal(null),
    chosen: signal(''),
    /** {id, object?, referrers?, problem?} of the chosen one. */
    details: signal(null),
    /** {id, ids?, answer?, cycle?, problem?} "why is it alive?" */
    why: signal(null),
    /** The step of a collection, or null. */
    step: signal(null),
    step_busy: signal(false),
    /** Why the steps ended or could not begin: {kind, error?}. */
    step_note: signal(null),
  };
  /** @type {Map<string, {x: number, y: number}>} */ const positions = new Map();
  /** Drawn before others, the newest first. @type {string[]} */ let wanted = [];
  /** Who died since the picture before; greyed out once. @type {Map<string, any>} */ let ghosts = new Map();
  /** @type {any[]} */ let ghost_links = [];
  let turn = 0;
  let drawing = 0;
  let seq_at_begin = 0;
  let closed = false;

  const ask = (/** @type {string} */ method, /** @type {any} */ params = {}) => call(method, { heap, ...params });
  const pause = () => new Promise((next) => { setTimeout(next, 0); });
  const model = () => s.step.peek()?.model ?? s.read.peek()?.model;

  /** Reads the heap, or what is near an object; `anew` forgets who died. @param {{object?: string, depth?: number, anew?: boolean}} [target] */
  async function load({ object = '', depth = 0, anew = false } = {}) {
    if (s.step.peek()) return;
    turn += 1;
    const mine = turn;
    s.loading.value = true;
    s.problem.value = null;
    try {
      let read = depth > 0 ? null : await read_whole();
      // In a whole heap who is not there has died; in a part it may be elsewhere.
      const elsewhere = object && read && !read.model.complete && !read.model.things.has(object);
      if (!read || elsewhere) read = await read_near(object, depth || 2);
      if (mine !== turn || closed) return;
      await take_read(read, anew);
      if (mine !== turn || closed) return;
      if (object) choose(object);
      await draw();
    } catch (error) {
      if (mine === turn && !closed) s.problem.value = error;
    } finally {
      if (mine === turn) s.loading.value = false;
    }
  }

  async function read_whole() {
    const limit = (live() ?? Infinity) <= SMALL ? MOST : PART;
    return { model: from_graph(await ask('heap.graph', { limit }), true), at_ms: now(), live: live() };
  }

  async function read_near(/** @type {string} */ id, /** @type {number} */ depth) {
    const graph = await ask('heap.graph', { root: id, depth, limit: NEAR });
    const near = from_graph(graph, false);
    add_referrers(near, id, await ask('heap.referrers', { id, limit: REFERRERS }));
    return { model: near, at_ms: now(), near: { id, depth } };
  }

  async function take_read(/** @type {any} */ read, /** @type {boolean} */ anew) {
    await pause();
    const before = s.read.peek();
    const same = before && before.model.things.size === read.model.things.size
      && [...before.model.things.keys()].every((id) => read.model.things.has(id));
    if (anew || !same) {
      ghosts = new Map();
      ghost_links = [];
    }
    // Only of two whole heaps it can be told who is missing.
    if (before?.model.complete && read.model.complete && !anew && !same) {
      for (const [id, thing] of before.model.things) if (!read.model.things.has(id)) ghosts.set(id, thing);
      ghost_links = [...before.model.links.values()].filter((l) => ghosts.has(l.from) || ghosts.has(l.to));
    }
    read.reachable = reachable(read.model);
    await pause();
    read.cycles = cycles(read.model);
    s.read.value = read;
  }

  /** Chooses which part is drawn, finds places for who is new, and shows it. */
  async function draw() {
    drawing += 1;
    const mine = drawing;
    const is_wanted = () => mine === drawing && !closed;
    const now_model = model();
    if (!now_model) return;
    const step = s.step.peek();
    await pause();
    const path = s.why.peek()?.ids ?? [];
    const { drawn, folds } = fold(now_model, { wanted: [s.chosen.peek(), ...path, ...wanted].filter(Boolean) });
    const shown = new Set(drawn);
    for (const id of ghosts.keys()) if (positions.has(id)) shown.add(id);
    const holds = now_model.roots.filter((/** @type {any} */ r) => shown.has(r.id));
    const roots = holds.slice(0, MOST_ROOTS);
    const links = [...now_model.links.values(), ...ghost_links.filter((l) => !now_model.links.has(l.key))]
      .filter((l) => shown.has(l.from) && shown.has(l.to));
    const ties = [
      ...roots.map((/** @type {any} */ r) => ({ key: `root ${r.name}`, from: `root ${r.name}`, to: r.id, fields: [], kind: 'root' })),
      ...folds.filter((f) => f.at !== null).map((f) => ({ key: f.key, from: /** @type {string} */ (f.at), to: f.key, fields: [], kind: 'fold' })),
      ...links.map((l) => ({ ...l, kind: 'ref' })),
    ];
    const bodies = place([
      ...roots.map((/** @type {any} */ r) => ({ id: `root ${r.name}`, kind: /** @type {const} */ ('root') })),
      ...[...shown].map((id) => ({ id, kind: /** @type {const} */ ('thing') })),
      ...folds.map((f) => ({ id: f.key, kind: /** @type {const} */ ('fold') })),
    ], ties, positions);
    if (!await settle(bodies, ties, { is_wanted })) return;
    for (const b of bodies) positions.set(b.id, { x: b.x, y: b.y });
    const loops = (step ? cycles(now_model) : s.read.peek().cycles)
      .map((/** @type {any} */ c) => ({ ...c, ids: c.ids.filter((/** @type {string} */ id) => shown.has(id)), size: c.ids.length }))
      .filter((/** @type {any} */ c) => c.ids.length > 0).slice(0, MOST_OUTLINES);
    const by_id = new Map(bodies.map((b) => [b.id, b]));
    s.picture.value = {
      bodies, by_id, ties, folds, loops, model: now_model, drawn, roots, more_roots: holds.length - roots.length,
      ghosts, step,
    };
  }

  /** @param {any} fold_shown */
  function open(fold_shown) {
    wanted = [...fold_shown.ids.slice(0, OPENED), ...wanted].slice(0, 160);
    return draw();
  }

  /** @param {string} id '' chooses none */
  async function choose(id) {
    s.chosen.value = id;
    if (s.why.peek() && s.why.peek().id !== id) s.why.value = null;
    const thing = model()?.things.get(id);
    s.details.value = id ? { id, object: thing } : null;
    if (id && s.picture.peek() && !s.picture.peek().by_id.has(id) && thing) draw();
    if (!id || s.step.peek()) return;
    try {
      const [object, referrers] = await Promise.all([ask('heap.object', { id }), ask('heap.referrers', { id, limit: REFERRERS })]);
      if (s.chosen.peek() === id) s.details.value = { id, object, referrers };
    } catch (problem) {
      if (s.chosen.peek() === id) s.details.value = { id, object: thing, problem };
    }
  }

  /** Why is it alive? @param {string} id */
  async function explain(id) {
    s.why.value = { id, pending: true };
    try {
      const answer = await ask('heap.path_to_root', { id, limit: 100 });
      if (s.why.peek()?.id !== id || closed) return;
      const known = s.read.peek().model;
      if (answer.reachable) {
        s.why.value = { id, answer, ids: add_path(known, answer) };
      } else {
        const round = round_of(known, keeping_cycle(known, id));
        const steps = round.length > 0 ? round : await follow_back(id);
        s.why.value = { id, answer, cycle: steps, ids: steps.map((l) => l.from) };
      }
      await draw();
    } catch (problem) {
      if (s.why.peek()?.id === id) s.why.value = { id, problem };
    }
  }

  /** Against the references until an object comes again: the cycle that holds it. */
  async function follow_back(/** @type {string} */ id) {
    const known = s.read.peek().model;
    for (let at = id, n = 0; n < 16; n += 1) {
      const answer = await ask('heap.referrers', { id: at, limit: 1 });
      if (answer.referrers.length === 0) return [];
      add_referrers(known, at, answer);
      const round = round_of(known, keeping_cycle(known, id));
      if (round.length > 0) return round;
      at = answer.referrers[0].object.id;
    }
    return [];
  }

  function forget_why() {
    s.why.value = null;
    return draw();
  }

  // One collection in slow motion.

  /** @param {'begin' | 'next' | 'finish'} action @param {number} [generation] */
  async function step_on(action, generation) {
    if (s.step_busy.peek()) return;
    s.step_busy.value = true;
    s.step_note.value = null;
    try {
      if (action === 'begin') seq_at_begin = last_asked_seq();
      const answer = await ask('repl.step', generation === undefined ? { action } : { action, generation });
      if (closed) {
        if (answer.stepping) ask('repl.step', { action: 'finish' }).catch(() => {});
        return;
      }
      const step = take_step(action === 'begin' ? null : s.step.peek(), answer);
      // Where only statements change the heap, what stands around the candidates still is as it was read.
      const around = repl && !s.read.peek()?.near ? s.read.peek()?.model : null;
      ghosts = new Map();
      ghost_links = [];
      s.why.value = null;
      s.step.value = { ...step, model: step_model(step, around) };
      if (s.chosen.peek()) choose(s.chosen.peek());
      await draw();
    } catch (error) {
      if (error.name === 'invalid_params' && action !== 'begin') step_ended('idle');
      else if (error.name === 'disconnected') step_ended('lost');
      else s.step_note.value = { kind: 'refused', error };
    } finally {
      s.step_busy.value = false;
    }
  }

  /** @param {'idle' | 'lost'} kind */
  function step_ended(kind) {
    if (!s.step.peek()) return;
    s.step_note.value = { kind };
    s.step.value = null;
    load({ object: s.chosen.peek(), anew: true });
  }

  /** Another collection was reported, or the connection went: is ours still going on? */
  function look(/** @type {boolean} */ connected) {
    const step = s.step.peek();
    if (!step?.stepping || s.step_busy.peek()) return;
    if (!connected) step_ended('lost');
    else if (last_asked_seq() > seq_at_begin) step_ended('idle');
  }

  /** From the end of the steps back to the heap as it is now. */
  function leave_steps() {
    s.step.value = null;
    s.step_note.value = null;
    return load({ object: s.chosen.peek(), anew: true });
  }

  /** The view goes: nobody would step on. */
  function close() {
    closed = true;
    if (s.step.peek()?.stepping && !s.step_busy.peek()) ask('repl.step', { action: 'finish' }).catch(() => {});
  }

  return { ...s, load, open, choose, explain, forget_why, step_on, look, leave_steps, close, ask, draw };
}
