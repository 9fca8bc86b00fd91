/* collect.c - one collection from start to end; reads like a table of contents.
 *
 *   begin - subtract - mark - unreachable - promote - finalize - clear - free - end
 *
 * Survivors are promoted before any user code runs: from then on the logs name nothing
 * of this collection, so a finalizer that allocates may reuse any block. The phases are
 * separate functions over one struct, so that a collection can be run step by step. */
#include "collect.h"

#include "arena.h"
#include "debug.h"
#include "dispose.h"
#include "example.h"
#include "external.h"
#include "generation.h"
#include "probes.h"
#include "stats.h"
#include "sweep.h"
#include "weakref.h"

static void phase_done(struct collecting *c) {
  uint64_t now = ouro__now_ns();
  c->record.phases_ns[c->next] = now - c->phase_ns;
  c->phase_ns = now;
}

static void tell(ouro_heap *heap, ouro_gc_event event, const ouro_collection *record) {
  if (event == OURO_GC_START)
    probe_gc_start(record);
  else if (event == OURO_GC_STOP)
    probe_gc_done(record);
  if (heap->callback != NULL)
    heap->callback(heap, event, record, heap->callback_context);
}

/* ---- an example ---- */

static bool is_in_marks(const ouro_heap *heap, const ouro_header *header) {
  return ouro__is_marked(heap, ouro__id(heap, header));
}

static bool is_flagged(const ouro_heap *heap, const ouro_header *header) {
  (void)heap;
  return (header->meta & OURO__UNREACHABLE) != 0;
}

/* While the garbage is whole. */
static void find_example(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  heap->example = (ouro_cycle){0};
  if (heap->example_references == 0 || c->search.garbage == 0)
    return;
  const ouro_header *first =
      c->search.swept ? ouro__sweep_first(&c->search) : heap->garbage.items[0];
  struct meter meter = meter_start(&(ouro_budget){.steps = heap->example_references});
  ouro__example_find(heap, first, c->search.swept ? is_in_marks : is_flagged, &meter,
                     &heap->example);
}

void ouro_gc_set_example(ouro_heap *heap, uint64_t references) {
  heap->example_references = references;
}

const ouro_cycle *ouro_gc_example(const ouro_heap *heap) {
  return heap->example.length > 0 ? &heap->example : NULL;
}

/* ---- promote ---- */

/* Survivors stand in heap->candidates; their logs are empty already. */
static void promote_young(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  unsigned older = c->record.generation == 0 ? 1 : OURO__OLD;
  uint64_t left[OURO_GENERATIONS] = {0};
  for (size_t i = 0; i < heap->candidates.length; i++) {
    ouro_header *header = heap->candidates.items[i];
    left[ouro__age(header)]++;
    header->meta = (header->meta & ~OURO__AGE_MASK) | older << OURO__AGE_SHIFT;
    if (older == 1)
      generation_log(heap, header, 1);
  }
  for (unsigned age = 0; age <= c->record.generation; age++)
    heap->aged[age] -= left[age];
  heap->aged[older] += heap->candidates.length;
  c->record.promoted = heap->candidates.length;
  for (unsigned log = 0; log <= c->record.generation; log++)
    ouro__generation_forget_pools(heap, log);
}

/* Of a pool that is garbage to its last block no header will be read again. */
static bool is_all_garbage(const ouro_heap *heap, uintptr_t entry) {
  if (entry & 1)
    return false;
  uint32_t index = ouro__pool_index(heap, (void *)entry);
  return heap->pools[index].garbage == heap->pools[index].capacity;
}

static void promote_log(struct collecting *c, unsigned log) {
  ouro_heap *heap = c->search.heap;
  struct young_log *from = &heap->logs[log];
  uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
  uint64_t promoted = 0;
  for (size_t i = 0; i < from->length; i++) {
    uintptr_t entry = from->entries[i];
    if (is_all_garbage(heap, entry))
      continue;
    ouro_header *header = generation_header(heap, entry);
    *generation_meta(heap, entry) &= ~bit;
    if (header == NULL || !ouro__is_candidate(header, log) ||
        ouro__age(header) != log || unreachable_is_garbage(&c->search, header))
      continue;
    header->meta = (header->meta & ~OURO__AGE_MASK) | OURO__OLD << OURO__AGE_SHIFT;
    promoted++;
  }
  from->length = 0;
  heap->aged[log] -= promoted;
  heap->aged[OURO__OLD] += promoted;
  c->record.promoted += promoted;
  ouro__generation_forget_pools(heap, log);
}

/* Garbage keeps its age, but no log names it any more: who comes back from a finalizer
 * is promoted to the oldest generation, which needs no log. */
static void promote(struct collecting *c) {
  if (c->search.scope == SCOPE_YOUNG) {
    promote_young(c);
    return;
  }
  for (unsigned log = 0; log < 2; log++)
    promote_log(c, log);
}

static void promote_resurrected(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  for (size_t i = 0; i < c->record.resurrected; i++) {
    ouro_header *header = heap->candidates.items[i];
    if (ouro__age(header) != OURO__UNTRACKED)
      ouro__set_age(heap, header, OURO__OLD);
  }
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
  struct stats_totals after = ouro__stats_totals(heap);
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
  if (record->generation == OURO__OLD) {
    heap->long_lived = heap->aged[OURO__OLD];
    ouro__external_restart(heap);
  }
  heap->seq = record->seq;
  ouro__stats_record_pause(heap, record->pause_ns);
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

int ouro__collect_begin(struct collecting *c, ouro_heap *heap, unsigned generation,
                        ouro_reason reason) {
  if (generation >= OURO_GENERATIONS)
    return OURO_EINVAL;
  if (heap->collecting || heap->draining || heap->closing)
    return OURO_EBUSY;
  ouro__check_heap(heap);
  *c = (struct collecting){
      .search = {.heap = heap,
                 .scope = generation == OURO__OLD ? SCOPE_ALL : SCOPE_YOUNG,
                 .generation = generation},
      .record = {.seq = heap->seq + 1, .generation = generation, .reason = reason},
      .released_before = heap->arenas_released,
  };
  heap->collecting = true;
  ouro__generation_update_trigger(heap);
  tell(heap, OURO_GC_START, &c->record);
  ouro__debug_start(heap, &c->record);
  c->started_ns = c->phase_ns = ouro__now_ns();
  c->record.live_objects_before = ouro__stats_totals(heap).live_objects;
  if (heap->type_count > 0)
    memset(heap->freed, 0, heap->type_count * sizeof *heap->freed);
  return ouro__unreachable_begin(&c->search);
}

/* What follows the search: the garbage is known, and nothing can fail. */
static void dispose_phase(struct collecting *c) {
  ouro_heap *heap = c->search.heap;
  switch (c->next) {
  case OURO_PHASE_PROMOTE:
    restart_counts(heap, c->record.generation);
    promote(c);
    break;
  case OURO_PHASE_FINALIZE:
    if (!c->search.simple)
      c->record.weakrefs_cleared = ouro__weakref_clear_garbage(heap);
    ouro__dispose_finalize(&c->search, &c->record);
    promote_resurrected(c);
    break;
  case OURO_PHASE_CLEAR: ouro__dispose_clear(&c->search, &c->record); break;
  default:
    ouro__dispose_free(&c->search, &c->record);
    ouro__arena_release_stale(heap, c->phase_ns);
  }
}

int ouro__collect_phase(struct collecting *c) {
  int error = OURO_OK;
  switch (c->next) {
  case OURO_PHASE_SUBTRACT: ouro__unreachable_subtract(&c->search); break;
  case OURO_PHASE_MARK: ouro__unreachable_mark(&c->search); break;
  case OURO_PHASE_UNREACHABLE:
    error = ouro__unreachable_list(&c->search);
    if (error == OURO_OK)
      find_example(c);
    break;
  default: dispose_phase(c); break;
  }
  phase_done(c);
  /* Between clear and free in bulk, edges out are counted down but still there. */
  if (error == OURO_OK && (c->next != OURO_PHASE_CLEAR || !c->search.mute))
    ouro__check_heap(c->search.heap);
  c->next++;
  return error;
}

void ouro__collect_end(struct collecting *c, int error) {
  ouro_heap *heap = c->search.heap;
  if (error == OURO_OK) {
    summarize(c);
    account(c);
    ouro__debug_done(heap, &c->record);
  }
  heap->collecting = false;
  ouro__generation_update_trigger(heap);
  ouro__check_heap(heap);
  const ouro_collection attempt = {.seq = c->record.seq,
                                   .generation = c->record.generation,
                                   .reason = c->record.reason};
  /* A callback must not start the next collection before it has seen this one. */
  heap->collecting = true;
  if (error == OURO_OK)
    tell(heap, OURO_GC_STOP, &c->record);
  else
    tell(heap, OURO_GC_FAILED, &attempt);
  heap->collecting = false;
  ouro__generation_update_trigger(heap);
}

int ouro_gc_collect_for(ouro_heap *heap, unsigned generation, ouro_reason reason,
                        ouro_collection *ret) {
  struct collecting c;
  int error = ouro__collect_begin(&c, heap, generation, reason);
  if (error == OURO_EINVAL || error == OURO_EBUSY)
    return error;
  while (error == OURO_OK && c.next < OURO_PHASES)
    error = ouro__collect_phase(&c);
  ouro__collect_end(&c, error);
  if (error == OURO_OK && ret != NULL)
    *ret = c.record;
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
