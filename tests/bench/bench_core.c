/* bench_core.c - the collector's workloads: bench_core WORK SIZE
 *
 *   w2 N      full collection, everything alive: a binary tree plus one random edge a
 *             node, nodes permuted in memory, one root            ns an object
 *   w3 N      reclaim N objects in dead cycles of 2 and of 1000   ns an object
 *   w4 DEPTH  binary-trees                                        s
 *   w6 N      bytes for an object with two references, everything included
 *
 * bench_core.py does the same work in CPython; tests/bench/run sets them side by side.
 */
#include <ouro/ouro.h>
#include <string.h>
#include <unistd.h>

#include "workloads.h"

struct node {
  struct node *a, *b, *c;
};

struct pair {
  struct pair *left, *right;
};

static ouro_heap *heap;

static _Noreturn void give_up(const char *what) {
  fprintf(stderr, "bench_core: %s\n", what);
  exit(1);
}

static const ouro_type *type_of(const char *name, size_t references) {
  static const size_t offsets[3] = {0, sizeof(void *), 2 * sizeof(void *)};
  ouro_type_info info = {.name = name,
                         .size = references * sizeof(void *),
                         .refs = offsets,
                         .ref_count = references};
  const ouro_type *type;
  if (ouro_type_new(heap, &info, &type) != OURO_OK)
    give_up("no type");
  return type;
}

static void *make(const ouro_type *type) {
  void *object = ouro_new(heap, type);
  if (object == NULL)
    give_up("no memory");
  return object;
}

static double collect_ns(uint64_t expected) {
  ouro_collection collection;
  double start = bench_now_ns();
  if (ouro_gc_collect(heap, 2, &collection) != OURO_OK)
    give_up("the collection failed");
  double end = bench_now_ns();
  if (collection.collected != expected)
    give_up("the collection found something else");
  return end - start;
}

static void w2(long count) {
  const ouro_type *type = type_of("Node", 3);
  long stride = bench_stride(count);
  struct node **nodes = malloc((size_t)count * sizeof(struct node *));
  if (nodes == NULL)
    give_up("no memory");
  ouro_gc_disable(heap);
  for (long i = 0; i < count; i++)
    nodes[i] = make(type);
  uint32_t random = 12345;
  for (long i = 0; i < count; i++) {
    struct node *node = nodes[i * stride % count];
    if (2 * i + 1 < count)
      ouro_set(heap, &node->a, nodes[(2 * i + 1) * stride % count]);
    if (2 * i + 2 < count)
      ouro_set(heap, &node->b, nodes[(2 * i + 2) * stride % count]);
    ouro_set(heap, &node->c, nodes[bench_random(&random) % count]);
  }
  for (long i = 1; i < count; i++)
    ouro_decref(heap, nodes[i]);
  free(nodes);
  double times[ROUNDS];
  (void)collect_ns(0);
  for (int i = 0; i < ROUNDS; i++)
    times[i] = collect_ns(0) / (double)count;
  bench_sized_row("w2", count, bench_median(times), "ns/object");
}

static void make_cycles(const ouro_type *type, long count, long length) {
  for (long i = 0; i < count / length; i++) {
    struct node *first = make(type), *last = first;
    for (long k = 1; k < length; k++) {
      struct node *next = make(type);
      ouro_set_take(heap, &last->a, next);
      last = next;
    }
    ouro_set_take(heap, &last->a, first);
  }
}

static void w3(long count) {
  const ouro_type *type = type_of("Node", 3);
  ouro_gc_disable(heap);
  for (long length = 2; length <= 1000; length += 998) {
    double times[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      make_cycles(type, count, length);
      times[i] = collect_ns((uint64_t)count) / (double)count;
    }
    bench_sized_row("w3", length, bench_median(times), "ns/object");
  }
}

static struct pair *tree(const ouro_type *type, int depth) {
  struct pair *pair = make(type);
  if (depth > 0) {
    ouro_set_take(heap, &pair->left, tree(type, depth - 1));
    ouro_set_take(heap, &pair->right, tree(type, depth - 1));
  }
  return pair;
}

static long check(const struct pair *pair) {
  return pair->left == NULL ? 1 : 1 + check(pair->left) + check(pair->right);
}

static void w4(long depth) {
  const ouro_type *type = type_of("Pair", 2);
  double start = bench_now_ns();
  struct pair *stretch = tree(type, (int)depth + 1);
  long total = check(stretch);
  ouro_decref(heap, stretch);
  struct pair *kept = tree(type, (int)depth);
  for (int d = 4; d <= depth; d += 4)
    for (long i = 0; i < 1L << (depth - d + 4); i++) {
      struct pair *passing = tree(type, d);
      total += check(passing);
      ouro_decref(heap, passing);
    }
  total += check(kept);
  ouro_decref(heap, kept);
  if (total == 0)
    give_up("no trees");
  bench_sized_row("w4", depth, (bench_now_ns() - start) / 1e9, "s");
}

static double resident_bytes(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
    give_up("no /proc/self/statm");
  fclose(file);
  return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void w6(long count) {
  const ouro_type *type = type_of("Pair", 2);
  struct pair **pairs = malloc((size_t)count * sizeof(struct pair *));
  if (pairs == NULL)
    give_up("no memory");
  memset(pairs, 0, (size_t)count * sizeof(struct pair *));
  double before = resident_bytes();
  for (long i = 0; i < count; i++)
    pairs[i] = make(type);
  bench_row("w6", (resident_bytes() - before) / (double)count, "bytes/object");
  for (long i = 0; i < count; i++)
    ouro_decref(heap, pairs[i]);
  free(pairs);
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(long size);
  } works[] = {{"w2", w2}, {"w3", w3}, {"w4", w4}, {"w6", w6}};
  long size = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
  heap = ouro_heap_new(NULL);
  if (heap == NULL)
    give_up("no heap");
  for (unsigned i = 0; size > 0 && i < sizeof works / sizeof *works; i++)
    if (strcmp(argv[1], works[i].name) == 0) {
      works[i].run(size);
      ouro_heap_free(heap);
      return 0;
    }
  fputs("usage: bench_core w2|w3|w4|w6 SIZE\n", stderr);
  return 2;
}
