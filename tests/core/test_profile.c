/* The profile of births: exact where it counts all, right on average where it samples,
 * honest about what it lost. Seeds are fixed, so every run sees the same samples. */
#include <inttypes.h>

#include "oom.h"

#include "nodes.h"

static ouro_profile_info info_of(const struct nodes *nodes) {
  ouro_profile_info info;
  ouro_profile_get_info(nodes->heap, &info);
  return info;
}

/* The row of a type and tag; a row of zeros if there is none. */
static ouro_profile_row row_of(const struct nodes *nodes, const ouro_type *type,
                               const char *tag) {
  ouro_profile_row row;
  for (size_t i = 0; ouro_profile_rows(nodes->heap, i, &row, 1) == 1; i++)
    if (row.type == type && row.tag == tag)
      return row;
  return (ouro_profile_row){.type = type, .tag = tag};
}

/* Objects are born and die at once; their sizes in all. */
static uint64_t births(struct nodes *nodes, const ouro_type *type, size_t tail,
                       unsigned count) {
  uint64_t bytes = 0;
  for (unsigned i = 0; i < count; i++) {
    void *object = ouro_new_tail(nodes->heap, type, tail);
    assert_non_null(object);
    bytes += ouro_object_size(nodes->heap, object);
    ouro_decref(nodes->heap, object);
  }
  return bytes;
}

static void assert_near(uint64_t estimate, uint64_t truth, unsigned percent) {
  uint64_t apart = estimate > truth ? estimate - truth : truth - estimate;
  if (apart * 100 > truth * percent)
    fail_msg("%" PRIu64 " is not within %u%% of %" PRIu64, estimate, percent, truth);
}

static void a_mean_of_one_byte_counts_every_birth(void **state) {
  struct nodes *nodes = *state;
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 7), OURO_OK);
  uint64_t node_bytes = births(nodes, nodes->node, 0, 1000);
  uint64_t row_bytes =
      births(nodes, nodes->row, 80, 30) + births(nodes, nodes->row, 8000, 3);
  births(nodes, nodes->leaf, 0, 5);
  ouro_profile_row row = row_of(nodes, nodes->node, NULL);
  assert_int_equal(row.samples, 1000);
  assert_int_equal(row.objects, 1000);
  assert_int_equal(row.bytes, node_bytes);
  row = row_of(nodes, nodes->row, NULL);
  assert_int_equal(row.objects, 33);
  assert_int_equal(row.bytes, row_bytes);
  assert_int_equal(row_of(nodes, nodes->leaf, NULL).objects, 5);
  assert_int_equal(info_of(nodes).samples, 1038);
  assert_int_equal(info_of(nodes).rows, 3);
}

static void estimates_are_right_on_average_for_every_size(void **state) {
  struct nodes *nodes = *state;
  const struct {
    const ouro_type *type;
    size_t tail;
  } kinds[] = {{nodes->leaf, 0}, {nodes->node, 0},   {nodes->row, 1000},
               {nodes->bag, 0},  {nodes->row, 3000}, {nodes->row, 9000}};
  static const char *const tags[] = {"0", "1", "2", "3", "4", "5"};
  uint64_t bytes[6] = {0}, objects = 0;
  for (uint64_t seed = 1; seed <= 10; seed++) {
    assert_int_equal(ouro_profile_start(nodes->heap, 4096, seed), OURO_OK);
    for (unsigned i = 0; i < 40000; i++, objects++)
      for (unsigned kind = 0; kind < 6; kind++) {
        ouro_profile_set_tag(nodes->heap, tags[kind]);
        void *object = ouro_new_tail(nodes->heap, kinds[kind].type, kinds[kind].tail);
        bytes[kind] += ouro_object_size(nodes->heap, object);
        ouro_decref(nodes->heap, object);
      }
  }
  for (unsigned kind = 0; kind < 6; kind++) {
    ouro_profile_row row = row_of(nodes, kinds[kind].type, tags[kind]);
    assert_near(row.bytes, bytes[kind], 10);
    assert_near(row.objects, objects, 10);
    /* It samples: the small are mostly passed over, the largest never. */
    if (kind == 0)
      assert_true(row.samples * 50 < objects);
    if (kind == 5)
      assert_int_equal(row.bytes, bytes[kind]);
  }
  assert_int_equal(info_of(nodes).lost_samples, 0);
}

/* A start is no better and no worse a place for a birth than any other. */
static void the_first_birth_of_a_run_has_the_chance_of_all(void **state) {
  struct nodes *nodes = *state;
  uint64_t bytes = 0;
  for (uint64_t seed = 1; seed <= 40000; seed++) {
    assert_int_equal(ouro_profile_start(nodes->heap, 400, seed), OURO_OK);
    bytes += births(nodes, nodes->row, 100, 1);
  }
  assert_near(row_of(nodes, nodes->row, NULL).bytes, bytes, 3);
}

static void a_program_in_step_with_the_mean_is_not_misjudged(void **state) {
  struct nodes *nodes = *state;
  void *node = ouro_new(nodes->heap, nodes->node);
  size_t size = ouro_object_size(nodes->heap, node);
  ouro_decref(nodes->heap, node);
  /* One Person in eight births, and a mean of just these eight. */
  assert_int_equal(ouro_profile_start(nodes->heap, 8 * size, 3), OURO_OK);
  for (unsigned i = 0; i < 20000; i++) {
    births(nodes, nodes->person, 0, 1);
    births(nodes, nodes->node, 0, 7);
  }
  assert_near(row_of(nodes, nodes->person, NULL).objects, 20000, 10);
  assert_near(row_of(nodes, nodes->node, NULL).objects, 140000, 10);
}

static void births_are_told_apart_by_tag(void **state) {
  struct nodes *nodes = *state;
  static const char parse[] = "parse", layout[] = "layout";
  assert_null(ouro_profile_set_tag(nodes->heap, parse));
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 1), OURO_OK);
  births(nodes, nodes->node, 0, 3);
  assert_ptr_equal(ouro_profile_set_tag(nodes->heap, layout), parse);
  births(nodes, nodes->node, 0, 4);
  births(nodes, nodes->leaf, 0, 1);
  assert_ptr_equal(ouro_profile_set_tag(nodes->heap, NULL), layout);
  births(nodes, nodes->node, 0, 5);
  assert_int_equal(row_of(nodes, nodes->node, parse).objects, 3);
  assert_int_equal(row_of(nodes, nodes->node, layout).objects, 4);
  assert_int_equal(row_of(nodes, nodes->leaf, layout).objects, 1);
  assert_int_equal(row_of(nodes, nodes->node, NULL).objects, 5);
  assert_int_equal(info_of(nodes).rows, 4);
}

static void only_births_between_start_and_stop_are_seen(void **state) {
  struct nodes *nodes = *state;
  births(nodes, nodes->node, 0, 10);
  assert_false(info_of(nodes).running);
  assert_int_equal(info_of(nodes).rows, 0);
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 1), OURO_OK);
  assert_true(info_of(nodes).running);
  births(nodes, nodes->node, 0, 2);
  ouro_profile_stop(nodes->heap);
  births(nodes, nodes->node, 0, 10);
  assert_false(info_of(nodes).running);
  assert_int_equal(row_of(nodes, nodes->node, NULL).objects, 2);
  /* A second run adds to the rows of the first. */
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 1), OURO_OK);
  births(nodes, nodes->node, 0, 3);
  assert_int_equal(row_of(nodes, nodes->node, NULL).objects, 5);
}

static void a_reset_forgets_and_goes_on(void **state) {
  struct nodes *nodes = *state;
  ouro_profile_reset(nodes->heap);
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 1), OURO_OK);
  births(nodes, nodes->node, 0, 10);
  ouro_profile_reset(nodes->heap);
  assert_int_equal(info_of(nodes).rows, 0);
  assert_int_equal(info_of(nodes).samples, 0);
  births(nodes, nodes->leaf, 0, 4);
  assert_int_equal(info_of(nodes).rows, 1);
  assert_int_equal(row_of(nodes, nodes->leaf, NULL).objects, 4);
}

static void many_rows_are_read_in_pages(void **state) {
  struct nodes *nodes = *state;
  static char tags[1000];
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 1), OURO_OK);
  for (unsigned round = 0; round < 2; round++)
    for (unsigned i = 0; i < 1000; i++) {
      ouro_profile_set_tag(nodes->heap, &tags[i]);
      births(nodes, nodes->node, 0, 1);
    }
  assert_int_equal(info_of(nodes).rows, 1000);
  ouro_profile_row page[300];
  size_t at = 0, count;
  while ((count = ouro_profile_rows(nodes->heap, at, page, 300)) > 0) {
    for (size_t i = 0; i < count; i++, at++) {
      assert_ptr_equal(page[i].tag, &tags[at]);
      assert_ptr_equal(page[i].type, nodes->node);
      assert_int_equal(page[i].objects, 2);
    }
  }
  assert_int_equal(at, 1000);
}

static void the_same_seed_gives_the_same_samples(void **state) {
  struct nodes *nodes = *state;
  uint64_t samples[3];
  const uint64_t seeds[] = {5, 5, 6};
  for (unsigned i = 0; i < 3; i++) {
    ouro_profile_reset(nodes->heap);
    assert_int_equal(ouro_profile_start(nodes->heap, 1000, seeds[i]), OURO_OK);
    births(nodes, nodes->node, 0, 20000);
    samples[i] = info_of(nodes).samples;
  }
  assert_int_equal(samples[0], samples[1]);
  assert_int_not_equal(samples[0], samples[2]);
}

static uint64_t collections(const struct nodes *nodes) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  return stats.seq;
}

static void a_profile_changes_nothing_about_collections(void **state) {
  struct nodes *nodes = *state;
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 1), OURO_OK);
  for (int i = 0; i < 350; i++)
    nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(collections(nodes), 0);
  nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(collections(nodes), 1);
  ouro_gc_disable(nodes->heap);
  for (int i = 0; i < 3000; i++)
    nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(collections(nodes), 1);
  /* Between the steps of a collection nothing is born, and so nothing seen. */
  uint64_t samples = info_of(nodes).samples;
  assert_int_equal(ouro_gc_step_begin(nodes->heap, 2), OURO_OK);
  assert_null(ouro_new(nodes->heap, nodes->node));
  assert_int_equal(ouro_gc_step_finish(nodes->heap, NULL), OURO_OK);
  assert_int_equal(info_of(nodes).samples, samples);
  births(nodes, nodes->node, 0, 1);
  assert_int_equal(info_of(nodes).samples, samples + 1);
}

static void allocate_a_leaf(struct nodes *nodes, void *object) {
  (void)object;
  births(nodes, nodes->leaf, 0, 1);
}

static void births_inside_a_collection_are_seen(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = allocate_a_leaf;
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 1), OURO_OK);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  assert_int_equal(row_of(nodes, nodes->leaf, NULL).objects, 2);
}

static void a_mean_that_is_none_is_refused(void **state) {
  struct nodes *nodes = *state;
  assert_int_equal(ouro_profile_start(nodes->heap, 0, 1), OURO_EINVAL);
  assert_int_equal(ouro_profile_start(nodes->heap, OURO_PROFILE_MAX_MEAN_BYTES + 1, 1),
                   OURO_EINVAL);
  assert_false(info_of(nodes).running);
  assert_int_equal(ouro_profile_start(nodes->heap, OURO_PROFILE_MAX_MEAN_BYTES, 1),
                   OURO_OK);
  assert_int_equal(info_of(nodes).mean_bytes, OURO_PROFILE_MAX_MEAN_BYTES);
}

static void a_sample_without_room_for_its_row_is_counted_as_lost(void **state) {
  (void)state;
  struct oom oom = {0};
  ouro_memory memory = oom_memory(&oom);
  ouro_heap_config config = {.memory = &memory, .reserve_bytes = (size_t)256 << 20};
  struct nodes nodes = {.heap = ouro_heap_new(&config)};
  assert_non_null(nodes.heap);
  ouro_heap_set_user(nodes.heap, &nodes);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  births(&nodes, nodes.node, 0, 1);
  births(&nodes, nodes.leaf, 0, 1);

  oom = (struct oom){.fail_at = 1, .stays = true, .outstanding = oom.outstanding};
  assert_int_equal(ouro_profile_start(nodes.heap, 1, 1), OURO_ENOMEM);
  assert_false(info_of(&nodes).running);
  oom.fail_at = 0;
  assert_int_equal(ouro_profile_start(nodes.heap, 1, 1), OURO_OK);
  oom.calls = 0;
  oom.fail_at = 1;
  uint64_t bytes = births(&nodes, nodes.node, 0, 3);
  assert_int_equal(info_of(&nodes).samples, 0);
  assert_int_equal(info_of(&nodes).lost_samples, 3);
  assert_int_equal(info_of(&nodes).lost_bytes, bytes);
  /* The second of the two tables fails. */
  oom = (struct oom){.fail_at = 2, .outstanding = oom.outstanding};
  births(&nodes, nodes.leaf, 0, 1);
  assert_int_equal(info_of(&nodes).lost_samples, 4);
  oom.fail_at = 0;
  births(&nodes, nodes.node, 0, 2);
  assert_int_equal(info_of(&nodes).samples, 2);
  assert_int_equal(row_of(&nodes, nodes.node, NULL).objects, 2);
  assert_int_equal(info_of(&nodes).lost_samples, 4);
  ouro_profile_reset(nodes.heap);
  assert_int_equal(info_of(&nodes).lost_samples, 0);
  ouro_heap_free(nodes.heap);
  assert_int_equal(oom.outstanding, 0);
}

static void above_the_most_rows_samples_are_lost(void **state) {
  struct nodes *nodes = *state;
  char *tags = malloc(OURO_PROFILE_MAX_ROWS + 1);
  assert_non_null(tags);
  assert_int_equal(ouro_profile_start(nodes->heap, 1, 1), OURO_OK);
  for (unsigned i = 0; i <= OURO_PROFILE_MAX_ROWS; i++) {
    ouro_profile_set_tag(nodes->heap, &tags[i]);
    births(nodes, nodes->leaf, 0, 1);
  }
  assert_int_equal(info_of(nodes).rows, OURO_PROFILE_MAX_ROWS);
  assert_int_equal(info_of(nodes).lost_samples, 1);
  ouro_profile_set_tag(nodes->heap, &tags[5]);
  births(nodes, nodes->leaf, 0, 1);
  assert_int_equal(row_of(nodes, nodes->leaf, &tags[5]).objects, 2);
  assert_int_equal(info_of(nodes).lost_samples, 1);
  free(tags);
}

int main(void) {
#define PROFILE_TEST(name)                                                             \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      PROFILE_TEST(a_mean_of_one_byte_counts_every_birth),
      PROFILE_TEST(estimates_are_right_on_average_for_every_size),
      PROFILE_TEST(the_first_birth_of_a_run_has_the_chance_of_all),
      PROFILE_TEST(a_program_in_step_with_the_mean_is_not_misjudged),
      PROFILE_TEST(births_are_told_apart_by_tag),
      PROFILE_TEST(only_births_between_start_and_stop_are_seen),
      PROFILE_TEST(a_reset_forgets_and_goes_on),
      PROFILE_TEST(many_rows_are_read_in_pages),
      PROFILE_TEST(the_same_seed_gives_the_same_samples),
      PROFILE_TEST(a_profile_changes_nothing_about_collections),
      PROFILE_TEST(births_inside_a_collection_are_seen),
      PROFILE_TEST(a_mean_that_is_none_is_refused),
      cmocka_unit_test(a_sample_without_room_for_its_row_is_counted_as_lost),
      PROFILE_TEST(above_the_most_rows_samples_are_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
