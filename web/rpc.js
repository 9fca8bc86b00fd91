// rpc.js - JSON-RPC 2.0 over lines of text: requests become promises, notifications
// become calls.
// @ts-check

const ANSWER_WITHIN_MS = 15000;

/** What the other side answered, or why there was no answer. */
export class RpcError extends Error {
  /** @param {string} name stable, from the contract @param {string} message @param {any} [data] @param {number} [code] */
  constructor(name, message, data = {}, code = 0) {
    super(message);
    this.name = name;
    this.data = data;
    this.code = code;
  }
}

/**
 * @param {{
 *   send: (text: string) => boolean,
 *   on_notification: (method: string, params: any) => void,
 *   set_timer?: (f: () => void, ms: number) => any, clear_timer?: (timer: any) => void,
 * }} options
 */
export function createRpc({
  send, on_notification,
  set_timer = (f, ms) => setTimeout(f, ms), clear_timer = (timer) => clearTimeout(timer),
}) {
  /** @type {Map<number, {resolve: (v: any) => void, reject: (e: RpcError) => void, timer: any}>} */
  const waiting = new Map();
  let last_id = 0;

  /** @param {number} id */
  function take(id) {
    const entry = waiting.get(id);
    if (!entry) return null;
    waiting.delete(id);
    clear_timer(entry.timer);
    return entry;
  }

  return {
    /**
     * @param {string} method @param {object} [params]
     * @returns {Promise<any>} the result; fails with an RpcError
     */
    call(method, params = {}) {
      last_id += 1;
      const id = last_id;
      return new Promise((resolve, reject) => {
        if (!send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))) {
          reject(new RpcError('disconnected', 'not connected'));
          return;
        }
        const timer = set_timer(() => {
          take(id)?.reject(new RpcError('timeout', `${method}: no answer`));
        }, ANSWER_WITHIN_MS);
        waiting.set(id, { resolve, reject, timer });
      });
    },

    /** Takes one message; what is not ours is ignored. @param {string} text */
    receive(text) {
      let message;
      try {
        message = JSON.parse(text);
      } catch {
        return;
      }
      if (message === null || typeof message !== 'object') return;
      if (typeof message.method === 'string') {
        if (message.id === undefined) on_notification(message.method, message.params ?? {});
        return;
      }
      const entry = take(message.id);
      if (!entry) return;
      const { error } = message;
      if (error) {
        entry.reject(new RpcError(error.data?.name ?? 'error', error.message, error.data, error.code));
      } else {
        entry.resolve(message.result);
      }
    },

    /** The connection is gone: nobody will answer what is still open. */
    fail_all() {
      for (const id of [...waiting.keys()]) {
        take(id)?.reject(new RpcError('disconnected', 'the connection was lost'));
      }
    },
  };
}
