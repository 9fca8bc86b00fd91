/* meter.h - a budget being spent, and when nobody may look.
 *
 * Steps are counted, the clock is asked only once in a few hundred of them: asking
 * costs as much as looking at several objects. */
#ifndef CORE_METER_H
#define CORE_METER_H

#include "heap_private.h"

struct meter {
  uint64_t left;     /* steps; 0: spent */
  uint64_t until_ns; /* 0: no limit */
  uint64_t to_clock; /* steps before the clock is asked again */
};

OURO__INLINE struct meter meter_start(const ouro_budget *budget) {
  struct meter meter = {.left = UINT64_MAX, .to_clock = OURO__METER_STEPS};
  if (budget != NULL && budget->steps != 0)
    meter.left = budget->steps;
  if (budget != NULL && budget->time_ns != 0)
    meter.until_ns = ouro__now_ns() + budget->time_ns;
  return meter;
}

OURO__INLINE bool meter_is_spent(const struct meter *meter) {
  return meter->left == 0;
}

OURO__INLINE void meter_spend(struct meter *meter, uint64_t steps) {
  meter->left = steps < meter->left ? meter->left - steps : 0;
  if (OURO__LIKELY(steps < meter->to_clock)) {
    meter->to_clock -= steps;
    return;
  }
  meter->to_clock = OURO__METER_STEPS;
  if (meter->until_ns != 0 && ouro__now_ns() >= meter->until_ns)
    meter->left = 0;
}

/* Why: between the discovery of garbage and its end some objects that look alive will
 * be freed without another look at their counts. */
OURO__INLINE bool may_look(const ouro_heap *heap) {
  return !heap->collecting && !heap->closing;
}

/* Every object that introspection gives away passes here. Nothing to do while
 * collections run in one piece; one that runs in pieces will have to hear of it. */
OURO__INLINE void *hand_out(const ouro_heap *heap, const ouro_header *header) {
  (void)heap;
  return ouro__payload(header);
}

#endif
