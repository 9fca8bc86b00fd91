/* pool.h - one size class a pool; taking and giving blocks. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include "heap_private.h"
#include "sizeclass.h"

/* A block of the class; an object's with its header's refcount 0 and LOGGED bits as
 * they were, the payload undefined. NULL when there is no memory. */
void *ouro__pool_take_slow(ouro_heap *heap, unsigned size_class);

/* After blocks were given back and `used` fell to `slow` or below. */
void ouro__pool_give_slow(ouro_heap *heap, uint32_t index);

/* Every block in use is given back at once. Nothing is written into the pool. */
void ouro__pool_empty(ouro_heap *heap, uint32_t index);

/* Return a pool to its arena if nothing is in it, nothing names it, and it is not the
 * one its class allocates from. */
void ouro__pool_retire(ouro_heap *heap, uint32_t index);

/* What a class's pools look like; raw classes have no lead, so that blocks are aligned
 * as their size is. */
struct pool_layout {
  uint32_t size, lead, capacity;
};
static inline struct pool_layout pool_layout(unsigned class) {
  struct pool_layout layout = {0};
  bool raw = class >= OURO_SIZE_CLASSES;
  layout.size = sizeclass_bytes(raw ? class - OURO_SIZE_CLASSES : class);
  layout.lead = raw ? 0 : sizeclass_lead(class);
  layout.capacity = (OURO__POOL_BYTES - layout.lead) / layout.size;
  return layout;
}

/* A full pool is looked at again when this many blocks are left in use. */
OURO__INLINE uint32_t pool_slow_when_full(const struct pool *pool) {
  return pool->capacity - 1u - pool->capacity / OURO__REJOIN_SHARE;
}

/* The list of free blocks goes through their ninth byte: an object's payload, so that
 * headers stay readable. */
OURO__INLINE void *pool_take(struct pool *pool, bool raw) {
  char *block = pool->free;
  if (OURO__LIKELY(block != NULL)) {
    ouro__unpoison(block, pool->size);
    memcpy(&pool->free, block + sizeof(ouro_header), sizeof pool->free);
    pool->used++;
    return block;
  }
  block = pool->bump;
  if (OURO__UNLIKELY(block == pool->end))
    return NULL;
  ouro__unpoison(block, pool->size);
  /* Whoever fills a pool goes on: the lines ahead may come meanwhile. */
  __builtin_prefetch(block + 4 * (size_t)pool->size, 1);
  if (!raw && OURO__LIKELY(block >= pool->clean))
    memset(block, 0, sizeof(ouro_header));
  pool->bump += pool->size;
  pool->used++;
  return block;
}

/* The end of a block in use is nobody's. */
OURO__INLINE void pool_fence(const void *block, size_t size) {
  ouro__poison((const char *)block + size - OURO__RED_ZONE, OURO__RED_ZONE);
}

/* Whether ouro__pool_give_slow() must be called now. Raw blocks are not counted in
 * `freed`: who asks for figures adds up what their pools have in use. */
OURO__INLINE bool pool_link_raw(struct pool *pool, void *block) {
  ouro__unpoison(block, pool->size);
  memcpy((char *)block + sizeof(ouro_header), &pool->free, sizeof pool->free);
  pool->free = block;
  return OURO__UNLIKELY(--pool->used == pool->slow);
}

/* The same for an object's block, whose death is not counted yet. Its header keeps the
 * LOGGED bits only, says that it is no object any more, and stays readable. */
OURO__INLINE bool pool_link_header(struct pool *pool, ouro_header *header) {
  header->refcount = 0;
  header->meta = (header->meta & OURO__LOGGED) | OURO__DYING;
  bool slow = pool_link_raw(pool, header);
  ouro__poison(ouro__payload(header), pool->size - sizeof *header);
  return slow;
}

OURO__INLINE bool pool_link(ouro_heap *heap, uint32_t index, ouro_header *header) {
  struct pool *pool = &heap->pools[index];
  heap->classes[pool->size_class].freed++;
  return pool_link_header(pool, header);
}

/* Give an object's block back. */
OURO__INLINE void pool_give(ouro_heap *heap, ouro_header *header) {
  uint32_t index = ouro__pool_index(heap, header);
  if (pool_link(heap, index, header))
    ouro__pool_give_slow(heap, index);
}

OURO__INLINE void pool_give_raw(ouro_heap *heap, void *block) {
  uint32_t index = ouro__pool_index(heap, block);
  bool slow = pool_link_raw(&heap->pools[index], block);
  ouro__poison(block, heap->pools[index].size);
  if (slow)
    ouro__pool_give_slow(heap, index);
}

/* The block of a class, the fast way. */
OURO__INLINE void *pool_take_block(ouro_heap *heap, unsigned size_class, bool raw) {
  struct size_class *class = &heap->classes[size_class];
  void *block = pool_take(class->current, raw);
  if (OURO__UNLIKELY(block == NULL)) {
    block = ouro__pool_take_slow(heap, size_class);
    if (block == NULL)
      return NULL;
  }
  class->allocated++;
  return block;
}

#endif
