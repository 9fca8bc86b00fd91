/* Registered roots: variables that the heap knows by name. */
#include "nodes.h"
#include "oom.h"

/* The variables are going out of scope. */
static void forget_roots(struct nodes *nodes) {
  ouro_root root;
  while (ouro_root_at(nodes->heap, 0, &root) == OURO_OK)
    assert_int_equal(ouro_root_remove(nodes->heap, root.slot), OURO_OK);
}

static void a_root_is_listed_with_its_name_and_its_value_of_now(void **state) {
  struct nodes *nodes = *state;
  struct node *first = nodes_new(nodes), *second = NULL;
  char name[] = "first";
  assert_int_equal(ouro_root_add(nodes->heap, &first, name), OURO_OK);
  assert_int_equal(ouro_root_add(nodes->heap, &second, "second"), OURO_OK);
  name[0] = 'x';
  assert_int_equal(ouro_root_count(nodes->heap), 2);
  ouro_root root;
  assert_int_equal(ouro_root_at(nodes->heap, 0, &root), OURO_OK);
  assert_string_equal(root.name, "first");
  assert_ptr_equal(root.slot, &first);
  assert_ptr_equal(root.object, first);
  assert_int_equal(ouro_root_at(nodes->heap, 1, &root), OURO_OK);
  assert_null(root.object);
  second = nodes_new(nodes);
  assert_int_equal(ouro_root_at(nodes->heap, 1, &root), OURO_OK);
  assert_ptr_equal(root.object, second);
  assert_int_equal(ouro_root_at(nodes->heap, 2, &root), OURO_EINVAL);
  assert_int_equal(ouro_root_at(nodes->heap, 1, NULL), OURO_EINVAL);
  ouro_clear(nodes->heap, &first);
  ouro_clear(nodes->heap, &second);
  forget_roots(nodes);
}

static void what_a_root_holds_survives_until_the_variable_drops_it(void **state) {
  struct nodes *nodes = *state;
  struct node *kept = nodes_new(nodes);
  assert_int_equal(ouro_root_add(nodes->heap, &kept, "kept"), OURO_OK);
  ouro_set_take(nodes->heap, &kept->a, nodes_new(nodes));
  ouro_set(nodes->heap, &kept->a->a, kept);
  ouro_collection record;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, &record), OURO_OK);
  assert_int_equal(record.collected, 0);
  assert_int_equal(nodes_live(nodes), 2);
  ouro_clear(nodes->heap, &kept);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, &record), OURO_OK);
  assert_int_equal(record.collected, 2);
  forget_roots(nodes);
}

static void a_root_that_is_removed_leaves_its_value_and_the_others(void **state) {
  struct nodes *nodes = *state;
  struct node *variables[20];
  for (int i = 0; i < 20; i++) {
    variables[i] = nodes_new(nodes);
    char name[8] = {(char)('a' + i)};
    assert_int_equal(ouro_root_add(nodes->heap, &variables[i], name), OURO_OK);
  }
  assert_int_equal(ouro_root_remove(nodes->heap, &variables[3]), OURO_OK);
  assert_int_equal(ouro_root_remove(nodes->heap, &variables[3]), OURO_EINVAL);
  assert_int_equal(ouro_root_remove(nodes->heap, &variables[19]), OURO_OK);
  assert_int_equal(ouro_root_count(nodes->heap), 18);
  for (size_t i = 0; i < 18; i++) {
    ouro_root root;
    size_t variable = i < 3 ? i : i + 1;
    assert_int_equal(ouro_root_at(nodes->heap, i, &root), OURO_OK);
    assert_ptr_equal(root.slot, &variables[variable]);
    assert_int_equal(root.name[0], 'a' + (int)variable);
  }
  assert_int_equal(ouro_refcount(variables[3]), 1);
  assert_int_equal(ouro_root_add(nodes->heap, &variables[3], "again"), OURO_OK);
  for (int i = 0; i < 20; i++)
    ouro_clear(nodes->heap, &variables[i]);
  forget_roots(nodes);
}

static void roots_that_make_no_sense_are_refused(void **state) {
  struct nodes *nodes = *state;
  struct node *variable = NULL;
  char name[OURO_ROOT_NAME_BYTES + 1] = "";
  assert_int_equal(ouro_root_add(nodes->heap, NULL, "x"), OURO_EINVAL);
  assert_int_equal(ouro_root_add(nodes->heap, &variable, NULL), OURO_EINVAL);
  assert_int_equal(ouro_root_add(nodes->heap, &variable, ""), OURO_EINVAL);
  memset(name, 'n', OURO_ROOT_NAME_BYTES);
  assert_int_equal(ouro_root_add(nodes->heap, &variable, name), OURO_EINVAL);
  assert_int_equal(ouro_root_count(nodes->heap), 0);
  name[OURO_ROOT_NAME_BYTES - 1] = '\0';
  assert_int_equal(ouro_root_add(nodes->heap, &variable, name), OURO_OK);
  assert_int_equal(ouro_root_add(nodes->heap, &variable, "twice"), OURO_EINVAL);
  assert_int_equal(ouro_root_count(nodes->heap), 1);
  assert_int_equal(ouro_root_remove(nodes->heap, NULL), OURO_EINVAL);
  forget_roots(nodes);
}

static void expect_corrupt(struct nodes *nodes, const char *expected) {
  char message[160];
  assert_int_equal(ouro_verify(nodes->heap, message, sizeof message), OURO_ECORRUPT);
  if (strstr(message, expected) == NULL)
    fail_msg("'%s' does not say '%s'", message, expected);
}

static void verify_names_a_root_that_is_wrong(void **state) {
  struct nodes *nodes = *state;
  struct node *gone = nodes_new(nodes), *node = nodes_new(nodes), *borrowed = node;
  ouro_decref(nodes->heap, gone);
  assert_int_equal(ouro_root_add(nodes->heap, &gone, "globals"), OURO_OK);
  expect_corrupt(nodes, "the root globals refers to a freed one");
  gone = (struct node *)(void *)((char *)node + 8);
  expect_corrupt(nodes, "the root globals refers to what is no object");
  gone = node;
  nodes_verify(nodes);
  assert_int_equal(ouro_root_add(nodes->heap, &borrowed, "borrowed"), OURO_OK);
  expect_corrupt(nodes, "of type Node counts 1 references, but 2 are reported");
  assert_int_equal(ouro_root_remove(nodes->heap, &borrowed), OURO_OK);
  ouro_clear(nodes->heap, &gone);
  forget_roots(nodes);
}

/* Registers ten; where memory is short, fewer. */
static bool register_with_failure(uint64_t fail_at) {
  struct oom oom = {0};
  ouro_memory memory = oom_memory(&oom);
  ouro_heap_config config = {.memory = &memory, .reserve_bytes = (size_t)64 << 20};
  ouro_heap *heap = ouro_heap_new(&config);
  assert_non_null(heap);
  oom.calls = 0;
  oom.fail_at = fail_at;
  static void *variables[10];
  size_t registered = 0;
  for (int i = 0; i < 10; i++) {
    int error = ouro_root_add(heap, &variables[i], "a name");
    assert_true(error == OURO_OK || error == OURO_ENOMEM);
    registered += error == OURO_OK;
  }
  assert_int_equal(ouro_root_count(heap), registered);
  assert_int_equal(registered, 10 - oom.failed);
  ouro_heap_free(heap);
  assert_int_equal(oom.outstanding, 0);
  return oom.failed > 0;
}

static void a_root_that_found_no_memory_is_not_registered(void **state) {
  (void)state;
  uint64_t n = 1;
  while (register_with_failure(n))
    n++;
  assert_true(n > 10);
}

int main(void) {
#define ROOT_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      ROOT_TEST(a_root_is_listed_with_its_name_and_its_value_of_now),
      ROOT_TEST(what_a_root_holds_survives_until_the_variable_drops_it),
      ROOT_TEST(a_root_that_is_removed_leaves_its_value_and_the_others),
      ROOT_TEST(roots_that_make_no_sense_are_refused),
      ROOT_TEST(verify_names_a_root_that_is_wrong),
      cmocka_unit_test(a_root_that_found_no_memory_is_not_registered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
