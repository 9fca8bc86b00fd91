/* heap_describe.h - an object and its fields in words, as the wire shows them.
 *
 *   Person at 0x7f..10   { id, type "Person", text "Person('John')", bytes, refcount
 * ... } its first reference  "friend" where the mutator has a name for it, else "#0"
 *
 * The heap's thread; nothing of the heap is kept. */
#ifndef DAEMON_HEAP_DESCRIBE_H
#define DAEMON_HEAP_DESCRIBE_H

#include "heap_thread.h"

/* The object is alive; may be called while a collection is stepped. */
void heap_describe(const struct heap_thread *thread, const void *object,
                   struct proto_object *ret);
/* "friend", else "+16" for a declared field, "[3]" for an element of a tail, "#3" for
 * what a type reports by itself: as in a collection's example. */
void heap_describe_field(const struct heap_thread *thread, const void *object,
                         ouro_field field, char ret[PROTO_LINK_BYTES]);
/* The registered roots that refer to `object`, or to anything where it is NULL; the
 * array is owned, NULL for none. 0 or OURO_ENOMEM. */
int heap_describe_roots(const struct heap_thread *thread, const void *object,
                        struct proto_root **ret, size_t *ret_count);

#endif
