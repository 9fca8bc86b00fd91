// chart_menu.js - what can be had of a chart beside its picture: numbers, a table, files.
import { html } from '../html.js';
import { known_rows, lines_csv } from '../chart_data.js';
import { file_name, json_lines } from '../csv.js';
import { date_time, is_utc } from '../format.js';
import { window_records } from '../window_records.js';
import { chart_picture } from './chart_picture.js';
import { Icon } from './icons.js';
import { Menu } from './menu.js';
import { save_blob, save_text } from './save.js';

/** @param {{ouro: any, name: string, title: string, spec: any, titles: string[], is_shown: (s: number) => boolean, full: () => any,
 *   chart: () => any, entries: () => any[], as_table: any, with_stats: any}} props */
export function ChartMenu({ ouro, name, title, spec, titles, is_shown, full, chart, entries, as_table, with_stats }) {
  const { store, session, theme, language, t } = ouro;
  const file = (range, what, ending) => file_name(store.heap().name, what, range.to_ms, ending);

  async function picture() {
    const { range } = full();
    const blob = await chart_picture(chart().canvas(), {
      title, color: theme.color, entries: entries(),
      sub: `${store.heap().name} · ${date_time(range.from_ms, language.value)} – ${date_time(range.to_ms, language.value)}${is_utc() ? ' UTC' : ''}`,
    });
    save_blob(file(range, name, 'png'), blob);
  }

  function rows() {
    const { range, lines } = full();
    const wanted = spec.series.map((_s, i) => i).filter(is_shown);
    const text = lines_csv(lines, known_rows(lines, range.from_ms, range.to_ms, wanted), spec.series, wanted);
    save_text(file(range, name, 'csv'), 'text/csv', text);
  }

  async function events() {
    const range = store.window();
    const { records, complete } = await window_records({ history: store.history(store.heap().id), heap: store.heap().id, ask: session.ask, ...range });
    save_text(file(range, 'collections', 'jsonl'), 'application/jsonl', json_lines(records));
    if (!complete) store.notice.value = { kind: 'partial', n: records.length, time_ms: records[0]?.time_ms ?? NaN };
  }

  return html`<${Menu} class="button square small" title=${t('chart.menu', { title })}
    label=${html`<${Icon} name="more" /><span class="unseen">${t('chart.menu', { title })}</span>`}
    items=${[
      !as_table.value && { key: 'stats', label: t(with_stats.value ? 'chart.hide_stats' : 'chart.show_stats'), run: () => { with_stats.value = !with_stats.value; } },
      { key: 'table', label: t(as_table.value ? 'chart.as_chart' : 'chart.as_table'), run: () => { as_table.value = !as_table.value; } },
      !as_table.value && { key: 'png', label: t('chart.save_png'), run: picture },
      { key: 'csv', label: t('chart.save_csv'), hint: t('chart.save_csv_hint'), run: rows },
      { key: 'jsonl', label: t('chart.save_jsonl'), hint: t('chart.save_jsonl_hint'), run: events },
    ].filter(Boolean)} />`;
}
