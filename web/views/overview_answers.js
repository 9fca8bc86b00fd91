// overview_answers.js - sentences under the figures: was that pause the collector's, and where
// is the memory that it freed? Only from what this heap reported.
import { html } from '../html.js';
import { bytes, clock_ms, count, duration_ns, percent, span } from '../format.js';
import { longest_phase, memory_story, pause_story } from '../stories.js';
import { Card } from './card.js';
import { Badge } from './icons.js';
import { view_link } from './link.js';
import { tells_pools } from './pools.js';
import { range_words } from './range_words.js';

/** How far from a pinned moment a collection still belongs to it: at least this, or some pixels. */
const AROUND_MS = 25;
const AROUND_SHARE = 1 / 200;

/** @param {{ouro: any}} props */
export function Answers({ ouro }) {
  const { store } = ouro;
  store.beat.value;
  const range = store.window();
  if (!range) return null;
  return html`<div class="answers"><${PauseAnswer} ouro=${ouro} range=${range} /><${MemoryAnswer} ouro=${ouro} range=${range} /></div>`;
}

function PauseAnswer({ ouro, range }) {
  const { store, t } = ouro;
  const pinned_ms = store.pinned_ms.value;
  const around_ms = Math.max(AROUND_MS, (range.to_ms - range.from_ms) * AROUND_SHARE);
  const story = pause_story(store.history(store.heap().id), range.from_ms, range.to_ms, pinned_ms, around_ms);
  const asked = story.kind !== 'worst' && story.kind !== 'none';
  const words = {
    time: clock_ms(asked ? pinned_ms : story.time_ms), when: clock_ms(story.time_ms), around: Math.round(around_ms), n: count(story.n),
    total: duration_ns(story.total_ns), pause: duration_ns(story.pause_ns),
    away: Math.abs(story.away_ms) < 60000 ? duration_ns(Math.round(Math.abs(story.away_ms)) * 1e6) : span(Math.abs(story.away_ms)),
  };
  const phase = longest_phase(story.record);
  const parts = {
    none: () => [t('answer.pause_none', { range: range_words(ouro, range) })],
    worst: () => [t('answer.pause_worst', words), reason(t, story.record), phase_words(t, phase)],
    hit: () => [t('answer.pause_hit', words), story.n > 1 ? t('answer.pause_longest', words) : '', reason(t, story.record), t('answer.pause_other')],
    miss: () => [t('answer.pause_miss', words), Number.isNaN(story.time_ms) ? '' : t(story.away_ms < 0 ? 'answer.pause_before' : 'answer.pause_after', words)],
    unseen: () => [t('answer.pause_unseen', words)],
  }[story.kind]();
  return html`<${Card} title=${t('answer.pause_title')} sub=${asked ? t('answer.pinned') : t('answer.pin_hint')}>
    <p class="prose">${!Number.isNaN(story.generation) && html`<${Badge} generation=${story.generation} />${' '}`}${sentences(ouro, parts)}</p><//>`;
}

function MemoryAnswer({ ouro, range }) {
  const { store, t } = ouro;
  const story = memory_story(store.history(store.heap().id), range.from_ms, range.to_ms);
  const words = {
    range: range_words(ouro, range), n: count(story.collected), bytes: bytes(story.freed_bytes),
    arenas: count(story.released_arenas), released: bytes(story.released_bytes),
    free: bytes(story.free_bytes), held: bytes(story.held_bytes), share: percent(story.free_bytes / story.held_bytes),
    change: `${story.resident_change > 0 ? '+' : ''}${bytes(story.resident_change)}`,
  };
  const parts = [];
  if (story.collections === 0) parts.push(t('answer.memory_idle', words));
  else if (story.collected === 0) parts.push(t('answer.memory_nothing', words));
  else parts.push(t(Number.isNaN(story.freed_bytes) ? 'answer.memory_objects' : 'answer.memory_freed', words));
  if (story.released_arenas > 0) parts.push(t(Number.isNaN(story.released_bytes) ? 'answer.memory_arenas' : 'answer.memory_released', words));
  else if (story.released_arenas === 0 && story.collected > 0) parts.push(t('answer.memory_kept', words));
  if (story.held_bytes > 0 && !Number.isNaN(story.free_bytes)) parts.push(t('answer.memory_free', words));
  if (!Number.isNaN(story.resident_change)) parts.push(t(story.resident_change === 0 ? 'answer.memory_same' : 'answer.memory_resident', words));
  return html`<${Card} title=${t('answer.memory_title')} sub=${words.range}
    aside=${tells_pools(store) && html`<a href=${view_link(store, 'pools')}>${t('view.pools')}</a>`}>
    <p class="prose">${sentences(ouro, parts)}</p><//>`;
}

/** Sentences one after the other: Chinese has no space between them. */
function sentences({ language }, parts) {
  return parts.filter(Boolean).join(language.value === 'zh' ? '' : ' ');
}

function reason(t, record) {
  if (!record) return '';
  const known = t(`reason.${record.reason}`);
  const words = known.startsWith('reason.') ? record.reason : known;
  return record.requested_by ? t('answer.reason_by', { reason: words, who: record.requested_by }) : t('answer.reason', { reason: words });
}

function phase_words(t, phase) {
  if (!phase) return '';
  const known = t(`phase.${phase.name}`);
  return t('answer.phase', { phase: known.startsWith('phase.') ? phase.name : known, share: percent(phase.share) });
}
