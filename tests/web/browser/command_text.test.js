// command_text.test.js - the lines that the page offers to copy, run by a real shell
// against a real daemon. No browser is needed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { as_curl, as_ouroctl } from '../../../web/command_text.js';
import { OUROCTL, start_ourod } from './support.js';

const run_file = promisify(execFile);

const CALLS = [
  ['gc.collect', { heap: 'playground', generation: 0, dry_run: true }],
  ['gc.set_threshold', { heap: 'documents', thresholds: [900, 11, 12], revert_after_ms: 60000 }],
  ['gc.keep', { heap: 'documents' }],
  ['gc.get_threshold', { heap: 'documents' }],
  ['gc.disable', { heap: 'documents', revert_after_ms: 1500 }],
  ['gc.enable', { heap: 'documents' }],
  ['gc.freeze', { heap: 'playground' }],
  ['gc.unfreeze', { heap: 'playground' }],
  ['workload.start', { heap: 'workshop', workload: 'leak', settings: { rate: 500, seed: 7, leak_percent: 10, ceiling: 1000, bytes: 64 } }],
  ['workload.set', { heap: 'workshop', settings: { rate: 600 } }],
  ['workload.stop', { heap: 'workshop' }],
  ['heap.verify', { heap: 'playground' }],
  ['repl.eval', { heap: 'playground', code: 'john = Person(\'it\\\'s $HOME `x` "y"\')' }],
  ['heap.snapshot', { heap: 'playground', format: 'ouro' }],
];

test('each line runs in a shell and is answered', async () => {
  const daemon = await start_ourod();
  const shell = async (line) => (await run_file('/bin/sh', ['-c', line], {
    env: { ...process.env, OURO_TOKEN: daemon.operator_token, PATH: `${dirname(OUROCTL)}:${process.env.PATH}`, no_proxy: '*' },
  })).stdout;
  try {
    for (const [method, params] of CALLS) {
      const by_curl = JSON.parse(await shell(as_curl(daemon.http, method, params)));
      assert.ok(by_curl.result, `${method} by curl: ${JSON.stringify(by_curl)}`);
      // The daemon itself says what ouroctl asked for: the same command with the same parameters.
      const line = as_ouroctl(daemon.http, method, params);
      assert.ok(line.endsWith(` --server ${daemon.http}`), line);
      if (method === 'gc.keep') await shell(as_ouroctl(daemon.http, ...CALLS[1]));
      assert.notEqual(await shell(line), '', line);
      const said = daemon.log().split('\n').filter((entry) => entry.includes(`: ${method} `));
      const asked = new Set(said.map((entry) => entry.slice(entry.indexOf(`${method} `))));
      if (method !== 'gc.get_threshold') assert.equal(asked.size, 1, `${line}\n${said.join('\n')}`);
      assert.ok(!line.includes(daemon.operator_token));
    }
  } finally {
    assert.equal(await daemon.end(), 0);
    daemon.forget();
  }
});
