/* nodetable.h - the live objects of a heap, numbered in the order of their ids.
 *
 *   pool 0: first 4   | 1 0 1 1 ... | a bit a block, and the sum before every 64
 *   pool 1: first 9   | 1 1 0 0 ... | number = first + sum + bits before it
 *
 * Beside its number every object has a counter and a flag. 4.3 bytes a block. */
#ifndef CORE_NODETABLE_H
#define CORE_NODETABLE_H

#include "heap_private.h"

/* The objects of a pool, or all large ones. */
struct nodes;

struct nodetable {
  ouro_heap *heap;
  struct nodes **pools;
  struct nodes *large;
  uint32_t pool_count, large_slots;
  uint64_t count; /* numbers given so far; the first may be above 0 */
};

/* What is needed beside the pools' tables. 0 or OURO_ENOMEM; call fini in any case. */
int ouro__nodetable_init(struct nodetable *table, ouro_heap *heap, uint64_t first);
void ouro__nodetable_fini(struct nodetable *table);

/* Add the next object; ids rise. 0 or OURO_ENOMEM. */
int ouro__nodetable_add(struct nodetable *table, uint32_t id);
/* After the last one: only now do the rest work. */
void ouro__nodetable_close(struct nodetable *table);

/* Its number; false for an id that was not added. */
bool ouro__nodetable_number(const struct nodetable *table, uint32_t id, uint64_t *ret);

/* Its counter, for counting up; NULL if it was not added. */
uint32_t *ouro__nodetable_counter(struct nodetable *table, uint32_t id);

void ouro__nodetable_flag(struct nodetable *table, uint32_t id);
bool ouro__nodetable_is_flagged(const struct nodetable *table, uint32_t id);

#endif
