/* full.c - subtract and mark over all pools; the part that decides how fast Ouro is.
 *
 *   subtract   object, object, object ...          read in address order
 *                   | its references
 *                   v
 *              [ ring of 16 ] -> gc_refs byte      asked for 16 references ago
 *
 *   mark       stack -> [ ring of 16 ] -> object -> its references
 *                ^                                       v
 *                '---- newly marked <- mark bit <- [ ring of 16 ]
 *
 * A line that is waited for costs hundreds of ns, one that was asked for early ten. So
 * nothing random is touched before its line has been on the way for 16 others, each
 * object is fetched once, when it is followed, and an edge to what is marked already
 * touches one bit only: whether a target is a candidate at all is looked up when it is
 * followed. */
#include "roots.h"
#include "sweep.h"
#include "trace.h"
#include "walk.h"

/* ---- 1. subtract ---- */

struct subtract_ring {
  ouro_heap *heap;
  uint8_t *bytes[OURO__PREFETCH];
  unsigned at;
  uint8_t nowhere; /* what empty places of the ring count down */
};

/* Why every target is counted: what is no candidate is never asked about. */
static void count_down(void *context, ouro_header *target) {
  struct subtract_ring *ring = context;
  uint8_t *byte = &ring->heap->gc_refs[ouro__id(ring->heap, target)];
  __builtin_prefetch(byte, 1);
  unsigned at = ring->at++ & (OURO__PREFETCH - 1);
  uint8_t *due = ring->bytes[at];
  ring->bytes[at] = byte;
  --*due;
}

OURO__INLINE void subtract_one(struct search *search, ouro_header *header, uint32_t id,
                               struct subtract_ring *ring) {
  ouro_heap *heap = search->heap;
  if (search->rooted && ouro__is_marked(heap, id))
    return;
  heap->gc_refs[id] = (uint8_t)(heap->gc_refs[id] + header->refcount);
  search->refcounts |= header->refcount;
  refs_each(heap, header, count_down, ring);
}

/* Notes on the way what lets the sweep judge the pool by its marks alone. */
static void subtract_pool(struct search *search, uint32_t index,
                          struct subtract_ring *ring) {
  ouro_heap *heap = search->heap;
  struct pool *pool = &heap->pools[index];
  const char *bump = pool->bump;
  const size_t size = pool->size;
  uint32_t id = index << OURO__BLOCK_BITS, candidates = 0;
  bool odd = false;
  for (char *at = ouro__first_block(heap, index); at != bump; at += size, id++) {
    ouro_header *header = (ouro_header *)(void *)at;
    if (!ouro__is_candidate(header, OURO__OLD))
      continue;
    candidates++;
    odd |= !ouro__type(heap, header)->simple;
    odd |= (header->meta & OURO__HAS_WEAKREFS) != 0;
    subtract_one(search, header, id, ring);
  }
  pool->candidates = (uint16_t)candidates;
  pool->odd = odd;
  search->candidates += candidates;
}

static void subtract_large(struct search *search, struct subtract_ring *ring) {
  ouro_heap *heap = search->heap;
  for (uint32_t slot = 0; slot < heap->large_top; slot++) {
    ouro_header *header = heap->large[slot].header;
    if (header == NULL || !ouro__is_candidate(header, OURO__OLD))
      continue;
    search->candidates++;
    subtract_one(search, header, heap->large_id + slot, ring);
  }
}

/* ---- 2. mark ---- */

struct edge {
  ouro_header *target;
  uint32_t id;
};

struct mark_ring {
  ouro_heap *heap;
  struct edge edges[OURO__PREFETCH];
  ouro_header *objects[OURO__PREFETCH]; /* to be followed */
  unsigned edge_at, object_at;
  unsigned waiting; /* objects in the ring */
  bool overflow; /* the stack could not grow: some marked objects were not followed */
};

static __attribute__((noinline)) void reach_without_room(struct mark_ring *ring,
                                                         uint32_t id) {
  if (ouro__is_marked(ring->heap, id))
    return;
  ouro__mark(ring->heap, id);
  ring->overflow = true;
}

/* The header of what is marked need not be looked at before it is followed. Why no
 * branch on the mark: half of all edges lead to what is marked already, in no order. */
OURO__INLINE void reach(struct mark_ring *ring, ouro_header *target, uint32_t id) {
  ouro_heap *heap = ring->heap;
  struct header_list *stack = &heap->stack;
  if (OURO__UNLIKELY(stack->length == stack->capacity) &&
      unreachable_reserve(heap, stack, stack->length + 1) != OURO_OK) {
    reach_without_room(ring, id);
    return;
  }
  uint64_t *word = &heap->marks[id >> 6];
  uint64_t before = *word;
  *word = before | UINT64_C(1) << (id & 63);
  stack->items[stack->length] = target;
  stack->length += ~before >> (id & 63) & 1;
}

static void reach_later(void *context, ouro_header *target) {
  struct mark_ring *ring = context;
  uint32_t id = ouro__id(ring->heap, target);
  __builtin_prefetch(&ring->heap->marks[id >> 6], 1);
  struct edge *place = &ring->edges[ring->edge_at++ & (OURO__PREFETCH - 1)];
  struct edge due = *place;
  *place = (struct edge){target, id};
  if (OURO__LIKELY(due.target != NULL))
    reach(ring, due.target, due.id);
}

static void flush_edges(struct mark_ring *ring) {
  for (unsigned i = 0; i < OURO__PREFETCH; i++) {
    struct edge *place = &ring->edges[ring->edge_at++ & (OURO__PREFETCH - 1)];
    struct edge due = *place;
    place->target = NULL;
    if (due.target != NULL)
      reach(ring, due.target, due.id);
  }
}

/* Until the stack is empty; a few edges stay in their ring. */
static void follow(struct mark_ring *ring) {
  ouro_heap *heap = ring->heap;
  struct header_list *stack = &heap->stack;
  while (stack->length > 0 || ring->waiting > 0) {
    ouro_header *next = NULL;
    if (OURO__LIKELY(stack->length > 0)) {
      next = stack->items[--stack->length];
      __builtin_prefetch(next);
      ring->waiting++;
    }
    ouro_header **place = &ring->objects[ring->object_at++ & (OURO__PREFETCH - 1)];
    ouro_header *due = *place;
    *place = next;
    if (OURO__UNLIKELY(due == NULL))
      continue;
    ring->waiting--;
    if (OURO__LIKELY(ouro__is_candidate(due, OURO__OLD)))
      refs_each(heap, due, reach_later, ring);
  }
}

static void follow_everything(struct mark_ring *ring) {
  do {
    follow(ring);
    flush_edges(ring);
  } while (ring->heap->stack.length > 0);
}

static void mark_one(void *context, ouro_header *header) {
  struct mark_ring *ring = context;
  reach(ring, header, ouro__id(ring->heap, header));
  if (ring->heap->stack.length >= OURO__PREFETCH * 4)
    follow(ring);
}

/* Held from outside: more references than those that were counted. A byte that is not
 * zero may also belong to what is no candidate. */
static void mark_if_held(struct mark_ring *ring, ouro_header *header, uint32_t id) {
  if (header != NULL && ouro__is_candidate(header, OURO__OLD) &&
      !ouro__is_marked(ring->heap, id))
    mark_one(ring, header);
}

/* Eight counts at a time: in most heaps almost every object is held from inside only.
 */
static void mark_pool_roots(struct mark_ring *ring, uint32_t index) {
  ouro_heap *heap = ring->heap;
  size_t first = (size_t)index << OURO__BLOCK_BITS;
  uint32_t blocks = trace_blocks(heap, index);
  for (uint32_t block = 0; block < blocks; block += 8) {
    uint64_t eight;
    memcpy(&eight, &heap->gc_refs[first + block], sizeof eight);
    if (OURO__LIKELY(eight == 0))
      continue;
    for (uint32_t i = block; i < block + 8 && i < blocks; i++)
      if (heap->gc_refs[first + i] != 0)
        mark_if_held(ring, ouro__header(heap, (uint32_t)first + i),
                     (uint32_t)first + i);
  }
}

static void mark_roots(struct mark_ring *ring) {
  ouro_heap *heap = ring->heap;
  for (uint32_t index = 0; index < heap->pool_top; index++)
    if (ouro__has_objects(&heap->pools[index]))
      mark_pool_roots(ring, index);
  for (uint32_t slot = 0; slot < heap->large_top; slot++)
    if (heap->gc_refs[heap->large_id + slot] != 0)
      mark_if_held(ring, heap->large[slot].header, heap->large_id + slot);
}

static bool follow_again(ouro_heap *heap, ouro_header *header, void *context) {
  struct mark_ring *ring = context;
  if (ouro__is_marked(heap, ouro__id(heap, header)) &&
      ouro__is_candidate(header, OURO__OLD)) {
    refs_each(heap, header, reach_later, ring);
    follow(ring);
  }
  return true;
}

/* Why this ends: each round marks at least one object that was not marked before, or
 * nothing overflowed. It is slow, needs no memory, and runs only without any. */
static void recover_overflow(struct mark_ring *ring) {
  while (ring->overflow) {
    ring->overflow = false;
    (void)walk_live(ring->heap, follow_again, ring);
    follow_everything(ring);
  }
}

static void finish_marking(struct mark_ring *ring) {
  follow_everything(ring);
  recover_overflow(ring);
}

/* ---- the phases ---- */

/* What registered roots reach need not be counted at all. */
static void mark_registered(struct search *search) {
  ouro_heap *heap = search->heap;
  struct mark_ring ring = {.heap = heap};
  if (heap->root_count == 0 || search->stepped)
    return;
  roots_each(heap, mark_one, &ring);
  finish_marking(&ring);
  search->rooted = true;
}

void full_subtract(struct search *search) {
  struct subtract_ring ring = {.heap = search->heap};
  search->heap->stack.length = 0;
  mark_registered(search);
  for (unsigned i = 0; i < OURO__PREFETCH; i++)
    ring.bytes[i] = &ring.nowhere;
  for (uint32_t index = 0; index < search->heap->pool_top; index++)
    if (ouro__has_objects(&search->heap->pools[index]))
      subtract_pool(search, index, &ring);
  subtract_large(search, &ring);
  for (unsigned i = 0; i < OURO__PREFETCH; i++)
    --*ring.bytes[i];
}

void full_mark(struct search *search) {
  struct mark_ring ring = {.heap = search->heap};
  mark_roots(&ring);
  finish_marking(&ring);
  if (search->refcounts >= RECOUNT_FULL) {
    recount_ambiguous(search, RECOUNT_FULL, mark_one, &ring);
    finish_marking(&ring);
  }
}

/* ---- 3. list ---- */

int full_list(struct search *search) {
  sweep_find(search);
  if (search->swept)
    return OURO_OK;
  return sweep_to_list(search);
}
