/* generation.h - the logs of the young, counts and thresholds: *when* to collect. */
#ifndef CORE_GENERATION_H
#define CORE_GENERATION_H

#include "heap_private.h"

/* Make room for `more` entries. 0 or OURO_ENOMEM. */
int ouro__generation_reserve_log(ouro_heap *heap, unsigned log, size_t more);

/* Recompute `trigger` and `due` after anything they depend on has changed. */
void ouro__generation_update_trigger(ouro_heap *heap);

/* The generation that is due, or -1. (gc_collect_generations) */
int ouro__generation_due(const ouro_heap *heap);

/* Old objects that came since the last full collection; falls when they die. */
uint64_t ouro__generation_pending(const ouro_heap *heap);

/* Empty the log: entries lose their bit, pools that are empty then go back. */
void ouro__generation_purge_log(ouro_heap *heap, unsigned log);

/* The second half of it: the log names no pool any more. */
void ouro__generation_forget_pools(ouro_heap *heap, unsigned log);

/* The header that an entry names; NULL for a large object that is gone. */
OURO__INLINE ouro_header *generation_header(const ouro_heap *heap, uintptr_t entry) {
  if (OURO__LIKELY(!(entry & 1)))
    return (ouro_header *)entry;
  return heap->large[entry >> 1].header;
}

/* Where the LOGGED bits of its block stand: in the header, or in the free slot of a
 * large object that is gone. */
OURO__INLINE uint32_t *generation_meta(ouro_heap *heap, uintptr_t entry) {
  ouro_header *header = generation_header(heap, entry);
  return header != NULL ? &header->meta : &heap->large[entry >> 1].logged;
}

/* Name a header in a log that has room, unless it is there already. */
OURO__INLINE void generation_log(ouro_heap *heap, ouro_header *header, unsigned log) {
  struct young_log *into = &heap->logs[log];
  uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
  if (header->meta & bit)
    return;
  header->meta |= bit;
  uintptr_t *entry = &into->entries[into->length++];
  if (OURO__UNLIKELY(!ouro__is_small(heap, header))) {
    *entry = (uintptr_t)*ouro__large_slot(header) * 2 + 1;
    return;
  }
  *entry = (uintptr_t)header;
  uint32_t index = ouro__pool_index(heap, header);
  struct pool *pool = &heap->pools[index];
  if (OURO__UNLIKELY(!(pool->named >> log & 1))) {
    pool->named |= (uint8_t)(1u << log);
    into->pools[into->pool_count++] = index;
  }
}

#endif
