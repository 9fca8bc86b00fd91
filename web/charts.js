// charts.js - the only importer of uPlot: three kinds of chart on one time axis.
//
//   lines   values from zero up, round steps            rates, objects, memory
//   lanes   one lane a generation, each on its own scale   counts against thresholds
//   dots    a mark a collection on a logarithmic axis      pauses
//
// It draws what it is given and knows nothing of pointers and keys: those are
// views/chart_pointer.js. Colours are asked for at every drawing, so a change of theme is
// one redraw. A chart is drawn by its owner, never by itself.
// @ts-check
import uPlot from 'uplot';
import { near_ms } from './chart_data.js';
import { clock, clock_ms, clock_minutes, compact, count, duration_ns, is_utc } from './format.js';
import { round_ticks, round_top } from './scale.js';

const FONT = '11px system-ui, sans-serif';
const AXIS_WIDTH = 56;
const GENERATION_COLORS = ['gen-0', 'gen-1', 'gen-2'];

/** Lower and upper end of each generation's lane, from the chart's bottom to its top. */
const LANES = [[0.58, 1], [0.29, 0.48], [0, 0.19]];

/** How strong and, at the foot, how tall the marks of each generation are. */
const MARK_ALPHA = [0.2, 0.35, 0.6];
const FOOT_ALPHA = [0.55, 0.75, 1];
const FOOT_HEIGHT = [4, 7, 11];

/**
 * @typedef {{from_ms: number, to_ms: number, x: number[], ys: (number|null)[][], pinned_ms?: number,
 *   marks?: {generation: number, tall: boolean, times: number[]}[], restarts?: number[]}} Picture
 * @typedef {{
 *   kind: 'lines' | 'lanes' | 'dots', height: number,
 *   series: {token: string, fill?: boolean, dashed?: boolean, [word: string]: any}[],
 *   format?: (value: number) => string, base?: 1000 | 1024,
 * }} Spec
 */

/**
 * @param {HTMLElement} element where it goes
 * @param {Spec} spec
 * @param {{color: (token: string) => string, restart_label: () => string}} host
 */
export function createChart(element, spec, { color, restart_label }) {
  /** @type {Picture} */
  let picture = { from_ms: 0, to_ms: 1, x: [], ys: spec.series.map(() => []) };
  /** Highest value of each lane. */ let tops = [1, 1, 1];
  const nobody = () => null;

  const u = new uPlot({
    width: Math.max(80, element.clientWidth),
    height: spec.height,
    ms: 1,
    padding: [8, 10, 0, 0],
    legend: { show: false },
    tzDate: (/** @type {number} */ time) => (is_utc() ? uPlot.tzDate(new Date(time), 'Etc/UTC') : new Date(time)),
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: spec.kind !== 'lines' ? { show: false } : {
        size: 8, width: 1.5, stroke: () => color('panel'), fill: (/** @type {any} */ _u, /** @type {number} */ s) => color(spec.series[s - 1].token),
      },
      dataIdx: (/** @type {any} */ self, /** @type {number} */ _s, /** @type {number} */ row, /** @type {number} */ time) => (
        Math.abs(self.data[0][row] - time) <= near_ms(picture.to_ms - picture.from_ms, self.over.clientWidth) ? row : null),
      bind: { mousedown: nobody, mouseup: nobody, mousemove: nobody, mouseenter: nobody, mouseleave: nobody, click: nobody, dblclick: nobody },
    },
    scales: {
      x: { time: true, range: () => [picture.from_ms, picture.to_ms] },
      y: y_scale(),
    },
    axes: [x_axis(), y_axis()],
    series: [{}, ...series()],
    hooks: { drawAxes: [draw_marks], draw: [draw_restarts, draw_pin] },
  }, empty(), element);
  const selected = u.root.querySelector('.u-select').appendChild(document.createElement('span'));
  selected.parentElement?.classList.add('u-off');

  const observer = new ResizeObserver(() => {
    const width = Math.max(80, element.clientWidth);
    if (width !== u.width) u.setSize({ width, height: spec.height });
  });
  observer.observe(element);

  /** uPlot wants two rows to know where it is. @returns {any} */
  function empty() {
    const columns = spec.kind === 'lanes' ? 6 : spec.series.length;
    return [[picture.from_ms, picture.to_ms], ...Array.from({ length: columns }, () => [null, null])];
  }

  function x_axis() {
    return {
      stroke: () => color('muted'),
      font: FONT,
      size: 20,
      gap: 5,
      space: 76,
      grid: { show: false },
      ticks: { show: false },
      values: (/** @type {any} */ self, /** @type {number[]} */ splits) => {
        const step = splits.length > 1 ? splits[1] - splits[0] : 0;
        const words = step >= 60000 ? clock_minutes : step >= 1000 ? clock
          : (/** @type {number} */ time) => clock_ms(time).slice(0, step >= 100 ? -2 : undefined);
        // At the very left a time would run into the lowest value, at the right be cut.
        const right = self.bbox.width / uPlot.pxRatio - 16;
        return splits.map((time) => {
          const at = self.valToPos(time, 'x');
          return at < 26 || at > right - (step < 1000 ? 10 : 0) ? '' : words(time);
        });
      },
    };
  }

  function y_axis() {
    const axis = {
      stroke: () => color('muted'),
      font: FONT,
      size: AXIS_WIDTH,
      gap: 8,
      grid: { stroke: () => color('grid'), width: 1 },
      ticks: { show: false },
    };
    if (spec.kind === 'lanes') {
      return {
        ...axis,
        splits: () => LANES.flat(),
        values: () => LANES.flatMap((_lane, g) => ['0', tops[g] < 10000 ? count(tops[g]) : compact(tops[g])]),
      };
    }
    if (spec.kind === 'dots') {
      return {
        ...axis,
        splits: (/** @type {any} */ _u, /** @type {any} */ _i, /** @type {number} */ low, /** @type {number} */ high) => {
          const ticks = [];
          for (let e = Math.round(Math.log10(low)); e <= Math.round(Math.log10(high)); e++) ticks.push(10 ** e);
          return ticks;
        },
        filter: (/** @type {any} */ _u, /** @type {number[]} */ splits) => splits,
        values: (/** @type {any} */ _u, /** @type {number[]} */ splits) => splits.map(duration_ns),
      };
    }
    return {
      ...axis,
      splits: (/** @type {any} */ _u, /** @type {any} */ _i, /** @type {number} */ _low, /** @type {number} */ high) => round_ticks(high, spec.base),
      values: (/** @type {any} */ _u, /** @type {number[]} */ splits) => splits.map((v) => (spec.format ?? compact)(v)),
    };
  }

  /** @returns {any} */
  function y_scale() {
    if (spec.kind === 'lanes') return { range: () => [-0.03, 1.04] };
    if (spec.kind === 'dots') {
      return {
        distr: 3,
        log: 10,
        range: (/** @type {any} */ _u, /** @type {number | null} */ low, /** @type {number | null} */ high) => {
          const from = Math.floor(Math.log10(low ?? 1e4));
          const to = Math.ceil(Math.log10((high ?? 1e6) * 1.02));
          return [10 ** Math.min(from, to - 2), 10 ** to];
        },
      };
    }
    return {
      range: (/** @type {any} */ _u, /** @type {any} */ _low, /** @type {number | null} */ high) => [0, round_top(high ?? 0, spec.base)],
    };
  }

  /** @returns {any[]} */
  function series() {
    if (spec.kind === 'lanes') {
      const line = (/** @type {number} */ g, dashed = false) => ({
        stroke: () => color(GENERATION_COLORS[g]),
        width: dashed ? 1 : 1.25,
        dash: dashed ? [4, 3] : undefined,
        points: { show: false },
      });
      return [line(0), line(1), line(2), line(0, true), line(1, true), line(2, true)];
    }
    if (spec.kind === 'dots') {
      return GENERATION_COLORS.map((token, g) => ({
        stroke: () => color(token),
        fill: () => color(token),
        points: { show: false },
        paths: (/** @type {any} */ self, /** @type {number} */ s, /** @type {number} */ from, /** @type {number} */ to) => ({
          fill: shapes(self, s, from, to, g), stroke: null,
        }),
      }));
    }
    return spec.series.map(({ token, fill, dashed }) => ({
      stroke: () => color(token),
      fill: fill ? () => color(`${token}-soft`) : undefined,
      width: 1.5,
      dash: dashed ? [5, 3] : undefined,
      points: { show: false },
    }));
  }

  /** The marks ● ▲ ■ of one generation. @param {any} self @param {number} s @param {number} from @param {number} to @param {number} generation */
  function shapes(self, s, from, to, generation) {
    const path = new Path2D();
    const r = [2.2, 4, 3.4][generation] * uPlot.pxRatio;
    for (let i = from; i <= to; i++) {
      const value = self.data[s][i];
      if (value === null || value === undefined) continue;
      const x = self.valToPos(self.data[0][i], 'x', true);
      const y = self.valToPos(value, 'y', true);
      if (generation === 0) {
        path.moveTo(x + r, y);
        path.arc(x, y, r, 0, 2 * Math.PI);
      } else if (generation === 1) {
        path.moveTo(x, y - r);
        path.lineTo(x + r, y + r * 0.8);
        path.lineTo(x - r, y + r * 0.8);
        path.closePath();
      } else {
        path.rect(x - r, y - r, 2 * r, 2 * r);
      }
    }
    return path;
  }

  /** Collections, upright and behind the series. @param {any} self */
  function draw_marks(self) {
    const { ctx, bbox } = self;
    const bottom = bbox.top + bbox.height;
    const at = (/** @type {number} */ time) => self.valToPos(time, 'x', true);
    ctx.save();
    for (const { generation, tall, times } of picture.marks ?? []) {
      ctx.fillStyle = color(GENERATION_COLORS[generation]);
      ctx.globalAlpha = (tall ? MARK_ALPHA : FOOT_ALPHA)[generation];
      const top = tall ? bbox.top : bottom - FOOT_HEIGHT[generation] * uPlot.pxRatio;
      // Whole pixels: nothing to smooth, which is most of a line's cost.
      for (const time of times) ctx.fillRect(Math.round(at(time)), Math.round(top), Math.round(uPlot.pxRatio), Math.round(bottom - top));
    }
    ctx.restore();
  }

  /** Where another daemon took over, over the series and in words. @param {any} self */
  function draw_restarts(self) {
    const { ctx, bbox } = self;
    const [dot, gap, high] = [2, 4, 15].map((n) => n * uPlot.pxRatio);
    ctx.save();
    ctx.strokeStyle = color('ink');
    ctx.lineWidth = uPlot.pxRatio;
    ctx.font = `${11 * uPlot.pxRatio}px system-ui, sans-serif`;
    ctx.textAlign = 'left';
    ctx.textBaseline = 'middle';
    ctx.setLineDash([dot, dot]);
    for (const time of picture.restarts ?? []) {
      if (time < picture.from_ms || time > picture.to_ms) continue;
      const x = Math.round(self.valToPos(time, 'x', true)) + 0.5;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      // Beside its line, on the side where it has room, and readable over curves.
      const words = restart_label();
      const wide = ctx.measureText(words).width;
      const left = x > bbox.left + bbox.width / 2 ? x - gap - wide : x + gap;
      ctx.fillStyle = color('panel');
      ctx.fillRect(left - dot, bbox.top + dot, wide + 2 * dot, high);
      ctx.fillStyle = color('ink');
      ctx.fillText(words, left, bbox.top + dot + high / 2);
    }
    ctx.restore();
  }

  /** The pinned moment, over everything. @param {any} self */
  function draw_pin(self) {
    const time = picture.pinned_ms ?? NaN;
    if (!(time >= picture.from_ms && time <= picture.to_ms)) return;
    const { ctx, bbox } = self;
    const x = Math.round(self.valToPos(time, 'x', true));
    const r = 4 * uPlot.pxRatio;
    ctx.save();
    ctx.strokeStyle = color('accent');
    ctx.fillStyle = color('accent');
    ctx.lineWidth = 2 * uPlot.pxRatio;
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - r, bbox.top - r);
    ctx.lineTo(x + r, bbox.top - r);
    ctx.lineTo(x, bbox.top + r);
    ctx.fill();
    ctx.restore();
  }

  /** Counts and thresholds onto their lanes. @param {(number|null)[][]} ys three counts, three thresholds */
  function into_lanes(ys) {
    tops = [0, 1, 2].map((g) => {
      const most = (/** @type {(number|null)[]} */ y) => y.reduce((/** @type {number} */ m, v) => Math.max(m, v ?? 0), 0);
      const threshold = most(ys[3 + g]);
      const highest = most(ys[g]);
      // A count runs a little over before the heap reaches a safepoint.
      return highest <= threshold * 1.1 ? threshold || 1 : highest;
    });
    return ys.map((y, s) => {
      const [low, high] = LANES[s % 3];
      const scale = (high - low) / tops[s % 3];
      // A threshold of zero means "never": nothing to draw.
      return y.map((v) => (v === null || (s > 2 && v === 0) ? null : low + v * scale));
    });
  }

  return {
    /** Width of the plotting area, for thinning. */
    pixels: () => Math.max(50, u.width - AXIS_WIDTH - 10),

    /** @param {Picture} next */
    draw(next) {
      picture = next;
      if (next.x.length === 0) {
        u.setData(empty());
        return;
      }
      const ys = spec.kind === 'lanes' ? into_lanes(next.ys) : next.ys;
      u.setData(/** @type {any} */ ([next.x, ...ys]));
    },

    /** Puts the crosshair at a moment, NaN takes it away. @param {number} time_ms */
    point(time_ms) {
      const left = Number.isNaN(time_ms) ? -10 : u.valToPos(time_ms, 'x');
      u.setCursor({ left, top: 1 }, false);
    },

    /** @param {{from_ms: number, to_ms: number} | null} window @param {string} words its width, in it */
    select(window, words = '') {
      const at = (/** @type {number} */ time) => Math.max(0, Math.min(u.over.clientWidth, u.valToPos(time, 'x')));
      const left = window ? at(window.from_ms) : 0;
      u.setSelect({ left, top: 0, width: window ? at(window.to_ms) - left : 0, height: u.over.clientHeight }, false);
      selected.textContent = words;
      selected.parentElement?.classList.toggle('u-off', !window);
    },

    /** Which series are drawn; the scale follows what is seen. @param {(series: number) => boolean} is_shown */
    show(is_shown) {
      u.batch(() => {
        for (let s = 1; s < u.series.length; s++) {
          if (u.series[s].show !== is_shown(s - 1)) u.setSeries(s, { show: is_shown(s - 1) });
        }
      });
    },

    /** Where in the window, from 0 to 1, a place on the screen is. @param {number} client_x */
    share(client_x) {
      const { left, width } = u.over.getBoundingClientRect();
      return Math.max(0, Math.min(1, (client_x - left) / width));
    },

    /** The picture as it stands, in device pixels. @returns {HTMLCanvasElement} */
    canvas: () => u.ctx.canvas,

    /** The theme changed. */
    recolor() {
      u.redraw(false, true);
    },

    destroy() {
      observer.disconnect();
      u.destroy();
    },
  };
}
