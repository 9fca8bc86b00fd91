// chart_pointer.js - what pointer and keys do on a chart; the same on every chart.
//
//   move        the crosshair, on all charts       ← →         the crosshair, point by point
//   click       pins it, again takes the pin out   Enter       pins
//   drag        selects and zooms everything       + −         zoom around the crosshair
//   Shift-drag  pans; that pauses                  Home End    the first and the last point
//   twice       back to live                       Escape      takes the pin out
//
// The wheel is the page's.
import { between, zoomed } from '../crosshair.js';

/** A click may shake so much before it is a drag. */
const SHAKE_PX = 4;
/** A click so near to the pin takes it out. */
const NEAR_PX = 5;
const ZOOM_STEP = 0.5;

/**
 * @param {HTMLElement} element @param {any} chart of charts.js
 * @param {{ouro: any, step: (time_ms: number, steps: number) => number, said: (time_ms: number) => void}} parts
 *   `step` finds the point so many points on; `said` tells that the keys moved the crosshair
 * @returns {() => void} what ends it
 */
export function follow(element, chart, { ouro, step, said }) {
  const { store, crosshair } = ouro;
  /** @type {{x: number, window: any, share: number, pan: boolean, moved: boolean} | null} */
  let drag = null;
  /** What a double click brings back. */ let pin_before = NaN;
  const window_now = () => crosshair.held ?? store.window();
  const time_at = (window, share) => window.from_ms + share * (window.to_ms - window.from_ms);

  function pin(time_ms) {
    const window = window_now();
    const near_ms = (NEAR_PX / chart.pixels()) * (window.to_ms - window.from_ms);
    store.pin(Math.abs(time_ms - store.pinned_ms.peek()) <= near_ms ? NaN : Math.round(time_ms));
  }

  const on = {
    pointermove(event) {
      const share = chart.share(event.clientX);
      if (!drag) {
        crosshair.move({ share });
        return;
      }
      if (!drag.moved && Math.abs(event.clientX - drag.x) < SHAKE_PX) return;
      if (!drag.moved && drag.pan) store.pause(true);
      drag.moved = true;
      const from = time_at(drag.window, drag.share);
      const to = time_at(drag.window, share);
      if (drag.pan) crosshair.hold({ from_ms: drag.window.from_ms + from - to, to_ms: drag.window.to_ms + from - to });
      else crosshair.hold(drag.window, between(from, to));
    },

    pointerdown(event) {
      const window = window_now();
      if (event.button !== 0 || !window) return;
      drag = { x: event.clientX, window, share: chart.share(event.clientX), pan: event.shiftKey, moved: false };
      element.setPointerCapture(event.pointerId);
      crosshair.hold(window);
    },

    pointerup() {
      if (!drag) return;
      const { moved, pan } = drag;
      const { held, selection } = crosshair;
      drag = null;
      crosshair.hold(null);
      if (moved) store.zoom(pan ? held : selection);
      element.dataset.dragged = moved ? 'yes' : '';
    },

    pointercancel() {
      drag = null;
      crosshair.hold(null);
      crosshair.move(null);
    },

    // Whoever took the pointer away (a gesture, another window) ends the drag.
    lostpointercapture() {
      if (drag) on.pointercancel();
    },

    pointerleave() {
      if (!drag) crosshair.move(null);
    },

    // `detail` counts the clicks of a double click.
    click(event) {
      const window = window_now();
      if (element.dataset.dragged === 'yes' || event.detail > 1 || !window) return;
      pin_before = store.pinned_ms.peek();
      pin(time_at(window, chart.share(event.clientX)));
    },

    dblclick() {
      store.pin(pin_before);
      if (store.fixed.peek()) store.zoom(null);
    },

    blur() {
      if (!element.matches(':hover')) crosshair.move(null);
    },

    keydown(event) {
      const window = window_now();
      if (!window || event.ctrlKey || event.metaKey || event.altKey) return;
      const shown = crosshair.time(window);
      const from = Number.isNaN(shown) ? store.pinned_ms.peek() : shown;
      const here = from >= window.from_ms && from <= window.to_ms ? from : NaN;
      const many = event.shiftKey ? 10 : 1;
      const steps = { ArrowLeft: -many, ArrowRight: many, Home: -Infinity, End: Infinity }[event.key];
      if (steps !== undefined) {
        const time_ms = step(here, steps);
        if (!Number.isNaN(time_ms)) {
          crosshair.move({ time_ms });
          said(time_ms);
        }
      } else if (event.key === 'Enter' && !Number.isNaN(here)) {
        pin(here);
      } else if (event.key === 'Escape' && crosshair.held) {
        on.pointercancel();
      } else if (event.key === 'Escape' && Number.isNaN(store.pinned_ms.peek()) && crosshair.shown()) {
        crosshair.move(null);
      } else if (event.key === ' ') {
        store.pause(store.fixed.peek() === null);
      } else if (event.key === '+' || event.key === '=' || event.key === '-') {
        const middle = Number.isNaN(here) ? (window.from_ms + window.to_ms) / 2 : here;
        if (!Number.isNaN(here)) crosshair.move({ time_ms: here });
        store.zoom(zoomed(window, middle, event.key === '-' ? 1 / ZOOM_STEP : ZOOM_STEP));
      } else {
        return;
      }
      event.preventDefault();
    },
  };
  for (const [name, listen] of Object.entries(on)) element.addEventListener(name, listen);
  return () => {
    if (drag) crosshair.hold(null);
    for (const [name, listen] of Object.entries(on)) element.removeEventListener(name, listen);
  };
}

/** Escape takes the pin out wherever the focus is, unless something else is open to be closed. @param {any} ouro */
export function unpin_by_escape({ store }) {
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || Number.isNaN(store.pinned_ms.peek())) return;
    if (document.querySelector('dialog[open], .drawer') || event.target.closest('input, textarea, select')) return;
    store.pin(NaN);
    event.preventDefault();
  });
}
