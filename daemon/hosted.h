/* hosted.h - heaps that the daemon itself runs, each on a thread of its own.
 *
 * The lifetime of a hosted source:
 *
 *   hosted_new --> thread runs --> source->ops->close() --> thread joined,
 *                                   uv handles closed --> sink->gone --> freed */
#ifndef DAEMON_HOSTED_H
#define DAEMON_HOSTED_H

#include <uv.h>

#include "source.h"

/* Start the heap "documents": a thread that turns real JSON files into object graphs,
 * from the start. `directory` NULL: the files found under /usr/share, and on a machine
 * that has none, documents that are built in. The search itself runs on the thread.
 * 0 with `*ret` (owned by itself until sink->gone), or -1 with one line in `message`
 * (an unreadable directory, no memory, no thread). Loop thread. */
int hosted_documents_new(uv_loop_t *loop, const struct source_sink *sink,
                         const char *directory, struct source **ret, char *message,
                         size_t size);

/* Start a heap that can run any of the small workloads (workshop.h), under this name
 * (borrowed for the call); nothing runs at first. As above. */
int hosted_workshop_new(uv_loop_t *loop, const struct source_sink *sink,
                        const char *name, struct source **ret, char *message,
                        size_t size);

/* Start the heap "playground": empty, driven by repl.eval. As above. */
int hosted_playground_new(uv_loop_t *loop, const struct source_sink *sink,
                          struct source **ret, char *message, size_t size);

#endif
