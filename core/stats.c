/* stats.c - what an inspector copies out; derived when asked, from what is counted
 * anyway.
 *
 * Allocation counts one number a size class; everything else here is arithmetic over
 * those. Pauses go into a histogram whose buckets are powers of two cut into 16, so
 * that a quantile is within 1/16 of the truth and recording costs a few instructions.
 */
#include "stats.h"

#include "pool.h"

struct stats_totals ouro__stats_totals(const ouro_heap *heap) {
  struct stats_totals sum = {
      .allocated_objects = heap->large_allocated,
      .freed_objects = heap->large_freed,
      .allocated_bytes = heap->large_allocated_bytes,
      .live_objects = heap->large_objects,
      .live_bytes = heap->large_bytes,
  };
  for (unsigned i = 0; i < OURO_SIZE_CLASSES; i++) {
    const struct size_class *class = &heap->classes[i];
    uint64_t live = class->allocated - class->freed;
    uint32_t size = sizeclass_bytes(i);
    sum.allocated_objects += class->allocated;
    sum.freed_objects += class->freed;
    sum.live_objects += live;
    sum.allocated_bytes += class->allocated * size;
    sum.live_bytes += live * size;
  }
  return sum;
}

/* Raw blocks in use by class. Nothing counts those that are given back but their pools.
 */
static void raw_used(const ouro_heap *heap, uint64_t ret[OURO_SIZE_CLASSES]) {
  memset(ret, 0, OURO_SIZE_CLASSES * sizeof *ret);
  bool any = false;
  for (unsigned i = OURO_SIZE_CLASSES; i < OURO__CLASSES; i++)
    any |= heap->classes[i].pools > 0;
  for (uint32_t i = 0; any && i < heap->pool_top; i++) {
    const struct pool *pool = &heap->pools[i];
    if (pool->used > 0 && pool->size_class >= OURO_SIZE_CLASSES)
      ret[pool->size_class - OURO_SIZE_CLASSES] += pool->used;
  }
}

static uint64_t raw_bytes(const ouro_heap *heap) {
  uint64_t used[OURO_SIZE_CLASSES], bytes = heap->large_block_bytes;
  raw_used(heap, used);
  for (unsigned i = 0; i < OURO_SIZE_CLASSES; i++)
    bytes += used[i] * sizeclass_bytes(i);
  return bytes;
}

/* ---- pauses ---- */

static unsigned bucket_of(uint64_t ns) {
  const unsigned sub = 1u << OURO__PAUSE_SUB_SHIFT;
  if (ns < sub)
    return (unsigned)ns;
  unsigned top = 63u - (unsigned)__builtin_clzll(ns);
  unsigned shift = top - OURO__PAUSE_SUB_SHIFT;
  return ((shift + 1) << OURO__PAUSE_SUB_SHIFT) + (unsigned)((ns >> shift) & (sub - 1));
}

/* The largest value of a bucket. */
static uint64_t bucket_top(unsigned bucket) {
  const unsigned sub = 1u << OURO__PAUSE_SUB_SHIFT;
  if (bucket < sub)
    return bucket;
  unsigned shift = (bucket >> OURO__PAUSE_SUB_SHIFT) - 1;
  return (((uint64_t)(bucket & (sub - 1)) + sub + 1) << shift) - 1;
}

void ouro__stats_record_pause(ouro_heap *heap, uint64_t pause_ns) {
  heap->pauses[bucket_of(pause_ns)]++;
  heap->pause_count++;
  heap->pause_total_ns += pause_ns;
  if (pause_ns > heap->pause_max_ns)
    heap->pause_max_ns = pause_ns;
}

static uint64_t pause_quantile(const ouro_heap *heap, uint64_t percent) {
  uint64_t rank = (heap->pause_count * percent + 99) / 100;
  uint64_t seen = 0;
  for (unsigned i = 0; i < OURO__PAUSE_BUCKETS && rank > 0; i++) {
    seen += heap->pauses[i];
    if (seen >= rank) {
      uint64_t top = bucket_top(i);
      return top < heap->pause_max_ns ? top : heap->pause_max_ns;
    }
  }
  return 0;
}

/* ---- copies ---- */

void ouro_heap_get_stats(const ouro_heap *heap, ouro_heap_stats *ret) {
  struct stats_totals sum = ouro__stats_totals(heap);
  memset(ret, 0, sizeof *ret);
  ret->seq = heap->seq;
  ret->uptime_ns = ouro__now_ns() - heap->born_ns;
  for (unsigned i = 0; i < OURO_GENERATIONS; i++) {
    ret->generations[i] = heap->totals[i];
    ret->generations[i].count = heap->counts[i];
    ret->generations[i].threshold = heap->thresholds[i];
    ret->generations[i].objects = heap->aged[i];
    ret->tracked_objects += heap->aged[i];
  }
  ret->frozen_objects = heap->aged[OURO__FROZEN];
  ret->tracked_objects += ret->frozen_objects;
  ret->live_objects = sum.live_objects;
  ret->live_bytes = sum.live_bytes + raw_bytes(heap);
  ret->allocated_total_objects = sum.allocated_objects;
  ret->freed_total_objects = sum.freed_objects;
  ret->allocated_total_bytes = sum.allocated_bytes;
  ret->external_bytes = heap->external_bytes;
  ret->external_errors = heap->external_errors;
  ret->unraisable_errors = heap->unraisable_errors;
  ret->enabled = heap->enabled;
  ret->collecting = heap->collecting;
  ret->pause_p50_ns = pause_quantile(heap, 50);
  ret->pause_p99_ns = pause_quantile(heap, 99);
  ret->pause_max_ns = heap->pause_max_ns;
  ret->pause_total_ns = heap->pause_total_ns;
}

uint64_t ouro_heap_live_objects(const ouro_heap *heap) {
  uint64_t sum = 0;
  for (unsigned i = 0; i < OURO__AGES; i++)
    sum += heap->aged[i];
  return sum;
}

void ouro_heap_get_pool_stats(const ouro_heap *heap, ouro_pool_stats *ret) {
  uint64_t raw[OURO_SIZE_CLASSES];
  raw_used(heap, raw);
  memset(ret, 0, sizeof *ret);
  ret->arenas_in_use = heap->arenas_in_use;
  ret->arenas_allocated_total = heap->arenas_allocated;
  ret->arenas_released_total = heap->arenas_released;
  ret->arenas_highwater = heap->arenas_highwater;
  ret->arena_bytes = (uint64_t)heap->arenas_in_use * OURO__ARENA_BYTES;
  ret->pool_bytes = OURO__POOL_BYTES;
  for (unsigned i = 0; i < OURO__CLASSES; i++) {
    const struct size_class *class = &heap->classes[i];
    ouro_class_stats *row = &ret->classes[i % OURO_SIZE_CLASSES];
    struct pool_layout layout = pool_layout(i);
    uint64_t used = i < OURO_SIZE_CLASSES ? class->allocated - class->freed
                                          : raw[i - OURO_SIZE_CLASSES];
    row->size = layout.size;
    row->pools += class->pools;
    row->used_blocks += used;
    row->free_blocks += (uint64_t) class->pools * layout.capacity - used;
    row->allocated_total += class->allocated;
    ret->pools_in_use += class->pools;
    ret->used_bytes += used * layout.size;
  }
  uint64_t pools = (uint64_t)heap->arenas_in_use * OURO__ARENA_POOLS;
  uint64_t in_use_bytes = ret->pools_in_use * OURO__POOL_BYTES;
  ret->pools_empty = pools - ret->pools_in_use;
  ret->free_bytes = ret->arena_bytes - ret->used_bytes;
  ret->large_objects = heap->large_objects;
  ret->large_bytes = heap->large_bytes + heap->large_block_bytes;
  if (in_use_bytes > 0)
    ret->fragmentation =
        (double)(in_use_bytes - ret->used_bytes) / (double)in_use_bytes;
}
