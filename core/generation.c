/* generation.c - the logs of the young, counts and thresholds.
 *
 *   birth --> logs[0] --collection of 0--> logs[1] --of 1--> nowhere: the old are what
 *                                                            a scan of all pools finds
 *
 * A log names blocks, not objects: an entry outlives its object, and a block that is
 * reused while it is still named is not named again. Who reads a log looks at the
 * header: an entry whose header is free, dying or of another age is skipped. */
#include "generation.h"

#include "external.h"
#include "pool.h"

int ouro__generation_reserve_log(ouro_heap *heap, unsigned log, size_t more) {
  struct young_log *young = &heap->logs[log];
  if (more <= young->capacity - young->length)
    return OURO_OK;
  size_t capacity = young->capacity < 512 ? 1024 : young->capacity * 2;
  if (capacity < young->length + more)
    capacity = young->length + more;
  uintptr_t *grown = ouro__allocate(heap, capacity * sizeof *grown);
  if (grown == NULL)
    return OURO_ENOMEM;
  if (young->length > 0)
    memcpy(grown, young->entries, young->length * sizeof *grown);
  ouro__deallocate(heap, young->entries, young->capacity * sizeof *grown);
  young->entries = grown;
  young->capacity = capacity;
  return OURO_OK;
}

void ouro__generation_forget_pools(ouro_heap *heap, unsigned log) {
  struct young_log *young = &heap->logs[log];
  size_t count = young->pool_count;
  young->pool_count = 0;
  for (size_t i = 0; i < count; i++) {
    uint32_t pool = young->pools[i];
    heap->pools[pool].named &= (uint8_t) ~(1u << log);
    ouro__pool_retire(heap, pool);
  }
}

void ouro__generation_purge_log(ouro_heap *heap, unsigned log) {
  struct young_log *young = &heap->logs[log];
  uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
  for (size_t i = 0; i < young->length; i++)
    *generation_meta(heap, young->entries[i]) &= ~bit;
  young->length = 0;
  ouro__generation_forget_pools(heap, log);
}

void ouro__generation_update_trigger(ouro_heap *heap) {
  bool automatic = heap->enabled && heap->thresholds[0] > 0 && !heap->collecting &&
                   !heap->explicit_safepoints;
  heap->due = automatic ? heap->thresholds[0] : UINT64_MAX;
  heap->external_due = automatic && external_has_grown(heap);
  bool watched = heap->stopped || heap->profiling || heap->external_due;
  atomic_store(&heap->trigger, watched ? 0 : heap->due);
  /* Why again: who asks from another thread sets its request first and the trigger
   * then, and may just have done so. */
  if (atomic_load(&heap->request) != 0)
    atomic_store(&heap->trigger, 0);
}

uint64_t ouro__generation_pending(const ouro_heap *heap) {
  uint64_t old = heap->aged[OURO__OLD];
  return old > heap->long_lived ? old - heap->long_lived : 0;
}

int ouro__generation_due(const ouro_heap *heap) {
  for (int generation = OURO_GENERATIONS - 1; generation > 0; generation--) {
    if (heap->counts[generation] <= heap->thresholds[generation])
      continue;
    if (generation == OURO__OLD &&
        ouro__generation_pending(heap) < heap->long_lived / OURO__LONG_LIVED_RATIO)
      continue;
    return generation;
  }
  return 0;
}
