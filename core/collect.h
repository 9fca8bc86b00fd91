/* collect.h - one collection in its phases, in one go or step by step. */
#ifndef CORE_COLLECT_H
#define CORE_COLLECT_H

#include "unreachable.h"

struct collecting {
  struct search search;
  ouro_collection record;
  ouro_phase next;
  uint64_t started_ns, phase_ns, released_before;
};

/* Start: OURO_EINVAL or OURO_EBUSY, and nothing has begun; otherwise
 * ouro__collect_end() must follow, after OURO_ENOMEM at once. */
int ouro__collect_begin(struct collecting *c, ouro_heap *heap, unsigned generation,
                        ouro_reason reason);

/* Run c->next and go on to the one after it, until c->next is OURO_PHASES or an error
 * says that the collection is over. */
int ouro__collect_phase(struct collecting *c);

/* The collection is over, with everything done or with this error. */
void ouro__collect_end(struct collecting *c, int error);

#endif
