// live.test.js - the stream in a real browser: it moves, pauses, refuses, survives.
import assert from 'node:assert/strict';
import test from 'node:test';
import { is_live, on_stage, open_page, picture, skip, start_ourod, state_of, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;

const figure = (page, label) => page.locator('.figure', { has: page.getByText(label, { exact: true }) }).locator('.figure-value').textContent();

test('the page streams: figures move and collections appear by themselves', { skip }, async () => {
  await with_page({ at: '#/overview?heap=documents&range=30' }, async (page) => {
    await until('live objects are a number', async () => /^[\d,]+$/.test(await figure(page, 'Live objects')));
    const first = await figure(page, 'Live objects');
    await until('live objects moved', async () => (await figure(page, 'Live objects')) !== first);
    const rows = page.locator('.collections tbody tr');
    await until('a collection is listed', async () => (await rows.count()) > 0);
    const top = await rows.first().locator('td').first().textContent();
    await until('a newer one is on top', async () => (await rows.first().locator('td').first().textContent()) !== top);
    await until('a rate is shown', async () => /\/s$/.test(await figure(page, 'Allocation rate')));
    assert.match(await page.locator('.state').textContent(), /Live\s+\d+ Hz/);
    await until('size classes are drawn', async () => (await page.locator('.bar').count()) > 4);
  });
});

test('the charts are drawn: ink on every canvas', { skip }, async () => {
  await with_page({ height: 1500, at: '#/overview?heap=documents&range=10' }, async (page) => {
    const colours = () => page.evaluate(() => [...document.querySelectorAll('.chart canvas')].map((canvas) => {
      const { data } = canvas.getContext('2d').getImageData(60 * devicePixelRatio, 0, canvas.width - 60 * devicePixelRatio, canvas.height - 24 * devicePixelRatio);
      const seen = new Set();
      for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 250) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
      return seen.size;
    }));
    await until('each chart shows more than its grid', async () => {
      const found = await colours();
      return found.length === 5 && found.every((n) => n >= 2);
    });
  });
});

test('pause stops the drawing while data keeps arriving, and Space resumes', { skip }, async () => {
  await with_page({ at: '#/overview?heap=documents&range=30' }, async (page) => {
    await page.locator('main').focus();
    await page.keyboard.press('Space');
    await until('it says so', async () => (await state_of(page)) === 'paused');
    // What was stored before the page was opened may still be on its way.
    await until('the past is there', async () => !/Reading/.test(await page.locator('.timeline-past').textContent()));
    const shown = await page.locator('.figures').textContent();
    let frames = 0;
    page.on('websocket', () => {});
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    client.on('Network.webSocketFrameReceived', () => { frames += 1; });
    await until('thirty more messages arrived', async () => frames > 30);
    assert.equal(await page.locator('.figures').textContent(), shown);
    await page.keyboard.press('Space');
    await is_live(page);
    await until('figures move again', async () => (await page.locator('.figures').textContent()) !== shown);
  });
});

test('an observer watches, gets no commands and reads why', { skip }, async () => {
  await with_page({ role: 'observer', at: '#/overview?heap=documents&range=30' }, async (page) => {
    assert.equal(await page.getByRole('button', { name: 'Collect' }).count(), 0);
    assert.match(await page.locator('.observer').textContent(), /commands need the operator/);
    await page.goto(`${stage.daemon.http}/#/playground`);
    await page.getByText('You are an observer').waitFor();
    await page.getByRole('heading', { name: 'Collections', level: 2 }).waitFor();
    assert.equal(await page.getByRole('textbox').count(), 0);
    await picture(page, 'observer');
  });
});

test('a page without a session says how to get one, and comes back when there is one', { skip }, async () => {
  const { page, context, problems } = await open_page(stage.browser, stage.daemon.http);
  await page.goto(stage.daemon.http);
  await until('it is refused', async () => (await state_of(page)) === 'refused');
  assert.match(await page.locator('main').textContent(), /auth\.one_time_url/);
  await picture(page, 'refused');
  const other = await context.newPage();
  await other.goto(`${stage.daemon.http}/?token=${stage.daemon.operator_token}`);
  await is_live(page);
  assert.deepEqual(problems, []);
  await context.close();
});

test('after kill -9 the page says so, and goes on when the daemon is back', { skip }, async () => {
  const first = await start_ourod();
  const { page, context, problems } = await open_page(stage.browser, first.http);
  await page.goto(`${first.http}/?token=${first.operator_token}`);
  await is_live(page);
  await page.locator('.figures').waitFor();
  assert.equal(await first.end('SIGKILL'), 'SIGKILL');
  await until('it says that it is disconnected', async () => (await state_of(page)) === 'waiting');
  assert.match(await page.locator('.state').textContent(), /Disconnected, retry in \d+ s/);
  assert.ok(await page.getByText('What you see is what came last').isVisible());
  await picture(page, 'disconnected');
  const second = await start_ourod({ port: first.port, directory: first.directory });
  await is_live(page);
  await page.getByText('The daemon restarted at').waitFor();
  await picture(page, 'restarted');
  const rows = page.locator('.collections tbody tr');
  const top = await rows.first().textContent();
  await until('new collections arrive', async () => (await rows.first().textContent()) !== top);
  assert.deepEqual(problems, []);
  await context.close();
  assert.equal(await second.end(), 0);
  second.forget();
});
