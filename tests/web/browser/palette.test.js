// palette.test.js - the palette, the keys, the menus of a phone, and what the reader chooses.
import assert from 'node:assert/strict';
import test from 'node:test';
import { axe, go_to, is_live, on_stage, picture, sideways, skip, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;
const START = '#/overview?heap=playground&range=30';

async function open_palette(page) {
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Commands, views and settings by name' });
  await field.waitFor();
  return field;
}
const chosen = (page) => page.locator('.palette [aria-selected=true] .palette-name').textContent();
const view_of = (page) => page.locator('nav.views [aria-current]').textContent();

test('the palette finds by a few letters, and only Enter runs', { skip }, async () => {
  await with_page({ at: START }, async (page) => {
    const collections = () => page.evaluate(() => document.querySelector('.answer').textContent);
    const field = await open_palette(page);
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('role')), 'combobox');
    assert.deepEqual(await axe(page), []);
    await page.keyboard.type('cog1');
    assert.equal(await chosen(page), 'Collect generation 1');
    const id = await field.getAttribute('aria-activedescendant');
    assert.equal(await page.locator(`#${id}`).getAttribute('aria-selected'), 'true');
    assert.equal(await collections(), '', 'typing runs nothing');
    await picture(page, 'palette-typed');
    await page.keyboard.press('Enter');
    await until('it collected', async () => /gen 1:/.test(await collections()));
    assert.equal(await page.locator('.palette').count(), 0);

    await open_palette(page);
    await page.keyboard.press('ArrowUp'); // from the first to the last
    const last = await chosen(page);
    await page.keyboard.press('ArrowDown');
    assert.notEqual(await chosen(page), last);
    await page.keyboard.type('qqqq');
    await page.getByText('Nothing is called “qqqq”.').waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.palette').count(), 0);

    await open_palette(page);
    await page.keyboard.type('pools');
    await page.keyboard.press('Enter');
    await until('the view is there', async () => (await view_of(page)) === 'Pools');
    await open_palette(page);
    await page.keyboard.type('documents');
    await page.keyboard.press('Enter');
    await until('the heap is there', async () => page.url().includes('heap=documents'));
    await open_palette(page);
    await page.keyboard.type('audit');
    await page.keyboard.press('Enter');
    await page.locator('.fold[data-part="audit"] .audit, .fold[data-part="audit"] .empty').first().waitFor({ state: 'attached' });
    await page.keyboard.press('Escape');
    await open_palette(page);
    await page.keyboard.type('object');
    await page.locator('.palette .palette-group', { hasText: 'Type' }).first().waitFor();
    await page.keyboard.press('Escape');
    await open_palette(page);
    await page.keyboard.type('中文');
    await page.keyboard.press('Enter');
    await until('the language', async () => (await view_of(page)) === '内存池');
  });
});

test('focus comes back to where the palette was opened from', { skip }, async () => {
  await with_page({ at: START }, async (page) => {
    const button = page.getByRole('button', { name: 'Find anything by name (Ctrl+K)' });
    await button.focus();
    await page.keyboard.press('Enter');
    await page.locator('.palette').waitFor();
    await page.keyboard.press('Escape');
    await until('back', async () => page.evaluate(() => document.activeElement.dataset.tool === 'palette'));
    // The panel beside the page likewise.
    await page.getByRole('button', { name: 'Commands and audit log' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.drawer').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Commands for playground');
    await page.keyboard.press('Escape');
    await page.locator('.drawer').waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.dataset.tool), 'commands');
  });
});

test('an observer finds views, and no command', { skip }, async () => {
  await with_page({ role: 'observer', at: START }, async (page) => {
    await open_palette(page);
    await page.keyboard.type('collect generation');
    await page.getByText('Nothing is called').waitFor();
  });
});

test('keys: help, views, zoom, pause; never while somebody types', { skip }, async () => {
  await with_page({ at: START }, async (page) => {
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard' });
    await help.waitFor();
    assert.ok(await help.getByText('find anything by name').isVisible());
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');
    assert.equal(await help.count(), 0);
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await until('heaps', async () => (await view_of(page)) === 'Heaps');
    await page.keyboard.press('Alt+1');
    await until('overview', async () => (await view_of(page)) === 'Overview');
    await page.keyboard.press('Space');
    await until('paused', async () => (await page.locator('.state').getAttribute('data-state')) !== 'live');
    await page.keyboard.press('[');
    await is_live(page);
    await page.keyboard.press(']');
    await until('paused again', async () => (await page.locator('.state').getAttribute('data-state')) !== 'live');
    await page.keyboard.press('Space');
    await is_live(page);
    await go_to(page, '#/playground?heap=playground&range=30');
    await page.getByRole('textbox').first().click();
    await page.keyboard.type('g?h [ ]');
    assert.equal(await page.locator('dialog').count(), 0);
    assert.equal(await view_of(page), 'Playground');
  });
});

test('on a phone the menus have what does not fit', { skip }, async () => {
  await with_page({ at: START, width: 375, height: 812 }, async (page) => {
    const nav = page.getByRole('navigation', { name: 'Views' });
    assert.equal(await nav.getByRole('link').count(), 5);
    await nav.getByRole('button', { name: 'More' }).click();
    await picture(page, 'phone-views');
    assert.equal(await sideways(page), 0);
    assert.deepEqual(await axe(page), []);
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await until('settings', async () => page.url().includes('#/settings'));
    const tool = async (name) => {
      await page.locator('.topbar').getByRole('button', { name: 'More' }).click();
      await page.getByRole('menuitem', { name }).click();
    };
    await page.locator('.topbar').getByRole('button', { name: 'More' }).click();
    await picture(page, 'phone-tools');
    assert.deepEqual(await axe(page), []);
    await page.keyboard.press('Escape');
    await tool(/^Theme/);
    await until('light', async () => page.evaluate(() => document.documentElement.dataset.theme === 'light'));
    await tool(/Commands and audit log/);
    await page.getByRole('dialog', { name: 'Commands for playground' }).waitFor();
    assert.equal(await page.locator('.drawer').evaluate((e) => e.offsetWidth), 375);
    // It covers the page, so the focus stays inside.
    await page.getByRole('button', { name: 'Close the panel' }).focus();
    await page.keyboard.press('Shift+Tab');
    assert.ok(await page.evaluate(() => document.querySelector('.drawer').contains(document.activeElement)));
    await page.keyboard.press('Escape');
    await page.locator('.drawer').waitFor({ state: 'detached' });
    await tool(/Language/);
    await until('Chinese', async () => page.evaluate(() => document.documentElement.lang === 'zh-Hans'));
    assert.equal(await sideways(page), 0);
  });
});

test('rate, clock and motion are obeyed and kept', { skip }, async () => {
  await with_page({ at: '#/settings?heap=documents&range=30' }, async (page) => {
    const sent = [];
    page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))));
    await page.getByLabel('1 Hz', { exact: true }).check();
    await until('the chip says so', async () => /Live 1.Hz/.test(await page.locator('.state').textContent()), 40000);
    await page.getByLabel('reduced').check();
    assert.equal(await page.evaluate(() => document.documentElement.dataset.motion), 'reduced');
    await page.getByLabel('UTC', { exact: true }).check();
    await page.reload();
    await is_live(page);
    assert.ok(await page.getByLabel('1 Hz', { exact: true }).isChecked());
    assert.ok(await page.getByLabel('UTC', { exact: true }).isChecked());
    const asked = sent.filter((text) => text.includes('stream.subscribe') && text.includes('"sample"'));
    assert.match(asked.at(-1), /"interval_ms":1000/);
    for (const text of ['server', 'ourod', 'page', 'message_bytes', '65,536', 'generational', 'preact']) {
      assert.ok(await page.locator('.settings').getByText(text, { exact: true }).first().isVisible(), text);
    }
    const licence = await page.locator('.settings a[href*="licences"]').first().getAttribute('href');
    assert.match(await page.evaluate(async (to) => (await fetch(to)).text(), licence), /MIT|ISC|Apache/);
    assert.deepEqual(await axe(page), []);
  });
});
