// settings.js - appearance, what the page is connected to, keys, licences.
import { html } from '../html.js';
import { clock } from '../format.js';
import { LANGUAGES } from '../i18n.js';
import { THEMES } from '../theme.js';
import { Card } from './card.js';

const LANGUAGE_NAMES = { en: 'English', zh: '中文' };
const LIBRARIES = [['Preact', 'preact'], ['Preact Signals', 'preact-signals'], ['HTM', 'htm'], ['µPlot', 'uplot']];

/** @param {{ouro: any}} props */
export default function Settings({ ouro }) {
  const { store, theme, language, speak, t } = ouro;
  const hello = store.hello.value;
  return html`<h1 class="unseen">${t('view.settings')}</h1>
    <div class="settings">
      <${Card} title=${t('settings.appearance')}>
        <${Choice} name="theme" label=${t('settings.theme')} value=${theme.choice.value}
          options=${THEMES.map((id) => [id, t(`theme.${id}`)])} choose=${theme.choose} />
        <${Choice} name="language" label=${t('settings.language')} value=${language.value}
          options=${Object.keys(LANGUAGES).map((id) => [id, LANGUAGE_NAMES[id]])}
          choose=${speak} />
      <//>
      <${Card} title=${t('settings.daemon')} sub=${t('settings.daemon_sub')}>
        ${hello && html`<dl class="facts">
          ${['server', 'version', 'protocol', 'instance'].filter((key) => hello[key] !== undefined)
            .map((key) => html`<div key=${key}><dt>${t(`settings.${key}`)}</dt><dd>${hello[key]}</dd></div>`)}
          <div><dt>${t('settings.role')}</dt><dd>${t(`role.${hello.role}`)}</dd></div>
        </dl>`}
      <//>
      <${Card} title=${t('settings.heaps')}>
        ${store.heaps.value.map((heap) => html`<dl class="facts heap-facts" key=${heap.id}>
          <div><dt class="name">${heap.name}</dt><dd></dd></div>
          ${[['kind', heap.kind], ['runtime', heap.runtime], ['collector', heap.collector],
            ['workload', heap.workload && (heap.workload.name ?? heap.workload.workload ?? (typeof heap.workload === 'string' && heap.workload))],
            ['started', heap.started_ms && clock(heap.started_ms)]]
            .filter(([, value]) => value)
            .map(([key, value]) => html`<div key=${key}><dt>${t(`settings.${key}`)}</dt><dd>${value}</dd></div>`)}
        </dl>`)}
      <//>
      <${Card} title=${t('settings.keys')}>
        <dl class="facts">
          <div><dt><kbd>Space</kbd></dt><dd>${t('settings.key_space')}</dd></div>
          <div><dt><kbd>Alt</kbd> <kbd>1</kbd> – <kbd>8</kbd></dt><dd>${t('settings.key_views')}</dd></div>
          <div><dt><kbd>Esc</kbd></dt><dd>${t('settings.key_esc')}</dd></div>
        </dl>
      <//>
      <${Card} title=${t('settings.about')}>
        <p class="prose">${t('settings.about_text')}</p>
        <p class="prose">${t('settings.licences')}${' '}${LIBRARIES.map(([name, file], i) => html`${i > 0 && ', '}<a
          key=${file} href=${`./licences/${file}.txt`}>${name}</a>`)}.</p>
      <//>
    </div>`;
}

function Choice({ name, label, value, options, choose }) {
  return html`<fieldset class="choice"><legend>${label}</legend>
    ${options.map(([id, words]) => html`<label key=${id}><input type="radio" name=${name} value=${id}
      checked=${id === value} onChange=${() => choose(id)} /><span>${words}</span></label>`)}
  </fieldset>`;
}
