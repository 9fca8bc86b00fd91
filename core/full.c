/* full.c - subtract and mark over all pools; the part that decides how fast Ouro is.
 *
 *   subtract   object, object, object ...          read in address order
 *                   | its references
 *                   v
 *              [ ring ] -> gc_refs byte            asked for 32 references ago
 *
 *   mark       stack -> [ ring ] -> object         asked for 64 objects ago
 *                ^                     | its fields
 *                |                     v
 *                '--- newly marked <- [ queue ]    emptied in batches, without branches
 *
 * A line that is waited for costs hundreds of ns, one that was asked for early ten; and
 * in most heaps it is as good as random whether a field is NULL and whether its target
 * is marked already. So nothing random is touched or decided upon at once. Each object
 * is fetched once, when it is followed; an edge to what is marked already touches one
 * bit only. Whether a target is a candidate at all is looked up when it is followed. */
#include "roots.h"
#include "sweep.h"
#include "trace.h"
#include "walk.h"

/* ---- 1. subtract ---- */

struct subtract_ring {
  ouro_heap *heap;
  uint8_t *bytes[OURO__PREFETCH_COUNTS];
  unsigned at;
  uint8_t nowhere; /* what empty places of the ring count down */
};

/* Why every target is counted: what is no candidate is never asked about. */
OURO__INLINE void count_down(struct subtract_ring *ring, unsigned *at,
                             const ouro_heap *heap, ouro_header *target) {
  uint8_t *byte = &heap->gc_refs[ouro__id(heap, target)];
  __builtin_prefetch(byte, 1);
  uint8_t **place = &ring->bytes[(*at)++ & (OURO__PREFETCH_COUNTS - 1)];
  uint8_t *due = *place;
  *place = byte;
  --*due;
}

static void count_down_later(void *context, ouro_header *target) {
  struct subtract_ring *ring = context;
  count_down(ring, &ring->at, ring->heap, target);
}

/* Why declared fields are not left to refs_each(): where the ring stands would be in
 * memory then, and each reference wait for the one before it. */
OURO__INLINE void subtract_one(struct search *search, ouro_header *header, uint32_t id,
                               struct subtract_ring *ring) {
  const ouro_heap *heap = ring->heap;
  if (search->rooted && ouro__is_marked(heap, id))
    return;
  uint32_t count = header->refcount;
  search->refcounts |= count;
  const struct ouro_type *type = ouro__type(heap, header);
  if (OURO__LIKELY(refs_are_fields(type))) {
    char *payload = ouro__payload(header);
    unsigned at = ring->at;
    for (size_t i = 0; i < type->info.ref_count; i++) {
      void *value = refs_load(payload + type->refs[i]);
      if (value != NULL)
        count_down(ring, &at, heap, ouro_header_of(value));
    }
    ring->at = at;
  } else {
    refs_each(heap, header, count_down_later, ring);
  }
  heap->gc_refs[id] = (uint8_t)(heap->gc_refs[id] + count);
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

enum { BATCH = 16, QUEUE = 4 * BATCH };

struct marker {
  ouro_heap *heap;
  ouro_header *objects[OURO__PREFETCH_OBJECTS]; /* on their way, to be followed */
  void *values[QUEUE];                          /* found in fields, to be marked */
  unsigned first_object, last_object, first_value, last_value;
  bool overflow; /* the stack could not grow: some marked objects were not followed */
};

/* The header of what is marked need not be looked at before it is followed. */
static void reach(void *context, ouro_header *target) {
  struct marker *marker = context;
  ouro_heap *heap = marker->heap;
  struct header_list *stack = &heap->stack;
  uint32_t id = ouro__id(heap, target);
  if (ouro__is_marked(heap, id))
    return;
  ouro__mark(heap, id);
  if (OURO__UNLIKELY(stack->length == stack->capacity) &&
      ouro__unreachable_reserve(heap, stack, stack->length + 1) != OURO_OK) {
    marker->overflow = true;
    return;
  }
  stack->items[stack->length++] = target;
}

/* Why there is no branch: whether a target is marked already is as good as random. Why
 * `*top` is not in the heap's stack: each of the batch would wait for the one before
 * it.
 */
OURO__INLINE void reach_batch(struct marker *marker, const ouro_heap *heap,
                              ouro_header ***top) {
  uint64_t *marks = heap->marks;
  ouro_header **next = *top;
  unsigned first = marker->first_value;
  for (unsigned i = 0; i < BATCH; i++) {
    ouro_header *target = ouro_header_of(marker->values[first++ & (QUEUE - 1)]);
    uint32_t id = ouro__id(heap, target);
    uint64_t before = marks[id >> 6];
    marks[id >> 6] = before | UINT64_C(1) << (id & 63);
    *next = target;
    next += ~before >> (id & 63) & 1;
  }
  marker->first_value = first;
  *top = next;
}

/* Declared fields enter a queue and leave it in batches. Whether a field is NULL, and
 * so how many references an object has, is as good as random too, and a branch on it
 * costs more than the rest: NULL enters the queue by not moving its end. */
OURO__INLINE void follow_fields(struct marker *marker, const ouro_heap *heap,
                                const struct ouro_type *type, ouro_header *header,
                                ouro_header ***top) {
  const char *payload = ouro__payload(header);
  size_t count = type->info.ref_count;
  unsigned last = marker->last_value;
  for (size_t i = 0; i < count;) {
    size_t end = i + BATCH < count ? i + BATCH : count;
    for (; i < end; i++) {
      void *value = refs_load(payload + type->refs[i]);
      marker->values[last & (QUEUE - 1)] = value;
      last += value != NULL;
    }
    if (last - marker->first_value >= 2 * BATCH)
      reach_batch(marker, heap, top);
  }
  marker->last_value = last;
}

static void reach_values(struct marker *marker) {
  while (marker->first_value != marker->last_value)
    reach(marker, ouro_header_of(marker->values[marker->first_value++ & (QUEUE - 1)]));
}

/* Until nothing is left to be followed. */
static void follow(struct marker *marker) {
  ouro_heap *heap = marker->heap;
  struct header_list *stack = &heap->stack;
  if (stack->items == NULL) /* nothing was ever marked, or there is no memory */
    return;
  ouro_header **top = stack->items + stack->length;
  unsigned first = marker->first_object, last = marker->last_object;
  for (;;) {
    while (top > stack->items && last - first < OURO__PREFETCH_OBJECTS) {
      ouro_header *next = *--top;
      __builtin_prefetch(next);
      marker->objects[last++ & (OURO__PREFETCH_OBJECTS - 1)] = next;
    }
    if (OURO__UNLIKELY(first == last)) {
      stack->length = 0;
      reach_values(marker);
      top = stack->items + stack->length;
      if (stack->length == 0)
        break;
      continue;
    }
    ouro_header *header = marker->objects[first++ & (OURO__PREFETCH_OBJECTS - 1)];
    if (OURO__UNLIKELY(!ouro__is_candidate(header, OURO__OLD)))
      continue;
    const struct ouro_type *type = ouro__type(heap, header);
    size_t room = stack->capacity - (size_t)(top - stack->items);
    if (OURO__LIKELY(refs_are_fields(type) && type->info.ref_count + QUEUE <= room)) {
      follow_fields(marker, heap, type, header, &top);
      continue;
    }
    stack->length = (size_t)(top - stack->items);
    refs_each(heap, header, reach, marker);
    top = stack->items + stack->length;
  }
  marker->first_object = marker->last_object = first;
}

static void mark_one(void *context, ouro_header *header) {
  struct marker *marker = context;
  reach(marker, header);
  if (marker->heap->stack.length > OURO__PREFETCH_OBJECTS * 4)
    follow(marker);
}

/* Held from outside: more references than those that were counted. A byte that is not
 * zero may also belong to what is no candidate. */
static void mark_if_held(struct marker *marker, ouro_header *header, uint32_t id) {
  if (header != NULL && ouro__is_candidate(header, OURO__OLD) &&
      !ouro__is_marked(marker->heap, id))
    mark_one(marker, header);
}

/* Eight counts at a time: in most heaps almost every object is held from inside only.
 */
static void mark_pool_roots(struct marker *marker, uint32_t index) {
  ouro_heap *heap = marker->heap;
  size_t first = (size_t)index << OURO__BLOCK_BITS;
  uint32_t blocks = trace_blocks(heap, index);
  for (uint32_t block = 0; block < blocks; block += 8) {
    uint64_t eight;
    memcpy(&eight, &heap->gc_refs[first + block], sizeof eight);
    if (OURO__LIKELY(eight == 0))
      continue;
    for (uint32_t i = block; i < block + 8 && i < blocks; i++)
      if (heap->gc_refs[first + i] != 0)
        mark_if_held(marker, ouro__header(heap, (uint32_t)first + i),
                     (uint32_t)first + i);
  }
}

static void mark_roots(struct marker *marker) {
  ouro_heap *heap = marker->heap;
  for (uint32_t index = 0; index < heap->pool_top; index++)
    if (ouro__has_objects(&heap->pools[index]))
      mark_pool_roots(marker, index);
  for (uint32_t slot = 0; slot < heap->large_top; slot++)
    if (heap->gc_refs[heap->large_id + slot] != 0)
      mark_if_held(marker, heap->large[slot].header, heap->large_id + slot);
}

static bool follow_again(ouro_heap *heap, ouro_header *header, void *context) {
  struct marker *marker = context;
  if (ouro__is_marked(heap, ouro__id(heap, header)) &&
      ouro__is_candidate(header, OURO__OLD)) {
    refs_each(heap, header, reach, marker);
    follow(marker);
  }
  return true;
}

/* Why this ends: each round marks at least one object that was not marked before, or
 * nothing overflowed. It is slow, needs no memory, and runs only without any. */
static void recover_overflow(struct marker *marker) {
  while (marker->overflow) {
    marker->overflow = false;
    (void)walk_live(marker->heap, follow_again, marker);
    follow(marker);
  }
}

static void finish_marking(struct marker *marker) {
  follow(marker);
  recover_overflow(marker);
}

/* ---- the phases ---- */

/* What registered roots reach need not be counted at all. */
static void mark_registered(struct search *search) {
  ouro_heap *heap = search->heap;
  struct marker marker = {.heap = heap};
  if (heap->root_count == 0 || search->stepped)
    return;
  roots_each(heap, mark_one, &marker);
  finish_marking(&marker);
  search->rooted = true;
}

void ouro__full_subtract(struct search *search) {
  struct subtract_ring ring = {.heap = search->heap};
  search->heap->stack.length = 0;
  mark_registered(search);
  for (unsigned i = 0; i < OURO__PREFETCH_COUNTS; i++)
    ring.bytes[i] = &ring.nowhere;
  for (uint32_t index = 0; index < search->heap->pool_top; index++)
    if (ouro__has_objects(&search->heap->pools[index]))
      subtract_pool(search, index, &ring);
  subtract_large(search, &ring);
  for (unsigned i = 0; i < OURO__PREFETCH_COUNTS; i++)
    --*ring.bytes[i];
}

void ouro__full_mark(struct search *search) {
  struct marker marker = {.heap = search->heap};
  mark_roots(&marker);
  finish_marking(&marker);
  if (search->refcounts >= RECOUNT_FULL) {
    ouro__recount_ambiguous(search, RECOUNT_FULL, mark_one, &marker);
    finish_marking(&marker);
  }
}

/* ---- 3. list ---- */

int ouro__full_list(struct search *search) {
  ouro__sweep_find(search);
  if (search->swept)
    return OURO_OK;
  return ouro__sweep_to_list(search);
}
