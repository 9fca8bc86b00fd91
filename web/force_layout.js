// force_layout.js - where bodies come to rest: references pull, everything pushes.
//
//   springs along references · push between any two · room for each · pull to the column
//
// 200 bodies are few enough to look at every pair, so no tree of quadrants is needed, nor
// a package. The ticks run in short slices, between which the page does what else it has
// to; nothing is drawn before all of them are done, so nothing wobbles. Same input, same
// places.
// @ts-check
import { COLUMN, ROOT_X } from './graph_place.js';

const SLICE_MS = 8;
const FRICTION = 0.6;
const FAR = 700;
const LAST_HEAT = 0.001;

/** @typedef {import('./graph_place.js').Body} Body @typedef {Body & {vx: number, vy: number}} Moving */

/**
 * @param {Body[]} bodies moved in place; those with fx and fy stay, with fx alone move up and down
 * @param {{from: string, to: string}[]} links
 * @param {{is_wanted?: () => boolean, pause?: () => Promise<void>, now?: () => number}} [parts] `is_wanted` false ends it early
 * @returns {Promise<boolean>} whether it came to its end
 */
export async function settle(bodies, links, {
  is_wanted = () => true, pause = () => new Promise((next) => { setTimeout(next, 0); }), now = () => performance.now(),
} = {}) {
  const free = bodies.filter((b) => b.fy === undefined).length;
  if (free === 0) return true;
  const moving = /** @type {Moving[]} */ (bodies.map((b) => Object.assign(b, { vx: 0, vy: 0 })));
  const springs = springs_of(moving, links);
  const ticks = free === bodies.length || free > 20 ? 220 : 90;
  let heat = 1;
  for (let done = 0; done < ticks;) {
    const until = now() + SLICE_MS;
    while (done < ticks && now() < until) {
      heat += (0 - heat) * (1 - LAST_HEAT ** (1 / ticks));
      tick(moving, springs, heat, bodies.length > 40);
      done += 1;
    }
    await pause();
    if (!is_wanted()) return false;
  }
  return true;
}

/** The more references an object has, the less each of them moves it. @param {Moving[]} bodies @param {{from: string, to: string}[]} links */
function springs_of(bodies, links) {
  const by_id = new Map(bodies.map((b) => [b.id, b]));
  /** @type {Map<Moving, number>} */ const count = new Map();
  const found = links.flatMap(({ from, to }) => {
    const a = by_id.get(from);
    const b = by_id.get(to);
    if (!a || !b || a === b) return [];
    for (const end of [a, b]) count.set(end, (count.get(end) ?? 0) + 1);
    return [{ a, b }];
  });
  return found.map(({ a, b }) => {
    const [of_a, of_b] = [count.get(a) ?? 1, count.get(b) ?? 1];
    return { a, b, share: of_a / (of_a + of_b), strength: a.kind === 'root' ? 0.08 : 0.5 / Math.min(of_a, of_b) + 0.1 };
  });
}

/** @param {Moving[]} bodies @param {ReturnType<typeof springs_of>} springs @param {number} heat @param {boolean} many */
function tick(bodies, springs, heat, many) {
  const length = many ? 100 : 172;
  const push = many ? 420 : 900;
  const room = many ? 28 : 68;
  for (const { a, b, share, strength } of springs) {
    const dx = b.x + b.vx - a.x - a.vx || 0.01;
    const dy = b.y + b.vy - a.y - a.vy || 0.01;
    const distance = Math.hypot(dx, dy);
    const pull = ((distance - length) / distance) * heat * strength;
    b.vx -= dx * pull * share;
    b.vy -= dy * pull * share;
    a.vx += dx * pull * (1 - share);
    a.vy += dy * pull * (1 - share);
  }
  for (let i = 0; i < bodies.length; i += 1) {
    const a = bodies[i];
    for (let k = i + 1; k < bodies.length; k += 1) {
      const b = bodies[k];
      const dx = b.x - a.x || (k - i) * 0.01;
      const dy = b.y - a.y || 0.01;
      const square = dx * dx + dy * dy;
      if (square > FAR * FAR) continue;
      const weak = a.kind === 'root' || b.kind === 'root' ? 0.1 : 1;
      let force = (push * weak * heat) / Math.max(square, 900);
      const wanted = a.r + b.r + room;
      if (square < wanted * wanted) {
        const distance = Math.sqrt(square);
        force += ((wanted - distance) / distance) * 0.4;
      }
      a.vx -= dx * force;
      a.vy -= dy * force;
      b.vx += dx * force;
      b.vy += dy * force;
    }
  }
  for (const b of bodies) {
    b.vx += (ROOT_X + Math.max(1, b.depth) * COLUMN - b.x) * (many ? 0.03 : 0.14) * heat;
    b.vy -= b.y * (many ? 0.05 : 0.07) * heat;
    // Names have their column to themselves, also those that are read later.
    const missing = ROOT_X + 40 + b.r * 2 - b.x;
    if (b.kind !== 'root' && missing > 0) b.vx += missing * 0.5;
    b.vx *= FRICTION;
    b.vy *= FRICTION;
    if (b.fx === undefined) b.x += b.vx;
    if (b.fy === undefined) b.y += b.vy;
  }
}
