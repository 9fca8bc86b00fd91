/* step.h - run a collection one phase at a time, to watch the real one work.
 *
 *   begin -> step: subtract -> step: mark -> step: unreachable -> ... -> step: free
 *                     |            |               |
 *            ouro_gc_refs()   ouro_gc_verdict()  finalizers run inside a step
 *
 * Between steps the program stands still: objects may be looked at (ouro_objects(),
 * ouro_referents(), the functions below), but nothing may be written, counted up or
 * counted down. A birth is refused then (NULL), and what loses its last reference is
 * kept for ever rather than freed under the collection. The heap's own thread calls
 * everything here. */
#ifndef OURO_STEP_H
#define OURO_STEP_H

#include <ouro/gc.h>

OURO_BEGIN_DECLS

/* Start a collection of `generation`; its first phase has not run yet. The callback is
 * told the start. OURO_EBUSY while another runs and inside a finalizer or callback,
 * OURO_EINVAL, OURO_ENOMEM. */
OURO_API int ouro_gc_step_begin(ouro_heap *heap, unsigned generation);

/* Run the next phase; `*ret_phase` is which (may be NULL). After OURO_PHASE_FREE the
 * collection is over, the callback has been told, and its record is in `*ret` (may be
 * NULL). OURO_EINVAL when none was begun or from inside a step, OURO_ENOMEM when memory
 * is short in OURO_PHASE_UNREACHABLE: the collection is over then and nothing was
 * freed.
 */
OURO_API int ouro_gc_step(ouro_heap *heap, ouro_phase *ret_phase, ouro_collection *ret);

/* Run all phases that are left. The same answers. */
OURO_API int ouro_gc_step_finish(ouro_heap *heap, ouro_collection *ret);

/* Whether a collection stands between two steps. */
OURO_API bool ouro_gc_is_stepping(const ouro_heap *heap);

/* From subtract until unreachable: an object's reference count less the references that
 * candidates have to it; what is above 0 is held from outside. -1 at other times and
 * for an object that is no candidate. Exact; time grows with the heap for an object
 * with more than 127 references. (CPython's gc_refs after subtract_refs) */
OURO_API int64_t ouro_gc_refs(const ouro_heap *heap, const void *object);

typedef enum ouro_verdict {
  OURO_NO_CANDIDATE, /* not looked at by this collection, or none is stepped */
  OURO_UNDECIDED,    /* before mark */
  OURO_REACHABLE,    /* from mark on: held from outside, or reached from what is */
  OURO_UNREACHABLE,  /* from mark on: garbage, unless a finalizer resurrects it */
} ouro_verdict;

OURO_API ouro_verdict ouro_gc_verdict(const ouro_heap *heap, const void *object);

OURO_END_DECLS

#endif
