/* gc.c - the collector's controls: thresholds, counts, on and off, freeze, callback. */
#include "generation.h"
#include "walk.h"

int ouro_gc_set_threshold(ouro_heap *heap, const uint32_t *thresholds, unsigned count) {
  if (count == 0 || count > OURO_GENERATIONS || thresholds == NULL)
    return OURO_EINVAL;
  for (unsigned i = 0; i < count; i++)
    if (thresholds[i] > INT32_MAX)
      return OURO_EINVAL;
  for (unsigned i = 0; i < count; i++)
    heap->thresholds[i] = thresholds[i];
  ouro__generation_update_trigger(heap);
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
  ouro__generation_update_trigger(heap);
}

void ouro_gc_disable(ouro_heap *heap) {
  heap->enabled = false;
  ouro__generation_update_trigger(heap);
}

bool ouro_gc_is_enabled(const ouro_heap *heap) {
  return heap->enabled;
}

bool ouro_gc_is_collecting(const ouro_heap *heap) {
  return heap->collecting;
}

/* ---- freeze ---- */

static bool freeze_one(ouro_heap *heap, ouro_header *header, void *context) {
  (void)context;
  if (ouro__age(header) < OURO__FROZEN)
    ouro__set_age(heap, header, OURO__FROZEN);
  return true;
}

static bool unfreeze_one(ouro_heap *heap, ouro_header *header, void *context) {
  (void)context;
  if (ouro__age(header) == OURO__FROZEN)
    ouro__set_age(heap, header, OURO__OLD);
  return true;
}

int ouro_gc_freeze(ouro_heap *heap) {
  if (heap->collecting)
    return OURO_EBUSY;
  (void)walk_live(heap, freeze_one, NULL);
  for (unsigned log = 0; log < 2; log++)
    ouro__generation_purge_log(heap, log);
  for (unsigned i = 0; i < OURO_GENERATIONS; i++)
    heap->counts[i] = 0;
  return OURO_OK;
}

/* What comes back has survived before: it is no reason for a full collection. */
int ouro_gc_unfreeze(ouro_heap *heap) {
  if (heap->collecting)
    return OURO_EBUSY;
  heap->long_lived += heap->aged[OURO__FROZEN];
  (void)walk_live(heap, unfreeze_one, NULL);
  return OURO_OK;
}

uint64_t ouro_gc_freeze_count(const ouro_heap *heap) {
  return heap->aged[OURO__FROZEN];
}

void ouro_gc_set_callback(ouro_heap *heap, ouro_gc_callback *callback, void *context) {
  heap->callback = callback;
  heap->callback_context = context;
}
