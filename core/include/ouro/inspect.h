/* inspect.h - look inside a heap: its objects, who refers to whom, and its self-check.
 *
 *   cursor 0 --page--> cursor n --page--> ... --page--> OURO_CURSOR_END
 *               the program may run in between
 *
 * A heap may be large and its thread has other work, so whatever looks at all objects
 * takes a budget and can be continued. A cursor is a number that stands for a place in
 * the heap, not for an object: it stays valid whatever happens in between. An object
 * that lives from the first page to the last is met exactly once; one that is born or
 * dies meanwhile is met once or not at all.
 *
 * Nothing here allocates from the heap or changes a count. Objects are handed out
 * borrowed, until the program runs again: take a count (ouro_incref) to keep one. The
 * heap's own thread calls everything here. While a collection runs (from finalizers it
 * calls, callbacks and weak references' callbacks) and while the heap is being freed
 * the answer is OURO_EBUSY: what is garbage then must not get out. A finalizer or
 * dealloc that counting runs may look; objects that are dying are not shown. */
#ifndef OURO_INSPECT_H
#define OURO_INSPECT_H

#include <ouro/object.h>

OURO_BEGIN_DECLS

/* How much one call may do; NULL where one is asked for means no limit. A call always
 * gets a bit further, so an object is the least that is done. */
typedef struct ouro_budget {
  uint64_t steps;   /* objects and references to look at; 0: no limit */
  uint64_t time_ns; /* looked at every few hundred steps; 0: no limit */
} ouro_budget;

/* 0 to begin with. */
typedef uint64_t ouro_cursor;
#define OURO_CURSOR_END UINT64_MAX

/* ---- objects ---- */

/* Where objects are, for functions that take a set of them. */
enum ouro_places {
  OURO_IN_GENERATION0 = 1u << 0,
  OURO_IN_GENERATION1 = 1u << 1,
  OURO_IN_GENERATION2 = 1u << 2,
  OURO_IN_GENERATIONS = 7u, /* (gc.get_objects()) */
  OURO_IN_FROZEN = 1u << 3,
  OURO_IN_UNTRACKED = 1u << 4,
  OURO_IN_ALL = 31u
};

/* The next objects of these places, and of this type unless it is NULL: at most
 * `capacity` into `page`, `*ret_count` of them, perhaps none. There is more until
 * `*cursor` is OURO_CURSOR_END. Generations 0 and 1 alone are found without a look at
 * the pools of the old. OURO_EBUSY; OURO_EINVAL for no or unknown places and for no
 * room. (gc.get_objects(generation)) */
OURO_API int ouro_objects_page(ouro_heap *heap, unsigned places, const ouro_type *type,
                               const ouro_budget *budget, ouro_cursor *cursor,
                               void **page, size_t capacity, size_t *ret_count);

/* Call `walk` for each live object until it returns false. It must not allocate, count
 * references or collect. Works during a collection too, for who wants to show one:
 * then nothing that it sees may be kept. */
typedef bool ouro_walk(void *object, void *context);
OURO_API void ouro_objects(ouro_heap *heap, ouro_walk *walk, void *context);

/* The live object whose payload is at this address, borrowed; NULL when there is none,
 * and while nothing may be looked at. `address` may be any number, of a peer's for
 * example: only what is this heap's is touched. Time grows with the number of large
 * objects. An address is used again after a death. */
OURO_API void *ouro_object_at(ouro_heap *heap, uintptr_t address);

/* ---- references ---- */

/* Where in an object a reference is. */
typedef enum ouro_field_kind {
  OURO_FIELD_DECLARED, /* `at` bytes from the beginning of the payload */
  OURO_FIELD_TAIL,     /* element `at` of the tail */
  OURO_FIELD_TRAVERSED /* traverse reports it as number `at`, NULLs counted, from 0 */
} ouro_field_kind;

typedef struct ouro_field {
  ouro_field_kind kind;
  size_t at;
} ouro_field;

/* Report an object's references, NULLs left out. `visit` must not allocate, count
 * references down or collect. (gc.get_referents) */
OURO_API void ouro_referents(const ouro_heap *heap, const void *object,
                             ouro_visit *visit, void *argument);

/* The same with the field of each. */
typedef void ouro_visit_field(void *object, ouro_field field, void *argument);
OURO_API void ouro_fields(const ouro_heap *heap, const void *object,
                          ouro_visit_field *visit, void *argument);

/* An object that refers to another one. */
typedef struct ouro_referrer {
  void *object;
  uint64_t references; /* how many times */
  ouro_field field;    /* the first of them */
} ouro_referrer;

/* Who holds an object: the state of a search, all zero at first. */
typedef struct ouro_holders {
  ouro_cursor cursor;
  uint64_t by_objects; /* references found in objects so far */
  /* Set at the end: references from registered roots (root.h lists them), and those
   * that come from neither, as of local variables. An immortal object, whose count
   * means nothing, has one. If references to the object were written between pages
   * the latter is only near the truth. */
  uint64_t by_roots, by_others;
} ouro_holders;

/* The next objects that refer to `object`, at most `capacity` into `page`. With a
 * capacity of 0 it only counts. Every call looks at the whole heap from where the last
 * one ended; no list of referrers is kept. OURO_EBUSY. (gc.get_referrers) */
OURO_API int ouro_referrers_page(ouro_heap *heap, const void *object,
                                 const ouro_budget *budget, ouro_holders *holders,
                                 ouro_referrer *page, size_t capacity,
                                 size_t *ret_count);

/* ---- the self-check ---- */

/* Check every invariant: arenas, pools, free lists, headers, logs, ages, and that no
 * object is referred to more often than it counts. 0 or OURO_ECORRUPT with what is
 * wrong in `message` (may be NULL when `size` is 0), or OURO_ENOMEM. Reads the whole
 * heap at once. */
OURO_API int ouro_verify(ouro_heap *heap, char *message, size_t size);

OURO_END_DECLS

#endif
