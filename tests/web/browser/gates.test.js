// gates.test.js - what the page may cost: time to the first chart, the main thread's share of a
// core with twenty charts, memory and nodes while it streams. The only tests of the page that
// measure; each has three tries, because the machine is not ours alone.
//
//   node --test gates.test.js            a slice of half a minute for the heap
//   OURO_SOAK=1 node --test gates.test.js   the heap from minute one to minute five, nothing else
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { NODE_MODULES, is_live, longest_task_ms, on_stage, skip, until } from './support.js';

const soak = process.env.OURO_SOAK === '1';
/** The soak is a run of its own: what belongs to the other run is not there at all, since a skipped test is a failure in CI. */
const gate = (what, use) => { if (!soak) test(`gate: ${what}`, { skip }, use); };
const soak_gate = (what, use) => { if (soak) test(`gate: ${what}`, { skip }, use); };
const TRIES = 5;
const FIRST_CHART_MS = 1000;
const MOST_CPU = 0.2;
const LONGEST_TASK_MS = 100;
const HEAP_GROWTH = 2 ** 20;
const AT = '#/overview?heap=documents&range=10';

/**
 * The page as it is built, but its overview shows every chart four times: twenty charts with a
 * real stream, drawn by the same code. @returns {string} a web root
 */
function page_of_twenty() {
  const place = mkdtempSync(join(tmpdir(), 'ouro-gates-'));
  const source = join(place, 'source');
  cpSync(new URL('../../../web/', import.meta.url), source, { recursive: true });
  // Bundled like the page itself; only this view is another.
  writeFileSync(join(source, 'views', 'overview.js'), `
    import { html } from '../html.js';
    import { Counts, Memory, Objects, Pauses, Rates } from './overview_charts.js';
    export default ({ ouro }) => html\`<h1>twenty</h1><div class="charts" style=\${{ gridTemplateColumns: 'repeat(4, minmax(0, 1fr))' }}>
      \${[1, 2, 3, 4].map((n) => [Counts, Pauses, Rates, Objects, Memory].map((Chart, i) => html\`<\${Chart} ouro=\${ouro} key=\${\`\${n} \${i}\`} />\`))}</div>\`;`);
  execFileSync(process.execPath, [join(source, 'bundle.js'), source, NODE_MODULES, join(place, 'web'), 'gates']);
  return place;
}

const twenty = skip || soak ? '' : page_of_twenty();
test.after(() => { if (twenty) rmSync(twenty, { recursive: true, force: true }); });
const { with_page } = on_stage(test);
const many = twenty ? on_stage(test, { args: ['--web-root', join(twenty, 'web')] }) : null;

const pause_of = (ms) => new Promise((done) => { setTimeout(done, ms); });

/** The best of some tries; a try that is good enough ends them. @param {(n: number) => Promise<number>} measure @param {number} bound */
async function best_of(measure, bound) {
  const found = [];
  for (let n = 0; n < TRIES; n++) {
    found.push(await measure(n));
    if (found.at(-1) <= bound) break;
  }
  return { best: Math.min(...found), found };
}

gate('the first live chart within a second of opening the page', async (t) => {
  await with_page({ at: AT }, async (page) => {
    await page.addInitScript(() => {
      const look = () => {
        const card = document.querySelector('.chart-card');
        const canvas = card?.querySelector('canvas');
        if (canvas && /\d+\/\d+/.test(card.querySelector('.legend').textContent)
          && canvas.getContext('2d').getImageData(60, 0, canvas.width - 60, canvas.height).data.some((v) => v > 0)) {
          globalThis.first_chart_ms = performance.now();
        } else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    const { best, found } = await best_of(async () => {
      await page.goto('about:blank');
      await page.goBack();
      return until('a chart is drawn', () => page.evaluate(() => globalThis.first_chart_ms));
    }, FIRST_CHART_MS);
    t.diagnostic(`first live chart after ${found.map(Math.round).join(', ')} ms`);
    assert.ok(best <= FIRST_CHART_MS, `${found.map(Math.round)} ms`);
  });
});

gate('twenty charts at 10 Hz take a fifth of the main thread, and no task is long', async (t) => {
  await many.with_page({ at: AT, width: 1600, height: 1800 }, async (page) => {
    await until('twenty charts are there', async () => (await page.locator('.chart canvas').count()) === 20);
    assert.equal(await page.evaluate(() => [...document.querySelectorAll('.chart')].filter((e) => e.getBoundingClientRect().bottom > innerHeight).length), 0, 'all are on screen');
    await pause_of(10000); // the range is full of data
    const client = await page.context().newCDPSession(page);
    await client.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy_s = async () => (await client.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value;
    const tasks = [];
    const shares = [];
    await best_of(async () => {
      const [before, start] = [await busy_s(), Date.now()];
      await pause_of(8000);
      shares.push(((await busy_s()) - before) / ((Date.now() - start) / 1000));
      tasks.push(await longest_task_ms(many.browser, page, () => pause_of(4000))); // tracing costs time of its own
      return shares.at(-1) <= MOST_CPU && tasks.at(-1) <= LONGEST_TASK_MS ? 0 : 1;
    }, 0);
    const told = `CPU ${shares.map((s) => `${(s * 100).toFixed(1)} %`).join(', ')}; longest tasks ${tasks.map(Math.round).join(', ')} ms`;
    t.diagnostic(told);
    assert.ok(shares.some((share, n) => share <= MOST_CPU && tasks[n] <= LONGEST_TASK_MS), told);
  });
});

/** What scripts keep, after the browser collected its own garbage. */
async function heap_bytes(client) {
  let least = Infinity;
  for (let i = 0; i < 3; i++) { // what a frame in between holds for a moment is nothing kept
    for (let n = 0; n < 2; n++) await client.send('HeapProfiler.collectGarbage');
    least = Math.min(least, (await client.send('Runtime.getHeapUsage')).usedSize);
    await pause_of(700);
  }
  return least;
}

async function grows(t, from_ms, to_ms) {
  await with_page({ at: AT, height: 1500 }, async (page) => {
    const start = Date.now();
    const client = await page.context().newCDPSession(page);
    await pause_of(from_ms - (Date.now() - start));
    const first = await heap_bytes(client);
    await pause_of(to_ms - (Date.now() - start));
    const last = await heap_bytes(client);
    const told = `${(first / 1024).toFixed(0)} KiB, then ${(last / 1024).toFixed(0)} KiB`;
    t.diagnostic(told);
    assert.ok(last - first <= HEAP_GROWTH, told);
    await is_live(page);
  });
}

gate('the heap grows by at most 1 MiB while the page streams (slice)', (t) => grows(t, 12000, 32000));
soak_gate('the heap grows by at most 1 MiB between minute one and minute five', (t) => grows(t, 60000, 300000));

gate('the number of nodes stays while the page streams', async (t) => {
  await with_page({ at: AT, height: 1500 }, async (page) => {
    await until('the table is full', async () => (await page.locator('.collections tbody tr').count()) === 8);
    await until('the range is full', async () => /last 10\s/.test(await page.locator('.figures').textContent()));
    const count = () => page.evaluate(() => document.querySelectorAll('*').length);
    const most = async (ms) => {
      let found = 0;
      for (const end = Date.now() + ms; Date.now() < end; await pause_of(200)) found = Math.max(found, await count());
      return found;
    };
    // Bars of phases and sentences differ from row to row, so the highest counts are compared.
    const [first, second] = [await most(6000), await most(6000)];
    t.diagnostic(`${first}, then ${second} elements at most`);
    assert.ok(second <= first + 20, `${first}, then ${second}`);
  });
});
