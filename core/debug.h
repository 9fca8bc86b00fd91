/* debug.h - the garbage list and the lines of the debug flags. */
#ifndef CORE_DEBUG_H
#define CORE_DEBUG_H

#include "heap_private.h"

/* Make room in the garbage list for this many more. 0 or OURO_ENOMEM. */
int ouro__debug_reserve(ouro_heap *heap, size_t more);
/* Keep an object there, one count more. There is room. */
void ouro__debug_save(ouro_heap *heap, ouro_header *header);
/* Forget the list, without counting down. */
void ouro__debug_fini(ouro_heap *heap);

void ouro__debug_start(ouro_heap *heap, const ouro_collection *record);
void ouro__debug_done(ouro_heap *heap, const ouro_collection *record);
/* A line for each of heap->garbage. */
void ouro__debug_collectable(ouro_heap *heap);
void ouro__debug_uncollectable(ouro_heap *heap, const ouro_header *header);

#endif
