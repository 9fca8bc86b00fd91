/* safepoint.h - where a heap's own thread lets a collection happen. */
#ifndef CORE_SAFEPOINT_H
#define CORE_SAFEPOINT_H

#include "heap_private.h"

/* Serve a request or collect the generation that is due. */
void ouro__safepoint_serve(ouro_heap *heap);

/* Memory is short at an allocation: collect everything. Whether it is worth another
 * try. */
bool ouro__safepoint_out_of_memory(ouro_heap *heap);

/* On entry to every allocation. The object to be born counts already: with a threshold
 * of 700 the 701st net container collects, as in CPython's gc_alloc. */
OURO__INLINE void safepoint_before_birth(ouro_heap *heap, bool tracked) {
  if (OURO__UNLIKELY((tracked && heap->counts[0] >= heap->due) || heap->external_due ||
                     atomic_load_explicit(&heap->request, memory_order_relaxed) != 0))
    ouro__safepoint_serve(heap);
}

#endif
