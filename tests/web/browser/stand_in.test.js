// What the real daemon cannot be made to do at will: fall silent, refuse, lose messages.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { domain_error, start_fake } from '../fake_daemon.js';
import { is_live, launch, NODE_MODULES, open_page, picture, skip, state_of, until, WEB_ROOT } from './support.js';

let browser;
before(async () => { if (!skip) browser = await launch(); });
after(async () => { await browser?.close(); });

async function with_fake(options, use) {
  const fake = await start_fake({ web_root: WEB_ROOT, node_modules: NODE_MODULES, ...options });
  const { page, context, problems } = await open_page(browser, new URL(fake.url).origin);
  try {
    await page.goto(fake.url);
    await use(page, fake);
    assert.deepEqual(problems, []);
  } finally {
    await context.close();
    await fake.stop();
  }
}

test('a heap that falls silent is stale, looks it, and recovers', { skip }, async () => {
  await with_fake({}, async (page, fake) => {
    await is_live(page);
    fake.set({ silent: true });
    await until('it is stale', async () => (await state_of(page)) === 'stale');
    assert.match(await page.locator('.state').textContent(), /Stale \d+ s/);
    assert.notEqual(await page.locator('.figures').evaluate((e) => getComputedStyle(e).filter), 'none');
    await picture(page, 'stale');
    fake.set({ silent: false });
    await is_live(page);
  });
});

test('a refused command is a sentence', { skip }, async () => {
  await with_fake({}, async (page, fake) => {
    await is_live(page);
    fake.set({ collect_error: domain_error(-32006, 'cooling down', { name: 'cooling_down', retry_after_ms: 180 }) });
    await page.getByRole('button', { name: 'Collect' }).click();
    await page.getByRole('menuitem', { name: /Generation 1/ }).click();
    await page.getByText('Too soon: this heap can be collected again in 180 ms.').waitFor();
  });
});

test('a gap that the daemon announces is told', { skip }, async () => {
  await with_fake({}, async (page, fake) => {
    await is_live(page);
    fake.lag({ heap: 'documents', topic: 'collection', first_seq: 3, last_seq: 44, lost: 42 });
    await page.getByText('42 messages were skipped').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await until('it is gone', async () => (await page.getByText('42 messages').count()) === 0);
  });
});

test('fields that a runtime does not report are no columns and no zeros', { skip }, async () => {
  await with_fake({ bare: true }, async (page) => {
    await is_live(page);
    await until('collections are listed', async () => (await page.locator('.collections tbody tr').count()) > 0);
    const heads = await page.locator('.collections th').allTextContents();
    assert.ok(heads.includes('pause') && !heads.includes('examined') && !heads.includes('phases'), heads.join());
    const share = await page.locator('.figure', { hasText: 'Allocation rate' }).locator('.figure-value').textContent();
    assert.equal(share, '–');
  });
});

test('a file that cannot have all collections of its window says so', { skip }, async () => {
  await with_fake({}, async (page) => {
    await is_live(page);
    await until('collections are listed', async () => (await page.locator('.collections tbody tr').count()) > 1);
    await page.getByRole('button', { name: 'Pauses: numbers and files' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: /JSON Lines/ }).click()]);
    const lines = readFileSync(await file.path(), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.length > 1 && lines.every((r) => r.heap === 'documents'));
    await page.getByText(/^The file has \d+ collections, none from before/).waitFor();
  });
});

test('a page behind a base path finds its socket there', { skip }, async () => {
  await with_fake({ base: '/ouro/' }, async (page) => {
    await is_live(page);
  });
});

test('five thousand collections at once cost a bounded share of a core', { skip }, async () => {
  await with_fake({}, async (page, fake) => {
    await is_live(page);
    await page.goto(`${fake.url}#/collections?range=30`);
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable', { timeDomain: 'threadTicks' });
    const task_s = async () => (await client.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value;
    const before = await task_s();
    fake.flood(5000);
    await until('all of them were taken', async () => fake.flooded() === 0);
    await until('the newest is in the table', async () => /1,234,567/.test(await page.locator('.collections tbody').textContent()));
    const spent = (await task_s()) - before;
    assert.ok(spent < 4, `${spent.toFixed(2)} s of the main thread's CPU time`);
  });
});
