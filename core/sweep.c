/* sweep.c - garbage without callbacks goes back pool by pool.
 *
 *   marks of a pool   1 1 0 1 0 0 1 1   who was reached
 *   find              0 0 1 0 0 1 0 0   who is garbage: a tracked object, not reached
 *   free              is that all that is in use? the pool starts again at the front,
 *                     nothing is written into it; otherwise block by block
 *
 * While other objects die in the clearing, user code may run and fill free blocks of
 * the same pools; bits stay true, because a block that is garbage is in use until it is
 * freed. */
#include "sweep.h"

#include "trace.h"

/* ---- find ---- */

static void note(struct search *search, ouro_header *header, uint64_t *word,
                 uint64_t bit) {
  *word |= bit;
  search->garbage++;
  unreachable_note(search, header);
}

/* What is not marked, and is there, and is tracked. */
static void find_by_headers(struct search *search, uint32_t index, uint32_t blocks) {
  ouro_heap *heap = search->heap;
  uint32_t first = index << OURO__BLOCK_BITS;
  for (uint32_t at = 0; at < blocks; at += 64) {
    uint64_t *word = &heap->marks[(first + at) / 64];
    uint64_t bits = ~*word & trace_valid(blocks, at / 64);
    *word = 0;
    for (; OURO__UNLIKELY(bits != 0); bits &= bits - 1) {
      ouro_header *header =
          ouro__header(heap, first + at + (uint32_t)__builtin_ctzll(bits));
      if (ouro__is_candidate(header, OURO__OLD))
        note(search, header, word, bits & -bits);
    }
  }
}

/* A pool without holes, in which all is tracked and simple: not marked is garbage. */
static void find_by_marks(struct search *search, uint32_t index, uint32_t blocks) {
  uint64_t *words = &search->heap->marks[((size_t)index << OURO__BLOCK_BITS) / 64];
  for (uint32_t at = 0; at < blocks; at += 64) {
    words[at / 64] = ~words[at / 64] & trace_valid(blocks, at / 64);
    search->garbage += (unsigned)__builtin_popcountll(words[at / 64]);
  }
}

static void find_in_pool(struct search *search, uint32_t index) {
  ouro_heap *heap = search->heap;
  struct pool *pool = &heap->pools[index];
  uint32_t blocks = trace_blocks(heap, index);
  uint64_t before = search->garbage;
  if (pool->candidates == blocks && !pool->odd)
    find_by_marks(search, index, blocks);
  else
    find_by_headers(search, index, blocks);
  pool->garbage = (uint16_t)(search->garbage - before);
  memset(&heap->gc_refs[(size_t)index << OURO__BLOCK_BITS], 0, pool->capacity);
}

static void find_in_large(struct search *search) {
  ouro_heap *heap = search->heap;
  if (heap->large_top == 0)
    return;
  memset(&heap->gc_refs[heap->large_id], 0, heap->large_top);
  for (uint32_t slot = 0; slot < heap->large_top; slot++) {
    uint32_t id = heap->large_id + slot;
    uint64_t *word = &heap->marks[id / 64];
    uint64_t bit = UINT64_C(1) << (id & 63);
    ouro_header *header = heap->large[slot].header;
    bool marked = (*word & bit) != 0;
    *word &= ~bit;
    if (header != NULL && !marked && ouro__is_candidate(header, OURO__OLD))
      note(search, header, word, bit);
  }
}

void ouro__sweep_find(struct search *search) {
  ouro_heap *heap = search->heap;
  search->garbage = 0;
  search->simple = search->mute = true;
  for (uint32_t index = 0; index < heap->pool_top; index++) {
    heap->pools[index].garbage = 0;
    if (ouro__has_objects(&heap->pools[index]))
      find_in_pool(search, index);
  }
  find_in_large(search);
  /* Who listens to debug lines, or wants the garbage kept, wants it object by object.
   */
  search->swept = search->simple && heap->debug == 0;
}

/* ---- each piece of garbage ---- */

OURO__INLINE void each_in_pool(struct search *search, uint32_t index,
                               trace_visit *visit, void *context) {
  ouro_heap *heap = search->heap;
  const struct pool *pool = &heap->pools[index];
  uint32_t first = index << OURO__BLOCK_BITS;
  char *start = ouro__first_block(heap, index);
  size_t size = pool->size;
  for (uint32_t at = 0; at < pool->capacity; at += 64)
    for (uint64_t bits = heap->marks[(first + at) / 64]; bits != 0; bits &= bits - 1) {
      uint32_t block = at + (uint32_t)__builtin_ctzll(bits);
      visit(search, (ouro_header *)(void *)(start + block * size), first + block,
            context);
    }
}

OURO__INLINE void each_large(struct search *search, trace_visit *visit, void *context) {
  ouro_heap *heap = search->heap;
  for (uint32_t slot = 0; slot < heap->large_top; slot++)
    if (ouro__is_marked(heap, heap->large_id + slot))
      visit(search, heap->large[slot].header, heap->large_id + slot, context);
}

OURO__INLINE void each_garbage(struct search *search, trace_visit *visit,
                               void *context) {
  ouro_heap *heap = search->heap;
  for (uint32_t index = 0; index < heap->pool_top; index++)
    if (heap->pools[index].garbage != 0)
      each_in_pool(search, index, visit, context);
  each_large(search, visit, context);
}

/* The pool's share of the search is over. */
static void clean_pool(ouro_heap *heap, uint32_t index) {
  struct pool *pool = &heap->pools[index];
  pool->garbage = 0;
  memset(&heap->marks[((size_t)index << OURO__BLOCK_BITS) / 64], 0,
         (pool->capacity + 63u) / 64u * 8u);
}

static void clean_large(ouro_heap *heap) {
  memset(&heap->marks[heap->large_id / 64], 0, (heap->large_top + 63u) / 64u * 8u);
}

ouro_header *ouro__sweep_first(const struct search *search) {
  ouro_heap *heap = search->heap;
  for (uint32_t index = 0; index < heap->pool_top; index++) {
    if (heap->pools[index].garbage == 0)
      continue;
    uint32_t id = index << OURO__BLOCK_BITS;
    while (!ouro__is_marked(heap, id))
      id++;
    return ouro__header(heap, id);
  }
  uint32_t slot = 0;
  while (!ouro__is_marked(heap, heap->large_id + slot))
    slot++;
  return heap->large[slot].header;
}

/* ---- as a list ---- */

static void list_one(struct search *search, ouro_header *header, uint32_t id,
                     void *context) {
  (void)id, (void)context;
  struct header_list *garbage = &search->heap->garbage;
  header->meta |= OURO__UNREACHABLE;
  garbage->items[garbage->length++] = header;
}

int ouro__sweep_to_list(struct search *search) {
  ouro_heap *heap = search->heap;
  size_t count = (size_t)search->garbage;
  heap->garbage.length = 0;
  /* Finalizers may resurrect all of it; afterwards it is too late to be short of
   * memory.
   */
  int error = ouro__unreachable_reserve(heap, &heap->garbage, count);
  if (error == OURO_OK)
    error = ouro__unreachable_reserve(heap, &heap->stack, count);
  if (error == OURO_OK)
    error = ouro__unreachable_reserve(heap, &heap->candidates, count);
  if (error == OURO_OK)
    each_garbage(search, list_one, NULL);
  for (uint32_t index = 0; index < heap->pool_top; index++)
    if (heap->pools[index].garbage != 0)
      clean_pool(heap, index);
  clean_large(heap);
  return error;
}

/* ---- clear ---- */

/* What dies meanwhile cannot be garbage: that is referred to by garbage. */
static void count_down_unmarked(void *context, ouro_header *target) {
  ouro_heap *heap = context;
  if (!ouro__is_marked(heap, ouro__id(heap, target)))
    ouro_decref(heap, ouro__payload(target));
}

static void count_down_unflagged(void *context, ouro_header *target) {
  if (!(target->meta & OURO__UNREACHABLE))
    ouro_decref(context, ouro__payload(target));
}

/* Neighbours are mostly alike: they are counted in runs. */
struct run {
  uint32_t kind; /* meta's type and age */
  uint32_t objects;
  uint64_t bytes;
  uint64_t ages[OURO__AGES];
};

static void end_run(ouro_heap *heap, struct run *run) {
  if (run->objects == 0) /* and perhaps no row: there may be no type yet */
    return;
  struct freed_row *row = &heap->freed[run->kind & OURO__TYPE_MASK];
  row->objects += run->objects;
  row->bytes += run->bytes;
  run->ages[run->kind >> OURO__AGE_SHIFT] += run->objects;
  run->objects = 0;
  run->bytes = 0;
}

OURO__INLINE void count_out(ouro_heap *heap, struct run *run,
                            const ouro_header *header) {
  uint32_t kind = header->meta & (OURO__TYPE_MASK | OURO__AGE_MASK);
  if (OURO__UNLIKELY(kind != run->kind)) {
    end_run(heap, run);
    run->kind = kind;
  }
  run->objects++;
  run->bytes += alloc_bytes(heap, header);
}

static void end_count(ouro_heap *heap, struct run *run) {
  end_run(heap, run);
  uint64_t gone = 0;
  for (unsigned age = 0; age < OURO__AGES; age++) {
    heap->aged[age] -= run->ages[age];
    gone += age < OURO__UNTRACKED ? run->ages[age] : 0;
  }
  heap->counts[0] = heap->counts[0] > gone ? heap->counts[0] - gone : 0;
}

static void clear_one(struct search *search, ouro_header *header, uint32_t id,
                      void *context) {
  (void)id;
  count_out(search->heap, context, header);
  refs_each(search->heap, header, count_down_unmarked, search->heap);
}

void ouro__sweep_clear(struct search *search) {
  struct run run = {0};
  if (search->garbage == 0)
    return;
  each_garbage(search, clear_one, &run);
  end_count(search->heap, &run);
}

void ouro__sweep_clear_list(ouro_heap *heap) {
  struct run run = {0};
  for (size_t i = 0; i < heap->garbage.length; i++) {
    ouro_header *header = heap->garbage.items[i];
    count_out(heap, &run, header);
    refs_each(heap, header, count_down_unflagged, heap);
  }
  end_count(heap, &run);
}

/* ---- free ---- */

static void free_one(struct search *search, ouro_header *header, uint32_t id,
                     void *context) {
  (void)id;
  ouro_heap *heap = search->heap;
  struct pool *pool = context;
  header->refcount = 0;
  header->meta = OURO__DYING;
  ouro__unpoison(header, pool->size);
  memcpy(ouro__payload(header), &pool->free, sizeof pool->free);
  pool->free = header;
  ouro__poison(ouro__payload(header), pool->size - sizeof *header);
  heap->classes[pool->size_class].freed++;
  pool->used--;
}

/* Why the bits are cleaned first: a pool that is empty may go, and its arena with it.
 */
static void free_pool(struct search *search, uint32_t index) {
  ouro_heap *heap = search->heap;
  struct pool *pool = &heap->pools[index];
  bool all = pool->garbage == pool->used;
  if (!all)
    each_in_pool(search, index, free_one, pool);
  clean_pool(heap, index);
  if (all)
    ouro__pool_empty(heap, index);
  else if (pool->used <= pool->slow)
    ouro__pool_give_slow(heap, index);
}

static void free_large(struct search *search, ouro_header *header, uint32_t id,
                       void *context) {
  (void)id, (void)context;
  header->meta = 0;
  ouro__alloc_give_large(search->heap, header);
}

void ouro__sweep_free(struct search *search) {
  ouro_heap *heap = search->heap;
  if (search->garbage == 0)
    return;
  for (uint32_t index = 0; index < heap->pool_top; index++)
    if (heap->pools[index].garbage != 0)
      free_pool(search, index);
  each_large(search, free_large, NULL);
  clean_large(heap);
}

/* From `at` on: how many pieces of garbage lie in the same pool. */
static size_t same_pool(const ouro_heap *heap, size_t at, uint32_t index) {
  const struct header_list *garbage = &heap->garbage;
  size_t end = at;
  while (end < garbage->length && ouro__is_small(heap, garbage->items[end]) &&
         ouro__pool_index(heap, garbage->items[end]) == index)
    end++;
  return end - at;
}

/* Why not where a log names the pool: it may name blocks of the garbage, by what lived
 * there before, and would take what is left in their headers for objects. */
static bool empty_pool(ouro_heap *heap, uint32_t index, size_t count) {
  const struct pool *pool = &heap->pools[index];
  if (pool->used != count || pool->named != 0)
    return false;
  ouro__pool_empty(heap, index);
  return true;
}

void ouro__sweep_free_list(ouro_heap *heap) {
  struct header_list *garbage = &heap->garbage;
  for (size_t i = 0; i < garbage->length;) {
    ouro_header *header = garbage->items[i];
    if (!ouro__is_small(heap, header)) {
      ouro__alloc_give_large(heap, header);
      i++;
      continue;
    }
    uint32_t index = ouro__pool_index(heap, header);
    size_t count = same_pool(heap, i, index);
    bool emptied = empty_pool(heap, index, count);
    for (size_t end = i + count; i < end; i++)
      if (!emptied)
        pool_give(heap, garbage->items[i]);
  }
  garbage->length = 0;
}
