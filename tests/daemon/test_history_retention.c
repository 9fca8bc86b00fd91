/* test_history_retention.c - samples thin with age and sums stay right; what is old or
 * too much goes, the oldest first. The clock is turned on by days. */
#include "history_fixture.h"

#include "history_private.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static int setup(void **state) {
  the_skew_ms = 0;
  return scratch_setup(state);
}

/* Do by hand what the thread does every ten seconds, until nothing is left to do. The
 * thread has ended; its file is opened again. */
static void tidy(const char *directory, int64_t now_ms,
                 const struct history_options *options) {
  struct past past = {0};
  past.options = *options;
  assert_int_equal(past_open(&past, directory), 0);
  history_flush(past.history);
  struct history other = *past.history; /* the same heaps, a connection of our own */
  memset(&other.db, 0, sizeof other.db);
  char message[100];
  assert_int_equal(
      history_db_open(&other.db, other.path, NULL, message, sizeof message),
      HISTORY_OPENED);
  uv_mutex_init(&other.lock);
  int code = 0;
  bool is_more = true;
  for (unsigned i = 0; i < 10000 && is_more; i++) {
    assert_int_equal(history_exec(&other.db, SQL_BEGIN), 0);
    is_more = history_tidy(&other, now_ms, &code);
    assert_int_equal(code, 0);
    assert_int_equal(history_exec(&other.db, SQL_COMMIT), 0);
  }
  assert_false(is_more);
  uv_mutex_destroy(&other.lock);
  history_db_close(&other.db);
  past_end(&past);
}

static void samples_get_thinner_with_age_and_their_sums_stay(void **state) {
  struct past past = {0};
  int64_t begin = skewed_now().wall_ms / DAY * DAY;
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  /* Two minutes, ten a second: 1 object more each time. */
  for (int i = 0; i < 1200; i++) {
    past_sample(&past, begin + i * 100, 100 + (uint64_t)i, 5 * (uint64_t)i);
  }
  struct history_options options = past.options;
  past_end(&past);
  static const char *const levels[] = {"SELECT count(*) FROM samples WHERE level = 0",
                                       "SELECT count(*) FROM samples WHERE level = 1",
                                       "SELECT count(*) FROM samples WHERE level = 2",
                                       "SELECT count(*) FROM samples WHERE level = 3"};
  static const struct {
    int64_t age_ms;
    int rows[HISTORY_LEVELS];
  } ages[] = {{9 * MINUTE, {1200, 0, 0, 0}},
              {15 * MINUTE, {0, 120, 0, 0}},
              {4 * HOUR, {0, 0, 12, 0}},
              {25 * HOUR, {0, 0, 0, 2}}};
  for (unsigned i = 0; i < 4; i++) {
    tidy(*state, begin + ages[i].age_ms, &options);
    for (unsigned level = 0; level < HISTORY_LEVELS; level++) {
      assert_int_equal(past_read(*state, levels[level]), ages[i].rows[level]);
    }
    assert_int_equal(past_read(*state, "SELECT sum(samples) FROM samples"), 1200);
    assert_int_equal(past_read(*state, "SELECT min(live_objects_min) FROM samples"),
                     100);
    assert_int_equal(past_read(*state, "SELECT max(live_objects_max) FROM samples"),
                     1299);
    assert_int_equal(past_read(*state, "SELECT sum(live_objects_total) FROM samples"),
                     1200 * 100 + 1199 * 600);
    assert_int_equal(past_read(*state, "SELECT sum(allocated_objects) FROM samples"),
                     5 * 1199);
  }
}

static void rows_older_than_the_age_go_and_the_gaps_before_them(void **state) {
  struct past past = {0};
  int64_t now = skewed_now().wall_ms;
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, now - 40 * DAY);
  fake_source_lose(&past.source, 2);
  for (int i = 0; i < 2000; i++) {
    past_collect(&past, 0, 1000, now - 35 * DAY + i);
  }
  for (int i = 0; i < 10; i++) {
    past_collect(&past, 0, 1000, now - 5 * DAY + i);
  }
  past_sample(&past, now - 40 * DAY, 1, 1);
  past_sample(&past, now - 5 * DAY, 2, 2);
  struct proto_audit audit = {.time_ms = now - 40 * DAY, .method = "gc.enable"};
  hub_audit(&past.hub, &audit);
  struct history_options options = past.options;
  past_end(&past);
  tidy(*state, now, &options);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM collections"), 10);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM gaps"), 0);
  assert_int_equal(past_read(*state, "SELECT sum(samples) FROM samples"), 1);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM audit"), 0);
  assert_int_equal(
      past_read(*state, "SELECT sum(count) FROM stats WHERE width_ms = 60000"), 10);
  assert_int_equal(
      past_read(*state, "SELECT count(*) FROM stats WHERE width_ms = 10000"), 0);
  /* What there still is can be counted on: the oldest is known after a restart, too. */
  assert_int_equal(past_open(&past, *state), 0);
  bool is_counted;
  struct hub_archive *archive = past.hub.archive;
  assert_int_equal(archive->ops->count(archive, "documents", 0, 2013, &is_counted), 10);
  past_add_heap(&past, "documents");
  assert_int_equal(past.source.base.last_seq, 2013);
  past_end(&past);
}

static void file_that_is_too_large_loses_the_oldest_and_shrinks(void **state) {
  struct past past = {0};
  int64_t now = skewed_now().wall_ms;
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 4000; i++) {
    past_collect(&past, 0, 1000, now - DAY + i);
  }
  struct history_options options = past.options;
  past_end(&past);
  struct stat before, after;
  assert_int_equal(stat(scratch_path(*state, "history.sqlite"), &before), 0);
  options.max_bytes = (uint64_t)before.st_size / 3;
  tidy(*state, now, &options);
  assert_int_equal(stat(scratch_path(*state, "history.sqlite"), &after), 0);
  assert_true((uint64_t)after.st_size <= options.max_bytes);
  int64_t left = past_read(*state, "SELECT count(*) FROM collections");
  assert_in_range(left, 500, 2000);
  assert_int_equal(past_read(*state, "SELECT min(time_ms) FROM collections"),
                   now - DAY + 4000 - left);
}

static void numbers_go_on_when_every_record_has_gone(void **state) {
  struct past past = {0};
  int64_t now = skewed_now().wall_ms;
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 10; i++) {
    past_collect(&past, 0, 1000, now - 40 * DAY);
  }
  struct history_options options = past.options;
  past_end(&past);
  tidy(*state, now, &options);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM collections"), 0);
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  assert_int_equal(past.source.base.last_seq, 10);
  bool is_counted;
  struct hub_archive *archive = past.hub.archive;
  assert_int_equal(archive->ops->count(archive, "documents", 0, 10, &is_counted), 0);
  past_end(&past);
}

static void clock_that_jumps_ahead_does_not_take_the_past_with_it(void **state) {
  struct past past = {0};
  past.options = HISTORY_OPTIONS;
  past.options.commit_ms = 1;
  past.options.tidy_ms = 0; /* at every turn */
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 10; i++) {
    past_collect(&past, 0, 1000, skewed_now().wall_ms);
  }
  history_flush(past.history);
  the_jump_ms = 400 * DAY;
  /* Each of these is another turn of the thread, and of its tidying. */
  for (int i = 0; i < 10; i++) {
    past_collect(&past, 0, 1000, skewed_now().wall_ms);
    history_flush(past.history);
  }
  the_jump_ms = 0;
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM collections"), 20);
}

static void heap_that_left_nothing_is_forgotten_and_may_come_back(void **state) {
  struct past past = {0};
  int64_t now = skewed_now().wall_ms;
  assert_int_equal(past_open(&past, *state), 0);
  fake_source_init(&past.source, &past.hub.sink, "app:12:34");
  assert_int_equal(hub_add(&past.hub, &past.source.base), 0); /* has its own numbers */
  past_collect(&past, 0, 1000, now - 40 * DAY);
  struct history_options options = past.options;
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM heaps"), 1);
  tidy(*state, now, &options);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM heaps"), 0);
  assert_int_equal(past_open(&past, *state), 0);
  fake_source_init(&past.source, &past.hub.sink, "app:12:34");
  past.source.base.last_seq = 1;
  assert_int_equal(hub_add(&past.hub, &past.source.base), 0);
  past_collect(&past, 0, 1000, now);
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM collections"), 1);
}

#define retention_test(name)                                                           \
  cmocka_unit_test_setup_teardown(name, setup, scratch_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      retention_test(samples_get_thinner_with_age_and_their_sums_stay),
      retention_test(rows_older_than_the_age_go_and_the_gaps_before_them),
      retention_test(file_that_is_too_large_loses_the_oldest_and_shrinks),
      retention_test(numbers_go_on_when_every_record_has_gone),
      retention_test(clock_that_jumps_ahead_does_not_take_the_past_with_it),
      retention_test(heap_that_left_nothing_is_forgotten_and_may_come_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
