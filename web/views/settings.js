// settings.js - how the page works and looks, what it is connected to, keys, licences.
import { html } from '../html.js';
import { count, date_time } from '../format.js';
import { LANGUAGES } from '../i18n.js';
import { collector_words, kind_words } from '../kinds.js';
import { CHOICES } from '../preferences.js';
import { THEMES } from '../theme.js';
import { LIBRARIES, PAGE_VERSION } from '../made_of.js';
import { LANGUAGE_NAMES } from './base_actions.js';
import { Card } from './card.js';
import { Choice } from './command.js';
import { KeyList } from './keyboard_help.js';

/** The zone's short name, such as "CET". */
const zone = (language) => new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', { timeZoneName: 'short' })
  .formatToParts(new Date()).find((part) => part.type === 'timeZoneName')?.value ?? '';

/** @param {{ouro: any}} props */
export default function Settings({ ouro }) {
  const { store, theme, language, speak, preferences, t } = ouro;
  const { chosen, choose } = preferences;
  const hello = store.hello.value;
  return html`<h1 class="unseen">${t('view.settings')}</h1>
    <div class="settings">
      <${Card} title=${t('settings.appearance')}>
        <${Choice} name="theme" label=${t('settings.theme')} value=${theme.choice.value}
          options=${THEMES.map((id) => [id, t(`theme.${id}`)])} choose=${theme.choose} />
        <${Choice} name="language" label=${t('settings.language')} value=${language.value}
          options=${Object.keys(LANGUAGES).map((id) => [id, LANGUAGE_NAMES[id]])} choose=${speak} />
        <${Choice} name="motion" label=${t('settings.motion')} value=${chosen.motion.value}
          options=${CHOICES.motion.map((id) => [id, t(`motion.${id}`)])} choose=${(id) => choose('motion', id)} />
        <${Choice} name="clock" label=${t('settings.clock')} value=${chosen.clock.value}
          options=${CHOICES.clock.map((id) => [id, t(`clock.${id}`, { zone: zone(language.value) })])} choose=${(id) => choose('clock', id)} />
      <//>
      <${Card} title=${t('settings.working')}>
        <${Choice} name="rate" label=${t('settings.rate')} value=${chosen.rate.value}
          options=${CHOICES.rate.map((id) => [id, t('settings.rate_of', { n: id })])} choose=${(id) => choose('rate', id)} />
        <p class="hint">${t('settings.rate_hint')}</p>
      <//>
      <${Card} title=${t('settings.keys')}>
        ${['everywhere', 'time', 'views'].map((group) => html`<${KeyList} key=${group} t=${t} group=${group} />`)}
      <//>
      <${Card} title=${t('settings.daemon')} sub=${t('settings.daemon_sub')}>
        <${Facts} rows=${[
    ...(hello ? ['server', 'version', 'protocol', 'instance'].filter((key) => hello[key] !== undefined).map((key) => [t(`settings.${key}`), hello[key]]) : []),
    ...(hello ? [[t('settings.role'), t(hello.read_only ? 'bar.read_only' : `role.${hello.role}`)]] : []),
    [t('settings.page'), PAGE_VERSION]]} />
      <//>
      ${hello?.limits && html`<${Card} title=${t('settings.limits')} sub=${t('settings.limits_sub')}>
        <${Facts} class="limits" rows=${Object.entries(hello.limits).map(([name, value]) => [html`<code>${name}</code>`, count(value)])} />
      <//>`}
      <${Card} title=${t('settings.heaps')}>
        ${store.heaps.value.map((heap) => html`<div class="heap-facts" key=${heap.id}><h3>${heap.name}</h3>
          <${Facts} rows=${heap_rows(ouro, heap)} /></div>`)}
      <//>
      <${Card} title=${t('settings.about')}>
        <p class="prose">${t('settings.about_text')}</p>
        <p class="prose">${t('settings.licences')}${' '}${LIBRARIES.map(({ name, file }, i) => html`${i > 0 && ', '}<a
          key=${file} href=${`./licences/${file}`}>${name}</a>`)}.</p>
      <//>
    </div>`;
}

function heap_rows({ t, language }, heap) {
  return [['id', heap.id], ['kind', heap.kind && kind_words(t, heap.kind)], ['pid', heap.pid], ['runtime', heap.runtime],
    ['collector', heap.collector && collector_words(t, heap.collector)], ['workload', heap.workload],
    ['started', heap.started_ms && date_time(heap.started_ms, language.value)], ['thresholds', heap.thresholds?.map(count).join(' · ')],
    ['automatic', heap.enabled === undefined ? '' : t(heap.enabled ? 'cmd.on' : 'cmd.off')],
    ['capabilities', heap.capabilities?.join(', ')]]
    .filter(([, value]) => value !== undefined && value !== '' && value !== false)
    .map(([key, value]) => [t(`settings.${key}`), value]);
}

function Facts({ rows, class: extra = '' }) {
  return html`<dl class=${`facts ${extra}`}>${rows.map(([name, value], i) => html`<div key=${i}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
