/* unreachable.h - which candidates nothing outside refers to.
 *
 *   1 subtract   for each candidate, for each reference to a candidate: gc_refs + 1
 *   2 mark       a candidate whose count is not all internal is held from outside:
 *                mark it and everything it reaches
 *   3 list       what is a candidate and not marked is garbage
 *
 * gc_refs counts internal references modulo 256. Below a refcount of 256 that is exact;
 * a larger count that agrees by chance is counted again, exactly, over the unmarked. */
#ifndef CORE_UNREACHABLE_H
#define CORE_UNREACHABLE_H

#include "object.h"

enum scope {
  SCOPE_ALL,    /* every tracked object; candidates are found by scanning pools */
  SCOPE_YOUNG,  /* heap->candidates, ages up to `generation` */
  SCOPE_GARBAGE /* heap->garbage, each with one more reference that is ours */
};

struct search {
  ouro_heap *heap;
  enum scope scope;
  unsigned generation;
  uint64_t candidates; /* how many were looked at */
  uint64_t garbage_bytes;
  bool simple; /* all of the garbage may be freed in bulk */
};

/* Fill heap->candidates from the logs, for SCOPE_YOUNG. 0 or OURO_ENOMEM. */
int unreachable_list_young(struct search *search);

void unreachable_subtract(struct search *search);
void unreachable_mark(struct search *search);

/* Leave the unmarked in heap->garbage, flagged UNREACHABLE, and clean gc_refs and
 * marks. With OURO_ENOMEM all is clean and nothing flagged.
 * For SCOPE_GARBAGE: the marked are resurrected; they lose the flag and leave the
 * list for heap->candidates. */
int unreachable_list(struct search *search);

/* Forget a search after subtract or mark. */
void unreachable_abandon(struct search *search);

/* Room for this many. 0 or OURO_ENOMEM. */
int unreachable_reserve(ouro_heap *heap, struct header_list *list, size_t count);

#endif
