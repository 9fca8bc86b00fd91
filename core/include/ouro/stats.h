/* stats.h - plain structs that an inspector copies out.
 *
 * Filling them reads counters the heap keeps anyway; the cost does not grow with the
 * number of objects, only, where there are raw blocks, with that of pools (64 KiB
 * each). The heap's own thread calls this. */
#ifndef OURO_STATS_H
#define OURO_STATS_H

#include <ouro/gc.h>

OURO_BEGIN_DECLS

/* (gc.get_stats, one row) Cumulative since the heap was made. */
typedef struct ouro_generation_stats {
  uint64_t count; /* against the threshold, not cumulative */
  uint32_t threshold;
  uint64_t objects; /* tracked objects of this age now */
  uint64_t collections;
  uint64_t collected;
  uint64_t uncollectable;
  uint64_t candidates;
} ouro_generation_stats;

typedef struct ouro_heap_stats {
  uint64_t seq; /* the last collection's number, 0 before the first */
  uint64_t uptime_ns;
  ouro_generation_stats generations[OURO_GENERATIONS];
  uint64_t frozen_objects;
  uint64_t tracked_objects;
  uint64_t live_objects;
  uint64_t live_bytes;              /* blocks in use, raw ones too, and large objects */
  uint64_t allocated_total_objects; /* cumulative */
  uint64_t freed_total_objects;     /* cumulative */
  uint64_t allocated_total_bytes;   /* cumulative */
  uint64_t external_bytes;          /* owned outside of the heap, as reported */
  uint64_t external_errors;         /* reports of external.h that could not be right */
  uint64_t unraisable_errors;       /* ouro_report_unraisable(), cumulative */
  bool enabled;
  bool collecting;
  uint64_t pause_p50_ns; /* of all collections so far, within 1/16 */
  uint64_t pause_p99_ns;
  uint64_t pause_max_ns; /* exact */
  uint64_t pause_total_ns;
} ouro_heap_stats;

/* Write the heap's figures as they are now into `*ret`, all of it. Cannot fail, takes
 * no memory, and may be called at any time on the heap's own thread, from finalizers
 * and callbacks too: the figures are then those of the moment, in the midst of a
 * collection. Constant time, with the pauses' quantiles as the dearest part. */
OURO_API void ouro_heap_get_stats(const ouro_heap *heap, ouro_heap_stats *ret);

/* Objects that live now, as above but a handful of additions: for who looks often. */
OURO_API uint64_t ouro_heap_live_objects(const ouro_heap *heap);

#define OURO_SIZE_CLASSES 31

typedef struct ouro_class_stats {
  uint32_t size; /* block bytes, header included */
  uint32_t pools;
  uint64_t used_blocks;
  uint64_t free_blocks;     /* in this class's pools */
  uint64_t allocated_total; /* cumulative */
} ouro_class_stats;

typedef struct ouro_pool_stats {
  uint64_t arenas_in_use;
  uint64_t arenas_allocated_total; /* cumulative */
  uint64_t arenas_released_total;  /* cumulative */
  uint64_t arenas_highwater;
  uint64_t arena_bytes; /* of all arenas in use */
  uint64_t pools_in_use;
  uint64_t pools_empty; /* in arenas in use, belonging to no class */
  uint64_t pool_bytes;  /* of one pool */
  ouro_class_stats classes[OURO_SIZE_CLASSES];
  uint64_t large_objects;
  uint64_t large_bytes;
  uint64_t used_bytes;  /* blocks in use */
  uint64_t free_bytes;  /* free blocks and empty pools in arenas in use */
  double fragmentation; /* free bytes in pools in use / bytes of those pools, 0..1 */
} ouro_pool_stats;

/* Arenas, pools and size classes, in the same way: all of `*ret` is written, no
 * failure, at any time, in constant time. A size class counts objects and raw blocks
 * together. For each single pool see poolmap.h. */
OURO_API void ouro_heap_get_pool_stats(const ouro_heap *heap, ouro_pool_stats *ret);

OURO_END_DECLS

#endif
