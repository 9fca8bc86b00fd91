// fake_daemon.js - a stand-in that speaks the wire contract, for what the real daemon
// cannot be made to do at will: fall silent, refuse, answer with an error, restart.
//
// It serves a web root with the same security headers as ourod, so a page that works
// here meets the same policy.
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, normalize } from 'node:path';

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8' };

/** The policy that the daemon sends: the page has no inline script. */
export const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/**
 * @param {{web_root: string, node_modules: string, port?: number, role?: string, refuse?: boolean, bare?: boolean, base?: string, random?: () => number}} options
 * @returns control: {url, port, set(…), stop()}
 */
export async function start_fake({ web_root, node_modules, port = 0, role = 'operator', refuse = false, bare = false, base = '/', random = Math.random }) {
  const { WebSocketServer } = createRequire(join(node_modules, 'package.json'))('ws');
  const state = { refuse, silent: false, role, collect_error: null };
  const instance = randomUUID();
  const documents = create_heap(random);
  const playground = create_playground();
  const heaps = [
    { id: 'documents', name: 'documents', kind: 'hosted', runtime: 'libouro 0.1.0', started_ms: Date.now(), capabilities: ['collect', 'threshold', 'enable', 'census', 'workload', 'pools', 'verify'], thresholds: [700, 10, 10], enabled: true, collector: 'generational' },
    { id: 'playground', name: 'playground', kind: 'hosted', runtime: 'libouro 0.1.0', started_ms: Date.now(), capabilities: ['collect', 'repl', 'pools', 'verify'], thresholds: [700, 10, 10], enabled: true, collector: 'generational' },
  ];

  const server = createServer(async (request, response) => {
    const full = normalize(new URL(request.url, 'http://x').pathname);
    const path = full.startsWith(base) ? full.slice(base.length - 1) : '/missing';
    const file = join(web_root, path === '/' ? 'index.html' : path);
    try {
      const body = await readFile(file);
      response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-cache' });
      response.end(body);
    } catch {
      response.writeHead(404, { 'Content-Security-Policy': POLICY });
      response.end();
    }
  });
  const wss = new WebSocketServer({ server, path: `${base}ws` });
  const sessions = new Set();

  wss.on('connection', (socket) => {
    const notify = (method, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', method, params }));
    if (state.refuse) {
      socket.close(4401);
      return;
    }
    const session = { notify, topics: new Set() };
    sessions.add(session);
    socket.on('close', () => sessions.delete(session));
    notify('server.hello', { protocol: 'ouro.v1', server: 'ourod', version: '0.1.0', instance, role: state.role, time_ms: Date.now(), limits: {} });
    socket.on('message', (data) => {
      const { id, method, params } = JSON.parse(String(data));
      try {
        const result = call(session, method, params);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
      } catch (error) {
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: error.code ?? -32000, message: error.message, data: error.data } }));
      }
    });
  });

  function call(session, method, params) {
    if (method === 'heap.list') return { heaps };
    if (method === 'stream.subscribe') {
      for (const topic of params.topics) session.topics.add(topic);
      return { subscription: session.topics.size, seq: {}, backfilled: 0 };
    }
    if (method === 'gc.collect') {
      if (state.collect_error) throw state.collect_error;
      const record = params.heap === 'playground' ? playground.collect('remote', params.generation)
        : documents.collect(params.generation, 'remote', 'operator 127.0.0.1');
      broadcast('collection', record);
      return record;
    }
    if (method === 'repl.eval') {
      const answer = playground.evaluate(params.code);
      if (answer.collection) broadcast('collection', answer.collection);
      return answer;
    }
    if (method === 'repl.state') return playground.state();
    throw domain_error(-32601, 'unknown method', {});
  }

  function broadcast(topic, params) {
    if (state.silent) return;
    if (bare) params = strip(topic, params);
    for (const session of sessions) if (session.topics.has(topic)) session.notify(topic, params);
  }

  let turn = 0;
  const timer = setInterval(() => {
    turn += 1;
    for (const record of documents.run(100)) broadcast('collection', record);
    broadcast('sample', documents.sample());
    broadcast('sample', playground.sample());
    if (turn % 10 === 1) {
      broadcast('pools', documents.pools());
      broadcast('pools', playground.pools());
    }
  }, 100);

  await new Promise((done) => { server.listen(port, '127.0.0.1', done); });
  return {
    port: server.address().port,
    url: `http://127.0.0.1:${server.address().port}${base}`,
    set(changes) { Object.assign(state, changes); },
    /** Announces a gap. */
    lag(params) { for (const session of sessions) session.notify('stream.lagged', params); },
    /** Sends collections as fast as the socket takes them; the last has examined 1,234,567. */
    flood(n) {
      for (let i = 1; i <= n; i++) {
        const record = documents.collect(0, 'threshold');
        if (i === n) record.candidates = 1234567;
        broadcast('collection', record);
      }
    },
    flooded: () => [...wss.clients].reduce((sum, socket) => sum + socket.bufferedAmount, 0),
    stop() {
      clearInterval(timer);
      for (const client of wss.clients) client.terminate();
      server.closeAllConnections();
      return new Promise((done) => { server.close(done); });
    },
  };
}

export function domain_error(code, message, data) {
  return Object.assign(new Error(message), { code, data });
}

/** What a runtime tells that knows the least. */
function strip(topic, params) {
  const keep = {
    collection: ['heap', 'seq', 'time_ms', 'generation', 'reason', 'pause_ns', 'collected', 'uncollectable'],
    sample: ['heap', 'seq', 'time_ms', 'generations'],
  }[topic];
  return keep ? Object.fromEntries(keep.map((key) => [key, params[key]])) : params;
}

/** A heap that behaves like the documents workload: graphs come, live and go. */
function create_heap(random) {
  const count = [0, 0, 0];
  const collections = [40, 4, 0];
  const objects = [300, 4000, 120000];
  let seq = 0;
  let allocated = 1e6;
  let freed = 1e6 - 124300;
  const uptime = process.hrtime.bigint();

  function collect(generation, reason, requested_by) {
    const candidates = objects.slice(0, generation + 1).reduce((a, b) => a + b, 0);
    const collected = Math.min(candidates, Math.round([0.4, 0.5, 0.3][generation] * candidates * (0.5 + random())));
    const pause_ns = Math.round((8000 + candidates * 28) * (0.8 + 0.5 * random()));
    seq += 1;
    collections[generation] += 1;
    freed += collected;
    for (let g = 0; g <= generation; g++) {
      count[g] = 0;
      objects[g] = 0;
    }
    if (generation < 2) count[generation + 1] += 1;
    objects[Math.min(2, generation + 1)] += candidates - collected;
    const parts = { subtract: 0.34, mark: 0.2, unreachable: 0.08, finalize: 0.02, clear: 0.14, free: 0.2 };
    return {
      heap: 'documents', seq, time_ms: Date.now(), generation, reason, ...(requested_by ? { requested_by } : {}), pause_ns, duration_ns: pause_ns,
      candidates, collected, uncollectable: 0, freed_bytes: collected * 46, promoted: candidates - collected,
      phases_ns: Object.fromEntries(Object.entries(parts).map(([k, v]) => [k, Math.round(v * pause_ns * (0.8 + 0.4 * random()))])),
      types: collected === 0 ? [] : [{ type: 'String', objects: Math.round(collected * 0.61), bytes: 9 }, { type: 'Object', objects: Math.round(collected * 0.3), bytes: 9 }, { type: 'Array', objects: Math.round(collected * 0.09), bytes: 9 }],
    };
  }

  return {
    collect,
    run(ms) {
      const records = [];
      const wave = 1 + 0.4 * Math.sin(Date.now() / 4000);
      let born = Math.round(ms * 9 * wave * (0.8 + 0.4 * random()));
      while (born > 0) {
        const some = Math.min(born, 60);
        born -= some;
        allocated += some;
        freed += Math.round(some * 0.2);
        count[0] += Math.round(some * 0.8);
        objects[0] += Math.round(some * 0.8);
        if (count[0] > 700) records.push(collect(count[2] > 10 && objects[2] > 130000 ? 2 : count[1] > 10 ? 1 : 0, 'threshold'));
      }
      return records;
    },
    sample: () => ({
      heap: 'documents', seq, time_ms: Date.now(), uptime_ns: Number(process.hrtime.bigint() - uptime),
      generations: [0, 1, 2].map((g) => ({ count: count[g], threshold: [700, 10, 10][g], objects: objects[g], collections: collections[g], collected: 0, uncollectable: 0, candidates: 0 })),
      frozen_objects: 0, tracked_objects: objects[0] + objects[1] + objects[2], live_objects: allocated - freed, live_bytes: (allocated - freed) * 46,
      allocated_total_objects: allocated, freed_total_objects: freed, allocated_total_bytes: allocated * 46, enabled: true, collecting: false,
      pause_ns: { p50: 61000, p99: 1900000, max: 2300000 }, rss_bytes: 24e6,
    }),
    pools() {
      const live = allocated - freed;
      const classes = Array.from({ length: 32 }, (_, i) => {
        const size = (i + 1) * 16;
        const used = Math.round(live * 0.5 * Math.exp(-Math.abs(i - 2) / 2.2)) + (i === 20 ? 400 : 0);
        const per = Math.floor(65536 / size);
        const pools = used < 4 ? 0 : Math.ceil((used * 1.14) / per);
        return { size, pools, used_blocks: pools ? used : 0, free_blocks: pools ? pools * per - used : 0, allocated_total: used * 31 };
      });
      const used_bytes = classes.reduce((s, c) => s + c.size * c.used_blocks, 0);
      const free_bytes = classes.reduce((s, c) => s + c.size * c.free_blocks, 0);
      const pools = classes.reduce((s, c) => s + c.pools, 0);
      return { heap: 'documents', seq, time_ms: Date.now(), arenas: { in_use: Math.ceil(pools / 16), allocated_total: 30, released_total: 2, highwater: 17, bytes: Math.ceil(pools / 16) * 1048576 }, pools: { in_use: pools, empty: 3, pool_bytes: 65536 }, classes, large: { objects: 41, bytes: 91234 }, used_bytes, free_bytes, fragmentation: free_bytes / (used_bytes + free_bytes) };
    },
  };
}

/** Statements on a toy heap with counts and one collector. */
function create_playground() {
  const roots = new Map();
  const objects = new Map();
  let next = 1;
  let seq = 0;
  let allocated = 0;
  const label = (o) => `Person('${o.name}')`;
  const counts = (id) => [...roots.values()].filter((r) => r === id).length + [...objects.values()].reduce((s, o) => s + [...o.fields.values()].filter((f) => f === id).length, 0);
  function sweep_counts() {
    const died = [];
    for (let again = true; again;) {
      again = false;
      for (const [id, o] of objects) if (counts(id) === 0) { objects.delete(id); died.push(label(o)); again = true; }
    }
    return died;
  }
  function collect(reason, generation = 2) {
    const seen = new Set();
    const todo = [...roots.values()];
    while (todo.length) { const id = todo.pop(); if (!seen.has(id)) { seen.add(id); todo.push(...objects.get(id).fields.values()); } }
    const dead = [...objects].filter(([id]) => !seen.has(id));
    const candidates = objects.size;
    for (const [id] of dead) objects.delete(id);
    seq += 1;
    return { heap: 'playground', seq, time_ms: Date.now(), generation, reason, pause_ns: 4200, candidates, collected: dead.length, uncollectable: 0, freed_bytes: dead.length * 64, phases_ns: { subtract: 800, mark: 300, clear: 200, free: 900 }, types: dead.length ? [{ type: 'Person', objects: dead.length, bytes: 64 * dead.length }] : [], destroyed: dead.map(([, o]) => label(o)) };
  }
  function evaluate(code) {
    let m;
    if ((m = code.match(/^(\w+) = Person\('([^']*)'\)$/))) {
      objects.set(next, { name: m[2], fields: new Map() });
      roots.set(m[1], next);
      next += 1;
      allocated += 1;
      return { value: null, created: [`Person('${m[2]}')`], destroyed: sweep_counts(), resurrected: [] };
    }
    if ((m = code.match(/^(\w+)\.(\w+) = (\w+)$/)) && roots.has(m[1]) && roots.has(m[3])) {
      objects.get(roots.get(m[1])).fields.set(m[2], roots.get(m[3]));
      return { value: null, created: [], destroyed: sweep_counts(), resurrected: [] };
    }
    if ((m = code.match(/^del (\w+)$/)) && roots.has(m[1])) {
      roots.delete(m[1]);
      return { value: null, created: [], destroyed: sweep_counts(), resurrected: [] };
    }
    if (/^gc\.collect\(\d?\)$/.test(code)) {
      const { destroyed, ...collection } = collect('explicit');
      return { value: String(collection.collected), created: [], destroyed, resurrected: [], collection };
    }
    throw domain_error(-32011, 'syntax', { name: 'syntax', line: 1, column: Math.min(code.length, 8), reason: 'expected a statement' });
  }
  return {
    evaluate,
    collect,
    state: () => ({ roots: [...roots].map(([name, id]) => ({ name, id })), objects: [...objects].map(([id, o]) => ({ id, type: 'Person', name: o.name, refcount: counts(id), generation: 0, fields: [...o.fields].map(([name, to]) => ({ name, id: to })) })), truncated: false }),
    sample: () => ({ heap: 'playground', seq, time_ms: Date.now(), generations: [0, 1, 2].map(() => ({ count: 0, threshold: 700, objects: 0, collections: 0, uncollectable: 0 })), live_objects: objects.size, live_bytes: objects.size * 64, allocated_total_objects: allocated, freed_total_objects: allocated - objects.size, allocated_total_bytes: allocated * 64, enabled: true }),
    pools: () => ({ heap: 'playground', seq, time_ms: Date.now(), arenas: { in_use: 1, allocated_total: 1, released_total: 0, highwater: 1, bytes: 1048576 }, pools: { in_use: 1, empty: 0, pool_bytes: 65536 }, classes: [{ size: 64, pools: 1, used_blocks: objects.size, free_blocks: 1024 - objects.size }], used_bytes: 64 * objects.size, free_bytes: 65536 - 64 * objects.size, fragmentation: 0.9 }),
  };
}
