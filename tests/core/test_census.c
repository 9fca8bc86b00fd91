/* The census, marks and growth. */
#include "oom.h"
#include "tangle.h"

static void the_census_counts_live_objects_by_type(void **state) {
  struct nodes *nodes = *state;
  struct node *kept[3];
  for (int i = 0; i < 3; i++)
    kept[i] = nodes_new(nodes);
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 8000);
  ouro_census_row rows[5];
  size_t count, types;
  assert_int_equal(ouro_census(nodes->heap, rows, 5, &count, &types), OURO_OK);
  assert_int_equal(count, 2);
  assert_int_equal(types, 2);
  assert_string_equal(ouro_type_name(rows[0].type), "Row");
  assert_int_equal(rows[0].objects, 1);
  assert_int_equal(rows[0].bytes, ouro_object_size(nodes->heap, row));
  assert_string_equal(ouro_type_name(rows[1].type), "Node");
  assert_int_equal(rows[1].objects, 3);
  assert_int_equal(rows[1].bytes, 3 * ouro_object_size(nodes->heap, kept[0]));
  assert_int_equal(ouro_census(nodes->heap, rows, 1, &count, &types), OURO_OK);
  assert_int_equal(count, 1);
  assert_int_equal(types, 2);
  for (int i = 0; i < 3; i++)
    ouro_decref(nodes->heap, kept[i]);
  ouro_decref(nodes->heap, row);
}

/* A mark that is counted in pieces of so many steps. */
static ouro_mark *take_mark(struct nodes *nodes, uint64_t steps) {
  ouro_mark *mark = ouro_mark_new(nodes->heap);
  assert_non_null(mark);
  bool done = false;
  while (!done)
    assert_int_equal(ouro_mark_count(mark, &(ouro_budget){.steps = steps}, &done),
                     OURO_OK);
  return mark;
}

static void a_mark_counts_what_the_census_counts(void **state) {
  struct nodes *nodes = *state;
  struct tangle tangle;
  tangle_init(&tangle, nodes, 3, 700, 40);
  ouro_mark *mark = take_mark(nodes, 13);
  ouro_census_row census[8], rows[8];
  size_t count, types;
  assert_int_equal(ouro_census(nodes->heap, census, 8, &count, &types), OURO_OK);
  assert_int_equal(count, 5);
  assert_int_equal(ouro_mark_rows(mark, rows, 8, &count, &types), OURO_OK);
  assert_int_equal(count, 5);
  assert_int_equal(types, 5);
  uint64_t objects = 0;
  for (size_t i = 0; i < 5; i++) {
    assert_ptr_equal(rows[i].type, census[i].type);
    assert_int_equal(rows[i].objects, census[i].objects);
    assert_int_equal(rows[i].bytes, census[i].bytes);
    assert_true(i == 0 || rows[i].bytes <= rows[i - 1].bytes);
    objects += rows[i].objects;
  }
  assert_int_equal(objects, 700);
  ouro_mark_free(mark);
  tangle_fini(&tangle);
}

static void growth_tells_what_came_and_went_most_first(void **state) {
  struct nodes *nodes = *state;
  static void *kept[100];
  struct bag *bag = nodes_bag(nodes, 1);
  struct node *person = nodes_person(nodes);
  ouro_mark *before = take_mark(nodes, 7);
  for (size_t i = 0; i < 100; i++)
    kept[i] = i < 60 ? (void *)nodes_new(nodes) : ouro_new(nodes->heap, nodes->leaf);
  ouro_decref(nodes->heap, bag);
  ouro_mark *after = take_mark(nodes, 7);
  ouro_growth_row rows[5];
  size_t count, types;
  assert_int_equal(ouro_mark_growth(before, after, rows, 5, &count, &types), OURO_OK);
  assert_int_equal(count, 3);
  assert_int_equal(types, 3);
  assert_ptr_equal(rows[0].type, nodes->node);
  assert_int_equal(rows[0].objects, 60);
  assert_int_equal(rows[0].bytes, 60 * ouro_object_size(nodes->heap, kept[0]));
  assert_int_equal(rows[0].objects_now, 60);
  assert_ptr_equal(rows[1].type, nodes->leaf);
  assert_int_equal(rows[1].objects, 40);
  assert_ptr_equal(rows[2].type, nodes->bag);
  assert_int_equal(rows[2].objects, -1);
  assert_true(rows[2].bytes < 0);
  assert_int_equal(rows[2].objects_now, 0);
  assert_int_equal(ouro_mark_growth(after, before, rows, 1, &count, &types), OURO_OK);
  assert_int_equal(count, 1);
  assert_int_equal(types, 3);
  assert_ptr_equal(rows[0].type, nodes->bag);
  assert_int_equal(rows[0].objects, 1);
  ouro_mark_free(before);
  ouro_mark_free(after);
  ouro_mark_free(NULL);
  ouro_decref(nodes->heap, person);
  for (size_t i = 0; i < 100; i++)
    ouro_decref(nodes->heap, kept[i]);
}

static void a_type_may_be_added_while_a_mark_is_counted(void **state) {
  struct nodes *nodes = *state;
  struct node *first = nodes_new(nodes);
  ouro_mark *before = take_mark(nodes, 1);
  ouro_mark *mark = ouro_mark_new(nodes->heap);
  assert_non_null(mark);
  bool done;
  assert_int_equal(ouro_mark_count(mark, &(ouro_budget){.steps = 1}, &done), OURO_OK);
  assert_false(done);
  const ouro_type *late;
  assert_int_equal(
      ouro_type_new(nodes->heap, &(ouro_type_info){.name = "Late", .size = 480}, &late),
      OURO_OK);
  void *object = ouro_new(nodes->heap, late);
  assert_int_equal(ouro_mark_count(mark, NULL, &done), OURO_OK);
  assert_true(done);
  ouro_growth_row rows[2];
  size_t count, types;
  assert_int_equal(ouro_mark_growth(before, mark, rows, 2, &count, &types), OURO_OK);
  assert_int_equal(count, 1);
  assert_ptr_equal(rows[0].type, late);
  /* The earlier one knows fewer types. */
  assert_int_equal(ouro_mark_growth(mark, before, rows, 2, &count, &types), OURO_OK);
  assert_int_equal(rows[0].objects, -1);
  ouro_mark_free(mark);
  ouro_mark_free(before);
  ouro_decref(nodes->heap, first);
  ouro_decref(nodes->heap, object);
}

static void marks_of_two_heaps_are_not_compared(void **state) {
  struct nodes *nodes = *state;
  ouro_heap *other = ouro_heap_new(NULL);
  ouro_mark *here = take_mark(nodes, 0), *there = ouro_mark_new(other);
  size_t count, types;
  assert_int_equal(ouro_mark_growth(here, there, NULL, 0, &count, &types), OURO_EINVAL);
  ouro_mark_free(here);
  ouro_mark_free(there);
  ouro_heap_free(other);
}

static int asked;
static void count_inside(struct nodes *nodes, void *object) {
  (void)object;
  ouro_census_row row;
  size_t count, types;
  asked = ouro_census(nodes->heap, &row, 1, &count, &types);
}

static void garbage_is_not_counted_while_it_is_finalized(void **state) {
  struct nodes *nodes = *state;
  nodes_drop_cycle(nodes, nodes->person);
  nodes->on_finalize = count_inside;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  assert_int_equal(asked, OURO_EBUSY);
}

static bool count_with_failure(uint64_t fail_at) {
  struct oom oom = {0};
  ouro_memory memory = oom_memory(&oom);
  ouro_heap_config config = {.memory = &memory, .reserve_bytes = (size_t)64 << 20};
  struct nodes nodes = {.heap = ouro_heap_new(&config)};
  assert_non_null(nodes.heap);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  struct node *node = nodes_new(&nodes);
  oom.calls = 0;
  oom.fail_at = fail_at;
  ouro_census_row rows[2];
  ouro_growth_row growth[2];
  size_t count, types;
  bool done;
  int error = ouro_census(nodes.heap, rows, 2, &count, &types);
  assert_int_equal(error, oom.failed ? OURO_ENOMEM : OURO_OK);
  ouro_mark *mark = ouro_mark_new(nodes.heap);
  if (mark != NULL) {
    if (ouro_mark_count(mark, NULL, &done) != OURO_OK)
      assert_int_equal(ouro_mark_count(mark, NULL, &done), OURO_OK);
    assert_true(done);
    if (ouro_mark_rows(mark, rows, 2, &count, &types) == OURO_OK)
      assert_int_equal(rows[0].objects, 1);
    if (ouro_mark_growth(mark, mark, growth, 2, &count, &types) == OURO_OK)
      assert_int_equal(count, 0);
  }
  ouro_mark_free(mark);
  oom.fail_at = 0;
  ouro_decref(nodes.heap, node);
  ouro_heap_free(nodes.heap);
  assert_int_equal(oom.outstanding, 0);
  return oom.failed > 0;
}

static void without_memory_counting_is_refused_and_can_go_on_later(void **state) {
  (void)state;
  uint64_t n = 1;
  while (count_with_failure(n))
    n++;
  assert_int_equal(n, 7);
}

int main(void) {
#define CENSUS_TEST(name)                                                              \
  cmocka_unit_test_setup_teardown(name, tangle_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      CENSUS_TEST(the_census_counts_live_objects_by_type),
      CENSUS_TEST(a_mark_counts_what_the_census_counts),
      CENSUS_TEST(growth_tells_what_came_and_went_most_first),
      CENSUS_TEST(a_type_may_be_added_while_a_mark_is_counted),
      CENSUS_TEST(marks_of_two_heaps_are_not_compared),
      CENSUS_TEST(garbage_is_not_counted_while_it_is_finalized),
      cmocka_unit_test(without_memory_counting_is_refused_and_can_go_on_later),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
