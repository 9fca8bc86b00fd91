/* test_history_power.c - the power fails at any instant: what was committed is there,
 * the file is whole, and no number is used twice. */
#include "history_fixture.h"
#include "power_vfs.h"

#define CUTS 60

/* How many collections the platter of a cut has; the file is whole. */
static int64_t check_cut(const char *directory) {
  sqlite3 *handle = NULL;
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_open(scratch_path(directory, "history.sqlite"), &handle),
                   SQLITE_OK);
  int code = sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &statement, NULL);
  if (code != SQLITE_OK) {
    fail_msg("%s", sqlite3_errmsg(handle));
  }
  assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
  assert_string_equal(sqlite3_column_text(statement, 0), "ok");
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return past_read(directory, "SELECT count(*) FROM collections");
}

static void make_directory(const char *path) {
  assert_int_equal(mkdir(path, 0700), 0);
}

/* Collections with commits between them, and the power cut somewhere. */
static void what_was_committed_survives_a_power_cut_at_any_instant(void **state) {
  unsigned seed = 20260101;
  for (unsigned cut = 0; cut < CUTS; cut++) {
    char name[32];
    struct past past = {0};
    snprintf(name, sizeof name, "live%u", cut);
    char *live = strdup(scratch_path(*state, name));
    snprintf(name, sizeof name, "cut%u", cut);
    char *platter = strdup(scratch_path(*state, name));
    make_directory(live);
    make_directory(platter);
    past.options = HISTORY_OPTIONS;
    past.options.commit_ms = 1 + cut % 3;
    past.options.lease = 16; /* many leases */
    past.options.vfs = power_on();
    assert_int_equal(past_open(&past, live), 0);
    past_add_heap(&past, "documents");

    uint64_t committed = 0;
    unsigned rounds = 1 + cut % 7;
    for (unsigned round = 0; round < rounds; round++) {
      for (unsigned i = 0; i < 5 + 40 * (cut % 4); i++) {
        past_collect(&past, i % 3, 1000, skewed_now().wall_ms);
      }
      if (round + 1 < rounds) {
        history_flush(past.history);
        committed = past.source.base.last_seq;
      }
    }
    power_cut(platter, cut % 3 * 50, &seed); /* none, half, all of what was pending */
    past_end(&past);
    power_off();

    assert_in_range(check_cut(platter), committed, INT64_MAX);
    struct past after = {0};
    assert_int_equal(past_open(&after, platter), 0);
    assert_null(alarms_find(&after.alarms, "history.damaged"));
    past_add_heap(&after, "documents");
    /* Numbers beyond what is on disk may have been seen by clients, up to the lease. */
    assert_in_range(after.source.base.last_seq, committed, UINT64_MAX);
    past_end(&after);
    free(live);
    free(platter);
  }
}

static void no_number_is_used_before_its_lease_is_on_the_platter(void **state) {
  unsigned seed = 7;
  char *live = strdup(scratch_path(*state, "live"));
  make_directory(live);
  struct past past = {0};
  past.options = HISTORY_OPTIONS;
  past.options.commit_ms = 900; /* records are late, leases are not */
  past.options.vfs = power_on();
  assert_int_equal(past_open(&past, live), 0);
  past_add_heap(&past, "documents");
  for (unsigned i = 0; i < 1000; i++) {
    past_collect(&past, 0, 1000, skewed_now().wall_ms);
  }
  char *platter = strdup(scratch_path(*state, "platter"));
  make_directory(platter);
  uint64_t used = past.source.base.last_seq;
  power_cut(platter, 0, &seed);
  past_end(&past);
  power_off();
  struct past after = {0};
  assert_int_equal(past_open(&after, platter), 0);
  past_add_heap(&after, "documents");
  assert_in_range(after.source.base.last_seq, used, UINT64_MAX);
  past_end(&after);
  free(live);
  free(platter);
}

/* The shim itself: with a disk that lies about its syncs the same cut loses what was
 * committed, so the tests above can fail. */
static void disk_that_does_not_sync_loses_it(void **state) {
  unsigned seed = 7;
  char *live = strdup(scratch_path(*state, "live"));
  make_directory(live);
  struct past past = {0};
  past.options = HISTORY_OPTIONS;
  past.options.commit_ms = 1;
  past.options.vfs = power_on();
  assert_int_equal(past_open(&past, live), 0);
  past_add_heap(&past, "documents");
  pthread_mutex_lock(&power.lock);
  power.is_lying = true;
  pthread_mutex_unlock(&power.lock);
  for (unsigned i = 0; i < 10; i++) {
    past_collect(&past, 0, 1000, skewed_now().wall_ms);
  }
  history_flush(past.history);
  char *platter = strdup(scratch_path(*state, "platter"));
  make_directory(platter);
  power_cut(platter, 0, &seed);
  past_end(&past);
  power_off();
  assert_int_equal(check_cut(platter), 0);
  free(live);
  free(platter);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      scratch_test(what_was_committed_survives_a_power_cut_at_any_instant),
      scratch_test(no_number_is_used_before_its_lease_is_on_the_platter),
      scratch_test(disk_that_does_not_sync_loses_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
