/* heap_graph.h - heap.graph: objects and the references between them.
 *
 *   with a root      breadth first from it, `depth` references far
 *   without          breadth first from the registered roots, then all that is left,
 *                    garbage too
 *
 * Bounded in nodes, edges and bytes of the answer, which has to fit a session's queue;
 * what is cut is said. The heap's thread. */
#ifndef DAEMON_HEAP_GRAPH_H
#define DAEMON_HEAP_GRAPH_H

#include "heap_task.h"

#define HEAP_GRAPH_MAX_EDGES 10000u
/* Of the answer as text, about; SENDQ_MAX_BYTES is above it. */
#define HEAP_GRAPH_MAX_BYTES (768u * 1024u)

/* A task; NULL when `*ret` is the answer. */
struct heap_task *heap_graph_begin(struct heap_thread *thread,
                                   const struct proto_request *request,
                                   struct proto_result *ret);

#endif
