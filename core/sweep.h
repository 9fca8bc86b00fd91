/* sweep.h - garbage goes back pool by pool.
 *
 * After ouro__sweep_find() a set bit in marks is garbage and pool->garbage counts a
 * pool's. If none of it has a callback, it is freed from there without ever being
 * listed. */
#ifndef CORE_SWEEP_H
#define CORE_SWEEP_H

#include "unreachable.h"

/* Turn the marks of the live into marks of the garbage, and clean gc_refs. Sets
 * garbage, simple and swept. */
void ouro__sweep_find(struct search *search);

/* Any piece of the garbage; there is some. */
ouro_header *ouro__sweep_first(const struct search *search);

/* Move the garbage to heap->garbage, flagged, and clean marks. 0, or OURO_ENOMEM: then
 * marks are clean too. */
int ouro__sweep_to_list(struct search *search);

/* Count down what the garbage refers to outside of itself, and note its types and ages.
 */
void ouro__sweep_clear(struct search *search);

/* Give its blocks back; clean marks. */
void ouro__sweep_free(struct search *search);

/* The same for heap->garbage, flagged: no callback is left to be called and no weak
 * reference is there. */
void ouro__sweep_clear_list(ouro_heap *heap);
void ouro__sweep_free_list(ouro_heap *heap);

#endif
