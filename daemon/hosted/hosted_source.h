/* hosted_source.h - the loop's side of a heap with a thread of its own.
 *
 * What all hosted heaps have in common; hosted.h is what the daemon calls.
 */
#ifndef DAEMON_HOSTED_SOURCE_H
#define DAEMON_HOSTED_SOURCE_H

#include "heap_thread.h"
#include "hosted.h"
#include "workload.h"

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

#endif
