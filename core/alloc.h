/* alloc.h - the front door for memory: small blocks from pools, large ones apart. */
#ifndef CORE_ALLOC_H
#define CORE_ALLOC_H

#include "pool.h"

/* A large block of `bytes` with its header (refcount 0, LOGGED bits of its slot). */
ouro_header *ouro__alloc_large(ouro_heap *heap, size_t bytes);

/* The size class of an object of this size, OURO_SIZE_CLASSES for a large one. */
OURO__INLINE unsigned sizeclass_for(const struct ouro_type *type, size_t bytes) {
  bytes += OURO__RED_ZONE;
  if (bytes > OURO__SMALL_BYTES)
    return OURO_SIZE_CLASSES;
  return type->info.flags & OURO_TYPE_ALIGN16 ? sizeclass_aligned(bytes)
                                              : sizeclass_of(bytes);
}

/* Give a block back, whatever its size. The object is already accounted as gone. */
void ouro__alloc_give_large(ouro_heap *heap, ouro_header *header);

OURO__INLINE void alloc_give(ouro_heap *heap, ouro_header *header) {
  if (OURO__LIKELY(ouro__is_small(heap, header)))
    pool_give(heap, header);
  else
    ouro__alloc_give_large(heap, header);
}

/* Bytes that an object occupies, header included. */
OURO__INLINE size_t alloc_bytes(const ouro_heap *heap, const ouro_header *header) {
  if (OURO__LIKELY(ouro__is_small(heap, header)))
    return heap->pools[ouro__pool_index(heap, header)].size;
  return heap->large[*ouro__large_slot(header)].bytes;
}

/* The same without the red zone: what the object may use. */
OURO__INLINE size_t alloc_usable_bytes(const ouro_heap *heap,
                                       const ouro_header *header) {
  size_t bytes = alloc_bytes(heap, header);
  return ouro__is_small(heap, header) ? bytes - OURO__RED_ZONE : bytes;
}

#endif
