// command_files.js - the collector's own checks, and files to take away: a snapshot of the
// heap, a trace of the time on show.
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { bytes, clock } from '../format.js';
import { Choice, history_error, Outcome, ShellLines, useCommand } from './command.js';

/** The browser fetches it with its cookie; an ID is good once. @param {string} id */
function fetch_file(id) {
  const link = document.createElement('a');
  link.href = new URL(`download/${encodeURIComponent(id)}`, document.baseURI).href;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}

/** @param {{ouro: any, heap: any, may: boolean}} props */
export function FilesCommand({ ouro, heap, may }) {
  const { store, t } = ouro;
  const has = (capability) => heap.capabilities?.includes(capability);
  // What only reads is an operator's on a read-only daemon too.
  const reads = store.hello.value?.role === 'operator';
  return html`
    ${reads && has('verify') && html`<${Verify} ouro=${ouro} heap=${heap} />`}
    ${may && has('snapshot') && html`<${Snapshot} ouro=${ouro} heap=${heap} />`}
    <${Trace} ouro=${ouro} heap=${heap} />`;
}

function Verify({ ouro, heap }) {
  const { t } = ouro;
  const { outcome, run } = useCommand(ouro);
  const params = { heap: heap.id };
  return html`<section class="part" aria-label=${t('cmd.verify')}><h4>${t('cmd.verify')}</h4><p class="hint">${t('cmd.verify_hint')}</p>
    <div class="row"><button type="button" class="button" onClick=${() => run([['heap.verify', params]], (a) => (a.ok ? t('cmd.verified') : a.message))}>${t('cmd.verify_now')}</button></div>
    <${Outcome} t=${t} outcome=${outcome} /><${ShellLines} t=${t} method="heap.verify" params=${params} /></section>`;
}

function Snapshot({ ouro, heap }) {
  const { t } = ouro;
  const format = useSignal('ouro');
  const { outcome, run } = useCommand(ouro);
  const params = { heap: heap.id, format: format.value };
  async function take() {
    const answer = await run([['heap.snapshot', params]], (a) => t('cmd.fetched', { bytes: bytes(a.bytes) }));
    if (answer) fetch_file(answer.download);
  }
  return html`<section class="part" aria-label=${t('cmd.snapshot')}><h4>${t('cmd.snapshot')}</h4><p class="hint">${t(`cmd.snapshot_${format.value}`)}</p>
    <${Choice} name="snapshot-format" label=${t('cmd.format')} value=${format.value} choose=${(id) => { format.value = id; }}
      options=${[['ouro', 'JSON Lines'], ['heapsnapshot', 'DevTools']]} />
    <div class="row"><button type="button" class="button" onClick=${take}>${t('cmd.download')}</button></div>
    <${Outcome} t=${t} outcome=${outcome} /><${ShellLines} t=${t} method="heap.snapshot" params=${params} /></section>`;
}

function Trace({ ouro, heap }) {
  const { store, t } = ouro;
  const { outcome, run } = useCommand(ouro);
  store.beat.value;
  const window = store.window();
  if (!window) return null;
  const params = () => ({ heap: heap.id, from_ms: Math.max(0, Math.floor(store.window().from_ms)), to_ms: Math.ceil(store.window().to_ms) });
  async function take() {
    const answer = await run([['trace.export', params()]], (a) => t('cmd.fetched', { bytes: bytes(a.bytes) }));
    if (answer) fetch_file(answer.download);
  }
  return html`<section class="part" aria-label=${t('cmd.trace')}><h4>${t('cmd.trace')}</h4>
    <p class="hint">${t('cmd.trace_hint', { from: clock(window.from_ms), to: clock(window.to_ms) })}</p>
    <div class="row"><button type="button" class="button" onClick=${take}>${t('cmd.download')}</button></div>
    <${Outcome} t=${t} outcome=${outcome} sentence=${history_error} /><${ShellLines} t=${t} method="trace.export" params=${params()} /></section>`;
}
