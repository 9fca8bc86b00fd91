/* block.c - raw blocks: the pools' own speed, without what makes an object.
 *
 *   up to 512 bytes    a block of a raw pool; its pool's descriptor knows the rest
 *   above              | next, prev, bytes | block ...     ordinary memory, in a list
 */
#include "block.h"

#include "arena.h"
#include "pool.h"

struct large_block {
  struct large_block *next, *prev;
  size_t bytes;
  size_t unused; /* keeps the block 16-aligned */
};

static void *new_large(ouro_heap *heap, size_t size) {
  if (size > SIZE_MAX / 2 || !ouro__arena_fits(heap, size))
    return NULL;
  struct large_block *large = ouro__allocate(heap, sizeof *large + size);
  if (large == NULL)
    return NULL;
  *large = (struct large_block){.next = heap->large_blocks, .bytes = size};
  if (large->next != NULL)
    large->next->prev = large;
  heap->large_blocks = large;
  heap->large_block_bytes += size;
  return large + 1;
}

static void free_large(ouro_heap *heap, struct large_block *large) {
  if (large->next != NULL)
    large->next->prev = large->prev;
  if (large->prev != NULL)
    large->prev->next = large->next;
  else
    heap->large_blocks = large->next;
  heap->large_block_bytes -= large->bytes;
  ouro__deallocate(heap, large, sizeof *large + large->bytes);
}

static bool is_small_size(size_t size) {
  return size <= OURO__SMALL_BYTES - OURO__RED_ZONE;
}

static unsigned class_of(size_t size) {
  return OURO_SIZE_CLASSES + sizeclass_of(size + OURO__RED_ZONE);
}

static __attribute__((noinline)) void *new_slowly(ouro_heap *heap, size_t size) {
  if (!is_small_size(size))
    return new_large(heap, size);
  void *block = pool_take_block(heap, class_of(size), true);
  if (block != NULL)
    pool_fence(block, heap->pools[ouro__pool_index(heap, block)].size);
  return block;
}

/* Why the fast ways call nothing before their end: they need no stack frame then. */
void *ouro_block_new(ouro_heap *heap, size_t size) {
  if (OURO__UNLIKELY(!is_small_size(size)))
    return new_slowly(heap, size);
  struct size_class *class = &heap->classes[class_of(size)];
  struct pool *pool = class->current;
  void *block = pool_take(pool, true);
  if (OURO__UNLIKELY(block == NULL))
    return new_slowly(heap, size);
  class->allocated++;
  pool_fence(block, pool->size);
  return block;
}

static __attribute__((noinline)) void free_apart(ouro_heap *heap, void *block) {
  if (block != NULL)
    free_large(heap, (struct large_block *)block - 1);
}

void ouro_block_free(ouro_heap *heap, void *block) {
  if (OURO__LIKELY(ouro__is_small(heap, block)))
    pool_give_raw(heap, block);
  else
    free_apart(heap, block);
}

size_t ouro_block_size(const ouro_heap *heap, const void *block) {
  if (ouro__is_small(heap, block))
    return heap->pools[ouro__pool_index(heap, block)].size - OURO__RED_ZONE;
  return ((const struct large_block *)block - 1)->bytes;
}

void *ouro_block_resize(ouro_heap *heap, void *block, size_t size) {
  size_t old = block != NULL ? ouro_block_size(heap, block) : 0;
  /* A block that fits and is not mostly empty afterwards stays where it is. */
  if (block != NULL && size <= old && (size > old / 2 || old == 16))
    return block;
  void *moved = ouro_block_new(heap, size);
  if (moved == NULL)
    return NULL;
  if (block != NULL)
    memcpy(moved, block, size < old ? size : old);
  ouro_block_free(heap, block);
  return moved;
}

void ouro__block_fini(ouro_heap *heap) {
  while (heap->large_blocks != NULL)
    free_large(heap, heap->large_blocks);
}
