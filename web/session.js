// session.js - the conversation with the daemon, from its greeting to the stream.
//
//   socket open → server.hello → heap.list → stream.subscribe → notifications → store
//                      ^                                              |
//                      +------------ after every loss ----------------+
//
// It also is where views ask for commands; an answer goes into the store, a refusal
// comes back as an RpcError.
// @ts-check
import { INTERVAL_MS } from './store.js';

const POOLS_INTERVAL_MS = 1000;
const GREETING_WITHIN_MS = 10000;

/**
 * @param {{store: ReturnType<import('./store.js').createStore>,
 *   rpc: ReturnType<import('./rpc.js').createRpc>,
 *   socket: () => ReturnType<import('./socket.js').createSocket>,
 *   on_told?: (method: string, params: any) => void,
 *   set_timer?: (f: () => void, ms: number) => any, clear_timer?: (timer: any) => void}} parts
 */
export function createSession({
  store, rpc, socket, on_told = () => {},
  set_timer = (f, ms) => setTimeout(f, ms), clear_timer = (timer) => clearTimeout(timer),
}) {
  /** The instance whose sequence numbers we know. @type {string | null} */
  let instance = null;
  /** Runs between the socket's opening and the greeting. @type {any} */
  let greeting = null;

  /** @type {Record<string, (params: any) => void>} */
  const notifications = {
    'server.hello': (hello) => { begin(hello); },
    sample: store.add_sample,
    collection: store.add_collection,
    pools: store.add_pools,
    heap: store.change_heap,
    'stream.lagged': store.note_lag,
  };

  /** @param {any} hello */
  async function begin(hello) {
    clear_timer(greeting);
    const resumes = hello.instance === instance;
    instance = hello.instance;
    store.greet(hello);
    try {
      const { heaps } = await rpc.call('heap.list');
      store.set_heaps(heaps);
      await subscribe(heaps, resumes);
      socket().settled();
    } catch {
      // Whatever went wrong, a fresh connection is the way out of it.
      socket().drop();
    }
  }

  /** @param {any[]} heaps @param {boolean} resumes */
  async function subscribe(heaps, resumes) {
    /** @type {any} */
    const stream = { heap: '*', topics: ['sample', 'collection', 'heap'], interval_ms: INTERVAL_MS };
    const seen = heaps.map((h) => [h.id, store.history(h.id).last_seq]).filter(([, seq]) => seq > 0);
    if (resumes && seen.length > 0) stream.after_seq = Object.fromEntries(seen);
    await rpc.call('stream.subscribe', stream);
    await rpc.call('stream.subscribe', { heap: '*', topics: ['pools'], interval_ms: POOLS_INTERVAL_MS });
  }

  return {
    /** @param {string} method @param {any} params */
    notify(method, params) {
      on_told(method, params);
      notifications[method]?.(params);
    },

    /** The socket's state changed. @param {import('./socket.js').SocketState} state */
    socket_state(state) {
      clear_timer(greeting);
      // Whoever answers there but does not greet is no daemon of ours, or not well.
      if (state.kind === 'open') greeting = set_timer(() => socket().drop(), GREETING_WITHIN_MS);
      else rpc.fail_all();
      store.set_connection(state);
    },

    /** @param {string} heap @param {number} generation */
    async collect(heap, generation) {
      store.set_answer({ heap, generation, pending: true });
      try {
        const record = await rpc.call('gc.collect', { heap, generation });
        store.set_answer({ heap, generation, record });
      } catch (error) {
        store.set_answer({ heap, generation, error });
      }
    },

    /** Any question or command of the contract. @param {string} method @param {any} [params] @returns {Promise<any>} refuses with an RpcError */
    ask(method, params) {
      return rpc.call(method, params);
    },

    /** @param {string} heap @param {string} code one statement */
    evaluate(heap, code) {
      return rpc.call('repl.eval', { heap, code });
    },

    /** @param {string} heap */
    objects(heap) {
      return rpc.call('repl.state', { heap });
    },
  };
}
