/* test_tuning.c - what goes back to what, and when; time is what the test says. */
#include "tuning.h"

#include <stdlib.h>

#include "test.h"

#define NS_PER_MS UINT64_C(1000000)

struct fixture {
  ouro_heap *heap;
  struct tuning tuning;
  struct moment now;
};

static int setup(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  assert_non_null(fixture);
  fixture->heap = ouro_heap_new(NULL);
  assert_non_null(fixture->heap);
  tuning_init(&fixture->tuning, fixture->heap);
  fixture->now = (struct moment){1000, 1700000000000};
  *state = fixture;
  return 0;
}

static int teardown(void **state) {
  struct fixture *fixture = *state;
  ouro_heap_free(fixture->heap);
  free(fixture);
  return 0;
}

static void set_first(struct fixture *fixture, uint32_t first,
                      int64_t revert_after_ms) {
  assert_int_equal(
      tuning_set_thresholds(&fixture->tuning, &first, 1, revert_after_ms, fixture->now),
      0);
}

static uint32_t first_of(struct fixture *fixture) {
  uint32_t thresholds[OURO_GENERATIONS];
  ouro_gc_threshold(fixture->heap, thresholds);
  assert_int_equal(thresholds[0], fixture->tuning.state.thresholds[0]);
  return thresholds[0];
}

/* Let time pass; did something undo itself? */
static bool pass(struct fixture *fixture, uint64_t ms) {
  fixture->now.monotonic_ms += ms;
  fixture->now.wall_ms += (int64_t)ms;
  return tuning_revert(&fixture->tuning, fixture->now.monotonic_ms * NS_PER_MS);
}

static void change_for_good_stays(void **state) {
  struct fixture *fixture = *state;
  set_first(fixture, 50, -1);
  tuning_disable(&fixture->tuning, -1, fixture->now);
  assert_int_equal(fixture->tuning.due_ns, UINT64_MAX);
  assert_false(pass(fixture, 1000000000));
  assert_int_equal(first_of(fixture), 50);
  assert_false(ouro_gc_is_enabled(fixture->heap));
}

static void change_on_trial_goes_back_on_time(void **state) {
  struct fixture *fixture = *state;
  set_first(fixture, 50, 5000);
  assert_int_equal(fixture->tuning.state.revert.at_ms, 1700000005000);
  assert_false(pass(fixture, 4999));
  assert_int_equal(first_of(fixture), 50);
  assert_true(pass(fixture, 1));
  assert_int_equal(first_of(fixture), 700);
  assert_int_equal(fixture->tuning.state.reverts, 1);
  assert_int_equal(fixture->tuning.state.undone.thresholds[0], 700);
  assert_int_equal(fixture->tuning.state.revert.at_ms, 0);
  assert_false(pass(fixture, 100000));
}

static void revert_goes_to_before_the_first_change(void **state) {
  struct fixture *fixture = *state;
  set_first(fixture, 50, 5000);
  pass(fixture, 3000);
  set_first(fixture, 20, 5000);
  assert_false(pass(fixture, 4999)); /* the newest end counts */
  assert_int_equal(first_of(fixture), 20);
  assert_true(pass(fixture, 1));
  assert_int_equal(first_of(fixture), 700);
}

static void what_is_on_trial_ends_together(void **state) {
  struct fixture *fixture = *state;
  set_first(fixture, 50, 60000);
  tuning_disable(&fixture->tuning, 1000, fixture->now);
  assert_true(pass(fixture, 1000));
  assert_int_equal(first_of(fixture), 700);
  assert_true(ouro_gc_is_enabled(fixture->heap));
  assert_true(fixture->tuning.state.undone.has_thresholds);
  assert_true(fixture->tuning.state.undone.has_enabled);
}

static void change_for_good_leaves_the_trial(void **state) {
  struct fixture *fixture = *state;
  set_first(fixture, 50, 5000);
  tuning_disable(&fixture->tuning, 5000, fixture->now);
  set_first(fixture, 60, -1);
  assert_true(pass(fixture, 5000));
  assert_int_equal(first_of(fixture), 60);
  assert_true(ouro_gc_is_enabled(fixture->heap));
  assert_false(fixture->tuning.state.undone.has_thresholds);

  tuning_disable(&fixture->tuning, 5000, fixture->now);
  tuning_enable(&fixture->tuning);
  assert_int_equal(fixture->tuning.due_ns, UINT64_MAX);
  assert_int_equal(fixture->tuning.state.revert.at_ms, 0);

  tuning_disable(&fixture->tuning, 5000, fixture->now);
  tuning_disable(&fixture->tuning, -1, fixture->now);
  assert_false(pass(fixture, 5000));
  assert_false(ouro_gc_is_enabled(fixture->heap));
}

static void heap_that_was_off_goes_back_to_off(void **state) {
  struct fixture *fixture = *state;
  tuning_disable(&fixture->tuning, -1, fixture->now);
  tuning_disable(&fixture->tuning, 5000, fixture->now);
  assert_true(pass(fixture, 5000));
  assert_false(ouro_gc_is_enabled(fixture->heap));
  assert_false(fixture->tuning.state.undone.enabled);
}

static void kept_change_stays(void **state) {
  struct fixture *fixture = *state;
  set_first(fixture, 50, 5000);
  assert_true(tuning_keep(&fixture->tuning));
  assert_false(tuning_keep(&fixture->tuning));
  assert_false(pass(fixture, 5000));
  assert_int_equal(first_of(fixture), 50);
  /* The next trial begins from there. */
  set_first(fixture, 20, 5000);
  assert_true(pass(fixture, 5000));
  assert_int_equal(first_of(fixture), 50);
}

static void refused_threshold_changes_nothing(void **state) {
  struct fixture *fixture = *state;
  uint64_t version = fixture->tuning.version;
  const uint32_t too_large = UINT32_MAX;
  assert_int_equal(
      tuning_set_thresholds(&fixture->tuning, &too_large, 1, 5000, fixture->now), -1);
  assert_int_equal(fixture->tuning.version, version);
  assert_int_equal(fixture->tuning.due_ns, UINT64_MAX);
  assert_int_equal(first_of(fixture), 700);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(change_for_good_stays),
      TEST(change_on_trial_goes_back_on_time),
      TEST(revert_goes_to_before_the_first_change),
      TEST(what_is_on_trial_ends_together),
      TEST(change_for_good_leaves_the_trial),
      TEST(heap_that_was_off_goes_back_to_off),
      TEST(kept_change_stays),
      TEST(refused_threshold_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
