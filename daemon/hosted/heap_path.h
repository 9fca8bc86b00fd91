/* heap_path.h - heap.path_to_root: why an object is alive. The heap's thread. */
#ifndef DAEMON_HEAP_PATH_H
#define DAEMON_HEAP_PATH_H

#include "heap_task.h"

/* A task; NULL when `*ret` is the answer. */
struct heap_task *heap_path_begin(struct heap_thread *thread,
                                  const struct proto_request *request,
                                  struct proto_result *ret);

#endif
