// force_layout.js - the only importer of d3-force: where bodies come to rest.
//
// The ticks run in short slices, between which the page does what else it has to;
// nothing is drawn before all of them are done, so nothing wobbles.
// @ts-check
import { forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from 'd3-force';
import { ROOT_X } from './graph_place.js';

const SLICE_MS = 8;
const COLUMN = 172;

/** Names keep their column to themselves. @param {import('./graph_place.js').Body[]} bodies */
function right_of_the_roots(bodies) {
  if (!bodies.some((b) => b.kind === 'root')) return null;
  return () => {
    for (const b of /** @type {any[]} */ (bodies)) {
      const missing = ROOT_X + 40 + b.r * 2 - b.x;
      if (b.kind !== 'root' && missing > 0) b.vx += missing * 0.5;
    }
  };
}

/**
 * @param {import('./graph_place.js').Body[]} bodies moved in place; those with fx and fy stay
 * @param {{from: string, to: string}[]} links
 * @param {() => boolean} is_wanted false ends it early
 * @returns {Promise<boolean>} whether it came to its end
 */
export async function settle(bodies, links, is_wanted) {
  const free = bodies.filter((b) => b.fy === undefined).length;
  if (free === 0) return true;
  const many = bodies.length > 40;
  const ids = new Set(bodies.map((b) => b.id));
  const joined = links.filter((l) => l.from !== l.to && ids.has(l.from) && ids.has(l.to)).map((l) => ({ source: l.from, target: l.to }));
  const simulation = forceSimulation(/** @type {any[]} */ (bodies)).stop()
    .force('link', forceLink(joined).id((b) => b.id).distance(many ? 100 : 172).strength((l) => (l.source.kind === 'root' ? 0.08 : 0.5)))
    .force('push', forceManyBody().strength((b) => (b.kind === 'root' ? -60 : many ? -420 : -900)).distanceMax(700))
    .force('room', forceCollide((b) => b.r + (many ? 14 : 34)).iterations(2))
    .force('x', forceX((b) => ROOT_X + Math.max(1, b.depth) * COLUMN).strength(many ? 0.03 : 0.14))
    .force('side', right_of_the_roots(bodies))
    .force('y', forceY(0).strength(many ? 0.05 : 0.07));
  const ticks = free === bodies.length || free > 20 ? 220 : 90;
  simulation.alphaDecay(1 - 0.001 ** (1 / ticks));
  for (let done = 0; done < ticks;) {
    const until = performance.now() + SLICE_MS;
    while (done < ticks && performance.now() < until) {
      simulation.tick();
      done += 1;
    }
    await new Promise((next) => { setTimeout(next, 0); });
    if (!is_wanted()) return false;
  }
  return true;
}
