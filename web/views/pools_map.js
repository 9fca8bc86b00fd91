// pools_map.js - the arena map on the page: which pools each arena has, how full they
// are, and what keeps memory from going back to the system.
//
// Asked again while it is seen and live, every 2 s at most, one question at a time.
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { useSignal, useSignalEffect } from '@preact/signals';
import { cell_at, cell_box, color, held_back, hue, kept_by, lay_out, paint, pool_at, read_map, sizes_of, SPARSE, step } from '../arena_map.js';
import { error_sentence } from '../errors.js';
import { bytes, clock, count, percent } from '../format.js';
import { html } from '../html.js';
import { Card } from './card.js';

const AGAIN_MS = 2000;
const PAGE_ARENAS = 512;
const TABLE_ROWS = 200;
const SPOKEN_AFTER_MS = 300;

/** The size that stands out, NaN for none. */
export const chosen_size = (store) => Number(store.params.value.class) || NaN;
export function choose_size(store, size) {
  store.set_param('class', Number(store.params.peek().class) === size ? '' : String(size));
}

/** @param {{ouro: any, heap: any}} props */
export function ArenaMapCard({ ouro, heap }) {
  const { store, session, t, theme } = ouro;
  const answer = useSignal(/** @type {import('../arena_map.js').ArenaMap | null} */ (null));
  const failed = useSignal(/** @type {any} */ (null));
  const cursor = useSignal({ row: 0, pool: 0 });
  const over = useSignal(/** @type {{row: number, pool: number} | null} */ (null));
  const width = useSignal(0);
  const as_table = useSignal(false);
  const said = useSignal('');
  const place = useRef(null);
  const canvas = useRef(null);
  const state = useMemo(() => ({ asking: false, asked_ms: -Infinity, seen: true, gone: false, speaking: 0 }), []);

  async function ask() {
    const is_past = store.fixed.peek() !== null;
    if (state.asking || document.hidden || !state.seen || store.connection.peek().kind !== 'open') return;
    if (performance.now() - state.asked_ms < AGAIN_MS || (is_past && answer.peek())) return;
    state.asking = true;
    state.asked_ms = performance.now();
    try {
      const map = await read_map((from) => session.ask('heap.pool_map', { heap: heap.id, limit: PAGE_ARENAS, ...(from ? { cursor: from } : {}) }));
      if (state.gone) return;
      answer.value = map;
      failed.value = null;
    } catch (error) {
      if (!state.gone) failed.value = error;
    } finally {
      state.asking = false;
    }
  }
  useSignalEffect(() => {
    store.beat.value;
    store.connection.value;
    store.fixed.value;
    ask();
  });
  useEffect(() => {
    const seen = new IntersectionObserver(([entry]) => { state.seen = entry.isIntersecting; });
    const sized = new ResizeObserver(([entry]) => { width.value = Math.floor(entry.contentRect.width); });
    seen.observe(place.current);
    sized.observe(place.current);
    return () => {
      state.gone = true;
      clearTimeout(state.speaking);
      seen.disconnect();
      sized.disconnect();
    };
  }, []);

  const map = answer.value;
  const layout = map && width.value > 0 ? lay_out(map.arenas.length, width.value) : null;
  const sizes = useMemo(() => (map ? sizes_of(map) : []), [map]);
  const only = chosen_size(store);
  const numbers = (token) => theme.color(token).match(/[\d.]+/g).slice(0, 3).map(Number);
  theme.version.value;
  const panel = numbers('panel');
  const dark = panel[0] < 128;

  useEffect(() => {
    const element = canvas.current;
    if (!element || !layout || map.arenas.length === 0) return;
    const scale = Math.min(2, devicePixelRatio || 1);
    element.width = Math.round(layout.width * scale);
    element.height = Math.round(layout.height * scale);
    const image = new ImageData(element.width, element.height);
    paint(image.data, element.width, map, layout, { scale, dark, panel, line: numbers('edge'), sizes, only });
    element.getContext('2d').putImageData(image, 0, 0);
  }, [map, width.value, only, theme.version.value, as_table.value]);

  const words = (cell) => {
    const pool = map && pool_at(map, cell.row, cell.pool);
    if (!pool) return '';
    const where = { arena: pool.arena, pool: pool.pool };
    return pool.size > 0 ? t('pools.cell', { ...where, size: pool.size, used: count(pool.used), capacity: count(pool.capacity) })
      : t('pools.cell_empty', where);
  };

  function key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const pool = pool_at(map, cursor.peek().row, cursor.peek().pool);
    if (event.key === 'Enter' && pool?.size > 0) choose_size(store, pool.size);
    const to = event.key === 'Enter' ? cursor.peek() : step(event.key, cursor.peek(), map.arenas.length);
    if (!to) return;
    event.preventDefault();
    over.value = null;
    cursor.value = to;
    clearTimeout(state.speaking);
    state.speaking = setTimeout(() => { said.value = words(to); }, SPOKEN_AFTER_MS);
  }
  function under(event) {
    const box = canvas.current.getBoundingClientRect();
    return cell_at(layout, event.clientX - box.left, event.clientY - box.top);
  }

  const at = over.value ?? { row: Math.min(cursor.value.row, Math.max(0, (map?.arenas.length ?? 1) - 1)), pool: cursor.value.pool };
  const box = layout && map.arenas.length > 0 && cell_box(layout, at.row, at.pool);
  const time = map && t('pools.as_of', { time: clock(map.to_ms) });
  return html`<${Card} title=${t('pools.map')} sub=${html`${t('pools.map_sub')}${map && html` · <span class="at">${time}</span>`}`}
      aside=${map && html`<button type="button" class="button" aria-pressed=${as_table.value} onClick=${() => { as_table.value = !as_table.value; }}>${t('pools.as_table')}</button>`}>
    ${store.fixed.value && html`<p class="notice">${t('pools.past')}</p>`}
    ${failed.value && html`<p class="notice">${error_sentence(t, failed.value)}</p>`}
    ${map && html`<${Answer} ouro=${ouro} heap=${heap} map=${map} />`}
    <div ref=${place}>
      ${!map && !failed.value && html`<p class="empty">${t('pools.map_loading')}</p>`}
      ${map?.arenas.length === 0 && html`<p class="empty">${t('pools.map_empty')}</p>`}
      ${box && !as_table.value && html`
        <ul class="legend pool-legend">
          ${sizes.map((size, i) => html`<li key=${size}><button type="button" class="class-key" aria-pressed=${size === only}
            onClick=${() => choose_size(store, size)}><span class="swatch" style=${{ background: `rgb(${color(hue(i, sizes.length), 0.75, dark)})` }}></span>${size} B</button></li>`)}
          <li class="muted">${t(dark ? 'pools.map_key_dark' : 'pools.map_key')}</li>
        </ul>
        <div class="pool-map" role="application" tabindex="0" aria-roledescription=${t('pools.map_role')} aria-label=${t('pools.map_label', { n: count(map.arenas.length) })}
          aria-describedby="pool-map-hint" onKeyDown=${key} style=${{ width: `${layout.width}px`, height: `${layout.height}px` }}
          onPointerMove=${(event) => { over.value = under(event); }} onPointerLeave=${() => { over.value = null; }}
          onClick=${(event) => { cursor.value = under(event) ?? cursor.value; }}>
          <canvas ref=${canvas} aria-hidden="true" style=${{ width: `${layout.width}px`, height: `${layout.height}px` }}></canvas>
          <span class="pool-cursor" style=${{ left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px` }}></span>
        </div>
        <p class="pool-said"><b>${words(at)}</b> <span class="muted">${keeper_words(t, map.arenas[at.row])}</span></p>
        <p class="hint" id="pool-map-hint">${t('pools.map_hint')}</p>`}
      ${box && as_table.value && html`<${ArenaTable} t=${t} map=${map} pool_bytes=${store.history(heap.id).pools?.pools?.pool_bytes} />`}
    </div>
    <p class="unseen" role="status">${said.value}</p>
  <//>`;
}

/** "It is kept by 13 used blocks: 12 of 64 B, 1 of 16 B". */
function keeper_words(t, arena) {
  const { used, sizes } = kept_by(arena);
  if (used === 0) return t('pools.kept_by_none');
  const list = sizes.slice(0, 3).map((s) => t('pools.kept_size', { n: count(s.used), size: s.size }));
  if (sizes.length > 3) list.push('…');
  return t('pools.kept_by', { n: count(used), list: list.join(t('pools.kept_join')) });
}

/** Collected, but why did memory not fall? */
function Answer({ ouro, heap, map }) {
  const { store, t } = ouro;
  const pool_bytes = store.history(heap.id).pools?.pools?.pool_bytes;
  if (!pool_bytes) return null;
  const held = held_back(map, pool_bytes);
  const percent_words = percent(SPARSE);
  return html`<p class="pool-answer"><b>${t('pools.why')}</b>${t('pools.why_whole')}${held.sparse > 0
    ? t('pools.why_sparse', { arenas: count(held.sparse), percent: percent_words, blocks: count(held.blocks), bytes: bytes(held.bytes) })
    : t('pools.why_none', { percent: percent_words })}${held.empty > 0 ? t('pools.why_empty', { n: count(held.empty), bytes: bytes(held.empty_bytes) }) : ''}</p>`;
}

/** The map in words, the emptiest arenas first: they are the ones to ask about. */
function ArenaTable({ t, map, pool_bytes }) {
  const rows = useMemo(() => map.arenas.map((arena) => ({ arena, ...kept_by(arena) })).sort((a, b) => a.bytes - b.bytes || a.arena.number - b.arena.number), [map]);
  const heads = ['arena', 'col_pools', 'col_used', 'col_bytes', 'col_fill'];
  return html`<table class="cards">
    <thead><tr>${heads.map((key) => html`<th scope="col" key=${key} class="right">${t(`pools.${key}`)}</th>`)}<th scope="col">${t('pools.kept_title')}</th></tr></thead>
    <tbody>${rows.slice(0, TABLE_ROWS).map(({ arena, pools, used, bytes: in_use, sizes }) => {
      const cells = [arena.number, `${pools} / ${arena.used.length}`, count(used), bytes(in_use), percent(in_use / (arena.used.length * pool_bytes))];
      return html`<tr key=${arena.number}>${cells.map((text, i) => html`<td key=${heads[i]} class="right" data-label=${t(`pools.${heads[i]}`)}>${text}</td>`)}
        <td class="col-kept" data-label=${t('pools.kept_title')}>${sizes.length === 0 ? t('pools.kept_by_none')
          : sizes.slice(0, 4).map((s) => t('pools.kept_size', { n: count(s.used), size: s.size })).join(t('pools.kept_join'))}${sizes.length > 4 ? ' …' : ''}</td></tr>`;
    })}</tbody></table>
    ${rows.length > TABLE_ROWS && html`<p class="hint">${t('pools.more', { n: count(rows.length - TABLE_ROWS) })}</p>`}`;
}
