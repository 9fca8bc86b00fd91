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

static void requests_are_served_while_collection_is_disabled(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_disable(nodes->heap);
  ouro_gc_request(nodes->heap, 0);
  ouro_decref(nodes->heap, nodes_new(nodes));
  assert_int_equal(collections(nodes), 1);
  ouro_gc_request(nodes->heap, 0);
  ouro_safepoint(nodes->heap);
  assert_int_equal(collections(nodes), 2);
}

static void ask_and_stop(struct nodes *nodes, void *object) {
  (void)object;
  ouro_gc_request(nodes->heap, 0);
  ouro_safepoint(nodes->heap);
}

static void a_safepoint_inside_a_collection_does_nothing(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = ask_and_stop;
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(ouro_gc_collect(nodes->heap, 0, NULL), OURO_OK);
  assert_int_equal(collections(nodes), 1);
  /* What was asked for inside is served behind it. */
  ouro_safepoint(nodes->heap);
  assert_int_equal(collections(nodes), 2);
}

static void a_safepoint_in_a_finalizer_that_counting_runs_is_one(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = ask_and_stop;
  ouro_decref(nodes->heap, nodes_person(nodes));
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal(collections(nodes), 1);
}

static void ask_and_stop_dealloc(ouro_heap *heap, void *object) {
  ask_and_stop(ouro_heap_user(heap), object);
}

static void a_safepoint_in_a_dealloc_does_nothing(void **state) {
  struct nodes *nodes = *state;
  const ouro_type_info info = {
      .name = "File", .size = 8, .dealloc = ask_and_stop_dealloc};
  const ouro_type *type;
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  ouro_decref(nodes->heap, ouro_new(nodes->heap, type));
  assert_int_equal(collections(nodes), 0);
  ouro_safepoint(nodes->heap);
  assert_int_equal(collections(nodes), 1);
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
      cmocka_unit_test_setup_teardown(requests_are_served_while_collection_is_disabled,
                                      nodes_setup, nodes_teardown),
      cmocka_unit_test_setup_teardown(a_safepoint_inside_a_collection_does_nothing,
                                      nodes_setup, nodes_teardown),
      cmocka_unit_test_setup_teardown(
          a_safepoint_in_a_finalizer_that_counting_runs_is_one, nodes_setup,
          nodes_teardown),
      cmocka_unit_test_setup_teardown(a_safepoint_in_a_dealloc_does_nothing,
                                      nodes_setup, nodes_teardown),
      cmocka_unit_test_setup_teardown(
          with_explicit_safepoints_allocations_never_collect, setup_explicit,
          nodes_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
