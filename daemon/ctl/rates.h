/* rates.h - what grew in a second, from one sample of a heap to the next. */
#ifndef CTL_RATES_H
#define CTL_RATES_H

#include <jansson.h>

/* Add to `sample` what it grew by since `before`, of the same heap; nothing where
 * `before` is NULL or the heap began anew. */
void rates_add(json_t *sample, const json_t *before);

/* Collections of all generations since the heap began. */
double rates_collections(const json_t *sample);

#endif
