// in_force.js - what is out of the ordinary on the heap on show, as chips: seen by everybody,
// whoever did it; for who may command, the way to undo it.
import { useEffect } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { html } from '../html.js';
import { count, span } from '../format.js';
import { in_force } from '../tuning.js';
import { Icon } from './icons.js';

const TICK_MS = 500;
/** So many have room in the bar; the drawer has all. */
const CHIPS = 3;

/** What holds on a heap now; drawn again as its seconds pass. @param {any} ouro @param {any} heap or null */
export function useInForce({ store }, heap) {
  const tick = useSignal(0);
  const counts_down = Boolean(heap?.revert);
  useEffect(() => {
    if (!counts_down) return undefined;
    const timer = setInterval(() => { if (!document.hidden) tick.value += 1; }, TICK_MS);
    return () => clearInterval(timer);
  }, [counts_down]);
  tick.value;
  store.beat.value;
  if (!heap || heap.kind === 'recording') return [];
  return in_force(heap, store.history(heap.id).sample, store.daemon_ms());
}

/** @param {any} t @param {any} found one of them */
export const force_words = (t, { kind, seconds, n }) => t(`force.${kind}`, { span: span((seconds ?? 0) * 1000), n: count(n) });

/** @param {{ouro: any}} props */
export function InForce({ ouro }) {
  const { store, t } = ouro;
  const heap = store.heap();
  const found = useInForce(ouro, heap);
  if (found.length === 0) return null;
  const open = () => store.set_param('panel', 'commands');
  const more = found.slice(CHIPS);
  return html`<ul class="in-force" aria-label=${t('force.region')}>${found.slice(0, CHIPS).map((force) => html`<li key=${force.kind}>
      <button type="button" class=${`pill force is-${force.kind}`} data-force=${force.kind} title=${t(`force.${force.kind}_why`)} onClick=${open}>
        <${Icon} name=${force.kind === 'trial' ? 'clock' : 'alert'} />${force_words(t, force)}</button></li>`)}
    ${more.length > 0 && html`<li key="more"><button type="button" class="pill force" title=${more.map((force) => force_words(t, force)).join(', ')} onClick=${open}>
      +${more.length}<span class="unseen"> ${more.map((force) => force_words(t, force)).join(', ')}</span></button></li>`}</ul>`;
}
