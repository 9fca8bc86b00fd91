/* listed.c - subtract and mark over a list: the young, or garbage that ran finalizers.
 *
 *   logs[0], logs[1] -> candidates[]      each flagged UNREACHABLE until it is reached
 *
 * An old pool says in one byte that no log names a block of it, so a young collection
 * touches no old object; what it touches was born lately and is in the cache still.
 * That is why gc_refs and mark stand in the headers here. There is room for everything
 * before the first step: nothing can fail. */
#include "generation.h"
#include "trace.h"

int listed_begin(struct search *search) {
  ouro_heap *heap = search->heap;
  size_t young = heap->logs[0].length, most = young;
  if (search->generation > 0)
    most += heap->logs[1].length;
  if (unreachable_reserve(heap, &heap->candidates, most) != OURO_OK ||
      unreachable_reserve(heap, &heap->garbage, most) != OURO_OK ||
      unreachable_reserve(heap, &heap->stack, most) != OURO_OK)
    return OURO_ENOMEM;
  if (search->generation == 0)
    return generation_reserve_log(heap, 1, young);
  return OURO_OK;
}

/* ---- 1. subtract ---- */

#define ONE_REF (UINT32_C(1) << OURO__GC_REFS_SHIFT)

/* An old pool answers without a look at the object. */
OURO__INLINE bool may_be_inside(const struct search *search,
                                const ouro_header *target) {
  const ouro_heap *heap = search->heap;
  return search->scope == SCOPE_GARBAGE || !ouro__is_small(heap, target) ||
         heap->pools[ouro__pool_index(heap, target)].named != 0;
}

static void count_down(void *context, ouro_header *target) {
  const struct search *search = context;
  if (!may_be_inside(search, target))
    return;
  bool inside = search->scope == SCOPE_GARBAGE
                    ? (target->meta & OURO__UNREACHABLE) != 0
                    : ouro__is_candidate(target, search->generation);
  if (inside)
    target->meta -= ONE_REF;
}

OURO__INLINE void subtract_one(struct search *search, ouro_header *header,
                               uint32_t refcount) {
  header->meta = (header->meta | OURO__UNREACHABLE) + refcount * ONE_REF;
  search->refcounts |= refcount;
  refs_each(search->heap, header, count_down, search);
}

/* The log is empty afterwards, but its pools stay named until the promotion: that is
 * how a reference's target is known to be old at a glance. */
static void subtract_log(struct search *search, unsigned log) {
  ouro_heap *heap = search->heap;
  struct young_log *from = &heap->logs[log];
  uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
  ouro_header **next = &heap->candidates.items[heap->candidates.length];
  for (size_t i = 0; i < from->length; i++) {
    uintptr_t entry = from->entries[i];
    *generation_meta(heap, entry) &= ~bit;
    ouro_header *header = generation_header(heap, entry);
    /* An object of age 1 may be named in log 0 too, if its block was reused. */
    if (header == NULL || !ouro__is_candidate(header, log) || ouro__age(header) != log)
      continue;
    *next++ = header;
    subtract_one(search, header, header->refcount);
  }
  heap->candidates.length = (size_t)(next - heap->candidates.items);
  from->length = 0;
}

void listed_subtract(struct search *search) {
  ouro_heap *heap = search->heap;
  heap->candidates.length = 0;
  for (unsigned log = 0; log <= search->generation; log++)
    subtract_log(search, log);
  search->candidates = heap->candidates.length;
}

/* ---- 2. mark ---- */

OURO__INLINE void mark(ouro_heap *heap, ouro_header *header) {
  header->meta &= ~OURO__UNREACHABLE;
  heap->stack.items[heap->stack.length++] = header;
}

static void reach(void *context, ouro_header *target) {
  const struct search *search = context;
  if (may_be_inside(search, target) && (target->meta & OURO__UNREACHABLE))
    mark(search->heap, target);
}

static void mark_and_follow(void *context, ouro_header *header) {
  struct search *search = context;
  struct header_list *stack = &search->heap->stack;
  if (!(header->meta & OURO__UNREACHABLE))
    return;
  mark(search->heap, header);
  while (stack->length > 0)
    refs_each(search->heap, stack->items[--stack->length], reach, search);
}

void listed_mark(struct search *search) {
  const struct header_list *candidates = &search->heap->candidates;
  search->heap->stack.length = 0;
  for (size_t i = 0; i < candidates->length; i++)
    if (candidates->items[i]->meta & OURO__GC_REFS)
      mark_and_follow(search, candidates->items[i]);
  if (search->refcounts >= RECOUNT_LISTED)
    recount_ambiguous(search, RECOUNT_LISTED, mark_and_follow, search);
}

/* ---- 3. list ---- */

void listed_list(struct search *search) {
  ouro_heap *heap = search->heap;
  struct header_list *candidates = &heap->candidates, *garbage = &heap->garbage;
  size_t survivors = 0;
  search->simple = true;
  garbage->length = 0;
  for (size_t i = 0; i < candidates->length; i++) {
    ouro_header *header = candidates->items[i];
    header->meta &= ~OURO__GC_REFS;
    if (OURO__LIKELY(!(header->meta & OURO__UNREACHABLE))) {
      candidates->items[survivors++] = header;
      continue;
    }
    if (!ouro__type(heap, header)->simple || (header->meta & OURO__HAS_WEAKREFS))
      search->simple = false;
    garbage->items[garbage->length++] = header;
  }
  candidates->length = survivors;
  search->garbage = garbage->length;
}

/* ---- after finalizers ---- */

void unreachable_resurrect(ouro_heap *heap) {
  struct search again = {.heap = heap, .scope = SCOPE_GARBAGE};
  struct header_list *candidates = &heap->candidates, *garbage = &heap->garbage;
  candidates->length = 0;
  for (size_t i = 0; i < garbage->length; i++) {
    ouro_header *header = candidates->items[candidates->length++] = garbage->items[i];
    subtract_one(&again, header, header->refcount - 1);
  }
  listed_mark(&again);
  listed_list(&again);
}
