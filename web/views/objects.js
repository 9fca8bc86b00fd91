// objects.js - objects, what holds them, and one collection in slow motion.
//
//   graph of the heap or of a neighbourhood │ the step, the chosen object, the table
//   find · whole heap · neighbourhood       │ a prompt, where the heap takes statements
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { signal, useSignal, useSignalEffect } from '@preact/signals';
import { html } from '../html.js';
import { clock, count } from '../format.js';
import { error_sentence } from '../errors.js';
import { create_explorer } from '../explorer.js';
import { long_name } from '../graph_model.js';
import { Card } from './card.js';
import { kept_params } from './link.js';
import { Icon } from './icons.js';
import { Details } from './objects_details.js';
import { Find } from './objects_find.js';
import { Graph } from './objects_graph.js';
import { ObjectsTable } from './objects_table.js';
import { StepBar, StepText } from './objects_stepper.js';
import { Why } from './objects_why.js';
import { Log, Prompt } from './prompt.js';

const LOG_ROWS = 200;

/** @param {{ouro: any}} props */
export default function Objects({ ouro }) {
  const { store, t } = ouro;
  // The page redraws its views twice a second; a graph changes when it is read.
  const explorer = useMemo(() => html`<${Explorer} ouro=${ouro} />`, []);
  if (store.can('graph')) return explorer;
  const { role, read_only } = store.hello.value ?? {};
  return html`<h1 class="unseen">${t('view.objects')}</h1>
    <p class="notice">${role !== 'operator' ? t('obj.observer') : read_only ? t('obj.read_only')
      : t('obj.not_offered', { kind: store.heap().kind })}</p>`;
}

function Explorer({ ouro }) {
  const { store, session, t } = ouro;
  const heap = store.heap();
  const repl = store.can('repl');
  const explorer = useMemo(() => create_explorer({
    ask: session.ask, heap: heap.id, signal, now: Date.now, repl,
    live: () => store.history(heap.id).sample?.live_objects,
    last_asked_seq: () => store.history(heap.id).records.findLast((r) => !['threshold', 'memory'].includes(r.reason))?.seq ?? 0,
  }), []);
  useEffect(() => () => explorer.close(), []);

  // The address says what to show; another word there reads again.
  const { object = '', near = '' } = store.params.value;
  const target = () => ({ object: store.params.peek().object ?? '', depth: Number(store.params.peek().near) || 0 });
  useEffect(() => {
    const read = explorer.read.peek();
    const same = read && (near ? read.near?.depth === Number(near) : !read.near) && (object === '' || read.model.things.has(object));
    if (!same && !explorer.step.peek()) explorer.load(target());
    else if (object !== explorer.chosen.peek()) explorer.choose(object);
  }, [object, near]);

  // Others may use the same playground: when its totals move, look again. Other heaps are
  // read on demand only.
  const seen = useRef('');
  useSignalEffect(() => {
    store.beat.value;
    const connected = store.connection.value.kind === 'open';
    explorer.look(connected);
    if (!repl) return;
    const { sample, last_seq } = store.history(heap.id);
    const now = `${connected} ${sample?.allocated_total_objects} ${sample?.freed_total_objects} ${last_seq}`;
    if (now === seen.current) return;
    const first = seen.current === '';
    seen.current = now;
    if (!first && connected && !explorer.step.peek() && !explorer.loading.peek()) explorer.load(target());
  });

  const choose = (id) => store.set_param('object', id);
  const show_near = (id) => store.show('objects', { ...kept_params(store), object: id, near: '2' });
  const picture = explorer.picture.value;
  return html`<h1 class="unseen">${t('view.objects')}</h1>
    <div class="objects-view">
      <div class="objects-left">
        <section class="card graph-card" aria-label=${t('obj.graph')}>
          <${Toolbar} ouro=${ouro} explorer=${explorer} target=${target} choose=${choose} show_near=${show_near} />
          <${Graph} t=${t} picture=${picture} explorer=${explorer} choose=${choose} empty=${t(repl ? 'obj.empty_repl' : 'obj.empty')} />
          <${StepBar} ouro=${ouro} explorer=${explorer} />
        </section>
        <${ObjectsTable} ouro=${ouro} explorer=${explorer} choose=${choose} />
      </div>
      <div class="objects-right">
        <${StepText} t=${t} explorer=${explorer} />
        <${Details} t=${t} explorer=${explorer} choose=${choose} show_near=${show_near} can_path=${store.can('path')} />
        <${Why} t=${t} explorer=${explorer} choose=${choose} />
        ${repl && html`<${Statements} ouro=${ouro} heap=${heap} explorer=${explorer} target=${target} />`}
      </div>
    </div>`;
}

function Toolbar({ ouro, explorer, target, choose, show_near }) {
  const { store, t } = ouro;
  const { object = '', near = '' } = store.params.value;
  const stepping = explorer.step.value !== null;
  const chosen = explorer.chosen.value;
  return html`<header class="graph-head">
    <div class="graph-tools">
      <h2>${t('obj.graph')}</h2>
      <div class="segments" role="group" aria-label=${t('obj.graph')}>
        <button type="button" class="button" aria-pressed=${near === ''} disabled=${stepping}
          onClick=${() => store.show('objects', { ...kept_params(store), ...(object ? { object } : {}) })}>${t('obj.whole')}</button>
        <button type="button" class="button" aria-pressed=${near !== ''} disabled=${stepping || !chosen}
          onClick=${() => show_near(chosen)}>${t('obj.near')}</button>
      </div>
      ${near !== '' && html`<label class="pill pick"><span class="unseen">${t('obj.near_depth')}</span>
        <select value=${near} disabled=${stepping} title=${t('obj.near_depth')} onChange=${(event) => store.set_param('near', event.currentTarget.value)}>
          ${['1', '2', '3', '4', '6'].map((n) => html`<option key=${n} value=${n} selected=${n === near}>${n}</option>`)}</select><${Icon} name="down" /></label>`}
      <${Find} ouro=${ouro} explorer=${explorer} choose=${choose} show_near=${show_near} />
      <button type="button" class="button" disabled=${stepping || explorer.loading.value} onClick=${() => explorer.load({ ...target(), anew: true })}>${t('obj.refresh')}</button>
    </div>
    <${About} ouro=${ouro} explorer=${explorer} />
  </header>`;
}

function About({ ouro, explorer }) {
  const { store, t } = ouro;
  const read = explorer.read.value;
  const problem = explorer.problem.value;
  const picture = explorer.picture.value;
  if (problem) {
    return html`<p class="card-sub bad" role="status">${problem.name === 'no_such_object'
      ? t('obj.gone', { id: store.params.value.object ?? '' })
      : problem.name === 'busy' ? t('step.busy', { message: problem.message }) : error_sentence(t, problem)}</p>`;
  }
  if (!read || !picture) return html`<p class="card-sub" role="status">${t('obj.loading')}</p>`;
  const time = clock(read.at_ms);
  const n = count(read.model.things.size);
  const center = read.near && read.model.things.get(read.near.id);
  const text = center ? t('obj.about_near', { n, name: long_name(center), time })
    : read.model.complete ? t('obj.about', { n, links: count(read.model.links.size), time })
      : t('obj.about_part', { n, all: count(read.live), time });
  return html`<p class="card-sub" role="status">${text} · ${t('obj.pinned')}
    ${picture.folds.length > 0 && html` ${t('obj.folded', { n: count(picture.drawn.length), all: n })}`}
    ${store.fixed.value && html` ${t('obj.now')}`}</p>`;
}

/** The playground's statements, so that a cycle can be made and broken beside its picture. */
function Statements({ ouro, heap, explorer, target }) {
  const { session, t } = ouro;
  const log = useSignal([]);
  const busy = useSignal(false);
  const next_key = useRef(0);
  const write = (entry) => {
    next_key.current += 1;
    log.value = [...log.peek(), { key: next_key.current, ...entry }].slice(-LOG_ROWS);
  };

  /** @returns {Promise<boolean>} */
  async function run(lines) {
    if (busy.peek()) return false;
    busy.value = true;
    let done = 0;
    try {
      if (explorer.step.peek() && !explorer.step.peek().stepping) await explorer.leave_steps();
      for (const code of lines) {
        write({ code, answer: await session.evaluate(heap.id, code) });
        done += 1;
      }
      return true;
    } catch (problem) {
      write({ code: lines[done], problem, left: lines.length - done - 1 });
      return false;
    } finally {
      busy.value = false;
      if (done > 0) explorer.load(target());
    }
  }

  const waits = explorer.step.value?.stepping;
  return html`<${Card} title=${t('play.title')} sub=${t('play.sub')} class="console">
    ${!waits && html`<${Log} t=${t} entries=${log.value} />`}
    ${waits ? html`<p class="hint">${t('step.prompt_waits')}</p>` : html`<${Prompt} t=${t} run=${run} busy=${busy} />`}
  <//>`;
}
