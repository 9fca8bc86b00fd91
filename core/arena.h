/* arena.h - regions from the system, carved into pools. */
#ifndef CORE_ARENA_H
#define CORE_ARENA_H

#include "heap_private.h"

/* Reserve addresses for pools and metadata, and commit the first arenas. 0 or
 * OURO_ENOMEM; ouro__arena_fini() cleans up after both. */
int ouro__arena_init(ouro_heap *heap, size_t reserve_bytes, unsigned initial_arenas);
void ouro__arena_fini(ouro_heap *heap);

/* A pool that belongs to no class, from the fullest arena that has one. OURO__NONE
 * when the memory limit or the system refuses. */
uint32_t ouro__arena_take_pool(ouro_heap *heap);

/* Give an empty pool back; arenas that have been empty for a while then go back to the
 * system. */
void ouro__arena_return_pool(ouro_heap *heap, uint32_t pool);

/* Give back arenas that have been empty for a while. */
void ouro__arena_release_stale(ouro_heap *heap, uint64_t now_ns);

/* Make gc_refs and marks usable for this many large objects. 0 or OURO_ENOMEM. */
int ouro__arena_commit_large(ouro_heap *heap, uint32_t slots);

/* Whether `more` bytes fit under the memory limit. */
bool ouro__arena_fits(const ouro_heap *heap, size_t more);

#endif
