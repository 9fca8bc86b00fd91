/* Memory outside of the heap that objects own: it counts, and makes collections due. */
#include "oom.h"

#include "nodes.h"

enum { MIB = 1 << 20 };

/* An object in a cycle that owns 8 MiB elsewhere, as far as the heap is told. */
struct image {
  struct image *other;
  size_t bytes;
};

static void image_dealloc(ouro_heap *heap, void *object) {
  ouro_external_remove(heap, ((struct image *)object)->bytes);
}

static const ouro_type *image_type(struct nodes *nodes) {
  static const size_t refs[] = {offsetof(struct image, other)};
  const ouro_type_info info = {.name = "Image",
                               .size = sizeof(struct image),
                               .refs = refs,
                               .ref_count = 1,
                               .dealloc = image_dealloc};
  const ouro_type *type = NULL;
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  return type;
}

static struct image *image_new(struct nodes *nodes, const ouro_type *type,
                               size_t bytes) {
  struct image *image = ouro_new(nodes->heap, type);
  assert_non_null(image);
  image->bytes = bytes;
  ouro_external_add(nodes->heap, bytes);
  return image;
}

/* One that refers to itself alone. */
static void drop_image(struct nodes *nodes, const ouro_type *type, size_t bytes) {
  struct image *image = image_new(nodes, type, bytes);
  ouro_set_take(nodes->heap, &image->other, image);
}

static ouro_heap_stats stats_of(const struct nodes *nodes) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  return stats;
}

static void one_more_birth(struct nodes *nodes) {
  ouro_decref(nodes->heap, nodes_new(nodes));
}

static ouro_collection last;

static void remember(ouro_heap *heap, ouro_gc_event event,
                     const ouro_collection *collection, void *context) {
  (void)heap, (void)context;
  if (event == OURO_GC_STOP)
    last = *collection;
}

static void small_objects_with_much_behind_them_do_not_pile_up(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *type = image_type(nodes);
  ouro_gc_set_callback(nodes->heap, remember, NULL);
  uint64_t most = 0;
  for (int i = 0; i < 100; i++) {
    drop_image(nodes, type, 8 * MIB);
    if (stats_of(nodes).external_bytes > most)
      most = stats_of(nodes).external_bytes;
  }
  /* The ninth goes past 64 MiB, and the birth of the tenth collects all nine. */
  assert_int_equal(most, 72 * MIB);
  assert_int_equal(stats_of(nodes).seq, 11);
  assert_int_equal(last.generation, 2);
  assert_int_equal(last.reason, OURO_REASON_THRESHOLD);
  assert_int_equal(last.collected, 9);
  ouro_gc_set_callback(nodes->heap, NULL, NULL);
  ouro_gc_collect(nodes->heap, 2, NULL);
  assert_int_equal(ouro_external_bytes(nodes->heap), 0);
  assert_int_equal(stats_of(nodes).external_errors, 0);
}

static void what_is_given_back_in_time_makes_nothing_due(void **state) {
  struct nodes *nodes = *state;
  assert_int_equal(ouro_external_threshold(nodes->heap), 64 * MIB);
  ouro_external_add(nodes->heap, 64 * MIB);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 0);
  ouro_external_add(nodes->heap, 1);
  ouro_external_remove(nodes->heap, 1);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 0);
  ouro_external_add(nodes->heap, 1);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 1);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 1);
}

static void growth_is_counted_from_the_last_full_collection(void **state) {
  struct nodes *nodes = *state;
  ouro_external_add(nodes->heap, 60 * MIB);
  ouro_gc_collect(nodes->heap, 2, NULL);
  ouro_external_add(nodes->heap, 60 * MIB);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 1);
  /* A young one does not look at what is old. */
  ouro_gc_collect(nodes->heap, 1, NULL);
  ouro_external_add(nodes->heap, 5 * MIB);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 3);
}

static void a_quarter_of_what_survived_is_allowed(void **state) {
  struct nodes *nodes = *state;
  ouro_external_set_threshold(nodes->heap, 10);
  ouro_external_add(nodes->heap, 1000);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 1);
  ouro_external_add(nodes->heap, 250);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 1);
  ouro_external_add(nodes->heap, 1);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 2);
  /* When it has fallen below what survived it must pass that first. */
  ouro_external_remove(nodes->heap, 1251);
  ouro_external_add(nodes->heap, 1251 + 312);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 2);
  ouro_external_add(nodes->heap, 1);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 3);
}

static void a_threshold_of_0_makes_nothing_due(void **state) {
  struct nodes *nodes = *state;
  ouro_external_set_threshold(nodes->heap, 0);
  ouro_external_add(nodes->heap, SIZE_MAX / 2);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 0);
  ouro_external_set_threshold(nodes->heap, 1);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 1);
}

static void while_collection_is_off_nothing_is_due(void **state) {
  struct nodes *nodes = *state;
  const uint32_t off = 0, on = 700;
  ouro_gc_disable(nodes->heap);
  ouro_external_add(nodes->heap, 100 * MIB);
  one_more_birth(nodes);
  ouro_safepoint(nodes->heap);
  assert_int_equal(stats_of(nodes).seq, 0);
  ouro_gc_set_threshold(nodes->heap, &off, 1);
  ouro_gc_enable(nodes->heap);
  one_more_birth(nodes);
  ouro_safepoint(nodes->heap);
  assert_int_equal(stats_of(nodes).seq, 0);
  ouro_gc_set_threshold(nodes->heap, &on, 1);
  one_more_birth(nodes);
  assert_int_equal(stats_of(nodes).seq, 1);
}

static void acyclic_births_and_safepoints_collect_as_well(void **state) {
  struct nodes *nodes = *state;
  ouro_external_add(nodes->heap, 100 * MIB);
  ouro_decref(nodes->heap, ouro_new(nodes->heap, nodes->leaf));
  assert_int_equal(stats_of(nodes).seq, 1);
  ouro_external_add(nodes->heap, 100 * MIB);
  ouro_safepoint(nodes->heap);
  assert_int_equal(stats_of(nodes).seq, 2);
  ouro_safepoint(nodes->heap);
  assert_int_equal(stats_of(nodes).seq, 2);
}

static int setup_explicit(void **state) {
  ouro_heap_config config = {.explicit_safepoints = true};
  return nodes_setup_with(state, &config);
}

static void explicit_safepoints_are_waited_for(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *type = image_type(nodes);
  for (int i = 0; i < 20; i++)
    drop_image(nodes, type, 8 * MIB);
  assert_int_equal(stats_of(nodes).seq, 0);
  ouro_safepoint(nodes->heap);
  assert_int_equal(stats_of(nodes).seq, 1);
  assert_int_equal(ouro_external_bytes(nodes->heap), 0);
}

static void wrong_reports_are_counted_and_stop_at_the_ends(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_disable(nodes->heap);
  ouro_external_add(nodes->heap, 5);
  ouro_external_remove(nodes->heap, 6);
  assert_int_equal(ouro_external_bytes(nodes->heap), 0);
  assert_int_equal(stats_of(nodes).external_errors, 1);
  ouro_external_add(nodes->heap, SIZE_MAX);
  ouro_external_add(nodes->heap, 1);
  assert_true(stats_of(nodes).external_bytes == UINT64_MAX);
  assert_int_equal(stats_of(nodes).external_errors, 2);
}

static void count_failures(ouro_heap *heap, ouro_gc_event event,
                           const ouro_collection *collection, void *context) {
  (void)heap, (void)collection;
  *(unsigned *)context += event == OURO_GC_FAILED;
}

static void a_collection_that_failed_is_not_tried_at_each_birth(void **state) {
  (void)state;
  struct oom oom = {0};
  ouro_memory memory = oom_memory(&oom);
  ouro_heap_config config = {.memory = &memory, .reserve_bytes = (size_t)256 << 20};
  struct nodes nodes = {.heap = ouro_heap_new(&config)};
  assert_non_null(nodes.heap);
  ouro_heap_set_user(nodes.heap, &nodes);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  unsigned failures = 0;
  ouro_gc_set_callback(nodes.heap, count_failures, &failures);
  ouro_external_set_threshold(nodes.heap, 100);
  for (int i = 0; i < 300; i++)
    nodes_drop_cycle(&nodes, nodes.person);
  ouro_external_add(nodes.heap, 101);
  oom = (struct oom){.fail_at = 1, .stays = true, .outstanding = oom.outstanding};
  for (int i = 0; i < 5; i++)
    one_more_birth(&nodes);
  assert_int_equal(failures, 1);
  ouro_external_add(nodes.heap, 101);
  one_more_birth(&nodes);
  assert_int_equal(failures, 2);
  oom.fail_at = 0;
  ouro_external_add(nodes.heap, 101);
  one_more_birth(&nodes);
  assert_int_equal(failures, 2);
  assert_int_equal(nodes.finalized, 600);
  ouro_heap_free(nodes.heap);
  assert_int_equal(oom.outstanding, 0);
}

int main(void) {
#define EXTERNAL_TEST(name)                                                            \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      EXTERNAL_TEST(small_objects_with_much_behind_them_do_not_pile_up),
      EXTERNAL_TEST(what_is_given_back_in_time_makes_nothing_due),
      EXTERNAL_TEST(growth_is_counted_from_the_last_full_collection),
      EXTERNAL_TEST(a_quarter_of_what_survived_is_allowed),
      EXTERNAL_TEST(a_threshold_of_0_makes_nothing_due),
      EXTERNAL_TEST(while_collection_is_off_nothing_is_due),
      EXTERNAL_TEST(acyclic_births_and_safepoints_collect_as_well),
      cmocka_unit_test_setup_teardown(explicit_safepoints_are_waited_for,
                                      setup_explicit, nodes_teardown),
      EXTERNAL_TEST(wrong_reports_are_counted_and_stop_at_the_ends),
      cmocka_unit_test(a_collection_that_failed_is_not_tried_at_each_birth),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
