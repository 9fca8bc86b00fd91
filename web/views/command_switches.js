// command_switches.js - automatic collection on and off; what lives now set aside.
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { count, span } from '../format.js';
import { AskFirst } from './ask_first.js';
import { Outcome, ShellLines, TrialSelect, useCommand } from './command.js';

/** @param {{ouro: any, heap: any}} props */
export function SwitchCommand({ ouro, heap }) {
  const { t } = ouro;
  const trial = useSignal('60000');
  const asks = useSignal(false);
  const { outcome, run } = useCommand(ouro);
  const method = heap.enabled ? 'gc.disable' : 'gc.enable';
  const params = heap.enabled && trial.value ? { heap: heap.id, revert_after_ms: Number(trial.value) } : { heap: heap.id };

  function apply() {
    asks.value = false;
    run([[method, params]], (a) => t(a.enabled ? 'cmd.switched_on' : a.reverts_at_ms ? 'cmd.switched_off_trial' : 'cmd.switched_off'));
  }
  return html`<p class="hint">${t('cmd.automatic_hint')}</p>
    <div class="row">${heap.enabled ? html`<${TrialSelect} t=${t} value=${trial} label=${t('cmd.trial')} time=${span} />
        <button type="button" class="button danger" onClick=${() => { asks.value = true; }}>${t('cmd.turn_off')}</button>`
      : html`<button type="button" class="button primary" onClick=${apply}>${t('cmd.turn_on')}</button>`}</div>
    <${Outcome} t=${t} outcome=${outcome} />
    <${ShellLines} t=${t} method=${method} params=${params} />
    ${asks.value && html`<${AskFirst} t=${t} title=${t('cmd.off_title', { name: heap.name })} text=${t('cmd.off_text')} action=${t('cmd.turn_off')}
      confirm=${apply} cancel=${() => { asks.value = false; }} />`}`;
}

/** @param {{ouro: any, heap: any, frozen: number | undefined}} props */
export function FreezeCommand({ ouro, heap, frozen = 0 }) {
  const { t } = ouro;
  const asks = useSignal(false);
  const { outcome, run } = useCommand(ouro);
  const params = { heap: heap.id };

  function apply(method) {
    asks.value = false;
    run([[method, params]], (a) => (a.frozen_objects > 0 ? t('cmd.froze', { n: count(a.frozen_objects) }) : t('cmd.unfroze')));
  }
  return html`<p class="hint">${t('cmd.freeze_hint')}</p>
    <div class="row"><button type="button" class="button danger" onClick=${() => { asks.value = true; }}>${t('cmd.freeze_now')}</button>
      <button type="button" class="button" disabled=${!(frozen > 0)} onClick=${() => apply('gc.unfreeze')}>${t('cmd.back_frozen')}</button></div>
    <${Outcome} t=${t} outcome=${outcome} />
    <${ShellLines} t=${t} method=${frozen > 0 ? 'gc.unfreeze' : 'gc.freeze'} params=${params} />
    ${asks.value && html`<${AskFirst} t=${t} title=${t('cmd.freeze_title', { name: heap.name })} text=${t('cmd.freeze_text')} action=${t('cmd.freeze_now')}
      confirm=${() => apply('gc.freeze')} cancel=${() => { asks.value = false; }} />`}`;
}
