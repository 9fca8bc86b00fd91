// client.mjs - a client of another make: node's own WebSocket, as a browser has it.
// usage: node --experimental-websocket client.mjs ADDRESS COOKIE
// It can set no headers, so it comes with a login: the cookie goes through a hook of
// undici, which is what a browser would do by itself.
const [address, token] = process.argv.slice(2);

async function log_in() {
  const answer = await fetch(`${address}/?token=${token}`, { redirect: 'manual' });
  if (answer.status !== 302) throw new Error(`login: ${answer.status}`);
  return answer.headers.get('set-cookie').split(';')[0];
}

const cookie = await log_in();
const socket = new WebSocket(`${address.replace('http', 'ws')}/ws`, {
  protocols: ['ouro.v1'],
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
    console.log(JSON.stringify({ ...seen, protocol: socket.protocol }));
    socket.close(1000);
  }
};
socket.onerror = (event) => {
  console.error(event.message ?? event.error ?? 'error');
  process.exit(1);
};
socket.onclose = ({ code }) => process.exit(code === 1000 ? 0 : 1);

function send(id, method, params) {
  socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
}
