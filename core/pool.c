/* pool.c - equal-sized blocks cut from one 64 KiB pool; its descriptor lives elsewhere.
 *
 *   (lead) | block | block | block | block | . . . . . . . . |
 *              ^ free list                 ^ bump: nothing past here is in use
 *
 *            arena -> FREE -> CURRENT -> FULL -> PARTIAL -> CURRENT ...
 *                       ^                          | last block freed
 *                       +--------------------------+
 *
 * Freed blocks are reused before the bump pointer moves, so an idle pool keeps its
 * untouched part out of physical memory. When its last block is freed a pool forgets
 * the free list and starts again at the front: blocks freed in random order come back
 * in address order, at no cost. */
#include "pool.h"

#include "arena.h"

static void partial_add(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  struct size_class *class = &heap->classes[pool->size_class];
  pool->state = POOL_PARTIAL;
  pool->prev = OURO__NONE;
  pool->next = class->partial;
  if (class->partial != OURO__NONE)
    heap->pools[class->partial].prev = index;
  class->partial = index;
}

static void partial_remove(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  struct size_class *class = &heap->classes[pool->size_class];
  if (pool->prev != OURO__NONE)
    heap->pools[pool->prev].next = pool->next;
  else
    class->partial = pool->next;
  if (pool->next != OURO__NONE)
    heap->pools[pool->next].prev = pool->prev;
}

/* Start again at the front. Headers stay as they are: refcount 0, LOGGED bits valid. */
static void reset(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  uint16_t touched =
      (uint16_t)((size_t)(pool->bump - ouro__first_block(heap, index)) / pool->size);
  if (touched > pool->touched)
    pool->touched = touched;
  pool->free = NULL;
  pool->bump = ouro__first_block(heap, index);
}

/* Why the memset: headers of the new class lie where payloads of the old one were, and
 * a header that was never used must read as free and not logged. */
static void change_class(ouro_heap *heap, uint32_t index, unsigned size_class) {
  struct pool *pool = &heap->pools[index];
  char *start = ouro__pool_start(heap, index);
  struct pool_layout layout = pool_layout(size_class);
  if (pool->touched > 0) {
    size_t bytes = (size_t)pool->touched * pool->size + pool->lead;
    ouro__unpoison(start, bytes);
    memset(start, 0, bytes);
    ouro__poison(start, bytes);
  }
  pool->touched = 0;
  pool->size_class = (uint8_t)size_class;
  pool->size = (uint16_t)layout.size;
  pool->lead = (uint8_t)layout.lead;
  pool->capacity = (uint16_t)layout.capacity;
  pool->reciprocal = (uint32_t)((UINT64_C(1) << 32) / layout.size + 1);
  pool->bump = start + pool->lead;
  pool->end = pool->bump + (size_t)layout.capacity * layout.size;
}

void *pool_take_slow(ouro_heap *heap, unsigned size_class) {
  struct size_class *class = &heap->classes[size_class];
  uint32_t next = class->partial;
  if (next != OURO__NONE) {
    partial_remove(heap, next);
  } else {
    next = arena_take_pool(heap);
    if (next == OURO__NONE)
      return NULL;
    struct pool *pool = &heap->pools[next];
    if (pool->size == 0 || pool->size_class != size_class)
      change_class(heap, next, size_class);
    pool->slow = 0;
    class->pools++;
  }
  /* Only now is the old one replaced, so that a failure leaves everything in place. */
  if (class->current != OURO__NONE) {
    struct pool *full = &heap->pools[class->current];
    full->state = POOL_FULL;
    full->slow = full->capacity - 1u;
  }
  heap->pools[next].state = POOL_CURRENT;
  class->current = next;
  return pool_take(&heap->pools[next]);
}

void pool_give_slow(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  if (pool->state == POOL_FULL) {
    pool->slow = 0;
    partial_add(heap, index);
    return;
  }
  reset(heap, index);
  pool_retire(heap, index);
}

void pool_retire(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  if (pool->used != 0 || pool->logged != 0 || pool->state != POOL_PARTIAL)
    return;
  partial_remove(heap, index);
  pool->state = POOL_FREE;
  heap->classes[pool->size_class].pools--;
  arena_return_pool(heap, index);
}
