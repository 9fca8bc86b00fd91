// type_rows.test.js - a census and growth as rows, and their order.
import assert from 'node:assert/strict';
import test from 'node:test';
import { next_order, order_of, sort_rows, type_rows } from '../../web/type_rows.js';

const census = { truncated: false, types: [{ type: 'string', objects: 3, bytes: 300 }, { type: 'list', objects: 1, bytes: 100 }] };
const grown = { type: 'list', grown_objects: 1, grown_bytes: 100, objects: 2, bytes: 100 };

test('a census alone has shares and knows nothing of growth', () => {
  const rows = type_rows(census, null);
  assert.deepEqual(rows.map((r) => [r.type, r.share, r.grown_bytes]), [['string', 0.75, NaN], ['list', 0.25, NaN]]);
});

test('shares of a part of the census are not told', () => {
  assert.ok(type_rows({ ...census, truncated: true }, null).every((r) => Number.isNaN(r.share)));
});

test('what growth does not name has not changed, unless growth was cut off', () => {
  const of = (growth) => Object.fromEntries(type_rows(census, growth).map((r) => [r.type, r.grown_objects]));
  assert.deepEqual(of({ truncated: false, types: [grown] }), { string: 0, list: 1 });
  assert.deepEqual(of({ truncated: true, types: [grown] }), { string: NaN, list: 1 });
});

test('a type that died out since the baseline has its row', () => {
  const gone = { type: 'dict', grown_objects: -2, grown_bytes: -64, objects: 0, bytes: 0 };
  const rows = sort_rows(type_rows(census, { truncated: false, types: [grown, gone] }), order_of(undefined, true));
  assert.deepEqual(rows.map((r) => r.type), ['list', 'string', 'dict']);
});

test('an address names the order; what it names badly is the usual order', () => {
  assert.deepEqual(order_of('-objects', false), { key: 'objects', down: true });
  assert.deepEqual(order_of('type', true), { key: 'type', down: false });
  assert.deepEqual(order_of('grown_objects', false), { key: 'bytes', down: true });
  assert.deepEqual(order_of('__proto__', true), { key: 'grown_bytes', down: true });
});

test('a header turns its own order round and begins others in their natural one', () => {
  assert.equal(next_order({ key: 'bytes', down: true }, 'bytes'), 'bytes');
  assert.equal(next_order({ key: 'bytes', down: false }, 'bytes'), '-bytes');
  assert.equal(next_order({ key: 'bytes', down: true }, 'objects'), '-objects');
  assert.equal(next_order({ key: 'bytes', down: true }, 'type'), 'type');
});

test('the unknown stands last both ways, equals by name', () => {
  const rows = [{ type: 'c', bytes: NaN }, { type: 'b', bytes: 1 }, { type: 'a', bytes: 1 }, { type: 'd', bytes: 2 }];
  assert.deepEqual(sort_rows(rows, { key: 'bytes', down: true }).map((r) => r.type), ['d', 'a', 'b', 'c']);
  assert.deepEqual(sort_rows(rows, { key: 'bytes', down: false }).map((r) => r.type), ['a', 'b', 'd', 'c']);
});
