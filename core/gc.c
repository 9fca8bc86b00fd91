/* gc.c - the collector's controls: thresholds, counts, on and off, callback. */
#include "generation.h"

int ouro_gc_set_threshold(ouro_heap *heap, const uint32_t *thresholds, unsigned count) {
  if (count == 0 || count > OURO_GENERATIONS || thresholds == NULL)
    return OURO_EINVAL;
  for (unsigned i = 0; i < count; i++)
    if (thresholds[i] > INT32_MAX)
      return OURO_EINVAL;
  for (unsigned i = 0; i < count; i++)
    heap->thresholds[i] = thresholds[i];
  generation_update_trigger(heap);
  return OURO_OK;
}

void ouro_gc_threshold(const ouro_heap *heap, uint32_t ret[OURO_GENERATIONS]) {
  for (unsigned i = 0; i < OURO_GENERATIONS; i++)
    ret[i] = heap->thresholds[i];
}

void ouro_gc_count(const ouro_heap *heap, uint64_t ret[OURO_GENERATIONS]) {
  for (unsigned i = 0; i < OURO_GENERATIONS; i++)
    ret[i] = heap->counts[i];
}

void ouro_gc_enable(ouro_heap *heap) {
  heap->enabled = true;
  generation_update_trigger(heap);
}

void ouro_gc_disable(ouro_heap *heap) {
  heap->enabled = false;
  generation_update_trigger(heap);
}

bool ouro_gc_is_enabled(const ouro_heap *heap) {
  return heap->enabled;
}

bool ouro_gc_is_collecting(const ouro_heap *heap) {
  return heap->collecting;
}

void ouro_gc_set_callback(ouro_heap *heap, ouro_gc_callback *callback, void *context) {
  heap->callback = callback;
  heap->callback_context = context;
}
