/* safepoint.c - pending requests, and the thresholds at the embedder's own pace. */
#include "safepoint.h"

#include "external.h"
#include "generation.h"

static bool may_collect(const ouro_heap *heap) {
  return !heap->collecting && !heap->draining && !heap->closing;
}

static bool serve_request(ouro_heap *heap) {
  unsigned asked = atomic_exchange(&heap->request, 0);
  if (asked == 0)
    return false;
  (void)ouro_gc_collect_for(heap, asked - 1, OURO_REASON_REMOTE, NULL);
  return true;
}

/* Why growth is counted anew when it fails: the next birth could do no better. */
static void collect_for_external(ouro_heap *heap) {
  if (ouro_gc_collect_for(heap, OURO__OLD, OURO_REASON_THRESHOLD, NULL) != OURO_OK)
    ouro__external_restart(heap);
}

void ouro__safepoint_serve(ouro_heap *heap) {
  if (!may_collect(heap))
    return;
  if (!heap->explicit_safepoints && serve_request(heap))
    return;
  if (heap->external_due)
    collect_for_external(heap);
  else if (heap->counts[0] >= heap->due)
    (void)ouro_gc_collect_for(heap, (unsigned)ouro__generation_due(heap),
                              OURO_REASON_THRESHOLD, NULL);
}

void ouro_safepoint(ouro_heap *heap) {
  if (!may_collect(heap) || serve_request(heap))
    return;
  if (!heap->enabled || heap->thresholds[0] == 0)
    return;
  if (external_has_grown(heap))
    collect_for_external(heap);
  else if (heap->counts[0] > heap->thresholds[0])
    (void)ouro_gc_collect_for(heap, (unsigned)ouro__generation_due(heap),
                              OURO_REASON_THRESHOLD, NULL);
}

bool ouro__safepoint_out_of_memory(ouro_heap *heap) {
  if (!may_collect(heap) || heap->explicit_safepoints)
    return false;
  return ouro_gc_collect_for(heap, OURO__OLD, OURO_REASON_MEMORY, NULL) == OURO_OK;
}

int ouro_gc_request(ouro_heap *heap, unsigned generation) {
  if (generation >= OURO_GENERATIONS)
    return OURO_EINVAL;
  unsigned wanted = generation + 1;
  unsigned asked = atomic_load(&heap->request);
  while (asked < wanted &&
         !atomic_compare_exchange_weak(&heap->request, &asked, wanted))
    ;
  /* Only a nudge, so that births need not look at the request. */
  atomic_store(&heap->trigger, 0);
  return OURO_OK;
}
