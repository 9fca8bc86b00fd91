// store.js and session.js: state changes, and the conversation that makes them.
import assert from 'node:assert/strict';
import test from 'node:test';
import { RpcError } from '../../web/rpc.js';
import { createSession } from '../../web/session.js';
import { createStore } from '../../web/store.js';
import { collection, manual_timers, plain_signal, sample } from './support.js';

const T = 1_700_000_000_000;
const HEAPS = [
  { id: 'documents', name: 'documents', kind: 'hosted', capabilities: ['collect', 'pools'] },
  { id: 'playground', name: 'playground', kind: 'hosted', capabilities: ['collect', 'repl'] },
];

function fixture() {
  const clock = { now: 0 };
  let marks = 0;
  const store = createStore({ signal: plain_signal, now: () => clock.now, on_data: () => { marks += 1; } });
  return { store, clock, marks: () => marks };
}

function live() {
  const all = fixture();
  const { store, clock } = all;
  store.set_connection({ kind: 'open' });
  store.greet({ instance: 'a', role: 'operator', time_ms: T });
  store.set_heaps(HEAPS);
  for (let i = 0; i <= 20; i++) {
    clock.now = i * 100;
    store.add_sample(sample(T + i * 100));
  }
  store.refresh();
  return all;
}

test('the chip says live with the rate of the samples, also when they come in bunches', () => {
  const { store } = live();
  assert.deepEqual(store.status.value, { kind: 'live', hertz: 10 });
  for (let i = 21; i < 60; i++) store.add_sample(sample(T + i * 200));
  store.refresh();
  assert.deepEqual(store.status.value, { kind: 'live', hertz: 5 });
});

test('two missed samples and a second make a heap stale; the next makes it live', () => {
  const { store, clock } = live();
  clock.now += 1000;
  store.refresh();
  assert.equal(store.status.value.kind, 'live');
  clock.now += 5500;
  store.refresh();
  assert.deepEqual(store.status.value, { kind: 'stale', seconds: 6 });
  store.add_sample(sample(T + 9000));
  store.refresh();
  assert.equal(store.status.value.kind, 'live');
});

test('a loss counts down to the next try', () => {
  const { store, clock } = live();
  store.set_connection({ kind: 'waiting', retry_at: clock.now + 3200, code: 1006 });
  assert.deepEqual(store.status.value, { kind: 'waiting', seconds: 4 });
  clock.now += 1000;
  store.refresh();
  assert.deepEqual(store.status.value, { kind: 'waiting', seconds: 3 });
});

test('pause freezes the window while data keeps arriving', () => {
  const { store } = live();
  store.pause(true);
  const frozen = store.window();
  store.add_sample(sample(T + 5000));
  assert.deepEqual(store.window(), frozen);
  assert.equal(store.status.value.kind, 'paused');
  const beat = store.beat.value;
  store.tick();
  assert.equal(store.beat.value, beat);
  store.pause(false);
  assert.equal(store.window().to_ms, T + 5000);
});

test('only samples of the heap on show mark the frame; nothing moves by itself', () => {
  const { store, clock, marks } = live();
  const before = marks();
  const beat = store.beat.value;
  store.add_sample(sample(T + 3000));
  store.add_collection(collection(1, T + 3000));
  store.add_collection(collection(1, T + 3000));
  store.add_sample({ ...sample(T + 3050), heap: 'another' });
  assert.equal(marks() - before, 1);
  assert.equal(store.beat.value, beat);
  clock.now += 1000;
  store.clock();
  assert.equal(store.beat.value, beat + 1, 'what came beside is shown by the clock');
});

test('what came last is shown even when nothing follows', () => {
  const { store, clock } = live();
  store.tick();
  const beat = store.beat.value;
  clock.now += 100;
  store.tick();
  assert.equal(store.beat.value, beat, 'too soon after the one before');
  clock.now += 500;
  store.clock();
  assert.equal(store.beat.value, beat + 1);
  clock.now += 5000;
  store.clock();
  assert.equal(store.beat.value, beat + 1, 'nothing changed since');
});

test('a new instance is told as a restart, the same one is not', () => {
  const { store } = live();
  store.greet({ instance: 'a', role: 'operator', time_ms: T + 1 });
  assert.equal(store.notice.value, null);
  store.greet({ instance: 'b', role: 'operator', time_ms: T + 2 });
  assert.deepEqual(store.notice.value, { kind: 'restarted', time_ms: T + 2 });
  assert.deepEqual(store.history('documents').restarts, [T + 2]);
});

test('heaps come, change and go', () => {
  const { store } = live();
  store.change_heap({ event: 'added', heap: { id: 'new', name: 'new' } });
  assert.equal(store.heaps.value.length, 3);
  store.change_heap({ event: 'changed', heap: { id: 'new', name: 'new', enabled: false, revert: { at_ms: 1 } } });
  store.change_heap({ event: 'changed', heap: { id: 'new', name: 'new', enabled: true } });
  assert.deepEqual(store.heaps.value[2], { id: 'new', name: 'new', enabled: true }, 'what is not said any more is over');
  store.choose('new');
  assert.equal(store.heap().id, 'new');
  store.change_heap({ event: 'removed', heap: { id: 'new' } });
  assert.equal(store.heap().id, 'documents');
});

test('the playground shows a heap that takes statements', () => {
  const { store } = live();
  store.choose('documents');
  store.show('playground');
  assert.equal(store.heap().id, 'playground');
  store.show('overview');
  assert.equal(store.heap().id, 'documents');
});

test('an observer commands nothing', () => {
  const { store } = live();
  assert.equal(store.can('collect'), true);
  assert.equal(store.can('repl'), false, 'this heap does not take statements');
  store.greet({ instance: 'a', role: 'observer', time_ms: T });
  assert.equal(store.can('collect'), false);
});

test('nobody commands a read-only daemon', () => {
  const { store } = live();
  store.greet({ instance: 'a', role: 'operator', read_only: true, time_ms: T });
  assert.equal(store.can('collect'), false);
  store.greet({ instance: 'a', role: 'operator', read_only: false, time_ms: T });
  assert.equal(store.can('collect'), true);
});

test('unknown views and ranges change nothing', () => {
  const { store } = live();
  store.show('nowhere');
  store.set_range(31);
  assert.equal(store.view.value, 'overview');
  assert.equal(store.range_s.value, 10);
});

function talk(answers) {
  const { store, clock } = fixture();
  const calls = [];
  const socket = { settled_count: 0, dropped: 0, settled() { this.settled_count += 1; }, drop() { this.dropped += 1; } };
  const rpc = {
    call(method, params) {
      calls.push([method, params]);
      const answer = answers(method, params);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    fail_all() {},
  };
  const timers = manual_timers();
  const session = createSession({ store, rpc, socket: () => socket, ...timers });
  return { store, clock, calls, socket, session, timers };
}
const settle = () => new Promise((done) => { setImmediate(done); });
const well = (method) => (method === 'heap.list' ? { heaps: HEAPS } : { subscription: 1, seq: {} });

test('the greeting leads to the list and two subscriptions', async () => {
  const { calls, session, socket, store } = talk(well);
  session.notify('server.hello', { instance: 'a', role: 'operator', time_ms: T });
  await settle();
  assert.deepEqual(calls.map(([method]) => method), ['heap.list', 'stream.subscribe', 'stream.subscribe']);
  assert.deepEqual(calls[1][1], { heap: '*', topics: ['sample', 'collection', 'heap'], interval_ms: 100 });
  assert.equal(store.heaps.value.length, 2);
  assert.equal(socket.settled_count, 1);
});

test('the same instance is asked for what was missed, another one is not', async () => {
  const { calls, session } = talk(well);
  const hello = { instance: 'a', role: 'operator', time_ms: T };
  session.notify('server.hello', hello);
  await settle();
  session.notify('collection', collection(41, T));
  session.notify('server.hello', hello);
  await settle();
  assert.deepEqual(calls[4][1].after_seq, { documents: 41 });
  session.notify('server.hello', { ...hello, instance: 'b' });
  await settle();
  assert.equal(calls[7][1].after_seq, undefined);
});

test('who does not greet is left after ten seconds', async () => {
  const { session, socket, timers } = talk(well);
  session.socket_state({ kind: 'open' });
  timers.fire();
  assert.equal(socket.dropped, 1);
  session.socket_state({ kind: 'open' });
  session.notify('server.hello', { instance: 'a', role: 'operator', time_ms: T });
  await settle();
  assert.equal(timers.set.length, 0);
});

test('a subscription that fails drops the connection', async () => {
  const { session, socket } = talk((method) => (method === 'heap.list' ? { heaps: [] } : new RpcError('timeout', 'x')));
  session.notify('server.hello', { instance: 'a', role: 'operator', time_ms: T });
  await settle();
  assert.equal(socket.dropped, 1);
});

test('a command is pending, then answered, or refused with its reason', async () => {
  const record = collection(9, T, { generation: 2, reason: 'remote' });
  let answer = record;
  const { session, store } = talk(() => answer);
  const asked = session.collect('documents', 2);
  assert.deepEqual(store.answer.value, { heap: 'documents', generation: 2, pending: true });
  await asked;
  assert.deepEqual(store.answer.value.record, record);
  answer = new RpcError('cooling_down', 'no', { retry_after_ms: 20 });
  await session.collect('documents', 2);
  assert.equal(store.answer.value.error.name, 'cooling_down');
});

test('unknown notifications are ignored', () => {
  const { session } = talk(well);
  session.notify('something.new', {});
});
