// arena_map.test.js - the arena map without a canvas: joined pages, places of cells,
// colours that are no generation's, and what keeps arenas.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ROW_POOLS, cell_at, cell_box, color, held_back, hue, kept_by, lay_out, paint, pool_at, read_map, sizes_of, step } from '../../web/arena_map.js';

/** An arena with these pools first: [size, used, capacity]. */
const arena = (number, ...pools) => {
  const list = (n) => Array.from({ length: ROW_POOLS }, (_, i) => pools[i]?.[n] ?? 0);
  return { number, block_bytes: list(0), used: list(1), capacity: list(2) };
};
const map_of = (...arenas) => ({ arenas, arenas_total: arenas.length, from_ms: 1, to_ms: 2 });

test('pages are joined by their cursors', async () => {
  const asked = [];
  const pages = {
    first: { time_ms: 10, arenas_total: 3, arenas: [arena(0)], next_cursor: '1' },
    1: { time_ms: 20, arenas_total: 4, arenas: [], next_cursor: '2' },
    2: { time_ms: 30, arenas_total: 5, arenas: [arena(2), arena(4)] },
  };
  const map = await read_map(async (cursor) => { asked.push(cursor); return pages[cursor ?? 'first']; });
  assert.deepEqual(asked, [undefined, '1', '2']);
  assert.deepEqual([map.from_ms, map.to_ms, map.arenas_total, map.arenas.map((a) => a.number)], [10, 30, 5, [0, 2, 4]]);
  await assert.rejects(read_map(() => Promise.reject(new Error('gone'))), /gone/);
});

test('what keeps an arena, and what could go back', () => {
  const sparse = arena(7, [64, 12, 63], [16, 12, 255], [64, 1, 63]);
  assert.deepEqual(kept_by(sparse), { pools: 3, used: 25, bytes: 13 * 64 + 12 * 16, sizes: [{ size: 64, used: 13 }, { size: 16, used: 12 }] });
  const full = arena(1, ...Array.from({ length: ROW_POOLS }, () => [64, 63, 63]));
  assert.deepEqual(held_back(map_of(sparse, full, arena(2), arena(9, [64, 0, 63])), 4096),
    { arenas: 4, sparse: 1, blocks: 25, bytes: 32 * 4096, empty: 2, empty_bytes: 2 * 32 * 4096 });
  assert.deepEqual(sizes_of(map_of(sparse, full)), [16, 64]);
  assert.deepEqual(pool_at(map_of(sparse), 0, 1), { arena: 7, pool: 1, size: 16, used: 12, capacity: 255 });
  assert.equal(pool_at(map_of(sparse), 5, 1), undefined);
});

test('each cell is found where it is drawn, from one arena to 65,536 pools, on a desk and a phone', () => {
  for (const count of [1, 2, 7, 130, 2048]) {
    for (const width of [320, 1180]) {
      const place = lay_out(count, width);
      assert.ok(place.width <= width, `${count} arenas in ${width} px are ${place.width} px wide`);
      assert.ok(place.width * place.height < 1e6, `${count} arenas in ${width} px make ${place.width} × ${place.height}`);
      for (const row of [0, Math.floor(count / 2), count - 1]) {
        for (const pool of [0, 17, ROW_POOLS - 1]) {
          const box = cell_box(place, row, pool);
          assert.deepEqual(cell_at(place, box.left + box.width / 2, box.top + box.height / 2), { row, pool });
        }
      }
      assert.equal(cell_at(place, -1, 0), null);
      assert.equal(cell_at(place, 0, place.height), null);
    }
  }
});

test('keys stay on the map', () => {
  assert.deepEqual(step('ArrowRight', { row: 0, pool: 3 }, 2), { row: 0, pool: 4 });
  assert.deepEqual(step('ArrowDown', { row: 1, pool: 3 }, 2), { row: 1, pool: 3 });
  assert.deepEqual(step('End', { row: 1, pool: 3 }, 2), { row: 1, pool: 31 });
  assert.deepEqual(step('ArrowLeft', { row: 0, pool: 0 }, 2), { row: 0, pool: 0 });
  assert.equal(step('a', { row: 0, pool: 0 }, 2), null);
});

test('no block size has the hue of a generation, of the accent or of what is bad', () => {
  const tokens = readFileSync(new URL('../../web/style/tokens.css', import.meta.url), 'utf8');
  const degrees = (hex) => {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
    const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
    const part = most === r ? (g - b) / (most - least) : most === g ? 2 + (b - r) / (most - least) : 4 + (r - g) / (most - least);
    return (part * 60 + 360) % 360;
  };
  const taken = ['gen-0', 'gen-1', 'gen-2', 'accent', 'bad'].flatMap((name) => tokens.match(new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`)).slice(1).map(degrees));
  assert.equal(taken.length, 10);
  for (let n = 0; n < 32; n++) {
    for (const other of taken) {
      const apart = Math.abs(((hue(n, 32) - other + 540) % 360) - 180);
      assert.ok(apart >= 15, `hue ${hue(n, 32)} of size ${n} is ${apart}° from ${other}`);
    }
  }
  assert.equal(new Set(Array.from({ length: 32 }, (_, n) => hue(n, 32))).size, 32);
});

test('fuller is darker by day and lighter by night', () => {
  const light = (rgb) => rgb.reduce((sum, n) => sum + n, 0);
  for (const degrees of [280, 60, 120]) {
    assert.ok(light(color(degrees, 1, false)) < light(color(degrees, 0.5, false)));
    assert.ok(light(color(degrees, 1, true)) > light(color(degrees, 0.5, true)));
  }
});

test('full is hatched, empty is outlined, what is not chosen is dim', () => {
  const map = map_of(arena(0, [64, 63, 63], [64, 20, 63], [16, 255, 255]));
  const place = lay_out(1, 1180);
  const look = { scale: 1, dark: false, panel: [255, 255, 255], line: [10, 20, 30], sizes: [16, 64], only: NaN };
  const draw = (only) => {
    const data = new Uint8ClampedArray(place.width * place.height * 4);
    paint(data, place.width, map, place, { ...look, only });
    return (pool) => {
      const box = cell_box(place, 0, pool);
      const seen = new Set();
      for (let y = box.top + 1; y < box.top + box.height - 2; y++) {
        for (let x = box.left + 1; x < box.left + box.width - 2; x++) seen.add([...data.slice((y * place.width + x) * 4, (y * place.width + x) * 4 + 3)].join());
      }
      return [...seen];
    };
  };
  const all = draw(NaN);
  assert.equal(all(0).length, 2, 'full: two colours');
  assert.equal(all(1).length, 1, 'partly: one');
  assert.deepEqual(all(3), ['255,255,255'], 'empty: the ground inside');
  const chosen = draw(64);
  assert.deepEqual(chosen(0), all(0));
  assert.notDeepEqual(chosen(2), all(2));
});

test('65,536 pools are drawn into one picture', () => {
  const pools = Array.from({ length: ROW_POOLS }, (_, i) => [16 * (i + 1), i, 63]);
  const map = map_of(...Array.from({ length: 2048 }, (_, i) => arena(i, ...pools)));
  const place = lay_out(2048, 1180);
  const data = new Uint8ClampedArray(place.width * place.height * 4);
  paint(data, place.width, map, place, { scale: 1, dark: true, panel: [0, 0, 0], line: [9, 9, 9], sizes: sizes_of(map), only: NaN });
  const last = cell_box(place, 2047, 31);
  assert.notEqual(data[(last.top * place.width + last.left) * 4], 0, 'the last pool has its colour');
});
