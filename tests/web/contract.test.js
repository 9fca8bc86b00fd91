// The dashboard's calls against proto/openrpc.json, the source of truth.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { createSession } from '../../web/session.js';
import { createStore } from '../../web/store.js';
import en from '../../web/i18n/en.js';
import { plain_signal } from './support.js';

const file = new URL('../../proto/openrpc.json', import.meta.url);
const contract = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;

test('every call has a method of the contract and only parameters that it knows', async () => {
  const calls = [];
  const store = createStore({ signal: plain_signal, now: () => 0, on_data() {} });
  const rpc = {
    async call(method, params = {}) {
      calls.push([method, params]);
      return method === 'heap.list' ? { heaps: [{ id: 'x', capabilities: [] }] } : {};
    },
    fail_all() {},
  };
  const session = createSession({ store, rpc, socket: () => ({ settled() {}, drop() { assert.fail('dropped'); } }) });
  const hello = { instance: 'a', role: 'operator', time_ms: 1 };
  session.notify('server.hello', hello);
  await new Promise((done) => { setImmediate(done); });
  session.notify('collection', { heap: 'x', seq: 3, time_ms: 5, generation: 0, reason: 'threshold', pause_ns: 1 });
  session.notify('server.hello', hello);
  await new Promise((done) => { setImmediate(done); });
  await session.collect('x', 2);
  await session.evaluate('x', 'del a');
  await session.objects('x');
  assert.equal(calls.length, 9);

  for (const [name, params] of calls) {
    const method = contract.methods.find((m) => m.name === name);
    assert.ok(method, name);
    for (const key of Object.keys(params)) assert.ok(method.params.some((p) => p.name === key), `${name}: ${key}`);
    for (const p of method.params) if (p.required) assert.ok(p.name in params, `${name} needs ${p.name}`);
    const topics = method.params.find((p) => p.name === 'topics');
    if (topics) for (const topic of params.topics) assert.ok(topics.schema.items.enum.includes(topic), topic);
    const interval = method.params.find((p) => p.name === 'interval_ms');
    if (interval) assert.ok(params.interval_ms >= interval.schema.minimum);
  }
});

test('every reason of a collection has a word in both languages', () => {
  for (const reason of contract.components.schemas.Collection.properties.reason.enum) {
    assert.ok(en[`reason.${reason}`], reason);
  }
});

test('what a sample and a collection carry is what the page reads', () => {
  const { Sample, Collection, Pools } = contract.components.schemas;
  for (const name of ['time_ms', 'generations', 'live_objects', 'live_bytes', 'allocated_total_objects', 'freed_total_objects', 'allocated_total_bytes', 'rss_bytes']) {
    assert.ok(Sample.properties[name], name);
  }
  for (const name of ['seq', 'time_ms', 'generation', 'reason', 'requested_by', 'pause_ns', 'candidates', 'collected', 'freed_bytes', 'phases_ns', 'types']) {
    assert.ok(Collection.properties[name], name);
  }
  for (const name of ['arenas', 'pools', 'classes', 'large', 'used_bytes', 'free_bytes', 'fragmentation']) {
    assert.ok(Pools.properties[name], name);
  }
});
