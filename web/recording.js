// recording.js - a recording's text: what the stream said about one heap, a line each.
//
//   {"ouro_recording":1,"time_ms":…,"server":…,"version":…,"heap":{…as in heap.list}}
//   {"method":"pools","params":{…}}          what was known when it began
//   {"method":"sample","params":{…}}         and every notification as it came
//
// Written by the page, read by the page or by any tool that knows JSON Lines. Pure: no
// files, no page.
// @ts-check

export const FORMAT = 1;
/** A longer line is none of ours: the daemon's messages are smaller. */
export const LONGEST_LINE = 1 << 20;
/** Opening keeps at most so many samples and collections, the newest. */
export const MOST_SAMPLES = 100000;
export const MOST_RECORDS = 20000;

const TOLD = ['sample', 'collection', 'pools', 'heap', 'stream.lagged'];

/** Whether a notification belongs into the recording of this heap.
 * @param {string} heap @param {string} method @param {any} params */
export function is_about(heap, method, params) {
  return TOLD.includes(method) && (method === 'heap' ? params?.heap?.id : params?.heap) === heap;
}

/** @param {any} hello @param {any} heap @param {number} time_ms */
export function head_line(hello, heap, time_ms) {
  return `${JSON.stringify({
    ouro_recording: FORMAT, time_ms, server: hello?.server, version: hello?.version, instance: hello?.instance, heap,
  })}\n`;
}

/** @param {string} method @param {any} params */
export function line(method, params) {
  return `${JSON.stringify({ method, params })}\n`;
}

/** "ouro-documents-2026-11-23T00-10-05Z.jsonl" @param {string} name @param {number} time_ms */
export function file_name(name, time_ms) {
  const heap = name.replace(/[^\p{L}\p{N}_.-]+/gu, '-').slice(0, 60) || 'heap';
  return `ouro-${heap}-${new Date(time_ms).toISOString().slice(0, 19).replaceAll(':', '-')}Z.jsonl`;
}

/** Why a file is no recording: a key of the page's sentences, and the line it is in. */
export class RecordingError extends Error {
  /** @param {string} reason not_recording | newer | not_json | too_long | empty @param {number} at line, from 1 */
  constructor(reason, at) {
    super(`${reason} (line ${at})`);
    this.reason = reason;
    this.at = at;
  }
}

/** @param {string} text @param {number} at */
function parse(text, at) {
  if (text.length > LONGEST_LINE) throw new RecordingError('too_long', at);
  try {
    return JSON.parse(text);
  } catch {
    throw new RecordingError(at === 1 ? 'not_recording' : 'not_json', at);
  }
}

/**
 * Takes a recording in pieces, as they are read.
 * @param {(method: string, params: any) => void} tell a notification of the recording
 */
export function createReader(tell) {
  let rest = '';
  let at = 0;
  /** @type {any} */ let head = null;

  /** @param {string} text */
  function take(text) {
    at += 1;
    if (text.trim() === '') return;
    const object = parse(text, at);
    if (!head) {
      if (typeof object?.ouro_recording !== 'number' || typeof object.heap?.id !== 'string') throw new RecordingError('not_recording', at);
      if (object.ouro_recording > FORMAT) throw new RecordingError('newer', at);
      head = object;
    } else if (is_about(head.heap.id, object?.method, object?.params)) {
      tell(object.method, object.params);
    }
  }

  return {
    head: () => head,

    /** @param {string} text */
    write(text) {
      rest += text;
      let from = 0;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
        take(rest.slice(from, end));
        from = end + 1;
      }
      rest = rest.slice(from);
      if (rest.length > LONGEST_LINE) throw new RecordingError(head ? 'too_long' : 'not_recording', at + 1);
    },

    /** The last line of a page that crashed may be cut: it is left out. @returns {{cut: boolean}} */
    end() {
      let cut = false;
      if (rest.trim() !== '') {
        try {
          take(rest);
        } catch (error) {
          if (!head) throw error;
          cut = true;
        }
      }
      if (!head) throw new RecordingError('empty', 1);
      return { cut };
    },
  };
}
