// playground.js - a prompt for a real heap, and everything that lives in it as tables.
//
// After each statement the whole state is asked for again and held against the one
// before: counts that moved show where they came from, and what died stays for one
// step, greyed out, so that the eye can follow.
import { useRef } from 'preact/hooks';
import { useSignal, useSignalEffect } from '@preact/signals';
import { html } from '../html.js';
import { compare_states } from '../playground_state.js';
import { Card } from './card.js';
import { CollectionsTable } from './collections.js';
import { Lesson } from './lesson.js';
import { ObjectPicture } from './object_picture.js';
import { Objects, Roots } from './play_tables.js';
import { Log, Prompt } from './prompt.js';
import { Topics } from './topics.js';

const LOG_ROWS = 200;

/** The answer; a session that asked too often in a second waits and asks again. */
async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (problem) {
      const wait_ms = problem.name === 'limit' ? problem.data?.retry_after_ms : undefined;
      if (!(wait_ms >= 0)) throw problem;
      await new Promise((go_on) => { setTimeout(go_on, wait_ms); });
    }
  }
}

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
      const now = await patiently(() => session.objects(heap.id));
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
        const answer = await patiently(() => session.evaluate(heap.id, code));
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
        <${Lesson} ouro=${ouro} heap=${heap} run=${run} busy=${busy} state=${state} />
        <${Card} title=${t('play.title')} sub=${t('play.sub')} class="console"
          aside=${log.value.length > 0 && html`<button type="button" class="link" onClick=${() => { log.value = []; }}>${t('play.clear')}</button>`}>
          <${Log} t=${t} entries=${log.value} />
          <${Prompt} t=${t} run=${run} busy=${busy} />
        <//>
      </div>
      <div class="play-right"><${ObjectPicture} t=${t} state=${state.value} />
        <${Roots} t=${t} state=${state.value} />
        <${Objects} t=${t} state=${state.value} /></div>
    </div>`}
    <${Topics} ouro=${ouro} />`;
}
