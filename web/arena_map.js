// arena_map.js - the pools of a heap as a picture: a row an arena, a cell a pool.
//
//   ▓▓▒░··  lightness  how full      many arenas: rows side by side, so that the whole
//   ▓▓▓▒░·  hue        block size    of it stays about as high as a screen
//   ▨ full  · empty    patterns, so that colour never stands alone
//
// Without a canvas: pages are joined, cells are placed and found, colours are computed.
// @ts-check

export const ROW_POOLS = 32;
/** Below this share of used bytes an arena is nearly empty. */
export const SPARSE = 0.1;
const HEIGHT_PX = 420;
const CELL_PX = { height: 22, least: 4, width: 40, least_width: 2 };
const GROUP_GAP_PX = 6;
/** Below it a cell has no room for a gap. */
const ROOMY_PX = 6;

/** @typedef {{number: number, block_bytes: number[], used: number[], capacity: number[]}} Arena of heap.pool_map */
/** @typedef {{arenas: Arena[], arenas_total: number, from_ms: number, to_ms: number}} ArenaMap */

/** Asks page after page. @param {(cursor: string | undefined) => Promise<any>} ask_page @returns {Promise<ArenaMap>} */
export async function read_map(ask_page) {
  /** @type {ArenaMap} */ const map = { arenas: [], arenas_total: 0, from_ms: NaN, to_ms: NaN };
  for (let cursor; ;) {
    const page = await ask_page(cursor);
    if (cursor === undefined) map.from_ms = page.time_ms;
    map.to_ms = page.time_ms;
    map.arenas_total = page.arenas_total;
    for (const arena of page.arenas) map.arenas.push(arena);
    if (page.next_cursor === undefined) return map;
    cursor = page.next_cursor;
  }
}

/** One pool. @param {ArenaMap} map @param {number} row @param {number} pool */
export function pool_at(map, row, pool) {
  const arena = map.arenas[row];
  return arena && { arena: arena.number, pool, size: arena.block_bytes[pool], used: arena.used[pool], capacity: arena.capacity[pool] };
}

/**
 * What keeps an arena: its used blocks by size, most first.
 * @param {Arena} arena @returns {{pools: number, used: number, bytes: number, sizes: {size: number, used: number}[]}}
 */
export function kept_by(arena) {
  const by_size = new Map();
  const ret = { pools: 0, used: 0, bytes: 0 };
  arena.used.forEach((used, i) => {
    if (arena.block_bytes[i] > 0) ret.pools += 1;
    if (used === 0) return;
    ret.used += used;
    ret.bytes += used * arena.block_bytes[i];
    by_size.set(arena.block_bytes[i], (by_size.get(arena.block_bytes[i]) ?? 0) + used);
  });
  const sizes = [...by_size].map(([size, used]) => ({ size, used })).sort((a, b) => b.used - a.used || a.size - b.size);
  return { ...ret, sizes };
}

/**
 * Why memory did not fall: arenas go back whole, and few blocks keep one.
 * @param {ArenaMap} map @param {number} pool_bytes
 */
export function held_back(map, pool_bytes) {
  const ret = { arenas: map.arenas.length, sparse: 0, blocks: 0, bytes: 0, empty: 0, empty_bytes: 0 };
  for (const arena of map.arenas) {
    const { used, bytes } = kept_by(arena);
    const whole = arena.used.length * pool_bytes;
    if (used === 0) {
      ret.empty += 1;
      ret.empty_bytes += whole;
    } else if (bytes < whole * SPARSE) {
      ret.sparse += 1;
      ret.blocks += used;
      ret.bytes += whole;
    }
  }
  return ret;
}

/** Sizes of blocks that the map has, smallest first. @param {ArenaMap} map */
export function sizes_of(map) {
  const sizes = new Set();
  for (const arena of map.arenas) for (const size of arena.block_bytes) if (size > 0) sizes.add(size);
  return [...sizes].sort((a, b) => a - b);
}

/** Where cells are, in CSS pixels. @param {number} count arenas @param {number} width */
export function lay_out(count, width) {
  const fits = (groups) => Math.floor((width - (groups - 1) * GROUP_GAP_PX) / groups / ROW_POOLS);
  let groups = 1;
  while (Math.ceil(count / groups) * CELL_PX.least > HEIGHT_PX && fits(groups + 1) >= CELL_PX.least_width) groups += 1;
  const rows = Math.ceil(count / groups);
  const cell_width = Math.max(1, Math.min(CELL_PX.width, fits(groups)));
  const cell_height = Math.max(CELL_PX.least, Math.min(CELL_PX.height, Math.floor(HEIGHT_PX / Math.max(1, rows))));
  const stride = cell_width * ROW_POOLS + GROUP_GAP_PX;
  return { count, groups, rows, cell_width, cell_height, stride,
    width: groups * stride - GROUP_GAP_PX, height: rows * cell_height };
}

/** @param {ReturnType<typeof lay_out>} place @param {number} row @param {number} pool */
export function cell_box(place, row, pool) {
  return { left: Math.floor(row / place.rows) * place.stride + pool * place.cell_width,
    top: (row % place.rows) * place.cell_height, width: place.cell_width, height: place.cell_height };
}

/** The cell under a point, or null. @param {ReturnType<typeof lay_out>} place @param {number} x @param {number} y */
export function cell_at(place, x, y) {
  const group = Math.floor(x / place.stride);
  const pool = Math.floor((x - group * place.stride) / place.cell_width);
  const line = Math.floor(y / place.cell_height);
  const row = group * place.rows + line;
  if (x < 0 || y < 0 || line >= place.rows || pool >= ROW_POOLS || group >= place.groups || row >= place.count) return null;
  return { row, pool };
}

/** Where a key leads; null: not a key of the map. @param {string} key @param {{row: number, pool: number}} from @param {number} count */
export function step(key, { row, pool }, count) {
  const to = { ArrowLeft: [row, pool - 1], ArrowRight: [row, pool + 1], ArrowUp: [row - 1, pool], ArrowDown: [row + 1, pool],
    Home: [row, 0], End: [row, ROW_POOLS - 1], PageUp: [row - 10, pool], PageDown: [row + 10, pool] }[key];
  if (!to) return null;
  const between = (n, most) => Math.max(0, Math.min(most, n));
  return { row: between(to[0], count - 1), pool: between(to[1], ROW_POOLS - 1) };
}

// Hues for block sizes: two arcs that keep away from the generations (24°, 165°, 210°),
// from the accent (253°) and from red, which means bad (357°).
const ARCS = [[276, 336], [46, 140]];

/** The hue of the n-th of so many sizes. @param {number} n @param {number} count */
export function hue(n, count) {
  const whole = ARCS.reduce((sum, [from, to]) => sum + to - from, 0);
  let at = count > 1 ? (n / (count - 1)) * whole : 0;
  for (const [from, to] of ARCS) {
    if (at <= to - from) return from + at;
    at -= to - from;
  }
  return ARCS[ARCS.length - 1][1];
}

/** Hue, and a share 0..1 that says how full → [r, g, b]. @param {number} degrees @param {number} full @param {boolean} dark */
export function color(degrees, full, dark) {
  const lightness = dark ? 0.26 + 0.46 * full : 0.84 - 0.48 * full;
  const chroma = 0.5 * Math.min(lightness, 1 - lightness);
  return [0, 8, 4].map((n) => {
    const k = (n + degrees / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  });
}

/**
 * Draws into the bytes of an ImageData, in device pixels.
 * @param {Uint8ClampedArray} data RGBA @param {number} width @param {ArenaMap} map
 * @param {ReturnType<typeof lay_out>} place
 * @param {{scale: number, dark: boolean, panel: number[], line: number[], sizes: number[], only: number}} look
 *   `only`: the size that stands out, NaN for all
 */
export function paint(data, width, map, place, { scale, dark, panel, line, sizes, only }) {
  const hues = new Map(sizes.map((size, i) => [size, hue(i, sizes.length)]));
  const gap = Math.min(place.cell_width, place.cell_height) >= ROOMY_PX ? Math.max(1, Math.round(scale)) : 0;
  const period = gap ? 4 * Math.max(1, Math.round(scale)) : 3;
  const words = new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  const word = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  const mix = (from, to, share) => from.map((n, i) => Math.round(n + (to[i] - n) * share));
  const ground = word(panel);
  const dot = word(mix(panel, line, gap ? 1 : 0.6));
  words.fill(ground);
  for (let row = 0; row < map.arenas.length; row++) {
    const arena = map.arenas[row];
    for (let pool = 0; pool < arena.used.length; pool++) {
      const box = cell_box(place, row, pool);
      const [left, top] = [Math.round(box.left * scale), Math.round(box.top * scale)];
      const right = Math.round((box.left + box.width) * scale) - gap;
      const bottom = Math.round((box.top + box.height) * scale) - gap;
      const size = arena.block_bytes[pool];
      const share = arena.capacity[pool] > 0 ? arena.used[pool] / arena.capacity[pool] : 0;
      const is_dim = size > 0 && only > 0 && size !== only;
      const plain = size > 0 ? color(hues.get(size) ?? 0, share, dark) : panel;
      const fill = is_dim ? mix(plain, panel, 0.82) : plain;
      const inside = size > 0 ? word(fill) : ground;
      // Full: hatched. Empty: outlined, or a dot where there is no room.
      const hatch = share === 1 ? word(mix(fill, panel, is_dim ? 0.4 : 0.45)) : inside;
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          let value = (x + y) % period === 0 ? hatch : inside;
          if (size === 0 && (gap ? y === top || x === left || y === bottom - 1 || x === right - 1 : x === left && y === top)) value = dot;
          words[y * width + x] = value;
        }
      }
    }
  }
}
