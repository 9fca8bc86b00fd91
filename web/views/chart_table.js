// chart_table.js - what a chart shows in numbers: the rows of its window, and the least, mean,
// greatest and last value of each series.
import { html } from '../html.js';
import { known_rows, series_stats, thin_rows } from '../chart_data.js';
import { clock_ms, count, UNKNOWN } from '../format.js';
import { range_words } from './range_words.js';

const MOST_ROWS = 200;

/** The series that are drawn, as indexes. */
const wanted_of = (spec, is_shown) => spec.series.map((_s, i) => i).filter(is_shown);
const cell = (value, s, v) => (v === null || v === undefined || Number.isNaN(v) ? UNKNOWN : value(v, s));

/** @param {{ouro: any, title: string, spec: any, titles: string[], value: Function, is_shown: Function, full: Function}} props */
export function ChartTable({ ouro, title, spec, titles, value, is_shown, full }) {
  const { store, t } = ouro;
  store.beat.value;
  const { range, lines } = full();
  const wanted = wanted_of(spec, is_shown);
  const all = known_rows(lines, range.from_ms, range.to_ms, wanted);
  const rows = thin_rows(all, MOST_ROWS);
  if (rows.length === 0) return html`<p class="empty chart-empty">${t('chart.nothing')}</p>`;
  return html`<div class="chart-table" tabindex="0" role="region" aria-label=${t('chart.table_label', { title })}>
      <table><thead><tr><th scope="col">${t('table.time')}</th>
        ${wanted.map((s) => html`<th scope="col" class="right" key=${s}>${titles[s]}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr key=${row}><th scope="row">${clock_ms(lines.x[row])}</th>
        ${wanted.map((s) => html`<td class="right" key=${s}>${cell(value, s, lines.ys[s][row])}</td>`)}</tr>`)}</tbody></table>
    </div>
    ${all.length > rows.length && html`<p class="hint">${t('chart.thinned', { n: count(rows.length), all: count(all.length) })}</p>`}`;
}

/** @param {{ouro: any, title: string, spec: any, titles: string[], value: Function, is_shown: Function, full: Function}} props */
export function ChartStats({ ouro, title, spec, titles, value, is_shown, full }) {
  const { store, t } = ouro;
  store.beat.value;
  const { range, lines } = full();
  const events = spec.kind === 'dots';
  const heads = [...(events ? ['count'] : []), 'least', 'mean', 'greatest', 'last'];
  return html`<table class="chart-stats"><caption>${t('chart.stats_label', { title, range: range_words(ouro, range) })}</caption>
    <thead><tr><th scope="col">${t('chart.series')}</th>${heads.map((head) => html`<th scope="col" class="right" key=${head}>${t(`chart.${head}`)}</th>`)}</tr></thead>
    <tbody>${wanted_of(spec, is_shown).map((s) => {
      const stats = series_stats(lines.x, lines.ys[s], range.from_ms, range.to_ms, events);
      return html`<tr key=${s}><th scope="row">${titles[s]}</th>${heads.map((head) => html`<td class="right" key=${head}>${
        head === 'count' ? count(stats.count) : cell(value, s, stats[head])}</td>`)}</tr>`;
    })}</tbody></table>`;
}
