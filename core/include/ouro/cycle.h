/* cycle.h - an example of a cycle, in words that a person can follow.
 *
 *   Person -[8]-> Account -[0]-> Card -[16]-> Person         [n]: offset of the field
 *
 * That so many objects were on cycles tells little; one cycle with its types and fields
 * tells where in the program the reference is that should be weak. */
#ifndef OURO_CYCLE_H
#define OURO_CYCLE_H

#include <ouro/inspect.h>

OURO_BEGIN_DECLS

/* An object on a path or cycle and the field by which it refers to the next one. */
typedef struct ouro_step {
  void *object;          /* borrowed; NULL where the objects are dead already */
  const ouro_type *type; /* borrowed, lives as long as the heap */
  uint32_t id;           /* ouro_object_id() */
  ouro_field field;      /* of a path's last object: nothing */
} ouro_step;

/* Objects of a cycle that are listed. */
#define OURO_CYCLE_OBJECTS 16

typedef struct ouro_cycle {
  uint64_t length; /* objects on it; 0: none was found */
  unsigned count;  /* how many are listed: all, or the first OURO_CYCLE_OBJECTS */
  bool gave_up;    /* none was found, but not everything was tried */
  ouro_step steps[OURO_CYCLE_OBJECTS]; /* the last of all refers to the first */
} ouro_cycle;

/* Find a cycle that `object` is on; failing that, one that can be reached from it. The
 * shortest one of up to OURO_CYCLE_OBJECTS objects; failing that, a longer one along
 * the first references. Needs no memory. `budget` bounds it (without one about two
 * million references are tried); there is nothing to continue, ask again with more. The
 * heap's own thread; OURO_EBUSY while a collection runs or the heap is being freed. */
OURO_API int ouro_find_cycle(ouro_heap *heap, const void *object,
                             const ouro_budget *budget, ouro_cycle *ret);

/* Let each collection that finds garbage look for one cycle in it, by at most this many
 * references (a few hundred cost microseconds). 0 turns it off, as it is at first. */
OURO_API void ouro_gc_set_example(ouro_heap *heap, uint64_t references);

/* The cycle that the last collection found; its objects are dead, so `object` is NULL
 * in each step. NULL when none was looked for or found. Borrowed until the next
 * collection.
 */
OURO_API const ouro_cycle *ouro_gc_example(const ouro_heap *heap);

OURO_END_DECLS

#endif
