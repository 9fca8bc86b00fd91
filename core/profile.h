/* profile.h - the sampling of births. */
#ifndef CORE_PROFILE_H
#define CORE_PROFILE_H

#include "heap_private.h"

/* An object of `bytes`, header and rounding included, is born while heap->profiling.
 * Asks for memory where it needs a new row; cannot fail. */
void ouro__profile_birth(ouro_heap *heap, const ouro_type *type, size_t bytes);

/* Forget everything. */
void ouro__profile_fini(ouro_heap *heap);

#endif
