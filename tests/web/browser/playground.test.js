// playground.test.js - statements against the real heap.
import assert from 'node:assert/strict';
import test from 'node:test';
import { on_stage, picture, skip, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;

test('the playground runs John and Mary, and both are destroyed', { skip }, async () => {
  await with_page({ at: '#/playground' }, async (page) => {
    const objects = page.locator('.objects tbody tr');
    const next = page.getByRole('button', { name: 'Next line' });
    const steps = page.locator('.steps .done');
    for (let line = 1; line <= 6; line++) {
      await next.click();
      await until(`line ${line} ran`, async () => (await steps.count()) === line);
    }
    assert.equal(await page.locator('.objects-picture .unheld-ring').count(), 2);
    assert.deepEqual(await page.locator('.objects .refs s').allTextContents(), ['2']);
    await until('both are unheld, each with a count of one', async () => (await page.locator('.objects tr.unheld').count()) === 2);
    assert.deepEqual(await objects.locator('.refs b').allTextContents(), ['1', '1']);
    await picture(page, 'playground-cycle');
    await next.click();
    await until('the last line ran', async () => (await steps.count()) === 7);
    const died = await page.locator('.log .died').last().textContent();
    assert.match(died, /Person\('John'\)/);
    assert.match(died, /Person\('Mary'\)/);
    await until('the table greys them out', async () => (await page.locator('.objects tr.gone').count()) === 2);
    assert.match(await page.locator('.log .entry').last().textContent(), /collected 2 of/);
    await picture(page, 'playground-done');
  });
});

test('the prompt has a history, runs pasted lines one by one, and points at errors', { skip }, async () => {
  await with_page({ at: '#/playground' }, async (page) => {
    const prompt = page.getByRole('textbox', { name: 'Statement' });
    const entries = page.locator('.log .entry');
    await prompt.fill("a = Person('A')");
    await prompt.press('Enter');
    await until('it ran', async () => (await entries.count()) === 1);
    await prompt.press('ArrowUp');
    assert.equal(await prompt.inputValue(), "a = Person('A')");
    await prompt.press('ArrowDown');
    assert.equal(await prompt.inputValue(), '');
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData('text', "b = Person('B')\na.friend = b\n\ndel a !\ndel b\n");
      document.querySelector('.prompt textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await until('it stopped at the wrong line', async () => (await entries.count()) === 4);
    const last = entries.last();
    await until('the error points at its column', async () => (await last.locator('.caret').count()) === 1);
    const caret = (await last.locator('.caret').textContent()).indexOf('^') - 1;
    assert.ok(caret >= 5 && caret <= 7, `column ${caret + 1}`);
    assert.match(await last.textContent(), /1 line was not run/);
    await picture(page, 'playground-error');
    await prompt.fill('del a');
    await prompt.press('Enter');
    await until('a is gone', async () => (await entries.count()) === 5 && (await prompt.inputValue()) === '');
    await prompt.fill('del b');
    await prompt.press('Enter');
    await until('the heap is empty again', async () => (await page.locator('.objects tbody tr:not(.gone)').count()) === 0);
  });
});
