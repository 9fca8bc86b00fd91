/* walk.h - every live object of a heap, in address order, large ones last.
 *
 * Either at once, or in pieces: a place is the id from which to go on. Objects do not
 * move, and a pool with a live object keeps its class, so an id in the middle of a walk
 * still means the same place after the program ran. */
#ifndef CORE_WALK_H
#define CORE_WALK_H

#include "meter.h"

/* Return false to stop. */
typedef bool walk_visit(ouro_heap *heap, ouro_header *header, void *context);

/* Whether the walk went to its end. */
OURO__INLINE bool walk_live(ouro_heap *heap, walk_visit *visit, void *context) {
  for (uint32_t index = 0; index < heap->pool_top; index++) {
    const struct pool *pool = &heap->pools[index];
    if (!ouro__has_objects(pool))
      continue;
    for (char *at = ouro__first_block(heap, index); at < pool->bump; at += pool->size) {
      ouro_header *header = (ouro_header *)(void *)at;
      if (ouro__is_live(header) && !visit(heap, header, context))
        return false;
    }
  }
  for (uint32_t slot = 0; slot < heap->large_top; slot++) {
    ouro_header *header = heap->large[slot].header;
    if (header != NULL && ouro__is_live(header) && !visit(heap, header, context))
      return false;
  }
  return true;
}

/* The live object of an id, whatever happened since the id was read; NULL for none. */
OURO__INLINE ouro_header *walk_live_at(const ouro_heap *heap, uint32_t id) {
  if (id < heap->large_id) {
    uint32_t index = id >> OURO__BLOCK_BITS;
    const struct pool *pool = &heap->pools[index];
    if (index >= heap->pool_top || !ouro__has_objects(pool))
      return NULL;
    ouro_header *header = ouro__header(heap, id);
    return (char *)header < pool->bump && ouro__is_live(header) ? header : NULL;
  }
  if (id - heap->large_id >= heap->large_top)
    return NULL;
  ouro_header *header = ouro__header(heap, id);
  return header != NULL && ouro__is_live(header) ? header : NULL;
}

/* Go on from the id `*at`, which moves: past the object for which `visit` returned
 * false, or to where the budget ended. Whether the walk came to its end. With `logs`
 * not 0, only pools that these logs name are entered (bit k: log k): no object of
 * generation k is in another. */
OURO__INLINE bool walk_on(ouro_heap *heap, uint32_t *at, struct meter *meter,
                          unsigned logs, walk_visit *visit, void *context) {
  while (*at < heap->large_id) {
    uint32_t index = *at >> OURO__BLOCK_BITS;
    if (index >= heap->pool_top) {
      *at = heap->large_id;
      break;
    }
    const struct pool *pool = &heap->pools[index];
    uint32_t top = 0; /* blocks that were ever handed out */
    if (ouro__has_objects(pool) && (logs == 0 || (pool->named & logs) != 0))
      top = (uint32_t)((size_t)(pool->bump - ouro__first_block(heap, index)) /
                       pool->size);
    for (uint32_t block = *at & (OURO__BLOCKS - 1); block < top; block++) {
      if (meter_is_spent(meter))
        return false;
      meter_spend(meter, 1);
      ouro_header *header = ouro__header(heap, (*at)++);
      if (ouro__is_live(header) && !visit(heap, header, context))
        return false;
    }
    *at = (index + 1) << OURO__BLOCK_BITS;
    meter_spend(meter, 1);
    if (meter_is_spent(meter))
      return false;
  }
  while (*at - heap->large_id < heap->large_top) {
    if (meter_is_spent(meter))
      return false;
    meter_spend(meter, 1);
    ouro_header *header = ouro__header(heap, (*at)++);
    if (header != NULL && ouro__is_live(header) && !visit(heap, header, context))
      return false;
  }
  return true;
}

#endif
