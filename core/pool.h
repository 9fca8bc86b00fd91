/* pool.h - one size class a pool; taking and giving blocks. */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include "heap_private.h"
#include "sizeclass.h"

/* A block of the class, with its header's refcount 0 and LOGGED bits as they were, the
 * payload undefined. NULL when there is no memory. */
ouro_header *pool_take_slow(ouro_heap *heap, unsigned size_class);

/* After a block was given back and `used` fell to `slow`. */
void pool_give_slow(ouro_heap *heap, uint32_t index);

/* Return a pool to its arena if nothing is in it, nothing names it, and it is not the
 * one its class allocates from. */
void pool_retire(ouro_heap *heap, uint32_t index);

/* Bytes of a payload that ASan may flag while the block is free. */
OURO__INLINE size_t pool_payload_bytes(const struct pool *pool) {
  return pool->size - sizeof(ouro_header);
}

OURO__INLINE ouro_header *pool_take(struct pool *pool) {
  void *payload = pool->free;
  if (payload != NULL) {
    ouro__unpoison(payload, pool_payload_bytes(pool));
    memcpy(&pool->free, payload, sizeof pool->free);
    pool->used++;
    return ouro_header_of(payload);
  }
  if (pool->bump != pool->end) {
    ouro_header *header = (ouro_header *)(void *)pool->bump;
    ouro__unpoison(header, pool->size);
    pool->bump += pool->size;
    pool->used++;
    return header;
  }
  return NULL;
}

/* Give a block back. Its header keeps the LOGGED bits only. */
OURO__INLINE void pool_give(ouro_heap *heap, ouro_header *header) {
  uint32_t index = ouro__pool_index(heap, header);
  struct pool *pool = &heap->pools[index];
  void *payload = ouro__payload(header);
  header->refcount = 0;
  header->meta &= OURO__LOGGED;
  memcpy(payload, &pool->free, sizeof pool->free);
  pool->free = payload;
  ouro__poison(payload, pool_payload_bytes(pool));
  heap->classes[pool->size_class].freed++;
  if (OURO__UNLIKELY(--pool->used == pool->slow))
    pool_give_slow(heap, index);
}

/* The block of a class, the fast way. */
OURO__INLINE ouro_header *pool_take_block(ouro_heap *heap, unsigned size_class) {
  struct size_class *class = &heap->classes[size_class];
  ouro_header *header = NULL;
  if (OURO__LIKELY(class->current != OURO__NONE))
    header = pool_take(&heap->pools[class->current]);
  if (OURO__UNLIKELY(header == NULL)) {
    header = pool_take_slow(heap, size_class);
    if (header == NULL)
      return NULL;
  }
  class->allocated++;
  return header;
}

#endif
