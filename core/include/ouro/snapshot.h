/* snapshot.h - the whole heap as a file that Chrome's DevTools opens.
 *
 *   ouro_snapshot_step -->
 * {"snapshot":{...},"nodes":[...],"edges":[...],"strings":[...]} in pieces through a
 * callback, to a file or a socket
 *
 * The form is V8's .heapsnapshot (Memory panel, "Load profile"): every live object is a
 * node with its type's name and its size, every reference an edge named by the offset
 * of its field ("+16") or, for tails and traverse, its number. Under "(GC roots)" stand
 * the registered roots by name, and what is held from outside: objects that count more
 * references than objects and roots have to them. A node's id is ouro_object_id() + 5,
 * so two snapshots can be compared.
 *
 * A file must fit together, so the heap must not change while it is written: the work
 * may be cut in slices (to serve others, or because a socket is full), but the program
 * must not run in between. If it did, the next slice answers OURO_ECHANGED. Needs 4.5
 * bytes an object meanwhile, from the heap's memory functions, never from its pools.
 * The heap's own thread calls everything here. */
#ifndef OURO_SNAPSHOT_H
#define OURO_SNAPSHOT_H

#include <ouro/inspect.h>

OURO_BEGIN_DECLS

typedef struct ouro_snapshot ouro_snapshot;

/* Take the next bytes of the file; borrowed for the call. 0, or a number that ends the
 * snapshot and that ouro_snapshot_step() returns. Must not use the heap. */
typedef int ouro_snapshot_write(void *context, const char *bytes, size_t size);

/* Begin a snapshot; nothing is written yet. The caller owns it and frees it before the
 * heap, finished or not. NULL when memory is short. */
OURO_API ouro_snapshot *ouro_snapshot_new(ouro_heap *heap, ouro_snapshot_write *write,
                                          void *context);
OURO_API void ouro_snapshot_free(ouro_snapshot *snapshot);

/* Go on; `*ret_done` when the last byte was given to `write`. A slice may pass its
 * budget by one object with all its references. OURO_EBUSY while a collection runs or
 * the heap is being freed: call again later. Everything else ends the snapshot, what
 * was written is worth nothing, and further calls answer the same: OURO_ECHANGED,
 * OURO_ENOMEM (before anything is written), OURO_ELIMIT for more objects or references
 * than DevTools has numbers for (613 million, 1.4 billion), or what `write` returned.
 */
OURO_API int ouro_snapshot_step(ouro_snapshot *snapshot, const ouro_budget *budget,
                                bool *ret_done);

OURO_END_DECLS

#endif
