/* heap_snapshot.h - heap.snapshot: the whole heap as a file.
 *
 *   "ouro"          JSON Lines, written while the program runs: each object as it was
 *                   when it was met
 *   "heapsnapshot"  for Chrome's DevTools: must fit together, so the program in the
 *                   heap stands still until it is written; who only looks is served
 *
 * One at a time a heap. The file has no name and goes with the answer. The heap's
 * thread, which also writes: to the system's cache, at the disk's pace when that is
 * full. */
#ifndef DAEMON_HEAP_SNAPSHOT_H
#define DAEMON_HEAP_SNAPSHOT_H

#include "heap_task.h"

/* A task; NULL when `*ret` is the answer. */
struct heap_task *heap_snapshot_begin(struct heap_thread *thread,
                                      const struct proto_request *request,
                                      struct proto_result *ret);

#endif
