/* stats.h - sums that several files need. */
#ifndef CORE_STATS_H
#define CORE_STATS_H

#include "heap_private.h"

struct stats_totals {
  uint64_t allocated_objects, freed_objects, allocated_bytes;
  uint64_t live_objects, live_bytes;
};

struct stats_totals ouro__stats_totals(const ouro_heap *heap);

/* Enter a pause into the histogram. */
void ouro__stats_record_pause(ouro_heap *heap, uint64_t pause_ns);

#endif
