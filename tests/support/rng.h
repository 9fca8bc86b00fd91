/* rng.h - seeded random numbers (xorshift64*); print the seed when a test fails. */
#ifndef OURO_TESTS_SUPPORT_RNG_H
#define OURO_TESTS_SUPPORT_RNG_H

#include <stdint.h>

struct rng {
  uint64_t state; /* never 0 */
};

static inline uint32_t rng_next(struct rng *rng) {
  rng->state ^= rng->state >> 12;
  rng->state ^= rng->state << 25;
  rng->state ^= rng->state >> 27;
  return (uint32_t)(rng->state * UINT64_C(2685821657736338717) >> 32);
}

/* 0 .. bound - 1 */
static inline uint32_t rng_below(struct rng *rng, uint32_t bound) {
  return (uint32_t)((uint64_t)rng_next(rng) * bound >> 32);
}

#endif
