/* pool.c - equal-sized blocks cut from one 64 KiB pool; its descriptor lives elsewhere.
 *
 *   (lead) | block | block | block | block | . . . . . . . . |
 *              ^ free list                 ^ bump: nothing past here is in use
 *
 *            arena -> FREE -> CURRENT -> FULL -> PARTIAL -> CURRENT ...
 *                       ^                          | last block freed
 *                       +--------------------------+
 *
 * A full pool rejoins its class's list when a sixteenth of it is free, so that blocks
 * freed here and there do not send every allocation through the list.
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

/* Start again at the front. Blocks that a log may still name keep their headers:
 * refcount 0, LOGGED bits valid. */
static void reset(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  char *start = ouro__first_block(heap, index);
  if (pool->named == 0)
    pool->clean = start;
  else if (pool->clean < pool->bump)
    pool->clean = pool->bump;
  pool->free = NULL;
  pool->bump = start;
}

static void change_class(ouro_heap *heap, uint32_t index, unsigned size_class) {
  struct pool *pool = &heap->pools[index];
  struct pool_layout layout = pool_layout(size_class);
  pool->size_class = (uint8_t)size_class;
  pool->size = (uint16_t)layout.size;
  pool->lead = (uint8_t)layout.lead;
  pool->capacity = (uint16_t)layout.capacity;
  pool->bump = ouro__pool_start(heap, index) + layout.lead;
  pool->end = pool->bump + (size_t)layout.capacity * layout.size;
  pool->clean = pool->bump;
  heap->reciprocals[index] = (uint32_t)((UINT64_C(1) << 32) / layout.size + 1);
}

/* When the class's list is empty and no pool can be had: full pools of which less than
 * a sixteenth is free are not in the list. */
static uint32_t find_nearly_full(const ouro_heap *heap, unsigned size_class) {
  for (uint32_t i = 0; i < heap->pool_top; i++) {
    const struct pool *pool = &heap->pools[i];
    if (pool->state == POOL_FULL && pool->size_class == size_class &&
        pool->used < pool->capacity)
      return i;
  }
  return OURO__NONE;
}

void *ouro__pool_take_slow(ouro_heap *heap, unsigned size_class) {
  struct size_class *class = &heap->classes[size_class];
  uint32_t next = class->partial;
  if (next != OURO__NONE) {
    partial_remove(heap, next);
  } else {
    next = ouro__arena_take_pool(heap);
    if (next != OURO__NONE) {
      struct pool *pool = &heap->pools[next];
      if (pool->size == 0 || pool->size_class != size_class)
        change_class(heap, next, size_class);
      class->pools++;
    } else {
      next = find_nearly_full(heap, size_class);
      if (next == OURO__NONE)
        return NULL;
    }
  }
  /* Only now is the old one replaced, so that a failure leaves everything in place. */
  struct pool *full = class->current;
  if (full != &heap->no_pool) {
    full->state = POOL_FULL;
    full->slow = pool_slow_when_full(full);
  }
  struct pool *pool = &heap->pools[next];
  pool->slow = 0;
  pool->state = POOL_CURRENT;
  class->current = pool;
  return pool_take(pool, size_class >= OURO_SIZE_CLASSES);
}

void ouro__pool_give_slow(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  if (pool->state == POOL_FULL) {
    pool->slow = 0;
    partial_add(heap, index);
  }
  if (pool->used > 0)
    return;
  reset(heap, index);
  ouro__pool_retire(heap, index);
}

void ouro__pool_empty(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  heap->classes[pool->size_class].freed += pool->used;
  pool->used = 0;
  if (OURO__ASAN) /* headers stay readable: a log may name them */
    for (char *at = ouro__first_block(heap, index); at < pool->bump; at += pool->size)
      ouro__poison(at + sizeof(ouro_header), pool->size - sizeof(ouro_header));
  ouro__pool_give_slow(heap, index);
}

void ouro__pool_retire(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  if (pool->used != 0 || pool->named != 0 || pool->state != POOL_PARTIAL)
    return;
  partial_remove(heap, index);
  pool->state = POOL_FREE;
  heap->classes[pool->size_class].pools--;
  ouro__arena_return_pool(heap, index);
}
