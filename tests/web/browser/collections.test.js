// collections.test.js - the pauses of a window, the table's filters, and one collection's
// drawer with the cycle that it found.
import assert from 'node:assert/strict';
import test from 'node:test';
import { axe, on_stage, picture, sideways, skip, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;

async function rpc(method, params) {
  const response = await fetch(`${stage.daemon.http}/rpc`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stage.daemon.operator_token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = await response.json();
  if (error) throw new Error(JSON.stringify(error));
  return result;
}

/** John and Mary refer to each other, their names go, and a collection finds them. */
async function john_and_mary() {
  for (const code of ["john = Person('John')", "mary = Person('Mary')", 'john.friend = mary', 'mary.friend = john', 'del john', 'del mary']) {
    await rpc('repl.eval', { heap: 'playground', code });
  }
  return (await rpc('repl.eval', { heap: 'playground', code: 'gc.collect()' })).collection;
}

test('a collection opens by keyboard: why, how much, and which cycle it was', { skip }, async () => {
  await with_page({ at: '#/collections?heap=playground&range=30' }, async (page) => {
    const record = await john_and_mary();
    const row = page.locator(`.collections tr[data-seq="${record.seq}"]`);
    await row.getByRole('button').focus();
    await page.keyboard.press('Enter');
    const drawer = page.locator('.collection-drawer');
    await drawer.waitFor();
    const said = await drawer.locator('.collection-said').textContent();
    assert.match(said, /The program itself asked for a collection of generation 2\./);
    assert.match(said, new RegExp(`looked at ${record.candidates} object`));
    assert.match(said, /2 were unreachable/);
    const cycle = await drawer.locator('.cycle code').allTextContents();
    assert.deepEqual(cycle, [...record.cycle_example, record.cycle_example[0]].map(({ type, id }) => `${type} ${id}`));
    assert.equal(record.cycle_example.length, 2);
    assert.match(page.url(), new RegExp(`seq=${record.seq}`));
    assert.match(await drawer.textContent(), /Person/);
    await picture(page, 'collection-drawer');
    await page.keyboard.press('Escape');
    await until('it is closed', async () => (await drawer.count()) === 0);
  });
});

test('the address opens a collection, its neighbours follow, and the charts show its time', { skip }, async () => {
  const record = await john_and_mary();
  await john_and_mary();
  await with_page({ role: 'observer', at: `#/collections?heap=playground&range=120&seq=${record.seq}` }, async (page) => {
    const drawer = page.locator('.collection-drawer');
    await until('history had it', async () => (await drawer.count()) === 1);
    await drawer.getByRole('button', { name: 'Later' }).click();
    await until('the next one', () => page.url().includes(`seq=${record.seq + 1}`));
    await drawer.getByRole('button', { name: 'Show on charts' }).click();
    await until('the overview at its time', () => /overview.*at=\d+/.test(page.url()));
  });
});

test('pauses have quantiles of a named number, and filters keep what they say', { skip }, async () => {
  await with_page({ at: '#/collections?heap=documents&range=30' }, async (page) => {
    await until('some generation 1', async () => (await page.locator('.pauses tbody tr').count()) >= 2);
    const numbers = await page.locator('.pauses tbody tr').first().locator('td').allTextContents();
    assert.match(numbers[0], /\d/);
    assert.ok(numbers.slice(1).every((text) => /\d\s(ns|µs|ms|s)$/.test(text)), numbers.join());
    await page.locator('.filters select').first().selectOption('1');
    await until('only generation 1 is left', async () => {
      const shown = await page.locator('.collections tbody tr').evaluateAll((rows) => rows.map((row) => row.children[1].textContent.trim()));
      return shown.length > 0 && shown.every((text) => text === '1');
    });
    assert.match(page.url(), /gen=1/);
    assert.match(await page.locator('.filters [role=status]').textContent(), /\d+ of \d+ shown/);
  });
});

for (const look of [{ scheme: 'light', width: 1280 }, { scheme: 'dark', width: 375, locale: 'zh-CN' }, { scheme: 'dark', width: 1280, locale: 'zh-CN' }, { scheme: 'light', width: 375 }]) {
  const name = `${look.scheme}-${look.width}${look.locale ? '-zh' : ''}`;
  test(`the drawer at ${name}: accessible, and no wider than the screen`, { skip }, async () => {
    const record = await john_and_mary();
    await with_page({ ...look, height: 900, at: `#/collections?heap=playground&range=120&seq=${record.seq}` }, async (page) => {
      await until('it is open', async () => (await page.locator('.collection-drawer').count()) === 1);
      assert.equal(await sideways(page), 0);
      assert.deepEqual(await axe(page), []);
      await picture(page, `collection-${name}`);
    });
  });
}
