/* unreachable.h - which candidates nothing outside refers to.
 *
 *   1 subtract   a candidate's gc_refs: its refcount, less each reference from another
 *   2 mark       gc_refs is not 0: held from outside; mark it and what it reaches
 *   3 list       what is a candidate and not marked is garbage
 *
 *   full.c     every tracked object, found by scanning the pools; gc_refs is a byte and
 *              the mark a bit outside of the object, so that its page stays clean
 *   listed.c   the young, found in their logs, and garbage that ran finalizers; gc_refs
 *              and mark are bits of the header, which is in the cache
 *
 * gc_refs counts modulo 256 or 128. Below that refcounts are exact; a larger one that
 * comes to zero is counted again, exactly, over the unmarked (recount.c). */
#ifndef CORE_UNREACHABLE_H
#define CORE_UNREACHABLE_H

#include "object.h"

enum scope {
  SCOPE_ALL,    /* every tracked object */
  SCOPE_YOUNG,  /* heap->candidates, ages up to `generation` */
  SCOPE_GARBAGE /* heap->candidates, flagged UNREACHABLE, each with one more reference
                   that is ours */
};

struct search {
  ouro_heap *heap;
  enum scope scope;
  unsigned generation;
  uint64_t candidates; /* how many were looked at */
  uint64_t garbage;    /* how many of them are unreachable */
  uint32_t refcounts;  /* all of them or'ed: whether any is ambiguous */
  bool stepped;        /* somebody watches: count every candidate */
  bool reached;        /* something in a list */
  bool rooted;         /* something was marked before anything was counted */
  bool simple;         /* all of the garbage may be freed in bulk */
  bool mute;           /* so it may once its finalizers have run */
  bool swept;          /* garbage stands in marks, not in heap->garbage (sweep.h) */
};

/* Room for everything that a young collection needs. 0 or OURO_ENOMEM. */
int ouro__unreachable_begin(struct search *search);

/* The young: their logs are emptied, their entries become heap->candidates. */
void ouro__unreachable_subtract(struct search *search);
void ouro__unreachable_mark(struct search *search);

/* Find the garbage, clean gc_refs and marks. It stands in heap->garbage then, flagged
 * UNREACHABLE, or in marks (search->swept); survivors of the young in heap->candidates.
 * Only a full collection can fail: with OURO_ENOMEM all is clean and nothing flagged.
 */
int ouro__unreachable_list(struct search *search);

/* Look again at heap->garbage, of which everything is held once by us: what is held
 * from outside now, and all it reaches, loses the flag and moves to heap->candidates.
 * Needs no memory. */
void ouro__unreachable_resurrect(ouro_heap *heap);

/* Whether an object is garbage, from list to its end. */
OURO__INLINE bool unreachable_is_garbage(const struct search *search,
                                         const ouro_header *header) {
  return search->swept ? ouro__is_marked(search->heap, ouro__id(search->heap, header))
                       : (header->meta & OURO__UNREACHABLE) != 0;
}

/* What a piece of garbage means for all of it. */
OURO__INLINE void unreachable_note(struct search *search, const ouro_header *header) {
  const struct ouro_type *type = ouro__type(search->heap, header);
  if (!type->simple || (header->meta & OURO__HAS_WEAKREFS)) {
    search->simple = false;
    if (!type->mute)
      search->mute = false;
  }
}

/* Room for this many. 0 or OURO_ENOMEM. */
int ouro__unreachable_reserve(ouro_heap *heap, struct header_list *list, size_t count);

#endif
