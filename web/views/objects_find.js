// objects_find.js - to an object by its id, its type, or the name of a root.
import { useId } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { error_sentence } from '../errors.js';
import { long_name } from '../graph_model.js';
import { Icon } from './icons.js';

const FOUND = 20;
const NAMES = 200;

/** @param {{ouro: any, explorer: any, choose: (id: string) => void, show_near: (id: string) => void}} props */
export function Find({ ouro, explorer, choose }) {
  const { t } = ouro;
  const text = useSignal('');
  const answer = useSignal(null);
  const list = useId();
  const stepping = explorer.step.value !== null;
  const model = explorer.read.value?.model;
  const types = [...new Set([...(model?.things.values() ?? [])].map((thing) => thing.type))].sort().slice(0, NAMES);
  const roots = (model?.roots ?? []).slice(0, NAMES);

  async function find(event) {
    event.preventDefault();
    const wanted = text.peek().trim();
    if (wanted === '') return;
    if (/^0x[0-9a-f]{1,16}$/i.test(wanted)) {
      answer.value = null;
      choose(wanted.toLowerCase());
      return;
    }
    try {
      const { objects } = await explorer.ask('heap.objects', { type: wanted, limit: FOUND });
      answer.value = { type: wanted, objects };
      if (objects.length === 1) choose(objects[0].id);
    } catch (problem) {
      answer.value = { problem };
    }
  }

  const found = answer.value;
  return html`<form class="find" role="search" onSubmit=${find}>
      <input type="text" value=${text.value} list=${list} disabled=${stepping} spellcheck="false" autocapitalize="off" autocomplete="off"
        aria-label=${t('obj.find_label')} placeholder=${t('obj.find_hint')} maxlength="63"
        onInput=${(event) => { text.value = event.currentTarget.value; }} />
      <datalist id=${list}>${types.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
      <button type="submit" class="button" disabled=${stepping}>${t('obj.find')}</button>
    </form>
    ${roots.length > 0 && html`<label class="pill pick"><span class="unseen">${t('obj.names')}</span>
      <select disabled=${stepping} value="" onChange=${(event) => {
        const id = event.currentTarget.value;
        event.currentTarget.value = '';
        if (id) choose(id);
      }}><option value="">${t('obj.names')}</option>
        ${roots.map((r) => html`<option key=${r.name} value=${r.id}>${r.name}</option>`)}</select><${Icon} name="down" /></label>`}
    ${found && html`<div class="found" role="status">
      ${found.problem ? html`<p class="bad">${error_sentence(t, found.problem)}</p>`
        : found.objects.length === 0 ? html`<p class="muted">${t('obj.found_none', { type: found.type })}</p>`
          : html`<p class="muted">${t('obj.found', { n: found.objects.length, type: found.type })}</p>
            <ul>${found.objects.map((object) => html`<li key=${object.id}><button type="button" class="link"
              onClick=${() => choose(object.id)}>${long_name(object)}</button></li>`)}</ul>`}</div>`}`;
}
