// base_actions.js - what the palette always has: commands for the heap on show, views,
// heaps, time, how the page looks.
import { span } from '../format.js';
import { LANGUAGES } from '../i18n.js';
import { KEYS } from '../keys.js';
import { RANGES_S, VIEWS } from '../store.js';
import { THEMES } from '../theme.js';
import { kept_params } from './link.js';

export const LANGUAGE_NAMES = { en: 'English', zh: '中文' };

/** Parts of the drawer: which, its name, what the heap must take, other words. @type {[string, string, string, string][]} */
const PARTS = [['threshold', 'cmd.thresholds', 'threshold', 'set_threshold trial'], ['enable', 'cmd.automatic', 'enable', 'disable off'],
  ['freeze', 'cmd.freeze', 'freeze', 'unfreeze'], ['workload', 'cmd.workload', 'workload', 'start stop leak churn cache'],
  ['files', 'cmd.files', '', 'snapshot trace perfetto devtools download'], ['audit', 'audit.title', '', 'who']];

/** The first way to do the same by keys. @param {string} id */
const keys_of = (id) => KEYS.find((key) => key.id === id)?.shown[0];

/** @param {any} ouro @returns {import('../actions.js').Action[]} */
export function base_actions(ouro) {
  const { store, session, theme, speak, language, recorder, dialog, t } = ouro;
  const heap = store.heap();
  const is_open = store.connection.peek().kind === 'open';
  const open_commands = (part) => {
    store.set_param('panel', 'commands');
    store.set_param('part', part);
  };
  /** @type {import('../actions.js').Action[]} */
  const list = [];
  if (heap && is_open && store.can('collect')) {
    for (const g of [0, 1, 2]) {
      list.push({ id: `collect-${g}`, group: 'command', title: t('palette.collect', { generation: g }), words: 'gc', hint: heap.name, run: () => session.collect(heap.id, g) });
    }
    list.push({ id: 'dry-run', group: 'command', title: t('palette.dry_run'), words: 'predict', hint: heap.name, run: () => session.collect(heap.id, 2, true) });
  }
  if (heap) {
    list.push({ id: 'commands', group: 'command', title: t('palette.commands'), words: 'curl ouroctl', hint: heap.name, run: () => open_commands('') });
    for (const [part, title, capability, words] of PARTS) {
      if (!capability || store.can(capability)) list.push({ id: `part-${part}`, group: 'command', title: `${t(title)} …`, words, hint: heap.name, run: () => open_commands(part) });
    }
  }
  for (const view of VIEWS) {
    list.push({ id: `view-${view}`, group: 'view', title: t(`view.${view}`), keys: keys_of(`view_${view}`), run: () => store.show(view, kept_params(store)) });
  }
  for (const h of store.heaps.peek()) {
    if (h.id !== heap?.id) list.push({ id: `heap-${h.id}`, group: 'heap', title: h.name, hint: h.pid ? `pid ${h.pid}` : '', run: () => store.choose(h.id) });
  }
  const paused = store.fixed.peek() !== null;
  list.push({ id: 'pause', group: 'time', title: t(paused ? 'bar.resume' : 'bar.pause'), keys: keys_of('pause'), run: () => store.pause(!paused) });
  list.push({ id: 'zoom-back', group: 'time', title: t('keys.zoom_back'), keys: keys_of('zoom_back'), run: () => store.go(-1) });
  list.push({ id: 'zoom-forward', group: 'time', title: t('keys.zoom_forward'), keys: keys_of('zoom_forward'), run: () => store.go(1) });
  for (const s of RANGES_S) list.push({ id: `range-${s}`, group: 'time', title: t('bar.last', { span: span(s * 1000) }), run: () => store.set_range(s) });
  for (const name of THEMES) list.push({ id: `theme-${name}`, group: 'page', title: t('bar.theme', { theme: t(`theme.${name}`) }), run: () => theme.choose(name) });
  for (const name of Object.keys(LANGUAGES)) {
    if (name !== language.peek()) list.push({ id: `language-${name}`, group: 'page', title: LANGUAGE_NAMES[name], words: `language ${t('settings.language')}`, run: () => speak(name) });
  }
  if (heap && heap.kind !== 'recording') {
    list.push(recorder.writing.peek() ? { id: 'record', group: 'page', title: t('palette.record_stop'), run: () => recorder.stop() }
      : { id: 'record', group: 'page', title: t('record.start', { name: heap.name }), run: () => recorder.record(heap) });
  }
  list.push({ id: 'open-recording', group: 'page', title: t('record.open'), words: 'file jsonl', run: () => choose_file(recorder) });
  list.push({ id: 'keys', group: 'page', title: t('keys.title'), keys: keys_of('help'), run: () => { dialog.value = 'keys'; } });
  return list;
}

/** The browser's own dialog for files. @param {any} recorder */
function choose_file(recorder) {
  const field = document.createElement('input');
  field.type = 'file';
  field.accept = '.jsonl,application/jsonl';
  field.addEventListener('change', () => { for (const file of field.files ?? []) recorder.open(file); });
  field.click();
}
