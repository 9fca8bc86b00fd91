// charts.test.js - what people do with a chart: point, pin, zoom, pan, read, hide, take away.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { axe, is_live, on_stage, picture, sideways, skip, state_of, until } from './support.js';

const { with_page } = on_stage(test);
const AT = '#/overview?heap=documents&range=10';

const card = (page, title) => page.locator('.chart-card', { has: page.getByRole('heading', { name: title, exact: true }) });
const plot = (page, title) => card(page, title).locator('.u-over');
const words = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.split('?')[1])));
const legend = async (page, title) => (await card(page, title).locator('.legend').textContent()).replace(/\u00a0/g, ' ');

/** A page whose charts have seen some seconds. */
async function with_charts(look, use) {
  await with_page({ height: 1400, at: AT, ...look }, async (page, problems) => {
    // What history tells of the time before is not as fine as what the page sees itself.
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    let samples = 0;
    client.on('Network.webSocketFrameReceived', ({ response }) => { samples += /^.{0,30}"method":"sample".{0,40}"documents"/.test(response.payloadData) ? 1 : 0; });
    await until('four seconds were seen', () => samples >= 40);
    await client.detach();
    await use(page, problems);
  });
}

/** Presses at one share of a chart's width and lets go at another. */
async function drag(page, title, from, to, hold = async () => {}) {
  const { x, y, width, height } = await plot(page, title).boundingBox();
  await page.mouse.move(x + from * width, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + ((from + to) / 2) * width, y + height / 2, { steps: 3 });
  await page.mouse.move(x + to * width, y + height / 2, { steps: 3 });
  await hold();
  await page.mouse.up();
}

/** From the menu of a chart. */
async function choose(page, title, item) {
  await card(page, title).getByRole('button', { name: `${title}: numbers and files` }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

async function download(page, act) {
  const [file] = await Promise.all([page.waitForEvent('download'), act()]);
  return { name: file.suggestedFilename(), body: readFileSync(await file.path()) };
}

const zoomed_in = async (page) => {
  const { from, to } = await words(page);
  return from === undefined ? null : { from: Number(from), to: Number(to), width: to - from };
};

test('dragging shows its width, zooms every chart and pauses; a double click is live again', { skip }, async () => {
  await with_charts({}, async (page) => {
    await drag(page, 'Memory', 0.6, 0.8, async () => {
      await until('every chart shows the selection', async () => (await page.locator('.u-select:not(.u-off)').count()) === 5);
      assert.match(await card(page, 'Pauses').locator('.u-select').textContent(), /^2\s*s$|^(1\.9\d?|2\.0\d?)\s*s$/);
      await picture(page, 'charts-selecting');
    });
    const window = await zoomed_in(page);
    assert.ok(Math.abs(window.width - 2000) < 60, JSON.stringify(window));
    assert.equal(await state_of(page), 'viewing');
    assert.equal(await page.locator('.u-select:not(.u-off)').count(), 0);
    assert.match(await page.locator('.figures').textContent(), /\d\d:\d\d:\d\d\.\d{3} – \d\d:\d\d:\d\d\.\d{3}/, 'figures name the range');
    await drag(page, 'Pauses', 0.25, 0.75);
    assert.ok(Math.abs((await zoomed_in(page)).width - 1000) < 40);
    await plot(page, 'Live objects').dblclick();
    await is_live(page);
    assert.equal(await zoomed_in(page), null);
    assert.equal((await words(page)).at, undefined, 'two clicks are no pin');
  });
});

test('with Shift a drag pans and pauses, and the wheel is the page’s', { skip }, async () => {
  await with_charts({ height: 700 }, async (page) => {
    await page.keyboard.down('Shift');
    await drag(page, 'Pauses', 0.4, 0.6);
    await page.keyboard.up('Shift');
    assert.equal(await state_of(page), 'viewing');
    const { width, to } = await zoomed_in(page);
    assert.ok(Math.abs(width - 10000) < 2);
    assert.ok(Date.now() - to > 1800, 'what was to the left has come into view');
    await page.mouse.wheel(0, 200);
    await until('the page scrolled', async () => (await page.evaluate(() => scrollY)) > 100);
    assert.ok(Math.abs((await zoomed_in(page)).width - 10000) < 2);
  });
});

test('a click pins all charts, stands in the address and comes back with it; Escape unpins', { skip }, async () => {
  await with_charts({}, async (page) => {
    await page.keyboard.press('Space');
    const { x, y, width } = await plot(page, 'Memory').boundingBox();
    await page.mouse.click(x + width * 0.7, y + 40);
    await page.mouse.move(5, 5);
    const { at } = await words(page);
    const { from, width: wide } = await zoomed_in(page);
    assert.ok(Math.abs(Number(at) - (from + 0.7 * wide)) < wide / width + 1, `${at}`);
    assert.equal(await page.locator('.at.pinned').count(), 5, 'every chart has the values of that moment');
    assert.match(await page.locator('.answers').textContent(), /At \d\d:|No: at \d\d:|at the pinned moment/);
    const accent = () => card(page, 'Pauses').locator('canvas').evaluate((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let n = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] === 91 && data[i + 1] === 63 && data[i + 2] === 214) n += 1;
      return n;
    });
    await until('the pin is drawn on another chart', async () => (await accent()) > 50);
    const shown = await legend(page, 'Memory');
    await page.reload();
    await until('the pin came back', async () => (await words(page)).at === at && (await page.locator('.state').count()) > 0);
    await page.goto(page.url().replace(/&from=\d+&to=\d+/, ''));
    await is_live(page);
    assert.equal((await words(page)).at, at);
    await page.keyboard.press('Escape');
    await until('it is gone', async () => (await words(page)).at === undefined);
    assert.match(shown, /used/);
  });
});

test('the keyboard moves the crosshair, speaks, pins and zooms', { skip }, async () => {
  await with_charts({}, async (page) => {
    const chart = card(page, 'Memory').locator('.chart');
    await chart.focus();
    await page.keyboard.press('Space');
    await until('Space pauses there too', async () => (await state_of(page)) === 'paused');
    const said = async () => (await card(page, 'Memory').getByRole('status').textContent()).replace(/\u00a0/g, ' ');
    const time = async () => card(page, 'Pauses').locator('.at').textContent();
    await page.keyboard.press('End');
    await until('it speaks', async () => /^\d\d:\d\d:\d\d\.\d{3}: used [\d.]+ [KM]iB, .*resident/.test(await said()));
    const end = await time();
    await page.keyboard.press('Shift+ArrowLeft');
    await until('the crosshair moved on another chart', async () => (await time()) !== end);
    await page.keyboard.press('Shift+ArrowRight');
    await until('and back', async () => (await time()) === end);
    const at = async () => page.locator('.u-cursor-x').first().evaluate((e) => new DOMMatrix(getComputedStyle(e).transform).e);
    const right = await at();
    await page.keyboard.press('Shift+ArrowLeft');
    await until('ten points are a second', async () => Math.abs((right - (await at())) / (await plot(page, 'Memory').boundingBox()).width - 0.1) < 0.03);
    await page.keyboard.press('Home');
    await until('the first point', async () => (await at()) < right * 0.7);
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await until('Enter pins', async () => (await words(page)).at !== undefined);
    const { width } = await zoomed_in(page);
    await page.keyboard.press('+');
    await until('plus zooms in', async () => Math.abs((await zoomed_in(page)).width - width / 2) < 2);
    await page.keyboard.press('-');
    await until('minus zooms out', async () => Math.abs((await zoomed_in(page)).width - width) < 2);
    await page.keyboard.press('Escape');
    await until('Escape unpins', async () => (await words(page)).at === undefined);
  });
});

test('a chart is a table too, and its CSV has what it shows', { skip }, async () => {
  await with_charts({}, async (page) => {
    await drag(page, 'Live objects', 0.8, 0.95);
    await choose(page, 'Live objects', 'Show as table');
    const table = card(page, 'Live objects').locator('.chart-table');
    const rows = await table.locator('tbody tr').evaluateAll((trs) => trs.map((tr) => [...tr.children].map((c) => c.textContent)));
    assert.ok(rows.length >= 10 && rows.length <= 17, `${rows.length} rows of 1.5 s at 10 Hz`);
    const file = await download(page, () => choose(page, 'Live objects', /CSV/));
    assert.match(file.name, /^ouro-documents-objects-\d{4}-.*\.csv$/);
    const [head, ...lines] = file.body.toString().trim().split('\r\n').map((line) => line.split(','));
    assert.deepEqual(head, ['time', 'all', 'gen_0', 'gen_1', 'gen_2']);
    assert.equal(lines.length, rows.length);
    // The table is written for people; each of its cells must be the rounding of the file's.
    const value = (text) => Number.parseFloat(text) * ({ k: 1e3, M: 1e6 }[text.replace(/\u00a0/g, ' ').split(' ')[1]] ?? 1);
    lines.forEach((line, i) => {
      assert.equal(line[0].slice(17, 23), rows[i][0].slice(6), 'the same moment');
      line.slice(1).forEach((n, s) => assert.ok(Math.abs(Number(n) - value(rows[i][s + 1])) <= Math.abs(n) * 0.006, `${n} and ${rows[i][s + 1]}`));
    });
    // And so are the statistics under it.
    const stats = await card(page, 'Live objects').locator('.chart-stats tbody tr').first().locator('td').allTextContents();
    const all = lines.map((line) => Number(line[1]));
    for (const [i, n] of [[0, Math.min(...all)], [2, Math.max(...all)], [3, all.at(-1)]]) {
      assert.ok(Math.abs(value(stats[i]) - n) <= n * 0.006, `${stats[i]} and ${n}`);
    }
    assert.deepEqual(await axe(page), []);
    await picture(page, 'charts-table');
    await choose(page, 'Live objects', 'Show as chart');
    await card(page, 'Live objects').locator('canvas').waitFor();
  });
});

test('a picture is a PNG with ink, and collections are JSON Lines', { skip }, async () => {
  await with_charts({ scheme: 'dark' }, async (page) => {
    await page.keyboard.press('Space');
    const png = await download(page, () => choose(page, 'Pauses', /PNG/));
    assert.match(png.name, /^ouro-documents-pauses-.*\.png$/);
    assert.equal(png.body.subarray(1, 4).toString(), 'PNG');
    const seen = await page.evaluate(async (data) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const colours = (top, height) => {
        const { data: pixels } = context.getImageData(0, top, image.width, height);
        const found = new Set();
        for (let i = 0; i < pixels.length; i += 4) found.add((pixels[i] << 16) | (pixels[i + 1] << 8) | pixels[i + 2]);
        return found;
      };
      const whole = colours(0, image.height);
      return { width: image.width, head: colours(0, 60).size, panel: whole.has(0x161b22), dots: whole.has(0xff9e57) };
    }, png.body.toString('base64'));
    assert.ok(seen.width > 300 && seen.head > 5 && seen.panel && seen.dots, JSON.stringify(seen));
    const { from, to } = await zoomed_in(page);
    const lines = await download(page, () => choose(page, 'Pauses', /JSON Lines/));
    assert.match(lines.name, /^ouro-documents-collections-.*\.jsonl$/);
    const records = lines.body.toString().trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(records.length > 5);
    for (const r of records) assert.ok(r.time_ms >= from && r.time_ms <= to && r.heap === 'documents' && r.pause_ns > 0 && r.key === undefined);
    const csv = await download(page, () => choose(page, 'Pauses', /CSV/));
    const rows = csv.body.toString().trim().split('\r\n').slice(1);
    // The daemon also has what came before this page was opened.
    const times = new Set(records.map((r) => new Date(r.time_ms).toISOString()));
    assert.ok(rows.length > 5 && rows.length <= records.length);
    for (const row of rows) assert.ok(times.has(row.split(',')[0]), row);
  });
});

test('a series is hidden by its key in the legend, kept in the address', { skip }, async () => {
  await with_charts({}, async (page) => {
    const top = () => card(page, 'Memory').locator('canvas').evaluate((canvas) => canvas.toDataURL());
    await page.keyboard.press('Space');
    const before = await top();
    const key = card(page, 'Memory').getByRole('button', { name: /^resident/ });
    assert.equal(await key.getAttribute('aria-pressed'), 'true');
    await key.click();
    assert.equal((await words(page)).hide, 'memory.resident');
    assert.equal(await key.getAttribute('aria-pressed'), 'false');
    await until('it is drawn without it', async () => (await top()) !== before);
    const file = await download(page, () => choose(page, 'Memory', /CSV/));
    assert.equal(file.body.toString().split('\r\n')[0], 'time,used,pools,arenas');
    await page.locator('.pause').click();
    await is_live(page);
    await page.reload();
    await is_live(page);
    await until('it stays hidden', async () => (await key.getAttribute('aria-pressed')) === 'false');
    await key.click();
    await until('the word is gone', async () => (await words(page)).hide === undefined);
  });
});

for (const [name, look] of Object.entries({
  'light-375': { scheme: 'light', width: 375, height: 812 },
  'dark-1280': { scheme: 'dark', width: 1280, height: 900 },
  'zh-1280': { locale: 'zh-CN', width: 1280, height: 900 },
})) {
  test(`pinned and with statistics at ${name}: accessible, and no wider than its screen`, { skip }, async () => {
    await with_page({ ...look, at: AT }, async (page) => {
      await until('there are collections', async () => (await page.locator('.collections tbody tr').count()) >= 5);
      const first = page.locator('.chart-card').first();
      await first.locator('.menu button').click();
      await first.getByRole('menuitem').first().click();
      await first.locator('.chart-stats').waitFor();
      await first.locator('.u-over').click({ position: { x: 150, y: 40 } });
      await page.mouse.move(2, 2);
      await first.locator('.at.pinned').waitFor();
      assert.equal(await sideways(page), 0);
      assert.deepEqual(await axe(page), []);
      await picture(page, `charts-pinned-${name}`);
    });
  });
}
