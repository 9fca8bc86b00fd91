/* heap_requests.h - what the wire asks of any hosted heap: gc.* and heap.*. */
#ifndef DAEMON_HEAP_REQUESTS_H
#define DAEMON_HEAP_REQUESTS_H

#include "heap_thread.h"

/* Do it and fill in the answer; the mutator gets what is not for the heap itself. NULL,
 * or a task that fills `ret` in later, which is kept until then. Heap thread, at a
 * safepoint. */
struct heap_task *heap_request(struct heap_thread *thread,
                               const struct proto_request *request, const char *who,
                               struct proto_result *ret);

/* Make the answer an error: then proto_error_set() its message. */
struct proto_error *heap_refuse(struct proto_result *result);

#endif
