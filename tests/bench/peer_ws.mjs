// peer_ws.mjs - what the package ws on node makes of the same work as peer_epoll.c.
//
//   node peer_ws.mjs NODE_MODULES MESSAGES_A_SECOND BYTES     (0: flat out)
//
// One buffer for all clients, handed to each as text. Who has more than a send buffer
// waiting gets no newer message, and is cut after 5 s. Prints its port; ends with stdin.
import { createServer } from "node:http";
import { createRequire } from "node:module";

const [modules, perSecondText, bytesText] = process.argv.slice(2);
const { WebSocketServer } = createRequire(import.meta.url)(`${modules}/ws`);
const perSecond = Number(perSecondText);
const bytes = Number(bytesText);
const BEHIND_BYTES = 64 * 1024;
const BEHIND_MS = 5000;

const http = createServer();
const server = new WebSocketServer({ server: http, perMessageDeflate: false,
  handleProtocols: () => "ouro.v1" });
const clients = new Set();

server.on("connection", (client) => {
  client.behindSince = 0;
  clients.add(client);
  client.on("close", () => clients.delete(client));
  client.on("error", () => {});
  client.on("message", () => {});
});

function broadcast() {
  const start = `{"jsonrpc":"2.0","method":"sample","params":{"time_ms":${Date.now()}`;
  const message = Buffer.from(start.padEnd(bytes - 2) + "}}");
  const now = performance.now();
  for (const client of clients) {
    if (client.bufferedAmount <= BEHIND_BYTES) {
      client.behindSince = 0;
      client.send(message, { binary: false });
    } else if (client.behindSince === 0) {
      client.behindSince = now;
    } else if (now - client.behindSince > BEHIND_MS) {
      client.terminate();
    }
  }
}

function flatOut() {
  broadcast();
  setImmediate(flatOut);
}

http.listen(0, "127.0.0.1", 512, () => {
  console.log(http.address().port);
  if (perSecond > 0) {
    setInterval(broadcast, 1000 / perSecond);
  } else {
    flatOut();
  }
});
process.stdin.on("end", () => process.exit(0)).resume();
