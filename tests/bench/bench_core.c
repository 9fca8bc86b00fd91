/* bench_core.c - the collector's works: bench_core WORK SIZE [REPEATS]
 *
 *   w2 N        full collection, everything alive: a binary tree plus one random edge a
 *               node, nodes permuted in memory, one root; and the floor of that
 *               (bench_floor.h)                                  ns an object
 *   w2-roots N  the same, the root registered with the heap
 *   w3 N        reclaim N objects in dead cycles of 2 and of 1000   ns an object
 *   w3-fin N    the same, each object with a finalizer
 *   w4 DEPTH    binary-trees                                        s
 *   w5 N        a service with N live objects: time of a request    us
 *   w6 N        an object with two references, everything included  bytes
 *   young N     collect 10,000 young objects among N old ones       ns a young object
 */
#include "bench_floor.h"
#include "ouro_subject.h"

ouro_heap *heap;

const ouro_type *bench_type(const char *name, size_t references,
                            void (*finalize)(ouro_heap *, void *)) {
  static const size_t offsets[3] = {0, sizeof(void *), 2 * sizeof(void *)};
  ouro_type_info info = {.name = name,
                         .size = references * sizeof(void *),
                         .refs = offsets,
                         .ref_count = references,
                         .finalize = finalize};
  const ouro_type *type;
  if (ouro_type_new(heap, &info, &type) != OURO_OK)
    give_up("no type");
  return type;
}

double bench_collect_ns(unsigned generation, uint64_t expected) {
  ouro_collection collection;
  double start = bench_now_ns();
  if (ouro_gc_collect(heap, generation, &collection) != OURO_OK)
    give_up("the collection failed");
  double end = bench_now_ns();
  if (collection.collected != expected)
    give_up("the collection found something else");
  return end - start;
}

struct node *bench_graph(const ouro_type *type, long count) {
  long stride = bench_stride(count);
  struct node **nodes = calloc((size_t)count, sizeof(struct node *));
  if (nodes == NULL)
    give_up("no memory");
  for (long i = 0; i < count; i++)
    nodes[i] = bench_new(type);
  uint32_t random = 12345;
  for (long i = 0; i < count; i++) {
    struct node *node = nodes[i * stride % count];
    if (2 * i + 1 < count)
      ouro_set(heap, &node->a, nodes[(2 * i + 1) * stride % count]);
    if (2 * i + 2 < count)
      ouro_set(heap, &node->b, nodes[(2 * i + 2) * stride % count]);
    ouro_set(heap, &node->c, nodes[bench_random(&random) % count]);
  }
  struct node *root = nodes[0];
  for (long i = 1; i < count; i++)
    ouro_decref(heap, nodes[i]);
  free(nodes);
  return root;
}

/* ---- w2 ---- */

static void check_examined(uint64_t expected) {
  ouro_collection collection;
  if (ouro_gc_collect(heap, 2, &collection) != OURO_OK ||
      collection.candidates != expected)
    give_up("the collection examined something else");
}

/* Everything alive. The floor is measured in turn with the collections, so that both
 * meet the same machine; NULL measures none. */
static void full_collections(const char *suffix, long count,
                             struct bench_floor *floor) {
  double times[MAX_REPEATS], floors[MAX_REPEATS];
  char name[64];
  check_examined((uint64_t)count);
  for (int i = 0; i < repeats; i++) {
    times[i] = bench_collect_ns(2, 0) / (double)count;
    if (floor != NULL)
      floors[i] = bench_floor_ns(floor) / (double)count;
  }
  snprintf(name, sizeof name, "w2-%s%s", bench_size(count), suffix);
  bench_row(name, bench_median(times, repeats), "ns/object");
  if (floor != NULL)
    printf("%s %.4f ns/object floor\n", name, bench_median(floors, repeats));
}

static void w2(long count) {
  ouro_gc_disable(heap);
  struct node *root = bench_graph(bench_type("Node", 3, NULL), count);
  struct bench_floor *floor = bench_floor_new(count);
  full_collections("", count, floor);
  bench_floor_free(floor);
  (void)root; /* owned to the end: it holds everything */
}

static void w2_roots(long count) {
  ouro_gc_disable(heap);
  struct node *root = bench_graph(bench_type("Node", 3, NULL), count);
  if (ouro_root_add(heap, &root, "root") != OURO_OK)
    give_up("no root");
  full_collections("-roots", count, NULL);
  if (ouro_root_remove(heap, &root) != OURO_OK)
    give_up("the root is gone");
}

/* ---- w3 ---- */

static long finalizers_run;

static void count_finalizer(ouro_heap *owner, void *object) {
  (void)owner;
  (void)object;
  finalizers_run++;
}

static void make_cycles(const ouro_type *type, long count, long length) {
  for (long i = 0; i < count / length; i++) {
    struct node *first = bench_new(type), *last = first;
    for (long k = 1; k < length; k++) {
      struct node *next = bench_new(type);
      ouro_set_take(heap, &last->a, next);
      last = next;
    }
    ouro_set_take(heap, &last->a, first);
  }
}

static void dead_cycles(long count, const char *suffix, const ouro_type *type,
                        long finalizers) {
  ouro_gc_disable(heap);
  for (long length = 2; length <= 1000; length += 998) {
    double times[MAX_REPEATS];
    char name[64];
    for (int i = 0; i < repeats; i++) {
      make_cycles(type, count, length);
      finalizers_run = 0;
      times[i] = bench_collect_ns(2, (uint64_t)count) / (double)count;
      if (finalizers_run != finalizers)
        give_up("not each finalizer ran once");
    }
    snprintf(name, sizeof name, "w3-%ld%s", length, suffix);
    bench_row(name, bench_median(times, repeats), "ns/object");
  }
}

static void w3(long count) {
  dead_cycles(count, "", bench_type("Node", 3, NULL), 0);
}

static void w3_fin(long count) {
  dead_cycles(count, "-fin", bench_type("Node", 3, count_finalizer), count);
}

/* ---- w4 ---- */

static struct pair *tree(const ouro_type *type, int depth) {
  struct pair *pair = bench_new(type);
  if (depth > 0) {
    ouro_set_take(heap, &pair->left, tree(type, depth - 1));
    ouro_set_take(heap, &pair->right, tree(type, depth - 1));
  }
  return pair;
}

static long nodes_of(const struct pair *pair) {
  return pair->left == NULL ? 1 : 1 + nodes_of(pair->left) + nodes_of(pair->right);
}

static void w4(long depth) {
  const ouro_type *type = bench_type("Pair", 2, NULL);
  double start = bench_now_ns();
  struct pair *stretch = tree(type, (int)depth + 1);
  long total = nodes_of(stretch);
  ouro_decref(heap, stretch);
  struct pair *kept = tree(type, (int)depth);
  for (int d = 4; d <= depth; d += 4)
    for (long i = 0; i < 1L << (depth - d + 4); i++) {
      struct pair *passing = tree(type, d);
      total += nodes_of(passing);
      ouro_decref(heap, passing);
    }
  total += nodes_of(kept);
  ouro_decref(heap, kept);
  double end = bench_now_ns();
  char name[64];
  if (total != bench_trees_nodes((int)depth))
    give_up("the trees have other nodes");
  snprintf(name, sizeof name, "w4-%ld", depth);
  bench_row(name, (end - start) / 1e9, "s");
}

/* ---- w6 ---- */

static void w6(long count) {
  const ouro_type *type = bench_type("Pair", 2, NULL);
  struct pair **pairs = bench_touched((size_t)count * sizeof(struct pair *));
  double before = bench_resident_bytes();
  for (long i = 0; i < count; i++)
    pairs[i] = bench_new(type);
  bench_row("w6", (bench_resident_bytes() - before) / (double)count, "bytes/object");
  ouro_heap_stats stats;
  ouro_heap_get_stats(heap, &stats);
  if (stats.live_objects != (uint64_t)count)
    give_up("not all objects are alive");
  for (long i = 0; i < count; i++)
    ouro_decref(heap, pairs[i]);
  free(pairs);
}

int main(int argc, char **argv) {
  static const struct work works[] = {{"w2", w2},       {"w2-roots", w2_roots},
                                      {"w3", w3},       {"w3-fin", w3_fin},
                                      {"w4", w4},       {"w6", w6},
                                      {"w5", bench_w5}, {"young", bench_young},
                                      {NULL, NULL}};
  heap = ouro_heap_new(NULL);
  if (heap == NULL)
    give_up("no heap");
  int status = bench_main(argc, argv, works);
  ouro_heap_free(heap);
  return status;
}
