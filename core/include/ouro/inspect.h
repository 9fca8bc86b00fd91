/* inspect.h - read-only walks over a heap, and its self-check.
 *
 * Everything here reads the whole heap: time grows with its size. The heap's own
 * thread calls it, outside collections. */
#ifndef OURO_INSPECT_H
#define OURO_INSPECT_H

#include <ouro/object.h>

OURO_BEGIN_DECLS

/* Live objects of one type. */
typedef struct ouro_census_row {
  const ouro_type *type; /* borrowed, lives as long as the heap */
  uint64_t objects;
  uint64_t bytes;
} ouro_census_row;

/* Count live objects by type, most bytes first. Writes at most `capacity` rows to
 * `rows`; `*ret_count` is how many, `*ret_types` how many types have live objects.
 * OURO_ENOMEM when there is no memory for the count. */
OURO_API int ouro_census(ouro_heap *heap, ouro_census_row *rows, size_t capacity,
                         size_t *ret_count, size_t *ret_types);

/* Call `walk` for each live object until it returns false. It must not allocate, count
 * references down or collect. */
typedef bool ouro_walk(void *object, void *context);
OURO_API void ouro_objects(ouro_heap *heap, ouro_walk *walk, void *context);

/* Report an object's references, NULLs left out. Same rule. */
OURO_API void ouro_referents(const ouro_heap *heap, const void *object,
                             ouro_visit *visit, void *argument);

/* Check every invariant: arenas, pools, free lists, headers, logs, ages, and that no
 * object is referred to more often than it counts. 0 or OURO_ECORRUPT with what is
 * wrong in `message` (may be NULL when `size` is 0), or OURO_ENOMEM. */
OURO_API int ouro_verify(ouro_heap *heap, char *message, size_t size);

OURO_END_DECLS

#endif
