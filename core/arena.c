/* arena.c - regions from the system, carved into pools; fullest first; given back.
 *
 *   arena_lists[n]: the arenas that have n free pools
 *     [1] o-o-o   [2] o   ...   [32] o (empty)   gone: o-o (not committed)
 *
 * A pool is always taken from the arena with the fewest free ones, so that sparse
 * arenas drain and can go back to the system. An arena is 2 MiB, a huge page. Empty
 * ones are kept for a second, so that a heap that breathes does not call the system and
 * fault its pages in again each time. */
#include "arena.h"

static const size_t meta_bytes_per_arena[OURO__METAS] = {
    [META_POOLS] = OURO__ARENA_POOLS * sizeof(struct pool),
    [META_RECIPROCALS] = OURO__ARENA_POOLS * sizeof(uint32_t),
    [META_NAMED0] = OURO__ARENA_POOLS * sizeof(uint32_t),
    [META_NAMED1] = OURO__ARENA_POOLS * sizeof(uint32_t),
    [META_ARENAS] = sizeof(struct arena),
    [META_REFS] = (size_t)OURO__ARENA_POOLS * OURO__BLOCKS,
    [META_MARKS] = (size_t)OURO__ARENA_POOLS * OURO__BLOCKS / 8,
};

static size_t round_up(size_t value, size_t step) {
  return (value + step - 1) / step * step;
}

static char *align_up(char *address, size_t step) {
  return address + (step - (uintptr_t)address % step) % step;
}

bool ouro__arena_fits(const ouro_heap *heap, size_t more) {
  if (heap->memory_limit == 0)
    return true;
  size_t held = (size_t)heap->arenas_in_use * OURO__ARENA_BYTES + heap->large_bytes +
                heap->large_block_bytes;
  return held <= heap->memory_limit && more <= heap->memory_limit - held;
}

/* Commit [from, to) of what starts at `start`, in whole steps; `*done` is how far. */
static int commit_to(ouro_heap *heap, char *start, size_t *done, size_t to) {
  size_t step = to <= OURO__META_BIG ? OURO__META_STEP : OURO__META_BIG;
  size_t target = round_up(to, step);
  if (target <= *done)
    return OURO_OK;
  if (heap->memory.commit(heap->memory.context, start + *done, target - *done) != 0)
    return OURO_ENOMEM;
  *done = target;
  return OURO_OK;
}

int ouro__arena_commit_large(ouro_heap *heap, uint32_t slots) {
  char *refs = (char *)heap->gc_refs + heap->large_id;
  char *marks = (char *)heap->marks + heap->large_id / 8;
  if (commit_to(heap, refs, &heap->large_meta_committed[0], slots) != OURO_OK)
    return OURO_ENOMEM;
  return commit_to(heap, marks, &heap->large_meta_committed[1], slots / 8 + 8);
}

/* ---- lists ---- */

static void list_add(ouro_heap *heap, uint32_t index) {
  struct arena *arena = &heap->arenas[index];
  uint32_t *head = &heap->arena_lists[arena->free_count];
  arena->prev = OURO__NONE;
  arena->next = *head;
  if (*head != OURO__NONE)
    heap->arenas[*head].prev = index;
  *head = index;
}

static void list_remove(ouro_heap *heap, uint32_t index) {
  struct arena *arena = &heap->arenas[index];
  if (arena->prev != OURO__NONE)
    heap->arenas[arena->prev].next = arena->next;
  else
    heap->arena_lists[arena->free_count] = arena->next;
  if (arena->next != OURO__NONE)
    heap->arenas[arena->next].prev = arena->prev;
}

/* ---- coming and going ---- */

static char *arena_start(const ouro_heap *heap, uint32_t index) {
  return heap->base + (size_t)index * OURO__ARENA_BYTES;
}

static int arena_new(ouro_heap *heap) {
  if (!ouro__arena_fits(heap, OURO__ARENA_BYTES))
    return OURO_ENOMEM;
  uint32_t index = heap->arena_gone;
  if (index == OURO__NONE) {
    if (heap->arena_top == heap->arena_limit)
      return OURO_ENOMEM;
    index = heap->arena_top;
    for (int i = 0; i < OURO__METAS; i++)
      if (commit_to(heap, heap->meta_start[i], &heap->meta_committed[i],
                    meta_bytes_per_arena[i] * (index + 1)) != OURO_OK)
        return OURO_ENOMEM;
  }
  char *start = arena_start(heap, index);
  if (heap->memory.commit(heap->memory.context, start, OURO__ARENA_BYTES) != 0)
    return OURO_ENOMEM;
  ouro__poison(start, OURO__ARENA_BYTES);
  struct arena *arena = &heap->arenas[index];
  if (index == heap->arena_gone) {
    heap->arena_gone = arena->next;
  } else {
    heap->arena_top++;
    heap->pool_top = heap->arena_top * OURO__ARENA_POOLS;
  }
  arena->committed = true;
  arena->free_pools = UINT32_MAX;
  arena->free_count = OURO__ARENA_POOLS;
  list_add(heap, index);
  heap->arenas_in_use++;
  heap->arenas_allocated++;
  if (heap->arenas_in_use > heap->arenas_highwater)
    heap->arenas_highwater = heap->arenas_in_use;
  return OURO_OK;
}

static void arena_release(ouro_heap *heap, uint32_t index) {
  struct arena *arena = &heap->arenas[index];
  char *start = arena_start(heap, index);
  list_remove(heap, index);
  ouro__unpoison(start, OURO__ARENA_BYTES);
  heap->memory.decommit(heap->memory.context, start, OURO__ARENA_BYTES);
  /* Its pools are zero again, as if no class had ever used them. */
  memset(&heap->pools[index * OURO__ARENA_POOLS], 0,
         OURO__ARENA_POOLS * sizeof(struct pool));
  arena->committed = false;
  arena->free_pools = 0;
  arena->next = heap->arena_gone;
  heap->arena_gone = index;
  heap->arenas_in_use--;
  heap->arenas_released++;
}

/* ---- pools ---- */

uint32_t ouro__arena_take_pool(ouro_heap *heap) {
  for (;;) {
    for (unsigned n = 1; n <= OURO__ARENA_POOLS; n++) {
      uint32_t index = heap->arena_lists[n];
      if (index == OURO__NONE)
        continue;
      struct arena *arena = &heap->arenas[index];
      unsigned bit = (unsigned)__builtin_ctz(arena->free_pools);
      list_remove(heap, index);
      arena->free_pools = arena->free_pools & (arena->free_pools - 1u);
      arena->free_count--;
      if (arena->free_count > 0)
        list_add(heap, index);
      return index * OURO__ARENA_POOLS + bit;
    }
    if (arena_new(heap) != OURO_OK)
      return OURO__NONE;
  }
}

/* Release arenas that have been empty since before `before_ns`, and all but `most` of
 * them. The list is in order of becoming empty, the latest first. Bytes given back. */
static size_t release_empty(ouro_heap *heap, unsigned most, uint64_t before_ns) {
  size_t bytes = 0;
  unsigned kept = 0;
  uint32_t next;
  for (uint32_t i = heap->arena_lists[OURO__ARENA_POOLS]; i != OURO__NONE; i = next) {
    next = heap->arenas[i].next;
    if (heap->arenas_in_use <= heap->arenas_kept)
      break;
    if (kept < most && heap->arenas[i].empty_ns >= before_ns) {
      kept++;
      continue;
    }
    arena_release(heap, i);
    bytes += OURO__ARENA_BYTES;
  }
  return bytes;
}

static bool any_empty(const ouro_heap *heap) {
  return heap->arena_lists[OURO__ARENA_POOLS] != OURO__NONE;
}

void ouro__arena_return_pool(ouro_heap *heap, uint32_t pool) {
  uint32_t index = pool / OURO__ARENA_POOLS;
  struct arena *arena = &heap->arenas[index];
  if (arena->free_count > 0)
    list_remove(heap, index);
  arena->free_pools |= UINT32_C(1) << pool % OURO__ARENA_POOLS;
  arena->free_count++;
  list_add(heap, index);
  if (arena->free_count < OURO__ARENA_POOLS)
    return;
  arena->empty_ns = ouro__now_ns();
  (void)release_empty(heap, OURO__SPARE_ARENAS, arena->empty_ns - OURO__SPARE_NS);
}

void ouro__arena_release_stale(ouro_heap *heap, uint64_t now_ns) {
  if (any_empty(heap))
    (void)release_empty(heap, OURO__SPARE_ARENAS, now_ns - OURO__SPARE_NS);
}

size_t ouro_heap_trim(ouro_heap *heap) {
  return release_empty(heap, 0, 0);
}

/* ---- life ---- */

int ouro__arena_init(ouro_heap *heap, size_t reserve_bytes, unsigned initial_arenas) {
  size_t want = reserve_bytes != 0 ? reserve_bytes : (size_t)OURO__RESERVE_BYTES;
  if (want < OURO__RESERVE_MIN)
    want = (size_t)OURO__RESERVE_MIN;
  if (want / OURO__POOL_BYTES > OURO__MAX_POOLS)
    want = (size_t)OURO__MAX_POOLS * OURO__POOL_BYTES;
  heap->arena_gone = OURO__NONE;
  for (unsigned n = 0; n <= OURO__ARENA_POOLS; n++)
    heap->arena_lists[n] = OURO__NONE;

  /* Halve until the system agrees to both reservations. */
  for (;; want /= 2) {
    if (want < OURO__RESERVE_MIN)
      return OURO_ENOMEM;
    size_t arenas = want / OURO__ARENA_BYTES;
    size_t pools = arenas * OURO__ARENA_POOLS;
    const size_t large_ids = (size_t)OURO__LARGE_POOLS * OURO__BLOCKS;
    size_t bytes[OURO__METAS], meta = 0;
    for (int i = 0; i < OURO__METAS; i++) {
      bytes[i] = meta_bytes_per_arena[i] * arenas;
      if (i == META_REFS)
        bytes[i] += large_ids;
      else if (i == META_MARKS)
        bytes[i] += large_ids / 8;
      bytes[i] = round_up(bytes[i], OURO__META_BIG);
      meta += bytes[i];
    }
    meta += OURO__META_BIG; /* so that the arrays can begin at a multiple of it */
    /* One arena more, so that arenas can begin at a multiple of their size: a huge page
     * then holds an arena. */
    size_t space = (arenas + 1) * OURO__ARENA_BYTES;
    void *pool_space = heap->memory.reserve(heap->memory.context, space);
    if (pool_space == NULL)
      continue;
    void *meta_space = heap->memory.reserve(heap->memory.context, meta);
    if (meta_space == NULL) {
      heap->memory.release(heap->memory.context, pool_space, space);
      continue;
    }
    heap->pool_space = pool_space;
    heap->pool_space_bytes = space;
    heap->meta_space = meta_space;
    heap->meta_space_bytes = meta;
    heap->arena_limit = (uint32_t)arenas;
    heap->base = align_up(pool_space, OURO__ARENA_BYTES);
    heap->range = arenas * OURO__ARENA_BYTES;
    heap->large_id = (uint32_t)(pools << OURO__BLOCK_BITS);
    char *at = align_up(meta_space, OURO__META_BIG);
    for (int i = 0; i < OURO__METAS; i++) {
      heap->meta_start[i] = at;
      at += bytes[i];
    }
    break;
  }
  heap->pools = (struct pool *)(void *)heap->meta_start[META_POOLS];
  heap->reciprocals = (uint32_t *)(void *)heap->meta_start[META_RECIPROCALS];
  heap->logs[0].pools = (uint32_t *)(void *)heap->meta_start[META_NAMED0];
  heap->logs[1].pools = (uint32_t *)(void *)heap->meta_start[META_NAMED1];
  heap->arenas = (struct arena *)(void *)heap->meta_start[META_ARENAS];
  heap->gc_refs = (uint8_t *)heap->meta_start[META_REFS];
  heap->marks = (uint64_t *)(void *)heap->meta_start[META_MARKS];

  for (unsigned i = 0; i < initial_arenas; i++)
    if (arena_new(heap) != OURO_OK)
      return OURO_ENOMEM;
  heap->arenas_kept = initial_arenas;
  return OURO_OK;
}

void ouro__arena_fini(ouro_heap *heap) {
  if (heap->pool_space != NULL) {
    ouro__unpoison(heap->base, (size_t)heap->arena_top * OURO__ARENA_BYTES);
    heap->memory.release(heap->memory.context, heap->pool_space,
                         heap->pool_space_bytes);
  }
  if (heap->meta_space != NULL)
    heap->memory.release(heap->memory.context, heap->meta_space,
                         heap->meta_space_bytes);
}
