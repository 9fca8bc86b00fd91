/* moment.h - now, by both clocks.
 *
 * Intervals are measured by the monotonic clock, which nobody can set; what people see
 * or a file keeps is wall time. Functions take a moment instead of reading a clock, so
 * tests make time pass by adding to it. */
#ifndef DAEMON_MOMENT_H
#define DAEMON_MOMENT_H

#include <stdint.h>
#include <time.h>

struct moment {
  uint64_t monotonic_ms;
  int64_t wall_ms; /* Unix epoch */
};

/* Nanoseconds for durations that are only shown; nothing is decided by them. */
static inline uint64_t moment_ns(void) {
  struct timespec monotonic;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  return (uint64_t)monotonic.tv_sec * 1000000000u + (uint64_t)monotonic.tv_nsec;
}

static inline struct moment moment_now(void) {
  struct timespec monotonic, wall;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  clock_gettime(CLOCK_REALTIME, &wall);
  return (struct moment){(uint64_t)monotonic.tv_sec * 1000u +
                             (uint64_t)monotonic.tv_nsec / 1000000u,
                         (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000};
}

#endif
