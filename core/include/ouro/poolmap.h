/* poolmap.h - how full each pool is, for a map of the arenas.
 *
 *   arena 0 |####|###.|#...|    |  ...  a pool each: class, blocks in use, capacity
 *   arena 1 given back
 *
 * Eight bytes a pool: the map of 64 GiB is 8 MiB, and is read in ranges. Nothing of an
 * object is looked at, so it may be read at any time by the heap's own thread. */
#ifndef OURO_POOLMAP_H
#define OURO_POOLMAP_H

#include <ouro/heap.h>

OURO_BEGIN_DECLS

typedef enum ouro_pool_state {
  OURO_POOL_GONE,    /* its arena was given back to the system */
  OURO_POOL_EMPTY,   /* in an arena, of no class now */
  OURO_POOL_CURRENT, /* where its class allocates */
  OURO_POOL_PARTIAL, /* has free blocks */
  OURO_POOL_FULL
} ouro_pool_state;

typedef struct ouro_pool_row {
  uint16_t block_bytes; /* of its class; 0 when gone or empty, as the next two */
  uint16_t used;        /* blocks in use */
  uint16_t capacity;    /* blocks */
  uint8_t state;        /* ouro_pool_state */
  uint8_t is_raw;       /* 1: raw blocks (block.h), 0: objects */
} ouro_pool_row;

/* Pools of one arena; pool n is in arena n / OURO_ARENA_POOLS. */
#define OURO_ARENA_POOLS 32

/* Pools of all arenas that ever existed; never falls. */
OURO_API size_t ouro_pool_count(const ouro_heap *heap);

/* Pools number `first` and following, at most `capacity` of them; how many. */
OURO_API size_t ouro_pool_map(const ouro_heap *heap, size_t first, ouro_pool_row *rows,
                              size_t capacity);

OURO_END_DECLS

#endif
