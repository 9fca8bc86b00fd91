import assert from 'node:assert/strict';
import test from 'node:test';
import { csv, file_name, iso_time, json_lines } from '../../web/csv.js';

test('rows become RFC 4180 text', () => {
  assert.equal(csv(['time', 'a "b", c'], [[1, 2.5], ['x\ny', 'p,q'], ['', 'é']]),
    'time,"a ""b"", c"\r\n1,2.5\r\n"x\ny","p,q"\r\n,é\r\n');
  assert.equal(csv(['only'], []), 'only\r\n');
});

test('what is not known is an empty cell, never zero', () => {
  assert.equal(csv(['a', 'b', 'c', 'd', 'e'], [[null, undefined, NaN, Infinity, 0]]), 'a,b,c,d,e\r\n,,,,0\r\n');
});

test('a name cannot be a formula, a number stays one', () => {
  assert.equal(csv(['type', 'n'], [['=HYPERLINK("x")', -1], ['@a', 1e21], ['-b', 0.1]]),
    `type,n\r\n"'=HYPERLINK(""x"")",-1\r\n'@a,1e+21\r\n'-b,0.1\r\n`);
});

test('times, lines and names of files', () => {
  assert.equal(iso_time(Date.UTC(2026, 10, 23, 0, 15, 0, 100)), '2026-11-23T00:15:00.100Z');
  assert.equal(iso_time(NaN), '');
  assert.equal(json_lines([{ a: 1 }, { b: 'x\n' }]), '{"a":1}\n{"b":"x\\n"}\n');
  assert.equal(json_lines([]), '');
  assert.equal(file_name('api:12/é', 'memory', Date.UTC(2026, 10, 23, 0, 15), 'csv'), 'ouro-api-12-é-memory-2026-11-23T00-15-00Z.csv');
});
