// objects_why.js - "why is it alive?": the shortest way from a root as a chain and in
// words; where no root leads to it, that it is garbage, and the cycle that keeps it.
import { Fragment } from 'preact';
import { html } from '../html.js';
import { count } from '../format.js';
import { error_sentence } from '../errors.js';
import { dotted, long_name } from '../graph_model.js';
import { Card } from './card.js';

/** @param {{t: any, explorer: any, choose: (id: string) => void}} props */
export function Why({ t, explorer, choose }) {
  const why = explorer.why.value;
  if (!why) return null;
  return html`<${Card} title=${t('why.title')} class="why"
    aside=${html`<button type="button" class="link" onClick=${() => explorer.forget_why()}>${t('why.close')}</button>`}>
    <div role="status"><${Said} t=${t} why=${why} explorer=${explorer} choose=${choose} /></div>
  <//>`;
}

function Said({ t, why, explorer, choose }) {
  if (why.pending) return html`<p class="muted">${t('why.asking')}</p>`;
  if (why.problem) {
    return html`<p class="bad">${why.problem.name === 'no_such_object' ? t('obj.gone', { id: why.id }) : error_sentence(t, why.problem)}</p>`;
  }
  const { answer, cycle } = why;
  const things = explorer.read.value.model.things;
  const name = (id) => (things.has(id) ? long_name(things.get(id)) : id);
  if (!answer.reachable) {
    const chain = cycle.length > 0 && [...cycle.map((l) => `${name(l.from)}${dotted(l.fields[0])}`), name(cycle[0].from)].join(' → ');
    return html`<p class="bad"><b>${t('why.garbage')}</b></p>
      <p class="prose">${chain ? t('why.cycle', { chain }) : t('why.no_cycle')}</p>
      ${chain && html`<${Chain} t=${t} choose=${choose} steps=${[...cycle.map((l) => ({ id: l.from, name: name(l.from), field: l.fields[0] })),
        { id: cycle[0].from, name: name(cycle[0].from) }]} />`}`;
  }
  const { root, path, length_objects: length } = answer;
  const words = [...(root === undefined ? [] : [root]), ...path.map(({ field, object }) => (field === undefined ? long_name(object) : `${long_name(object)}${dotted(field)}`))];
  const direct = path.length === 1;
  const key = root === undefined ? (direct ? 'why.outside_direct' : 'why.outside') : direct ? 'why.root_direct' : 'why.root';
  return html`<p class="prose">${t(key, { chain: words.join(' → '), root, n: count(length) })}</p>
    ${answer.truncated && html`<p class="muted">${t('why.cut', { n: count(length - path.length) })}</p>`}
    <${Chain} t=${t} choose=${choose} root=${root} steps=${path.map(({ field, object }) => ({ id: object.id, name: long_name(object), field }))} />`;
}

function Chain({ t, root, steps, choose }) {
  return html`<ol class="chain" aria-label=${t('why.chain')}>
    ${root !== undefined && html`<li class="chain-root"><code>${root}</code></li>`}
    ${steps.map(({ id, name, field }, i) => html`<${Fragment} key=${`${i} ${id}`}><li>
      <button type="button" class="link" onClick=${() => choose(id)}>${name}</button>${field !== undefined && html`<code>${dotted(field)}</code>`}</li><//>`)}
  </ol>`;
}
