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

int ouro__listed_begin(struct search *search) {
  ouro_heap *heap = search->heap;
  size_t young = heap->logs[0].length;
  size_t most = young + 1; /* there is always a list */
  if (search->generation > 0)
    most += heap->logs[1].length;
  if (ouro__unreachable_reserve(heap, &heap->candidates, most) != OURO_OK ||
      ouro__unreachable_reserve(heap, &heap->garbage, most) != OURO_OK ||
      ouro__unreachable_reserve(heap, &heap->stack, most) != OURO_OK)
    return OURO_ENOMEM;
  if (search->generation == 0)
    return ouro__generation_reserve_log(heap, 1, young);
  return OURO_OK;
}

/* ---- 1. subtract ---- */

#define ONE_REF (UINT32_C(1) << OURO__GC_REFS_SHIFT)

/* What is asked of each reference's target, in registers. */
struct nearby {
  const char *base;
  size_t range;
  const struct pool *pools;
  uint32_t oldest; /* candidate's age and flags */
};

OURO__INLINE struct nearby nearby(const struct search *search) {
  const ouro_heap *heap = search->heap;
  return (struct nearby){heap->base, heap->range, heap->pools,
                         search->generation << OURO__AGE_SHIFT};
}

/* An old pool answers without a look at the object. */
OURO__INLINE bool may_be_young(const struct nearby *nearby, const ouro_header *target) {
  size_t offset = (size_t)((const char *)target - nearby->base);
  return offset >= nearby->range ||
         nearby->pools[offset >> OURO__POOL_SHIFT].named != 0;
}

OURO__INLINE void count_down(const struct nearby *nearby, ouro_header *target) {
  if (may_be_young(nearby, target) &&
      (target->meta & (OURO__AGE_MASK | OURO__DYING)) <= nearby->oldest)
    target->meta -= ONE_REF;
}

static void count_down_young(void *context, ouro_header *target) {
  struct nearby young = nearby(context);
  count_down(&young, target);
}

static void count_down_garbage(void *context, ouro_header *target) {
  (void)context;
  if (target->meta & OURO__UNREACHABLE)
    target->meta -= ONE_REF;
}

/* Why declared fields are not left to refs_each(): each reference would load again what
 * `young` holds. */
OURO__INLINE void subtract_young(struct search *search, const struct nearby *young,
                                 ouro_header *header) {
  const struct ouro_type *type = ouro__type(search->heap, header);
  if (OURO__UNLIKELY(!refs_are_fields(type))) {
    refs_each(search->heap, header, count_down_young, search);
    return;
  }
  const char *payload = ouro__payload(header);
  for (size_t i = 0, count = type->info.ref_count; i < count; i++) {
    void *value = refs_load(payload + type->refs[i]);
    if (value != NULL)
      count_down(young, ouro_header_of(value));
  }
}

/* The log is empty afterwards, but its pools stay named until the promotion: that is
 * how a reference's target is known to be old at a glance. */
static void subtract_log(struct search *search, unsigned log) {
  ouro_heap *heap = search->heap;
  const struct nearby young = nearby(search);
  struct young_log *from = &heap->logs[log];
  const uintptr_t *entries = from->entries;
  const size_t length = from->length;
  const uint32_t bit = log == 0 ? OURO__LOGGED0 : OURO__LOGGED1;
  const uint32_t age = log << OURO__AGE_SHIFT;
  ouro_header **next = &heap->candidates.items[heap->candidates.length];
  uint32_t refcounts = 0;
  for (size_t i = 0; i < length; i++) {
    ouro_header *header = generation_header(heap, entries[i]);
    if (OURO__UNLIKELY(header == NULL)) {
      *generation_meta(heap, entries[i]) &= ~bit;
      continue;
    }
    uint32_t meta = header->meta & ~bit;
    /* An object of age 1 may be named in log 0 too, if its block was reused. */
    if ((meta & (OURO__AGE_MASK | OURO__DYING)) != age) {
      header->meta = meta;
      continue;
    }
    header->meta = (meta | OURO__UNREACHABLE) + header->refcount * ONE_REF;
    refcounts |= header->refcount;
    *next++ = header;
    subtract_young(search, &young, header);
  }
  search->refcounts |= refcounts;
  heap->candidates.length = (size_t)(next - heap->candidates.items);
  from->length = 0;
}

void ouro__listed_subtract(struct search *search) {
  ouro_heap *heap = search->heap;
  heap->candidates.length = 0;
  for (unsigned log = 0; log <= search->generation; log++)
    subtract_log(search, log);
  search->candidates = heap->candidates.length;
}

/* ---- 2. mark ---- */

static void reach(void *context, ouro_header *target) {
  struct search *search = context;
  struct header_list *stack = &search->heap->stack;
  const struct nearby young = nearby(search);
  if ((search->scope == SCOPE_YOUNG && !may_be_young(&young, target)) ||
      !(target->meta & OURO__UNREACHABLE))
    return;
  target->meta &= ~OURO__UNREACHABLE;
  stack->items[stack->length++] = target;
}

/* Garbage is examined as if all pools were young: none is old for sure. */
OURO__INLINE ouro_header **reach_fields(const struct nearby *young, bool any,
                                        const struct ouro_type *type,
                                        ouro_header *header, ouro_header **top) {
  const char *payload = ouro__payload(header);
  for (size_t i = 0, count = type->info.ref_count; i < count; i++) {
    void *value = refs_load(payload + type->refs[i]);
    if (value == NULL)
      continue;
    ouro_header *target = ouro_header_of(value);
    if ((!any && !may_be_young(young, target)) || !(target->meta & OURO__UNREACHABLE))
      continue;
    target->meta &= ~OURO__UNREACHABLE;
    *top++ = target;
  }
  return top;
}

static void mark_and_follow(void *context, ouro_header *header) {
  struct search *search = context;
  ouro_heap *heap = search->heap;
  struct header_list *stack = &heap->stack;
  const struct nearby young = nearby(search);
  const bool any = search->scope == SCOPE_GARBAGE;
  if (!(header->meta & OURO__UNREACHABLE))
    return;
  search->reached = true;
  header->meta &= ~OURO__UNREACHABLE;
  ouro_header **bottom = stack->items, **top = bottom;
  *top++ = header;
  while (top > bottom) {
    header = *--top;
    const struct ouro_type *type = ouro__type(heap, header);
    if (OURO__LIKELY(refs_are_fields(type))) {
      top = reach_fields(&young, any, type, header, top);
      continue;
    }
    stack->length = (size_t)(top - bottom);
    refs_each(heap, header, reach, search);
    top = bottom + stack->length;
  }
}

void ouro__listed_mark(struct search *search) {
  const struct header_list *candidates = &search->heap->candidates;
  for (size_t i = 0; i < candidates->length; i++)
    if (candidates->items[i]->meta & OURO__GC_REFS)
      mark_and_follow(search, candidates->items[i]);
  if (search->refcounts >= RECOUNT_LISTED)
    ouro__recount_ambiguous(search, RECOUNT_LISTED, mark_and_follow, search);
}

/* ---- 3. list ---- */

void ouro__listed_list(struct search *search) {
  ouro_heap *heap = search->heap;
  struct header_list *candidates = &heap->candidates, *garbage = &heap->garbage;
  size_t survivors = 0;
  search->simple = search->mute = true;
  garbage->length = 0;
  for (size_t i = 0; i < candidates->length; i++) {
    ouro_header *header = candidates->items[i];
    header->meta &= ~OURO__GC_REFS;
    if (OURO__LIKELY(!(header->meta & OURO__UNREACHABLE))) {
      candidates->items[survivors++] = header;
      continue;
    }
    unreachable_note(search, header);
    garbage->items[garbage->length++] = header;
  }
  candidates->length = survivors;
  search->garbage = garbage->length;
}

/* ---- after finalizers ---- */

void ouro__unreachable_resurrect(ouro_heap *heap) {
  struct search again = {.heap = heap, .scope = SCOPE_GARBAGE};
  struct header_list *candidates = &heap->candidates, *garbage = &heap->garbage;
  candidates->length = 0;
  for (size_t i = 0; i < garbage->length; i++) {
    ouro_header *header = candidates->items[candidates->length++] = garbage->items[i];
    header->meta += (header->refcount - 1) * ONE_REF;
    again.refcounts |= header->refcount;
    refs_each(heap, header, count_down_garbage, NULL);
  }
  ouro__listed_mark(&again);
  /* In most cases nobody came back: then there is nothing to be cleaned either. */
  if (again.reached)
    ouro__listed_list(&again);
  else
    candidates->length = 0;
}
