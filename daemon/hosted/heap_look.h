/* heap_look.h - heap.objects, heap.object, heap.referrers, heap.referents,
 * heap.path_to_root: objects and who holds them.
 *
 * An id is looked up before it is touched, in every slice anew: a peer may send any
 * number, and the object may die while the program runs. Counts are not changed by
 * looking, so nothing lives longer than it would. In one piece, because core offers no
 * other: the references of a single object (heap.object, heap.referents). The heap's
 * thread. */
#ifndef DAEMON_HEAP_LOOK_H
#define DAEMON_HEAP_LOOK_H

#include "heap_task.h"

/* A task for one of these methods; NULL when `*ret` is the answer. */
struct heap_task *heap_look_begin(struct heap_thread *thread,
                                  const struct proto_request *request,
                                  struct proto_result *ret);

#endif
