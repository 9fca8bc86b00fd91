// collect.test.js - the Collect button and its answer.
import assert from 'node:assert/strict';
import test from 'node:test';
import { on_stage, picture, skip, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;

test('a click on Collect 2 collects, answers beside the button and in the table', { skip }, async () => {
  // The whole table: the Overview's few rows scroll by within a second.
  await with_page({ at: '#/collections?heap=documents&range=30' }, async (page) => {
    await page.getByRole('button', { name: 'Collect' }).click();
    await picture(page, 'collect-menu');
    await page.getByRole('menuitem', { name: /Generation 2/ }).click();
    const answer = page.locator('.answer');
    await until('the answer is there', async () => /gen 2: [\d,]+ freed/.test(await answer.textContent()));
    const row = page.locator('.collections tr[data-reason="remote"]').first();
    await row.waitFor();
    assert.match(await row.textContent(), /remote.*operator/);
    await picture(page, 'collect-answer');
  });
});

test('the menu is worked by keys alone', { skip }, async () => {
  await with_page({ at: '#/overview?heap=playground&range=30' }, async (page) => {
    await page.getByRole('button', { name: 'Collect' }).focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('End');
    await page.keyboard.press('Escape');
    assert.equal(await page.getByRole('menu').count(), 0);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until('generation 1 answered', async () => /gen 1:/.test(await page.locator('.answer').textContent()));
  });
});

test('every viewer sees what another one asked for', { skip }, async () => {
  await with_page({ role: 'observer', at: '#/collections?heap=playground&range=30' }, async (watcher) => {
    await with_page({ at: '#/collections?heap=playground&range=30' }, async (page) => {
      const remote = watcher.locator('.collections tr[data-reason="remote"]');
      const known = await remote.count();
      await page.getByRole('button', { name: 'Collect' }).click();
      await page.getByRole('menuitem', { name: /Generation 0/ }).click();
      await until('the other page has it', async () => (await remote.count()) > known);
    });
  });
});
