// collection_pauses.js - the pauses of the window: how many of which length, for each
// generation, and their quantiles as numbers.
import { html } from '../html.js';
import { count, duration_ns } from '../format.js';
import { pause_buckets } from '../pause_buckets.js';
import { Card } from './card.js';
import { Badge, Shape } from './icons.js';
import { range_words } from './range_words.js';

const HEIGHT = 96;
const QUANTILES = ['p50', 'p90', 'p99', 'p999', 'max'];

/** @param {{ouro: any}} props */
export function PauseCard({ ouro }) {
  const { store, t } = ouro;
  store.beat.value;
  const range = store.window();
  if (!range) return null;
  const history = store.history(store.heap().id);
  const from_ms = history.known_from(range.from_ms, range.to_ms);
  const { buckets, most, generations } = pause_buckets((visit) => history.each_event(from_ms, range.to_ms, visit));
  const n = generations.reduce((sum, g) => sum + g.n, 0);
  return html`<${Card} title=${t('pauses.title')} sub=${`${range_words(ouro, range, range.to_ms - from_ms)} · ${t('pauses.of', { n: count(n) })}`}>
    ${n === 0 ? html`<p class="empty">${t('pauses.none')}</p>` : html`
      <div class="pause-bars" role="img" aria-label=${t('pauses.label')}>
        ${buckets.map((b) => html`<span class="pause-bar" key=${b.from_ns} title=${t('pauses.bucket', { from: duration_ns(b.from_ns), n: count(b.counts[0] + b.counts[1] + b.counts[2]) })}>
          ${[2, 1, 0].map((g) => b.counts[g] > 0 && html`<i key=${g} class=${`in-gen-${g}`} style=${{ height: `${Math.max(2, (b.counts[g] / most) * HEIGHT)}px` }}></i>`)}
        </span>`)}
      </div>
      <div class="pause-scale muted"><span>${duration_ns(buckets[0].from_ns)}</span><span>${t('pauses.scale')}</span><span>${duration_ns(buckets[buckets.length - 1].from_ns)}</span></div>
      <table class="cards pauses"><thead><tr><th scope="col">${t('table.gen')}</th><th scope="col" class="right">${t('pauses.n')}</th>
        ${QUANTILES.map((q) => html`<th scope="col" class="right" key=${q}>${t(`pauses.${q}`)}</th>`)}</tr></thead>
      <tbody>${generations.map((g, generation) => g.n > 0 && html`<tr key=${generation}>
        <th scope="row"><${Badge} generation=${generation} /><span class="unseen">${t('series.gen', { generation })}</span></th>
        <td class="right" data-label=${t('pauses.n')}><span class="cell"><${Shape} generation=${generation} /> ${count(g.n)}</span></td>
        ${QUANTILES.map((q) => html`<td class="right" key=${q} data-label=${t(`pauses.${q}`)}><span class="cell">${duration_ns(g[q])}</span></td>`)}</tr>`)}</tbody></table>`}
  <//>`;
}
