// weight.test.js - what the page is allowed: its policy, its origin, its weight.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { POLICY } from '../fake_daemon.js';
import { on_stage, open_page, skip, WEB_ROOT } from './support.js';

const stage = on_stage(test);
const MOST_BYTES = 110 * 1024;
const MOST_BYTES_WITH_ALL = 152 * 1024;

test('the policy is strict and the page has no inline script', { skip }, async () => {
  const response = await fetch(`${stage.daemon.http}/`);
  const body = await response.text();
  assert.equal(body, readFileSync(join(WEB_ROOT, 'index.html'), 'utf8'));
  const words = (text) => text.split(';').map((part) => part.trim()).filter(Boolean).sort();
  const sent = words(response.headers.get('content-security-policy'));
  for (const part of words(POLICY)) assert.ok(sent.includes(part), `${part} is not in: ${sent.join('; ')}`);
  assert.ok(!/<script(?![^>]*\bsrc=)/.test(body), 'an inline script');
  assert.ok(!/unsafe-(inline|eval)|\*/.test(sent.join()));
});

test('the page weighs at most 110 KB compressed when it opens, and 150 KB with every view', { skip }, async () => {
  const { page, context } = await open_page(stage.browser, stage.daemon.http);
  let opened = 0;
  const sizes = [];
  page.on('response', (response) => {
    if (response.status() === 200) sizes.push(response.request().sizes().then((size) => { opened += size.responseBodySize; }));
  });
  await page.goto(`${stage.daemon.http}/?token=${stage.daemon.observer_token}`);
  await page.locator('.chart canvas').first().waitFor();
  await page.waitForLoadState('networkidle');
  await Promise.all(sizes);
  await context.close();
  assert.ok(opened > 50 * 1024 && opened <= MOST_BYTES, `${opened} bytes`);
  // A reader loads one language and at most every view; nobody's page loads the licences.
  const files = readdirSync(WEB_ROOT, { recursive: true })
    .filter((name) => name.endsWith('.gz') && !name.startsWith('licences/') && !name.startsWith('chunk/en-'));
  const total = files.reduce((sum, name) => sum + statSync(join(WEB_ROOT, name)).size, 0);
  assert.ok(files.length > 5 && total <= MOST_BYTES_WITH_ALL, `${total} bytes in ${files.length} files`);
});
