// shell.js - the page's frame: top bar, views on the side or at the bottom, notices,
// and what stands in place of a view while there is nothing to show.
import { html } from '../html.js';
import { clock, count } from '../format.js';
import { VIEWS } from '../store.js';
import { TopBar } from './topbar.js';
import { Icon } from './icons.js';
import { kept_params, view_link } from './link.js';
import { Menu } from './menu.js';
import { RecordingNotes } from './record.js';
import { Lazy } from './lazy.js';
import { Timeline } from './timeline.js';

/** On a phone the bar at the bottom has so many views; the others are behind "More". */
const IN_THE_BAR = 5;

/** Views that show something without a heap, or before its first sample. */
const WITHOUT_HEAP = ['heaps', 'settings'];

/** @param {{ouro: any}} props */
export function Shell({ ouro }) {
  const { store, t } = ouro;
  const view = store.view.value;
  return html`
    <a class="skip" href="#main" onClick=${(event) => {
      event.preventDefault();
      document.getElementById('main').focus();
    }}>${t('app.skip')}</a>
    <${TopBar} ouro=${ouro} />
    <nav class="views" aria-label=${t('app.views')}>
      <ul>${VIEWS.map((name, i) => html`<li key=${name} class=${i < IN_THE_BAR ? '' : 'extra'}><a href=${view_link(store, name)} title=${t(`view.${name}`)}
        aria-current=${name === view ? 'page' : undefined}><${Icon} name=${name} /><span>${t(`view.${name}`)}</span></a></li>`)}
        <li class="more"><${Menu} class=${VIEWS.indexOf(view) < IN_THE_BAR ? '' : 'current'} title=${t('app.more_views')}
          label=${html`<${Icon} name="more" /><span>${t('app.more')}</span>`}
          items=${VIEWS.slice(IN_THE_BAR).map((name) => ({
            key: name, label: html`<${Icon} name=${name} />${t(`view.${name}`)}`, run: () => store.show(name, kept_params(store)),
          }))} /></li></ul>
    </nav>
    <main id="main" tabindex="-1" data-state=${store.status.value.kind}>
      <${Notices} ouro=${ouro} />
      <${RecordingNotes} ouro=${ouro} />
      ${view !== 'settings' && html`<${Timeline} ouro=${ouro} />`}
      <${Content} ouro=${ouro} />
    </main>
    ${store.params.value.panel === 'commands' && html`<${Lazy} name="commands" ouro=${ouro} />`}
    ${ouro.dialog.value && html`<${Lazy} name=${ouro.dialog.value} ouro=${ouro} key=${ouro.dialog.value} />`}`;
}

function Notices({ ouro }) {
  const { store, t } = ouro;
  const status = store.status.value;
  const notice = store.notice.value;
  const known = store.heap() && store.window();
  return html`<div class="notices" role="status">
    ${status.kind === 'waiting' && known && html`<p class="notice warn" key="lost"><b>${t('lost.title')}.</b>
      ${' '}${t('lost.text')}
      ${' '}<button type="button" class="link" onClick=${ouro.retry}>${t('state.retry_now')}</button></p>`}
    ${notice && html`<p class="notice" key="notice"><span>${notice_text(t, notice)}</span>
      <button type="button" class="button square" aria-label=${t('notice.dismiss')} title=${t('notice.dismiss')}
        onClick=${() => store.dismiss()}><${Icon} name="close" /></button></p>`}
  </div>`;
}

function notice_text(t, notice) {
  if (notice.kind === 'restarted') return t('notice.restarted', { time: clock(notice.time_ms) });
  if (notice.kind === 'partial') return t('chart.partial', { n: count(notice.n), time: clock(notice.time_ms) });
  const { topic, heap, lost } = notice;
  if (typeof lost !== 'number') return t('notice.lagged_unknown', { topic, heap });
  return t('notice.lagged', { n: count(lost), topic, heap });
}

function Content({ ouro }) {
  const { store, t } = ouro;
  const connection = store.connection.value.kind;
  const view = store.view.value;
  if (connection === 'refused' && store.heap()?.kind !== 'recording') return html`<${Refused} ouro=${ouro} />`;
  if (WITHOUT_HEAP.includes(view)) return html`<${Lazy} name=${view} ouro=${ouro} />`;
  const heap = store.heap();
  if (heap) {
    // A view starts afresh with another heap: its charts begin with that one's history.
    if (view !== 'playground') store.beat.value;
    if (view === 'playground' || store.window()) return html`<${Lazy} name=${view} ouro=${ouro} key=${`${view} ${heap.id}`} />`;
  }
  if (view === 'playground' && store.heaps.value.length > 0) return html`<p class="empty">${t('play.none')}</p>`;
  if (connection === 'waiting') {
    return html`<${Blank} title=${t('lost.title')} text=${t('lost.text')} />`;
  }
  if (store.hello.value && !heap) return html`<${Blank} title=${t('empty.title')} text=${t('empty.text')} />`;
  return html`<${Blank} title=${t('wait.title')} text=${t('wait.text')} />`;
}

function Blank({ title, text, children }) {
  return html`<section class="blank"><h1>${title}</h1><p>${text}</p>${children}</section>`;
}

/** 4401: only the person at the keyboard can help, so say how. */
function Refused({ ouro }) {
  const { retry, t } = ouro;
  return html`<${Blank} title=${t('refused.title')} text=${t('refused.text')}>
    <ul><li>${code_first(t('refused.run'), 'daemon/run')}</li>
      <li>${code_first(t('refused.url'), 'auth.one_time_url')}</li></ul>
    <button type="button" class="button primary" onClick=${retry}>${t('refused.retry')}</button>
  <//>`;
}

function code_first(text, code) {
  return text.startsWith(code) ? html`<code>${code}</code>${text.slice(code.length)}` : text;
}
