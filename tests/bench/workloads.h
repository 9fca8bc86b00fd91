/* workloads.h - what every benchmark program shares: clock, median, row output. */
#ifndef OURO_TESTS_BENCH_WORKLOADS_H
#define OURO_TESTS_BENCH_WORKLOADS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 5 };

/* CPU time of this process: the machine is shared, the wall clock is not ours. */
static inline double bench_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int bench_order(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

static inline double bench_median(double values[ROUNDS]) {
  qsort(values, ROUNDS, sizeof *values, bench_order);
  return values[ROUNDS / 2];
}

/* The same sequence in every language: a linear congruential generator. */
static inline uint32_t bench_random(uint32_t *state) {
  *state = (*state * UINT32_C(1103515245) + 12345) & 0x7fffffff;
  return *state;
}

/* One line a result, read by tests/bench/run. */
static inline void bench_row(const char *work, double value, const char *unit) {
  printf("%s %.4f %s\n", work, value, unit);
}

/* "w2-1M": the work and its size as people say it. */
static inline void bench_sized_row(const char *work, long size, double value,
                                   const char *unit) {
  char name[64];
  if (size % 1000000 == 0)
    snprintf(name, sizeof name, "%s-%ldM", work, size / 1000000);
  else
    snprintf(name, sizeof name, "%s-%ld", work, size);
  bench_row(name, value, unit);
}

static inline long bench_gcd(long a, long b) {
  while (b != 0) {
    long rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/* A step that visits every index below `count` once, in an order that looks random. */
static inline long bench_stride(long count) {
  long stride = (long)((double)count * 0.6180339887) | 1;
  while (bench_gcd(stride, count) != 1)
    stride += 2;
  return stride;
}

#endif
