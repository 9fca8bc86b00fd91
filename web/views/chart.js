// chart.js - a chart in its card: owns its life, draws it in the page's one frame and
// only while it can be seen, and writes its legend.
import { useEffect, useRef } from 'preact/hooks';
import { useSignal, useSignalEffect } from '@preact/signals';
import { html } from '../html.js';
import { createChart } from '../charts.js';
import { clock } from '../format.js';
import { Card } from './card.js';
import { Shape } from './icons.js';

const NOTHING = { time_ms: null, values: [] };

/**
 * @param {{
 *   ouro: any, title: string, sub: string, spec: import('../charts.js').Spec,
 *   build: (history: any, from_ms: number, to_ms: number, pixels: number)
 *     => {x: number[], ys: (number|null)[][], marks?: any[]},
 *   legend: (values: (number|null)[], under_cursor: boolean) => {token?: string, generation?: number,
 *     dashed?: boolean, text: string}[],
 * }} props
 */
export function Chart({ ouro, title, sub, spec, build, legend }) {
  const { store, frame, theme, t } = ouro;
  const place = useRef(null);
  const shown = useSignal(NOTHING);
  const live = useRef(null);

  useEffect(() => {
    let picture = { x: [], ys: [] };
    let visible = true;
    let drawn = '';
    let row = null;
    let beat = -1;

    const chart = createChart(place.current, spec, {
      color: theme.color,
      on_cursor(next) {
        row = next;
        tell();
      },
    });

    /** The legend has the values under the crosshair, or the last ones. */
    function tell() {
      const under = row !== null && row < picture.x.length;
      const values = picture.ys.map((y) => (under ? y[row] : last_known(y)));
      shown.value = { time_ms: under ? picture.x[row] : null, values };
    }

    function draw() {
      const heap = store.heap();
      const range = store.window();
      const key = heap && range ? `${heap.id} ${range.from_ms} ${range.to_ms}` : 'nothing';
      if (!visible || key === drawn) return;
      drawn = key;
      picture = range
        ? { ...range, marks: [], ...build(store.history(heap.id), range.from_ms, range.to_ms, chart.pixels()) }
        : { from_ms: Date.now() - 30000, to_ms: Date.now(), x: [], ys: [] };
      chart.draw(picture);
      if (row === null && beat === store.beat.peek()) return;
      beat = store.beat.peek();
      tell();
    }

    const stop_frames = frame.on(draw);
    const observer = new IntersectionObserver(([entry]) => {
      visible = entry.isIntersecting;
      draw();
    });
    observer.observe(place.current);
    draw();
    live.current = { chart, redraw() { drawn = ''; draw(); } };
    return () => {
      live.current = null;
      stop_frames();
      observer.disconnect();
      chart.destroy();
    };
  }, []);

  useSignalEffect(() => {
    if (theme.version.value > 0) live.current?.chart.recolor();
  });

  const { time_ms, values } = shown.value;
  const keys = html`<ul class="legend">
    ${legend(values, time_ms !== null).map((entry) => html`<li>
      ${entry.generation !== undefined ? html`<${Shape} generation=${entry.generation} />`
        : html`<span class=${`dash token-${entry.token} ${entry.dashed ? 'dashed' : ''}`}></span>`}
      ${entry.text}</li>`)}
  </ul>`;
  return html`<${Card} title=${title} class="chart-card" aside=${keys}
    sub=${time_ms === null ? sub : html`<span class="at">${clock(time_ms)}</span>`}>
    <div class="chart" ref=${place} role="img" aria-label=${t('chart.label', { title, sub })}></div>
  <//>`;
}

/** @param {(number|null)[]} y */
function last_known(y) {
  for (let i = y.length - 1; i >= 0 && i > y.length - 50; i--) if (y[i] !== null) return y[i];
  return null;
}
