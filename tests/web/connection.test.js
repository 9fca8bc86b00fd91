// socket.js, rpc.js and frame.js: what happens between the wire and the store.
import assert from 'node:assert/strict';
import test from 'node:test';
import { createFrame } from '../../web/frame.js';
import { createRpc, RpcError } from '../../web/rpc.js';
import { createSocket, socket_url, wait_ms } from '../../web/socket.js';
import { manual_timers } from './support.js';

test('waits double, are spread by half and never exceed 15 s', () => {
  assert.equal(wait_ms(1, 0), 250);
  assert.equal(wait_ms(1, 1), 500);
  assert.equal(wait_ms(3, 1), 2000);
  assert.equal(wait_ms(1000, 1), 15000);
  assert.equal(wait_ms(1000, 0), 7500);
});

test('the socket is beside the page, whatever its base path', () => {
  assert.equal(socket_url('http://127.0.0.1:6876/'), 'ws://127.0.0.1:6876/ws');
  assert.equal(socket_url('https://example.org/ouro/?x=1#/pools'), 'wss://example.org/ouro/ws');
});

function fake_socket() {
  const timers = manual_timers();
  const made = [];
  const states = [];
  const messages = [];
  const socket = createSocket({
    url: 'ws://x/ws', protocol: 'ouro.v1',
    connect(url, protocol) {
      const one = { url, protocol, readyState: 1, sent: [], send(text) { this.sent.push(text); }, close() { this.closed = true; } };
      made.push(one);
      return one;
    },
    on_message: (text) => messages.push(text),
    on_state: (state) => states.push(state),
    now: () => 1000, random: () => 1, ...timers,
  });
  return { socket, timers, made, states, messages };
}

test('after a loss the socket waits, tries again, and waits longer', () => {
  const { socket, timers, made, states } = fake_socket();
  socket.open();
  made[0].onopen();
  made[0].onclose({ code: 1006 });
  assert.deepEqual(states.at(-1), { kind: 'waiting', retry_at: 1500, code: 1006 });
  timers.fire();
  assert.equal(made.length, 2);
  made[1].onclose({ code: 1006 });
  assert.equal(states.at(-1).retry_at, 2000);
  timers.fire();
  made[2].onopen();
  socket.settled();
  made[2].onclose({ code: 1001 });
  assert.equal(states.at(-1).retry_at, 1500, 'a greeting starts over');
});

test('not signed in is final until somebody asks again', () => {
  const { socket, timers, made, states } = fake_socket();
  socket.open();
  made[0].onopen();
  made[0].onclose({ code: 4401 });
  assert.deepEqual(states.at(-1), { kind: 'refused' });
  assert.equal(timers.set.length, 0);
  socket.open();
  assert.equal(made.length, 2);
});

test('a dropped connection is deaf and comes back', () => {
  const { socket, timers, made, states, messages } = fake_socket();
  socket.open();
  made[0].onopen();
  socket.drop();
  assert.ok(made[0].closed);
  made[0].onmessage({ data: 'late' });
  made[0].onclose({ code: 1006 });
  assert.deepEqual(messages, []);
  assert.equal(states.filter((s) => s.kind === 'waiting').length, 1);
  assert.equal(socket.send('x'), false);
  timers.fire();
  assert.equal(made.length, 2);
});

function fake_rpc() {
  const sent = [];
  const told = [];
  const timers = manual_timers();
  const rpc = createRpc({
    send: (text) => { sent.push(JSON.parse(text)); return true; },
    on_notification: (method, params) => told.push([method, params]),
    ...timers,
  });
  return { rpc, sent, told, timers };
}

test('answers find their questions in any order', async () => {
  const { rpc, sent } = fake_rpc();
  const a = rpc.call('heap.list');
  const b = rpc.call('gc.collect', { heap: 'x', generation: 2 });
  assert.deepEqual(sent[1], { jsonrpc: '2.0', id: 2, method: 'gc.collect', params: { heap: 'x', generation: 2 } });
  rpc.receive(JSON.stringify({ jsonrpc: '2.0', id: 2, result: { collected: 3 } }));
  rpc.receive(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { heaps: [] } }));
  assert.deepEqual(await a, { heaps: [] });
  assert.deepEqual(await b, { collected: 3 });
});

test('an error keeps its name and data', async () => {
  const { rpc } = fake_rpc();
  const call = rpc.call('gc.collect');
  rpc.receive('{"jsonrpc":"2.0","id":1,"error":{"code":-32006,"message":"cooling down","data":{"name":"cooling_down","retry_after_ms":180}}}');
  await assert.rejects(call, (e) => e instanceof RpcError && e.name === 'cooling_down' && e.data.retry_after_ms === 180);
});

test('a loss fails what is open; silence ends in a timeout', async () => {
  const { rpc, timers } = fake_rpc();
  const lost = rpc.call('a');
  rpc.fail_all();
  await assert.rejects(lost, { name: 'disconnected' });
  assert.equal(timers.set.length, 0, 'no timer outlives its call');
  const silent = rpc.call('b');
  timers.fire();
  await assert.rejects(silent, { name: 'timeout' });
});

test('notifications are told; what is not for us is ignored', () => {
  const { rpc, told } = fake_rpc();
  for (const text of ['', 'null', '[]', '{"id":99,"result":{}}', '{"jsonrpc":"2.0","method":"sample","params":{"heap":"x"}}']) rpc.receive(text);
  assert.deepEqual(told, [['sample', { heap: 'x' }]]);
});

test('any number of messages is one frame, and none in a hidden tab', () => {
  const requested = [];
  let hidden = false;
  const frame = createFrame({ request: (f) => requested.push(f), is_hidden: () => hidden });
  let drawn = 0;
  const off = frame.on(() => { drawn += 1; });
  for (let i = 0; i < 50; i++) frame.mark();
  assert.equal(requested.length, 1);
  requested.shift()();
  assert.equal(drawn, 1);
  hidden = true;
  frame.mark();
  assert.equal(requested.length, 0);
  hidden = false;
  frame.wake();
  frame.wake();
  assert.equal(requested.length, 1);
  off();
  requested.shift()();
  assert.equal(drawn, 1);
});
