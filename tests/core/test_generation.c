/* Generations: promotion, counts, thresholds, and when a collection starts by itself.
 */
#include "nodes.h"

static ouro_heap_stats stats_of(const struct nodes *nodes) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  return stats;
}

static void thresholds(struct nodes *nodes, uint32_t a, uint32_t b, uint32_t c) {
  uint32_t values[3] = {a, b, c};
  assert_int_equal(ouro_gc_set_threshold(nodes->heap, values, 3), OURO_OK);
}

static void survivors_move_up_one_generation_at_a_time(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  assert_int_equal(ouro_object_generation(node), 0);
  for (int expected = 1; expected <= 2; expected++) {
    ouro_collection collection;
    ouro_gc_collect(nodes->heap, (unsigned)expected - 1, &collection);
    assert_int_equal(collection.promoted, 1);
    assert_int_equal(ouro_object_generation(node), expected);
    assert_int_equal(stats_of(nodes).generations[expected].objects, 1);
  }
  ouro_collection collection;
  ouro_gc_collect(nodes->heap, 2, &collection);
  assert_int_equal(collection.promoted, 0);
  ouro_decref(nodes->heap, node);
}

static void the_defaults_are_700_10_10(void **state) {
  struct nodes *nodes = *state;
  uint32_t values[3];
  ouro_gc_threshold(nodes->heap, values);
  assert_int_equal(values[0], 700);
  assert_int_equal(values[1], 10);
  assert_int_equal(values[2], 10);
  assert_true(ouro_gc_is_enabled(nodes->heap));
}

static void thresholds_left_out_stay(void **state) {
  struct nodes *nodes = *state;
  uint32_t one = 50, too_much = (uint32_t)INT32_MAX + 1, values[3];
  assert_int_equal(ouro_gc_set_threshold(nodes->heap, &one, 1), OURO_OK);
  assert_int_equal(ouro_gc_set_threshold(nodes->heap, &too_much, 1), OURO_EINVAL);
  assert_int_equal(ouro_gc_set_threshold(nodes->heap, &one, 0), OURO_EINVAL);
  assert_int_equal(ouro_gc_set_threshold(nodes->heap, &one, 4), OURO_EINVAL);
  ouro_gc_threshold(nodes->heap, values);
  assert_int_equal(values[0], 50);
  assert_int_equal(values[1], 10);
}

static void the_701st_net_container_collects(void **state) {
  struct nodes *nodes = *state;
  static struct node *kept[701];
  for (int i = 0; i < 700; i++)
    kept[i] = nodes_new(nodes);
  assert_int_equal(stats_of(nodes).seq, 0);
  kept[700] = nodes_new(nodes);
  assert_int_equal(stats_of(nodes).seq, 1);
  assert_int_equal(stats_of(nodes).generations[0].collections, 1);
  for (int i = 0; i < 701; i++)
    ouro_decref(nodes->heap, kept[i]);
}

static void count_0_is_net_new_containers_and_never_negative(void **state) {
  struct nodes *nodes = *state;
  uint64_t counts[3];
  struct node *old = nodes_new(nodes);
  ouro_gc_collect(nodes->heap, 2, NULL);
  struct node *young = nodes_new(nodes);
  void *leaf = ouro_new(nodes->heap, nodes->leaf);
  ouro_gc_count(nodes->heap, counts);
  assert_int_equal(counts[0], 1);
  ouro_decref(nodes->heap, young);
  ouro_decref(nodes->heap, leaf);
  ouro_decref(nodes->heap, old);
  ouro_gc_count(nodes->heap, counts);
  assert_int_equal(counts[0], 0);
}

static void counts_1_and_2_count_collections_of_the_younger(void **state) {
  struct nodes *nodes = *state;
  uint64_t counts[3];
  for (int i = 0; i < 3; i++)
    ouro_gc_collect(nodes->heap, 0, NULL);
  ouro_gc_count(nodes->heap, counts);
  assert_int_equal(counts[1], 3);
  ouro_gc_collect(nodes->heap, 1, NULL);
  ouro_gc_count(nodes->heap, counts);
  assert_int_equal(counts[1], 0);
  assert_int_equal(counts[2], 1);
  ouro_gc_collect(nodes->heap, 2, NULL);
  ouro_gc_count(nodes->heap, counts);
  assert_int_equal(counts[2], 0);
}

static void generation_1_is_due_after_more_than_10_of_generation_0(void **state) {
  struct nodes *nodes = *state;
  thresholds(nodes, 10, 10, 10);
  for (int i = 0; i < 500; i++)
    nodes_drop_cycle(nodes, nodes->node);
  ouro_heap_stats stats = stats_of(nodes);
  assert_int_equal(stats.generations[2].collections, 0);
  /* Every twelfth collection: eleven of generation 0, then one of 1. */
  assert_int_equal(stats.generations[1].collections, stats.seq / 12);
  assert_int_equal(stats.generations[0].collected + stats.generations[1].collected +
                       stats.live_objects,
                   1000);
}

static void a_full_collection_waits_for_a_quarter_of_growth(void **state) {
  struct nodes *nodes = *state;
  enum { OLD = 1000 };
  static struct node *old[OLD * 2];
  thresholds(nodes, 0, 0, 0);
  for (int i = 0; i < OLD; i++)
    old[i] = nodes_new(nodes);
  ouro_gc_collect(nodes->heap, 2, NULL);
  thresholds(nodes, 1, 0, 0);
  int more = OLD;
  uint64_t full = stats_of(nodes).generations[2].collections;
  while (stats_of(nodes).generations[2].collections == full && more < 2 * OLD)
    old[more++] = nodes_new(nodes);
  assert_in_range(more - OLD, OLD / 4, OLD / 4 + 10);
  for (int i = 0; i < more; i++)
    ouro_decref(nodes->heap, old[i]);
}

/* CPython forgets those that counting freed (its issue 122569). */
static void pending_old_objects_that_die_by_counting_are_forgotten(void **state) {
  struct nodes *nodes = *state;
  enum { OLD = 1000 };
  static struct node *old[OLD];
  thresholds(nodes, 0, 0, 0);
  for (int i = 0; i < OLD; i++)
    old[i] = nodes_new(nodes);
  ouro_gc_collect(nodes->heap, 2, NULL);
  thresholds(nodes, 1, 0, 0);
  uint64_t full = stats_of(nodes).generations[2].collections;
  for (int i = 0; i < 2000; i++) {
    struct node *passing[4];
    for (int k = 0; k < 4; k++)
      passing[k] = nodes_new(nodes);
    for (int k = 0; k < 4; k++)
      ouro_decref(nodes->heap, passing[k]);
  }
  assert_int_equal(stats_of(nodes).generations[2].collections, full);
  for (int i = 0; i < OLD; i++)
    ouro_decref(nodes->heap, old[i]);
}

static void disabled_or_threshold_0_means_no_automatic_collection(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_disable(nodes->heap);
  for (int i = 0; i < 1000; i++)
    nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(stats_of(nodes).seq, 0);
  ouro_gc_enable(nodes->heap);
  thresholds(nodes, 0, 10, 10);
  for (int i = 0; i < 1000; i++)
    nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(stats_of(nodes).seq, 0);
  thresholds(nodes, 700, 10, 10);
  nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(stats_of(nodes).seq, 1);
}

static void acyclic_objects_are_never_tracked(void **state) {
  struct nodes *nodes = *state;
  void *leaf = ouro_new(nodes->heap, nodes->leaf);
  assert_false(ouro_is_tracked(leaf));
  assert_int_equal(ouro_object_generation(leaf), -1);
  ouro_collection collection;
  ouro_gc_collect(nodes->heap, 2, &collection);
  assert_int_equal(collection.candidates, 0);
  ouro_decref(nodes->heap, leaf);
}

/* The second time the pool empties, its log still names what the first time left. */
static void a_pool_that_empties_twice_names_no_block_twice(void **state) {
  struct nodes *nodes = *state;
  struct node *kept[3];
  for (int count = 3; count > 0; count--) {
    for (int i = 0; i < count; i++)
      kept[i] = nodes_new(nodes);
    for (int i = 0; i < count; i++)
      ouro_decref(nodes->heap, kept[i]);
  }
  for (int i = 0; i < 3; i++)
    kept[i] = nodes_new(nodes);
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, 0, &collection), OURO_OK);
  assert_int_equal(collection.candidates, 3);
  assert_int_equal(collection.promoted, 3);
  for (int i = 0; i < 3; i++)
    ouro_decref(nodes->heap, kept[i]);
}

static void frozen_objects_are_kept_and_never_examined(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_set_take(nodes->heap, &node->a, node);
  assert_int_equal(ouro_gc_freeze(nodes->heap), OURO_OK);
  assert_int_equal(ouro_gc_freeze_count(nodes->heap), 1);
  assert_true(ouro_is_tracked(node));
  ouro_collection collection;
  ouro_gc_collect(nodes->heap, 2, &collection);
  assert_int_equal(collection.candidates, 0);
  assert_int_equal(ouro_gc_unfreeze(nodes->heap), OURO_OK);
  assert_int_equal(ouro_gc_freeze_count(nodes->heap), 0);
  assert_int_equal(ouro_object_generation(node), 2);
  ouro_gc_collect(nodes->heap, 2, &collection);
  assert_int_equal(collection.collected, 1);
}

static void what_a_frozen_object_refers_to_is_held(void **state) {
  struct nodes *nodes = *state;
  struct node *frozen = nodes_new(nodes);
  ouro_gc_freeze(nodes->heap);
  struct node *young = nodes_new(nodes);
  ouro_set_take(nodes->heap, &frozen->a, young);
  ouro_set(nodes->heap, &young->a, young);
  ouro_collection collection;
  ouro_gc_collect(nodes->heap, 2, &collection);
  assert_int_equal(collection.collected, 0);
  ouro_decref(nodes->heap, frozen);
  ouro_gc_collect(nodes->heap, 2, &collection);
  assert_int_equal(collection.collected, 1);
}

static void an_untracked_cycle_is_left_alone_until_it_is_tracked_again(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_set_take(nodes->heap, &node->a, node);
  ouro_untrack(nodes->heap, node);
  ouro_untrack(nodes->heap, node);
  assert_false(ouro_is_tracked(node));
  ouro_collection collection;
  ouro_gc_collect(nodes->heap, 2, &collection);
  assert_int_equal(collection.candidates, 0);
  assert_int_equal(ouro_track(nodes->heap, node), OURO_OK);
  assert_int_equal(ouro_track(nodes->heap, node), OURO_OK);
  assert_int_equal(ouro_object_generation(node), 0);
  ouro_gc_collect(nodes->heap, 0, &collection);
  assert_int_equal(collection.collected, 1);
}

static unsigned starts, stops;

static void watch(ouro_heap *heap, ouro_gc_event event,
                  const ouro_collection *collection, void *context) {
  assert_ptr_equal(context, &starts);
  assert_true(ouro_gc_is_collecting(heap));
  assert_int_equal(ouro_gc_collect(heap, 2, NULL), OURO_EBUSY);
  if (event == OURO_GC_START) {
    starts++;
    assert_int_equal(collection->generation, 1);
    assert_int_equal(collection->reason, OURO_REASON_RULE);
  } else {
    stops++;
    assert_int_equal(collection->collected, 2);
  }
}

static void the_callback_sees_start_and_stop(void **state) {
  struct nodes *nodes = *state;
  starts = stops = 0;
  nodes_drop_cycle(nodes, nodes->node);
  ouro_gc_set_callback(nodes->heap, watch, &starts);
  assert_int_equal(ouro_gc_collect_for(nodes->heap, 1, OURO_REASON_RULE, NULL),
                   OURO_OK);
  ouro_gc_set_callback(nodes->heap, NULL, NULL);
  assert_int_equal(starts, 1);
  assert_int_equal(stops, 1);
}

static void change_threshold(ouro_heap *heap, ouro_gc_event event,
                             const ouro_collection *collection, void *context) {
  const uint32_t threshold = event == OURO_GC_START ? 500 : 5;
  (void)collection, (void)context;
  ouro_gc_disable(heap);
  assert_int_equal(ouro_gc_set_threshold(heap, &threshold, 1), OURO_OK);
  ouro_gc_enable(heap);
}

static void a_callback_may_change_when_the_next_collection_comes(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_set_callback(nodes->heap, change_threshold, NULL);
  ouro_gc_collect(nodes->heap, 0, NULL);
  ouro_gc_set_callback(nodes->heap, NULL, NULL);
  for (int i = 0; i < 3; i++)
    nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(stats_of(nodes).seq, 2);
}

static void pause_quantiles_bound_the_pauses(void **state) {
  struct nodes *nodes = *state;
  uint64_t longest = 0, total = 0;
  for (int i = 0; i < 200; i++) {
    ouro_collection collection;
    ouro_gc_collect(nodes->heap, 0, &collection);
    total += collection.pause_ns;
    if (collection.pause_ns > longest)
      longest = collection.pause_ns;
  }
  ouro_heap_stats stats = stats_of(nodes);
  assert_int_equal(stats.pause_max_ns, longest);
  assert_int_equal(stats.pause_total_ns, total);
  assert_true(stats.pause_p50_ns > 0);
  assert_true(stats.pause_p50_ns <= stats.pause_p99_ns);
  assert_true(stats.pause_p99_ns <= stats.pause_max_ns);
}

int main(void) {
#define GEN_TEST(name)                                                                 \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      GEN_TEST(survivors_move_up_one_generation_at_a_time),
      GEN_TEST(the_defaults_are_700_10_10),
      GEN_TEST(thresholds_left_out_stay),
      GEN_TEST(the_701st_net_container_collects),
      GEN_TEST(count_0_is_net_new_containers_and_never_negative),
      GEN_TEST(counts_1_and_2_count_collections_of_the_younger),
      GEN_TEST(generation_1_is_due_after_more_than_10_of_generation_0),
      GEN_TEST(a_full_collection_waits_for_a_quarter_of_growth),
      GEN_TEST(pending_old_objects_that_die_by_counting_are_forgotten),
      GEN_TEST(disabled_or_threshold_0_means_no_automatic_collection),
      GEN_TEST(acyclic_objects_are_never_tracked),
      GEN_TEST(a_pool_that_empties_twice_names_no_block_twice),
      GEN_TEST(frozen_objects_are_kept_and_never_examined),
      GEN_TEST(what_a_frozen_object_refers_to_is_held),
      GEN_TEST(an_untracked_cycle_is_left_alone_until_it_is_tracked_again),
      GEN_TEST(the_callback_sees_start_and_stop),
      GEN_TEST(a_callback_may_change_when_the_next_collection_comes),
      GEN_TEST(pause_quantiles_bound_the_pauses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
