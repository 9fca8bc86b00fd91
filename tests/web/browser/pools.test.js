// pools.test.js - the arena map against the real daemon: what the cursor says is what
// the daemon answered, the map follows the heap, and stands still in the past.
import assert from 'node:assert/strict';
import test from 'node:test';
import { axe, on_stage, picture, sideways, skip, until } from './support.js';

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
      // Data comes on: two more samples at least, and the map is as it was.
      await rpc('gc.collect', { heap: 'workshop' }).catch(() => {});
      for (let i = 0; i < 60; i++) await rpc('heap.get', { heap: 'workshop' });
      assert.equal(await pixels(page), still);
      assert.equal(await page.locator('.card .at').first().textContent(), time);
    } finally {
      await rpc('workload.stop', { heap: 'workshop' });
    }
  });
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
    });
  });
}
