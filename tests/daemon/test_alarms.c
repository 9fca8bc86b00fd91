/* test_alarms.c - alarms stand until they are cleared, once each. */
#include "alarms.h"

#include <stdio.h>

#include "test.h"

static const struct moment now = {1000, 1790000000000};

static void an_alarm_stands_since_it_was_first_raised(void **state) {
  (void)state;
  struct alarms alarms = {0};
  struct moment later = {2000, 1790000001000};
  alarms_raise(&alarms, now, "history", "the disk is full");
  alarms_raise(&alarms, later, "history", "the disk is %s", "read-only");
  assert_int_equal(alarms.count, 1);
  const struct alarm *alarm = alarms_find(&alarms, "history");
  assert_non_null(alarm);
  assert_string_equal(alarm->message, "the disk is read-only");
  assert_int_equal(alarm->since_ms, now.wall_ms);
}

static void clearing_one_leaves_the_others_in_their_order(void **state) {
  (void)state;
  struct alarms alarms = {0};
  alarms_raise(&alarms, now, "a", "1");
  alarms_raise(&alarms, now, "b", "2");
  alarms_raise(&alarms, now, "c", "3");
  alarms_clear(&alarms, "b");
  alarms_clear(&alarms, "b");
  assert_int_equal(alarms.count, 2);
  assert_string_equal(alarms.list[0].name, "a");
  assert_string_equal(alarms.list[1].name, "c");
  assert_null(alarms_find(&alarms, "b"));
}

static void too_many_alarms_are_dropped_from_the_list_only(void **state) {
  (void)state;
  struct alarms alarms = {0};
  for (unsigned i = 0; i < ALARMS_MAX + 3; i++) {
    char name[16];
    snprintf(name, sizeof(name), "heap.%u", i);
    alarms_raise(&alarms, now, name, "stuck");
  }
  assert_int_equal(alarms.count, ALARMS_MAX);
  assert_string_equal(alarms.list[0].name, "heap.0");
}

static void the_list_for_the_wire_is_the_list(void **state) {
  (void)state;
  struct alarms alarms = {0};
  struct proto_alarm list[ALARMS_MAX];
  assert_int_equal(alarms_list(&alarms, list), 0);
  alarms_raise(&alarms, now, "history", "the disk is full");
  alarms_raise(&alarms, now, "heap.documents", "stuck");
  assert_int_equal(alarms_list(&alarms, list), 2);
  assert_string_equal(list[0].name, "history");
  assert_string_equal(list[0].message, "the disk is full");
  assert_int_equal(list[1].since_ms, now.wall_ms);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_alarm_stands_since_it_was_first_raised),
      cmocka_unit_test(clearing_one_leaves_the_others_in_their_order),
      cmocka_unit_test(too_many_alarms_are_dropped_from_the_list_only),
      cmocka_unit_test(the_list_for_the_wire_is_the_list),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
