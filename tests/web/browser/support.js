// support.js - a browser, a daemon, and a page that is watched while it runs.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const OUROD = process.env.OUROD ?? '';
export const OUROCTL = process.env.OUROCTL ?? '';
export const WEB_ROOT = process.env.OURO_WEB_ROOT ?? '';
export const NODE_MODULES = process.env.OURO_NODE_MODULES ?? '';
const PICTURES = process.env.OURO_PICTURES ?? '';

/** Why these tests cannot run here, or false. Whatever the build makes must be there. */
export const skip = existsSync(CHROMIUM) ? false : 'chromium is not installed';
for (const path of [OUROD, join(WEB_ROOT, 'index.html'), join(NODE_MODULES, 'playwright-core')]) {
  if (!existsSync(path)) throw new Error(`OUROD, OURO_WEB_ROOT and OURO_NODE_MODULES must be set: no ${path}`);
}

const packages = () => createRequire(join(NODE_MODULES, 'package.json'));
export const axe_source = () => readFileSync(join(NODE_MODULES, 'axe-core', 'axe.min.js'), 'utf8');

export function launch() {
  return packages()('playwright-core').chromium.launch({ executablePath: CHROMIUM, args: ARGS });
}

/** Polls until `probe` gives something true; there is no event for "the page says so". */
export async function until(what, probe, timeout_ms = 20000) {
  const end = Date.now() + timeout_ms;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${timeout_ms} ms: ${what}`);
    await new Promise((done) => { setTimeout(done, 40); });
  }
}

/** Starts ourod; its state outlives it when the directory is given again. */
export async function start_ourod({ port = 0, directory, args = [] } = {}) {
  const place = directory ?? mkdtempSync(join(tmpdir(), 'ouro-browser-'));
  const child = spawn(OUROD, ['--listen', `127.0.0.1:${port}`, '--state-dir', join(place, 'state'),
    '--runtime-dir', join(place, 'run'), '--web-root', WEB_ROOT, '--ready-fd', '3', ...args],
  { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data) => { log += data; });
  const gone = new Promise((done) => { child.on('exit', (code, signal) => done(signal ?? code)); });
  const ready = await new Promise((done, fail) => {
    let line = '';
    child.stdio[3].on('data', (data) => {
      line += data;
      if (line.includes('\n')) done(JSON.parse(line));
    });
    gone.then((how) => fail(new Error(`ourod ended (${how}) before it served:\n${log}`)));
  });
  return {
    ...ready,
    directory: place,
    port: Number(new URL(ready.http).port),
    log: () => log,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      return gone;
    },
    forget() { rmSync(place, { recursive: true, force: true }); },
  };
}

/**
 * A page in a context of its own that notes everything which must not happen: errors on
 * the console, exceptions, violations of the policy, requests to another origin.
 */
export async function open_page(browser, origin, { width = 1280, height = 860, scheme = 'light', locale = 'en-US' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, locale, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const problems = [];
  page.on('console', (message) => {
    const text = message.text();
    // The browser itself reports each try against a daemon that is gone: the page's for a
    // socket, and its own for the icon, which it asks for with each new address.
    const is_try = /WebSocket connection to .* failed/.test(text)
      || (/net::ERR_CONNECTION_REFUSED/.test(text) && message.location().url.endsWith('/icon.svg'));
    if (message.type() === 'error' && !is_try) problems.push(`console: ${text} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(`exception: ${error.stack}`));
  page.on('request', (request) => {
    const url = request.url();
    if (new URL(url).origin !== origin && !url.startsWith('data:')) problems.push(`foreign request: ${url}`);
  });
  page.on('websocket', (socket) => {
    if (new URL(socket.url()).host !== new URL(origin).host) problems.push(`foreign socket: ${socket.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  return { page, context, problems };
}

export const state_of = (page) => page.locator('.state').getAttribute('data-state');
export const is_live = (page) => until('the page is live', async () => (await state_of(page)) === 'live');

export async function sideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** The rules of axe that the page breaks, one line each. */
export async function axe(page) {
  await page.evaluate(axe_source());
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary?.split('\n')[1] ?? ''}`));
}

export async function picture(page, name) {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/**
 * One daemon and one browser for the tests of a file; `test` is node's, whose hooks start
 * and end them. @returns {{daemon: any, browser: any, with_page: Function}}
 */
export function on_stage(test, options = {}) {
  const stage = { daemon: null, browser: null, with_page };
  test.before(async () => {
    if (skip) return;
    stage.daemon = await start_ourod(options);
    stage.browser = await launch();
  });
  test.after(async () => {
    await stage.browser?.close();
    const code = await stage.daemon?.end() ?? 0;
    stage.daemon?.forget();
    if (code !== 0) throw new Error(`ourod ended with ${code}:\n${stage.daemon.log()}`);
  });

  /** A signed-in page; the test fails with whatever the page should not have done. */
  async function with_page(wanted, use) {
    const { role = 'operator', at = '', ...look } = wanted;
    const { daemon, browser } = stage;
    const { page, context, problems } = await open_page(browser, daemon.http, look);
    try {
      await page.goto(`${daemon.http}/?token=${daemon[`${role}_token`]}`);
      if (page.url().includes('token')) throw new Error('a token stays in the address');
      if (at) await page.goto(`${daemon.http}/${at}`);
      await is_live(page);
      await use(page, problems);
      if (problems.length > 0) throw new Error(problems.join('\n'));
    } finally {
      await context.close();
    }
  }
  return stage;
}

/** To another view of a page that is open. */
export async function go_to(page, hash) {
  await page.evaluate((to) => { location.hash = to; }, hash);
  const view = hash.replace('#/', '').split('?')[0];
  await until(`${view} is shown`, async () => (await page.locator('nav.views [aria-current]').getAttribute('href'))?.includes(`#/${view}`));
}

/** The longest task of the page's main thread, in time that the thread ran: others on this machine do not count. */
export async function longest_task_ms(browser, page, run) {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
  await run();
  const { traceEvents } = JSON.parse(String(await browser.stopTracing()));
  const main = traceEvents.filter((e) => e.name === 'thread_name' && e.args.name === 'CrRendererMain').map((e) => `${e.pid} ${e.tid}`);
  const tasks = traceEvents.filter((e) => e.ph === 'X' && main.includes(`${e.pid} ${e.tid}`) && e.tdur !== undefined);
  if (tasks.length < 100) throw new Error(`${tasks.length} tasks in the trace`);
  return Math.max(...tasks.map((e) => e.tdur)) / 1000;
}
