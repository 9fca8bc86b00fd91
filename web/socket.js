// socket.js - a WebSocket that comes back: connects, says what state it is in, and
// after a loss waits a little longer each time.
//
//   connecting --open--> open --close--> waiting --time--> connecting
//        |                                  ^
//        +------------close-----------------+       4401 ends in `refused`
//
// It knows nothing of what the messages mean.
// @ts-check

/** Close codes of the contract that change what the page does. */
export const NOT_SIGNED_IN = 4401;

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;

/**
 * How long to wait before try number `attempt` (1, 2, 3 …): doubling, capped, and
 * spread by half so that a hundred pages do not come back in one instant.
 * @param {number} attempt @param {number} random in [0, 1)
 */
export function wait_ms(attempt, random) {
  const top = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt - 1, 16));
  return Math.round(top / 2 + (top / 2) * random);
}

/**
 * The daemon's WebSocket beside the page itself, so that a base path works.
 * @param {string} page address of the page
 */
export function socket_url(page) {
  const url = new URL('ws', page);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  return url.href;
}

/**
 * @typedef {{kind: 'connecting'} | {kind: 'open'} | {kind: 'refused'}
 *   | {kind: 'waiting', retry_at: number, code: number}} SocketState
 *
 * @param {{
 *   url: string, protocol: string,
 *   connect: (url: string, protocol: string) => WebSocket,
 *   on_message: (text: string) => void,
 *   on_state: (state: SocketState) => void,
 *   now?: () => number, random?: () => number,
 *   set_timer?: (f: () => void, ms: number) => any, clear_timer?: (timer: any) => void,
 * }} options
 */
export function createSocket({
  url, protocol, connect, on_message, on_state,
  now = () => Date.now(), random = Math.random,
  set_timer = (f, ms) => setTimeout(f, ms), clear_timer = (timer) => clearTimeout(timer),
}) {
  /** @type {WebSocket | null} */ let socket = null;
  let attempt = 0;
  /** @type {any} */ let timer = null;

  function open() {
    clear_timer(timer);
    timer = null;
    if (socket) return;
    on_state({ kind: 'connecting' });
    const mine = connect(url, protocol);
    socket = mine;
    mine.onopen = () => { if (socket === mine) on_state({ kind: 'open' }); };
    mine.onmessage = (event) => {
      if (socket === mine && typeof event.data === 'string') on_message(event.data);
    };
    mine.onclose = (event) => {
      if (socket === mine) lost(event.code);
    };
  }

  /** @param {number} code */
  function lost(code) {
    socket = null;
    if (code === NOT_SIGNED_IN) {
      on_state({ kind: 'refused' });
      return;
    }
    attempt += 1;
    const wait = wait_ms(attempt, random());
    on_state({ kind: 'waiting', retry_at: now() + wait, code });
    timer = set_timer(open, wait);
  }

  return {
    open,

    /** @param {string} text @returns {boolean} whether it could be handed over */
    send(text) {
      if (!socket || socket.readyState !== 1) return false;
      socket.send(text);
      return true;
    },

    /** The other side greeted: the next loss starts with a short wait again. */
    settled() {
      attempt = 0;
    },

    /** Gives up on this connection and comes back like after any loss. */
    drop() {
      const mine = socket;
      if (!mine) return;
      lost(1006);
      mine.close();
    },

    /** Ends for good. */
    close() {
      clear_timer(timer);
      const mine = socket;
      socket = null;
      if (mine) mine.close();
    },
  };
}
