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

/* The second half of it: the log names no pool any more. */
void generation_forget_pools(ouro_heap *heap, unsigned log);

/* Where the LOGGED bits of a block stand: in its header, or in the free slot of a large
 * object that is gone. */
OURO__INLINE uint32_t *generation_meta(ouro_heap *heap, uint32_t id) {
  ouro_header *header = ouro__header(heap, id);
  return header != NULL ? &header->meta : &heap->large[id - heap->large_id].logged;
}

/* A log names this block no more. An object that waits for its death may be brought
 * back by its finalizer: it is old from now on, because the old need no log. */
OURO__INLINE void generation_unlog(ouro_heap *heap, uint32_t id, unsigned log) {
  uint32_t *meta = generation_meta(heap, id);
  *meta &= ~(log == 0 ? OURO__LOGGED0 : OURO__LOGGED1);
  if (OURO__UNLIKELY(*meta & OURO__DYING)) {
    ouro_header *header = ouro__header(heap, id);
    if (ouro__age(header) == log)
      ouro__set_age(heap, header, OURO__OLD);
  }
}

/* Name a header in a log that has room, unless it is there already. */
OURO__INLINE void generation_log_id(ouro_heap *heap, ouro_header *header, uint32_t id,
                                    unsigned log) {
  struct id_log *ids = &heap->logs[log];
  uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
  if (header->meta & bit)
    return;
  header->meta |= bit;
  ids->ids[ids->length++] = id;
  if (OURO__UNLIKELY(id >= heap->large_id))
    return;
  uint32_t index = id >> OURO__BLOCK_BITS;
  struct pool *pool = &heap->pools[index];
  if (OURO__UNLIKELY(!(pool->named >> log & 1))) {
    pool->named |= (uint8_t)(1u << log);
    ids->pools[ids->pool_count++] = index;
  }
}

OURO__INLINE void generation_log(ouro_heap *heap, ouro_header *header, unsigned log) {
  generation_log_id(heap, header, ouro__id(heap, header), log);
}

#endif
