/* workloads.h - what every benchmark program in C shares: clock, median, rows, numbers.
 *
 *   PROGRAM WORK SIZE [REPEATS]   prints one row a result:   w2-1M 23.1 ns/object
 *
 * The programs in other languages do the same work on the same numbers and print the
 * same rows; tests/bench/run sets them side by side. */
#ifndef OURO_TESTS_BENCH_WORKLOADS_H
#define OURO_TESTS_BENCH_WORKLOADS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_REPEATS = 101 };

/* How often a work repeats inside one process; the median counts. */
static int repeats = 5;

static inline _Noreturn void give_up(const char *what) {
  fprintf(stderr, "bench: %s\n", what);
  exit(1);
}

/* CPU time of this process: the machine is shared, the wall clock is not ours. */
static inline double bench_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline int bench_order(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return left < right ? -1 : left > right;
}

static inline double bench_median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, bench_order);
  return values[count / 2];
}

/* The same sequence in every language: a linear congruential generator. */
static inline uint32_t bench_random(uint32_t *state) {
  *state = (*state * UINT32_C(1103515245) + 12345) & 0x7fffffff;
  return *state;
}

/* A row of this program's own subject. */
static inline void bench_row(const char *work, double value, const char *unit) {
  printf("%s %.4f %s\n", work, value, unit);
}

/* 10000000 as people say it: 10M. */
static inline const char *bench_size(long size) {
  static char text[32];
  if (size >= 1000000 && size % 1000000 == 0)
    snprintf(text, sizeof text, "%ldM", size / 1000000);
  else if (size >= 10000 && size % 1000 == 0)
    snprintf(text, sizeof text, "%ldk", size / 1000);
  else
    snprintf(text, sizeof text, "%ld", size);
  return text;
}

/* Memory whose pages are all there, so that touching it later costs nothing new. Why
 * volatile: the compiler would make calloc of malloc and memset, which leaves the pages
 * out. */
static inline void *bench_touched(size_t bytes) {
  volatile char *memory = malloc(bytes);
  if (memory == NULL)
    give_up("no memory");
  for (size_t i = 0; i < bytes; i++)
    memory[i] = 0;
  return (void *)(uintptr_t)memory;
}

static inline double bench_resident_bytes(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
    give_up("no /proc/self/statm");
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
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

/* w4: the nodes of a tree, and of all trees that binary-trees of a depth must count. */
static inline long bench_tree_nodes(int depth) {
  return (2L << depth) - 1;
}

static inline long bench_trees_nodes(int depth) {
  long total = bench_tree_nodes(depth + 1) + bench_tree_nodes(depth);
  for (int d = 4; d <= depth; d += 4)
    total += (1L << (depth - d + 4)) * bench_tree_nodes(d);
  return total;
}

/* w5: what a request makes, and how many requests a number of live objects gets. */
enum { REQUEST_CYCLES = 40, REQUEST_ENTRIES = 20 };

static inline long bench_requests(long live) {
  return live / 10;
}

static inline void bench_latency_rows(double *latencies_ns, long count) {
  qsort(latencies_ns, (size_t)count, sizeof *latencies_ns, bench_order);
  bench_row("w5-p50", latencies_ns[count / 2] / 1e3, "us");
  bench_row("w5-p99", latencies_ns[count * 99 / 100] / 1e3, "us");
  bench_row("w5-max", latencies_ns[count - 1] / 1e3, "us");
}

struct work {
  const char *name;
  void (*run)(long size);
};

/* Run the work that the command line names; the table ends with a NULL name. */
static inline int bench_main(int argc, char **argv, const struct work *works) {
  long size = argc >= 3 ? strtol(argv[2], NULL, 10) : 0;
  if (argc == 4)
    repeats = atoi(argv[3]);
  if (size > 0 && argc <= 4 && repeats > 0 && repeats <= MAX_REPEATS)
    for (; works->name != NULL; works++)
      if (strcmp(argv[1], works->name) == 0) {
        works->run(size);
        return 0;
      }
  fprintf(stderr, "usage: %s WORK SIZE [REPEATS]; works are in the head comment\n",
          argv[0]);
  return 2;
}

#endif
