/* poolmap.c - pool descriptors, made public eight bytes at a time. */
#include "pool.h"

_Static_assert(OURO_ARENA_POOLS == OURO__ARENA_POOLS, "the public header says so");
_Static_assert(sizeof(ouro_pool_row) == 8, "the public header says so");

size_t ouro_pool_count(const ouro_heap *heap) {
  return heap->pool_top;
}

static ouro_pool_row row_of(const ouro_heap *heap, uint32_t index) {
  static const uint8_t states[] = {
      [POOL_FREE] = OURO_POOL_EMPTY,
      [POOL_CURRENT] = OURO_POOL_CURRENT,
      [POOL_PARTIAL] = OURO_POOL_PARTIAL,
      [POOL_FULL] = OURO_POOL_FULL,
  };
  const struct pool *pool = &heap->pools[index];
  if (!heap->arenas[index / OURO__ARENA_POOLS].committed)
    return (ouro_pool_row){.state = OURO_POOL_GONE};
  ouro_pool_row row = {.state = states[pool->state]};
  if (row.state == OURO_POOL_EMPTY)
    return row;
  row.block_bytes = pool->size;
  row.used = (uint16_t)pool->used;
  row.capacity = pool->capacity;
  row.is_raw = pool->size_class >= OURO_SIZE_CLASSES;
  return row;
}

size_t ouro_pool_map(const ouro_heap *heap, size_t first, ouro_pool_row *rows,
                     size_t capacity) {
  size_t count = 0;
  while (count < capacity && first + count < heap->pool_top) {
    rows[count] = row_of(heap, (uint32_t)(first + count));
    count++;
  }
  return count;
}
