/* weakref.h - clearing weak references when their target goes. */
#ifndef CORE_WEAKREF_H
#define CORE_WEAKREF_H

#include "heap_private.h"

/* The object's count is zero and its finalizer has run: clear and call back. */
void ouro__weakref_target_dies(ouro_heap *heap, ouro_header *header);

/* Clear all weak references to heap->garbage, then call back those that are not garbage
 * themselves. How many were cleared. */
uint64_t ouro__weakref_clear_garbage(ouro_heap *heap);

/* Forget the table. */
void ouro__weakref_fini(ouro_heap *heap);

#endif
