/* Census, walks, types, and a verify that finds what is broken. */
#include "nodes.h"

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
  assert_int_equal(rows[1].bytes, 3 * 40);
  assert_int_equal(ouro_census(nodes->heap, rows, 1, &count, &types), OURO_OK);
  assert_int_equal(count, 1);
  assert_int_equal(types, 2);
  for (int i = 0; i < 3; i++)
    ouro_decref(nodes->heap, kept[i]);
  ouro_decref(nodes->heap, row);
}

static void count_visit(void *object, void *argument) {
  assert_non_null(object);
  ++*(unsigned *)argument;
}

static void referents_are_the_references_that_are_not_null(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_set(nodes->heap, &node->a, node);
  ouro_set(nodes->heap, &node->c, node);
  unsigned count = 0;
  ouro_referents(nodes->heap, node, count_visit, &count);
  assert_int_equal(count, 2);
  ouro_clear(nodes->heap, &node->a);
  ouro_clear(nodes->heap, &node->c);
  ouro_decref(nodes->heap, node);
}

static bool stop_after_two(void *object, void *context) {
  (void)object;
  return ++*(unsigned *)context < 2;
}

static void a_walk_stops_when_it_is_told_to(void **state) {
  struct nodes *nodes = *state;
  for (int i = 0; i < 3; i++)
    nodes_drop_cycle(nodes, nodes->node);
  unsigned seen = 0;
  ouro_objects(nodes->heap, stop_after_two, &seen);
  assert_int_equal(seen, 2);
}

static void ids_are_different_while_objects_live(void **state) {
  struct nodes *nodes = *state;
  struct node *first = nodes_new(nodes), *second = nodes_new(nodes);
  struct row *large = ouro_new_tail(nodes->heap, nodes->row, 8000);
  assert_int_not_equal(ouro_object_id(nodes->heap, first),
                       ouro_object_id(nodes->heap, second));
  assert_int_not_equal(ouro_object_id(nodes->heap, first),
                       ouro_object_id(nodes->heap, large));
  ouro_decref(nodes->heap, first);
  ouro_decref(nodes->heap, second);
  ouro_decref(nodes->heap, large);
}

static void expect_refused(struct nodes *nodes, const ouro_type_info *info) {
  const ouro_type *type = NULL;
  assert_int_equal(ouro_type_new(nodes->heap, info, &type), OURO_EINVAL);
  assert_null(type);
}

static void contradictory_types_are_refused(void **state) {
  struct nodes *nodes = *state;
  static const size_t outside[] = {8}, crooked[] = {4};
  char name[OURO_TYPE_NAME_BYTES + 1];
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  expect_refused(nodes, &(ouro_type_info){.size = 8});
  expect_refused(nodes, &(ouro_type_info){.name = "", .size = 8});
  expect_refused(nodes, &(ouro_type_info){.name = name, .size = 8});
  expect_refused(nodes, &(ouro_type_info){
                            .name = "T", .size = 8, .refs = outside, .ref_count = 1});
  expect_refused(nodes, &(ouro_type_info){
                            .name = "T", .size = 16, .refs = crooked, .ref_count = 1});
  expect_refused(nodes, &(ouro_type_info){.name = "T", .size = 8, .ref_count = 1});
  expect_refused(nodes, &(ouro_type_info){.name = "T",
                                          .size = 8,
                                          .flags = OURO_TYPE_ACYCLIC,
                                          .traverse = nodes_bag_traverse});
  expect_refused(nodes, &(ouro_type_info){.name = "T",
                                          .size = 8,
                                          .flags = OURO_TYPE_TAIL_REFS,
                                          .traverse = nodes_bag_traverse});
  expect_refused(nodes,
                 &(ouro_type_info){.name = "T", .size = 8, .clear = nodes_bag_clear});
  expect_refused(
      nodes, &(ouro_type_info){.name = "T", .size = 4, .flags = OURO_TYPE_TAIL_REFS});
}

static void expect_corrupt(struct nodes *nodes, const char *expected) {
  char message[160];
  assert_int_equal(ouro_verify(nodes->heap, message, sizeof message), OURO_ECORRUPT);
  if (strstr(message, expected) == NULL)
    fail_msg("'%s' does not say '%s'", message, expected);
}

static void verify_finds_a_count_that_is_too_low(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes), *other = nodes_new(nodes);
  node->a = node->b = other;
  expect_corrupt(nodes, "of type Node counts 1 references, but 2");
  ouro_incref(nodes->heap, other);
  ouro_decref(nodes->heap, node);
}

static void verify_finds_a_reference_to_freed_memory(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes), *other = nodes_new(nodes);
  ouro_decref(nodes->heap, other);
  node->a = other;
  expect_corrupt(nodes, "of type Node refers to a freed one");
  node->a = (struct node *)(void *)((char *)node + 8);
  expect_corrupt(nodes, "of type Node refers to what is no object");
  node->a = NULL;
  ouro_decref(nodes->heap, node);
}

static void verify_finds_a_young_object_that_no_log_names(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  uint32_t meta = ouro_header_of(node)->meta;
  ouro_header_of(node)->meta &= UINT32_C(0xffff);
  expect_corrupt(nodes, "names block 0, which does not know");
  ouro_header_of(node)->meta = meta;
  ouro_decref(nodes->heap, node);
}

static void every_error_has_a_message(void **state) {
  (void)state;
  assert_string_equal(ouro_strerror(0), "no error");
  for (int error = -1; error >= -5; error--)
    assert_string_not_equal(ouro_strerror(error), ouro_strerror(-1000));
}

int main(void) {
#define LOOK_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      LOOK_TEST(the_census_counts_live_objects_by_type),
      LOOK_TEST(referents_are_the_references_that_are_not_null),
      LOOK_TEST(a_walk_stops_when_it_is_told_to),
      LOOK_TEST(ids_are_different_while_objects_live),
      LOOK_TEST(contradictory_types_are_refused),
      LOOK_TEST(verify_finds_a_count_that_is_too_low),
      LOOK_TEST(verify_finds_a_reference_to_freed_memory),
      LOOK_TEST(verify_finds_a_young_object_that_no_log_names),
      cmocka_unit_test(every_error_has_a_message),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
