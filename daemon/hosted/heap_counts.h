/* heap_counts.h - heap.census, heap.mark, heap.growth: what lives, by type.
 *
 *   mark 1 ... mark 16: kept in the heap's thread, the oldest makes room
 *   growth since 1: count once more, then compare
 *
 * Counted in slices, so an object that is born or dies meanwhile counts or not. The
 * heap's thread. */
#ifndef DAEMON_HEAP_COUNTS_H
#define DAEMON_HEAP_COUNTS_H

#include <ouro/ouro.h>

#include "heap_task.h"

/* Marks that a heap keeps: a few dozen bytes a type each. */
#define HEAP_MAX_MARKS 16u

struct heap_mark {
  uint64_t number;
  int64_t time_ms;
  ouro_mark *mark; /* owned */
};

/* All zero at first. */
struct heap_marks {
  struct heap_mark list[HEAP_MAX_MARKS]; /* by age, the oldest first */
  unsigned count;
  uint64_t last_number;
};

/* Before the heap is freed. */
void heap_marks_fini(struct heap_marks *marks);

/* A task for one of the three methods; NULL when `*ret` is the answer. */
struct heap_task *heap_counts_begin(struct heap_thread *thread,
                                    const struct proto_request *request,
                                    struct proto_result *ret);

#endif
