/* peer_boehm.c - the collector's works on the Boehm-Demers-Weiser collector; see
 * bench_core.c for what they are.
 *
 * Its sweep is lazy only for memory blocks in which something is alive. w3's objects
 * all die, so the collection itself gives their blocks back; free_bytes() proves it.
 * What w3 leaves out is the zeroing when they are allocated again. */
#include <gc.h>

#include "workloads.h"

struct node {
  struct node *a, *b, *c;
};

struct pair {
  struct pair *left, *right;
};

/* Statics are roots. */
static struct node *root, **table;
static struct pair *kept, **pairs;

static void *make(size_t size) {
  void *object = GC_MALLOC(size);
  if (object == NULL)
    give_up("no memory");
  return object;
}

static struct node *graph(long count) {
  long stride = bench_stride(count);
  struct node **nodes = make((size_t)count * sizeof(struct node *));
  for (long i = 0; i < count; i++)
    nodes[i] = make(sizeof(struct node));
  uint32_t random = 12345;
  for (long i = 0; i < count; i++) {
    struct node *node = nodes[i * stride % count];
    if (2 * i + 1 < count)
      node->a = nodes[(2 * i + 1) * stride % count];
    if (2 * i + 2 < count)
      node->b = nodes[(2 * i + 2) * stride % count];
    node->c = nodes[bench_random(&random) % count];
  }
  struct node *first = nodes[0];
  GC_FREE(nodes);
  return first;
}

static double collect_ns(void) {
  GC_word before = GC_get_gc_no();
  double start = bench_now_ns();
  GC_gcollect();
  double end = bench_now_ns();
  if (GC_get_gc_no() == before)
    give_up("no collection ran");
  return end - start;
}

static size_t used_bytes(void) {
  return GC_get_heap_size() - GC_get_free_bytes();
}

static void w2(long count) {
  double times[MAX_REPEATS];
  char name[64];
  GC_disable();
  root = graph(count);
  GC_enable();
  (void)collect_ns();
  for (int i = 0; i < repeats; i++)
    times[i] = collect_ns() / (double)count;
  if (used_bytes() < (size_t)count * sizeof(struct node))
    give_up("the graph did not live");
  snprintf(name, sizeof name, "w2-%s", bench_size(count));
  bench_row(name, bench_median(times, repeats), "ns/object");
}

/* Not inlined: a pointer left on the stack would keep a cycle. */
static __attribute__((noinline)) void make_cycles(long count, long length) {
  for (long i = 0; i < count / length; i++) {
    struct node *first = make(sizeof *first), *last = first;
    for (long k = 1; k < length; k++) {
      last->a = make(sizeof *last);
      last = last->a;
    }
    last->a = first;
  }
}

static void w3(long count) {
  for (long length = 2; length <= 1000; length += 998) {
    double times[MAX_REPEATS];
    char name[64];
    for (int i = 0; i < repeats; i++) {
      GC_gcollect();
      GC_disable();
      make_cycles(count, length);
      size_t used = used_bytes();
      GC_enable();
      times[i] = collect_ns() / (double)count;
      /* Conservative: a few may stay. */
      if (used - used_bytes() < (size_t)count * sizeof(struct node) * 9 / 10)
        give_up("the cycles were not reclaimed");
    }
    snprintf(name, sizeof name, "w3-%ld", length);
    bench_row(name, bench_median(times, repeats), "ns/object");
  }
}

static struct pair *tree(int depth) {
  struct pair *pair = make(sizeof *pair);
  if (depth > 0) {
    pair->left = tree(depth - 1);
    pair->right = tree(depth - 1);
  }
  return pair;
}

static long nodes_of(const struct pair *pair) {
  return pair->left == NULL ? 1 : 1 + nodes_of(pair->left) + nodes_of(pair->right);
}

static void w4(long depth) {
  char name[64];
  double start = bench_now_ns();
  long total = nodes_of(tree((int)depth + 1));
  kept = tree((int)depth);
  for (int d = 4; d <= depth; d += 4)
    for (long i = 0; i < 1L << (depth - d + 4); i++)
      total += nodes_of(tree(d));
  total += nodes_of(kept);
  double end = bench_now_ns();
  if (total != bench_trees_nodes((int)depth))
    give_up("the trees have other nodes");
  snprintf(name, sizeof name, "w4-%ld", depth);
  bench_row(name, (end - start) / 1e9, "s");
}

static void serve(long entries, uint32_t *random) {
  for (int i = 0; i < REQUEST_CYCLES; i++) {
    struct node *first = make(sizeof *first), *second = make(sizeof *second);
    first->a = second;
    second->a = first;
  }
  for (int i = 0; i < REQUEST_ENTRIES; i++) {
    struct node *node = make(sizeof *node);
    node->c = root;
    table[bench_random(random) % entries] = node;
  }
}

static void w5(long live) {
  long entries = live / 2, requests = bench_requests(live);
  double *latencies = bench_touched((size_t)requests * sizeof(double));
  GC_disable();
  root = graph(live - entries);
  table = make((size_t)entries * sizeof(struct node *));
  for (long i = 0; i < entries; i++)
    table[i] = make(sizeof(struct node));
  GC_enable();
  GC_gcollect();
  GC_word collections = GC_get_gc_no();
  uint32_t random = 777;
  for (long i = 0; i < requests; i++) {
    double start = bench_now_ns();
    serve(entries, &random);
    latencies[i] = bench_now_ns() - start;
  }
  /* A service that is too short never needs one. */
  if (GC_get_gc_no() == collections && live >= 1000000)
    give_up("no collection ran");
  bench_latency_rows(latencies, requests);
  free(latencies);
}

static void w6(long count) {
  pairs = make((size_t)count * sizeof(struct pair *));
  memset(pairs, 0, (size_t)count * sizeof(struct pair *));
  GC_disable();
  double before = bench_resident_bytes();
  for (long i = 0; i < count; i++)
    pairs[i] = make(sizeof(struct pair));
  bench_row("w6", (bench_resident_bytes() - before) / (double)count, "bytes/object");
}

int main(int argc, char **argv) {
  static const struct work works[] = {{"w2", w2}, {"w3", w3}, {"w4", w4},
                                      {"w5", w5}, {"w6", w6}, {NULL, NULL}};
  GC_INIT();
  return bench_main(argc, argv, works);
}
