/* unreachable.c - subtract, mark, list; the part that decides how fast Ouro is.
 *
 *   candidate --refs--> [ ring of 16 in flight ] --> the byte or bit, now in the cache
 *
 * Every random line is asked for 16 references before it is needed. Candidates are read
 * in address order, pool by pool; what is written lies in gc_refs and marks, one byte
 * and one bit an object, so that even ten million objects touch little. */
#include "unreachable.h"

#include <stdlib.h>

int unreachable_reserve(ouro_heap *heap, struct header_list *list, size_t count) {
  if (count <= list->capacity)
    return OURO_OK;
  size_t capacity = list->capacity < 512 ? 1024 : list->capacity * 2;
  if (capacity < count)
    capacity = count;
  ouro_header **items = ouro__allocate(heap, capacity * sizeof(ouro_header *));
  if (items == NULL)
    return OURO_ENOMEM;
  if (list->length > 0)
    memcpy(items, list->items, list->length * sizeof(ouro_header *));
  ouro__deallocate(heap, list->items, list->capacity * sizeof(ouro_header *));
  list->items = items;
  list->capacity = capacity;
  return OURO_OK;
}

int unreachable_list_young(struct search *search) {
  ouro_heap *heap = search->heap;
  size_t most = heap->logs[0].length;
  if (search->generation > 0)
    most += heap->logs[1].length;
  heap->candidates.length = 0;
  if (unreachable_reserve(heap, &heap->candidates, most) != OURO_OK)
    return OURO_ENOMEM;
  for (unsigned log = 0; log <= search->generation; log++)
    for (size_t i = 0; i < heap->logs[log].length; i++) {
      ouro_header *header = ouro__header(heap, heap->logs[log].ids[i]);
      /* An object of age 1 may be named in log 0 too, if its block was reused. */
      if (header != NULL && ouro__is_candidate(header, log) && ouro__age(header) == log)
        heap->candidates.items[heap->candidates.length++] = header;
    }
  return OURO_OK;
}

/* ---- walks over candidates ---- */

typedef void candidate_visit(struct search *search, ouro_header *header, uint32_t id,
                             void *context);

OURO__INLINE void each_in_pools(struct search *search, candidate_visit *visit,
                                void *context) {
  ouro_heap *heap = search->heap;
  for (uint32_t index = 0; index < heap->pool_top; index++) {
    const struct pool *pool = &heap->pools[index];
    if (!ouro__has_objects(pool))
      continue;
    uint32_t id = index << OURO__BLOCK_BITS;
    size_t size = pool->size;
    const char *bump = pool->bump;
    for (char *at = ouro__first_block(heap, index); at != bump; at += size, id++) {
      ouro_header *header = (ouro_header *)(void *)at;
      if (ouro__is_candidate(header, OURO__OLD))
        visit(search, header, id, context);
    }
  }
  for (uint32_t slot = 0; slot < heap->large_top; slot++) {
    ouro_header *header = heap->large[slot].header;
    if (header != NULL && ouro__is_candidate(header, OURO__OLD))
      visit(search, header, heap->large_id + slot, context);
  }
}

OURO__INLINE void each_candidate(struct search *search, candidate_visit *visit,
                                 void *context) {
  ouro_heap *heap = search->heap;
  if (search->scope == SCOPE_ALL) {
    each_in_pools(search, visit, context);
    return;
  }
  const struct header_list *list =
      search->scope == SCOPE_YOUNG ? &heap->candidates : &heap->garbage;
  for (size_t i = 0; i < list->length; i++)
    visit(search, list->items[i], ouro__id(heap, list->items[i]), context);
}

/* Whether a reference's target is one of the candidates. For SCOPE_ALL everything may
 * be counted and marked: what is no candidate is never asked about. */
OURO__INLINE bool is_inside(const struct search *search, const ouro_header *target) {
  if (search->scope == SCOPE_YOUNG)
    return ouro__is_candidate(target, search->generation);
  return (target->meta & OURO__UNREACHABLE) != 0;
}

/* Old pools answer without a look at the object: no log names a block of theirs. */
OURO__INLINE bool may_be_inside(const struct search *search,
                                const ouro_header *target) {
  const ouro_heap *heap = search->heap;
  return search->scope != SCOPE_YOUNG || !ouro__is_small(heap, target) ||
         heap->pools[ouro__pool_index(heap, target)].named != 0;
}

/* ---- 1. subtract ---- */

struct subtract_ring {
  struct search *search;
  uint8_t *bytes[OURO__PREFETCH];
  ouro_header *headers[OURO__PREFETCH];
  unsigned at;
  uint8_t nowhere; /* what empty places of the ring count */
};

static void count_all(void *context, ouro_header *target) {
  struct subtract_ring *ring = context;
  ouro_heap *heap = ring->search->heap;
  uint8_t *byte = &heap->gc_refs[ouro__id(heap, target)];
  __builtin_prefetch(byte, 1);
  unsigned at = ring->at++ & (OURO__PREFETCH - 1);
  uint8_t *due = ring->bytes[at];
  ring->bytes[at] = byte;
  ++*due;
}

static void count_inside(void *context, ouro_header *target) {
  struct subtract_ring *ring = context;
  struct search *search = ring->search;
  if (target != NULL) {
    if (!may_be_inside(search, target))
      return;
    __builtin_prefetch(target);
  }
  unsigned at = ring->at++ & (OURO__PREFETCH - 1);
  ouro_header *due = ring->headers[at];
  ring->headers[at] = target;
  if (due != NULL && is_inside(search, due))
    search->heap->gc_refs[ouro__id(search->heap, due)]++;
}

static void subtract_all(struct search *search, ouro_header *header, uint32_t id,
                         void *context) {
  (void)id;
  search->candidates++;
  refs_each(search->heap, header, count_all, context);
}

static void subtract_inside(struct search *search, ouro_header *header, uint32_t id,
                            void *context) {
  (void)id;
  search->candidates++;
  refs_each(search->heap, header, count_inside, context);
}

void unreachable_subtract(struct search *search) {
  struct subtract_ring ring = {.search = search};
  for (unsigned i = 0; i < OURO__PREFETCH; i++)
    ring.bytes[i] = &ring.nowhere;
  search->candidates = 0;
  if (search->scope == SCOPE_ALL) {
    each_in_pools(search, subtract_all, &ring);
    for (unsigned i = 0; i < OURO__PREFETCH; i++)
      ++*ring.bytes[i];
  } else {
    each_candidate(search, subtract_inside, &ring);
    for (unsigned i = 0; i < OURO__PREFETCH; i++)
      count_inside(&ring, NULL);
  }
}

/* ---- 2. mark ---- */

struct mark_ring {
  struct search *search;
  ouro_header *headers[OURO__PREFETCH];
  unsigned at;
  bool overflow; /* the stack could not grow: some marked objects were not followed */
};

OURO__INLINE void mark_reached(struct mark_ring *ring, ouro_header *header) {
  struct search *search = ring->search;
  ouro_heap *heap = search->heap;
  bool inside = search->scope == SCOPE_ALL ? ouro__is_candidate(header, OURO__OLD)
                                           : is_inside(search, header);
  if (!inside)
    return;
  uint32_t id = ouro__id(heap, header);
  if (ouro__is_marked(heap, id))
    return;
  ouro__mark(heap, id);
  struct header_list *stack = &heap->stack;
  if (OURO__UNLIKELY(stack->length == stack->capacity) &&
      unreachable_reserve(heap, stack, stack->length + 1) != OURO_OK) {
    ring->overflow = true;
    return;
  }
  stack->items[stack->length++] = header;
}

/* A reference enters the ring; the one that waited longest leaves it. NULL flushes. */
static void mark_later(void *context, ouro_header *target) {
  struct mark_ring *ring = context;
  if (target != NULL) {
    if (!may_be_inside(ring->search, target))
      return;
    __builtin_prefetch(target);
    __builtin_prefetch(
        &ring->search->heap->marks[ouro__id(ring->search->heap, target) >> 6], 1);
  }
  unsigned at = ring->at++ & (OURO__PREFETCH - 1);
  ouro_header *due = ring->headers[at];
  ring->headers[at] = target;
  if (due != NULL)
    mark_reached(ring, due);
}

static void follow(struct mark_ring *ring) {
  ouro_heap *heap = ring->search->heap;
  while (heap->stack.length > 0)
    refs_each(heap, heap->stack.items[--heap->stack.length], mark_later, ring);
}

static void drain(struct mark_ring *ring) {
  unsigned idle = 0;
  while (idle < OURO__PREFETCH) {
    mark_later(ring, NULL);
    idle++;
    if (ring->search->heap->stack.length > 0) {
      follow(ring);
      idle = 0;
    }
  }
}

/* Held from outside: more references than those that were counted. */
OURO__INLINE bool is_root(const struct search *search, const ouro_header *header,
                          uint32_t id) {
  uint32_t refcount = header->refcount - (search->scope == SCOPE_GARBAGE ? 1u : 0u);
  return (uint8_t)refcount != search->heap->gc_refs[id] ||
         header->refcount >= OURO_IMMORTAL;
}

static void mark_root(struct search *search, ouro_header *header, uint32_t id,
                      void *context) {
  struct mark_ring *ring = context;
  if (!is_root(search, header, id))
    return;
  mark_reached(ring, header);
  follow(ring);
}

static void follow_again(struct search *search, ouro_header *header, uint32_t id,
                         void *context) {
  if (!ouro__is_marked(search->heap, id))
    return;
  refs_each(search->heap, header, mark_later, context);
  follow(context);
}

/* Why this ends: each round marks at least one object that was not marked before, or
 * nothing overflowed. It is slow, needs no memory, and runs only without any. */
static void recover_overflow(struct mark_ring *ring) {
  while (ring->overflow) {
    ring->overflow = false;
    each_candidate(ring->search, follow_again, ring);
    drain(ring);
  }
}

/* ---- the ambiguous: refcounts of 256 and more whose low byte agrees ---- */

struct big {
  ouro_header *header;
  uint32_t refs;
};

struct recount {
  struct big *items;
  size_t length;
};

static void count_big(struct search *search, ouro_header *header, uint32_t id,
                      void *context) {
  struct recount *recount = context;
  if (header->refcount < 256 || ouro__is_marked(search->heap, id))
    return;
  if (recount->items != NULL)
    recount->items[recount->length] = (struct big){.header = header};
  recount->length++;
}

static int by_address(const void *a, const void *b) {
  uintptr_t left = (uintptr_t)((const struct big *)a)->header;
  uintptr_t right = (uintptr_t)((const struct big *)b)->header;
  return left < right ? -1 : left > right;
}

static void recount_ref(void *context, ouro_header *target) {
  struct recount *recount = context;
  if (target->refcount < 256)
    return;
  size_t low = 0, high = recount->length;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if ((uintptr_t)recount->items[middle].header < (uintptr_t)target)
      low = middle + 1;
    else
      high = middle;
  }
  if (low < recount->length && recount->items[low].header == target)
    recount->items[low].refs++;
}

static void recount_unmarked(struct search *search, ouro_header *header, uint32_t id,
                             void *context) {
  if (!ouro__is_marked(search->heap, id))
    refs_each(search->heap, header, recount_ref, context);
}

static void mark_big(struct search *search, ouro_header *header, uint32_t id,
                     void *context) {
  if (header->refcount < 256 || ouro__is_marked(search->heap, id))
    return;
  mark_reached(context, header);
  follow(context);
}

/* Without memory for the count the ambiguous are taken for roots: a later collection
 * will find them. */
static void resolve_ambiguous(struct mark_ring *ring) {
  struct search *search = ring->search;
  ouro_heap *heap = search->heap;
  struct recount recount = {0};
  each_candidate(search, count_big, &recount);
  if (recount.length == 0)
    return;
  size_t bytes = recount.length * sizeof(struct big);
  size_t found = recount.length;
  recount.items = ouro__allocate(heap, bytes);
  if (recount.items == NULL) {
    each_candidate(search, mark_big, ring);
    return;
  }
  recount.length = 0;
  each_candidate(search, count_big, &recount);
  /* A pool scan is in address order but for large objects, a list is in any. */
  qsort(recount.items, found, sizeof(struct big), by_address);
  each_candidate(search, recount_unmarked, &recount);
  uint32_t ours = search->scope == SCOPE_GARBAGE ? 1 : 0;
  for (size_t i = 0; i < found; i++)
    if (recount.items[i].header->refcount - ours > recount.items[i].refs) {
      mark_reached(ring, recount.items[i].header);
      follow(ring);
    }
  ouro__deallocate(heap, recount.items, bytes);
}

void unreachable_mark(struct search *search) {
  struct mark_ring ring = {.search = search};
  search->heap->stack.length = 0;
  each_candidate(search, mark_root, &ring);
  drain(&ring);
  recover_overflow(&ring);
  resolve_ambiguous(&ring);
  drain(&ring);
  recover_overflow(&ring);
}

/* ---- 3. list and clean ---- */

struct listing {
  size_t count;
  bool write; /* the second walk: there is room now */
};

static void list_unmarked(struct search *search, ouro_header *header, uint32_t id,
                          void *context) {
  struct listing *listing = context;
  ouro_heap *heap = search->heap;
  if (ouro__is_marked(heap, id))
    return;
  listing->count++;
  if (!ouro__type(heap, header)->simple)
    search->simple = false;
  if (!listing->write)
    return;
  header->meta |= OURO__UNREACHABLE;
  heap->garbage.items[heap->garbage.length++] = header;
}

static void clean_one(struct search *search, ouro_header *header, uint32_t id,
                      void *context) {
  (void)header, (void)context;
  search->heap->gc_refs[id] = 0;
  search->heap->marks[id >> 6] &= ~(UINT64_C(1) << (id & 63));
}

void unreachable_abandon(struct search *search) {
  ouro_heap *heap = search->heap;
  if (search->scope != SCOPE_ALL) {
    each_candidate(search, clean_one, NULL);
    return;
  }
  for (uint32_t index = 0; index < heap->pool_top; index++) {
    if (!ouro__has_objects(&heap->pools[index]))
      continue;
    size_t first = (size_t)index << OURO__BLOCK_BITS;
    size_t blocks = heap->pools[index].capacity;
    memset(&heap->gc_refs[first], 0, blocks);
    memset(&heap->marks[first / 64], 0, (blocks + 63) / 64 * 8);
  }
  if (heap->large_top > 0) {
    memset(&heap->gc_refs[heap->large_id], 0, heap->large_top);
    memset(&heap->marks[heap->large_id / 64], 0, (heap->large_top + 63) / 64 * 8);
  }
}

/* The resurrected lose the flag and move to heap->candidates, where room was made: it
 * is not in use while garbage is examined. */
static int list_resurrected(struct search *search) {
  ouro_heap *heap = search->heap;
  heap->candidates.length = 0;
  size_t kept = 0;
  for (size_t i = 0; i < heap->garbage.length; i++) {
    ouro_header *header = heap->garbage.items[i];
    if (ouro__is_marked(heap, ouro__id(heap, header)))
      heap->candidates.items[heap->candidates.length++] = header;
  }
  unreachable_abandon(search);
  for (size_t i = 0; i < heap->candidates.length; i++)
    heap->candidates.items[i]->meta &= ~OURO__UNREACHABLE;
  for (size_t i = 0; i < heap->garbage.length; i++)
    if (heap->garbage.items[i]->meta & OURO__UNREACHABLE)
      heap->garbage.items[kept++] = heap->garbage.items[i];
  heap->garbage.length = kept;
  return OURO_OK;
}

int unreachable_list(struct search *search) {
  ouro_heap *heap = search->heap;
  if (search->scope == SCOPE_GARBAGE)
    return list_resurrected(search);
  struct listing listing = {0};
  heap->garbage.length = 0;
  search->simple = true;
  each_candidate(search, list_unmarked, &listing);
  int error = unreachable_reserve(heap, &heap->garbage, listing.count);
  /* Finalizers may resurrect all of it; afterwards it is too late to be short of
   * memory. */
  if (error == OURO_OK && !search->simple)
    error = unreachable_reserve(heap, &heap->candidates, listing.count);
  if (error == OURO_OK && listing.count > 0) {
    listing.write = true;
    each_candidate(search, list_unmarked, &listing);
  }
  unreachable_abandon(search);
  return error;
}
