// objects_details.js - the chosen object: what it is, what it refers to, who holds it.
import { html } from '../html.js';
import { bytes, count, UNKNOWN } from '../format.js';
import { error_sentence } from '../errors.js';
import { dotted, long_name } from '../graph_model.js';
import { Card } from './card.js';
import { CopyButton } from './copy.js';
import { Badge } from './icons.js';

const MOST_LINES = 12;

/** @param {{t: any, explorer: any, choose: (id: string) => void, show_near: (id: string) => void, can_path: boolean}} props */
export function Details({ t, explorer, choose, show_near, can_path }) {
  const details = explorer.details.value;
  if (!details) return html`<${Card} title=${t('obj.details')} class="object-details"><p class="hint">${t('obj.details_none')}</p><//>`;
  const { id, object, problem } = details;
  if (!object) {
    return html`<${Card} title=${t('obj.details')} class="object-details"><p class=${problem ? 'bad' : 'hint'} role="status">${!problem ? t('obj.loading')
      : problem.name === 'no_such_object' ? t('obj.gone', { id }) : error_sentence(t, problem)}</p><//>`;
  }
  const model = explorer.picture.value?.model;
  const stepping = explorer.step.value !== null;
  const out = model ? [...model.links.values()].filter((l) => l.from === id) : [];
  return html`<${Card} title=${t('obj.details')} sub=${long_name(object)} class="object-details">
    <dl class="object-facts">
      <div><dt>${t('obj.type')}</dt><dd>${object.type}</dd></div>
      ${object.text && html`<div><dt>${t('obj.text')}</dt><dd>${object.text}</dd></div>`}
      <div><dt>${t('obj.id')}</dt><dd><code>${id}</code> <${CopyButton} t=${t} text=${id} /></dd></div>
      <div><dt>${t('obj.refcount')}</dt><dd>${object.refcount === undefined ? t('obj.immortal') : count(object.refcount)}</dd></div>
      <div><dt>${t('obj.generation')}</dt><dd>${object.generation === undefined ? t(object.tracked ? 'obj.no_generation' : 'obj.untracked')
        : html`<${Badge} generation=${object.generation} />`}${object.finalized && html` <span class="muted">${t('obj.finalizer_ran')}</span>`}</dd></div>
      <div><dt>${t('obj.size')}</dt><dd>${object.bytes === undefined ? UNKNOWN : bytes(object.bytes)}</dd></div>
      <div><dt>${t('obj.fields')}</dt><dd><${Lines} t=${t} none=${t('obj.nothing')} all=${Math.max(out.length, 0)}
        lines=${out.map((l) => ({ key: l.key, id: l.to, before: l.fields.join(', '), thing: model.things.get(l.to) }))} choose=${choose} /></dd></div>
      <div><dt>${t('obj.referrers')}</dt><dd><${Referrers} t=${t} details=${details} model=${model} stepping=${stepping} choose=${choose} /></dd></div>
    </dl>
    ${problem && html`<p class="bad" role="status">${problem.name === 'no_such_object' ? t('obj.gone', { id }) : error_sentence(t, problem)}</p>`}
    <div class="row">
      ${can_path && html`<button type="button" class="button" disabled=${stepping} onClick=${() => explorer.explain(id)}>${t('obj.why')}</button>`}
      <button type="button" class="button" disabled=${stepping} onClick=${() => show_near(id)}>${t('obj.near')}</button>
    </div>
    ${stepping && html`<p class="hint">${t('obj.while_stepping')}</p>`}
  <//>`;
}

/** From the daemon, which looked through the whole heap; between steps, from the picture. */
function Referrers({ t, details, model, stepping, choose }) {
  const { id, referrers } = details;
  if (!referrers) {
    if (!stepping) return UNKNOWN;
    const known = [...model.links.values()].filter((l) => l.to === id);
    const roots = model.roots.filter((r) => r.id === id);
    return html`<${Lines} t=${t} none=${UNKNOWN} all=${known.length + roots.length} choose=${choose} lines=${[
      ...roots.map((r) => ({ key: `root ${r.name}`, root: r.name })),
      ...known.map((l) => ({ key: l.key, id: l.from, after: l.fields.join(', '), thing: model.things.get(l.from) }))]} />`;
  }
  const others = referrers.references_by_others;
  return html`<${Lines} t=${t} none=${others > 0 ? '' : t('obj.nobody')} all=${referrers.referrers.length + referrers.roots.length} choose=${choose} lines=${[
    ...referrers.roots.map((name) => ({ key: `root ${name}`, root: name })),
    ...referrers.referrers.map((r) => ({ key: r.object.id, id: r.object.id, after: r.field, thing: r.object }))]} />
    ${others > 0 && html`<div>${t('obj.by_others', { n: count(others) })}</div>`}`;
}

function Lines({ t, lines, none, all, choose }) {
  if (lines.length === 0) return none;
  return html`${lines.slice(0, MOST_LINES).map(({ key, id, root, before, after, thing }) => html`<div key=${key}>
    ${root !== undefined ? t('obj.root_name', { name: root }) : html`${before && html`<code>${before}</code> → `}<button type="button" class="link"
      onClick=${() => choose(id)}>${thing ? long_name(thing) : id}</button>${after && html`<code>${dotted(after)}</code>`}`}</div>`)}
    ${all > MOST_LINES && html`<div class="muted">${t('obj.more', { n: count(all - MOST_LINES) })}</div>`}`;
}
