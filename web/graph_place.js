// graph_place.js - geometry of the graph: where new objects begin, curves between
// circles, outlines around cycles, and where an arrow key leads.
//
//   roots │  depth 1 │ depth 2 …    references lead to the right where they can
//
// What had a place keeps it (it is pinned); who is new begins beside its neighbours.
// @ts-check

export const RADIUS = 32;
export const ROOT_X = 0;
export const COLUMN = 172;
const ROW = 116;
const ROWS = 4;
/** So many new ones are placed without moving about. */
const FEW = 12;

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{id: string, kind: 'thing' | 'root' | 'fold', r: number, x: number, y: number, fx?: number, fy?: number, depth: number}} Body
 */

/**
 * @param {{id: string, kind: 'thing' | 'root' | 'fold'}[]} wanted @param {{from: string, to: string}[]} links
 * @param {Map<string, Point>} before @returns {Body[]}
 */
export function place(wanted, links, before) {
  const depth = depths(wanted, links);
  /** @type {Map<string, Point>} */ const placed = new Map();
  for (const { id } of wanted) {
    const at = before.get(id);
    if (at) placed.set(id, at);
  }
  // With nothing to hold on to the forces find the places; a few new ones find a gap.
  const alone = placed.size === 0;
  const few = !alone && wanted.length - placed.size <= FEW;
  /** How many stand in a column already. @type {Map<number, number>} */ const rows = new Map();
  return wanted.map(({ id, kind }) => {
    const r = kind === 'thing' ? RADIUS : kind === 'fold' ? 22 : 14;
    const level = depth.get(id) ?? 1;
    const pinned = before.get(id);
    if (pinned) return { id, kind, r, depth: level, ...pinned, fx: pinned.x, fy: pinned.y };
    const row = rows.get(level) ?? 0;
    rows.set(level, row + 1);
    const near = beside(id, links, placed);
    const start = { x: ROOT_X + level * COLUMN, y: (row % 2 ? 1 : -1) * Math.ceil(row / 2) * ROW };
    const wish = kind === 'root' ? { x: ROOT_X, y: near?.y ?? start.y } : near && near.x >= COLUMN ? near : { x: start.x, y: near?.y ?? 0 };
    const at = alone ? start : gap(wish, kind === 'root' ? 34 : kind === 'fold' ? 74 : ROW - 8, [...placed.values()]);
    placed.set(id, at);
    if (few) return { id, kind, r, depth: level, ...at, fx: at.x, fy: at.y };
    return { id, kind, r, depth: level, ...at, ...(kind === 'root' ? { fx: ROOT_X } : {}) };
  });
}

/** A column to the right of who refers to it, or to the left of whom it refers to. @param {string} id @param {{from: string, to: string}[]} links @param {Map<string, Point>} placed @returns {Point | null} */
function beside(id, links, placed) {
  for (const [mine, other, way] of /** @type {const} */ ([['to', 'from', 1], ['from', 'to', -1]])) {
    const near = links.flatMap((l) => (l[mine] === id && l[other] !== id ? placed.get(l[other]) ?? [] : []));
    if (near.length > 0) return { x: mean(near, 'x') + way * COLUMN, y: mean(near, 'y') };
  }
  return null;
}

/** The free place nearest to a wish: up and down, then a column further. @param {Point} wish @param {number} room @param {Point[]} taken @returns {Point} */
function gap(wish, room, taken) {
  for (let ring = 0; ring < 400; ring += 1) {
    const column = Math.floor(ring / ROWS);
    const row = ring % ROWS;
    const at = { x: wish.x + column * COLUMN, y: wish.y + (row % 2 ? 1 : -1) * Math.ceil(row / 2) * room };
    if (taken.every((p) => Math.abs(p.x - at.x) >= room || Math.abs(p.y - at.y) >= room)) return at;
  }
  return wish;
}

/** References between a root and each body; what no root reaches begins at 1. @param {{id: string, kind: string}[]} wanted @param {{from: string, to: string}[]} links */
function depths(wanted, links) {
  /** @type {Map<string, string[]>} */ const out = new Map();
  for (const { from, to } of links) out.set(from, [...(out.get(from) ?? []), to]);
  /** @type {Map<string, number>} */ const depth = new Map();
  const spread = (/** @type {string[]} */ queue) => {
    for (let at = 0; at < queue.length; at += 1) {
      for (const to of out.get(queue[at]) ?? []) {
        if (depth.has(to)) continue;
        depth.set(to, /** @type {number} */ (depth.get(queue[at])) + 1);
        queue.push(to);
      }
    }
  };
  const begin = (/** @type {string} */ id, /** @type {number} */ n) => {
    depth.set(id, n);
    return id;
  };
  spread(wanted.filter((w) => w.kind === 'root').map((w) => begin(w.id, 0)));
  const pointed = new Set(links.map((l) => l.to));
  spread(wanted.filter((w) => !depth.has(w.id) && !pointed.has(w.id)).map((w) => begin(w.id, 1)));
  for (const { id } of wanted) if (!depth.has(id)) spread([begin(id, 1)]);
  return depth;
}

/** @param {Point[]} points @param {'x' | 'y'} key */
const mean = (points, key) => points.reduce((sum, p) => sum + p[key], 0) / points.length;

const round = (/** @type {number} */ n) => Math.round(n * 10) / 10;

/**
 * A curve that leaves and arrives at the rims; two opposite ones bend away from each other.
 * @param {Body} a @param {Body} b @param {number} bend @returns {{d: string, x: number, y: number}} with the place of its label
 */
export function curve(a, b, bend) {
  if (a === b || a.id === b.id) {
    const { x, y, r } = a;
    return { d: `M${round(x - 11)} ${round(y - r + 2)}c-16 -36 38 -36 23 -4`, x: round(x), y: round(y - r - 27) };
  }
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = Math.hypot(dx, dy) || 1;
  const control = { x: (a.x + b.x) / 2 - (dy / length) * bend, y: (a.y + b.y) / 2 + (dx / length) * bend };
  const rim = (/** @type {Body} */ p, /** @type {number} */ more) => {
    const away = Math.hypot(control.x - p.x, control.y - p.y) || 1;
    return { x: p.x + ((control.x - p.x) / away) * (p.r + more), y: p.y + ((control.y - p.y) / away) * (p.r + more) };
  };
  const from = rim(a, 1);
  const to = rim(b, 4);
  const out = bend === 0 ? 7 : Math.sign(bend) * 8;
  return {
    d: `M${round(from.x)} ${round(from.y)}Q${round(control.x)} ${round(control.y)} ${round(to.x)} ${round(to.y)}`,
    x: round((from.x + 2 * control.x + to.x) / 4 - (dy / length) * out),
    y: round((from.y + 2 * control.y + to.y) / 4 + (dx / length) * out + 4),
  };
}

/** Whether a straight line between two would run through a third. @param {Body} a @param {Body} b @param {Body[]} others */
export function is_crossed(a, b, others) {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = Math.hypot(dx, dy) || 1;
  return others.some((p) => {
    if (p.id === a.id || p.id === b.id || p.kind === 'root') return false;
    const along = ((p.x - a.x) * dx + (p.y - a.y) * dy) / length;
    return along > 0 && along < length && Math.abs((p.x - a.x) * dy - (p.y - a.y) * dx) / length < p.r + 4;
  });
}

/** A closed line around circles: the hull of points on larger circles. @param {Body[]} bodies @param {number} pad @returns {{d: string, x: number, y: number}} x, y: middle of its lower edge */
export function outline(bodies, pad) {
  const points = bodies.flatMap((body) => Array.from({ length: 16 }, (_, i) => ({
    x: body.x + Math.cos((i * Math.PI) / 8) * (body.r + pad), y: body.y + Math.sin((i * Math.PI) / 8) * (body.r + pad),
  }))).sort((p, q) => p.x - q.x || p.y - q.y);
  const side = (/** @type {Point[]} */ list) => {
    /** @type {Point[]} */ const hull = [];
    for (const p of list) {
      while (hull.length > 1 && turn(hull[hull.length - 2], hull[hull.length - 1], p) <= 0) hull.pop();
      hull.push(p);
    }
    return hull.slice(0, -1);
  };
  const hull = [...side(points), ...side(points.slice().reverse())];
  const lowest = Math.max(...hull.map((p) => p.y));
  const xs = hull.map((p) => p.x);
  return {
    d: `M${hull.map((p) => `${round(p.x)} ${round(p.y)}`).join('L')}Z`,
    x: round((Math.min(...xs) + Math.max(...xs)) / 2), y: round(lowest),
  };
}

/** @param {Point} a @param {Point} b @param {Point} c */
const turn = (a, b, c) => (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);

/** @type {Record<string, Point>} */
const WAYS = { ArrowRight: { x: 1, y: 0 }, ArrowLeft: { x: -1, y: 0 }, ArrowDown: { x: 0, y: 1 }, ArrowUp: { x: 0, y: -1 } };

/**
 * Where an arrow key leads: along the reference that points that way best; where none
 * does, to the nearest that lies there, so that everything can be reached.
 * @param {Body[]} bodies @param {Body} from @param {string} key @param {Set<string>} linked ids joined with it @returns {Body | null}
 */
export function walk(bodies, from, key, linked) {
  const way = WAYS[key];
  if (!way) return null;
  let best = null;
  let least = Infinity;
  for (const body of bodies) {
    const dx = body.x - from.x;
    const dy = body.y - from.y;
    const along = dx * way.x + dy * way.y;
    const across = Math.abs(dx * way.y) + Math.abs(dy * way.x);
    if (body.id === from.id || along <= 0 || across > along * 2) continue;
    const cost = along + across * 2 + (linked.has(body.id) ? 0 : 1e6);
    if (cost < least) {
      least = cost;
      best = body;
    }
  }
  return best;
}

/** How far and where, so that everything is seen. @param {Body[]} bodies @param {number} width @param {number} height */
export function fit(bodies, width, height, most = 1.15) {
  if (bodies.length === 0) return { x: width / 2, y: height / 2, k: 1 };
  const room = 26;
  const left = Math.min(...bodies.map((b) => b.x - b.r - (b.kind === 'root' ? 40 : 0))) - room;
  const right = Math.max(...bodies.map((b) => b.x + b.r)) + room;
  const top = Math.min(...bodies.map((b) => b.y - b.r)) - room - 16;
  const bottom = Math.max(...bodies.map((b) => b.y + b.r)) + room + 14;
  const k = Math.min(most, width / (right - left), height / (bottom - top));
  return { k, x: (width - (left + right) * k) / 2, y: (height - (top + bottom) * k) / 2 };
}
