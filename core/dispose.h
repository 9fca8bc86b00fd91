/* dispose.h - what happens to garbage: finalize, clear, free. */
#ifndef CORE_DISPOSE_H
#define CORE_DISPOSE_H

#include "unreachable.h"

/* Run finalizers of heap->garbage, and take out what they brought back to life:
 * record->resurrected of them stand in heap->candidates then. Every object left in the
 * list carries one reference more, the collector's hold. */
void ouro__dispose_finalize(struct search *search, ouro_collection *record);

/* Drop the references of the garbage. In bulk (nothing has a callback) only those that
 * lead out of it are counted down. With DEBUG_SAVEALL all of it moves to the garbage
 * list instead. */
void ouro__dispose_clear(struct search *search, ouro_collection *record);

/* Give the memory back. What its type cannot clear stays, and counts as uncollectable.
 */
void ouro__dispose_free(struct search *search, ouro_collection *record);

#endif
