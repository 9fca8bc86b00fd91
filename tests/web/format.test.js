import assert from 'node:assert/strict';
import test from 'node:test';
import * as f from '../../web/format.js';

const plain = (text) => text.replace(/\u00a0/g, ' ');

test('what is not a finite number is a dash, never zero', () => {
  for (const format of [f.count, f.compact, f.rate, f.bytes, f.byte_rate, f.duration_ns, f.percent, f.change, f.clock, f.clock_ms, f.clock_minutes, f.span]) {
    for (const nothing of [NaN, Infinity, -Infinity, undefined, null, '7']) {
      assert.equal(format(nothing), '–', `${format.name}(${nothing})`);
    }
  }
});

const cases = [
  [f.count, [[0, '0'], [-0, '0'], [999, '999'], [1284077, '1,284,077'], [-1500, '−1,500'], [2 ** 53 - 1, '9,007,199,254,740,991']]],
  [f.compact, [[0, '0'], [999, '999'], [1000, '1 k'], [1234, '1.23 k'], [12345, '12.3 k'], [999499, '999 k'], [999700, '1 M'], [1920000, '1.92 M'], [-2500, '−2.5 k'], [0.25, '0.25'], [5e15, '5000 T']]],
  [f.rate, [[0, '0 /s'], [700, '700 /s'], [1920000, '1.92 M/s']]],
  [f.bytes, [[0, '0 B'], [512, '512 B'], [1023, '1023 B'], [1024, '1 KiB'], [65536, '64 KiB'], [1048576, '1 MiB'], [1048575, '1 MiB'], [3.9e6, '3.72 MiB'], [2 ** 30, '1 GiB'], [-40960, '−40 KiB']]],
  [f.byte_rate, [[84e6, '80.1 MiB/s']]],
  [f.duration_ns, [[0, '0 ns'], [870, '870 ns'], [61234, '61.2 µs'], [1840000, '1.84 ms'], [2.5e9, '2.5 s'], [120e9, '120 s'], [100000, '100 µs'], [1e7, '10 ms']]],
  [f.percent, [[0, '0 %'], [0.00001, '< 0.01 %'], [0.0172, '1.72 %'], [0.5, '50 %'], [1, '100 %'], [-0.021, '−2.1 %']]],
  [f.change, [[0.021, '+2.1 %'], [0, '0 %'], [-0.0914, '−9.14 %']]],
  [f.span, [[-5, '0 s'], [999, '0 s'], [6400, '6 s'], [60000, '1 min'], [75000, '1 min 15 s'], [3600000, '1 h'], [3720000, '1 h 2 min']]],
];
for (const [format, pairs] of cases) {
  test(`${format.name} reads as people write`, () => {
    for (const [value, text] of pairs) assert.equal(plain(format(value)), text, `${format.name}(${value})`);
  });
}

test('a clock has leading zeros and milliseconds where asked', () => {
  const time = new Date(2026, 0, 2, 4, 5, 6, 7).getTime();
  assert.equal(f.clock(time), '04:05:06');
  assert.equal(f.clock_ms(time), '04:05:06.007');
  assert.equal(f.clock_minutes(time), '04:05');
});

test('the clock can tell UTC', (t) => {
  t.after(() => f.set_clock({ utc: false }));
  const time = Date.UTC(2026, 10, 23, 14, 5, 58, 211);
  f.set_clock({ utc: true });
  assert.equal(f.clock(time), '14:05:58');
  assert.equal(f.clock_ms(time), '14:05:58.211');
  assert.equal(f.clock_minutes(time), '14:05');
});
