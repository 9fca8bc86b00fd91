/* documents.h - the workload that keeps the newest JSON documents alive.
 *
 *   files --read, parse--> json_t --build, in slices--> graph --> kept: K newest
 *                                                                 the rest: garbage
 */
#ifndef DAEMON_DOCUMENTS_H
#define DAEMON_DOCUMENTS_H

#include "heap_thread.h"
#include "workload.h"

/* Make the workload of a heap, running. `directory` NULL: /usr/share, and where that
 * has no JSON, documents that are built in. NULL with one line in `message` when the
 * directory cannot be read or memory is short. The caller owns it until a heap thread
 * does. */
void *documents_new(ouro_heap *heap, const char *directory, char *message, size_t size);

/* Documents alone, NULL at the end. */
extern const struct workload_class *const documents_classes[];
extern const struct mutator_ops documents_ops;

#endif
