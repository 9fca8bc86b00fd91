/* listed.c - subtract and mark over a list: the young, or garbage that ran finalizers.
 *
 *   logs[0], logs[1] -> candidates[] = header, id     whose gc_refs begin as refcounts
 *
 * An old pool says in one byte that no log names a block of it, so a young collection
 * touches no old object; what it touches was born lately and is in the cache still.
 * There is room for everything before the first step: nothing here can fail. */
#include "generation.h"
#include "trace.h"

/* ---- begin ---- */

/* The logs are empty afterwards, but pools stay named until the promotion: that is how
 * a reference's target is known to be old at a glance. */
static void take_log(struct search *search, unsigned log) {
  ouro_heap *heap = search->heap;
  struct id_log *ids = &heap->logs[log];
  uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
  struct candidate *next = &heap->candidates.items[heap->candidates.length];
  for (size_t i = 0; i < ids->length; i++) {
    uint32_t id = ids->ids[i];
    ouro_header *header = ouro__header(heap, id);
    if (OURO__UNLIKELY(header == NULL)) {
      heap->large[id - heap->large_id].logged &= ~bit;
      continue;
    }
    header->meta &= ~bit;
    /* An object of age 1 may be named in log 0 too, if its block was reused. */
    if (!ouro__is_candidate(header, log) || ouro__age(header) != log)
      continue;
    heap->gc_refs[id] = (uint8_t)header->refcount;
    search->refcounts |= header->refcount;
    *next++ = (struct candidate){header, id};
  }
  heap->candidates.length = (size_t)(next - heap->candidates.items);
  ids->length = 0;
}

int listed_begin(struct search *search) {
  ouro_heap *heap = search->heap;
  size_t young = heap->logs[0].length, most = young;
  if (search->generation > 0)
    most += heap->logs[1].length;
  if (unreachable_reserve_candidates(heap, most) != OURO_OK ||
      unreachable_reserve(heap, &heap->garbage, most) != OURO_OK ||
      unreachable_reserve(heap, &heap->stack, most) != OURO_OK)
    return OURO_ENOMEM;
  if (search->generation == 0 && generation_reserve_log(heap, 1, young) != OURO_OK)
    return OURO_ENOMEM;
  heap->candidates.length = 0;
  for (unsigned log = 0; log <= search->generation; log++)
    take_log(search, log);
  search->candidates = heap->candidates.length;
  return OURO_OK;
}

/* ---- 1. subtract ---- */

/* Whether a reference's target is one of the candidates. */
OURO__INLINE bool is_inside(const struct search *search, const ouro_header *target) {
  const ouro_heap *heap = search->heap;
  if (search->scope == SCOPE_GARBAGE)
    return (target->meta & OURO__UNREACHABLE) != 0;
  if (ouro__is_small(heap, target) &&
      heap->pools[ouro__pool_index(heap, target)].named == 0)
    return false;
  return ouro__is_candidate(target, search->generation);
}

static void count_down(void *context, ouro_header *target) {
  const struct search *search = context;
  if (is_inside(search, target))
    search->heap->gc_refs[ouro__id(search->heap, target)]--;
}

void listed_subtract(struct search *search) {
  ouro_heap *heap = search->heap;
  for (size_t i = 0; i < heap->candidates.length; i++)
    refs_each(heap, heap->candidates.items[i].header, count_down, search);
}

/* ---- 2. mark ---- */

OURO__INLINE void mark(ouro_heap *heap, ouro_header *header, uint32_t id) {
  uint64_t *word = &heap->marks[id >> 6];
  uint64_t bit = UINT64_C(1) << (id & 63);
  if (*word & bit)
    return;
  *word |= bit;
  heap->stack.items[heap->stack.length++] = header;
}

static void reach(void *context, ouro_header *target) {
  const struct search *search = context;
  if (is_inside(search, target))
    mark(search->heap, target, ouro__id(search->heap, target));
}

static void follow(struct search *search) {
  struct header_list *stack = &search->heap->stack;
  while (stack->length > 0)
    refs_each(search->heap, stack->items[--stack->length], reach, search);
}

static void mark_and_follow(void *context, ouro_header *header) {
  struct search *search = context;
  mark(search->heap, header, ouro__id(search->heap, header));
  follow(search);
}

void listed_mark(struct search *search) {
  ouro_heap *heap = search->heap;
  heap->stack.length = 0;
  for (size_t i = 0; i < heap->candidates.length; i++) {
    const struct candidate *candidate = &heap->candidates.items[i];
    if (heap->gc_refs[candidate->id] == 0)
      continue;
    mark(heap, candidate->header, candidate->id);
    follow(search);
  }
  if (search->refcounts >= 256)
    recount_ambiguous(search, mark_and_follow, search);
}

/* ---- 3. list ---- */

OURO__INLINE bool take_mark(ouro_heap *heap, uint32_t id) {
  uint64_t *word = &heap->marks[id >> 6];
  uint64_t bit = UINT64_C(1) << (id & 63);
  bool marked = (*word & bit) != 0;
  *word &= ~bit;
  heap->gc_refs[id] = 0;
  return marked;
}

void listed_list(struct search *search) {
  ouro_heap *heap = search->heap;
  struct header_list *garbage = &heap->garbage;
  size_t survivors = 0;
  search->simple = true;
  garbage->length = 0;
  for (size_t i = 0; i < heap->candidates.length; i++) {
    struct candidate candidate = heap->candidates.items[i];
    if (OURO__LIKELY(take_mark(heap, candidate.id))) {
      heap->candidates.items[survivors++] = candidate;
      continue;
    }
    if (!ouro__type(heap, candidate.header)->simple ||
        (candidate.header->meta & OURO__HAS_WEAKREFS))
      search->simple = false;
    candidate.header->meta |= OURO__UNREACHABLE;
    garbage->items[garbage->length++] = candidate.header;
  }
  heap->candidates.length = survivors;
  search->garbage = garbage->length;
}

/* ---- after finalizers ---- */

static void take_garbage(struct search *search) {
  ouro_heap *heap = search->heap;
  heap->candidates.length = 0;
  for (size_t i = 0; i < heap->garbage.length; i++) {
    ouro_header *header = heap->garbage.items[i];
    uint32_t id = ouro__id(heap, header);
    heap->gc_refs[id] = (uint8_t)(header->refcount - 1);
    search->refcounts |= header->refcount;
    heap->candidates.items[heap->candidates.length++] = (struct candidate){header, id};
  }
}

void unreachable_resurrect(ouro_heap *heap) {
  struct search again = {.heap = heap, .scope = SCOPE_GARBAGE};
  take_garbage(&again);
  listed_subtract(&again);
  listed_mark(&again);
  size_t kept = 0, resurrected = 0;
  for (size_t i = 0; i < heap->candidates.length; i++) {
    struct candidate candidate = heap->candidates.items[i];
    if (take_mark(heap, candidate.id)) {
      candidate.header->meta &= ~OURO__UNREACHABLE;
      heap->candidates.items[resurrected++] = candidate;
    } else {
      heap->garbage.items[kept++] = candidate.header;
    }
  }
  heap->candidates.length = resurrected;
  heap->garbage.length = kept;
}
