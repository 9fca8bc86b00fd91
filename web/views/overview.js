// overview.js - the heap at a glance: six figures, six charts, the newest collections.
import { html } from '../html.js';
import { byte_rate, bytes, change, compact, count, duration_ns, percent, rate, span } from '../format.js';
import { figures, pause_dots, sawtooth, slope } from '../stats.js';
import { decimate } from '../ring.js';
import { Chart } from './chart.js';
import { Card, Figure } from './card.js';
import { CollectionsTable } from './collections.js';
import { ClassBars, tells_pools } from './pools.js';
import { Shape } from './icons.js';
import { view_link } from './link.js';

const HEIGHT = 190;
const NEWEST = 8;

/** @param {{ouro: any}} props */
export default function Overview({ ouro }) {
  const { store, t } = ouro;
  return html`<h1 class="unseen">${t('view.overview')}</h1>
    <${Figures} ouro=${ouro} />
    <div class="charts">
      <${Counts} ouro=${ouro} />
      <${Pauses} ouro=${ouro} />
      <${Rates} ouro=${ouro} />
      <${Live} ouro=${ouro} />
      <${Memory} ouro=${ouro} />
      ${tells_pools(store) && html`<${Classes} ouro=${ouro} />`}
    </div>
    <${Card} title=${t('card.collections')} sub=${t('card.collections_sub')}
      aside=${html`<a href=${view_link(store, 'collections')}>${t('card.all_collections')}</a>`}>
      <${CollectionsTable} ouro=${ouro} limit=${NEWEST} />
    <//>`;
}

function Figures({ ouro }) {
  const { store, t } = ouro;
  store.beat.value; // drawn twice a second
  const heap = store.heap();
  const range = store.window();
  if (!range) return null;
  const f = figures(store.history(heap.id), range.from_ms, range.to_ms);
  // A page that was opened just now has seen less than the range: say what it saw.
  const seen = span(Math.max(1000, Math.min(f.seen_ms, store.range_s.value * 1000)));
  // With the shape of its generation, as on the chart below.
  const worst = f.worst.pause_ns > 0
    ? html`${t('figure.pause_sub', { max: duration_ns(f.worst.pause_ns) })}${' '}<${Shape}
        generation=${f.worst.generation} /><span class="unseen">${t('series.gen', { generation: f.worst.generation })}</span>
        ${' '}${t('figure.in', { span: seen })}`
    : t('figure.pause_none', { span: seen });
  const short = (n) => (n < 10000 ? count(n) : compact(n));
  return html`<dl class="figures">
    <${Figure} label=${t('figure.live')} value=${count(f.live_objects)}
      sub=${t('figure.live_sub', { change: change(f.live_change), span: seen })} />
    <${Figure} label=${t('figure.allocated')} value=${rate(f.allocated_per_s)}
      sub=${t('figure.allocated_sub', { bytes: byte_rate(f.allocated_bytes_per_s), span: seen })} />
    <${Figure} label=${t('figure.collector')} value=${percent(f.collector_share)}
      sub=${t('figure.collector_sub', { ms: count(f.stopped_ms_per_min), span: seen })} />
    <${Figure} label=${t('figure.pause')} value=${duration_ns(f.pause_p99_ns)}
      sub=${worst} />
    <${Figure} label=${t('figure.collections')} value=${f.collections.map(short).join(' · ')}
      sub=${t('figure.collections_sub', { span: seen })} />
    <${Figure} label=${t('figure.uncollectable')} value=${count(f.uncollectable)}
      tone=${f.uncollectable > 0 ? 'bad' : ''} sub=${t('figure.uncollectable_sub')} />
  </dl>`;
}

/** Full collections and restarts, as hairlines on every chart of values. */
function marks(history, from_ms, to_ms) {
  const found = history.restarts.map((time_ms) => ({ time_ms, token: 'ink' }));
  history.each_event(from_ms, to_ms, (time_ms, generation) => {
    if (generation === 2) found.push({ time_ms, token: 'gen-2' });
  });
  return found.slice(-60);
}

const counts_spec = { kind: 'lanes', height: HEIGHT, series: [{ token: 'gen-0' }, { token: 'gen-1' }, { token: 'gen-2' }] };

function Counts({ ouro }) {
  const { store, t } = ouro;
  const sub = t(store.heap().enabled === false ? 'card.counts_off' : 'card.counts_sub');
  return html`<${Chart} ouro=${ouro} title=${t('card.counts')} sub=${sub} spec=${counts_spec}
    build=${(history, from_ms, to_ms, pixels) => {
      const { x, counts, thresholds } = sawtooth(history, from_ms, to_ms, pixels);
      return { x, ys: [...counts, ...thresholds] };
    }}
    legend=${(values) => [0, 1, 2].map((g) => ({
      token: `gen-${g}`,
      text: t('series.count', {
        generation: g, count: count(values[g] ?? NaN), threshold: count(values[g + 3] ?? NaN),
      }),
    }))} />`;
}

const pauses_spec = { kind: 'dots', height: HEIGHT, series: counts_spec.series };

function Pauses({ ouro }) {
  const { t } = ouro;
  return html`<${Chart} ouro=${ouro} title=${t('card.pauses')} sub=${t('card.pauses_sub')} spec=${pauses_spec}
    build=${pause_dots}
    legend=${(values, under) => [0, 1, 2].map((generation) => ({
      generation,
      text: under && values[generation] ? duration_ns(values[generation])
        : t('series.gen', { generation }),
    }))} />`;
}

const rates_spec = { kind: 'lines', height: HEIGHT, format: compact,
  series: [{ token: 'plain', fill: true }, { token: 'plum', dashed: true }] };

function Rates({ ouro }) {
  const { t } = ouro;
  return html`<${Chart} ouro=${ouro} title=${t('card.rates')} sub=${t('card.rates_sub')} spec=${rates_spec}
    build=${(history, from_ms, to_ms, pixels) => {
      const over_ms = Math.max(1000, (to_ms - from_ms) / 60);
      // Reach back far enough for the first visible slope.
      const { x, ys } = history.window(from_ms - over_ms, to_ms,
        ['allocated_total_objects', 'freed_total_objects']);
      const thin = decimate(x, ys.map((totals) => slope(x, totals, over_ms)), to_ms - from_ms, pixels);
      return { ...thin, marks: marks(history, from_ms, to_ms) };
    }}
    legend=${(values) => [
      { token: 'plain', text: `${t('series.allocated')} ${rate(values[0])}` },
      { token: 'plum', dashed: true, text: `${t('series.freed')} ${rate(values[1])}` },
    ]} />`;
}

const live_spec = { kind: 'lines', height: HEIGHT, format: compact,
  series: [{ token: 'plain', fill: true }, { token: 'gen-0' }, { token: 'gen-1' }, { token: 'gen-2' }] };

function Live({ ouro }) {
  const { t } = ouro;
  return html`<${Chart} ouro=${ouro} title=${t('card.live')} sub=${t('card.live_sub')} spec=${live_spec}
    build=${(history, from_ms, to_ms, pixels) => {
      const { x, ys } = history.window(from_ms, to_ms, ['live_objects', 'objects_0', 'objects_1', 'objects_2']);
      return { ...decimate(x, ys, to_ms - from_ms, pixels), marks: marks(history, from_ms, to_ms) };
    }}
    legend=${(values) => [
      { token: 'plain', text: `${t('series.live')} ${compact(values[0])}` },
      ...[0, 1, 2].filter((g) => typeof values[g + 1] === 'number')
        .map((g) => ({ token: `gen-${g}`, text: `${g} · ${compact(values[g + 1])}` })),
    ]} />`;
}

const memory_spec = { kind: 'lines', height: HEIGHT, format: bytes, base: 1024,
  series: [{ token: 'plum', fill: true }, { token: 'muted' }, { token: 'plain', dashed: true }] };

function Memory({ ouro }) {
  const { t } = ouro;
  return html`<${Chart} ouro=${ouro} title=${t('card.memory')} sub=${t('card.memory_sub')} spec=${memory_spec}
    build=${(history, from_ms, to_ms, pixels) => {
      const { x, ys } = history.window(from_ms, to_ms, ['live_bytes', 'held_bytes', 'rss_bytes']);
      return { ...decimate(x, ys, to_ms - from_ms, pixels), marks: marks(history, from_ms, to_ms) };
    }}
    legend=${(values) => [
      { token: 'plum', text: `${t('series.used')} ${bytes(values[0])}` },
      { token: 'muted', text: `${t('series.held')} ${bytes(values[1])}`, known: values[1] },
      { token: 'plain', dashed: true, text: `${t('series.rss')} ${bytes(values[2])}`, known: values[2] },
    ].filter((entry) => !('known' in entry) || typeof entry.known === 'number')} />`;
}

function Classes({ ouro }) {
  const { store, t } = ouro;
  store.beat.value;
  const { pools } = store.history(store.heap().id);
  return html`<${Card} title=${t('card.classes')} sub=${t('card.classes_sub')} class="chart-card"
    aside=${html`<a href=${view_link(store, 'pools')}>${t('card.all_pools')}</a>`}>
    <${ClassBars} ouro=${ouro} pools=${pools} height=${HEIGHT} />
  <//>`;
}

