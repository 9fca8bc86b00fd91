// object_layout.js - where the playground's few objects stand in their picture.
//
//   names          slot 0   slot 1       an object keeps its slot while it lives,
//   john ────────►  (o) ◄──► (o)         so that nothing moves which did not change
//   mary            slot 2   slot 3
//
// Pure geometry: states in, coordinates and curves out.
// @ts-check

export const MOST_OBJECTS = 12;
const COLUMNS = 2;
const LEFT = 232;
const STEP_X = 168;
const TOP = 84;
const STEP_Y = 112;
const RADIUS = 34;
const NAME_X = 104;
const NAME_STEP = 30;
const BEND = 30;
const ARCH = 124; // over the first column, so that no reference seems to end there

/**
 * Slots for the objects that are there: old ones stay, new ones take the lowest free.
 * @param {Map<any, number>} before @param {any[]} ids @returns {Map<any, number>}
 */
export function assign_slots(before, ids) {
  /** @type {Map<any, number>} */ const slots = new Map();
  for (const id of ids) if (before.has(id)) slots.set(id, /** @type {number} */ (before.get(id)));
  const taken = new Set(slots.values());
  let next = 0;
  for (const id of ids) {
    if (slots.has(id)) continue;
    while (taken.has(next)) next += 1;
    taken.add(next);
    slots.set(id, next);
  }
  return slots;
}

/** @param {number} n */
const round = (n) => Math.round(n * 10) / 10;

/** Where a quadratic curve is after three fifths. @param {number} a @param {number} b @param {number} c */
const at = (a, b, c) => 0.16 * a + 0.48 * b + 0.36 * c;

/**
 * A curve from one point to another that leaves and arrives at the rims of circles.
 * @param {{x: number, y: number, r: number}} a @param {{x: number, y: number, r: number}} b @param {number} bend
 */
function curve(a, b, bend) {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = Math.hypot(dx, dy) || 1;
  const control = { x: (a.x + b.x) / 2 - (dy / length) * bend, y: (a.y + b.y) / 2 + (dx / length) * bend };
  const rim = (/** @type {{x: number, y: number, r: number}} */ p) => {
    const away = Math.hypot(control.x - p.x, control.y - p.y) || 1;
    return { x: p.x + ((control.x - p.x) / away) * p.r, y: p.y + ((control.y - p.y) / away) * p.r };
  };
  const from = rim(a);
  const to = rim({ ...b, r: b.r + 3 });
  return {
    d: `M${round(from.x)} ${round(from.y)}Q${round(control.x)} ${round(control.y)} ${round(to.x)} ${round(to.y)}`,
    // Nearer to where it goes, so that labels of crossing curves seldom meet, and a little
    // beside the curve.
    x: round(at(from.x, control.x, to.x) - (dy / length) * Math.sign(bend) * 9),
    y: round(at(from.y, control.y, to.y) + (dx / length) * Math.sign(bend) * 9 + 4),
  };
}

/**
 * @param {import('./playground_state.js').PlayState} state @param {Map<any, number>} slots
 */
export function lay_out(state, slots) {
  const nodes = state.objects.map((object) => {
    const slot = slots.get(object.id) ?? 0;
    return {
      object, r: RADIUS,
      x: LEFT + STEP_X * (slot % COLUMNS), y: TOP + STEP_Y * Math.floor(slot / COLUMNS),
    };
  });
  const by_id = new Map(nodes.map((node) => [node.object.id, node]));
  const names = state.roots.map((root, i) => ({ name: root.name, x: NAME_X, y: 62 + NAME_STEP * i, id: root.id }));

  const edges = [];
  for (const name of names) {
    const to = by_id.get(name.id);
    if (!to) continue;
    const bend = to.x > LEFT ? ARCH : BEND / 2;
    edges.push({ key: `root ${name.name}`, label: '', gone: false, weak: false, ...curve({ x: name.x + 4, y: name.y - 4, r: 0 }, to, -bend) });
  }
  for (const node of nodes) {
    for (const f of node.object.fields) {
      const to = by_id.get(f.id);
      if (!to) continue;
      const at = to === node
        ? { d: `M${node.x - 12} ${node.y - RADIUS + 2}c-16 -34 40 -34 26 -3`, x: node.x, y: node.y - RADIUS - 24 }
        : curve(node, to, -BEND);
      edges.push({ key: `${node.object.id}.${f.name}`, label: f.name, gone: Boolean(node.object.gone || to.object.gone), weak: false, ...at });
    }
    const target = by_id.get(node.object.target);
    if (target && !node.object.gone) {
      edges.push({ key: `weak ${node.object.id}`, label: '', gone: false, weak: true, ...curve(node, target, -BEND) });
    }
  }
  const lowest = Math.max(0, ...nodes.map((n) => n.y + RADIUS + 20), names.length > 0 ? names[names.length - 1].y + 20 : 0);
  return { width: LEFT + STEP_X * (COLUMNS - 1) + RADIUS + 24, height: Math.max(150, lowest), nodes, names, edges, box_right: NAME_X + 12 };
}
