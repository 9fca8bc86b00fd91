// objects_table.js - the graph in words: each drawn object, who it refers to, who holds it.
import { html } from '../html.js';
import { count, UNKNOWN } from '../format.js';
import { dotted, long_name, neighbours } from '../graph_model.js';
import { Card } from './card.js';
import { Badge } from './icons.js';


/** @param {{ouro: any, explorer: any, choose: (id: string) => void}} props */
export function ObjectsTable({ ouro, explorer, choose }) {
  const { t } = ouro;
  const picture = explorer.picture.value;
  if (!picture || picture.bodies.length === 0) return null;
  const { model, step, ghosts, drawn, roots } = picture;
  const { out, into } = neighbours(model);
  const alive = explorer.read.value?.reachable;
  const chosen = explorer.chosen.value;
  const columns = ['object', 'gen', 'refs', ...(step ? ['gc'] : []), ...(step || alive ? ['state'] : []), 'fields', 'held'];
  const rows = [...drawn, ...ghosts.keys()].map((id) => {
    const thing = model.things.get(id) ?? ghosts.get(id);
    const row = step?.rows.get(id);
    const state = step ? row?.state ?? 'outside' : ghosts.has(id) ? 'gone' : alive ? (alive.has(id) ? 'alive' : 'garbage') : '';
    return { id, thing, row, state };
  });
  const name = (id) => (model.things.has(id) ? long_name(model.things.get(id)) : id);
  const most = rows.length > 20 ? 2 : 4;
  const some = (list) => html`${list.slice(0, most)}${list.length > most && html`<div class="muted">${t('obj.more', { n: count(list.length - most) })}</div>`}`;
  const cells = {
    object: ({ id, thing }) => html`<button type="button" class="link name" aria-pressed=${id === chosen} onClick=${() => choose(id === chosen ? '' : id)}>${long_name(thing)}</button>`,
    gen: ({ thing }) => (thing.generation === undefined ? UNKNOWN : html`<${Badge} generation=${thing.generation} />`),
    refs: ({ thing }) => (thing.refcount === undefined ? '∞' : count(thing.refcount)),
    gc: ({ row }) => (row?.gc_refs === undefined ? UNKNOWN : html`<span>${row.gc_before !== undefined && html`<s>${row.gc_before}</s> `}<b>${row.gc_refs}</b></span>`),
    state: ({ state }) => (state === '' ? UNKNOWN : html`<span class=${`verdict is-${state}`}>${t(`verdict.${state}`)}</span>`),
    fields: ({ id }) => html`<div>${(out.get(id) ?? []).length === 0 ? UNKNOWN : some(out.get(id).map((l) => html`<div key=${l.key}><code>${l.fields.slice(0, 3).join(', ')}</code> → ${name(l.to)}</div>`))}</div>`,
    held: ({ id }) => {
      const names = roots.filter((r) => r.id === id).map((r) => html`<div key=${`root ${r.name}`}><code>${r.name}</code></div>`);
      const all = [...names, ...(into.get(id) ?? []).map((l) => html`<div key=${l.key}>${name(l.from)}<wbr /><code>${dotted(l.fields[0])}</code></div>`)];
      return html`<div>${all.length === 0 ? UNKNOWN : some(all)}</div>`;
    },
  };
  return html`<${Card} title=${t('obj.table')} sub=${t('obj.table_sub')} class="objects-table">
    <table class="cards"><thead><tr>${columns.map((key) => html`<th scope="col" key=${key} class=${key === 'refs' || key === 'gc' ? 'right' : ''}>${t(`obj.col_${key}`)}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${row.id} data-object=${row.id} class=${`is-${row.state} ${row.id === chosen ? 'chosen' : ''}`}>
        ${columns.map((key) => html`<td key=${key} data-label=${t(`obj.col_${key}`)} class=${key === 'refs' || key === 'gc' ? 'right' : ''}>${cells[key](row)}</td>`)}</tr>`)}</tbody></table>
    ${model.things.size > drawn.length && html`<p class="muted">${t('obj.rest', { n: count(model.things.size - drawn.length) })}</p>`}
  <//>`;
}
