// timeline.test.js - the past: filled when the page opens, scrubbed over, kept over a
// restart, and a day of it without a long task.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { axe, go_to, is_live, launch, longest_task_ms, on_stage, open_page, picture, sideways, skip, start_ourod, state_of, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;
const slider = (page) => page.getByRole('slider', { name: /Visible window/ });
const figure = (page, label) => page.locator('.figure', { has: page.getByText(label, { exact: true }) }).locator('.figure-value').textContent();

/** How far from the left the live-objects chart has its first ink, as a share of its width. */
const first_ink = (page) => page.evaluate(() => {
  const canvas = document.querySelectorAll('.chart canvas')[3];
  if (!canvas) return 1; // the view is on its way
  const left = Math.round(60 * devicePixelRatio);
  const { width, height, data } = canvas.getContext('2d').getImageData(left, 0, canvas.width - left, canvas.height - Math.round(24 * devicePixelRatio));
  for (let x = 0; x < width; x++) {
    // The series is darker than the grid and the marks of collections.
    for (let y = 0; y < height; y++) {
      const i = (y * width + x) * 4;
      if (data[i + 3] > 200 && data[i] < 90 && data[i + 1] < 90 && data[i + 2] < 110) return x / width;
    }
  }
  return 1;
});

test('a page that is opened later shows what happened before it', { skip }, async () => {
  const seen = await with_page({ at: '#/overview?heap=documents&range=10' }, async (page) => {
    await until('ten seconds passed', async () => (await first_ink(page)) < 0.1);
  });
  assert.equal(seen, undefined);
  await with_page({ height: 1400, at: '#/overview?heap=documents&range=10' }, async (page) => {
    await until('the chart is full at once', async () => (await first_ink(page)) < 0.25, 5000);
    await until('the figures speak of ten seconds', async () => /last 10/.test(await page.locator('.figures').textContent()), 3000);
  });
});

test('the window is taken into the past and back by keys alone', { skip }, async () => {
  await with_page({ at: '#/overview?heap=documents&range=10' }, async (page) => {
    await slider(page).focus();
    assert.match(await slider(page).getAttribute('aria-valuetext'), /live/);
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft');
    await until('it says so', async () => (await state_of(page)) === 'viewing');
    assert.match(await slider(page).getAttribute('aria-valuetext'), /Viewing \d\d:\d\d:\d\d – \d\d:\d\d:\d\d/);
    await until('what was stored is there', async () => !/Reading/.test(await page.locator('.timeline-past').textContent()));
    const shown = await page.locator('.figures').textContent();
    await until('the address follows', () => /from=\d+&to=\d+/.test(page.url()));
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    let frames = 0;
    client.on('Network.webSocketFrameReceived', () => { frames += 1; });
    await until('data keeps arriving', () => frames > 30);
    assert.equal(await page.locator('.figures').textContent(), shown, 'and the past stands still');
    const address = page.url();
    await page.keyboard.press('End');
    await is_live(page);
    await go_to(page, address.slice(address.indexOf('#')));
    await until('the address holds that window', async () => (await state_of(page)) === 'viewing');
    await page.getByRole('button', { name: 'back to live' }).click();
    await is_live(page);
  });
});

test('a drag moves the window, its edge widens it, and [ goes back', { skip }, async () => {
  await with_page({ at: '#/overview?heap=documents&range=120' }, async (page) => {
    const box = await page.locator('.timeline-line').boundingBox();
    const window_of = () => {
      const [, from, to] = /from=(\d+)&to=(\d+)/.exec(page.url()) ?? [];
      return { from: Number(from), to: Number(to) };
    };
    // Two of ten minutes: the window is the last fifth of the strip.
    await page.mouse.move(box.x + box.width * 0.9, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, box.y + 20, { steps: 5 });
    await page.mouse.up();
    await until('it stands in the past', async () => (await state_of(page)) === 'viewing');
    await until('as wide as before', () => Math.abs(window_of().to - window_of().from - 120000) < 1000);
    const moved = await slider(page).getAttribute('aria-valuetext');
    await page.mouse.move(box.x + box.width * 0.6, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 20, { steps: 5 });
    await page.mouse.up();
    await until('it is wider', () => window_of().to - window_of().from > 170000);
    await page.locator('main').focus();
    await page.keyboard.press('[');
    await until('one gesture is one step', async () => (await slider(page).getAttribute('aria-valuetext')) === moved);
    await page.keyboard.press('[');
    await is_live(page);
    assert.deepEqual(await axe(page), []);
  });
});

test('the table shows the collections of the window, also those whose records the page let go', { skip }, async () => {
  await with_page({ at: '#/collections?heap=documents&range=120' }, async (page) => {
    const times = () => page.locator('table.collections .col-time .cell').allTextContents();
    await until('two hundred rows', async () => (await times()).length === 200);
    const now_ms = Date.now();
    await until('they are all newer than this moment', async () => {
      const oldest = (await times()).at(-1);
      return oldest.slice(0, 8) > new Date(now_ms).toLocaleTimeString('en-GB');
    }, 60000);
    await go_to(page, `#/collections?heap=documents&from=${now_ms - 3000}&to=${now_ms}`);
    const [low, high] = [now_ms - 3000, now_ms].map((ms) => new Date(ms).toLocaleTimeString('en-GB'));
    await until('rows of that time, and no other', async () => {
      const shown = (await times()).map((text) => text.slice(0, 8));
      return shown.length > 5 && shown.every((text) => text >= low && text <= high);
    });
    await page.getByRole('button', { name: 'Zoom back' }).click();
    await is_live(page);
    await page.getByRole('button', { name: 'Zoom forward' }).click();
    await until('forward again', async () => (await state_of(page)) === 'viewing');
  });
});

test('after a crash the page has a mark, and what was stored before it', { skip }, async () => {
  const first = await start_ourod();
  const { page, context, problems } = await open_page(stage.browser, first.http, { height: 1400 });
  try {
    await page.goto(`${first.http}/?token=${first.operator_token}`);
    await is_live(page);
    await page.goto(`${first.http}/#/overview?heap=documents&range=30`);
    await until('some seconds are stored', async () => (await first_ink(page)) < 0.75);
    await first.end('SIGKILL');
    await until('it is disconnected', async () => (await state_of(page)) === 'waiting');
    const second = await start_ourod({ port: first.port, directory: first.directory });
    await is_live(page);
    await page.reload();
    await is_live(page);
    await until('the time before the crash is shown', async () => (await first_ink(page)) < 0.7);
    await picture(page, 'timeline-after-crash');
    assert.deepEqual(problems, []);
    assert.equal(await second.end(), 0);
  } finally {
    await context.close();
    first.forget();
  }
});

test('a day of three heaps, and a recording of one, is scrubbed without a task over 100 ms', { skip, timeout: 200000 }, async () => {
  assert.ok(existsSync(process.env.HISTORY_FILL ?? ''), 'HISTORY_FILL must name the program');
  const directory = mkdtempSync(join(tmpdir(), 'ouro-browser-'));
  mkdirSync(join(directory, 'state'), { mode: 0o700 });
  const day_s = 24 * 3600;
  execFileSync(process.env.HISTORY_FILL, [join(directory, 'state'), '28800', String(day_s), 'documents', 'playground', 'workshop']);
  const daemon = await start_ourod({ directory });
  const browser = await launch();
  const { page, context, problems } = await open_page(browser, daemon.http, { height: 1400 });
  try {
    await page.goto(`${daemon.http}/?token=${daemon.operator_token}`);
    await is_live(page);
    const now = Date.now();
    const lines = [JSON.stringify({ ouro_recording: 1, time_ms: now, heap: { id: 'documents', name: 'documents', kind: 'hosted', runtime: 'ouro', thresholds: [700, 10, 10], enabled: true } })];
    for (let i = 0; i < 20000; i++) {
      lines.push(JSON.stringify({ method: 'sample', params: { heap: 'documents', seq: i, time_ms: now - (20000 - i) * 4000, generations: [], live_objects: 1000 + (i % 500), live_bytes: 5000 } }));
    }
    await page.goto(`${daemon.http}/#/heaps?heap=documents&range=3600`);
    await page.getByLabel('Recording file').setInputFiles({ name: 'day.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(lines.join('\n')) });
    await until('four heaps', async () => (await page.locator('.heap-card').count()) === 4);
    await page.getByLabel('What the chart shows').waitFor();
    /** The longest task while the window goes over a day in forty steps. */
    const scrub = async (view) => {
      await go_to(page, `#/${view}?heap=documents&range=3600`);
      await page.locator('.timeline-span select').selectOption('86400000');
      const box = await page.locator('.timeline-line').boundingBox();
      await page.mouse.move(box.x + box.width * 0.985, box.y + 20);
      await page.mouse.down();
      const worst = await longest_task_ms(browser, page, async () => {
        await page.mouse.move(box.x + box.width * 0.1, box.y + 20, { steps: 40 });
        await page.mouse.up();
      });
      await until(`${view}: the past is there`, async () => /^[\d,]+$/.test(await page.locator('.figure-value, .heap-facts-row dd').first().textContent()));
      await page.getByRole('button', { name: 'back to live' }).click();
      return worst;
    };
    for (const view of ['overview', 'heaps']) {
      const tries = [];
      while (tries.length < 3 && (tries.length === 0 || Math.min(...tries) > 100)) tries.push(await scrub(view));
      assert.ok(Math.min(...tries) <= 100, `${view}: ${tries.map(Math.round).join(', ')} ms`);
    }
    await go_to(page, '#/overview?heap=documents&range=86400');
    await until('a whole day is drawn', async () => (await first_ink(page)) < 0.1);
    await picture(page, 'timeline-day');
    assert.match(await figure(page, 'Live objects'), /^[\d,]+$/);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
    await browser.close();
    await daemon.end();
    daemon.forget();
  }
});

for (const look of [{ scheme: 'dark', width: 375, locale: 'zh-CN', at: '#/overview' }, { scheme: 'light', width: 375, at: '#/collections' }, { scheme: 'dark', width: 1280, at: '#/overview' }]) {
  const name = `${look.scheme}-${look.width}${look.locale ? '-zh' : ''}`;
  test(`the past at ${name}: accessible, and no wider than the screen`, { skip }, async () => {
    await with_page({ ...look, height: 812 }, async (page) => {
      await page.locator('.timeline-line').focus();
      await page.keyboard.press('PageUp');
      await until('it is the past', async () => (await state_of(page)) === 'viewing');
      assert.equal(await sideways(page), 0);
      assert.deepEqual(await axe(page), []);
      await picture(page, `timeline-${name}`);
    });
  });
}
