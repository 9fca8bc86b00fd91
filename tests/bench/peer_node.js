/* peer_node.js - the collector's works in Node: node --expose-gc peer_node.js WORK SIZE
 * [REPEATS]
 *
 * See bench_core.c for what the works are. CPU time is that of the whole process, so
 * V8's helper threads count. gc() sweeps lazily: w3 collects twice, which ends the
 * first one's sweep, and takes away what that costs on the empty heap. */
'use strict';
const fs = require('node:fs');

const [work, size, given] = process.argv.slice(2);
const repeats = Number(given ?? 5);

class Node {
  constructor() {
    this.a = null;
    this.b = null;
    this.c = null;
  }
}

class Pair {
  constructor() {
    this.left = null;
    this.right = null;
  }
}

/* What must live; a global, so that no compiler finds out that nobody uses it. */
globalThis.kept = null;

function giveUp(what) {
  console.error(`peer_node.js: ${what}`);
  process.exit(1);
}

function now() {
  const used = process.cpuUsage();
  return (used.user + used.system) * 1e3;
}

function row(name, value, unit) {
  console.log(`${name} ${value.toFixed(4)} ${unit}`);
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function randomNumbers(state) {
  return () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff);
}

function gcd(a, b) {
  while (b !== 0)
    [a, b] = [b, a % b];
  return a;
}

function graph(count) {
  let stride = Math.floor(count * 0.6180339887) | 1;
  while (gcd(stride, count) !== 1)
    stride += 2;
  const nodes = [];
  for (let i = 0; i < count; i++)
    nodes.push(new Node());
  const random = randomNumbers(12345);
  for (let i = 0; i < count; i++) {
    const node = nodes[i * stride % count];
    if (2 * i + 1 < count)
      node.a = nodes[(2 * i + 1) * stride % count];
    if (2 * i + 2 < count)
      node.b = nodes[(2 * i + 2) * stride % count];
    node.c = nodes[random() % count];
  }
  return nodes[0];
}

function usedBytes() {
  return process.memoryUsage().heapUsed;
}

/* Three fields and V8's header, pointers compressed or not, take at least this. */
const NODE_BYTES = 24;

function w2(count) {
  kept = graph(count);
  for (let i = 0; i < 3; i++)
    gc();
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const start = now();
    gc();
    times.push((now() - start) / count);
  }
  if (usedBytes() < count * NODE_BYTES)
    giveUp('the graph did not live');
  const name = count % 1e6 === 0 ? `${count / 1e6}M` : count;
  row(`w2-${name}`, median(times), 'ns/object');
}

/* What `kept` holds lives until w3 lets go of it: otherwise the young collections on
 * the way would have had it already. */
function makeCycles(count, length) {
  const cycles = [];
  for (let i = 0; i < count / length; i++) {
    const first = new Node();
    let last = first;
    for (let k = 1; k < length; k++) {
      const next = new Node();
      last.a = next;
      last = next;
    }
    last.a = first;
    cycles.push(first);
  }
  return cycles;
}

function w3(count) {
  for (const length of [2, 1000]) {
    const times = [];
    for (let i = 0; i < repeats; i++) {
      gc();
      gc();
      const empty = now();
      gc();
      const emptyTime = now() - empty;
      kept = makeCycles(count, length);
      const used = usedBytes();
      kept = null;
      const start = now();
      gc();
      gc();
      times.push((now() - start - 2 * emptyTime) / count);
      if (used - usedBytes() < count * NODE_BYTES)
        giveUp('the cycles were not reclaimed');
    }
    row(`w3-${length}`, Math.max(0, median(times)), 'ns/object');
  }
}

function tree(depth) {
  const pair = new Pair();
  if (depth > 0) {
    pair.left = tree(depth - 1);
    pair.right = tree(depth - 1);
  }
  return pair;
}

function nodesOf(pair) {
  return pair.left === null ? 1 : 1 + nodesOf(pair.left) + nodesOf(pair.right);
}

function w4(depth) {
  const start = now();
  let total = nodesOf(tree(depth + 1));
  kept = tree(depth);
  let expected = 4 * 2 ** depth - 1 + 2 * 2 ** depth - 1;
  for (let d = 4; d <= depth; d += 4) {
    const trees = 2 ** (depth - d + 4);
    for (let i = 0; i < trees; i++)
      total += nodesOf(tree(d));
    expected += trees * (2 * 2 ** d - 1);
  }
  total += nodesOf(kept);
  const end = now();
  if (total !== expected)
    giveUp('the trees have other nodes');
  row(`w4-${depth}`, (end - start) / 1e9, 's');
}

function w5(live) {
  const entries = Math.floor(live / 2), requests = Math.floor(live / 10);
  const root = graph(live - entries), table = [];
  for (let i = 0; i < entries; i++)
    table.push(new Node());
  const latencies = new Float64Array(requests);
  kept = [root, table];
  gc();
  const used = usedBytes(), random = randomNumbers(777);
  for (let i = 0; i < requests; i++) {
    const start = now();
    for (let k = 0; k < 40; k++) {
      const first = new Node(), second = new Node();
      first.a = second;
      second.a = first;
    }
    for (let k = 0; k < 20; k++) {
      const node = new Node();
      node.c = root;
      table[random() % entries] = node;
    }
    latencies[i] = now() - start;
  }
  gc();
  if (usedBytes() > 1.5 * used + 1e7)
    giveUp("the service's garbage was not collected");
  latencies.sort();
  row('w5-p50', latencies[requests >> 1] / 1e3, 'us');
  row('w5-p99', latencies[Math.floor(requests * 0.99)] / 1e3, 'us');
  row('w5-max', latencies[requests - 1] / 1e3, 'us');
}

function residentBytes() {
  return Number(fs.readFileSync('/proc/self/statm', 'utf8').split(' ')[1]) * 4096;
}

function w6(count) {
  const pairs = new Array(count).fill(null);
  gc();
  const before = residentBytes();
  for (let i = 0; i < count; i++)
    pairs[i] = new Pair();
  gc();
  row('w6', (residentBytes() - before) / count, 'bytes/object');
  kept = pairs;
}

const works = {w2, w3, w4, w5, w6};
if (!Object.hasOwn(works, work) || !(size > 0) || typeof gc !== 'function') {
  console.error('usage: node --expose-gc peer_node.js w2|w3|w4|w5|w6 SIZE [REPEATS]');
  process.exit(2);
}
works[work](Number(size));
