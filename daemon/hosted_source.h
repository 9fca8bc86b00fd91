/* hosted_source.h - the loop's side of a heap with a thread of its own.
 *
 * What all hosted heaps have in common; hosted.h is what the daemon calls.
 */
#ifndef DAEMON_HOSTED_SOURCE_H
#define DAEMON_HOSTED_SOURCE_H

#include "heap_thread.h"
#include "hosted.h"
#include "workload.h"

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

/* What a hosted heap is made of. */
struct hosted_parts {
  const char *name;                              /* also its id */
  const char *const *capabilities;               /* string literals, NULL at the end */
  const struct workload_class *const *workloads; /* NULL: it has none */
  ouro_heap *heap;
  const struct mutator_ops *ops;
  void *mutator;
};

/* Start a source; heap and mutator are taken, on failure too. As in hosted.h. */
int hosted_source_new_take(uv_loop_t *loop, const struct source_sink *sink,
                           const struct hosted_parts *parts,
                           const struct hosted_options *options, struct source **ret,
                           char *message, size_t size);

/* hosted_documents_new() and its siblings with other options. */
int hosted_documents_new_with(uv_loop_t *loop, const struct source_sink *sink,
                              const char *directory,
                              const struct hosted_options *options, struct source **ret,
                              char *message, size_t size);
int hosted_workshop_new_with(uv_loop_t *loop, const struct source_sink *sink,
                             const char *name, const struct hosted_options *options,
                             struct source **ret, char *message, size_t size);
int hosted_playground_new_with(uv_loop_t *loop, const struct source_sink *sink,
                               const struct hosted_options *options,
                               struct source **ret, char *message, size_t size);

#endif
