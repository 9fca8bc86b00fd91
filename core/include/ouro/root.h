/* root.h - variables of the embedder that the heap knows by name.
 *
 *   static struct table *globals;          ouro_root_add(heap, &globals, "globals")
 *        |
 *        v   one counted reference, owned by the variable
 *      object --> object --> ...           everything reached from here is alive
 *
 * An object that is referred to from outside is kept by its count alone; nobody needs
 * to register anything. A registered root is a help: a full collection marks from it
 * first, a path (path.h) begins with its name, and a snapshot (snapshot.h) shows it.
 * The heap's own thread calls everything here, at any time, from finalizers too. */
#ifndef OURO_ROOT_H
#define OURO_ROOT_H

#include <ouro/object.h>

OURO_BEGIN_DECLS

/* Bytes of a root's name with its NUL. */
#define OURO_ROOT_NAME_BYTES 64

/* Register the pointer variable at `slot`: any `T *` whose value is NULL or a reference
 * that the variable owns. Borrowed until it is removed or the heap is freed (which
 * reads it a last time and does not write it); it may be written at any time. `name` is
 * copied and need not be unique. OURO_EINVAL for NULL, for a slot that is registered
 * already, and for a name that is empty or too long; OURO_ENOMEM. Time grows with the
 * number of roots: meant for hundreds, put a table into one object rather than register
 * its rows. */
OURO_API int ouro_root_add(ouro_heap *heap, void *slot, const char *name);

/* Forget it; its value stays as it is. OURO_EINVAL if it is not registered. */
OURO_API int ouro_root_remove(ouro_heap *heap, void *slot);

/* A registered root as it is now. */
typedef struct ouro_root {
  const char *name; /* borrowed until it is removed */
  void *slot;
  void *object; /* its value, borrowed; may be NULL */
} ouro_root;

/* Roots are numbered from 0 in the order in which they came; the number of a root falls
 * when an earlier one is removed. OURO_EINVAL when there is no such root. */
OURO_API size_t ouro_root_count(const ouro_heap *heap);
OURO_API int ouro_root_at(const ouro_heap *heap, size_t index, ouro_root *ret);

OURO_END_DECLS

#endif
