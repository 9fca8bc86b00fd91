// session.js - the conversation with the daemon, from its greeting to the stream.
//
//   socket open → server.hello → heap.list → stream.subscribe → notifications → store
//                      ^                                              |
//                      +------------ after every loss ----------------+
//
// It also is where views ask for commands; an answer goes into the store, a refusal
// comes back as an RpcError.
// @ts-check
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
  /** The subscription that samples and collections come by. @type {Promise<number | null>} */
  let stream = Promise.resolve(null);
  /** Whether somebody follows the audit, and the subscription that does. */
  let wants_audit = false;
  /** @type {Promise<number | null>} */ let audit = Promise.resolve(null);
  /** Runs between the socket's opening and the greeting. @type {any} */
  let greeting = null;

  /** @type {Record<string, (params: any) => void>} */
  const notifications = {
    'server.hello': (hello) => { begin(hello); },
    sample: store.add_sample,
    collection: store.add_collection,
    pools: store.add_pools,
    heap: store.change_heap,
    audit: store.add_audit,
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
    stream = follow_all(heaps, resumes);
    await stream;
    await rpc.call('stream.subscribe', { heap: '*', topics: ['pools'], interval_ms: POOLS_INTERVAL_MS });
    audit = Promise.resolve(null); // the one before ended with its connection
    if (wants_audit) follow_audit(true);
  }

  /** @param {any[]} heaps @param {boolean} resumes @returns {Promise<number>} */
  async function follow_all(heaps, resumes) {
    /** @type {any} */
    const wanted = { heap: '*', topics: ['sample', 'collection', 'heap'], interval_ms: store.interval_ms.peek() };
    const seen = heaps.map((h) => [h.id, store.history(h.id).last_seq]).filter(([, seq]) => seq > 0);
    if (resumes && seen.length > 0) wanted.after_seq = Object.fromEntries(seen);
    return (await rpc.call('stream.subscribe', wanted)).subscription;
  }

  /** One after the other, so that the last wish holds. @param {boolean} on */
  function follow_audit(on) {
    wants_audit = on;
    audit = audit.then(async (subscription) => {
      if (wants_audit === (subscription !== null)) return subscription;
      if (subscription !== null) await rpc.call('stream.unsubscribe', { subscription });
      return wants_audit ? (await rpc.call('stream.subscribe', { heap: '*', topics: ['audit'] })).subscription : null;
    }).catch(() => null); // the connection is gone: its end takes it up again
    return audit;
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
      stream = Promise.resolve(null);
      store.set_connection(state);
    },

    /** What comes of it goes into the store, and back. @param {string} heap @param {number} generation @param {boolean} [dry_run] only predict */
    async collect(heap, generation, dry_run = false) {
      store.set_answer({ heap, generation, pending: true });
      /** @type {any} */ let answer;
      try {
        const told = await rpc.call('gc.collect', dry_run ? { heap, generation, dry_run } : { heap, generation });
        answer = dry_run ? { heap, generation, prediction: told } : { heap, generation, record: told };
      } catch (error) {
        answer = { heap, generation, error };
      }
      store.set_answer(answer);
      return answer;
    },

    /** How often samples shall come. @param {number} ms */
    set_interval(ms) {
      if (ms === store.interval_ms.peek()) return;
      store.set_interval(ms);
      stream = stream.then(async (subscription) => {
        if (subscription === null) return null; // who connects next asks for it then
        await rpc.call('stream.unsubscribe', { subscription });
        return follow_all(store.heaps.peek().filter((h) => h.kind !== 'recording'), true);
      }).catch(() => null);
    },

    follow_audit,

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
