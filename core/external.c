/* external.c - the sum of what objects own outside of the heap, and its threshold.
 *
 *   bytes   survived             due
 *   |-------------|---- room ----|--->     room: the threshold, or a quarter of what
 *                                          survived if that is more
 *
 * Why growth over what survived, and not over the lowest sum since, as V8 has it: a
 * program that takes and gives back by counting alone would collect at each wave. The
 * price is the height of one wave more before the next collection, the same as
 * generation 2 pays for its quarter. */
#include "external.h"

#include "generation.h"

void ouro_external_add(ouro_heap *heap, size_t bytes) {
  if (bytes > UINT64_MAX - heap->external_bytes) {
    heap->external_errors++;
    heap->external_bytes = UINT64_MAX;
  } else {
    heap->external_bytes += bytes;
  }
  ouro__generation_update_trigger(heap);
}

void ouro_external_remove(ouro_heap *heap, size_t bytes) {
  if (bytes > heap->external_bytes) {
    heap->external_errors++;
    heap->external_bytes = 0;
  } else {
    heap->external_bytes -= bytes;
  }
  ouro__generation_update_trigger(heap);
}

uint64_t ouro_external_bytes(const ouro_heap *heap) {
  return heap->external_bytes;
}

void ouro_external_set_threshold(ouro_heap *heap, uint64_t bytes) {
  heap->external_threshold = bytes;
  ouro__generation_update_trigger(heap);
}

uint64_t ouro_external_threshold(const ouro_heap *heap) {
  return heap->external_threshold;
}

void ouro__external_restart(ouro_heap *heap) {
  heap->external_survived = heap->external_bytes;
  ouro__generation_update_trigger(heap);
}
