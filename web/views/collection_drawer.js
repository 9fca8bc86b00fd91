// collection_drawer.js - everything that one collection told: why it ran, where its pause
// went, what it freed, and an example of a cycle that it found.
import { html } from '../html.js';
import { bytes, clock_ms, count, duration_ns, percent } from '../format.js';
import { longest_phase } from '../stories.js';
import { CopyButton } from './copy.js';
import { Drawer } from './drawer.js';
import { Badge } from './icons.js';
import { view_link } from './link.js';

/** A record's other numbers, in order, and how each is written. */
const FACTS = [['promoted', count], ['resurrected', count], ['finalized', count], ['weakrefs_cleared', count], ['uncollectable', count],
  ['live_objects_before', count], ['live_objects_after', count], ['live_bytes_after', bytes], ['arenas_released', count], ['duration_ns', duration_ns]];
const AROUND_MS = 5000;

/** @param {{ouro: any, record: any, records: any[], phase_name: (t: any, name: string) => string,
 *   reason_text: (t: any, reason: string) => string}} props `records` newest first, for the steps to its neighbours */
export function CollectionDrawer({ ouro, record: r, records, phase_name, reason_text }) {
  const { store, t } = ouro;
  const at = records.findIndex((other) => other.seq === r.seq);
  const go = (to) => store.set_param('seq', String(to.seq));
  const step = (to, words) => html`<button type="button" class="button" disabled=${!to} onClick=${() => go(to)}>${words}</button>`;
  const { key: _key, ...told } = r;
  const phases = Object.entries(r.phases_ns ?? {});
  const total = phases.reduce((sum, [, ns]) => sum + ns, 0);
  return html`<${Drawer} t=${t} title=${t('detail.title', { seq: count(r.seq) })} sub=${clock_ms(r.time_ms)} class="collection-drawer" close=${() => store.set_param('seq', '')}>
    <p class="collection-said"><${Badge} generation=${r.generation} /> ${sentence(t, r, reason_text, phase_name)}</p>
    <p class="collection-steps">${step(records[at + 1], t('detail.before'))}${step(at > 0 ? records[at - 1] : null, t('detail.after'))}
      <button type="button" class="button" onClick=${() => {
        store.show('overview');
        store.zoom({ from_ms: r.time_ms - AROUND_MS, to_ms: r.time_ms + AROUND_MS });
        store.pin(r.time_ms);
      }}>${t('detail.charts')}</button>
      <${CopyButton} t=${t} text=${() => JSON.stringify(told, null, 2)} label=${t('detail.copy')} /></p>
    ${r.cycle_example?.length > 0 && html`<h3>${t('detail.cycle')}</h3><${Cycle} ouro=${ouro} steps=${r.cycle_example} />`}
    ${total > 0 && html`<h3>${t('table.phases')}</h3><dl class="facts">${phases.map(([name, ns]) => html`<div key=${name}><dt>${phase_name(t, name)}</dt>
      <dd>${duration_ns(ns)} <span class="muted">${percent(ns / total)}</span></dd></div>`)}</dl>`}
    ${r.types?.length > 0 && html`<h3>${t('detail.types')}</h3><table><thead><tr><th scope="col">${t('detail.type')}</th>
      <th scope="col" class="right">${t('detail.objects')}</th><th scope="col" class="right">${t('detail.bytes')}</th></tr></thead>
      <tbody>${r.types.map(({ type, objects, bytes: size }) => html`<tr key=${type}><td><code>${type}</code></td><td class="right">${count(objects)}</td>
        <td class="right">${bytes(size)}</td></tr>`)}</tbody></table>`}
    <h3>${t('detail.numbers')}</h3><dl class="facts">${FACTS.filter(([key]) => r[key] !== undefined).map(([key, write]) => html`<div key=${key}>
      <dt>${t(`detail.${key}`)}</dt><dd>${write(r[key])}</dd></div>`)}</dl>
  <//>`;
}

/** "a.friend → b.friend → a": each step says through which field it refers to the next. */
function Cycle({ ouro, steps }) {
  const { t } = ouro;
  const name = ({ type, id }) => `${type} ${id}`;
  return html`<ol class="cycle">${steps.map((s, i) => html`<li key=${i}><code>${name(s)}</code>${s.via && html`<span class="muted"> .${s.via}</span>`}
      <span aria-hidden="true"> → </span><span class="unseen">${t('detail.refers')}</span></li>`)}<li><code>${name(steps[0])}</code></li></ol>
    <p class="muted">${t('detail.cycle_why')} <a href=${view_link(ouro.store, 'objects')}>${t('view.objects')}</a></p>`;
}

/** What happened, in words, from what the record has. */
function sentence(t, r, reason_text, phase_name) {
  const known = `detail.why_${r.reason}`;
  const why = t(known, { generation: r.generation, who: r.requested_by ?? '' });
  const parts = [why === known ? t('detail.why_other', { generation: r.generation, reason: reason_text(t, r.reason) }) : why];
  parts.push(r.candidates === undefined ? t('detail.paused', { pause: duration_ns(r.pause_ns) })
    : t('detail.looked', { n: count(r.candidates), pause: duration_ns(r.pause_ns) }));
  parts.push(r.collected === 0 ? t('detail.nothing')
    : t(r.freed_bytes === undefined ? 'detail.freed' : 'detail.freed_bytes', { n: count(r.collected), bytes: bytes(r.freed_bytes) }));
  const phase = longest_phase(r);
  if (phase) parts.push(t('detail.mostly', { phase: phase_name(t, phase.name), share: percent(phase.share) }));
  return parts.join(t('detail.space'));
}
