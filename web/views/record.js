// record.js - the buttons that begin, end and open a recording, and what a dropped file
// finds.
import { useRef } from 'preact/hooks';
import { html } from '../html.js';
import { bytes } from '../format.js';
import { Icon } from './icons.js';

/** @param {{ouro: any}} props */
export function RecordButton({ ouro }) {
  const { store, recorder, t } = ouro;
  const now = recorder.writing.value;
  const heap = store.heap();
  if (now) {
    store.beat.value;
    return html`<button type="button" class="button recording" onClick=${() => recorder.stop()} title=${now.name}>
      <${Icon} name="stop" />${t(now.full ? 'record.full' : 'record.stop', { bytes: bytes(recorder.size()) })}</button>`;
  }
  return html`<button type="button" class="button" disabled=${!heap || heap.kind === 'recording'}
    title=${t('record.hint')} onClick=${() => recorder.record(heap)}><${Icon} name="record" />${t('record.start', { name: heap?.name ?? '' })}</button>`;
}

/** @param {{ouro: any}} props */
export function OpenRecording({ ouro }) {
  const { recorder, t } = ouro;
  const field = useRef(null);
  return html`<button type="button" class="button" onClick=${() => field.current.click()}><${Icon} name="open" />${t('record.open')}</button>
    <input type="file" class="unseen" tabindex="-1" aria-label=${t('record.file')} accept=".jsonl,application/jsonl" ref=${field}
      onChange=${(event) => {
        for (const file of event.currentTarget.files) recorder.open(file);
        event.currentTarget.value = '';
      }} />`;
}

/** Over the whole page: while a file hangs above it, and when one was no recording. @param {{ouro: any}} props */
export function RecordingNotes({ ouro }) {
  const { recorder, t } = ouro;
  const problem = recorder.problem.value;
  return html`${recorder.dragging.value && html`<div class="drop" aria-hidden="true"><p>${t('record.drop')}</p></div>`}
    ${problem && html`<p class="notice warn" key="recording"><span>${t(`record.error_${problem.reason}`, problem)}</span>
      <button type="button" class="button square" aria-label=${t('notice.dismiss')} title=${t('notice.dismiss')}
        onClick=${() => { recorder.problem.value = null; }}><${Icon} name="close" /></button></p>`}`;
}
