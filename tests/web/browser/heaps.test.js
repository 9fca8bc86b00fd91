// heaps.test.js - heaps side by side, two windows compared, recordings written and opened.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { axe, go_to, is_live, on_stage, open_page, picture, sideways, skip, start_ourod, state_of, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;
const place = mkdtempSync(join(tmpdir(), 'ouro-recordings-'));
test.after(() => rmSync(place, { recursive: true, force: true }));

const card = (page, name) => page.locator('.heap-card', { has: page.getByRole('heading', { name, exact: true }) });

/** Records a heap until some of its collections are in the file. @returns {Promise<string>} the file */
async function record(page, heap) {
  await page.getByRole('button', { name: `Record ${heap}` }).click();
  const before = await card(page, heap).locator('.heap-last').textContent();
  await until('it collected', async () => (await card(page, heap).locator('.heap-last').textContent()) !== before);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /Stop and save/ }).click()]);
  const path = join(place, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

test('every heap has a card with its own figures, and a click shows it', { skip }, async () => {
  await with_page({ at: '#/heaps?heap=documents&range=10' }, async (page) => {
    await until('three heaps', async () => (await page.locator('.heap-card').count()) === 3);
    await until('documents collects', async () => /freed in/.test(await card(page, 'documents').textContent()));
    await card(page, 'workshop').getByRole('button', { name: 'Show' }).click();
    await until('it is on show', async () => (await card(page, 'workshop').locator('.chosen-mark').count()) === 1);
    assert.match(page.url(), /heap=workshop/);
    await card(page, 'playground').getByRole('checkbox').uncheck();
    await until('two lines are left', async () => (await page.locator('.overlay .legend li').count()) === 2);
    await until('the address says so', () => /overlay=documents/.test(page.url()));
    await page.reload();
    await is_live(page);
    await until('the address brought it back', async () => (await page.locator('.overlay .legend li').count()) === 2);
    await page.getByLabel('What the chart shows').selectOption('allocated');
    await until('rates', async () => /\/s/.test(await page.locator('.overlay .legend').textContent()));
  });
});

test('two windows of stored time are compared, and the address holds them', { skip }, async () => {
  await with_page({ at: '#/heaps?heap=documents&range=10' }, async (page) => {
    await page.getByText('Choose two windows').waitFor();
    // Ends are moved outwards to ten seconds: one window of now, one of before the daemon was there.
    const now = Date.now();
    await go_to(page, `#/heaps?heap=documents&range=10&a=${now - 20000}-${now + 20000}&b=${now - 20000}-${now + 20000}`);
    await page.locator('.compare-table').waitFor();
    const ratios = await page.locator('.compare-table tbody tr').evaluateAll((rows) => rows.map((row) => row.lastElementChild.textContent.trim()));
    assert.ok(ratios.length > 8 && ratios.every((text) => text === '–' || text.replace('\u00a0', ' ') === '1.00 ×'), ratios.join());
    await page.getByText('No figure differs').waitFor();
    await page.getByRole('button', { name: 'the last hour and the same a day ago' }).click();
    await page.getByText('Nothing was stored in A').waitFor();
  });
});

test('a recording is saved, and opens beside the live heaps', { skip }, async () => {
  await with_page({ at: '#/heaps?heap=documents&range=10' }, async (page) => {
    const path = await record(page, 'documents');
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').map((text) => JSON.parse(text));
    assert.equal(lines[0].ouro_recording, 1);
    assert.equal(lines[0].heap.id, 'documents');
    assert.ok(lines[0].heap.thresholds.length === 3 && lines[0].heap.runtime && lines[0].version && lines[0].time_ms);
    const collections = lines.filter((entry) => entry.method === 'collection').map((entry) => entry.params);
    assert.ok(collections.length > 0);
    await page.getByLabel('Recording file').setInputFiles(path);
    await until('it plays', async () => (await state_of(page)) === 'playing');
    assert.equal(await page.getByRole('button', { name: 'Collect' }).count(), 0);
    await go_to(page, page.url().replace(/.*#\/heaps/, '#/collections'));
    await until('its collections are listed', async () => (await page.locator('main').textContent()).includes('threshold'));
    await go_to(page, page.url().replace(/.*#\/collections/, '#/overview'));
    await until('its figures are shown', async () => /^[\d,]+$/.test(await page.locator('.figure-value').first().textContent()));
    await picture(page, 'recording-overview');
    await go_to(page, page.url().replace(/.*#\/overview/, '#/heaps'));
    await page.getByRole('button', { name: 'Close this recording' }).click();
    await is_live(page);
  });
});

test('a recording opens by drag and drop while the daemon is gone', { skip }, async () => {
  const daemon = await start_ourod();
  const { page, context, problems } = await open_page(stage.browser, daemon.http);
  try {
    await page.goto(`${daemon.http}/?token=${daemon.operator_token}`);
    await is_live(page);
    await go_to(page, '#/heaps?heap=documents&range=10');
    const text = readFileSync(await record(page, 'documents'), 'utf8');
    await daemon.end('SIGKILL');
    await until('it is disconnected', async () => (await state_of(page)) === 'waiting');
    const drop = (content, name) => page.evaluate(([body, file]) => {
      const data = new DataTransfer();
      data.items.add(new File([body], file));
      for (const kind of ['dragenter', 'dragover', 'drop']) {
        document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
      }
    }, [content, name]);
    await drop('no recording at all\n', 'notes.txt');
    await page.getByText('notes.txt is not a recording of Ouro').waitFor();
    await drop(`${text.slice(0, text.indexOf('\n') + 1)}not json\n`, 'broken.jsonl');
    await page.getByText('broken.jsonl is damaged: line 2 is not JSON').waitFor();
    await drop(text, 'last-night.jsonl');
    await until('it plays', async () => (await state_of(page)) === 'playing');
    await page.getByText('last-night.jsonl').first().waitFor();
    await picture(page, 'recording-offline');
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
    daemon.forget();
  }
});

for (const look of [{ scheme: 'light', width: 1280 }, { scheme: 'dark', width: 375, locale: 'zh-CN' }, { scheme: 'dark', width: 1280 }, { width: 375 }]) {
  const name = `${look.scheme ?? 'light'}-${look.width}${look.locale ? '-zh' : ''}`;
  test(`the view at ${name}: accessible with a comparison and a recording open`, { skip }, async () => {
    await with_page({ ...look, height: 900, at: '#/heaps?heap=documents&range=10' }, async (page) => {
      const path = join(place, 'small.jsonl');
      const now = Date.now();
      const samples = [0, 1, 2, 3].map((i) => ({ method: 'sample', params: { heap: 'documents', seq: i, time_ms: now + i * 100, generations: [], live_objects: 5 + i } }));
      writeFileSync(path, [{ ouro_recording: 1, time_ms: now, server: 'ourod', version: '0.1.0', heap: { id: 'documents', name: 'documents', kind: 'hosted', runtime: 'ouro', thresholds: [1, 2, 3], enabled: true } }, ...samples].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      await page.locator('input[type=file]').setInputFiles(path);
      await until('it is there', async () => (await page.locator('.heap-card').count()) === 4);
      await go_to(page, `#/heaps?heap=documents&range=10&a=${now - 20000}-${now + 20000}&b=${now - 10000}-${now + 30000}`);
      await page.locator('.compare-table').waitFor();
      assert.equal(await sideways(page), 0);
      assert.deepEqual(await axe(page), []);
      await picture(page, `heaps-full-${name}`);
    });
  });
}
