// playground.js - a prompt for a real heap, and everything that lives in it as tables.
//
// After each statement the whole state is asked for again and held against the one
// before: counts that moved show where they came from, and what died stays for one
// step, greyed out, so that the eye can follow.
import { useRef } from 'preact/hooks';
import { useSignal, useSignalEffect } from '@preact/signals';
import { html } from '../html.js';
import { count } from '../format.js';
import { brief, compare_states, describe } from '../playground_state.js';
import { Card } from './card.js';
import { CollectionsTable } from './collections.js';
import { Badge } from './icons.js';
import { ObjectPicture } from './object_picture.js';
import { Log, Prompt } from './prompt.js';
import { Scenario } from './scenario.js';

const LOG_ROWS = 200;

/** @param {{ouro: any}} props */
export default function Playground({ ouro }) {
  const { store, session, t } = ouro;
  const heap = store.heap();
  const may = store.can('repl');
  const log = useSignal([]);
  const state = useSignal(null);
  const busy = useSignal(false);
  const next_key = useRef(0);
  const known = useRef('');

  async function refresh() {
    if (!store.can('repl') || store.connection.peek().kind !== 'open') return;
    try {
      const now = await session.objects(heap.id);
      const text = JSON.stringify(now);
      // Asked twice about one moment: what changed before it stays marked.
      if (text === known.current) return;
      known.current = text;
      state.value = compare_states(state.peek(), now);
    } catch (error) {
      if (error.name !== 'disconnected') write({ code: '', problem: error });
    }
  }

  function write(entry) {
    next_key.current += 1;
    log.value = [...log.peek(), { key: next_key.current, ...entry }].slice(-LOG_ROWS);
  }

  /** Runs lines one by one; the first that fails ends it. @returns {Promise<boolean>} */
  async function run(lines) {
    if (busy.peek()) return false;
    busy.value = true;
    let done = 0;
    try {
      for (const code of lines) {
        const answer = await session.evaluate(heap.id, code);
        write({ code, answer });
        done += 1;
        await refresh();
      }
      return true;
    } catch (problem) {
      write({ code: lines[done], problem, left: lines.length - done - 1 });
      return false;
    } finally {
      busy.value = false;
    }
  }

  // Others may use the same heap: when its totals or its collections move, look again.
  const seen = useRef('');
  useSignalEffect(() => {
    store.beat.value;
    const { sample, last_seq } = store.history(heap.id);
    const now = `${store.connection.value.kind} ${sample?.allocated_total_objects} ${sample?.freed_total_objects} ${last_seq}`;
    if (now === seen.current || busy.peek()) return;
    seen.current = now;
    refresh();
  });

  return html`<h1 class="unseen">${t('play.title')}</h1>
    ${!may && html`<p class="notice">${t(store.hello.value?.read_only ? 'play.read_only' : 'play.observer')}</p>
      <${Card} title=${t('card.collections')} sub=${t('card.collections_sub')}><${CollectionsTable} ouro=${ouro} limit=${50} /><//>`}
    ${may && html`<div class="play">
      <div class="play-left">
        <${Scenario} t=${t} run=${run} busy=${busy} />
        <${Card} title=${t('play.title')} sub=${t('play.sub')} class="console"
          aside=${log.value.length > 0 && html`<button type="button" class="link" onClick=${() => { log.value = []; }}>${t('play.clear')}</button>`}>
          <${Log} t=${t} entries=${log.value} />
          <${Prompt} t=${t} run=${run} busy=${busy} />
        <//>
      </div>
      <div class="play-right"><${ObjectPicture} t=${t} state=${state.value} />
        <${Roots} t=${t} state=${state.value} />
        <${Objects} t=${t} state=${state.value} /></div>
    </div>`}`;
}

function Roots({ t, state }) {
  if (!state) return null;
  return html`<${Card} title=${t('play.roots')} sub=${t('play.roots_sub')}>
    ${state.roots.length === 0 ? html`<p class="empty">${t(state.objects.some((o) => !o.gone) ? 'play.no_roots' : 'play.no_objects')}</p>`
      : html`<table class="roots"><thead><tr><th scope="col">${t('play.name')}</th>
          <th scope="col">${t('play.object')}</th></tr></thead>
        <tbody>${state.roots.map((root) => html`<tr key=${root.name} class=${root.gone ? 'gone' : ''}>
          <td><code>${root.name}</code></td><td>${describe(state, root.id)}</td></tr>`)}</tbody></table>`}
  <//>`;
}

function Objects({ t, state }) {
  if (!state) return null;
  return html`<${Card} title=${t('play.objects')} sub=${t('play.objects_sub')}>
    ${state.objects.length === 0 ? html`<p class="empty">${t('play.no_objects')}</p>`
      : html`<table class="cards objects"><thead><tr>
          ${['object', 'refs', 'gen', 'fields', 'held'].map((key) => html`<th scope="col" key=${key}>${t(`play.${key}`)}</th>`)}
        </tr></thead><tbody>${state.objects.map((object) => html`<tr key=${object.id}
          class=${object.gone ? 'gone' : object.reachable ? '' : 'unheld'} data-object=${describe(state, object.id)}>
          <td data-label=${t('play.object')}><span class="name">${describe(state, object.id)}</span></td>
          <td data-label=${t('play.refs')} class="refs"><span class="cell">${object.gone ? html`<span class="muted">${t('play.gone')}</span>`
            : html`${object.refcount_before !== undefined && html`<s>${object.refcount_before}</s> `}<b>${object.refcount}</b>`}</span></td>
          <td data-label=${t('play.gen')}>${!object.gone && html`<${Badge} generation=${object.generation} />`}</td>
          <td data-label=${t('play.fields')}><div>${object.fields.length === 0 ? '–' : object.fields.map((f) => html`<div key=${f.name}>
            <code>${f.name}</code> → ${brief(state, f.id)}</div>`)}</div></td>
          <td data-label=${t('play.held')}><div>${object.gone ? '' : html`${object.held_by.map((holder) => html`<div
            key=${holder.key}>${holder.root ? html`<code>${holder.root}</code>` : html`${brief(state, holder.id)}<code>.${holder.field}</code>`}</div>`)}
            ${!object.reachable && html`<div class="bad">${t('play.cycle')}</div>`}`}</div></td>
        </tr>`)}</tbody></table>`}
    ${state.truncated && html`<p class="muted">${t('play.truncated', { n: count(state.objects.length) })}</p>`}
  <//>`;
}
