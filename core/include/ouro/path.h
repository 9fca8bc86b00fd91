/* path.h - why is this object alive: the shortest path to it from a root.
 *
 *   "globals" --> Table -[24]-> Row -[7]-> Person -[0]-> the object
 *   the variable   an object and its field that refers to the next one
 *
 * Roots are the registered ones (root.h); only if none of them leads to the object, any
 * object that is held from outside: that counts more references than objects and roots
 * have to it, as a local variable's does, or that is immortal.
 *
 * A search goes over the whole heap in pieces and is exact when the program does not
 * run between them. When it does, nothing that is freed is ever touched, and a path is
 * told only if each of its fields was there when it was traced back, and is there when
 * it is read; but a path that came to be meanwhile may be missed, the one found may not
 * be the shortest, and where it begins at no registered root the first object may not
 * be held from outside any more. The heap's own thread calls everything here; searching
 * and reading is refused with OURO_EBUSY while a collection runs or the heap is being
 * freed.
 */
#ifndef OURO_PATH_H
#define OURO_PATH_H

#include <ouro/cycle.h>

OURO_BEGIN_DECLS

typedef struct ouro_path ouro_path;

typedef enum ouro_path_answer {
  OURO_PATH_SEARCHING,   /* the budget ended: not found yet */
  OURO_PATH_FOUND,       /* read it with ouro_path_steps() */
  OURO_PATH_UNREACHABLE, /* only garbage refers to it, or nothing */
  OURO_PATH_GONE         /* the object is dead */
} ouro_path_answer;

/* Begin a search for `object`. `own_references` of those it counts are the caller's,
 * for looking only: they hold it, but are no answer. Who owns none has to know that
 * another object may take its place between two calls, and the answer be about that.
 * The caller owns the search and frees it before the heap. NULL when memory is short.
 * It takes 8 bytes for each object it meets, from the heap's memory functions, never
 * from its pools; abandoning it is freeing it. */
OURO_API ouro_path *ouro_path_new(ouro_heap *heap, const void *object,
                                  uint32_t own_references);
OURO_API void ouro_path_free(ouro_path *path);

/* Search on. After an answer other than SEARCHING it is given again. OURO_EBUSY;
 * OURO_ENOMEM: the memory is given back and the next call begins anew. */
OURO_API int ouro_path_search(ouro_path *path, const ouro_budget *budget,
                              ouro_path_answer *ret);

/* What was found: objects on the path, 1 if the object itself is held; and the name of
 * the registered root it begins at, NULL for another; borrowed until it is freed or
 * searched again. 0 and NULL before. */
OURO_API uint64_t ouro_path_length(const ouro_path *path);
OURO_API const char *ouro_path_root(const ouro_path *path);

/* Steps number `from` (0: the one that a root holds) and following, at most `capacity`
 * of them, `*ret_count` written; 0 behind the last. Cheap when read in order. Every
 * step is looked at again: OURO_ECHANGED when the path is broken since, search again
 * then. OURO_EBUSY; OURO_EINVAL before it is found. */
OURO_API int ouro_path_steps(ouro_path *path, uint64_t from, ouro_step *steps,
                             size_t capacity, size_t *ret_count);

OURO_END_DECLS

#endif
