// overview.js - the heap at a glance: six figures, six charts, the newest collections.
import { html } from '../html.js';
import { byte_rate, bytes, change, compact, count, duration_ns, percent, rate } from '../format.js';
import { figures } from '../stats.js';
import { Card, Figure } from './card.js';
import { CollectionsTable } from './collections.js';
import { ClassBars, tells_pools } from './pools.js';
import { Shape } from './icons.js';
import { view_link } from './link.js';
import { Answers } from './overview_answers.js';
import { Counts, Memory, Objects, Pauses, Rates } from './overview_charts.js';
import { range_words } from './range_words.js';

const HEIGHT = 190;
/** The bars stand beside charts that have a legend over them. */
const LEGEND = 22;
const NEWEST = 8;

/** @param {{ouro: any}} props */
export default function Overview({ ouro }) {
  const { store, t } = ouro;
  return html`<h1 class="unseen">${t('view.overview')}</h1>
    <${Figures} ouro=${ouro} />
    <${Answers} ouro=${ouro} />
    <div class="charts">
      <${Counts} ouro=${ouro} />
      <${Pauses} ouro=${ouro} />
      <${Rates} ouro=${ouro} />
      <${Objects} ouro=${ouro} />
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
  const span = range_words(ouro, range, f.seen_ms);
  // With the shape of its generation, as on the chart below.
  const worst = f.worst.pause_ns > 0
    ? html`${t('figure.pause_sub', { max: duration_ns(f.worst.pause_ns) })}${' '}<${Shape}
        generation=${f.worst.generation} /><span class="unseen">${t('series.gen', { generation: f.worst.generation })}</span>
`
    : t('figure.pause_none');
  const short = (n) => (n < 10000 ? count(n) : compact(n));
  const collections = html`${f.collections.map((n, generation) => html`<span class="of-generation" key=${generation}><${Shape}
    generation=${generation} /><span class="unseen">${t('series.gen', { generation })}</span> ${short(n)}</span>`)}`;
  const sub = (words) => html`${words}<span class="of-range">${span}</span>`;
  return html`<dl class="figures">
    <${Figure} label=${t('figure.live')} value=${count(f.live_objects)}
      sub=${sub(change(f.live_change))} />
    <${Figure} label=${t('figure.allocated')} value=${rate(f.allocated_per_s)}
      sub=${sub(byte_rate(f.allocated_bytes_per_s))} />
    <${Figure} label=${t('figure.collector')} value=${percent(f.collector_share)}
      sub=${sub(t('figure.collector_sub', { total: duration_ns(f.stopped_ns) }))} />
    <${Figure} label=${t('figure.stopped')} value=${duration_ns(Math.round(f.stopped_ms_per_min * 1e6))} sub=${sub(collections)} />
    <${Figure} label=${t('figure.pause')} value=${duration_ns(f.pause_p99_ns)} sub=${sub(worst)} />
    <${Figure} label=${t('figure.uncollectable')} value=${count(f.uncollectable)}
      tone=${f.uncollectable > 0 ? 'bad' : ''} sub=${t('figure.uncollectable_sub')} />
  </dl>`;
}

function Classes({ ouro }) {
  const { store, t } = ouro;
  store.beat.value;
  const { pools } = store.history(store.heap().id);
  return html`<${Card} title=${t('card.classes')} sub=${t('card.classes_sub')} class="chart-card"
    aside=${html`<a href=${view_link(store, 'pools')}>${t('card.all_pools')}</a>`}>
    <${ClassBars} ouro=${ouro} pools=${pools} height=${HEIGHT + LEGEND} />
  <//>`;
}

