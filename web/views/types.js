// types.js - live objects by type, and what grew since a baseline.
import { useEffect, useMemo } from 'preact/hooks';
import { useSignal, useSignalEffect } from '@preact/signals';
import { html } from '../html.js';
import { bytes, clock, count, percent, UNKNOWN } from '../format.js';
import { error_sentence } from '../errors.js';
import { CENSUS, GROWTH, next_order, order_of, sort_rows, type_rows } from '../type_rows.js';
import { Card } from './card.js';
import { TypeObjects } from './types_objects.js';

const AGAIN_MS = 2000;
const ROWS = 200;
const MOST_TYPES = 1000;
/** As many as a heap keeps. */
const BASELINES = 16;

/** Baselines of this session: {mark, time_ms}, the newest first, by daemon and heap. @type {Map<string, any[]>} */
const taken = new Map();

const signed = (write) => (n) => (n > 0 ? `+${write(n)}` : write(n));
const CELLS = {
  grown_objects: signed(count),
  grown_bytes: signed(bytes),
  objects: count,
  bytes,
  share: (share) => (Number.isNaN(share) ? UNKNOWN
    : html`<span class="meter"><i style=${{ width: `${share * 100}%` }}></i></span><span class="meter-text">${percent(share)}</span>`),
};

/** @param {{ouro: any}} props */
export default function Types({ ouro }) {
  const { store, t } = ouro;
  const heap = store.heap();
  return html`<h1 class="unseen">${t('view.types')}</h1>
    ${heap.capabilities?.includes('census') ? html`<${Census} key=${heap.id} ouro=${ouro} heap=${heap} />`
      : html`<p class="notice">${heap.kind === 'recording' ? t('types.recording') : t('types.not_offered', { kind: heap.kind })}</p>`}`;
}

function Census({ ouro, heap }) {
  const { store, session, t } = ouro;
  /** {census, growth, since, at_ms} */ const answer = useSignal(null);
  const failed = useSignal(null);
  const busy = useSignal(false);
  const state = useMemo(() => ({ asking: false, asked_ms: -Infinity, asked_since: '', gone: false }), []);
  const place = `${store.hello.value?.instance} ${heap.id}`;
  const baselines = taken.get(place) ?? [];
  const grows = heap.capabilities.includes('growth');
  const baseline_of = ({ since: text = '' }) => (grows && /^[1-9]\d{0,14}$/.test(text) ? text : '');
  const { type = '', sort } = store.params.value;
  const since = baseline_of(store.params.value);

  async function ask() {
    if (state.asking || state.gone || document.hidden || store.connection.peek().kind !== 'open') return;
    const chosen = baseline_of(store.params.peek());
    // The past is not counted again; a baseline that is chosen there is looked at once.
    const is_new = state.asked_since !== chosen;
    if (!is_new && (performance.now() - state.asked_ms < AGAIN_MS || (store.fixed.peek() && answer.peek()))) return;
    Object.assign(state, { asking: true, asked_ms: performance.now(), asked_since: chosen });
    try {
      const question = (method, more) => session.ask(method, { heap: heap.id, limit: MOST_TYPES, ...more });
      const [census, growth] = await Promise.all([question('heap.census'), chosen ? question('heap.growth', { since: Number(chosen) }) : null]);
      if (state.gone) return;
      answer.value = { census, growth, since: chosen, at_ms: store.daemon_ms() };
      failed.value = null;
    } catch (error) {
      if (!state.gone) failed.value = error;
    } finally {
      state.asking = false;
      if (baseline_of(store.params.peek()) !== chosen) ask();
    }
  }
  useSignalEffect(() => {
    store.beat.value;
    store.connection.value;
    store.fixed.value;
    ask();
  });
  useEffect(() => { ask(); }, [since]);
  useEffect(() => () => { state.gone = true; }, []);

  async function take() {
    busy.value = true;
    try {
      const { mark, time_ms } = await session.ask('heap.mark', { heap: heap.id });
      taken.set(place, [{ mark, time_ms }, ...taken.get(place) ?? []].slice(0, BASELINES));
      failed.value = null;
      if (!state.gone) store.set_param('since', String(mark));
    } catch (error) {
      failed.value = error;
    } finally {
      busy.value = false;
    }
  }

  const told = answer.value;
  const growth = told?.since === since ? told.growth : null;
  const listed = growth && !baselines.some(({ mark }) => String(mark) === since)
    ? [{ mark: since, time_ms: growth.since_ms }, ...baselines] : baselines;
  const problem = failed.value;
  const rows = useMemo(() => told && type_rows(told.census, growth), [told, growth]);
  const order = order_of(sort, growth !== null);
  const shown = useMemo(() => rows && sort_rows(rows, order).slice(0, ROWS), [rows, order.key, order.down]);
  const close = () => store.set_param('type', '');
  return html`<${Card} title=${t('types.title')} class="types"
      sub=${told && `${t(growth ? 'types.sub_growth' : 'types.sub', { n: count(told.census.types_total), time: clock(told.at_ms), since: clock(growth?.since_ms) })}${store.fixed.value ? ` · ${t('types.paused')}` : ''}`}>
      <p class="hint types-hint">${t(grows ? 'types.leak' : 'types.no_growth')}</p>
      ${grows && html`<div class="types-tools">
        <button type="button" class="button primary" disabled=${busy.value || Boolean(store.fixed.value)} onClick=${take}>${t('types.take')}</button>
        <label class="pill pick"><span>${t('types.since')}</span><select value=${since} disabled=${listed.length === 0}
          onChange=${(event) => store.set_param('since', event.currentTarget.value)}>
          <option value="" selected=${since === ''}>${t(listed.length ? 'types.since_none' : 'types.none_taken')}</option>
          ${listed.map(({ mark, time_ms }) => html`<option key=${mark} value=${String(mark)} selected=${String(mark) === since}>${mark} · ${clock(time_ms)}</option>`)}</select></label>
        <span class="muted" role="status">${since && growth ? t('types.taken', { time: clock(growth.since_ms) }) : ''}</span>
      </div>`}
      ${problem && html`<p class="bad" role="alert">${problem.data?.path === '/params/since' ? t('types.forgotten', { mark: since }) : error_sentence(t, problem)}</p>`}
      ${!rows ? !problem && html`<p class="empty" role="status">${t('types.counting')}</p>`
        : rows.length === 0 ? html`<p class="empty">${t('types.empty')}</p>`
        : html`<${Table} ouro=${ouro} columns=${growth ? GROWTH : CENSUS} rows=${shown} order=${order} type=${type} />
          ${told.census.types_total > shown.length && html`<p class="muted">${t('types.rest', { n: count(told.census.types_total - shown.length) })}</p>`}`}
    <//>
    ${type && html`<${TypeObjects} key=${type} ouro=${ouro} heap=${heap} type=${type} close=${close} />`}`;
}

function Table({ ouro: { store, t }, columns, rows, order, type }) {
  return html`<table class="cards"><thead><tr>${columns.map((key) => html`<th scope="col" key=${key} class=${key === 'type' || key === 'share' ? '' : 'right'}
      aria-sort=${order.key === key ? (order.down ? 'descending' : 'ascending') : undefined}>
      <button type="button" class="sort" onClick=${() => store.set_param('sort', next_order(order, key))}>${t(`types.col_${key}`)}<span aria-hidden="true">${order.key === key ? (order.down ? ' ↓' : ' ↑') : ''}</span></button></th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row.type} data-type=${row.type} class=${row.type === type ? 'chosen' : ''}>
      ${columns.map((key) => (key === 'type'
        ? html`<th scope="row" key=${key}><button type="button" class="link name" aria-expanded=${row.type === type}
          onClick=${() => store.set_param('type', row.type === type ? '' : row.type)}>${row.type}</button></th>`
        : html`<td key=${key} data-label=${t(`types.col_${key}`)} class=${`col-${key} ${key === 'share' ? '' : 'right'} ${key.startsWith('grown') && row[key] > 0 ? 'grown' : ''}`}><span class="cell">${CELLS[key](row[key])}</span></td>`))}</tr>`)}</tbody></table>`;
}
