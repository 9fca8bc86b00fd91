// heap_card.js - one heap in a few numbers, with what can be done with it.
import { html } from '../html.js';
import { bytes, clock, compact, count, duration_ns, percent, rate, span } from '../format.js';
import { figures } from '../stats.js';
import { decimate } from '../ring.js';
import { MOST_HEAPS } from '../overlay.js';
import { overlaid, set_overlaid } from './overlay.js';
import { Badge, Icon } from './icons.js';
import { Sparkline } from './sparkline.js';

/** @param {{ouro: any, heap: any}} props */
export function HeapCard({ ouro, heap }) {
  const { store, recorder, t } = ouro;
  store.beat.value; // twice a second
  const history = store.history(heap.id);
  const range = window_of(store, heap);
  const f = range && figures(history, range.from_ms, range.to_ms);
  const last = history.records[history.records.length - 1];
  const sample = history.sample;
  const chosen = store.heap()?.id === heap.id;
  const on = overlaid(store).includes(heap.id);
  const full = !on && overlaid(store).length >= MOST_HEAPS;
  const seen = range ? span(Math.max(1000, Math.min(f.seen_ms, range.to_ms - range.from_ms))) : '';
  const facts = [
    ['live', count(f?.live_objects ?? NaN), sample && typeof sample.live_bytes === 'number' ? bytes(sample.live_bytes) : ''],
    ['allocated', rate(f?.allocated_per_s ?? NaN), seen && t('figure.in', { span: seen })],
    ['collector', percent(f?.collector_share ?? NaN), seen && t('figure.in', { span: seen })],
    ['pause', duration_ns(f?.pause_p99_ns ?? NaN), seen && t('figure.in', { span: seen })],
  ];
  return html`<li class=${`heap-card ${chosen ? 'is-chosen' : ''}`} aria-label=${heap.name}>
    <div class="heap-card-head">
      <h3>${heap.name}</h3>
      <p class="muted">${t(`kind.${heap.kind}`)}${heap.pid ? ` · pid ${heap.pid}` : ''} · ${heap.runtime}</p>
    </div>
    ${heap.failed && html`<p class="bad">${t('heaps.failed')}</p>`}
    ${heap.recorded && html`<${Recorded} ouro=${ouro} heap=${heap} />`}
    <dl class="heap-facts-row">${facts.map(([key, value, sub]) => html`<div key=${key}>
      <dt>${t(`heaps.${key}`)}</dt><dd>${value}</dd><dd class="muted">${sub}</dd></div>`)}</dl>
    <${Sparkline} ouro=${ouro} label=${t('heaps.spark', { name: heap.name })} line=${() => {
      const at = window_of(store, heap);
      if (!at) return null;
      const { x, ys } = history.window(at.from_ms, at.to_ms, ['live_objects']);
      const thin = decimate(x, ys, at.to_ms - at.from_ms, 200);
      return { ...at, x: thin.x, y: thin.ys[0] };
    }} />
    <p class="heap-last">${last ? html`<${Badge} generation=${last.generation} />
        ${' '}${t('heaps.last', { time: clock(last.time_ms), n: compact(last.collected), pause: duration_ns(last.pause_ns) })}`
      : html`<span class="muted">${t('heaps.no_collection')}</span>`}</p>
    <p class="muted heap-thresholds">${heap.enabled === false ? html`<span class="bad">${t('heaps.disabled')}</span>`
      : t('heaps.thresholds', { thresholds: (heap.thresholds ?? []).join(' · ') })}${heap.workload ? ` · ${t('heaps.workload', { name: heap.workload })}` : ''}</p>
    <div class="heap-card-foot">
      ${chosen ? html`<span class="chosen-mark">${t('heaps.chosen')}</span>`
        : html`<button type="button" class="button" onClick=${() => store.choose(heap.id)}>${t('heaps.choose')}</button>`}
      <label class="check"><input type="checkbox" checked=${on} disabled=${full}
        onChange=${() => set_overlaid(store, heap.id, !on)} /><span>${t('heaps.overlay')}</span></label>
      ${heap.recorded && html`<button type="button" class="button square" title=${t('record.close')} aria-label=${t('record.close')}
        onClick=${() => recorder.close(heap.id)}><${Icon} name="close" /></button>`}
    </div>
  </li>`;
}

/** Where a recording comes from, and what of it is missing. */
function Recorded({ ouro, heap }) {
  const { t } = ouro;
  const { name, time_ms, version, server, cut, left_out } = heap.recorded;
  return html`<p class="muted recorded"><b>${name}</b>${' · '}${t('record.from', { server: server ?? 'ourod', version: version ?? '–', time: clock(time_ms) })}
    ${cut && ` · ${t('record.cut')}`}${left_out > 0 && ` · ${t('record.left_out', { n: count(left_out) })}`}</p>`;
}

/** The page's window; for a heap whose time is another, its own newest stretch of that length. */
export function window_of(store, heap) {
  const shown = store.window();
  const newest = store.history(heap.id).newest_ms();
  if (Number.isNaN(newest)) return null;
  if (!shown) return { from_ms: newest - store.range_s.value * 1000, to_ms: newest };
  if (store.fixed.value === null && heap.kind !== 'recording' && store.heap()?.kind !== 'recording') {
    return { from_ms: newest - store.range_s.value * 1000, to_ms: newest };
  }
  if (newest < shown.from_ms || store.history(heap.id).oldest_ms() > shown.to_ms) {
    return { from_ms: newest - (shown.to_ms - shown.from_ms), to_ms: newest };
  }
  return shown;
}
