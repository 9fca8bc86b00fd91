// app.js - wiring only: makes the parts, joins them, draws the shell.
//
//   socket ──► rpc ──► session ──► store ──► frame ──► views and charts
import { h, render } from 'preact';
import { batch, effect, signal } from '@preact/signals';
import { createActions } from './actions.js';
import { createCrosshair } from './crosshair.js';
import { createArchive } from './archive.js';
import { createFrame } from './frame.js';
import { best_language, createTranslator, LANGUAGES } from './i18n.js';
import { createKeys } from './keys.js';
import { createPreferences } from './preferences.js';
import { format_route, parse_route } from './route.js';
import { createRecorder } from './recorder.js';
import { createRpc } from './rpc.js';
import { createSession } from './session.js';
import { createSocket, socket_url } from './socket.js';
import { createStore } from './store.js';
import { createTheme } from './theme.js';
import { set_clock } from './format.js';
import { base_actions } from './views/base_actions.js';
import { kept_params } from './views/link.js';
import { save_blob } from './views/save.js';
import { load } from './views/lazy.js';
import { unpin_by_escape } from './views/chart_pointer.js';
import { Shell } from './views/shell.js';

const PROTOCOL = 'ouro.v1';
const ADDRESS_MS = 150;
const CLOCK_MS = 250;

/** What a browser that keeps nothing (private mode) answers is "nothing". */
const storage = {
  get(key) {
    try { return localStorage.getItem(`ouro.${key}`); } catch { return null; }
  },
  set(key, value) {
    try { localStorage.setItem(`ouro.${key}`, value); } catch { /* it lasts for this page */ }
  },
};

const frame = createFrame({
  request: (draw) => requestAnimationFrame(draw),
  is_hidden: () => document.hidden,
});
const store = createStore({ signal, now: () => performance.now(), on_data: () => frame.mark() });
frame.on(store.tick);

const crosshair = createCrosshair({ on_change: () => frame.mark() });
unpin_by_escape({ store });

const { t, language, speak } = createTranslator({ signal });
effect(() => { // before anything is stored: the reader's choice, else the browser's
  const name = language.value;
  if (!name) return;
  storage.set('language', name);
  document.documentElement.lang = name === 'zh' ? 'zh-Hans' : 'en';
});
const preferences = createPreferences({ signal, storage, less_motion: matchMedia('(prefers-reduced-motion: reduce)') });
effect(() => {
  set_clock({ utc: preferences.chosen.clock.value === 'utc' });
  document.documentElement.dataset.motion = preferences.chosen.motion.value;
});
const theme = createTheme({ signal, document, storage, dark: matchMedia('(prefers-color-scheme: dark)') });

let socket = null;
const rpc = createRpc({
  send: (text) => socket.send(text),
  on_notification: (method, params) => session.notify(method, params),
});
const session = createSession({ store, rpc, socket: () => socket, on_told: (method, params) => recorder.take(method, params) });
const archive = createArchive({
  store, signal, ask: session.ask, now: () => performance.now(), on_data: () => store.redraw(),
});
effect(() => { // when the window moves, not when data comes
  store.beat.value;
  store.fixed.value;
  store.connection.value;
  archive.look();
});
const recorder = createRecorder({ store, signal, wall_ms: () => Date.now(), save: save_blob });
socket = createSocket({
  url: socket_url(document.baseURI),
  protocol: PROTOCOL,
  connect: (url, protocol) => new WebSocket(url, protocol),
  now: () => performance.now(),
  on_message: rpc.receive,
  on_state: session.socket_state,
});

effect(() => session.set_interval(preferences.interval_ms()));
socket.open();

// The address holds view, heap and time, in both directions.
// What is followed is taken over as one change, and is no new step: a link to another view
// of another heap would else leave the way there behind, and Back would lead into it.
let following = false;
/** As it was followed or written last; another one is on its way to be followed. */
let known_hash = '';
let readdressing = 0;
let last_write_ms = -Infinity;
function follow_address() {
  following = true;
  clearTimeout(readdressing); // what was to be written is older than what is followed
  known_hash = location.hash;
  batch(() => {
    const { view, heap, range_s, fixed, at_ms, params } = parse_route(location.hash);
    store.show(view, params);
    if (heap && heap !== store.chosen.peek()) store.choose(heap);
    store.set_range(range_s);
    const now = store.fixed.peek();
    if (fixed?.from_ms !== now?.from_ms || fixed?.to_ms !== now?.to_ms) store.zoom(fixed);
    if (!Object.is(at_ms, store.pinned_ms.peek())) store.pin(at_ms);
  });
  following = false;
}
addEventListener('hashchange', follow_address);
follow_address();
load(store.view.peek());
let shown_path = '';
effect(() => {
  const hash = format_route({
    view: store.view.value, heap: store.chosen.value, range_s: store.range_s.value,
    fixed: store.fixed.value, at_ms: store.pinned_ms.value, params: store.params.value,
  });
  const path = `${store.view.value} ${store.chosen.value}`;
  clearTimeout(readdressing);
  const wait_ms = store.scrubs() ? last_write_ms + ADDRESS_MS - performance.now() : 0;
  const write = (/** @type {'pushState' | 'replaceState'} */ how) => {
    if (location.hash !== known_hash) return;
    if (location.hash !== hash) history[how](null, '', hash);
    known_hash = location.hash;
    last_write_ms = performance.now();
  };
  // Another view or heap is a step that the browser's Back undoes; the rest is not, and
  // what moves sixty times a second is written a few times.
  if (shown_path && path !== shown_path && !following) write('pushState');
  else if (wait_ms <= 0) write('replaceState');
  else readdressing = setTimeout(() => write('replaceState'), wait_ms);
  shown_path = path;
});

let shown_view = store.view.peek();
effect(() => {
  if (store.view.value === shown_view) return;
  shown_view = store.view.value;
  scrollTo(0, 0);
});
effect(() => {
  const heap = store.heap();
  document.title = `${heap ? `${heap.name} · ` : ''}${t(`view.${store.view.value}`)} · Ouro`;
});

const dialog = signal(''); // 'palette' or 'keys' while one is open
const do_key = {
  palette: () => { dialog.value = dialog.peek() === 'palette' ? '' : 'palette'; },
  help: () => { dialog.value = 'keys'; },
  pause: () => store.pause(store.fixed.peek() === null),
  zoom_back: () => store.go(-1),
  zoom_forward: () => store.go(1),
};
const keys = createKeys({ now: () => performance.now() });
addEventListener('keydown', (event) => {
  const key = event.defaultPrevented ? null : keys.press(event);
  if (!key) return;
  event.preventDefault();
  if (key.view) store.show(key.view, kept_params(store));
  else do_key[key.id]();
});

// A recording is opened by dropping it anywhere.
const carries_files = (event) => event.dataTransfer?.types.includes('Files');
for (const [name, over] of [['dragenter', true], ['dragover', true], ['dragleave', false], ['drop', false]]) {
  addEventListener(name, (event) => {
    if (!carries_files(event)) return;
    event.preventDefault();
    // Leaving one element for another is no leaving of the page.
    if (name === 'dragleave' && event.relatedTarget) return;
    recorder.dragging.value = over;
    if (name === 'drop') for (const file of event.dataTransfer.files) recorder.open(file);
  });
}

document.addEventListener('visibilitychange', () => frame.wake());
setInterval(() => { if (!document.hidden) store.clock(); }, CLOCK_MS);

// A tab that was refused comes back when another one signs in.
const tabs = new BroadcastChannel('ouro');
tabs.onmessage = () => { if (store.connection.peek().kind === 'refused') socket.open(); };
let greeted = null;
effect(() => {
  const hello = store.hello.value;
  if (hello && hello !== greeted) tabs.postMessage('signed in');
  greeted = hello;
});

const stored = storage.get('language');
await speak(stored in LANGUAGES ? stored : best_language(navigator.languages));
const actions = createActions();
const ouro = { store, session, archive, recorder, actions, preferences, dialog, frame, crosshair, theme, language, speak, storage, t, retry: socket.open };
actions.add(() => base_actions(ouro));
render(h(Shell, { ouro }), document.getElementById('app'));
