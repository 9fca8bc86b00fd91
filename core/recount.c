/* recount.c - the ambiguous: large refcounts whose gc_refs came to zero.
 *
 * Few objects have so many references, and fewer of them are unmarked after everything
 * with a clear answer has been marked. Those are put into a sorted table, and the
 * references from the unmarked to them counted exactly. */
#include <stdlib.h>

#include "trace.h"

struct big {
  ouro_header *header;
  uint32_t refs;
};

struct recount {
  uint32_t from;
  struct big *items; /* NULL while they are only counted */
  size_t length;
};

static void each_unmarked(struct search *search, trace_visit *visit, void *context) {
  ouro_heap *heap = search->heap;
  if (search->scope == SCOPE_ALL) {
    trace_unmarked(search, visit, context);
    return;
  }
  for (size_t i = 0; i < heap->candidates.length; i++) {
    ouro_header *header = heap->candidates.items[i];
    if (header->meta & OURO__UNREACHABLE)
      visit(search, header, OURO__NONE, context);
  }
}

static void find_big(struct search *search, ouro_header *header, uint32_t id,
                     void *context) {
  (void)search, (void)id;
  struct recount *recount = context;
  if (header->refcount < recount->from)
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

static void count_ref(void *context, ouro_header *target) {
  struct recount *recount = context;
  if (target->refcount < recount->from)
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

static void count_refs(struct search *search, ouro_header *header, uint32_t id,
                       void *context) {
  (void)id;
  refs_each(search->heap, header, count_ref, context);
}

struct marking {
  uint32_t from;
  trace_mark *mark;
  void *context;
};

static void mark_big(struct search *search, ouro_header *header, uint32_t id,
                     void *context) {
  (void)search, (void)id;
  const struct marking *marking = context;
  if (header->refcount >= marking->from)
    marking->mark(marking->context, header);
}

/* Without memory for the count the ambiguous are taken for roots: a later collection
 * will find them. */
void ouro__recount_ambiguous(struct search *search, uint32_t from, trace_mark *mark,
                             void *context) {
  ouro_heap *heap = search->heap;
  struct recount recount = {.from = from};
  each_unmarked(search, find_big, &recount);
  if (recount.length == 0)
    return;
  size_t found = recount.length, bytes = found * sizeof(struct big);
  recount.items = ouro__allocate(heap, bytes);
  if (recount.items == NULL) {
    struct marking marking = {from, mark, context};
    each_unmarked(search, mark_big, &marking);
    return;
  }
  recount.length = 0;
  each_unmarked(search, find_big, &recount);
  /* A pool scan is in address order but for large objects, a list is in any. */
  qsort(recount.items, found, sizeof(struct big), by_address);
  each_unmarked(search, count_refs, &recount);
  uint32_t ours = search->scope == SCOPE_GARBAGE ? 1 : 0;
  for (size_t i = 0; i < found; i++)
    if (recount.items[i].header->refcount - ours > recount.items[i].refs)
      mark(context, recount.items[i].header);
  ouro__deallocate(heap, recount.items, bytes);
}
