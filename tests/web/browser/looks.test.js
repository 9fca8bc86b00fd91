// looks.test.js - every view, in both themes, widths and languages: accessible, no wider than
// its screen, and a picture of each.
import assert from 'node:assert/strict';
import test from 'node:test';
import { axe, go_to, on_stage, picture, sideways, skip, until } from './support.js';

const VIEWS = ['overview', 'collections', 'pools', 'objects', 'types', 'heaps', 'playground', 'settings'];
const stage = on_stage(test);
const { with_page } = stage;

for (const [name, look] of Object.entries({
  'light-1280': { scheme: 'light', width: 1280, height: 900 },
  'dark-1280': { scheme: 'dark', width: 1280, height: 900 },
  'light-375': { scheme: 'light', width: 375, height: 812 },
  'dark-375': { scheme: 'dark', width: 375, height: 812 },
  'zh-1280': { locale: 'zh-CN', width: 1280, height: 900 },
  'zh-375': { locale: 'zh-CN', width: 375, height: 812 },
  'zh-dark-1280': { scheme: 'dark', locale: 'zh-CN', width: 1280, height: 900 },
  'zh-dark-375': { scheme: 'dark', locale: 'zh-CN', width: 375, height: 812 },
})) {
  test(`every view at ${name}: accessible, and no wider than its screen`, { skip }, async () => {
    await with_page({ ...look, at: '#/overview?heap=documents&range=10' }, async (page) => {
      await until('there are collections', async () => (await page.locator('.collections tbody tr').count()) >= 5);
      await until('there are size classes', async () => (await page.locator('.bar').count()) > 4);
      // One picture with a full range.
      if (name === 'light-1280') await until('ten seconds were seen', async () => /last 10/.test(await page.locator('.figures').textContent()));
      for (const view of VIEWS) {
        await go_to(page, `#/${view}?heap=documents&range=10`);
        await page.locator('main h1').first().waitFor({ state: 'attached' });
        assert.equal(await sideways(page), 0, `${view} scrolls sideways`);
        assert.deepEqual(await axe(page), [], view);
        await picture(page, `${view}-${name}`);
      }
    });
  });
}
