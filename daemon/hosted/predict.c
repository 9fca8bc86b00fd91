/* predict.c - how long a collection would take, from those before it.
 *
 *   ratios   | 31 | 29 | 30 | 95 | 30 |     median 30: the disturbed one is outvoted */
#include "predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_size(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

/* The value that `percent` of all are not above; `sorted` is a copy of ours. */
static double quantile(double *sorted, unsigned count, unsigned percent) {
  qsort(sorted, count, sizeof *sorted, by_size);
  unsigned rank = (count * percent + 99) / 100;
  return sorted[rank > 0 ? rank - 1 : 0];
}

/* More would look as if it meant something. */
static double one_decimal(double percent) {
  return (double)(uint64_t)(percent * 10 + 0.5) / 10;
}

static unsigned filled(uint64_t ever, unsigned places) {
  return ever < places ? (unsigned)ever : places;
}

bool predict_pause(const struct predict *predict, unsigned generation,
                   uint64_t candidates, uint64_t *ret_ns) {
  const struct predict_generation *known = &predict->generations[generation];
  double sorted[PREDICT_RATIOS];
  if (known->learnt == 0)
    return false;
  memcpy(sorted, known->ratios, sizeof sorted);
  double ratio = quantile(sorted, filled(known->learnt, PREDICT_RATIOS), 50);
  *ret_ns = (uint64_t)(ratio * (double)(candidates + PREDICT_FIXED_CANDIDATES) + 0.5);
  return true;
}

void predict_learn(struct predict *predict, unsigned generation, uint64_t candidates,
                   uint64_t pause_ns) {
  struct predict_generation *known = &predict->generations[generation];
  double measured = pause_ns > 0 ? (double)pause_ns : 1;
  uint64_t predicted;
  if (predict_pause(predict, generation, candidates, &predicted))
    known->errors[known->predictions++ % PREDICT_ERRORS] =
        fabs((double)predicted - measured) * 100 / measured;
  known->ratios[known->learnt++ % PREDICT_RATIOS] =
      measured / (double)(candidates + PREDICT_FIXED_CANDIDATES);
}

uint64_t predict_errors(const struct predict *predict, unsigned generation,
                        double *ret_p50, double *ret_p90) {
  const struct predict_generation *known = &predict->generations[generation];
  unsigned count = filled(known->predictions, PREDICT_ERRORS);
  double sorted[PREDICT_ERRORS];
  if (count == 0)
    return 0;
  memcpy(sorted, known->errors, sizeof sorted);
  *ret_p50 = one_decimal(quantile(sorted, count, 50));
  *ret_p90 = one_decimal(quantile(sorted, count, 90));
  return known->predictions;
}
