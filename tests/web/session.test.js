// What a session asks the daemon for: samples at the chosen rate, the audit while somebody
// follows it, both again after a loss.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createSession } from '../../web/session.js';
import { createStore } from '../../web/store.js';
import { collection, plain_signal } from './support.js';

const turn = () => new Promise((done) => { setImmediate(done); });

function stage() {
  let now = 0;
  const calls = [];
  let last = 0;
  const store = createStore({ signal: plain_signal, now: () => now, on_data() {} });
  const rpc = {
    async call(method, params = {}) {
      calls.push([method, params]);
      if (method === 'heap.list') return { heaps: [{ id: 'documents', capabilities: [] }] };
      if (method === 'stream.subscribe') { last += 1; return { subscription: last }; }
      if (method === 'gc.collect') return { generation: params.generation, dry_run: params.dry_run };
      return {};
    },
    fail_all() {},
  };
  const session = createSession({ store, rpc, socket: () => ({ settled() {}, drop() { assert.fail('dropped'); } }) });
  const greet = async () => {
    session.socket_state({ kind: 'open' });
    session.notify('server.hello', { instance: 'a', role: 'operator', time_ms: 5000 });
    await turn();
  };
  return { store, session, calls, greet, pass: (ms) => { now += ms; }, taken: () => calls.splice(0) };
}

test('another rate ends the stream and takes it up where it was', async () => {
  const { session, store, greet, taken } = stage();
  await greet();
  session.notify('collection', collection(9, 6000));
  taken();
  session.set_interval(1000);
  await turn();
  assert.deepEqual(taken(), [
    ['stream.unsubscribe', { subscription: 1 }],
    ['stream.subscribe', { heap: '*', topics: ['sample', 'collection', 'heap'], interval_ms: 1000, after_seq: { documents: 9 } }]]);
  assert.equal(store.interval_ms.value, 1000);
  session.set_interval(1000);
  await turn();
  assert.deepEqual(taken(), [], 'nothing changed');
  await greet();
  assert.equal(taken().find(([, p]) => p.topics?.includes('sample'))[1].interval_ms, 1000, 'a new connection asks for it too');
});

test('the audit is followed while somebody wants it, over a loss too', async () => {
  const { session, store, greet, taken } = stage();
  await greet();
  taken();
  await session.follow_audit(true);
  assert.deepEqual(taken(), [['stream.subscribe', { heap: '*', topics: ['audit'] }]]);
  session.notify('audit', { method: 'gc.freeze' });
  session.notify('audit', { method: 'gc.unfreeze' });
  assert.deepEqual(store.audit.value, [], 'not before a frame');
  store.tick();
  assert.deepEqual(store.audit.value.map((e) => e.method), ['gc.unfreeze', 'gc.freeze']);
  for (let i = 0; i < 500; i++) session.notify('audit', { method: 'gc.keep', i });
  store.tick();
  assert.equal(store.audit.value.length, 200);
  assert.equal(store.audit.value[0].i, 499);
  await greet();
  assert.equal(taken().filter(([, p]) => p.topics?.includes('audit')).length, 1);
  session.follow_audit(false);
  session.follow_audit(true);
  await session.follow_audit(false);
  const asked = taken().map(([method]) => method);
  assert.equal(asked.filter((m) => m === 'stream.unsubscribe').length, asked.filter((m) => m === 'stream.subscribe').length + 1);
  await greet();
  assert.equal(taken().filter(([, p]) => p.topics?.includes('audit')).length, 0);
});

test('staleness follows the rate', async () => {
  const { session, store, greet, pass } = stage();
  await greet();
  store.set_connection({ kind: 'open' });
  session.set_interval(1000);
  session.notify('sample', { heap: 'documents', time_ms: 1, generations: [] });
  store.refresh();
  assert.equal(store.status.value.kind, 'live');
  pass(2500);
  store.refresh();
  assert.equal(store.status.value.kind, 'live', 'at one a second two may be missing');
  pass(600);
  store.refresh();
  assert.equal(store.status.value.kind, 'stale');
});

test('a dry run is a prediction, and the daemon’s clock is known', async () => {
  const { session, store, greet, pass, taken } = stage();
  assert.ok(Number.isNaN(store.daemon_ms()));
  await greet();
  pass(70);
  assert.equal(store.daemon_ms(), 5070);
  session.notify('sample', { heap: 'documents', time_ms: 5090, generations: [] });
  assert.equal(store.daemon_ms(), 5090, 'the greeting had come late');
  session.notify('sample', { heap: 'documents', time_ms: 5060, generations: [] });
  assert.equal(store.daemon_ms(), 5090);
  taken();
  await session.collect('documents', 1, true);
  assert.deepEqual(taken(), [['gc.collect', { heap: 'documents', generation: 1, dry_run: true }]]);
  assert.equal(store.answer.value.prediction.dry_run, true);
});
