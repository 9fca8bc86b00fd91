// Recordings: what is written can be read, and what is no recording is told by its line.
import assert from 'node:assert/strict';
import test from 'node:test';
import { compare_rows, format_span, PAIRS, parse_span, told } from '../../web/compare.js';
import { join_lines } from '../../web/overlay.js';
import { createReader, file_name, head_line, is_about, line, RecordingError } from '../../web/recording.js';
import { createRecorder } from '../../web/recorder.js';
import { createStore } from '../../web/store.js';
import { collection, plain_signal, sample } from './support.js';

const T = 1700000000000;
const heap = { id: 'documents', name: 'documents', kind: 'hosted', runtime: 'ouro 0.1.0', thresholds: [700, 10, 10], capabilities: ['collect'] };
const head = head_line({ server: 'ourod', version: '0.1.0', instance: 'i' }, heap, T);

function read(text, pieces = 1) {
  const told_ = [];
  const reader = createReader((method, params) => told_.push([method, params]));
  const step = Math.ceil(text.length / pieces);
  for (let at = 0; at < text.length; at += step) reader.write(text.slice(at, at + step));
  return { ...reader.end(), head: reader.head(), told: told_ };
}

const fails = (text, reason, at) => assert.throws(() => read(text), (error) => error instanceof RecordingError
  && error.reason === reason && error.at === at, `${reason} at ${at}: ${text.slice(0, 60)}`);

test('what was written is read again, however it is cut into pieces', () => {
  const text = head + line('sample', sample(T)) + line('collection', collection(1, T + 5));
  for (const pieces of [1, 2, 7, text.length]) {
    const { head: first, told: lines, cut } = read(text, pieces);
    assert.equal(cut, false);
    assert.equal(first.heap.id, 'documents');
    assert.equal(first.version, '0.1.0');
    assert.deepEqual(lines.map(([method]) => method), ['sample', 'collection']);
    assert.deepEqual(lines[1][1], collection(1, T + 5));
  }
});

test('what is no recording is told with its line', () => {
  fails('', 'empty', 1);
  fails('\n\n', 'empty', 1);
  fails('PNG', 'not_recording', 1);
  fails('{"some":"json"}\n', 'not_recording', 1);
  fails('{"ouro_recording":99,"heap":{"id":"x"}}\n', 'newer', 1);
  fails(`${head}not json\n`, 'not_json', 2);
  fails('x'.repeat(1 << 21), 'not_recording', 1);
  fails(head + 'x'.repeat(1 << 21), 'too_long', 2);
});

test('a last line that was cut is left out and told', () => {
  const { cut, told: lines } = read(`${head}${line('sample', sample(T))}{"method":"sam`);
  assert.equal(cut, true);
  assert.equal(lines.length, 1);
});

test('lines of another heap, or of what nobody knows yet, are passed over', () => {
  const { told: lines } = read(head + line('sample', { ...sample(T), heap: 'other' }) + line('weather', { heap: 'documents' }) + '3\nnull\n');
  assert.equal(lines.length, 0);
  assert.ok(is_about('documents', 'heap', { event: 'changed', heap }));
});

test('a file name holds nothing that a file system minds', () => {
  assert.equal(file_name('api/../x: *', T), 'ouro-api-..-x--2023-11-14T22-13-20Z.jsonl');
  assert.equal(file_name('***', T), 'ouro---2023-11-14T22-13-20Z.jsonl');
  assert.match(file_name('堆', T), /^ouro-堆-/);
});

/** A store and a recorder, and what was saved. */
function recording_page() {
  const saved = [];
  const store = createStore({ signal: plain_signal, now: () => 0, on_data() {} });
  store.set_heaps([heap]);
  store.greet({ instance: 'i', server: 'ourod', version: '0.1.0', role: 'operator', time_ms: T });
  const recorder = createRecorder({ store, signal: plain_signal, wall_ms: () => T, save: (name, blob) => saved.push({ name, blob }) });
  return { store, recorder, saved };
}

test('a recording that was saved opens as one more heap, with the same figures', async () => {
  const { store, recorder, saved } = recording_page();
  store.add_pools({ heap: 'documents', arenas: { bytes: 4096 } });
  assert.ok(recorder.record(heap));
  assert.equal(recorder.record(heap), false, 'one at a time');
  for (let i = 0; i < 3000; i++) recorder.take('sample', sample(T + i * 100, { live_objects: 1000 + i }));
  recorder.take('sample', { ...sample(T), heap: 'other' });
  for (let seq = 1; seq <= 300; seq++) recorder.take('collection', collection(seq, T + seq * 900));
  recorder.stop();
  assert.equal(saved.length, 1);
  assert.equal(saved[0].name, 'ouro-documents-2023-11-14T22-13-20Z.jsonl');

  const opened = await recorder.open({ name: 'x.jsonl', stream: () => saved[0].blob.stream() });
  assert.equal(recorder.problem.value, null);
  assert.equal(opened.kind, 'recording');
  assert.equal(store.heap().id, opened.id);
  assert.deepEqual(store.heaps.value.map((h) => h.id), ['documents', opened.id]);
  const past = store.history(opened.id);
  assert.equal(past.fine.length, 3000, 'nothing is thinned away');
  assert.equal(past.records.length, 300);
  assert.equal(past.pools.arenas.bytes, 4096);
  assert.deepEqual(store.window(), { from_ms: T, to_ms: T + 2999 * 100 + 1 });
  assert.equal(store.status.value.kind, 'playing');
  assert.equal(store.can('collect'), false, 'nobody commands the past');
  assert.equal(past.window(T, T + 1000, ['live_objects']).ys[0][5], 1005);

  store.set_heaps([heap]); // the connection came back
  assert.ok(store.heaps.value.some((h) => h.id === opened.id));
  recorder.close(opened.id);
  assert.deepEqual(store.heaps.value.map((h) => h.id), ['documents']);
  assert.equal(store.fixed.value, null);
});

test('a file that is none leaves everything as it is and says why', async () => {
  const { store, recorder } = recording_page();
  const before = store.heaps.value;
  assert.equal(await recorder.open(Object.assign(new Blob(['hello']), { name: 'a.txt' })), null);
  assert.deepEqual(recorder.problem.value, { name: 'a.txt', reason: 'not_recording', at: 1 });
  assert.equal(store.heaps.value, before);
});

test('heaps that are sampled at other moments share one axis', () => {
  const { x, ys } = join_lines([
    { x: [0, 100, 200, 300, 400], ys: [0, 1, 2, 3, 4] },
    { x: [50, 250], ys: [10, 20] },
    { x: [], ys: [] },
  ], 0, 1200, 6, 300);
  assert.deepEqual(x, [200, 400, 600, 800, 1000, 1200]);
  assert.deepEqual(ys[0], [2, 4, 4, null, null, null], 'too old to be true');
  assert.deepEqual(ys[1], [10, 20, null, null, null, null]);
  assert.deepEqual(ys[2], [null, null, null, null, null, null]);
});

const side = (parts) => ({ from_ms: 0, to_ms: 10000, covered_ms: 10000, collections: 50, collections_per_s: 5, collected: 100, uncollectable: 0, candidates: 0, freed_bytes: 2000, generations: [{ collections: 40 }, {}, {}], ...parts });

test('two windows become rows; what neither knows is no row, and a ratio needs an A', () => {
  const rows = compare_rows({ a: side({ pause_ns: { p50: 10, p99: 100, max: 200 } }), b: side({ collections_per_s: 10, pause_ns: { p50: 10, p99: 50, max: 201 }, live_bytes_mean: 5 }) });
  const row = (key, generation) => rows.find((r) => r.key === key && r.generation === generation);
  assert.equal(row('collections').ratio, 2);
  assert.equal(row('pause_p99').ratio, 0.5);
  assert.ok(Number.isNaN(row('live_bytes').a) && Number.isNaN(row('live_bytes').ratio));
  assert.equal(row('allocated'), undefined);
  assert.ok(Number.isNaN(row('uncollectable').ratio), 'nothing to divide by');
  assert.equal(row('gen_collections', 0).a, 4);
  assert.deepEqual(told(rows).map((r) => r.key), ['collections', 'pause_p99'], 'one percent is no news');
});

test('windows stand in the address, and nonsense does not', () => {
  for (const { of } of PAIRS) {
    const { a, b } = of(T);
    assert.equal(b.to_ms, T);
    assert.equal(a.to_ms - a.from_ms, b.to_ms - b.from_ms);
    assert.ok(a.to_ms <= b.from_ms);
    assert.deepEqual(parse_span(format_span(a)), a);
  }
  for (const text of [undefined, '', 'x', '5-4', '5', '-1-5', '1-2-3']) assert.equal(parse_span(text), null, text);
});
