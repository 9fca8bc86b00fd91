/* collect.c - one collection from start to end; reads like a table of contents.
 *
 *   begin - subtract - mark - unreachable - promote - finalize - clear - free - end
 *
 * Survivors are promoted before any user code runs: from then on the logs name nothing
 * of this collection, so a finalizer that allocates may reuse any block. The phases are
 * separate functions over one struct, so that a collection can be run step by step. */
#include "debug.h"
#include "dispose.h"
#include "generation.h"
#include "stats.h"
#include "weakref.h"

struct collecting {
  struct search search;
  ouro_collection record;
  uint64_t freed_before_bytes, allocated_before_objects, started_ns, phase_ns;
  uint64_t freed_before_objects, released_before;
};

static void phase_done(struct collecting *c, ouro_phase phase) {
  uint64_t now = ouro__now_ns();
  c->record.phases_ns[phase] = now - c->phase_ns;
  c->phase_ns = now;
}

static void tell(ouro_heap *heap, ouro_gc_event event, const ouro_collection *record) {
  if (heap->callback != NULL)
    heap->callback(heap, event, record, heap->callback_context);
}

/* ---- begin ---- */

static int begin(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  unsigned generation = c->record.generation;
  c->search.scope = generation == OURO__OLD ? SCOPE_ALL : SCOPE_YOUNG;
  c->search.generation = generation;
  /* Everything that promotion will need, while failing is still easy. */
  if (generation == 0 &&
      generation_reserve_log(heap, 1, heap->logs[0].length) != OURO_OK)
    return OURO_ENOMEM;
  if (c->search.scope == SCOPE_YOUNG)
    return unreachable_list_young(&c->search);
  return OURO_OK;
}

/* ---- promote ---- */

static void promote_log(struct collecting *c, unsigned log) {
  ouro_heap *heap = c->search.heap;
  unsigned older = c->record.generation == 0 ? 1 : OURO__OLD;
  for (size_t i = 0; i < heap->logs[log].length; i++) {
    ouro_header *header = ouro__header(heap, heap->logs[log].ids[i]);
    if (header == NULL || !ouro__is_candidate(header, log) ||
        ouro__age(header) != log || (header->meta & OURO__UNREACHABLE))
      continue;
    ouro__set_age(heap, header, older);
    if (older == 1)
      generation_log(heap, header, 1);
    c->record.promoted++;
  }
}

/* Garbage keeps its age, but no log names it any more: who comes back from a finalizer
 * is promoted to the oldest generation, which needs no log. */
static void promote(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  unsigned logs = c->record.generation == 0 ? 1 : 2;
  for (unsigned log = 0; log < logs; log++)
    promote_log(c, log);
  for (unsigned log = 0; log < logs; log++)
    generation_purge_log(heap, log);
}

static void promote_resurrected(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  for (size_t i = 0; i < c->record.resurrected; i++)
    if (ouro__age(heap->candidates.items[i]) != OURO__UNTRACKED)
      ouro__set_age(heap, heap->candidates.items[i], OURO__OLD);
}

/* ---- end ---- */

static void keep_top(ouro_collection *record, const struct ouro_type *type,
                     const struct freed_row *row) {
  unsigned at = record->type_count;
  while (at > 0 && record->types[at - 1].bytes < row->bytes)
    at--;
  if (at == OURO_FREED_TYPES)
    return;
  if (record->type_count < OURO_FREED_TYPES)
    record->type_count++;
  for (unsigned i = record->type_count - 1; i > at; i--)
    record->types[i] = record->types[i - 1];
  record->types[at] = (ouro_freed_type){type, row->objects, row->bytes};
}

static void summarize(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  ouro_collection *record = &c->record;
  for (uint32_t i = 0; i < heap->type_count; i++) {
    struct freed_row *row = &heap->freed[i];
    if (row->objects == 0)
      continue;
    record->freed_objects += row->objects;
    record->freed_bytes += row->bytes;
    keep_top(record, heap->types[i], row);
  }
  record->candidates = c->search.candidates;
  struct stats_totals after = stats_totals(heap);
  record->live_objects_after = after.live_objects;
  record->live_bytes_after = after.live_bytes;
  record->arenas_released = heap->arenas_released - c->released_before;
  record->pause_ns = ouro__now_ns() - c->started_ns;
  record->duration_ns = record->pause_ns;
}

static void account(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  const ouro_collection *record = &c->record;
  ouro_generation_stats *total = &heap->totals[record->generation];
  total->collections++;
  total->collected += record->collected;
  total->uncollectable += record->uncollectable;
  total->candidates += record->candidates;
  if (record->generation == OURO__OLD)
    heap->long_lived = heap->aged[OURO__OLD];
  heap->seq = record->seq;
  stats_record_pause(heap, record->pause_ns);
}

/* (gc_collect_main) The counts of what is collected start again, the next older
 * generation's goes up. Done first, so that what finalizers allocate counts. */
static void restart_counts(ouro_heap *heap, unsigned generation) {
  if (generation + 1 < OURO_GENERATIONS)
    heap->counts[generation + 1]++;
  for (unsigned i = 0; i <= generation; i++)
    heap->counts[i] = 0;
}

/* ---- the collection ---- */

static int run(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  int error = begin(c);
  if (error != OURO_OK)
    return error;
  c->phase_ns = ouro__now_ns();
  unreachable_subtract(&c->search);
  phase_done(c, OURO_PHASE_SUBTRACT);
  unreachable_mark(&c->search);
  phase_done(c, OURO_PHASE_MARK);
  error = unreachable_list(&c->search);
  phase_done(c, OURO_PHASE_UNREACHABLE);
  if (error != OURO_OK)
    return error;
  restart_counts(heap, c->record.generation);
  promote(c);
  phase_done(c, OURO_PHASE_PROMOTE);
  c->record.weakrefs_cleared = weakref_clear_garbage(heap);
  dispose_finalize(&c->search, &c->record);
  promote_resurrected(c);
  phase_done(c, OURO_PHASE_FINALIZE);
  dispose_clear(&c->search, &c->record);
  phase_done(c, OURO_PHASE_CLEAR);
  dispose_free(&c->search, &c->record);
  phase_done(c, OURO_PHASE_FREE);
  return OURO_OK;
}

int ouro_gc_collect_for(ouro_heap *heap, unsigned generation, ouro_reason reason,
                        ouro_collection *ret) {
  if (generation >= OURO_GENERATIONS)
    return OURO_EINVAL;
  if (heap->collecting || heap->draining || heap->closing)
    return OURO_EBUSY;
  ouro__check_heap(heap);
  struct collecting c = {
      .search = {.heap = heap},
      .record = {.seq = heap->seq + 1, .generation = generation, .reason = reason},
      .released_before = heap->arenas_released,
  };
  heap->collecting = true;
  generation_update_trigger(heap);
  tell(heap, OURO_GC_START, &c.record);
  debug_start(heap, &c.record);
  c.started_ns = ouro__now_ns();
  struct stats_totals before = stats_totals(heap);
  c.record.live_objects_before = before.live_objects;
  if (heap->type_count > 0)
    memset(heap->freed, 0, heap->type_count * sizeof *heap->freed);
  int error = run(&c);
  if (error == OURO_OK) {
    summarize(&c);
    account(&c);
    debug_done(heap, &c.record);
  }
  heap->collecting = false;
  generation_update_trigger(heap);
  ouro__check_heap(heap);
  if (error == OURO_OK) {
    /* A callback must not start the next collection before it has seen this one. */
    heap->collecting = true;
    tell(heap, OURO_GC_STOP, &c.record);
    heap->collecting = false;
    if (ret != NULL)
      *ret = c.record;
  }
  return error;
}

int ouro_gc_collect(ouro_heap *heap, unsigned generation, ouro_collection *ret) {
  return ouro_gc_collect_for(heap, generation, OURO_REASON_EXPLICIT, ret);
}

/* ---- names ---- */

const char *ouro_reason_name(ouro_reason reason) {
  static const char *const names[] = {"threshold", "explicit", "remote",
                                      "rule",      "memory",   "shutdown"};
  return (unsigned)reason < sizeof names / sizeof *names ? names[reason] : "unknown";
}

const char *ouro_phase_name(ouro_phase phase) {
  static const char *const names[OURO_PHASES] = {
      "subtract", "mark", "unreachable", "promote", "finalize", "clear", "free"};
  return (unsigned)phase < OURO_PHASES ? names[phase] : "unknown";
}
