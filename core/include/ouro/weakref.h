/* weakref.h - references that do not keep their target alive.
 *
 *   ouro_weakref - - - not counted - - -> target
 *   itself an object, counted like any other
 *
 * When the target dies by counting, its weak references are cleared after its finalizer
 * ran (which still finds it through them, and may resurrect it). When it is found
 * unreachable by a collection, they are cleared before any finalizer runs, and stay
 * cleared if one resurrects it. Both as CPython 3.11 does (Objects/weakrefobject.c,
 * handle_weakrefs in Modules/gcmodule.c). */
#ifndef OURO_WEAKREF_H
#define OURO_WEAKREF_H

#include <ouro/object.h>

OURO_BEGIN_DECLS

typedef struct ouro_weakref ouro_weakref;

/* Called once after the target was cleared, newest weak reference first. Only for weak
 * references that are themselves reachable: one that dies with its target is not told.
 * `reference` is borrowed; `context` is the embedder's and must live as long as it. May
 * use the heap in any way; a collection inside a collection is refused. */
typedef void ouro_weakref_callback(ouro_heap *heap, ouro_weakref *reference,
                                   void *context);

/* Make a weak reference to `target`; the caller owns one count of it and gives it back
 * with ouro_decref(). `callback` may be NULL. May collect first (a safepoint). NULL
 * when memory is short. */
OURO_API ouro_weakref *ouro_weakref_new(ouro_heap *heap, void *target,
                                        ouro_weakref_callback *callback, void *context);

/* The target with one more count, which the caller owns, or NULL when it is gone. */
OURO_API void *ouro_weakref_get(ouro_heap *heap, ouro_weakref *reference);

/* The target, borrowed, or NULL when it is gone: a look that changes no count, for who
 * shows a heap, also between the steps of a collection (step.h). */
OURO_API void *ouro_weakref_peek(const ouro_weakref *reference);

/* How many weak references an object has. */
OURO_API size_t ouro_weakref_count(const ouro_heap *heap, const void *object);

OURO_END_DECLS

#endif
