// timeline.js - the strip over every view: what is stored of the heap, and the window on
// it that every view shows. Dragging the window puts all of them at that time.
import { useEffect, useRef } from 'preact/hooks';
import { useSignal, useSignalEffect } from '@preact/signals';
import { html } from '../html.js';
import { error_sentence } from '../errors.js';
import { clock, span } from '../format.js';
import { Icon } from './icons.js';
import { after_key, dragged, grip, next_span, scale, SPANS_MS, strip_span, ticks } from '../timeline.js';

const TOKENS = ['gen-0', 'gen-1', 'gen-2'];
/** Above the foot: 0 ● low, 1 ▲ above it, 2 ■ on top of all. */
const LANE_Y = [6, 14, 22];
const REFRESH_MS = 10000;
const BACK_PX = 4;

/** @param {{ouro: any}} props */
export function Timeline({ ouro }) {
  const { store } = ouro;
  const heap = store.heap();
  if (!heap || (!store.hello.value && heap.kind !== 'recording')) return null;
  return html`<${Strip} ouro=${ouro} heap=${heap} key=${heap.id} />`;
}

function Strip({ ouro, heap }) {
  const { store, archive, theme, storage, t } = ouro;
  const place = useRef(null);
  const hold = useRef(null);
  const now = useRef({});
  const course = useSignal(null);
  const width = useSignal(Number(storage.get('strip')) || SPANS_MS[0]);
  store.beat.value;

  const history = store.history(heap.id);
  const is_recording = heap.kind === 'recording';
  /** What the strip and its window are at this very moment: keys come between two drawings. */
  function look() {
    const newest = history.newest_ms();
    if (Number.isNaN(newest)) return { strip: null, window: null };
    const first = course.peek()?.x[0] ?? history.oldest_ms();
    const strip = is_recording ? { from_ms: history.oldest_ms() - 1, to_ms: newest + 1 }
      : hold.current?.strip ?? strip_span(newest, width.peek(), first, store.fixed.peek());
    return { strip, window: store.window() };
  }
  store.fixed.value;
  const { strip, window } = look();
  Object.assign(now.current, { strip, window });

  async function ask() {
    const at = now.current.strip;
    if (!at || is_recording || document.hidden || store.connection.peek().kind !== 'open') return;
    try {
      course.value = await archive.course(heap.id, { from_ms: width.peek() === Infinity ? 0 : Math.max(0, Math.floor(at.from_ms)), to_ms: Math.ceil(at.to_ms) });
    } catch { /* the strip shows what the page saw itself */ }
  }
  const is_open = store.connection.value.kind === 'open';
  useEffect(() => {
    if (!is_open) return undefined;
    ask();
    const timer = setInterval(ask, REFRESH_MS);
    return () => clearInterval(timer);
  }, [is_open, width.value, strip !== null]);

  function draw() {
    const canvas = place.current;
    const { strip: at, window: shown } = now.current;
    if (!canvas || !at || canvas.clientWidth === 0) return;
    const ratio = devicePixelRatio || 1;
    const pixels = canvas.clientWidth;
    if (canvas.width !== Math.round(pixels * ratio)) canvas.width = Math.round(pixels * ratio);
    const height = canvas.clientHeight; // slimmer on a phone
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const c = canvas.getContext('2d');
    const { x } = scale(at, pixels);
    // What is stored is drawn anew once it moved by some pixels, and until then moved; a drag only moves the window on it.
    const back = now.current.back ??= document.createElement('canvas');
    const key = [Math.round(x(0) / BACK_PX), pixels, height, ratio, at.to_ms - at.from_ms, theme.version.peek(), history.stored.version, history.restarts.length].join();
    if (now.current.key !== key || now.current.course !== course.peek()) {
      Object.assign(now.current, { key, course: course.peek(), back_ms: at.from_ms });
      back.width = canvas.width;
      back.height = canvas.height;
      const under = back.getContext('2d');
      under.setTransform(ratio, 0, 0, ratio, 0, 0);
      draw_course(under, x, pixels, height);
      draw_ticks(under, x, at, height);
      under.fillStyle = theme.color('ink');
      for (const time of restarts(at)) under.fillRect(Math.round(x(time)), 0, 2, height);
    }
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, canvas.width, canvas.height);
    c.drawImage(back, Math.round(x(now.current.back_ms) * ratio), 0);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!shown) return;
    const left = Math.max(0, x(shown.from_ms));
    const right = Math.min(pixels, Math.max(x(shown.to_ms), left + 3));
    c.globalAlpha = 0.6;
    c.fillStyle = theme.color('bg');
    c.fillRect(0, 0, left, height);
    c.fillRect(right, 0, pixels - right, height);
    c.globalAlpha = 1;
    c.strokeStyle = theme.color('accent');
    c.lineWidth = 1.5;
    c.strokeRect(left + 0.75, 0.75, Math.max(2, right - left - 1.5), height - 1.5);
  }

  /** Restarts that the page saw, and those that the stored numbers tell. */
  function restarts(at) {
    const seen = history.restarts_in(at.from_ms, at.to_ms);
    const told = course.peek();
    const near_ms = 2 * (told?.step_ms ?? 0) + 3000;
    return [...seen, ...(told?.restarts ?? []).filter((time) => time >= at.from_ms && !seen.some((own) => Math.abs(own - time) < near_ms))];
  }

  /** Live bytes as a silhouette behind the ticks. */
  function draw_course(c, x, pixels, room) {
    const told = course.peek();
    if (!told || told.x.length === 0) return;
    const bytes = told.columns.live_bytes;
    const most = Math.max(1, bytes.reduce((m, v) => (v > m ? v : m), 0));
    c.fillStyle = theme.color('plain-soft');
    const gap_ms = 3 * told.step_ms;
    for (let i = 0; i + 1 < told.x.length; i++) {
      if (told.x[i + 1] - told.x[i] > gap_ms) continue;
      const [from, to] = [x(told.x[i]), x(told.x[i + 1])];
      if (to < 0 || from > pixels) continue;
      const height = (Math.max(bytes[i], bytes[i + 1]) / most) * (room - 6);
      c.fillRect(from, room - height, Math.max(1, to - from + 0.5), height);
    }
  }

  function draw_ticks(c, x, at, height) {
    const found = ticks((visit) => history.each_event(at.from_ms, at.to_ms, visit), x);
    // Where only the number of collections is stored: how many, without their generations.
    const told = course.peek();
    const own_x = x(history.known_from(at.from_ms, at.to_ms));
    c.fillStyle = theme.color('muted');
    for (let i = 2; told && i < told.x.length; i += 2) {
      const n = told.seqs[i] - told.seqs[i - 2];
      const px = x(told.x[i]);
      if (n > 0 && px < own_x) c.fillRect(Math.round(px), height - 4 - Math.min(8, Math.log2(1 + n)), 1, Math.min(8, Math.log2(1 + n)));
    }
    found.forEach((pixels, generation) => {
      c.fillStyle = theme.color(TOKENS[generation]);
      const y = height - LANE_Y[generation];
      c.beginPath();
      for (const px of pixels) {
        if (generation === 0) {
          c.moveTo(px + 1.3, y);
          c.arc(px, y, 1.3, 0, 7);
        } else if (generation === 1) {
          c.moveTo(px, y - 2.5);
          c.lineTo(px + 2.5, y + 2);
          c.lineTo(px - 2.5, y + 2);
        } else c.rect(px - 2, y - 2, 4, 4);
      }
      c.fill();
    });
  }

  useEffect(() => { // the plain wheel scrolls the page
    const line = place.current?.parentElement;
    if (!line || is_recording) return undefined;
    const on_wheel = (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      set_width(next_span(width.peek(), Math.sign(event.deltaY)));
    };
    line.addEventListener('wheel', on_wheel, { passive: false });
    return () => line.removeEventListener('wheel', on_wheel);
  }, [is_recording]);

  function set_width(ms) {
    width.value = ms;
    storage.set('strip', String(ms));
  }

  useSignalEffect(() => {
    store.beat.value;
    store.fixed.value;
    theme.version.value;
    course.value;
    draw();
  });
  useEffect(draw);

  /** To a window: the first of a gesture is a step to go back to, the others go on with it. */
  function put(next, begins) {
    if (next === null) {
      if (store.fixed.peek()) store.zoom(null);
    } else if (begins || !store.fixed.peek()) store.zoom(next);
    else store.scrub(next);
  }
  function on_down(event) {
    const { strip, window } = look();
    if (!strip || !window || event.button !== 0) return;
    const box = place.current.getBoundingClientRect();
    const { x, time } = scale(strip, box.width);
    const at = event.clientX - box.left;
    let part = grip(at, x(window.from_ms), Math.max(x(window.to_ms), x(window.from_ms) + 3));
    let base = window;
    if (part === 'outside') { // a click elsewhere takes the window there
      base = dragged({ from_ms: 0, to_ms: window.to_ms - window.from_ms }, 'window', time(at) - (window.to_ms - window.from_ms) / 2, strip) ?? window;
      put(base, true);
      part = 'window';
      hold.current = { part, base, strip, from_x: event.clientX, pixels: box.width, begun: true };
    } else {
      hold.current = { part, base, strip, from_x: event.clientX, pixels: box.width, begun: false };
    }
    event.currentTarget.setPointerCapture(event.pointerId);
  }
  /** Once a frame, however often the pointer tells. */
  function move() {
    const held = hold.current;
    if (!held?.to_x) return;
    const by_ms = ((held.to_x - held.from_x) / held.pixels) * (held.strip.to_ms - held.strip.from_ms);
    held.to_x = 0;
    put(dragged(held.base, held.part, by_ms, held.strip), !held.begun);
    held.begun = true;
  }
  function on_move(event) {
    const held = hold.current;
    if (!held || (event.clientX === held.from_x && !held.begun)) return;
    if (!held.to_x) requestAnimationFrame(move);
    held.to_x = event.clientX;
  }
  const on_up = () => {
    move();
    hold.current = null;
  };
  function on_key(event) {
    const { strip, window } = look();
    if (!strip || !window || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = after_key(event.key, event.shiftKey, window, strip);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    put(next, !event.repeat && !store.fixed.peek());
  }

  const fixed = store.fixed.value;
  const words = fixed ? t('time.window', { from: clock(fixed.from_ms), to: clock(fixed.to_ms), width: span(fixed.to_ms - fixed.from_ms) }) : t('time.live');
  const past = archive.past.value;
  return html`<section class="timeline" aria-label=${t('time.strip')}>
    <div class="timeline-line" role="slider" tabindex="0" aria-label=${t('time.slider')} aria-valuetext=${words}
      aria-valuemin="0" aria-valuemax="1000" aria-valuenow=${strip && window ? Math.round(Math.max(0, Math.min(1, (window.to_ms - strip.from_ms) / (strip.to_ms - strip.from_ms))) * 1000) : 1000}
      onKeyDown=${on_key} onPointerDown=${on_down} onPointerMove=${on_move} onPointerUp=${on_up} onPointerCancel=${on_up}>
      <canvas ref=${place}></canvas></div>
    <div class="timeline-foot">
      <span class="timeline-steps">${[['back', -1], ['forward', 1]].map(([way, step]) => html`<button type="button" key=${way} class="button square"
        disabled=${!store.steps.value[way]} title=${t(`keys.zoom_${way}`)} aria-label=${t(`keys.zoom_${way}`)} onClick=${() => store.go(step)}><${Icon} name=${way} /></button>`)}</span>
      <span class="muted">${strip ? clock(strip.from_ms) : ''}</span>
      ${fixed ? html`<span class="timeline-said"><b>${words}</b>${' '}<button type="button" class="link" onClick=${() => store.zoom(null)}>${t(is_recording ? 'time.whole_end' : 'time.back')}</button></span>`
        : html`<span class="timeline-said muted">${t('time.hint')}</span>`}
      <span class="timeline-past" role="status">${['loading', 'off', 'error', ...(fixed ? ['none'] : [])].includes(past.kind) && html`<span class=${past.kind === 'error' ? 'bad' : 'muted'}>${
        past.kind === 'error' ? error_sentence(t, past.error) : t(`past.${past.kind}`)}</span>`}</span>
      ${!is_recording && html`<label class="timeline-span"><span class="unseen">${t('time.span')}</span><select value=${String(width.value)} onChange=${(event) => set_width(Number(event.currentTarget.value))}>${SPANS_MS.map((ms) => html`<option key=${ms} value=${String(ms)}>${ms === Infinity ? t('time.all') : span(ms)}</option>`)}</select></label>`}
    </div>
  </section>`;
}
