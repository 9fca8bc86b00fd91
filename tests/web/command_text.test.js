// A call as curl and as ouroctl: what a shell makes of the line is what was meant.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { as_curl, as_ouroctl, server_of, shell_word } from '../../web/command_text.js';

const SERVER = 'http://127.0.0.1:6876';

/** The words that a real shell hands to the program which the line names. */
function words(line, token = 'tok en') {
  const [program] = line.split(' ');
  const script = `${program}() { for w in "$@"; do printf '%s\\0' "$w"; done; }\n${line}`;
  const out = execFileSync('/bin/sh', ['-c', script], { env: { OURO_TOKEN: token }, encoding: 'utf8' });
  return out.split('\0').slice(0, -1);
}

test('every text stays one word of the shell', () => {
  for (const text of ['plain', "it's", '$(reboot)', '`x`', 'a b', '"', '\\', 'new\nline', "'", "''", '', '~', '*', '中文', '-x', 'a;b', '#', '!']) {
    assert.deepEqual(words(`echo1 ${shell_word(text)}`), [text], text);
  }
});

test('curl asks what the page asks, with the token of the environment', () => {
  const params = { heap: "o'hara $HOME", generation: 2 };
  const line = as_curl(SERVER, 'gc.collect', params);
  const [silent, , bearer, , type, url, , body] = words(line);
  assert.deepEqual([silent, bearer, type, url], ['-sS', 'Authorization: Bearer tok en', 'Content-Type: application/json', `${SERVER}/rpc`]);
  assert.deepEqual(JSON.parse(body), { jsonrpc: '2.0', id: 1, method: 'gc.collect', params });
});

test('ouroctl is called by its own commands', () => {
  const lines = {
    'collect documents --generation 1 --dry-run': ['gc.collect', { heap: 'documents', generation: 1, dry_run: true }],
    'collect documents --generation 2': ['gc.collect', { heap: 'documents' }],
    'threshold documents 700 10 10 --revert-after 60s': ['gc.set_threshold', { heap: 'documents', thresholds: [700, 10, 10], revert_after_ms: 60000 }],
    'threshold documents 50': ['gc.set_threshold', { heap: 'documents', thresholds: [50] }],
    'disable documents --revert-after 1500ms': ['gc.disable', { heap: 'documents', revert_after_ms: 1500 }],
    'enable documents': ['gc.enable', { heap: 'documents' }],
    'freeze documents': ['gc.freeze', { heap: 'documents' }],
    'unfreeze documents': ['gc.unfreeze', { heap: 'documents' }],
    'keep documents': ['gc.keep', { heap: 'documents' }],
    'workload workshop leak rate=500 seed=1': ['workload.start', { heap: 'workshop', workload: 'leak', settings: { rate: 500, seed: 1 } }],
    'workload workshop rate=2000': ['workload.set', { heap: 'workshop', settings: { rate: 2000 } }],
    'workload workshop stop': ['workload.stop', { heap: 'workshop' }],
  };
  for (const [line, [method, params]] of Object.entries(lines)) assert.equal(as_ouroctl(SERVER, method, params), `ouroctl ${line}`);
});

test('what no command of ouroctl says is asked raw', () => {
  for (const [method, params] of [
    ['heap.verify', { heap: 'documents' }],
    ['gc.collect', { heap: '-o', generation: 0 }],
    ['workload.start', { heap: 'w', workload: 'stop' }],
    ['workload.start', { heap: 'w', workload: 'a=b' }],
    ['workload.set', { heap: 'w', settings: {} }],
    ['workload.set', { heap: 'w', settings: Object.fromEntries([...'abcdefghijklmnop'].map((n) => [n, 1])) }],
  ]) {
    const [raw, name, json] = words(as_ouroctl(SERVER, method, params));
    assert.deepEqual([raw, name, JSON.parse(json)], ['raw', method, params]);
  }
});

test('another server than the usual one is named', () => {
  assert.equal(as_ouroctl('https://gc.example/ouro', 'gc.enable', { heap: 'x' }), 'ouroctl enable x --server https://gc.example/ouro');
  assert.equal(as_ouroctl('http://localhost:6876', 'gc.enable', { heap: 'x' }), 'ouroctl enable x');
});

test('the server is the page’s address without what the page added', () => {
  assert.equal(server_of('http://127.0.0.1:6876/#/overview?heap=x'), SERVER);
  assert.equal(server_of('https://gc.example/ouro/index.html?x=1#y'), 'https://gc.example/ouro');
});
