/* Safepoints: requests from other threads, and embedders who choose the moment. */
#include <pthread.h>

#include "nodes.h"

static uint64_t collections(const struct nodes *nodes) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  return stats.seq;
}

static ouro_collection seen;

static void remember(ouro_heap *heap, ouro_gc_event event,
                     const ouro_collection *collection, void *context) {
  (void)heap, (void)context;
  if (event == OURO_GC_STOP)
    seen = *collection;
}

static void *request_generation_1(void *heap) {
  assert_int_equal(ouro_gc_request(heap, 0), OURO_OK);
  assert_int_equal(ouro_gc_request(heap, 1), OURO_OK);
  assert_int_equal(ouro_gc_request(heap, 0), OURO_OK);
  return NULL;
}

static void requests_of_another_thread_become_one_of_the_oldest(void **state) {
  struct nodes *nodes = *state;
  pthread_t thread;
  ouro_gc_set_callback(nodes->heap, remember, NULL);
  assert_int_equal(pthread_create(&thread, NULL, request_generation_1, nodes->heap), 0);
  pthread_join(thread, NULL);
  ouro_safepoint(nodes->heap);
  assert_int_equal(collections(nodes), 1);
  assert_int_equal(seen.generation, 1);
  assert_int_equal(seen.reason, OURO_REASON_REMOTE);
  ouro_safepoint(nodes->heap);
  assert_int_equal(collections(nodes), 1);
  ouro_gc_set_callback(nodes->heap, NULL, NULL);
}

static void an_allocation_serves_a_request(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_request(nodes->heap, 2);
  void *leaf = ouro_new(nodes->heap, nodes->leaf);
  assert_int_equal(collections(nodes), 1);
  ouro_decref(nodes->heap, leaf);
}

static int setup_explicit(void **state) {
  ouro_heap_config config = {.explicit_safepoints = true};
  return nodes_setup_with(state, &config);
}

static void with_explicit_safepoints_allocations_never_collect(void **state) {
  struct nodes *nodes = *state;
  for (int i = 0; i < 1000; i++)
    nodes_drop_cycle(nodes, nodes->person);
  ouro_gc_request(nodes->heap, 0);
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(collections(nodes), 0);
  assert_int_equal(nodes->finalized, 0);
  ouro_safepoint(nodes->heap);
  assert_int_equal(collections(nodes), 1);
  assert_int_equal(nodes->finalized, 2002);
  ouro_safepoint(nodes->heap);
  assert_int_equal(collections(nodes), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(
          requests_of_another_thread_become_one_of_the_oldest, nodes_setup,
          nodes_teardown),
      cmocka_unit_test_setup_teardown(an_allocation_serves_a_request, nodes_setup,
                                      nodes_teardown),
      cmocka_unit_test_setup_teardown(
          with_explicit_safepoints_allocations_never_collect, setup_explicit,
          nodes_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
