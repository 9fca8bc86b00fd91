// compare.js - two windows of a heap's stored time side by side: before and after a
// change, this hour and the one before. The windows stand in the address.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { byte_rate, bytes, count, duration_ns, percent, rate, span } from '../format.js';
import { error_sentence } from '../errors.js';
import { compare_rows, format_span, PAIRS, parse_span, told } from '../compare.js';
import { Card } from './card.js';
import { Badge } from './icons.js';
import { Sparkline } from './sparkline.js';

const WRITE = { rate, byte_rate, bytes, count, percent, duration: duration_ns };

/** @param {{ouro: any, heap: any}} props */
export function Compare({ ouro, heap }) {
  const { store, session, t } = ouro;
  const answer = useSignal({ kind: 'none' });
  const sides = { a: parse_span(store.params.value.a), b: parse_span(store.params.value.b) };
  const key = sides.a && sides.b ? `${heap.id} ${format_span(sides.a)} ${format_span(sides.b)}` : '';
  const open = store.connection.value.kind === 'open';

  useEffect(() => {
    if (!key || !open || heap.kind === 'recording') return undefined;
    let wanted = true;
    answer.value = { kind: 'loading' };
    const samples = (side) => session.ask('history.samples', { heap: heap.id, from_ms: side.from_ms, to_ms: side.to_ms });
    Promise.all([session.ask('history.compare', { heap: heap.id, ...sides }), samples(sides.a), samples(sides.b)])
      .then(([comparison, a, b]) => { if (wanted) answer.value = { kind: 'ready', comparison, a, b }; })
      .catch((error) => { if (wanted) answer.value = { kind: 'error', error }; });
    return () => { wanted = false; };
  }, [key, open]);

  const set = (side, window) => store.set_param(side, format_span(window));
  if (heap.kind === 'recording') {
    return html`<${Card} title=${t('compare.title')} sub=${t('compare.sub', { name: heap.name })}><p class="empty">${t('compare.recording')}</p><//>`;
  }
  return html`<${Card} title=${t('compare.title')} sub=${t('compare.sub', { name: heap.name })} class="compare">
    <div class="compare-sides">
      <${Side} ouro=${ouro} name="a" side=${sides.a} set=${set} />
      <${Side} ouro=${ouro} name="b" side=${sides.b} set=${set} />
      <div class="compare-pairs" role="group" aria-label=${t('compare.pairs')}>
        ${PAIRS.map(({ key: pair, of }) => html`<button type="button" class="button" key=${pair} onClick=${() => {
          const now = store.history(heap.id).newest_ms();
          const { a, b } = of(Number.isNaN(now) ? Date.now() : now);
          set('a', a);
          set('b', b);
        }}>${t(`compare.pair_${pair}`)}</button>`)}
      </div>
    </div>
    ${!key && html`<p class="empty">${t('compare.choose')}</p>`}
    ${key && answer.value.kind === 'loading' && html`<p class="empty" role="status">${t('compare.loading')}</p>`}
    ${key && answer.value.kind === 'error' && html`<p class="bad" role="alert">${answer.value.error.name === 'not_supported'
      ? t('compare.off') : error_sentence(t, answer.value.error)}</p>`}
    ${key && answer.value.kind === 'ready' && html`<${Result} ouro=${ouro} answer=${answer.value} />`}
  <//>`;
}

/** One window: two moments to type, or what is on show now. */
function Side({ ouro, name, side, set }) {
  const { store, t } = ouro;
  const field = (end) => html`<label class="field"><span>${t(`compare.${end}`)}</span>
    <input type="datetime-local" step="1" value=${side ? local_text(side[`${end}_ms`]) : ''}
      onChange=${(event) => {
        const time_ms = new Date(event.currentTarget.value).getTime();
        const shown = store.window() ?? { from_ms: Date.now() - 60000, to_ms: Date.now() };
        const next = { ...(side ?? shown), [`${end}_ms`]: time_ms };
        if (next.to_ms > next.from_ms) set(name, next);
        else event.currentTarget.value = side ? local_text(side[`${end}_ms`]) : '';
      }} /></label>`;
  return html`<fieldset class="compare-side"><legend>${t(`compare.${name}`)}</legend>
    ${field('from')}${field('to')}
    <button type="button" class="link" onClick=${() => { const shown = store.window(); if (shown) set(name, shown); }}>${t('compare.use_shown')}</button>
  </fieldset>`;
}

function Result({ ouro, answer: { comparison, a, b } }) {
  const { t } = ouro;
  const rows = compare_rows(comparison);
  const known = ['a', 'b'].filter((side) => comparison[side].covered_ms > 0);
  if (known.length < 2) return html`<p class="empty">${t('compare.unknown', { side: t(`compare.${known.includes('a') ? 'b' : 'a'}`) })}</p>`;
  const news = told(rows);
  const words = news.map((r) => t('compare.changed', { what: row_name(t, r), ratio: ratio_text(r.ratio) })).join(t('compare.comma'));
  const top = Math.max(1, ...[...a.samples, ...b.samples].map((s) => s.live_bytes?.max ?? 0));
  return html`<p class="compare-said">${news.length > 0 ? t('compare.said', { words }) : t('compare.same')}</p>
    <div class="compare-lines">${[['a', a], ['b', b]].map(([name, { samples }]) => html`<figure key=${name}>
      <figcaption><b>${t(`compare.${name}`)}</b>${' '}<span class="muted">${t('compare.known', {
        known: span(comparison[name].covered_ms), span: span(comparison[name].to_ms - comparison[name].from_ms) })}</span></figcaption>
      <${Sparkline} ouro=${ouro} token="plum" top=${top} label=${t('compare.line', { side: t(`compare.${name}`), top: bytes(top) })} line=${() => ({
        ...comparison[name], x: samples.map((s) => s.time_ms), y: samples.map((s) => s.live_bytes?.mean ?? null),
        low: samples.map((s) => s.live_bytes?.min ?? null), high: samples.map((s) => s.live_bytes?.max ?? null),
      })} />
      <p class="muted">${t('compare.scale', { top: bytes(top) })}</p></figure>`)}</div>
    <table class="cards compare-table"><thead><tr><th scope="col">${t('compare.what')}</th>
      ${['a', 'b', 'ratio'].map((column) => html`<th scope="col" class="right" key=${column}>${t(`compare.${column}`)}</th>`)}</tr></thead>
    <tbody>${rows.map((r) => html`<tr key=${`${r.key}${r.generation ?? ''}`}>
      <th scope="row">${r.generation !== undefined && html`<${Badge} generation=${r.generation} /> `}${t(`compare.${r.key}`)}</th>
      ${['a', 'b'].map((side) => html`<td key=${side} class="right" data-label=${t(`compare.${side}`)}><span class="cell">${WRITE[r.kind](r[side])}</span></td>`)}
      <td class="right" data-label=${t('compare.ratio')}><span class="cell">${ratio_text(r.ratio)}</span></td></tr>`)}</tbody></table>`;
}

function row_name(t, { key }) {
  return t(`compare.${key}`);
}

/** 1.8 → "1.8 ×" @param {number} ratio */
function ratio_text(ratio) {
  if (Number.isNaN(ratio)) return '–';
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio >= 10 ? ratio.toFixed(1) : ratio.toFixed(2)}\u00a0×`;
}

/** What a datetime-local field holds: local time without a zone. @param {number} time_ms */
function local_text(time_ms) {
  const d = new Date(time_ms);
  return new Date(time_ms - d.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}
