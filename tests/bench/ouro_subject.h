/* ouro_subject.h - what the collector's own benchmark shares among its files: the heap,
 * the two types, the random graph, and a collection that is timed and checked. */
#ifndef OURO_TESTS_BENCH_OURO_SUBJECT_H
#define OURO_TESTS_BENCH_OURO_SUBJECT_H

#include <ouro/ouro.h>

#include "workloads.h"

struct node {
  struct node *a, *b, *c;
};

struct pair {
  struct pair *left, *right;
};

/* The program's one heap; made before a work runs. */
extern ouro_heap *heap;

/* A type whose payload is `references` pointers (at most three). */
const ouro_type *bench_type(const char *name, size_t references,
                            void (*finalize)(ouro_heap *, void *));

/* A binary tree plus one random edge a node, the nodes permuted in memory, held by the
 * root that is returned (owned). Automatic collection must be off. */
struct node *bench_graph(const ouro_type *type, long count);

/* Time of a collection that must find `expected` unreachable objects. */
double bench_collect_ns(unsigned generation, uint64_t expected);

static inline void *bench_new(const ouro_type *type) {
  void *object = ouro_new(heap, type);
  if (object == NULL)
    give_up("no memory");
  return object;
}

/* In bench_pauses.c. */
void bench_w5(long live);
void bench_young(long old);

#endif
