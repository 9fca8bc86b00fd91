// pools.js - the pool allocator: what the system gave, and how full each size class is.
import { html } from '../html.js';
import { bytes, compact, count, percent, UNKNOWN } from '../format.js';
import { round_ticks, round_top } from '../scale.js';
import { useMemo } from 'preact/hooks';
import { Card, Figure } from './card.js';
import { ArenaMapCard, choose_size, chosen_size } from './pools_map.js';

/** @param {{ouro: any}} props */
export default function Pools({ ouro }) {
  const { store, t } = ouro;
  store.beat.value;
  const heap = store.heap();
  const { pools } = store.history(heap.id);
  const title = html`<h1 class="unseen">${t('view.pools')}</h1>`;
  if (!pools) {
    return html`${title}<${Card} title=${t('view.pools')}><p class="empty">${t('pools.none')}</p><//>
      <${MapOf} ouro=${ouro} heap=${heap} key=${heap.id} />`;
  }
  const { arenas, pools: in_pools, large } = pools;
  const only = chosen_size(store);
  return html`${title}
    <p class="pool-words">${t('pools.what')}</p>
    <dl class="figures">
      ${arenas && html`<${Figure} label=${t('pools.arenas')} value=${count(arenas.in_use)}
        sub=${`${t('pools.arenas_sub', { bytes: bytes(arenas.bytes) })} · ${t('pools.highwater',
          { n: count(arenas.highwater), released: count(arenas.released_total) })}`} />`}
      ${in_pools && html`<${Figure} label=${t('pools.pools')} value=${count(in_pools.in_use)}
        sub=${t('pools.pools_sub', { empty: count(in_pools.empty), bytes: bytes(in_pools.pool_bytes) })} />`}
      ${pools.used_bytes !== undefined && html`<${Figure} label=${t('pools.used')} value=${bytes(pools.used_bytes)}
        sub=${t('pools.used_sub', { free: bytes(pools.free_bytes) })} />`}
      ${pools.fragmentation !== undefined && html`<${Figure} label=${t('pools.fragmentation')}
        value=${percent(pools.fragmentation)} sub=${t('pools.fragmentation_sub')} />`}
      ${large && html`<${Figure} label=${t('pools.large')} value=${count(large.objects)}
        sub=${t('pools.large_sub', { bytes: bytes(large.bytes) })} />`}
    </dl>
    <${Card} title=${t('card.classes')} sub=${t('card.classes_sub')} aside=${html`<${FillLegend} t=${t} />`}>
      <${ClassBars} ouro=${ouro} pools=${pools} height=${220} only=${only} />
      <p class="hint pool-words">${t('pools.fragmentation_how')}</p>
    <//>
    <${MapOf} ouro=${ouro} heap=${heap} key=${heap.id} />
    <${Card} title=${t('pools.table')} sub=${t('pools.table_sub')}>
      <${ClassTable} ouro=${ouro} classes=${pools.classes ?? []} only=${only} />
    <//>`;
}

function MapOf({ ouro, heap }) {
  const { t } = ouro;
  // The figures are drawn twice a second; a map when it was read.
  const map = useMemo(() => html`<${ArenaMapCard} ouro=${ouro} heap=${heap} />`, []);
  if (heap.capabilities?.includes('pool_map') && heap.kind !== 'recording') return map;
  return html`<${Card} title=${t('pools.map')}><p class="empty">${t(heap.kind === 'recording' ? 'pools.map_recording' : 'pools.map_not_offered')}</p><//>`;
}

function FillLegend({ t }) {
  return html`<ul class="legend"><li><span class="swatch used"></span>${t('series.used')}</li>
    <li><span class="swatch free"></span>${t('series.free')}</li></ul>`;
}

/** Whether the heap on show reports pools, as far as the page can know. @param {any} store */
export function tells_pools(store) {
  const heap = store.heap();
  return Boolean(store.history(heap.id).pools) || Boolean(heap.capabilities?.includes('pools'));
}

/** A bar for each size class, its height the bytes of its pools. @param {{ouro: any, pools: any, height: number, only?: number}} props
 *   `only` is the size that stands out, where a bar can be chosen */
export function ClassBars({ ouro, pools, height, only }) {
  const { store, t } = ouro;
  if (!pools?.classes?.length) return html`<p class="empty">${t('pools.none')}</p>`;
  const { classes } = pools;
  const total = (c) => c.size * (c.used_blocks + c.free_blocks);
  const top = round_top(Math.max(...classes.map(total)), 1024);
  const ticks = round_ticks(top, 1024);
  const share = (n) => ({ height: `${(n / top) * 100}%` });
  const every = classes.length > 20 ? 4 : 2;
  return html`<div class="bars" role="img" aria-label=${t('pools.chart_label')} style=${{ height: `${height}px` }}>
    <div class="bars-scale" aria-hidden="true">${ticks.map((n) => html`<span key=${n} style=${{ bottom: `${(n / top) * 100}%` }}>${bytes(n)}</span>`)}</div>
    <div class="bars-plot" aria-hidden="true">
      ${ticks.map((n) => html`<hr key=${n} style=${{ bottom: `${(n / top) * 100}%` }} />`)}
      ${classes.map((c) => html`<div class=${`bar${only === undefined ? '' : ' to-choose'}${only > 0 && only !== c.size ? ' dim' : ''}`} key=${c.size}
        onClick=${only === undefined ? undefined : () => choose_size(store, c.size)} title=${t('pools.block',
        { size: c.size, used: count(c.used_blocks), free: count(c.free_blocks) })}>
        <i class="free" style=${share(c.size * c.free_blocks)}></i>
        <i class="used" style=${share(c.size * c.used_blocks)}></i>
      </div>`)}
    </div>
    <div class="bars-axis" aria-hidden="true">
      ${classes.map((c, i) => html`<span key=${c.size}>${(i + 1) % every === 0 ? c.size : ''}</span>`)}
    </div>
  </div>`;
}

/** What each column is sorted by; what a heap does not tell is NaN and stands last. */
const VALUES = {
  size: (c) => c.size,
  col_pools: (c) => c.pools,
  col_used: (c) => c.used_blocks,
  col_free: (c) => c.free_blocks,
  col_bytes: (c) => c.size * c.used_blocks,
  col_free_bytes: (c) => c.size * c.free_blocks,
  col_total: (c) => c.allocated_total ?? NaN,
  col_fill: (c) => c.used_blocks / (c.used_blocks + c.free_blocks),
};

function ClassTable({ ouro, classes: told, only }) {
  const { store, t } = ouro;
  const heads = Object.keys(VALUES);
  const asked = store.params.value.sort ?? '';
  const by = asked.replace(/^-/, '') in VALUES ? asked.replace(/^-/, '') : 'size';
  const down = asked === `-${by}`;
  const value = VALUES[by];
  const classes = [...told].sort((a, b) => Number(Number.isNaN(value(a))) - Number(Number.isNaN(value(b)))
    || (down ? value(b) - value(a) : value(a) - value(b)) || a.size - b.size);
  return html`<table class="cards classes">
    <thead><tr>${heads.map((key) => html`<th scope="col" key=${key}
      class=${key === 'col_fill' ? '' : 'right'} aria-sort=${key === by ? (down ? 'descending' : 'ascending') : undefined}>
      <button type="button" class="sort" onClick=${() => store.set_param('sort', key === by ? (down ? key : `-${key}`) : key === 'size' ? key : `-${key}`)}>
        ${t(`pools.${key}`)}<span aria-hidden="true">${key === by ? (down ? ' ↓' : ' ↑') : ''}</span></button></th>`)}</tr></thead>
    <tbody>${classes.map((c) => {
      const blocks = c.used_blocks + c.free_blocks;
      const fill = blocks > 0 ? c.used_blocks / blocks : NaN;
      const cells = [html`<button type="button" class="class-key" aria-pressed=${c.size === only} title=${t('pools.highlight')}
        onClick=${() => choose_size(store, c.size)}>${c.size} B</button>`, count(c.pools), count(c.used_blocks), count(c.free_blocks),
        bytes(c.size * c.used_blocks), bytes(c.size * c.free_blocks),
        c.allocated_total === undefined ? UNKNOWN : compact(c.allocated_total)];
      return html`<tr key=${c.size} class=${`${blocks === 0 ? 'idle' : ''}${c.size === only ? ' is-chosen' : ''}`}>
        ${cells.map((text, i) => html`<td key=${heads[i]} class=${`right col-${heads[i]}`}
          data-label=${t(`pools.${heads[i]}`)}>${text}</td>`)}
        <td class="col-col_fill" data-label=${t('pools.col_fill')}>${blocks === 0
          ? html`<span class="muted">${t('pools.no_pools')}</span>`
          : html`<span class="meter"><i style=${{ width: `${fill * 100}%` }}></i></span>
            <span class="meter-text">${percent(fill)}</span>`}</td>
      </tr>`;
    })}</tbody>
  </table>`;
}
