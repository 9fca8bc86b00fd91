/* list.h - the playground's lists: any number of references in one container object.
 *
 *   heap:  | items | count | capacity |
 *              |
 *   malloc:    `--> | -> | -> | None | ...   each a counted reference
 *
 * As in Python a list has no finalizer and cannot be referred to weakly. The heap's own
 * thread. */
#ifndef DAEMON_LIST_H
#define DAEMON_LIST_H

#include <ouro/ouro.h>

#define LIST_MAX_ITEMS 100u

struct list {
  void **items; /* owned, outside the heap; each an owned reference, or NULL: None */
  uint32_t count, capacity;
};

/* Register the type. 0 or a negative OURO_E... */
int list_type_new(ouro_heap *heap, const ouro_type **ret);
/* Empty. NULL when memory is short; else the caller owns one reference. */
struct list *list_new(ouro_heap *heap, const ouro_type *type);

/* The caller's reference to `item`, which may be NULL, moves into the list on success
 * only. False when memory is short or LIST_MAX_ITEMS are there. */
bool list_append(struct list *list, void *item);
/* Take the item at `index`, which is there, out of the list. */
void list_delete(ouro_heap *heap, struct list *list, uint32_t index);

#endif
