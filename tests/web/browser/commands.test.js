// commands.test.js - the drawer of commands against the real daemon: trials that end by
// themselves, chips that everybody sees, workloads, files, the audit log.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test from 'node:test';
import { axe, is_live, NODE_MODULES, on_stage, open_page, picture, sideways, skip, start_ourod, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;
const at = (heap, view = 'overview') => `#/${view}?heap=${heap}&range=30&panel=commands`;

async function ask(method, params = {}) {
  const response = await fetch(`${stage.daemon.http}/rpc`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${stage.daemon.operator_token}` },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = await response.json();
  if (error) throw new Error(`${method}: ${error.message}`);
  return result;
}
const thresholds_of = async (heap) => (await ask('gc.get_threshold', { heap })).thresholds;

/** Opens a fold of the drawer. */
async function fold(page, name) {
  const summary = page.locator('.fold > summary', { hasText: name });
  await summary.waitFor();
  if (!await summary.locator('..').evaluate((e) => e.open)) await summary.click();
  return summary.locator('..');
}

test('a dry run answers in the drawer and from the menu, and collects nothing', { skip }, async () => {
  await with_page({ at: at('playground') }, async (page) => {
    const before = (await ask('gc.get_stats', { heap: 'playground' })).stats.map((s) => s.collections);
    const drawer = page.getByRole('dialog', { name: 'Commands for playground' });
    await drawer.getByRole('button', { name: 'Dry run' }).click();
    await drawer.getByText(/Generation 2: [\d,]+ objects? would be looked at\./).waitFor();
    await page.getByRole('button', { name: 'Collect', exact: true }).click();
    await page.getByRole('menuitem', { name: /Dry run/ }).click();
    await until('the bar answers', async () => /gen 2:\s+would look at [\d,]+/.test(await page.locator('.answer').textContent()));
    assert.deepEqual((await ask('gc.get_stats', { heap: 'playground' })).stats.map((s) => s.collections), before);
    // After real ones it also says how long, and how good that is.
    const said = drawer.locator('.outcome').first();
    await drawer.getByRole('button', { name: 'Collect now' }).click();
    await until('it collected', async () => /objects? freed, the program stood still for/.test(await said.textContent()));
    await until('it predicts', async () => {
      await drawer.getByRole('button', { name: 'Dry run' }).click();
      return /would stand still for about .+ Of 1 earlier prediction half were off by less than \d+ %|No earlier prediction/.test(await said.textContent());
    });
  });
});

test('thresholds show what they would mean, go back by themselves, and stay when they are kept', { skip }, async () => {
  await with_page({ at: at('documents') }, async (page) => {
    const drawer = page.locator('.drawer');
    const first = drawer.getByLabel('Threshold of generation 0');
    await until('the rate is known', async () => /filled at [\d.]+\s?k?\/s/.test(await drawer.textContent()));
    await first.fill('7000');
    const then = drawer.locator('.due-then').first();
    await until('a preview', async () => /\d\s(ms|s)$/.test(await then.textContent()));
    await first.fill('7e3');
    await drawer.getByText('The threshold of generation 0 has to be a whole number from 0 to 2,147,483,647.').waitFor();
    assert.equal(await first.getAttribute('aria-invalid'), 'true');
    assert.ok(await drawer.getByRole('button', { name: 'Apply' }).isDisabled());

    await first.fill('1234');
    await drawer.getByLabel('Holds').selectOption('10000');
    await drawer.getByRole('button', { name: 'Apply' }).click();
    await drawer.getByText(/Set on trial: 1,234 · 10 · 10\./).waitFor();
    const chip = page.locator('.topbar [data-force="trial"]');
    await chip.waitFor();
    assert.match(await chip.textContent(), /Trial ends in \d+.s/);
    await page.locator('.standing').getByText('then back to 700 · 10 · 10').waitFor();
    await picture(page, 'commands-trial');
    assert.deepEqual(await axe(page), []);
    await until('it went back', async () => (await thresholds_of('documents'))[0] === 700);
    await until('the chip is gone', async () => (await chip.count()) === 0);

    await first.fill('1300');
    await drawer.getByLabel('Holds').selectOption('10000');
    await drawer.getByRole('button', { name: 'Apply' }).click();
    await page.locator('.standing').getByRole('button', { name: 'Keep' }).click();
    await page.getByText('Kept: nothing goes back by itself any more.').waitFor();
    await until('no chip', async () => (await chip.count()) === 0);
    const { revert } = (await ask('heap.get', { heap: 'documents' })).heap ?? {};
    assert.equal(revert, undefined);
    assert.deepEqual(await thresholds_of('documents'), [1300, 10, 10]);

    await first.fill('1400');
    await drawer.getByLabel('Holds').selectOption('60000');
    await drawer.getByRole('button', { name: 'Apply' }).click();
    await page.locator('.standing').getByRole('button', { name: 'Undo now' }).click();
    await until('undone', async () => (await thresholds_of('documents'))[0] === 1300);
    await until('no chip', async () => (await chip.count()) === 0);
  });
});

test('a first threshold of nothing asks before it is set', { skip }, async () => {
  await with_page({ at: at('playground') }, async (page) => {
    const drawer = page.locator('.drawer');
    await drawer.getByLabel('Threshold of generation 0').fill('0');
    await drawer.getByRole('button', { name: 'Apply' }).click();
    const question = page.getByRole('dialog', { name: 'Set threshold 0 to 0?' });
    await question.waitFor();
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    assert.equal((await thresholds_of('playground'))[0], 700);
    await drawer.waitFor(); // Escape closed the question alone
    await drawer.getByRole('button', { name: 'Apply' }).click();
    await question.getByRole('button', { name: 'Set to 0' }).click();
    await page.locator('.topbar [data-force="zero"]').waitFor();
    await ask('gc.set_threshold', { heap: 'playground', thresholds: [700] });
    await page.locator('.topbar [data-force="zero"]').waitFor({ state: 'detached' });
  });
});

test('turning off asks, and everybody sees it until it is on again', { skip }, async () => {
  await with_page({ role: 'observer', at: '#/overview?heap=documents&range=10' }, async (watcher) => {
    await with_page({ at: at('documents') }, async (page) => {
      await (await fold(page, 'Automatic collection')).getByRole('button', { name: 'Turn off' }).click();
      const question = page.getByRole('dialog', { name: 'Turn off automatic collection of documents?' });
      await question.waitFor();
      assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Cancel', 'the way back has the focus');
      assert.deepEqual(await axe(page), []);
      await picture(page, 'commands-ask');
      await page.keyboard.press('Enter');
      await question.waitFor({ state: 'detached' });
      assert.equal((await ask('gc.is_enabled', { heap: 'documents' })).enabled, true);
      await page.locator('.drawer').getByRole('button', { name: 'Turn off' }).click();
      await question.getByRole('button', { name: 'Turn off' }).click();
      for (const one of [page, watcher]) {
        const chip = one.locator('.topbar [data-force="pause"]');
        await chip.waitFor();
        assert.match(await chip.textContent(), /Collection off, on again in (\d+\ss|1\smin)/);
      }
      await picture(watcher, 'commands-chip-observer');
      assert.deepEqual(await axe(watcher), []);
      await page.locator('.drawer .standing-row[data-force="pause"]').getByRole('button', { name: 'Turn on' }).click();
      for (const one of [page, watcher]) await until('no chip', async () => (await one.locator('.topbar .force').count()) === 0);
      assert.equal((await ask('gc.is_enabled', { heap: 'documents' })).enabled, true);
      // For good, as another session does it: no countdown.
      await ask('gc.disable', { heap: 'documents' });
      for (const one of [page, watcher]) await one.locator('.topbar [data-force="off"]').waitFor();
      await ask('gc.enable', { heap: 'documents' });
      for (const one of [page, watcher]) await one.locator('.topbar [data-force="off"]').waitFor({ state: 'detached' });
    });
  });
});

test('freezing asks, counts, and is undone', { skip }, async () => {
  await with_page({ at: at('documents') }, async (page) => {
    const part = await fold(page, 'Freeze');
    await part.getByRole('button', { name: 'Freeze', exact: true }).click();
    await page.getByRole('dialog', { name: 'Freeze everything in documents?' }).getByRole('button', { name: 'Freeze' }).click();
    await part.getByText(/[\d,]+ objects are frozen\./).waitFor();
    const chip = page.locator('.topbar [data-force="frozen"]');
    await until('the chip counts', async () => /^[\d,]+ frozen$/.test((await chip.textContent()).trim()));
    await part.getByRole('button', { name: 'Unfreeze' }).click();
    await until('nothing is frozen', async () => (await chip.count()) === 0);
  });
});

test('several chips fit every width', { skip }, async () => {
  await ask('gc.set_threshold', { heap: 'documents', thresholds: [2000], revert_after_ms: 600000 });
  await ask('gc.disable', { heap: 'documents', revert_after_ms: 600000 });
  await ask('gc.freeze', { heap: 'documents' });
  await with_page({ at: '#/settings?heap=documents&range=10' }, async (page) => {
    await page.locator('.topbar .force').nth(2).waitFor();
    for (const width of [1600, 1280, 1100, 900, 700, 375]) {
      await page.setViewportSize({ width, height: 800 });
      assert.equal(await sideways(page), 0, String(width));
      for (const chip of await page.locator('.topbar .force').all()) {
        const box = await chip.boundingBox();
        assert.ok(box.x >= 0 && box.x + box.width <= width, `${width}: ${JSON.stringify(box)}`);
        assert.equal(await chip.evaluate((e) => e.scrollWidth - e.clientWidth), 0, `${width}: words are cut`);
      }
    }
    assert.deepEqual(await axe(page), []);
  });
  await ask('gc.enable', { heap: 'documents' });
  await ask('gc.unfreeze', { heap: 'documents' });
  await ask('gc.set_threshold', { heap: 'documents', thresholds: [700] });
});

test('who steps through a collection is seen by the others', { skip }, async () => {
  const WebSocket = createRequire(join(NODE_MODULES, 'package.json'))('ws');
  const socket = new WebSocket(`${stage.daemon.http.replace('http', 'ws')}/ws`, 'ouro.v1', { headers: { Authorization: `Bearer ${stage.daemon.operator_token}` } });
  await once(socket, 'open');
  const step = (action) => socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'repl.step', params: { heap: 'playground', action } }));
  await with_page({ role: 'observer', at: '#/overview?heap=playground&range=10' }, async (page) => {
    const chip = page.locator('.topbar [data-force="stepping"]');
    assert.equal(await chip.count(), 0);
    step('begin');
    await chip.waitFor();
    step('finish');
    await chip.waitFor({ state: 'detached' });
  });
  socket.close();
});

test('a leak is asked for, started, changed while it runs and stopped', { skip }, async () => {
  await with_page({ at: at('workshop') }, async (page) => {
    const part = await fold(page, 'Workload');
    await part.getByLabel('Workload').selectOption('leak');
    await part.getByText('growth that no collection can undo').waitFor();
    await part.getByLabel('rate').fill('20000000');
    assert.ok(await part.getByRole('button', { name: 'Start' }).isDisabled());
    await part.getByLabel('rate').fill('500');
    await part.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('dialog', { name: 'Start a leak in workshop?' }).getByRole('button', { name: 'Start' }).click();
    await part.getByText('leak runs with these settings.').waitFor();
    await page.locator('.topbar [data-force="leak"]').waitFor();
    await part.getByLabel('leak_percent').fill('50');
    await part.getByRole('button', { name: 'Apply' }).click();
    const running = async () => (await ask('workload.list')).workloads.find((w) => w.heap === 'workshop' && w.running);
    await until('half of them leak', async () => (await running()).settings.find((s) => s.name === 'leak_percent').value === 50);
    await until('its counters move', async () => /leaked? [1-9]|requests [1-9]/.test(await part.locator('.counters').textContent()));
    assert.deepEqual(await axe(page), []);
    await picture(page, 'commands-workload');
    await part.getByRole('button', { name: 'Stop' }).click();
    await page.locator('.topbar [data-force="leak"]').waitFor({ state: 'detached' });
    assert.equal(await running(), undefined);
  });
});

test('the heap is verified, and a snapshot and a trace are files', { skip }, async () => {
  await with_page({ at: at('playground') }, async (page) => {
    const part = await fold(page, 'Verify and export');
    await part.getByRole('button', { name: 'Verify now' }).click();
    await part.getByText('Every check holds.').waitFor();
    const file_of = async (name) => {
      const [download] = await Promise.all([page.waitForEvent('download'),
        part.getByRole('region', { name, exact: true }).getByRole('button', { name: 'Download' }).click()]);
      return readFileSync(await download.path(), 'utf8');
    };
    assert.equal(JSON.parse((await file_of('Snapshot')).split('\n')[0]).format, 'ouro');
    assert.ok(Array.isArray(JSON.parse(await file_of('Trace of the time on show')).traceEvents));
  });
});

test('the audit log has what happens and what happened', { skip }, async () => {
  await ask('gc.keep', { heap: 'playground' });
  await ask('gc.keep', { heap: 'workshop' });
  await with_page({ at: at('playground') }, async (page) => {
    let part = await fold(page, 'Audit log');
    await part.locator('.audit li').first().waitFor();
    await ask('gc.collect', { heap: 'playground', generation: 0, dry_run: true });
    const row = () => part.locator('.audit li[data-method="gc.collect"]', { hasText: 'generation 0, dry run' }).first();
    await row().waitFor();
    assert.match(await row().textContent(), /operator@127\.0\.0\.1/);
    await picture(page, 'commands-audit');
    assert.deepEqual(await axe(page), []);
    await page.reload();
    await is_live(page);
    part = await fold(page, 'Audit log');
    await row().waitFor();
    await ask('gc.keep', { heap: 'playground' });
    await part.locator('.audit li[data-method="gc.keep"]').first().waitFor();
    await row().waitFor();
    // What came live and from the past is there once.
    const texts = await part.locator('.audit li').allTextContents();
    assert.ok(texts.length <= 200);
    assert.equal(texts.filter((text) => text.includes('gc.keep')).length, new Set(texts.filter((text) => text.includes('gc.keep'))).size);
    await part.getByLabel('everything').check();
    await part.locator('.audit li', { hasText: 'workshop' }).first().waitFor();
  });
});

test('who may not command reads why, and still sees what is done', { skip }, async () => {
  await with_page({ role: 'observer', at: at('playground') }, async (page) => {
    const drawer = page.locator('.drawer');
    await drawer.getByText('You are watching as an observer').waitFor();
    for (const name of ['Collect', 'Thresholds', 'Automatic collection', 'Freeze', 'Workload']) {
      assert.equal(await drawer.locator('.fold > summary', { hasText: name }).count(), 0, name);
    }
    const part = await fold(page, 'Audit log');
    await part.getByText('Nobody has commanded anything yet.').waitFor();
    await until('it is told', async () => {
      await ask('gc.keep', { heap: 'playground' });
      return (await part.locator('.audit li[data-method="gc.keep"]').count()) > 0;
    });
    assert.deepEqual(await axe(page), []);
  });
});

test('a read-only daemon takes no commands, and the page says so', { skip }, async () => {
  const daemon = await start_ourod({ args: ['--read-only=yes'] });
  const { page, context, problems } = await open_page(stage.browser, daemon.http);
  await page.goto(`${daemon.http}/?token=${daemon.operator_token}`);
  await page.goto(`${daemon.http}/${at('documents')}`);
  await is_live(page);
  await page.locator('.drawer').getByText('This daemon is read-only').waitFor();
  assert.equal(await page.locator('.drawer .fold > summary', { hasText: 'Thresholds' }).count(), 0);
  await (await fold(page, 'Audit log')).locator('.empty').waitFor();
  assert.deepEqual(problems, []);
  await context.close();
  assert.equal(await daemon.end(), 0);
  daemon.forget();
});

test('without history the log says why it has no past', { skip }, async () => {
  const daemon = await start_ourod({ args: ['--history-enabled=no'] });
  const { page, context, problems } = await open_page(stage.browser, daemon.http);
  await page.goto(`${daemon.http}/?token=${daemon.operator_token}`);
  await page.goto(`${daemon.http}/${at('documents')}`);
  await is_live(page);
  await (await fold(page, 'Audit log')).getByText('The past cannot be read: this daemon keeps no history.').waitFor();
  assert.deepEqual(problems, []);
  await context.close();
  assert.equal(await daemon.end(), 0);
  daemon.forget();
});

test('lines for a shell are shown, copied and hold no token', { skip }, async () => {
  await with_page({ at: at('documents') }, async (page) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: stage.daemon.http });
    const part = await fold(page, 'Thresholds');
    await part.getByLabel('Threshold of generation 0').fill('900');
    await part.locator('.shell > summary').click();
    await part.getByRole('button', { name: 'Copy the line for ouroctl' }).click();
    await part.getByText('Copied', { exact: true }).waitFor({ state: 'attached' });
    const line = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(line, `ouroctl threshold documents 900 10 10 --revert-after 60s --server ${stage.daemon.http}`);
    assert.ok(!(await page.content()).includes(stage.daemon.operator_token));
  });
});

for (const [name, look] of Object.entries({
  'light-1280': {}, 'dark-375': { scheme: 'dark', width: 375, height: 812 }, 'zh-375': { locale: 'zh-CN', width: 375, height: 812 }, 'zh-dark-1280': { locale: 'zh-CN', scheme: 'dark' },
})) {
  test(`the drawer with everything open at ${name}: accessible, and no wider than its screen`, { skip }, async () => {
    await with_page({ ...look, at: at('workshop') }, async (page) => {
      await page.locator('.drawer .fold').first().waitFor();
      for (const summary of await page.locator('.fold > summary').all()) {
        if (!await summary.locator('..').evaluate((e) => e.open)) await summary.click();
      }
      for (const summary of await page.locator('.shell > summary').all()) await summary.click();
      await page.locator('.setting').first().waitFor();
      assert.equal(await sideways(page), 0);
      assert.equal(await page.locator('.drawer-body').evaluate((e) => e.scrollWidth - e.clientWidth), 0);
      assert.deepEqual(await axe(page), []);
      await picture(page, `commands-all-${name}`);
      await page.locator('.drawer-body').evaluate((e) => { e.scrollTop = e.scrollHeight / 2; });
      await picture(page, `commands-all-${name}-lower`);
    });
  });
}
