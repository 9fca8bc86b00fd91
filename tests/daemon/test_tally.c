/* test_tally.c - counts and speeds by network. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "tally.h"

#define NETWORKS 5000

static void counts_come_and_go_with_what_is_counted(void **state) {
  (void)state;
  static struct tally tally;
  static struct tally_place *places[NETWORKS][2];
  char network[32];
  tally_init(&tally, 12345);
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < NETWORKS; i++) {
      snprintf(network, sizeof(network), "10.0.%d.%d", i / 256, i % 256);
      places[i][round] = tally_add(&tally, network);
      assert_non_null(places[i][round]);
      assert_int_equal(tally_count(&tally, network), round + 1);
    }
  }
  assert_int_equal(tally_count(&tally, "192.0.2.1"), 0);
  for (int round = 0; round < 2; round++) {
    for (int i = NETWORKS - 1; i >= 0; i--) {
      snprintf(network, sizeof(network), "10.0.%d.%d", i / 256, i % 256);
      tally_remove(places[i][round]);
      assert_int_equal(tally_count(&tally, network), 1 - round);
    }
  }
  for (unsigned i = 0; i < TALLY_BUCKETS; i++) {
    assert_null(tally.buckets[i]); /* nothing is left to free */
  }
  tally_remove(NULL);
}

static void burst_of_one_second_and_then_the_rate(void **state) {
  (void)state;
  static struct tally tally;
  tally_init(&tally, 1);
  unsigned let_in = 0;
  for (unsigned i = 0; i < 1000; i++) {
    let_in += !tally_is_too_fast(&tally, "192.0.2.1", 200, 5000);
  }
  assert_int_equal(let_in, 200);
  assert_true(tally_is_too_fast(&tally, "192.0.2.1", 200, 5004));
  assert_false(tally_is_too_fast(&tally, "192.0.2.1", 200, 5005));
  assert_true(tally_is_too_fast(&tally, "192.0.2.1", 200, 5005));
  assert_false(tally_is_too_fast(&tally, "192.0.2.2", 200, 5005));
  for (unsigned i = 0; i < 200; i++) {
    assert_false(tally_is_too_fast(&tally, "192.0.2.1", 200, 10000));
  }
}

static void busy_network_is_not_held_against_another(void **state) {
  (void)state;
  static struct tally tally;
  char network[32];
  tally_init(&tally, 7);
  for (unsigned i = 0; i < 100000; i++) {
    tally_is_too_fast(&tally, "6.6.6.6", 200, 5000);
  }
  for (unsigned i = 0; i < 3 * TALLY_SPEEDS; i++) {
    snprintf(network, sizeof(network), "10.0.%u.%u", i / 256, i % 256);
    assert_false(tally_is_too_fast(&tally, network, 200, 5000));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(counts_come_and_go_with_what_is_counted),
      cmocka_unit_test(burst_of_one_second_and_then_the_rate),
      cmocka_unit_test(busy_network_is_not_held_against_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
