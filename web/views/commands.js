// commands.js - the drawer of commands for the heap on show: how things stand, what can be
// changed, what it would mean, and who did what.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { count } from '../format.js';
import { Drawer } from './drawer.js';
import { Fold, Outcome, useCommand } from './command.js';
import { CollectCommand } from './command_collect.js';
import { ThresholdsCommand } from './command_thresholds.js';
import { FreezeCommand, SwitchCommand } from './command_switches.js';
import { WorkloadCommand } from './command_workload.js';
import { FilesCommand } from './command_files.js';
import { AuditLog } from './command_audit.js';
import { force_words, useInForce } from './in_force.js';
import { undo_of } from '../tuning.js';
import { Icon } from './icons.js';

/** Which folds are open, kept while the page lives. */
const OPEN_AT_FIRST = { collect: true, threshold: true, enable: false, freeze: false, workload: false, files: false, audit: false };

/** @param {{ouro: any}} props */
export default function Commands({ ouro }) {
  const { store, t } = ouro;
  const heap = store.heap();
  const close = () => {
    store.set_param('panel', '');
    store.set_param('part', '');
  };
  return html`<${Drawer} t=${t} class="commands" title=${heap ? t('cmd.title', { name: heap.name }) : t('view.commands')}
    sub=${heap ? t('cmd.sub') : ''} close=${close}>
    ${heap ? html`<${Body} ouro=${ouro} heap=${heap} key=${heap.id} />` : html`<p class="empty">${t('cmd.no_heap')}</p>`}
  <//>`;
}

function Body({ ouro, heap }) {
  const { store, t } = ouro;
  const { part } = store.params.value;
  const open = Object.fromEntries(Object.entries(OPEN_AT_FIRST).map(([name, is]) => [name, useSignal(is)]));
  // Who came for one part finds it open, and in sight.
  useEffect(() => {
    if (!open[part]) return;
    open[part].value = true;
    requestAnimationFrame(() => document.querySelector(`[data-part="${part}"]`)?.scrollIntoView({ block: 'nearest' }));
  }, [part]);
  const hello = store.hello.value;
  const has = (capability) => heap.capabilities?.includes(capability);
  const may = hello?.role === 'operator' && !hello.read_only && heap.kind !== 'recording';
  const frozen = store.history(heap.id).sample?.frozen_objects;
  store.beat.value;
  return html`
    ${!may && html`<p class="notice why">${t(why_not(heap, hello))}</p>`}
    <${Standing} ouro=${ouro} heap=${heap} may=${may} />
    ${may && has('collect') && html`<${Fold} title=${t('cmd.collect')} part="collect" open=${open.collect}><${CollectCommand} ouro=${ouro} heap=${heap} /><//>`}
    ${may && has('threshold') && html`<${Fold} title=${t('cmd.thresholds')} state=${heap.thresholds?.map(count).join(' · ')} part="threshold" open=${open.threshold}>
      <${ThresholdsCommand} ouro=${ouro} heap=${heap} /><//>`}
    ${may && has('enable') && html`<${Fold} title=${t('cmd.automatic')} state=${t(heap.enabled ? 'cmd.on' : 'cmd.off')} part="enable" open=${open.enable}>
      <${SwitchCommand} ouro=${ouro} heap=${heap} /><//>`}
    ${may && has('freeze') && html`<${Fold} title=${t('cmd.freeze')} state=${frozen > 0 ? t('force.frozen', { n: count(frozen) }) : t('cmd.none_frozen')} part="freeze" open=${open.freeze}>
      <${FreezeCommand} ouro=${ouro} heap=${heap} frozen=${frozen} /><//>`}
    ${may && has('workload') && html`<${Fold} title=${t('cmd.workload')} state=${heap.workload ?? t('cmd.nothing_runs')} part="workload" open=${open.workload}>
      <${WorkloadCommand} ouro=${ouro} heap=${heap} /><//>`}
    ${heap.kind !== 'recording' && html`<${Fold} title=${t('cmd.files')} part="files" open=${open.files}><${FilesCommand} ouro=${ouro} heap=${heap} may=${may} /><//>`}
    ${hello && heap.kind !== 'recording' && html`<${Fold} title=${t('audit.title')} part="audit" open=${open.audit}><${AuditLog} ouro=${ouro} heap=${heap} /><//>`}`;
}

function why_not(heap, hello) {
  if (heap.kind === 'recording') return 'cmd.recording';
  return hello?.read_only ? 'bar.read_only' : hello?.role === 'observer' ? 'bar.observer' : 'lost.title';
}

/** What is in force, each with its way back. */
function Standing({ ouro, heap, may }) {
  const { t } = ouro;
  const found = useInForce(ouro, heap);
  const command = useCommand(ouro);
  const { run, outcome } = command;
  const back = {
    off: () => [['gc.enable', { heap: heap.id }]],
    pause: () => [['gc.enable', { heap: heap.id }]],
    zero: null,
    frozen: () => [['gc.unfreeze', { heap: heap.id }]],
    leak: () => [['workload.stop', { heap: heap.id }]],
  };
  if (found.length === 0 && outcome.value.kind === '') return null;
  return html`<section class="standing" aria-label=${t('force.region')}>
    ${found.map((force) => html`<div class="standing-row" key=${force.kind} data-force=${force.kind}>
      <${Icon} name=${force.kind === 'trial' ? 'clock' : 'alert'} />
      <p><b>${force_words(t, force)}</b>${' '}<span class="muted">${
        force.kind === 'trial' && force.thresholds ? t('force.goes_back', { values: force.thresholds.map(count).join(' · ') }) : t(`force.${force.kind}_why`)}</span></p>
      ${may && (force.kind === 'trial' || force.kind === 'pause') && html`<button type="button" class="button" onClick=${() => run([['gc.keep', { heap: heap.id }]], (a) => t(a.kept ? 'cmd.kept' : 'cmd.too_late'))}>${t(`cmd.keep_${force.kind}`)}</button>`}
      ${may && force.kind === 'trial' && html`<button type="button" class="button" onClick=${() => run(undo_of(heap), () => t('cmd.undone'))}>${t('cmd.undo')}</button>`}
      ${may && back[force.kind] && html`<button type="button" class="button" onClick=${() => run(back[force.kind](), () => t('cmd.undone'))}>${t(`cmd.back_${force.kind}`)}</button>`}
    </div>`)}
    <${Outcome} t=${t} outcome=${outcome} />
  </section>`;
}
