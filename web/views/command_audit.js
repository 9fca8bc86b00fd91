// command_audit.js - who did what: told live while it is on show, and from the past page by
// page. The past is for operators; observers see what happens while they look.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { clock, date_time, duration_ns } from '../format.js';
import { audit_rows } from '../audit_list.js';
import { Choice, history_error } from './command.js';

const PAGE = 100;
/** What is older is told with its day. */
const TODAY_MS = 12 * 3600 * 1000;

/** @param {{ouro: any, heap: any}} props */
export function AuditLog({ ouro, heap }) {
  const { session, store, language, t } = ouro;
  const scope = useSignal('heap');
  /** The page of the past on show: {entries, next, older}. */
  const page = useSignal(/** @type {any} */ ({ entries: [], next: '', is_older: false }));
  const problem = useSignal(/** @type {any} */ (null));
  const is_operator = store.hello.value?.role === 'operator';
  const is_open = store.connection.value.kind === 'open';

  async function load(cursor) {
    if (!is_operator) return;
    try {
      const params = { limit: PAGE, ...(scope.peek() === 'heap' ? { heap: heap.id } : {}), ...(cursor ? { cursor } : {}) };
      const { entries, next_cursor } = await session.ask('history.audit', params);
      page.value = { entries, next: next_cursor ?? '', is_older: Boolean(cursor) };
      problem.value = null;
    } catch (error) {
      problem.value = error;
    }
  }
  // Followed first, so that nothing falls between the past and what comes.
  useEffect(() => {
    if (!is_open) return undefined;
    session.follow_audit(true).then(() => load(''));
    return () => { session.follow_audit(false); };
  }, [is_open, is_operator]);

  const { entries, next, is_older } = page.value;
  const rows = audit_rows(is_older ? [] : store.audit.value, entries, { heap: scope.value === 'heap' ? heap.id : '', most: 200 });
  return html`<p class="hint">${t(is_operator ? 'audit.hint' : 'audit.hint_observer')}</p>
    <${Choice} name="audit-scope" label=${t('audit.of')} value=${scope.value} options=${[['heap', heap.name], ['all', t('audit.all')]]}
      choose=${(id) => { scope.value = id; load(''); }} />
    ${problem.value && html`<p class="outcome bad" role="status">${history_error(t, problem.value)}</p>`}
    ${rows.length === 0 && html`<p class="empty">${t('audit.empty')}</p>`}
    <ol class="audit">${rows.map(({ key, entry }) => html`<li key=${key} data-method=${entry.method} data-ok=${entry.ok}>
      <p><time class="muted">${store.daemon_ms() - entry.time_ms < TODAY_MS ? clock(entry.time_ms) : date_time(entry.time_ms, language.value)}</time> <b>${entry.method}</b>${scope.value === 'all' && entry.heap ? ` ${entry.heap}` : ''}
        ${entry.detail && html`<span class="muted"> ${entry.detail}</span>`}</p>
      <p class="muted">${entry.who === 'revert' ? t('audit.revert') : entry.who}, ${entry.ok ? duration_ns(entry.duration_ns)
        : html`<span class="bad">${t('audit.refused', { why: entry.name ?? entry.code })}</span>`}</p></li>`)}</ol>
    <div class="row">${is_older && html`<button type="button" class="button" onClick=${() => load('')}>${t('audit.newest')}</button>`}
      ${next && html`<button type="button" class="button" onClick=${() => load(next)}>${t('audit.older')}</button>`}</div>`;
}
