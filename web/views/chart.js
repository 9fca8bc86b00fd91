// chart.js - a chart in its card: owns its life, draws it in the page's one frame and
// only while it can be seen, writes its legend, and gives it away as table and file.
import { useEffect, useId, useRef } from 'preact/hooks';
import { useSignal, useSignalEffect } from '@preact/signals';
import { html } from '../html.js';
import { createChart } from '../charts.js';
import { hidden_keys, known_rows, near_ms, nearest_row, step_time, with_hidden } from '../chart_data.js';
import { clock_ms, compact, duration_ns, span } from '../format.js';
import { Card } from './card.js';
import { ChartMenu } from './chart_menu.js';
import { follow } from './chart_pointer.js';
import { ChartStats, ChartTable } from './chart_table.js';
import { Shape } from './icons.js';

const NOTHING = { time_ms: NaN, pinned: false, values: [], known: [] };
/** While live a chart is drawn again when it moved by half a pixel, but at least so often. */
const STILL_MS = 1000;
const SPEAK_MS = 300;

const width_words = (ms) => (ms < 60000 ? duration_ns(Math.round(ms) * 1e6) : span(ms));

/**
 * @param {{
 *   ouro: any, name: string, title: string, sub: string,
 *   spec: import('../charts.js').Spec & {series: {key: string, token: string, generation?: number,
 *     dashed?: boolean, fill?: boolean, of?: number}[]},
 *   titles: string[],
 *   build: (history: any, from_ms: number, to_ms: number, pixels: number)
 *     => {x: number[], ys: (number|null)[][], marks?: any[], restarts?: number[]},
 *   value?: (value: number, series: number) => string,
 *   words?: (series: number, values: (number|null)[], under: boolean) => string,
 * }} props `name` stands in the address and in names of files; `titles` name the series in the
 *   reader's language; `of` makes a series a companion of another one (its threshold), without a
 *   key of its own in the legend; `build` gives every row it has when there are Infinity pixels
 */
export function Chart({ ouro, name, title, sub, spec, titles, build, value = spec.format ?? compact, words }) {
  const { store, frame, theme, crosshair, t } = ouro;
  const place = useRef(null);
  const hint = useId();
  const shown = useSignal(NOTHING);
  const said = useSignal('');
  const as_table = useSignal(false);
  const with_stats = useSignal(false);
  /** What effects and listeners need of the newest drawing of this component. */
  const now = useRef({});
  const hidden = hidden_keys(store.params.value.hide, name);
  const is_shown = (s) => !hidden.has(spec.series[spec.series[s].of ?? s].key);
  Object.assign(now.current, { build, titles, value, is_shown });
  const full = () => {
    const range = store.window();
    return { range, lines: now.current.build(store.history(store.heap().id), range.from_ms, range.to_ms, Infinity) };
  };

  useEffect(() => {
    if (as_table.value) return undefined;
    let picture = { x: [], ys: [] };
    let visible = true;
    /** What is on the canvas. */ let drawn = null;
    let told = NaN;
    let beat = -1;
    let selection = null;

    const chart = createChart(place.current, spec, { color: theme.color, restart_label: () => t('chart.restart') });

    /** The legend has the values under the crosshair, else those at the pin, else the last ones. */
    function tell(time_ms, pinned) {
      const under = !Number.isNaN(time_ms);
      const row = nearest_row(picture.x, time_ms, near_ms(picture.to_ms - picture.from_ms, chart.pixels()));
      const values = picture.ys.map((y) => (row >= 0 ? y[row] : under ? null : last_known(y)));
      shown.value = { time_ms: row >= 0 && !pinned ? picture.x[row] : time_ms, pinned, values, known: picture.ys.map((y) => y.some((v) => v !== null)) };
    }

    function draw() {
      const heap = store.heap();
      const range = heap && (crosshair.held ?? store.window());
      if (!visible || !range) return;
      const history = store.history(heap.id);
      const pixels = chart.pixels();
      const pinned_ms = store.pinned_ms.peek();
      const next = { heap: heap.id, span: range.to_ms - range.from_ms, pixels, pinned_ms, restarts: history.restarts.length, stored: history.stored.version };
      const moved = drawn && Object.keys(next).every((k) => Object.is(next[k], drawn[k])) ? Math.abs(range.to_ms - drawn.to_ms) : Infinity;
      const still = store.fixed.peek() || crosshair.held ? 0 : Math.min(STILL_MS, next.span / pixels / 2);
      const again = moved > 0 && moved >= still;
      if (again) {
        drawn = { ...next, to_ms: range.to_ms };
        picture = { ...range, pinned_ms, restarts: history.restarts_in(range.from_ms, range.to_ms), ...now.current.build(history, range.from_ms, range.to_ms, pixels) };
        chart.draw(picture);
      }
      if (crosshair.selection !== selection) {
        selection = crosshair.selection;
        chart.select(selection, selection ? width_words(selection.to_ms - selection.from_ms) : '');
      }
      const hover_ms = crosshair.time(range);
      if (!Number.isNaN(hover_ms) || !Number.isNaN(told)) chart.point(hover_ms);
      const is_pinned = Number.isNaN(hover_ms) && pinned_ms >= range.from_ms && pinned_ms <= range.to_ms;
      const at = is_pinned ? pinned_ms : hover_ms;
      if (Object.is(at, told) && !(again && !Number.isNaN(at)) && beat === store.beat.peek()) return;
      told = at;
      beat = store.beat.peek();
      tell(at, is_pinned);
    }

    let speaking = 0;
    function speak(time_ms) {
      clearTimeout(speaking);
      speaking = setTimeout(() => {
        const row = nearest_row(picture.x, time_ms);
        const parts = picture.ys.map((y, s) => [s, y[row]]).filter(([s, v]) => v !== null && now.current.is_shown(s))
          .map(([s, v]) => `${now.current.titles[s]} ${now.current.value(v, s)}`);
        said.value = `${clock_ms(time_ms)}: ${parts.join(', ')}`;
      }, SPEAK_MS);
    }

    const stop_frames = frame.on(draw);
    const observer = new IntersectionObserver(([entry]) => {
      visible = entry.isIntersecting;
      draw();
    });
    observer.observe(place.current);
    chart.show(now.current.is_shown);
    draw();
    const stop_following = follow(place.current, chart, {
      ouro,
      said: speak,
      step: (time_ms, steps) => {
        const series = spec.series.map((_s, i) => i).filter((i) => now.current.is_shown(i));
        return step_time(picture.x, known_rows(picture, picture.from_ms, picture.to_ms, series), time_ms, steps);
      },
    });
    now.current.chart = chart;
    now.current.redraw = () => { drawn = null; draw(); };
    return () => {
      now.current.chart = null;
      clearTimeout(speaking);
      stop_following();
      stop_frames();
      observer.disconnect();
      chart.destroy();
    };
  }, [as_table.value]);

  useSignalEffect(() => {
    if (theme.version.value > 0) now.current.chart?.recolor();
  });
  useEffect(() => { now.current.chart?.show(is_shown); }, [[...hidden].join()]);

  const { time_ms, pinned, values, known } = shown.value;
  const under = !Number.isNaN(time_ms);
  const entries = spec.series.map((series, s) => ({ ...series, s })).filter(({ of, key, s }) => of === undefined
    && (known[s] !== false || hidden.has(key) || spec.kind !== 'lines'));
  const text = (s) => (words ? words(s, values, under) : `${titles[s]} ${value(values[s] ?? NaN, s)}`);
  const keys = html`<ul class="legend">
    ${entries.map(({ s, key, token, generation, dashed }) => html`<li key=${key}><button type="button" class="legend-key"
      aria-pressed=${!hidden.has(key)} title=${t(hidden.has(key) ? 'chart.show' : 'chart.hide', { series: titles[s] })}
      onClick=${() => store.set_param('hide', with_hidden(store.params.peek().hide, name, key, !hidden.has(key)))}>
      ${generation !== undefined && spec.kind === 'dots' ? html`<${Shape} generation=${generation} />`
        : html`<span class=${`dash token-${token} ${dashed ? 'dashed' : ''}`}></span>`}
      ${text(s)}</button></li>`)}
  </ul>`;
  const at = pinned ? t('chart.pinned_at', { time: clock_ms(time_ms) }) : clock_ms(time_ms);
  return html`<${Card} title=${title} class="chart-card" sub=${under ? html`<span class=${pinned ? 'at pinned' : 'at'}>${at}</span>` : sub}
    aside=${html`<${ChartMenu} ouro=${ouro} name=${name} title=${title} spec=${spec} titles=${titles} is_shown=${is_shown}
      full=${full} chart=${() => now.current.chart} entries=${() => entries.filter(({ key }) => !hidden.has(key)).map((e) => ({ ...e, text: text(e.s) }))}
      as_table=${as_table} with_stats=${with_stats} />`}>
    ${keys}
    ${as_table.value
      ? html`<${ChartTable} ouro=${ouro} title=${title} spec=${spec} titles=${titles} value=${value} is_shown=${is_shown} full=${full} />`
      : html`<div class="chart" ref=${place} role="application" tabindex="0" aria-roledescription=${t('chart.role')}
          aria-label=${t('chart.label', { title, sub })} aria-describedby=${hint}></div>
        <p class="unseen" id=${hint}>${t('chart.hint')}</p><p class="unseen" role="status">${said.value}</p>`}
    ${(with_stats.value || as_table.value) && html`<${ChartStats} ouro=${ouro} title=${title} spec=${spec} titles=${titles} value=${value}
      is_shown=${is_shown} full=${full} />`}
  <//>`;
}

/** @param {(number|null)[]} y */
function last_known(y) {
  for (let i = y.length - 1; i >= 0 && i > y.length - 50; i--) if (y[i] !== null) return y[i];
  return null;
}
