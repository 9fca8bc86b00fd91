/* hosted.h - heaps that the daemon itself runs, each on a thread of its own.
 *
 * The lifetime of a hosted source:
 *
 *   hosted_new --> thread runs --> source->ops->close() --> thread joined,
 *                                   uv handles closed --> sink->gone --> freed */
#ifndef DAEMON_HOSTED_H
#define DAEMON_HOSTED_H

#include <uv.h>

#include "heap_steps.h"
#include "source.h"

/* Patience and sizes; tests shorten them. */
struct hosted_options {
  unsigned request_timeout_ms; /* an unanswered request ends with PROTO_TIMEOUT */
  unsigned failed_after_ms;    /* no safepoint for so long: info.failed */
  unsigned close_timeout_ms;   /* a thread that does not end by then is left behind */
  unsigned steps_idle_ms;      /* nobody steps on for so long: it is finished */
  size_t ring;                 /* collection records under way to the loop */
  size_t memory_limit_bytes;   /* of the heap */
  const uint32_t *thresholds;  /* three, borrowed for the call; NULL: the collector's */
};

#define HOSTED_OPTIONS                                                                 \
  ((struct hosted_options){.request_timeout_ms = 10000,                                \
                           .failed_after_ms = 30000,                                   \
                           .close_timeout_ms = 1500,                                   \
                           .steps_idle_ms = HEAP_STEPS_IDLE_MS,                        \
                           .ring = 256,                                                \
                           .memory_limit_bytes = (size_t)1 << 30})

/* Start the heap "documents": a thread that turns real JSON files into object graphs,
 * from the start. `directory` NULL: the files found under /usr/share, and on a machine
 * that has none, documents that are built in. The search itself runs on the thread.
 * 0 with `*ret` (owned by itself until sink->gone), or -1 with one line in `message`
 * (an unreadable directory, no memory, no thread). Loop thread. */
int hosted_documents_new(uv_loop_t *loop, const struct source_sink *sink,
                         const char *directory, const struct hosted_options *options,
                         struct source **ret, char *message, size_t size);

/* Start a heap that can run any of the small workloads (workshop.h), under this name
 * (borrowed for the call); nothing runs at first. As above. */
int hosted_workshop_new(uv_loop_t *loop, const struct source_sink *sink,
                        const char *name, const struct hosted_options *options,
                        struct source **ret, char *message, size_t size);

/* Start the heap "playground": empty, driven by repl.eval. As above. */
int hosted_playground_new(uv_loop_t *loop, const struct source_sink *sink,
                          const struct hosted_options *options, struct source **ret,
                          char *message, size_t size);

#endif
