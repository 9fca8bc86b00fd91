/* example.h - a cycle among some objects, found without memory. */
#ifndef CORE_EXAMPLE_H
#define CORE_EXAMPLE_H

#include "meter.h"

/* Whether an object may be on the cycle: it is garbage, or it is alive. */
typedef bool example_inside(const ouro_heap *heap, const ouro_header *header);

/* A cycle of objects for which `inside` holds, reachable from `start` (which must be
 * such an object). Steps of the meter are references looked at, so that a few thousand
 * are a bounded pause. The steps' `object` stays NULL. Calls traverse; nothing else of
 * the embedder's, and reads only what is inside and their references' headers. */
void ouro__example_find(const ouro_heap *heap, const ouro_header *start,
                        example_inside *inside, struct meter *meter, ouro_cycle *ret);

#endif
