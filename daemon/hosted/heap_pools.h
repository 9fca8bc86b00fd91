/* heap_pools.h - heap.pool_map: the arenas, their pools, and how full each is.
 *
 * A page is read in one piece: at most PROTO_MAX_ARENAS descriptors of 32 pools each,
 * eight bytes a pool, no object touched. The heap's thread. */
#ifndef DAEMON_HEAP_POOLS_H
#define DAEMON_HEAP_POOLS_H

#include "heap_thread.h"

/* Always an answer or a refusal in `*ret`, which the caller frees. */
void heap_pools_map(struct heap_thread *thread, const struct proto_request *request,
                    struct proto_result *ret);

#endif
