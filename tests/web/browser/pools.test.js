// pools.test.js - the arena map against the real daemon: what the cursor says is what
// the daemon answered, the map follows the heap, and stands still in the past.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { axe, go_to, on_stage, picture, sideways, skip, state_of, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;

async function rpc(method, params = {}) {
  const response = await fetch(`${stage.daemon.http}/rpc`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stage.daemon.operator_token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}

const map_of = (page) => page.locator('.pool-map');
const is_drawn = (page) => map_of(page).waitFor();
const said = (page) => page.locator('.pool-said b').textContent();
const pixels = (page) => page.locator('.pool-map canvas').evaluate((canvas) => canvas.toDataURL());
const words = (arena, pool) => (arena.block_bytes[pool] > 0
  ? `arena ${arena.number}, pool ${pool}: blocks of ${arena.block_bytes[pool]} B, ${arena.used[pool].toLocaleString('en-US')} of ${arena.capacity[pool].toLocaleString('en-US')} used`
  : `arena ${arena.number}, pool ${pool}: empty`);

test('the cursor says of every pool what the daemon said, to readers too', { skip }, async () => {
  await rpc('repl.eval', { heap: 'playground', code: Array.from({ length: 300 }, (_, i) => `p${i} = Person('${i}')`).join('\n') });
  const { arenas } = await rpc('heap.pool_map', { heap: 'playground' });
  await with_page({ at: '#/pools?heap=playground' }, async (page) => {
    await is_drawn(page);
    await map_of(page).focus();
    const row = arenas.findIndex((one) => one.used.some((n) => n > 0));
    assert.ok(row >= 0, 'some arena is used');
    const arena = arenas[row];
    for (let i = 0; i < row; i++) await page.keyboard.press('ArrowDown');
    for (let pool = 0; pool < 32; pool++) {
      await until(`it says "${words(arena, pool)}"`, async () => (await said(page)) === words(arena, pool));
      await page.keyboard.press('ArrowRight');
    }
    const used = arena.used.findIndex((n) => n > 0);
    await page.keyboard.press('Home');
    for (let i = 0; i < used; i++) await page.keyboard.press('ArrowRight');
    await until('it is spoken', async () => (await page.locator('.card [role="status"]').allTextContents()).includes(words(arena, used)));
    await page.keyboard.press('Enter');
    const size = arena.block_bytes[used];
    await until('the size is in the address', () => page.url().includes(`class=${size}`));
    assert.equal(await page.locator('.classes tr.is-chosen .col-size').textContent(), `${size} B`);
    assert.equal(await page.locator('.pool-legend [aria-pressed="true"]').textContent(), `${size} B`);
    await page.locator('.classes .col-size button', { hasText: new RegExp(`^${size} B$`) }).click();
    await until('the address is free of it', () => !page.url().includes('class='));

    const box = await map_of(page).boundingBox();
    await page.mouse.move(box.x + 3, box.y + 3);
    await until('the pointer says it as well', async () => (await said(page)) === words(arenas[0], 0));

    await page.getByRole('button', { name: 'Table', exact: true }).click();
    const rows = page.locator('.card', { has: page.getByText('Arena map') }).locator('tbody tr');
    assert.equal(await rows.count(), arenas.length);
    const text = (await rows.allTextContents()).join('\n');
    for (const one of arenas) {
      const total = one.used.reduce((a, b) => a + b, 0);
      assert.ok(text.includes(`${one.block_bytes.filter((n) => n > 0).length} / 32${total.toLocaleString('en-US')}`), `${text}: arena ${one.number}`);
    }
    assert.deepEqual(await axe(page), []);
  });
});

test('the answer to "why did memory not fall" counts what the daemon has', { skip }, async () => {
  const { arenas } = await rpc('heap.pool_map', { heap: 'playground' });
  const blocks = arenas.map((arena) => arena.used.reduce((a, b) => a + b, 0));
  const bytes = arenas.map((arena) => arena.used.reduce((sum, n, i) => sum + n * arena.block_bytes[i], 0));
  await with_page({ at: '#/pools?heap=playground' }, async (page) => {
    await is_drawn(page);
    const answer = await page.locator('.pool-answer').textContent();
    const sparse = arenas.filter((_, i) => blocks[i] > 0 && bytes[i] < 0.1 * 32 * 65536);
    const held = sparse.reduce((sum, arena) => sum + arena.used.reduce((a, b) => a + b, 0), 0);
    if (sparse.length > 0) assert.ok(answer.includes(`${held.toLocaleString('en-US')} used block`), answer);
    else assert.match(answer, /None is less than/);
    const empty = blocks.filter((n) => n === 0).length;
    assert.equal(/(\d+) arenas? (?:is|are) empty/.exec(answer)?.[1], empty > 0 ? String(empty) : undefined, answer);
  });
});

test('the map follows a workload, one question at a time, and stands still in the past', { skip }, async () => {
  await with_page({ at: '#/pools?heap=workshop' }, async (page) => {
    const wire = { asked: 0, most: 0, samples: 0 };
    const open = new Set();
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        const { id, method } = JSON.parse(payload);
        if (method !== 'heap.pool_map') return;
        wire.asked += 1;
        wire.most = Math.max(wire.most, open.add(id).size);
      });
      socket.on('framereceived', ({ payload }) => {
        const { id, method } = JSON.parse(payload);
        open.delete(id);
        if (method === 'sample') wire.samples += 1;
      });
    });
    await page.reload();
    await page.getByText('This heap has no arena now.').or(map_of(page)).waitFor();
    const before = await (await map_of(page).count() > 0 ? pixels(page) : 'no arena');
    await rpc('workload.start', { heap: 'workshop', workload: 'binary-trees' });
    try {
      await is_drawn(page);
      const first = await pixels(page);
      await until('the map changed', async () => ![before, first].includes(await pixels(page)));
      await page.getByRole('button', { name: /Pause/ }).first().click();
      await page.getByText('The window is past, the map is not').waitFor();
      const [still, time] = [await pixels(page), await page.locator('.card .at').first().textContent()];
      const [asked, samples] = [wire.asked, wire.samples];
      await until('data comes on for three seconds', () => wire.samples > samples + 30);
      assert.equal(wire.asked, asked, 'the past is not read again');
      assert.ok(wire.asked >= 2 && wire.most === 1, JSON.stringify(wire));
      assert.equal(await pixels(page), still);
      assert.equal(await page.locator('.card .at').first().textContent(), time);
    } finally {
      await rpc('workload.stop', { heap: 'workshop' });
    }
  });
});

test('a recording keeps no map, and says so', { skip }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ouro-pools-'));
  try {
    await with_page({ at: '#/heaps?heap=documents&range=10' }, async (page) => {
      await page.getByRole('button', { name: 'Record documents' }).click();
      const last = () => page.locator('.heap-card', { hasText: 'documents' }).locator('.heap-last').textContent();
      const before = await last();
      await until('it collected', async () => (await last()) !== before);
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /Stop and save/ }).click()]);
      const path = join(directory, download.suggestedFilename());
      await download.saveAs(path);
      await page.getByLabel('Recording file').setInputFiles(path);
      await until('it plays', async () => (await state_of(page)) === 'playing');
      await go_to(page, page.url().replace(/.*#\/heaps/, '#/pools'));
      await page.getByText('A recording has no arena map').waitFor();
      assert.equal(await map_of(page).count(), 0);
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test('an observer sees the map too', { skip }, async () => {
  await with_page({ role: 'observer', at: '#/pools?heap=documents' }, async (page) => {
    await is_drawn(page);
    assert.match(await said(page), /^arena \d+, pool 0: /);
  });
});

for (const [scheme, width, locale] of [['light', 1280, 'en-US'], ['dark', 1280, 'zh-CN'], ['dark', 375, 'en-US'], ['light', 375, 'zh-CN']]) {
  test(`the map looks as it should: ${scheme} ${width} ${locale}`, { skip }, async () => {
    await with_page({ scheme, width, locale, at: '#/pools?heap=documents' }, async (page) => {
      await is_drawn(page);
      await map_of(page).scrollIntoViewIfNeeded();
      assert.deepEqual(await axe(page), []);
      assert.equal(await sideways(page), 0);
      await page.setViewportSize({ width, height: 1900 });
      await picture(page, `pools-${scheme}-${width}-${locale}`);
      await page.locator('.pool-legend button').nth(1).click();
      await until('a size stands out', () => page.url().includes('class='));
      await page.getByRole('button', { name: locale === 'en-US' ? 'Table' : '表格', exact: true }).click();
      assert.deepEqual(await axe(page), []);
      assert.equal(await sideways(page), 0);
      await picture(page, `pools-table-${scheme}-${width}-${locale}`);
      await page.locator('.card button[aria-pressed="true"].button').click();
      await is_drawn(page);
      await picture(page, `pools-class-${scheme}-${width}-${locale}`);
    });
  });
}

test('the size classes are sorted by their headers, and the address holds the order', { skip }, async () => {
  await with_page({ at: '#/pools?heap=documents&range=10' }, async (page) => {
    const column = (n) => page.locator('.classes tbody tr').evaluateAll((rows, i) => rows.map((row) => row.children[i].textContent.trim()), n);
    await until('there are classes', async () => (await column(0)).length > 10);
    assert.equal(await page.locator('.classes th[aria-sort=ascending]').textContent(), 'block size ↑');
    await page.getByRole('button', { name: 'used blocks' }).focus();
    await page.keyboard.press('Enter');
    await until('the most used is first', async () => {
      const used = (await column(2)).map((text) => Number(text.replaceAll(',', '')));
      return used[0] > 0 && used.every((n, i) => i === 0 || n <= used[i - 1]);
    });
    assert.match(page.url(), /sort=-col_used/);
    await page.keyboard.press('Enter');
    await until('and then the least', async () => (await page.locator('.classes th[aria-sort=ascending]').textContent()) === 'used blocks ↑');
  });
});
