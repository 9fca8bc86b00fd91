// overview_charts.js - the charts of a heap: what is drawn, in which words, from which series.
import { html } from '../html.js';
import { bytes, compact, count, duration_ns, rate } from '../format.js';
import { event_marks, pause_dots, sawtooth, slope } from '../stats.js';
import { decimate } from '../ring.js';
import { Chart } from './chart.js';

const HEIGHT = 190;
const GENERATIONS = [0, 1, 2];
const COLORS = ['gen-0', 'gen-1', 'gen-2'];

/** Charts that stand beside each other show the same marks: they are found once. */
const found = { key: '', marks: /** @type {any[]} */ ([]) };

function marks(history, from_ms, to_ms, pixels) {
  if (!Number.isFinite(pixels)) return [];
  const key = `${history.last_seq} ${history.stored.version} ${history.oldest_ms()} ${from_ms} ${to_ms} ${pixels}`;
  if (found.key !== key) Object.assign(found, { key, marks: event_marks(history, from_ms, to_ms, pixels) });
  return found.marks;
}

/** A chart of columns as they are. */
const columns = (names) => (history, from_ms, to_ms, pixels) => {
  const { x, ys } = history.window(from_ms, to_ms, names);
  return { ...decimate(x, ys, to_ms - from_ms, pixels), marks: marks(history, from_ms, to_ms, pixels) };
};

const counts_spec = {
  kind: 'lanes', height: HEIGHT,
  series: [...GENERATIONS.map((g) => ({ key: `gen_${g}`, token: COLORS[g], generation: g })),
    ...GENERATIONS.map((g) => ({ key: `threshold_${g}`, token: COLORS[g], generation: g, dashed: true, of: g }))],
};

export function Counts({ ouro }) {
  const { store, t } = ouro;
  return html`<${Chart} ouro=${ouro} name="counts" title=${t('card.counts')} spec=${counts_spec}
    sub=${t(store.heap().enabled === false ? 'card.counts_off' : 'card.counts_sub')}
    titles=${[...GENERATIONS.map((g) => t('series.gen', { generation: g })), ...GENERATIONS.map((g) => t('series.threshold', { generation: g }))]}
    value=${(v) => count(v)}
    words=${(g, values) => t('series.count', { generation: g, count: count(values[g] ?? NaN), threshold: count(values[g + 3] ?? NaN) })}
    build=${(history, from_ms, to_ms, pixels) => {
      const { x, counts, thresholds } = sawtooth(history, from_ms, to_ms, pixels);
      return { x, ys: [...counts, ...thresholds], marks: marks(history, from_ms, to_ms, pixels) };
    }} />`;
}

const pauses_spec = { kind: 'dots', height: HEIGHT, series: GENERATIONS.map((g) => ({ key: `gen_${g}`, token: COLORS[g], generation: g })) };

export function Pauses({ ouro }) {
  const { t } = ouro;
  const titles = GENERATIONS.map((g) => t('series.gen', { generation: g }));
  return html`<${Chart} ouro=${ouro} name="pauses" title=${t('card.pauses')} sub=${t('card.pauses_sub')} spec=${pauses_spec}
    titles=${titles} value=${(v) => duration_ns(Math.round(v))}
    words=${(g, values, under) => (under && values[g] ? duration_ns(values[g]) : titles[g])}
    build=${(history, from_ms, to_ms, pixels) => ({
      ...pause_dots(history, from_ms, to_ms, pixels), marks: marks(history, from_ms, to_ms, pixels),
    })} />`;
}

const rates_spec = { kind: 'lines', height: HEIGHT, format: compact,
  series: [{ key: 'allocated', token: 'plain', fill: true }, { key: 'freed', token: 'plum', dashed: true }] };

export function Rates({ ouro }) {
  const { t } = ouro;
  return html`<${Chart} ouro=${ouro} name="rates" title=${t('card.rates')} sub=${t('card.rates_sub')} spec=${rates_spec}
    titles=${[t('series.allocated'), t('series.freed')]} value=${rate}
    build=${(history, from_ms, to_ms, pixels) => {
      const over_ms = Math.max(1000, (to_ms - from_ms) / 60);
      // Reach back far enough for the first visible slope.
      const { x, ys } = history.window(from_ms - over_ms, to_ms, ['allocated_total_objects', 'freed_total_objects']);
      const thin = decimate(x, ys.map((totals) => slope(x, totals, over_ms)), to_ms - from_ms, pixels);
      return { ...thin, marks: marks(history, from_ms, to_ms, pixels) };
    }} />`;
}

const objects_spec = { kind: 'lines', height: HEIGHT, format: compact,
  series: [{ key: 'all', token: 'plain', fill: true }, ...GENERATIONS.map((g) => ({ key: `gen_${g}`, token: COLORS[g] }))] };

export function Objects({ ouro }) {
  const { t } = ouro;
  return html`<${Chart} ouro=${ouro} name="objects" title=${t('card.live')} sub=${t('card.live_sub')} spec=${objects_spec}
    titles=${[t('series.live'), ...GENERATIONS.map((g) => t('series.gen', { generation: g }))]}
    words=${(s, values) => (s === 0 ? `${t('series.live')} ${compact(values[0] ?? NaN)}` : `${s - 1} · ${compact(values[s] ?? NaN)}`)}
    build=${columns(['live_objects', 'objects_0', 'objects_1', 'objects_2'])} />`;
}

const memory_spec = { kind: 'lines', height: HEIGHT, format: bytes, base: 1024,
  series: [{ key: 'used', token: 'plum', fill: true }, { key: 'pools', token: 'plum', dashed: true },
    { key: 'arenas', token: 'muted' }, { key: 'resident', token: 'plain', dashed: true }] };

export function Memory({ ouro }) {
  const { t } = ouro;
  return html`<${Chart} ouro=${ouro} name="memory" title=${t('card.memory')} sub=${t('card.memory_sub')} spec=${memory_spec}
    titles=${['used', 'pools', 'arenas', 'rss'].map((key) => t(`series.${key}`))}
    build=${columns(['live_bytes', 'pools_bytes', 'held_bytes', 'rss_bytes'])} />`;
}
