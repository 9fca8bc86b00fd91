// recorder.js - writes what the stream says of one heap into a file, and opens such files.
//
//   notifications ──► parts of text ──► Blob ──► a download          (record, stop)
//   file ──► reader ──► a heap of kind "recording" in the store      (open, close)
//
// A recording that is open is one more heap: every view shows it, and it can lie beside
// live ones. It is told about to no daemon.
// @ts-check
import { createReader, file_name, head_line, is_about, line, MOST_RECORDS, MOST_SAMPLES } from './recording.js';

/** A recording ends by itself here, and says so. */
export const MOST_BYTES = 512 * 1024 * 1024;
const PART_CHARACTERS = 1 << 20;

/**
 * @param {{store: any, signal: <T>(value: T) => {value: T, peek(): T}, wall_ms: () => number,
 *   save: (name: string, blob: Blob) => void}} parts
 */
export function createRecorder({ store, signal, wall_ms, save }) {
  /** Of what is being written: {heap, name, full}; `size()` grows meanwhile. @type {{value: any, peek(): any}} */
  const writing = signal(/** @type {any} */ (null));
  /** Why the last file could not be opened: {name, reason, at}. @type {{value: any, peek(): any}} */
  const problem = signal(/** @type {any} */ (null));
  /** A file hangs over the page. */ const dragging = signal(false);
  /** @type {Blob[]} */ let parts = [];
  let text = '';
  let bytes = 0;
  let opened = 0;

  function pack() {
    if (text === '') return;
    const part = new Blob([text]);
    bytes += part.size;
    parts.push(part);
    text = '';
    if (bytes >= MOST_BYTES) writing.value = { ...writing.peek(), full: true };
  }

  return {
    writing,
    problem,
    dragging,

    /** Begins to record the heap; false: something is being recorded, or it is a recording itself. @param {any} heap */
    record(heap) {
      if (writing.peek() || !heap || heap.kind === 'recording') return false;
      const time_ms = wall_ms();
      parts = [];
      bytes = 0;
      text = head_line(store.hello.peek(), heap, time_ms);
      const { pools } = store.history(heap.id);
      if (pools) text += line('pools', pools);
      writing.value = { heap: heap.id, name: file_name(heap.name, time_ms), full: false };
      return true;
    },

    /** How much is written by now; a letter counts as a byte until it is packed. */
    size: () => bytes + text.length,

    /** Every notification passes here. @param {string} method @param {any} params */
    take(method, params) {
      const now = writing.peek();
      if (!now || now.full || !is_about(now.heap, method, params)) return;
      text += line(method, params);
      if (text.length >= PART_CHARACTERS) pack();
    },

    /** Ends the recording and hands it to the browser as a download. */
    stop() {
      const now = writing.peek();
      if (!now) return;
      pack();
      writing.value = null;
      save(now.name, new Blob(parts, { type: 'application/jsonl' }));
      parts = [];
    },

    /** Opens a file as one more heap and shows it; the reason of a failure is in `problem`.
     * @param {{name: string, stream(): ReadableStream}} file */
    async open(file) {
      problem.value = null;
      /** @type {any[]} */ let samples = [];
      /** @type {any[]} */ let records = [];
      /** @type {any} */ let pools = null;
      /** @type {any} */ let changed = null;
      let left_out = 0;
      const keep = (/** @type {any[]} */ list, /** @type {any} */ item, /** @type {number} */ most) => {
        list.push(item);
        if (list.length < 2 * most) return list;
        left_out += list.length - most;
        return list.slice(-most);
      };
      const reader = createReader((method, params) => {
        if (method === 'sample') samples = keep(samples, params, MOST_SAMPLES);
        else if (method === 'collection') records = keep(records, params, MOST_RECORDS);
        else if (method === 'pools') pools = params;
        else if (method === 'heap') changed = params.heap;
      });
      try {
        const words = file.stream().pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
        for (;;) {
          const { done, value } = await words.read();
          if (done) break;
          reader.write(value);
        }
        const { cut } = reader.end();
        const head = reader.head();
        opened += 1;
        const heap = {
          ...head.heap, ...changed, id: `recording:${opened}:${head.heap.id}`, kind: 'recording', capabilities: [],
          recorded: { name: file.name, from: head.heap, server: head.server, version: head.version, time_ms: head.time_ms, cut, left_out },
        };
        store.add_recording(heap, { samples, records, pools });
        return heap;
      } catch (/** @type {any} */ error) {
        problem.value = { name: file.name, reason: error.reason ?? 'unreadable', at: error.at ?? 0 };
        return null;
      }
    },

    /** Takes an opened recording out again. @param {string} id */
    close(id) {
      store.remove_recording(id);
    },
  };
}
