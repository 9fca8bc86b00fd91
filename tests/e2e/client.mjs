// client.mjs - a client of another make: the package ws on node, with a browser's login.
// usage: OURO_NODE_MODULES=DIR node client.mjs ADDRESS TOKEN
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { WebSocket } = createRequire(join(process.env.OURO_NODE_MODULES, 'package.json'))('ws');
const [address, token] = process.argv.slice(2);

async function log_in() {
  const answer = await fetch(`${address}/?token=${token}`, { redirect: 'manual' });
  if (answer.status !== 302) throw new Error(`login: ${answer.status}`);
  return answer.headers.get('set-cookie').split(';')[0];
}

const cookie = await log_in();
const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`, 'ouro.v1', {
  headers: { cookie },
});
const seen = { hello: null, samples: 0, answer: null, broadcast: null };

socket.onopen = () => {
  send(1, 'stream.subscribe', { heap: '*', topics: ['sample', 'collection'], interval_ms: 100 });
  send(2, 'gc.collect', { heap: 'playground', generation: 2 });
};
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.method === 'server.hello') seen.hello = message.params;
  if (message.method === 'sample') seen.samples += 1;
  if (message.method === 'collection' && message.params.reason === 'remote') seen.broadcast = message.params;
  if (message.id === 2) seen.answer = message.result ?? message.error;
  if (seen.hello && seen.samples > 2 && seen.answer && seen.broadcast) {
    socket.close(1000);
  }
};
socket.onerror = (event) => {
  console.error(event.message ?? event.error ?? 'error');
  process.exit(1);
};
socket.onclose = ({ code }) => {
  console.log(JSON.stringify({ ...seen, protocol: socket.protocol }));
  process.exitCode = code === 1000 ? 0 : 1;
};

function send(id, method, params) {
  socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
}
