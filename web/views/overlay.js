// overlay.js - one number of up to four heaps on one chart; which heaps and which number
// stand in the address.
import { html } from '../html.js';
import { byte_rate, bytes, compact, rate } from '../format.js';
import { join_lines, MOST_HEAPS } from '../overlay.js';
import { slope } from '../stats.js';
import { Card } from './card.js';
import { Chart } from './chart.js';

const HEIGHT = 220;
/** Four lines that differ in colour and dash; generations' colours mean generations. */
const LINES = [{ token: 'plain' }, { token: 'plum' }, { token: 'plain', dashed: true }, { token: 'plum', dashed: true }];
/** A number to overlay: its column, whether its rate is meant, and how it is written. */
const NUMBERS = {
  live_objects: { column: 'live_objects', format: compact },
  live_bytes: { column: 'live_bytes', format: bytes },
  allocated: { column: 'allocated_total_objects', is_rate: true, format: rate },
  allocated_bytes: { column: 'allocated_total_bytes', is_rate: true, format: byte_rate },
  resident: { column: 'rss_bytes', format: bytes },
};

/** The heaps on the chart: those of the address that exist, else the first ones. */
export function overlaid(store) {
  const ids = store.heaps.value.map((h) => h.id);
  const asked = store.params.value.overlay;
  if (asked === undefined) return ids.slice(0, MOST_HEAPS);
  return asked.split(',').map(decodeURIComponent).filter((id) => ids.includes(id)).slice(0, MOST_HEAPS);
}

/** @param {any} store @param {string} id @param {boolean} on */
export function set_overlaid(store, id, on) {
  const others = overlaid(store).filter((other) => other !== id);
  const ids = on ? [...others, id].slice(0, MOST_HEAPS) : others;
  store.set_param('overlay', ids.length > 0 ? ids.map(encodeURIComponent).join(',') : ',');
}

/** @param {{ouro: any}} props */
export function Overlay({ ouro }) {
  const { store, t } = ouro;
  const ids = overlaid(store);
  const name = store.params.value.number in NUMBERS ? store.params.value.number : 'live_objects';
  const picker = html`<label class="pill"><span class="unseen">${t('heaps.number')}</span>
    <select value=${name} onChange=${(event) => store.set_param('number', event.currentTarget.value)}>
      ${Object.keys(NUMBERS).map((key) => html`<option key=${key} value=${key}>${t(`heaps.number_${key}`)}</option>`)}
    </select></label>`;
  if (ids.length === 0) {
    return html`<${Card} title=${t('heaps.together')} aside=${picker}><p class="empty">${t('heaps.none_overlaid')}</p><//>`;
  }
  return html`<div class="overlay"><div class="overlay-picker">${picker}</div>
    <${Lines} ouro=${ouro} ids=${ids} name=${name} key=${`${name} ${ids.join(' ')}`} /></div>`;
}

function Lines({ ouro, ids, name }) {
  const { store, t } = ouro;
  const { column, is_rate, format } = NUMBERS[name];
  const names = ids.map((id) => store.heaps.value.find((h) => h.id === id))
    .map((heap) => (heap.recorded ? heap.recorded.name : heap.name));
  return html`<${Chart} ouro=${ouro} title=${t('heaps.together')} sub=${t(`heaps.number_${name}`)}
    name="together" titles=${names} value=${format}
    spec=${{ kind: 'lines', height: HEIGHT, format: is_rate ? compact : format, base: format === bytes ? 1024 : 1000,
      series: ids.map((id, i) => ({ ...LINES[i], key: encodeURIComponent(id) })) }}
    build=${(_history, from_ms, to_ms, pixels) => join_lines(ids.map((id) => {
      const over_ms = Math.max(1000, (to_ms - from_ms) / 60);
      const { x, ys } = store.history(id).window(from_ms - over_ms, to_ms, [column]);
      return { x, ys: is_rate ? slope(x, ys[0], over_ms) : ys[0] };
    }), from_ms, to_ms, pixels, 2000)} />`;
}
