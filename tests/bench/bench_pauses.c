/* bench_pauses.c - how long the program has to wait, with the collector at work.
 *
 *   w5     request: 40 dead cycles of two, 20 table entries replaced -> one latency
 *          |  live: half a random graph, half a table  |
 *   young  | old, never looked at . . . . . . | young |  <- the only part to pay for
 */
#include "ouro_subject.h"

static void serve(const ouro_type *type, struct node *root, struct node **table,
                  long entries, uint32_t *random) {
  for (int i = 0; i < REQUEST_CYCLES; i++) {
    struct node *first = bench_new(type), *second = bench_new(type);
    ouro_set_take(heap, &first->a, second);
    ouro_set_take(heap, &second->a, first);
  }
  for (int i = 0; i < REQUEST_ENTRIES; i++) {
    struct node **entry = &table[bench_random(random) % entries];
    struct node *node = bench_new(type);
    ouro_set(heap, &node->c, root);
    ouro_decref(heap, *entry);
    *entry = node;
  }
}

void bench_w5(long live) {
  const ouro_type *type = bench_type("Node", 3, NULL);
  long entries = live / 2, requests = bench_requests(live);
  ouro_gc_disable(heap);
  struct node *root = bench_graph(type, live - entries);
  struct node **table = malloc((size_t)entries * sizeof(struct node *));
  double *latencies = bench_touched((size_t)requests * sizeof(double));
  if (table == NULL)
    give_up("no memory");
  for (long i = 0; i < entries; i++)
    table[i] = bench_new(type);
  (void)bench_collect_ns(2, 0);
  ouro_gc_enable(heap);
  uint32_t random = 777;
  for (long i = 0; i < requests; i++) {
    double start = bench_now_ns();
    serve(type, root, table, entries, &random);
    latencies[i] = bench_now_ns() - start;
  }
  bench_latency_rows(latencies, requests);
  /* Everything that died on a cycle must be found by one collection or another. */
  ouro_heap_stats stats;
  if (ouro_gc_collect(heap, 2, NULL) != OURO_OK)
    give_up("the collection failed");
  ouro_heap_get_stats(heap, &stats);
  uint64_t collected = 0;
  for (int i = 0; i < OURO_GENERATIONS; i++)
    collected += stats.generations[i].collected;
  if (stats.live_objects != (uint64_t)live || stats.seq < 3 ||
      collected != (uint64_t)requests * REQUEST_CYCLES * 2)
    give_up("the service's garbage was not collected");
  for (long i = 0; i < entries; i++)
    ouro_decref(heap, table[i]);
  free(table);
  free(latencies);
}

/* Half of the young die in cycles of two; half live on in a chain and then die by
 * counting, so that every repetition begins alike. */
void bench_young(long old) {
  enum { YOUNG = 10000, HELD = YOUNG / 2, TIMES = 51 };
  static struct node *held[HELD];
  const ouro_type *type = bench_type("Node", 3, NULL);
  double times[TIMES];
  ouro_gc_disable(heap);
  struct node *root = bench_graph(type, old);
  (void)bench_collect_ns(2, 0);
  for (int i = 0; i < TIMES; i++) {
    for (int k = 0; k < HELD; k += 2) {
      struct node *first = bench_new(type), *second = bench_new(type);
      ouro_set_take(heap, &first->a, second);
      ouro_set_take(heap, &second->a, first);
      held[k] = bench_new(type);
      held[k + 1] = bench_new(type);
      ouro_set(heap, &held[k + 1]->a, held[k]);
      if (k > 0)
        ouro_set(heap, &held[k]->a, held[k - 1]);
    }
    times[i] = bench_collect_ns(0, HELD) / (double)YOUNG;
    for (int k = 0; k < HELD; k++)
      ouro_decref(heap, held[k]);
  }
  char name[64];
  snprintf(name, sizeof name, "young-%s", bench_size(old));
  bench_row(name, bench_median(times, TIMES), "ns/object");
  (void)root; /* owned to the end: it holds the old */
}
