/* predict.h - how long a collection would take, from those before it.
 *
 *   pause = (candidates + PREDICT_FIXED_CANDIDATES) * ns per candidate
 *
 * Each generation has a figure of its own, the median of its newest collections: one
 * that was disturbed (a page fault, another process) moves it little. Every collection
 * is predicted before it is learnt from, so how far off the predictions were is
 * measured and not believed. What decides most is not in it: how many of the
 * candidates turn out to be garbage, which nobody knows without collecting.
 *
 * No clock, no heap, no memory of its own. One thread. */
#ifndef DAEMON_PREDICT_H
#define DAEMON_PREDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto.h"

/* Collections that are looked back on: few enough to follow a heap that changes, enough
 * that one disturbed pause does not count. Odd, so that a median is one of them. */
#define PREDICT_RATIOS 15u
/* Predictions whose errors are kept. */
#define PREDICT_ERRORS 100u
/* What a collection costs that examines nothing, as if it examined so many. */
#define PREDICT_FIXED_CANDIDATES 64u

struct predict_generation {
  double ratios[PREDICT_RATIOS]; /* ns per candidate, a ring */
  double errors[PREDICT_ERRORS]; /* percent of the measured pause, a ring */
  uint64_t learnt, predictions;  /* cumulative */
};

struct predict {
  struct predict_generation generations[PROTO_GENERATIONS];
};

/* The pause of a collection of `generation` with so many candidates. False when there
 * was none to learn from. */
bool predict_pause(const struct predict *predict, unsigned generation,
                   uint64_t candidates, uint64_t *ret_ns);
/* A collection took place: compare, then learn. */
void predict_learn(struct predict *predict, unsigned generation, uint64_t candidates,
                   uint64_t pause_ns);
/* How many predictions were compared, and the error that half and nine of ten of the
 * newest stayed within, in percent; untouched while there was none. */
uint64_t predict_errors(const struct predict *predict, unsigned generation,
                        double *ret_p50, double *ret_p90);

#endif
