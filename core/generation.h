/* generation.h - the logs of the young, counts and thresholds: *when* to collect. */
#ifndef CORE_GENERATION_H
#define CORE_GENERATION_H

#include "heap_private.h"

/* Make room for `more` entries. 0 or OURO_ENOMEM. */
int generation_reserve_log(ouro_heap *heap, unsigned log, size_t more);

/* Recompute `trigger` after anything it depends on has changed. */
void generation_update_trigger(ouro_heap *heap);

/* The generation that is due, or -1. (gc_collect_generations) */
int generation_due(const ouro_heap *heap);

/* Old objects that came since the last full collection; falls when they die. */
uint64_t generation_pending(const ouro_heap *heap);

/* Empty the log: entries lose their bit, pools that are empty then go back. */
void generation_purge_log(ouro_heap *heap, unsigned log);

/* Name a header in a log that has room, unless it is there already. */
OURO__INLINE void generation_log(ouro_heap *heap, ouro_header *header, unsigned log) {
  uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
  if (header->meta & bit)
    return;
  header->meta |= bit;
  heap->logs[log].ids[heap->logs[log].length++] = ouro__id(heap, header);
  if (OURO__LIKELY(ouro__is_small(heap, header)))
    heap->pools[ouro__pool_index(heap, header)].logged++;
}

#endif
