/* external.h - when memory outside of the heap makes a full collection due. */
#ifndef CORE_EXTERNAL_H
#define CORE_EXTERNAL_H

#include "heap_private.h"

/* Whether it has grown enough; not whether collections are allowed. */
OURO__INLINE bool external_has_grown(const ouro_heap *heap) {
  uint64_t survived = heap->external_survived;
  uint64_t room = survived / OURO__LONG_LIVED_RATIO;
  if (room < heap->external_threshold)
    room = heap->external_threshold;
  return heap->external_threshold > 0 && heap->external_bytes > survived &&
         heap->external_bytes - survived > room;
}

/* A full collection has ended, or was tried in vain: growth is counted from here. */
void ouro__external_restart(ouro_heap *heap);

#endif
