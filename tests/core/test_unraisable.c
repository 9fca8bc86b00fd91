/* Errors of finalizers and callbacks, which nobody can return to. */
#include <stdio.h>

#include "nodes.h"

static char heard[512];
static unsigned lines;

static void hear(ouro_heap *heap, const char *line, void *context) {
  (void)heap;
  assert_ptr_equal(context, heard);
  assert_true(strlen(line) < sizeof heard);
  memcpy(heard, line, strlen(line) + 1);
  lines++;
}

static uint64_t errors(const struct nodes *nodes) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  return stats.unraisable_errors;
}

static int setup(void **state) {
  int failed = nodes_setup(state);
  struct nodes *nodes = *state;
  lines = 0;
  ouro_gc_set_report(nodes->heap, hear, heard);
  return failed;
}

static void fail_to_close(struct nodes *nodes, void *object) {
  ouro_report_unraisable(nodes->heap, object, "no space left on device");
}

static void assert_heard(const char *before, const void *object, const char *after) {
  char line[512];
  snprintf(line, sizeof line, "%s%p%s", before, object, after);
  assert_string_equal(heard, line);
}

static void a_finalizer_that_fails_is_reported_with_its_object(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = fail_to_close;
  void *person = nodes_person(nodes);
  ouro_decref(nodes->heap, person);
  assert_heard("gc: error ignored in finalizer of <Person ", person,
               ">: no space left on device");
  assert_int_equal(errors(nodes), 1);
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(ouro_gc_collect(nodes->heap, 0, NULL), OURO_OK);
  assert_int_equal(lines, 3);
  assert_int_equal(errors(nodes), 3);
}

static void fail_in_callback(ouro_heap *heap, ouro_weakref *reference, void *context) {
  (void)context;
  ouro_report_unraisable(heap, reference, "the cache is locked");
}

static void a_weak_references_callback_that_fails_is_reported_as_one(void **state) {
  struct nodes *nodes = *state;
  void *target = nodes_new(nodes);
  ouro_weakref *reference =
      ouro_weakref_new(nodes->heap, target, fail_in_callback, NULL);
  assert_non_null(reference);
  ouro_decref(nodes->heap, target);
  assert_heard("gc: error ignored in callback of <weakref ", reference,
               ">: the cache is locked");
  ouro_decref(nodes->heap, reference);
}

static void an_error_without_an_object_is_reported_alone(void **state) {
  struct nodes *nodes = *state;
  ouro_report_unraisable(nodes->heap, NULL, "out of luck");
  assert_string_equal(heard, "gc: error ignored: out of luck");
}

static void without_a_hook_errors_are_counted(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_set_report(nodes->heap, NULL, NULL);
  ouro_report_unraisable(nodes->heap, NULL, "out of luck");
  assert_int_equal(lines, 0);
  assert_int_equal(errors(nodes), 1);
}

static void a_message_is_one_line_of_bounded_length(void **state) {
  struct nodes *nodes = *state;
  const size_t before = strlen("gc: error ignored: ");
  ouro_report_unraisable(nodes->heap, NULL, "one\ntwo\r\tthree\x7f.");
  assert_string_equal(heard, "gc: error ignored: one two  three .");
  char message[OURO_UNRAISABLE_BYTES + 10];
  memset(message, 'x', sizeof message);
  message[OURO_UNRAISABLE_BYTES] = '\0';
  ouro_report_unraisable(nodes->heap, NULL, message);
  assert_int_equal(strlen(heard), before + OURO_UNRAISABLE_BYTES);
  /* Two bytes of a character of three would fit. */
  memcpy(message + OURO_UNRAISABLE_BYTES - 2, "\xe2\x82\xac and more", 8);
  message[sizeof message - 1] = '\0';
  ouro_report_unraisable(nodes->heap, NULL, message);
  assert_int_equal(strlen(heard), before + OURO_UNRAISABLE_BYTES - 2);
  assert_int_equal(heard[strlen(heard) - 1], 'x');
  ouro_report_unraisable(nodes->heap, NULL, "");
  assert_string_equal(heard, "gc: error ignored: ");
}

static void the_longest_name_leaves_room_for_the_message(void **state) {
  struct nodes *nodes = *state;
  char name[OURO_TYPE_NAME_BYTES], message[OURO_UNRAISABLE_BYTES + 1];
  memset(name, 'N', sizeof name);
  name[sizeof name - 1] = '\0';
  memset(message, 'x', sizeof message);
  message[sizeof message - 1] = '\0';
  const ouro_type_info info = {.name = name, .size = 8};
  const ouro_type *type;
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  void *object = ouro_new(nodes->heap, type);
  ouro_report_unraisable(nodes->heap, object, message);
  assert_non_null(strstr(heard, name));
  assert_non_null(strstr(heard, message));
  ouro_decref(nodes->heap, object);
}

int main(void) {
#define UNRAISABLE_TEST(name)                                                          \
  cmocka_unit_test_setup_teardown(name, setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      UNRAISABLE_TEST(a_finalizer_that_fails_is_reported_with_its_object),
      UNRAISABLE_TEST(a_weak_references_callback_that_fails_is_reported_as_one),
      UNRAISABLE_TEST(an_error_without_an_object_is_reported_alone),
      UNRAISABLE_TEST(without_a_hook_errors_are_counted),
      UNRAISABLE_TEST(a_message_is_one_line_of_bounded_length),
      UNRAISABLE_TEST(the_longest_name_leaves_room_for_the_message),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
