/* test_predict.c - a pause from those before it, and how far off that was. */
#include "predict.h"

#include "test.h"

#define FIXED PREDICT_FIXED_CANDIDATES

static void nothing_learnt_predicts_nothing(void **state) {
  struct predict predict = {0};
  uint64_t pause_ns = 7;
  double p50 = 1, p90 = 2;
  (void)state;
  assert_false(predict_pause(&predict, 2, 1000, &pause_ns));
  assert_int_equal(pause_ns, 7);
  assert_int_equal(predict_errors(&predict, 2, &p50, &p90), 0);
  assert_true(p50 == 1 && p90 == 2);
}

static void pause_grows_with_the_candidates(void **state) {
  struct predict predict = {0};
  uint64_t pause_ns = 0;
  (void)state;
  predict_learn(&predict, 2, 1000, (1000 + FIXED) * 30);
  assert_true(predict_pause(&predict, 2, 1000, &pause_ns));
  assert_int_equal(pause_ns, (1000 + FIXED) * 30);
  assert_true(predict_pause(&predict, 2, 50000, &pause_ns));
  assert_int_equal(pause_ns, (50000 + FIXED) * 30);
  assert_true(predict_pause(&predict, 2, 0, &pause_ns));
  assert_int_equal(pause_ns, FIXED * 30);
  assert_false(predict_pause(&predict, 1, 1000, &pause_ns)); /* each for itself */
}

static void disturbed_pause_is_outvoted(void **state) {
  struct predict predict = {0};
  uint64_t pause_ns = 0;
  (void)state;
  for (unsigned i = 0; i < 5; i++)
    predict_learn(&predict, 0, 700, (700 + FIXED) * (i == 3 ? 9000 : 30));
  assert_true(predict_pause(&predict, 0, 700, &pause_ns));
  assert_int_equal(pause_ns, (700 + FIXED) * 30);
}

static void heap_that_changes_is_followed(void **state) {
  struct predict predict = {0};
  uint64_t pause_ns = 0;
  (void)state;
  for (unsigned i = 0; i < 1000; i++)
    predict_learn(&predict, 1, 700, (700 + FIXED) * 30);
  for (unsigned i = 0; i <= PREDICT_RATIOS / 2; i++)
    predict_learn(&predict, 1, 700, (700 + FIXED) * 50);
  assert_true(predict_pause(&predict, 1, 700, &pause_ns));
  assert_int_equal(pause_ns, (700 + FIXED) * 50);
}

static void errors_are_those_of_the_newest_predictions(void **state) {
  struct predict predict = {0};
  double p50 = 0, p90 = 0;
  (void)state;
  predict_learn(&predict, 2, 936, 1000 * 30); /* nothing to compare with yet */
  assert_int_equal(predict_errors(&predict, 2, &p50, &p90), 0);
  for (unsigned i = 0; i < 80; i++)
    predict_learn(&predict, 2, 936, 1000 * 30);
  assert_int_equal(predict_errors(&predict, 2, &p50, &p90), 80);
  assert_true(p50 == 0 && p90 == 0);
  for (unsigned i = 0; i < 20; i++) { /* a fifth: twice as long as the median says */
    for (unsigned k = 0; k < 3; k++)
      predict_learn(&predict, 2, 936, 1000 * 30);
    predict_learn(&predict, 2, 936, 1000 * 60);
  }
  assert_int_equal(predict_errors(&predict, 2, &p50, &p90), 160);
  assert_true(p50 == 0);
  assert_true(p90 == 50);
  for (unsigned i = 0; i < PREDICT_ERRORS; i++)
    predict_learn(&predict, 2, 936, 1000 * 30);
  assert_int_equal(predict_errors(&predict, 2, &p50, &p90), 260);
  assert_true(p90 == 0);
}

static void pause_of_no_time_is_no_division_by_nothing(void **state) {
  struct predict predict = {0};
  double p50 = 0, p90 = 0;
  (void)state;
  predict_learn(&predict, 0, 0, 0);
  predict_learn(&predict, 0, 0, 0);
  assert_int_equal(predict_errors(&predict, 0, &p50, &p90), 1);
  assert_true(p50 >= 0 && p50 <= 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_learnt_predicts_nothing),
      cmocka_unit_test(pause_grows_with_the_candidates),
      cmocka_unit_test(disturbed_pause_is_outvoted),
      cmocka_unit_test(heap_that_changes_is_followed),
      cmocka_unit_test(errors_are_those_of_the_newest_predictions),
      cmocka_unit_test(pause_of_no_time_is_no_division_by_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
