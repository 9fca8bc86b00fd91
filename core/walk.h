/* walk.h - every live object of a heap, in address order, large ones last. */
#ifndef CORE_WALK_H
#define CORE_WALK_H

#include "heap_private.h"

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

#endif
