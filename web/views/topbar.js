// topbar.js - what is always there: which heap, whether the data is live, the range,
// and the commands with their last answer.
import { html } from '../html.js';
import { bytes, count, duration_ns, span } from '../format.js';
import { error_sentence } from '../errors.js';
import { kind_words } from '../kinds.js';
import { RANGES_S } from '../store.js';
import { THEMES } from '../theme.js';
import { Badge, Icon, Mark } from './icons.js';
import { InForce } from './in_force.js';
import { Menu } from './menu.js';
import { view_link } from './link.js';

/** @param {{ouro: any}} props */
export function TopBar({ ouro }) {
  const { store, t } = ouro;
  return html`<header class="topbar">
    <a class="brand" href=${view_link(store, 'overview')}><${Mark} /><span>Ouro</span></a>
    <${HeapPicker} ouro=${ouro} />
    <${StateChip} ouro=${ouro} />
    <${InForce} ouro=${ouro} />
    <${PauseButton} ouro=${ouro} />
    <label class="pill range"><span class="unseen">${t('bar.range')}</span>
      <select value=${String(store.range_s.value)}
        onChange=${(event) => store.set_range(Number(event.currentTarget.value))}>
        ${RANGES_S.map((s) => html`<option key=${s} value=${String(s)}>${t('bar.last', { span: span(s * 1000) })}</option>`)}
      </select><${Icon} name="down" /></label>
    <span class="spring"></span>
    <${Answer} ouro=${ouro} />
    <${Collect} ouro=${ouro} />
    <${Tools} ouro=${ouro} />
  </header>`;
}

function HeapPicker({ ouro }) {
  const { store, t } = ouro;
  const heap = store.heap();
  const heaps = store.heaps.value;
  // The process tells heaps of one name apart.
  const name = (h) => (heaps.some((other) => other !== h && other.name === h.name) && h.pid ? `${h.name} · ${h.pid}` : h.name);
  return html`<label class="pill heap"><span class="dot" aria-hidden="true"></span>
    <span class="unseen">${t('bar.heap')}</span>
    <select value=${heap?.id ?? ''} disabled=${heaps.length === 0} onChange=${(event) => {
      store.choose(event.currentTarget.value);
      // The playground's view shows playgrounds only.
      if (store.heap()?.id !== store.chosen.peek()) store.show('overview');
    }}>
      ${heaps.length === 0 && html`<option value="">${t('bar.no_heap')}</option>`}
      ${heaps.map((h) => html`<option key=${h.id} value=${h.id}>${name(h)}</option>`)}
    </select>
    ${heap && html`<span class="muted kind">${kind_words(t, heap.kind)}${heap.pid ? ` · pid ${heap.pid}` : ''}</span>`}
    <${Icon} name="down" /></label>`;
}

function StateChip({ ouro }) {
  const { store, t } = ouro;
  const status = store.status.value;
  const words = t(`state.${status.kind}`, status);
  return html`<span class=${`pill state is-${status.kind}`} data-state=${status.kind} title=${words}>
    <span class="dot" aria-hidden="true"></span>
    <span class="state-words">${words}</span>
    <span class="unseen" role="status">${t(`said.${status.kind}`)}</span></span>`;
}

function PauseButton({ ouro }) {
  const { store, t } = ouro;
  const paused = store.fixed.value !== null;
  const words = t(paused ? 'bar.resume' : 'bar.pause');
  return html`<button type="button" class="button pause" aria-pressed=${paused} title=${t('bar.pause_hint')}
    aria-label=${words} onClick=${() => store.pause(!paused)}>
    <${Icon} name=${paused ? 'play' : 'pause'} /><span>${words}</span></button>`;
}

function Collect({ ouro }) {
  const { store, session, t } = ouro;
  const heap = store.heap();
  const hello = store.hello.value;
  if (hello?.role === 'observer' || hello?.read_only) {
    const [short, why] = hello.read_only ? [t('bar.read_only_short'), t('bar.read_only')]
      : [t('bar.observer_short'), t('bar.observer')];
    return html`<span class="pill observer" title=${why}>${short}
      <span class="unseen">${why}</span></span>`;
  }
  if (!heap?.capabilities?.includes('collect')) return null;
  const ready = store.connection.value.kind === 'open' && store.can('collect');
  return html`<${Menu} class="button primary collect" disabled=${!ready} title=${t('collect.menu')}
    label=${html`${t('collect.button')}<${Icon} name="down" />`}
    items=${[...[0, 1, 2].map((generation) => ({
      key: String(generation),
      label: html`<${Badge} generation=${generation} />${t(`collect.${generation}`)}`,
      hint: t(`collect.${generation}_hint`),
      run: () => session.collect(heap.id, generation),
    })), {
      key: 'dry',
      label: html`<${Icon} name="search" />${t('cmd.dry_run')}`,
      hint: t('collect.dry_hint'),
      run: () => session.collect(heap.id, 2, true),
    }, {
      key: 'all',
      label: html`<${Icon} name="command" />${t('collect.all')}`,
      hint: t('collect.all_hint'),
      run: () => store.set_param('panel', 'commands'),
    }]} />`;
}

function Answer({ ouro }) {
  const { store, t } = ouro;
  const answer = store.answer.value;
  return html`<output class="answer" aria-label=${t('collect.region')}>${answer && answer_parts(t, answer)}</output>`;
}

function answer_parts(t, { generation, pending, record, prediction, error }) {
  if (pending) return html`<span class="muted">${t('collect.pending', { generation })}</span>`;
  if (error) return html`<span class="bad">${error_sentence(t, error)}</span>`;
  if (prediction) {
    return html`<span class="muted">${t('collect.answer_gen', { generation: prediction.generation })}: </span>
      <b>${t('collect.answer_would', { n: count(prediction.candidates) })}</b>
      ${prediction.pause_ns !== undefined && html`<span class="muted">, ${t('collect.answer_about', { pause: duration_ns(prediction.pause_ns) })}</span>`}`;
  }
  return html`<span class="muted">${t('collect.answer_gen', { generation: record.generation })}: </span>
    <b>${t('collect.answer_freed', { n: count(record.collected) })}</b>
    ${record.freed_bytes !== undefined && html`<span class="muted answer-bytes">, ${bytes(record.freed_bytes)}</span>`}
    <span class="muted">, ${duration_ns(record.pause_ns)}</span>`;
}

/** What opens things and changes how the page looks; one menu where there is no room for all. */
function Tools({ ouro }) {
  const { store, dialog, language, speak, theme, t } = ouro;
  const next_language = language.value === 'zh' ? 'en' : 'zh';
  const next_theme = THEMES[(THEMES.indexOf(theme.choice.value) + 1) % THEMES.length];
  const is_open = store.params.value.panel === 'commands';
  const tools = [
    { key: 'commands', icon: 'command', words: t('bar.commands'), pressed: is_open, run: () => store.set_param('panel', is_open ? '' : 'commands') },
    { key: 'palette', icon: 'search', words: t('bar.palette'), run: () => { dialog.value = 'palette'; } },
    { key: 'language', words: t('bar.language'), text: next_language === 'zh' ? '中文' : 'EN', lang: next_language === 'zh' ? 'zh-Hans' : 'en', run: () => speak(next_language) },
    { key: 'theme', icon: theme.choice.value, words: t('bar.theme', { theme: t(`theme.${theme.choice.value}`) }), run: () => theme.choose(next_theme) },
    { key: 'keys', icon: 'help', words: t('bar.keys'), run: () => { dialog.value = 'keys'; } },
  ];
  return html`<div class="tools">
      ${tools.map(({ key, icon, words, text, lang, pressed, run }) => html`<button type="button" key=${key} class=${text ? 'button' : 'button square'} lang=${lang}
        title=${words} aria-label=${text ? undefined : words} aria-pressed=${pressed} data-tool=${key} onClick=${run}>${icon ? html`<${Icon} name=${icon} />` : text}</button>`)}
    </div>
    <div class="overflow"><${Menu} class="button square" name=${t('bar.more')} title=${t('bar.more')} label=${html`<${Icon} name="more" />`}
      items=${tools.map(({ key, icon, words, text, run }) => ({ key, label: html`${icon ? html`<${Icon} name=${icon} />` : html`<span class="menu-text">${text}</span>`}${words}`, run }))} /></div>`;
}
