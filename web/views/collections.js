// collections.js - collections as a table, newest first; at most 200 rows.
import { html } from '../html.js';
import { bytes, clock_ms, count, duration_ns, UNKNOWN } from '../format.js';
import { chosen_records } from '../pause_buckets.js';
import { Card } from './card.js';
import { CollectionDrawer } from './collection_drawer.js';
import { PauseCard } from './collection_pauses.js';
import { Badge } from './icons.js';

const ROWS = 200;
/** Stable order and tone; phases of another runtime follow in the order they come. */
const PHASES = ['subtract', 'mark', 'unreachable', 'promote', 'finalize', 'clear', 'free'];

/** @param {{ouro: any}} props */
export default function Collections({ ouro }) {
  const { store, t } = ouro;
  store.beat.value;
  const params = store.params.value;
  const all = shown_records(store, ROWS).reverse();
  const records = chosen_records(all, params);
  const reasons = [...new Set([...all.map((r) => r.reason), ...(params.reason ? [params.reason] : [])])];
  const open = params.seq && (all.find((r) => String(r.seq) === params.seq) ?? kept.record);
  if (open && String(open.seq) === params.seq) kept.record = open;
  return html`<h1 class="unseen">${t('view.collections')}</h1>
    <${PauseCard} ouro=${ouro} />
    <${Card} title=${t('card.collections')}
      sub=${all.length > 0 ? `${t('card.collections_sub')} · ${t(store.fixed.value ? 'table.shown_then' : 'table.shown', { n: all.length })}` : t('card.collections_sub')}
      aside=${html`<${PhaseLegend} t=${t} />`}>
      <div class="filters">
        <${Filter} ouro=${ouro} name="gen" label=${t('table.gen')} options=${[0, 1, 2].map((g) => [String(g), t('series.gen', { generation: g })])} />
        <${Filter} ouro=${ouro} name="reason" label=${t('table.reason')} options=${reasons.map((reason) => [reason, reason_text(t, reason)])} />
        <${Filter} ouro=${ouro} name="least" label=${t('filter.least')} options=${LEAST_NS.map((ns) => [String(ns), t('filter.at_least', { pause: duration_ns(ns) })])} />
        <span class="muted" role="status">${records.length < all.length && t('filter.left', { n: count(records.length), all: count(all.length) })}</span>
      </div>
      <${CollectionsTable} ouro=${ouro} limit=${ROWS} records=${records} />
    <//>
    ${params.seq && (open && String(open.seq) === params.seq
      ? html`<${CollectionDrawer} ouro=${ouro} record=${open} records=${records} phase_name=${phase_name} reason_text=${reason_text} />`
      : html`<p class="notice">${t('detail.unknown', { seq: params.seq })}</p>`)}`;
}

/** What is open stays, also when two hundred newer ones have come. */
const kept = { record: null };
const LEAST_NS = [1e5, 1e6, 1e7, 1e8];

function Filter({ ouro, name, label, options }) {
  const { store, t } = ouro;
  return html`<label class="pill"><span class="muted">${label}</span>
    <select value=${store.params.value[name] ?? ''} onChange=${(event) => store.set_param(name, event.currentTarget.value)}>
      <option value="">${t('filter.any')}</option>${options.map(([value, words]) => html`<option key=${value} value=${value}>${words}</option>`)}
    </select></label>`;
}

function PhaseLegend({ t }) {
  return html`<ul class="legend">${PHASES.map((name, i) => html`<li key=${name}>
    <span class=${`swatch phase-${i}`}></span>${phase_name(t, name)}</li>`)}</ul>`;
}

function phase_name(t, name) {
  return PHASES.includes(name) ? t(`phase.${name}`) : name;
}

/** Columns: key of the title, what a record must have to fill it, and the cell. */
const COLUMNS = [
  { key: 'time', cell: (r, t, _most, open) => (open ? html`<button type="button" class="link" onClick=${() => open(r)}
    aria-label=${t('table.open', { time: clock_ms(r.time_ms), generation: r.generation })}>${clock_ms(r.time_ms)}</button>` : clock_ms(r.time_ms)) },
  { key: 'gen', cell: (r) => html`<${Badge} generation=${r.generation} />` },
  { key: 'reason', cell: (r, t) => html`${reason_text(t, r.reason)}${r.requested_by
    && html`<span class="muted"> · ${r.requested_by}</span>`}` },
  { key: 'pause', field: 'pause_ns', right: true, cell: (r) => duration_ns(r.pause_ns) },
  { key: 'examined', field: 'candidates', right: true, cell: (r) => count(r.candidates) },
  { key: 'collected', field: 'collected', right: true, cell: (r) => count(r.collected) },
  { key: 'freed', field: 'freed_bytes', right: true, cell: (r) => bytes(r.freed_bytes) },
  { key: 'phases', field: 'phases_ns', cell: (r, t, most) => html`<${Phases} record=${r} t=${t} most=${most} />` },
  { key: 'types', field: 'types', wide: true, cell: (r) => types_text(r.types) },
];

/** A reason that is newer than this page stands as it came. */
function reason_text(t, reason) {
  const text = t(`reason.${reason}`);
  return text.startsWith('reason.') ? reason : text;
}

function types_text(types) {
  if (!types) return UNKNOWN;
  if (types.length === 0) return UNKNOWN;
  return types.slice(0, 3).map(({ type, objects }) => `${type}\u00a0${count(objects)}`).join(', ');
}

/** Oldest first. While it is live the newest are wanted, also those from before the window. */
function shown_records(store, limit) {
  const fixed = store.fixed.value;
  return store.history(store.heap().id).records_in(fixed?.from_ms ?? -Infinity, fixed?.to_ms ?? Infinity, limit);
}

/** @param {{ouro: any, limit: number, records?: any[]}} props `records`: these, newest first, each to be opened */
export function CollectionsTable({ ouro, limit, records: chosen }) {
  const { store, t } = ouro;
  store.beat.value;
  const records = chosen ?? shown_records(store, limit).reverse();
  const open = chosen && ((r) => store.set_param('seq', String(r.seq)));
  const pinned = store.pinned_ms.value;
  const nearest = Number.isNaN(pinned) ? null : records.reduce((m, r) => (!m || Math.abs(r.time_ms - pinned) < Math.abs(m.time_ms - pinned) ? r : m), null);
  if (records.length === 0) return html`<p class="empty">${t(store.fixed.value ? 'table.none_then' : 'table.none')}</p>`;
  // What no record has is no column: absent is not zero.
  const columns = COLUMNS.filter(({ field }) => !field || records.some((r) => r[field] !== undefined));
  const most = records.reduce((m, r) => Math.max(m, Math.log10(1 + (r.pause_ns ?? 0) / 1000)), 0.1);
  return html`<table class="cards collections">
    <thead><tr>${columns.map((c) => html`<th scope="col" key=${c.key}
      class=${c.right ? 'right' : ''}>${t(`table.${c.key}`)}</th>`)}</tr></thead>
    <tbody>${records.map((r) => html`<tr key=${r.key} data-reason=${r.reason} data-seq=${r.seq}
      class=${r === nearest ? 'is-pinned' : ''}>
      ${columns.map((c) => html`<td key=${c.key} data-label=${t(`table.${c.key}`)}
        class=${`col-${c.key} ${c.right ? 'right' : ''}`}
        title=${c.field && r[c.field] === undefined ? t('table.not_reported') : undefined}>
        <span class="cell">${c.cell(r, t, most, open)}</span></td>`)}</tr>`)}</tbody>
  </table>`;
}

/**
 * Where a pause went. The bar's length is the pause on a logarithmic scale, so that
 * microseconds and milliseconds can stand in one column; its parts are shares.
 */
function Phases({ record, t, most }) {
  const phases = Object.entries(record.phases_ns ?? {}).filter(([, ns]) => ns > 0);
  phases.sort(([a], [b]) => place(a) - place(b));
  const total = phases.reduce((sum, [, ns]) => sum + ns, 0);
  if (total === 0) return UNKNOWN;
  const length = Math.max(0.12, Math.log10(1 + (record.pause_ns ?? total) / 1000) / most);
  const words = phases.map(([name, ns]) => `${phase_name(t, name)} ${duration_ns(ns)}`).join(', ');
  return html`<span class="phases" role="img" aria-label=${words} title=${words}>
    <span class="phases-bar" style=${{ width: `${length * 100}%` }}>
      ${phases.map(([name, ns]) => html`<i key=${name} class=${`phase-${Math.min(place(name), PHASES.length - 1)}`}
        style=${{ flexGrow: ns / total }}></i>`)}
    </span></span>`;
}

function place(name) {
  const i = PHASES.indexOf(name);
  return i < 0 ? PHASES.length : i;
}
