// The dashboard in a real browser against the real daemon.
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { policy } from '../fake_daemon.js';
import { axe, is_live, launch, open_page, picture, sideways, skip, start_ourod, state_of, until, WEB_ROOT } from './support.js';

const VIEWS = ['overview', 'collections', 'pools', 'playground', 'settings'];
const MOST_BYTES = 110 * 1024;

let browser;
let daemon;
before(async () => {
  if (skip) return;
  daemon = await start_ourod();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  assert.equal(await daemon?.end() ?? 0, 0, 'ourod ends well');
  daemon?.forget();
});

/** A signed-in page; the test fails with whatever the page should not have done. */
async function with_page(options, use) {
  const { role = 'operator', at = '', ...look } = options;
  const { page, context, problems } = await open_page(browser, daemon.http, look);
  try {
    await page.goto(`${daemon.http}/?token=${daemon[`${role}_token`]}`);
    assert.ok(!page.url().includes('token'), 'no token stays in the address');
    if (at) await page.goto(`${daemon.http}/${at}`);
    await is_live(page);
    await use(page, problems);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
  }
}

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

test('pause stops the drawing while data keeps arriving, and Space resumes', { skip }, async () => {
  await with_page({ at: '#/overview?heap=documents&range=30' }, async (page) => {
    await page.locator('main').focus();
    await page.keyboard.press('Space');
    await until('it says so', async () => (await state_of(page)) === 'paused');
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
    await page.goto(`${daemon.http}/#/playground`);
    await page.getByText('You are an observer').waitFor();
    await page.getByRole('heading', { name: 'Collections', level: 2 }).waitFor();
    assert.equal(await page.getByRole('textbox').count(), 0);
    await picture(page, 'observer');
  });
});

test('a page without a session says how to get one, and comes back when there is one', { skip }, async () => {
  const { page, context, problems } = await open_page(browser, daemon.http);
  await page.goto(daemon.http);
  await until('it is refused', async () => (await state_of(page)) === 'refused');
  assert.match(await page.locator('main').textContent(), /auth\.one_time_url/);
  await picture(page, 'refused');
  const other = await context.newPage();
  await other.goto(`${daemon.http}/?token=${daemon.operator_token}`);
  await is_live(page);
  assert.deepEqual(problems, []);
  await context.close();
});

for (const [name, look] of Object.entries({
  'light-1280': { scheme: 'light', width: 1280, height: 900 },
  'dark-1280': { scheme: 'dark', width: 1280, height: 900 },
  'light-375': { scheme: 'light', width: 375, height: 812 },
  'dark-375': { scheme: 'dark', width: 375, height: 812 },
  'zh-1280': { locale: 'zh-CN', width: 1280, height: 900 },
  'zh-375': { locale: 'zh-CN', width: 375, height: 812 },
})) {
  test(`every view at ${name}: accessible, and no wider than its screen`, { skip }, async () => {
    await with_page({ ...look, at: '#/overview?heap=documents&range=10' }, async (page) => {
      await until('there are collections', async () => (await page.locator('.collections tbody tr').count()) >= 5);
      await until('there are size classes', async () => (await page.locator('.bar').count()) > 4);
      // One picture with a full range.
      if (name === 'light-1280') await until('ten seconds were seen', async () => /last 10/.test(await page.locator('.figures').textContent()));
      for (const view of VIEWS) {
        await page.evaluate((to) => { location.hash = `#/${to}?heap=documents&range=10`; }, view);
        await until(`${view} is shown`, async () => (await page.locator('nav [aria-current]').getAttribute('href'))?.includes(view));
        assert.equal(await sideways(page), 0, `${view} scrolls sideways`);
        assert.deepEqual(await axe(page), [], view);
        await picture(page, `${view}-${name}`);
      }
    });
  });
}

test('after kill -9 the page says so, and goes on when the daemon is back', { skip }, async () => {
  const first = await start_ourod();
  const { page, context, problems } = await open_page(browser, first.http);
  await page.goto(`${first.http}/?token=${first.operator_token}`);
  await is_live(page);
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

test('the policy is strict and names the one import map', { skip }, async () => {
  const response = await fetch(`${daemon.http}/`);
  const body = await response.text();
  assert.equal(body, readFileSync(join(WEB_ROOT, 'index.html'), 'utf8'));
  const words = (text) => text.split(';').map((part) => part.trim()).filter(Boolean).sort();
  const sent = words(response.headers.get('content-security-policy'));
  for (const part of words(policy(body))) assert.ok(sent.includes(part), `${part} is not in: ${sent.join('; ')}`);
  assert.ok(!/unsafe-(inline|eval)|\*/.test(sent.join()));
});

test('the page weighs at most 110 KB compressed', { skip }, () => {
  const files = readdirSync(WEB_ROOT, { recursive: true }).filter((name) => name.endsWith('.gz') && !name.includes('LICENSE'));
  const total = files.reduce((sum, name) => sum + statSync(join(WEB_ROOT, name)).size, 0);
  assert.ok(files.length > 20 && total <= MOST_BYTES, `${total} bytes in ${files.length} files`);
});
