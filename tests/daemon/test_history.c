/* test_history.c - what is stored, what goes on after an end, what is refused: with a
 * real file. */
#include "history_fixture.h"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "history_private.h"

#define NOW() (skewed_now().wall_ms)

static void collections_are_on_disk_after_the_commit(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 50; i++) {
    past_collect(&past, 0, 1000, NOW());
  }
  history_flush(past.history);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM collections"), 50);
  assert_int_equal(past_read(*state, "PRAGMA auto_vacuum"), 2);
  past_end(&past);
}

static void numbers_go_on_where_they_were_after_a_clean_end(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  assert_int_equal(past.source.base.last_seq, 0);
  for (int i = 0; i < 7; i++) {
    past_collect(&past, 0, 1000, NOW());
  }
  past_end(&past);
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  assert_int_equal(past.source.base.last_seq, 7);
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM gaps"), 0);
}

/* An unclean end, made from a clean one: the lease stands in the file. */
static void make_unclean(const char *directory, int lease_end) {
  char sql[120];
  snprintf(sql, sizeof sql, "UPDATE heaps SET is_clean = 0, lease_end = %d", lease_end);
  past_write(directory, sql);
}

static void numbers_go_on_at_the_end_of_the_lease_after_an_unclean_end(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW());
  past_end(&past);
  make_unclean(*state, 4096);
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  assert_int_equal(past.source.base.last_seq, 4096);
  bool is_counted = true;
  struct hub_archive *archive = past.hub.archive;
  assert_int_equal(archive->ops->count(archive, "documents", 0, 4096, &is_counted), 1);
  assert_false(is_counted);
  past_collect(&past, 0, 1000, NOW());
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT first_seq FROM gaps"), 2);
  assert_int_equal(past_read(*state, "SELECT last_seq FROM gaps"), 4096);
  assert_int_equal(past_read(*state, "SELECT is_counted FROM gaps"), 0);
}

static void lease_is_on_disk_before_its_first_number_is_used(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  assert_int_equal(past_read(*state, "SELECT lease_end FROM heaps"), 4096);
  assert_int_equal(past_read(*state, "SELECT is_clean FROM heaps"), 0);
  /* Half of it is used: the next block is asked for before it is needed. */
  for (int i = 0; i < 2048; i++) {
    past_collect(&past, 0, 1000, NOW());
  }
  history_flush(past.history);
  history_flush(past.history);
  assert_in_range(past_read(*state, "SELECT lease_end FROM heaps"), 6144, INT64_MAX);
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT lease_end FROM heaps"), 2048);
}

static void number_that_does_not_follow_is_a_gap(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW());
  fake_source_lose(&past.source, 3);
  past_collect(&past, 0, 1000, NOW());
  history_flush(past.history);
  bool is_counted = false;
  struct hub_archive *archive = past.hub.archive;
  assert_int_equal(archive->ops->count(archive, "documents", 0, 5, &is_counted), 2);
  assert_true(is_counted);
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT first_seq FROM gaps"), 2);
  assert_int_equal(past_read(*state, "SELECT last_seq FROM gaps"), 4);
}

static struct hub_page the_page;
static bool page_is_here;

static void keep_page(void *context, struct hub_page *page) {
  (void)context;
  the_page = *page;
  page_is_here = true;
}

static void page_tells_the_past_in_order_without_a_hole(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 3; i++) {
    past_collect(&past, 0, 1000, NOW());
  }
  fake_source_lose(&past.source, 2);
  past_collect(&past, 0, 1000, NOW());
  struct hub_archive *archive = past.hub.archive;
  page_is_here = false;
  assert_int_equal(archive->ops->page(archive, "documents", 1, 9, keep_page, NULL), 0);
  past_wait(&past, &page_is_here);
  static const uint64_t firsts[] = {2, 3, 4, 6, 7}, lasts[] = {2, 3, 5, 6, 9};
  assert_int_equal(the_page.count, 5);
  for (unsigned i = 0; i < 5; i++) {
    assert_int_equal(the_page.entries[i].first_seq, firsts[i]);
    assert_int_equal(the_page.entries[i].last_seq, lasts[i]);
    assert_int_equal(the_page.entries[i].message != NULL, i != 2 && i != 4);
  }
  /* The same text that viewers got. */
  const char *live = message_text(hub_collection(past.hub.heaps, 3));
  assert_string_equal(message_text(the_page.entries[1].message), live);
  hub_page_fini(&the_page);
  past_end(&past);
}

static void page_is_bounded(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 1000; i++) {
    past_collect(&past, 0, 1000, NOW());
  }
  struct hub_archive *archive = past.hub.archive;
  page_is_here = false;
  assert_int_equal(archive->ops->page(archive, "documents", 0, 1000, keep_page, NULL),
                   0);
  past_wait(&past, &page_is_here);
  assert_in_range(the_page.count, 100, 200);
  hub_page_fini(&the_page);
  past_end(&past);
}

#define ASK(method, params)                                                            \
  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"history." method                         \
  "\",\"params\":{\"heap\":\"documents\"" params "}}"

static void collections_are_answered_newest_first_and_page_by_page(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 5; i++) {
    past_collect(&past, 0, 1000, 1700000000000 + i);
  }
  char *answer = past_ask(&past, ASK("collections", ",\"limit\":2"));
  assert_non_null(strstr(answer, "\"seq\":5"));
  assert_non_null(strstr(answer, "\"seq\":4"));
  assert_null(strstr(answer, "\"seq\":3"));
  char cursor[64] = "", next[300];
  assert_int_equal(
      sscanf(strstr(answer, "next_cursor"), "next_cursor\":\"%63[^\"]", cursor), 1);
  free(answer);
  snprintf(next, sizeof next, ASK("collections", ",\"cursor\":\"%s\",\"limit\":9"),
           cursor);
  answer = past_ask(&past, next);
  assert_non_null(strstr(answer, "\"seq\":3"));
  assert_non_null(strstr(answer, "\"seq\":1"));
  assert_null(strstr(answer, "\"seq\":4"));
  assert_null(strstr(answer, "next_cursor"));
  free(answer);
  assert_answer(&past, ASK("collections", ",\"from_ms\":1700000000004"), "\"seq\":5");
  assert_answer(&past, ASK("collections", ",\"to_ms\":1700000000000"),
                "\"collections\":[]");
  assert_answer(&past, ASK("collections", ",\"cursor\":\"x\""), "/params/cursor");
  assert_answer(&past, ASK("collections", ",\"from_ms\":2,\"to_ms\":1"),
                "/params/to_ms");
  past_end(&past);
}

#define ASK_AUDIT(params)                                                              \
  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"history.audit\",\"params\":{" params "}" \
  "}"

static void past_command(struct past *past, const char *heap, const char *detail,
                         int code, int64_t time_ms) {
  struct proto_audit audit = {.time_ms = time_ms,
                              .who = "operator@127.0.0.1",
                              .method = "gc.collect",
                              .code = code,
                              .duration_ns = 7};
  snprintf(audit.heap, sizeof audit.heap, "%s", heap);
  snprintf(audit.detail, sizeof audit.detail, "%s", detail);
  hub_audit(&past->hub, &audit);
}

static void commands_are_answered_newest_first_and_page_by_page(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  /* Two of one moment: the later row is the newer. */
  past_command(&past, "documents", "one", PROTO_OK, 1700000000000);
  past_command(&past, "", "two", PROTO_OK, 1700000000001);
  past_command(&past, "playground", "three", PROTO_COOLING_DOWN, 1700000000001);
  past_command(&past, "documents", "four", PROTO_OK, 1700000000002);
  past_end(&past);
  assert_int_equal(past_open(&past, *state), 0);
  char *answer = past_ask(&past, ASK_AUDIT("\"limit\":2"));
  const char *four = strstr(answer, "\"four\""), *three = strstr(answer, "\"three\"");
  assert_true(four && three && four < three);
  assert_null(strstr(answer, "\"two\""));
  assert_non_null(strstr(answer, "\"heap\":\"playground\",\"detail\":\"three\",\"ok\":"
                                 "false,\"code\":-32007,\"name\":\"cooling_down\","
                                 "\"duration_ns\":7"));
  char cursor[64] = "", next[300];
  assert_int_equal(
      sscanf(strstr(answer, "next_cursor"), "next_cursor\":\"%63[^\"]", cursor), 1);
  free(answer);
  snprintf(next, sizeof next, ASK_AUDIT("\"cursor\":\"%s\""), cursor);
  answer = past_ask(&past, next);
  const char *two = strstr(answer, "\"two\""), *one = strstr(answer, "\"one\"");
  assert_true(two && one && two < one);
  assert_null(strstr(answer, "\"three\""));
  assert_null(strstr(answer, "next_cursor"));
  free(answer);
  answer = past_ask(&past, ASK_AUDIT("\"heap\":\"documents\""));
  assert_non_null(strstr(answer, "\"one\""));
  assert_non_null(strstr(answer, "\"four\""));
  assert_null(strstr(answer, "\"two\""));
  assert_null(strstr(answer, "\"three\""));
  free(answer);
  answer =
      past_ask(&past, ASK_AUDIT("\"from_ms\":1700000000001,\"to_ms\":1700000000002"));
  assert_null(strstr(answer, "\"one\""));
  assert_null(strstr(answer, "\"four\""));
  assert_non_null(strstr(answer, "\"two\""));
  free(answer);
  /* A heap that nobody knows is a filter that nothing passes. */
  assert_answer(&past, ASK_AUDIT("\"heap\":\"stranger\""), "\"entries\":[]");
  assert_answer(&past, ASK_AUDIT("\"cursor\":\"x\""), "/params/cursor");
  assert_answer(&past, ASK_AUDIT("\"from_ms\":2,\"to_ms\":1"), "/params/to_ms");
  past_end(&past);
}

static void a_heap_without_commands_is_not_looked_for_without_end(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_command(&past, "documents", "oldest", PROTO_OK, 1);
  history_flush(past.history);
  past_write(*state,
             "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i <"
             " 30000) INSERT INTO audit (time_ms, who, method, heap, code, duration_ns)"
             " SELECT i, 'operator@x', 'gc.collect', 'playground', 0, 0 FROM n");
  char *answer = past_ask(&past, ASK_AUDIT("\"heap\":\"documents\""));
  assert_non_null(strstr(answer, "\"entries\":[]"));
  char cursor[64] = "", next[300];
  assert_int_equal(
      sscanf(strstr(answer, "next_cursor"), "next_cursor\":\"%63[^\"]", cursor), 1);
  free(answer);
  snprintf(next, sizeof next, ASK_AUDIT("\"heap\":\"documents\",\"cursor\":\"%s\""),
           cursor);
  assert_answer(&past, next, "\"oldest\"");
  past_end(&past);
}

static void what_is_kept_changes_while_it_runs(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  int64_t now_ms = NOW();
  past_collect(&past, 0, 1000, now_ms - 5000000);
  past_collect(&past, 0, 1000, now_ms);
  assert_answer(&past, ASK("collections", ""), "\"seq\":1,");
  history_set_retention(past.history, 3600000, UINT64_C(1) << 30);
  /* Deleting follows what is asked meanwhile, in pieces. */
  bool is_gone = false;
  for (int i = 0; i < 1000 && !is_gone; i++) {
    char *answer = past_ask(&past, ASK("collections", ""));
    assert_non_null(strstr(answer, "\"seq\":2,"));
    is_gone = !strstr(answer, "\"seq\":1,");
    free(answer);
  }
  assert_true(is_gone);
  past_end(&past);
}

static void heap_that_is_gone_is_still_answered_and_a_stranger_is_not(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW());
  past_end(&past);
  assert_int_equal(past_open(&past, *state), 0);
  assert_answer(&past, ASK("collections", ""), "\"seq\":1");
  assert_answer(&past,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"history.collections\","
                "\"params\":{\"heap\":\"x\"}}",
                "no_such_heap");
  past_end(&past);
}

static void samples_are_put_into_steps(void **state) {
  struct past past = {0};
  int64_t begin = NOW() / 60000 * 60000 - 60000;
  char text[200];
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 10; i++) {
    past_sample(&past, begin + i * 1000, 100 + (uint64_t)i, 1000 * (uint64_t)(i + 1));
  }
  history_flush(past.history);
  snprintf(text, sizeof text,
           ASK("samples", ",\"from_ms\":%lld,\"to_ms\":%lld,\"step_ms\":5000"),
           (long long)begin, (long long)begin + 10000);
  assert_answer(&past, text, "\"step_ms\":5000");
  assert_answer(&past, text, "\"live_objects\":{\"min\":100,\"max\":104,\"mean\":102}");
  assert_answer(&past, text, "\"live_objects\":{\"min\":105,\"max\":109,\"mean\":107}");
  assert_answer(&past, text, "\"allocated_objects\":5000,\"allocated_bytes\":80000");
  past_end(&past);
}

static void sample_that_says_nothing_new_is_not_stored(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 10; i++) {
    past_sample(&past, NOW() + i, 100, 1000);
  }
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM samples"), 1);
}

static void comparison_reads_sums_and_tells_ratios(void **state) {
  struct past past = {0};
  int64_t begin = NOW() / 10000 * 10000 - 60000;
  char text[300];
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  for (int i = 0; i < 100; i++) {
    past_collect(&past, 0, 1000000, begin + i * 10);
  }
  for (int i = 0; i < 50; i++) {
    past_collect(&past, 2, i == 0 ? 8000000 : 2000000, begin + 20000 + i * 10);
  }
  snprintf(text, sizeof text,
           ASK("compare", ",\"a\":{\"from_ms\":%lld,\"to_ms\":%lld},"
                          "\"b\":{\"from_ms\":%lld,\"to_ms\":%lld}"),
           (long long)begin, (long long)begin + 10000, (long long)begin + 20000,
           (long long)begin + 30000);
  char *answer = past_ask(&past, text);
  const char *b = strstr(answer, "\"b\":{");
  assert_non_null(strstr(answer, "\"collections\":100"));
  assert_non_null(strstr(answer, "\"total\":100000000"));
  assert_non_null(strstr(b, "\"collections\":50,\"collected\":500"));
  assert_non_null(strstr(b, "\"max\":8000000"));
  double p50 = strtod(strstr(b, "\"p50\":") + 6, NULL);
  assert_true(p50 > 2e6 * 0.95 && p50 < 2e6 * 1.05);
  free(answer);
  past_end(&past);
  /* A thousand records or a million: the rows that are read are the same. */
  assert_int_equal(
      past_read(*state, "SELECT count(*) FROM stats WHERE width_ms = 10000"), 2);
}

static void percentile_of_a_histogram_is_within_five_percent(void **state) {
  (void)state;
  struct history_stats stats;
  for (uint64_t pause = 300; pause < UINT64_C(1) << 39; pause += pause / 7) {
    memset(&stats, 0, sizeof stats);
    struct proto_collection collection = {.pause_ns = pause};
    history_stats_add(&stats, &collection);
    collection.pause_ns = pause * 4; /* so that the longest does not help */
    history_stats_add(&stats, &collection);
    struct history_stats back = {0};
    unsigned char bytes[HISTORY_PAUSES_BYTES];
    history_pauses_unpack(&back, bytes, history_pauses_pack(&stats, bytes));
    assert_memory_equal(back.pauses, stats.pauses, sizeof stats.pauses);
    struct proto_history_generation summary;
    history_stats_summary(&stats, &summary);
    double off = (double)summary.pauses.p50_ns / (double)pause - 1;
    assert_true(off < 0.07 && off > -0.07);
  }
}

/* --- versions --- */

static void older_file_is_migrated_step_by_step(void **state) {
  static const char *const made_up[] = {
      "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7);",
      "ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 1;",
      "UPDATE a SET y = x * 2;"};
  sqlite3 *handle = NULL;
  char message[100];
  sqlite3_open(scratch_path(*state, "history.sqlite"), &handle);
  assert_int_equal(history_migrate(handle, made_up, 1, message, sizeof message),
                   HISTORY_OPENED);
  assert_int_equal(history_migrate(handle, made_up, 3, message, sizeof message),
                   HISTORY_OPENED);
  /* What it had already had is not done again. */
  assert_int_equal(history_migrate(handle, made_up, 3, message, sizeof message),
                   HISTORY_OPENED);
  assert_int_equal(history_migrate(handle, made_up, 2, message, sizeof message),
                   HISTORY_NEWER);
  sqlite3_close(handle);
  assert_int_equal(past_read(*state, "PRAGMA user_version"), 3);
  assert_int_equal(past_read(*state, "SELECT y FROM a"), 14);
}

static void step_that_fails_leaves_the_file_at_its_version(void **state) {
  static const char *const made_up[] = {
      "CREATE TABLE a (x INTEGER);",
      "INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1);"};
  sqlite3 *handle = NULL;
  char message[100];
  sqlite3_open(scratch_path(*state, "history.sqlite"), &handle);
  assert_int_equal(history_migrate(handle, made_up, 2, message, sizeof message),
                   HISTORY_FAILED);
  assert_non_null(strstr(message, "nowhere"));
  sqlite3_close(handle);
  assert_int_equal(past_read(*state, "PRAGMA user_version"), 1);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM a"), 0);
}

static void newer_file_is_refused_and_not_touched(void **state) {
  struct past past = {0};
  past_write(*state, "CREATE TABLE future (x); PRAGMA user_version = 99;");
  assert_int_equal(past_open(&past, *state), -1);
  assert_non_null(strstr(past.message, "version is 99"));
  assert_non_null(strstr(past.message, "history.sqlite"));
  past_end(&past);
  assert_int_equal(past_read(*state, "PRAGMA user_version"), 99);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM sqlite_master"), 1);
}

/* --- trouble --- */

static void damaged_file_is_put_aside_and_numbers_are_not_used_again(void **state) {
  struct past past = {0};
  char junk[5000];
  memset(junk, 'x', sizeof junk - 1);
  junk[sizeof junk - 1] = '\0';
  scratch_write(*state, "history.sqlite", junk);
  assert_int_equal(past_open(&past, *state), 0);
  const struct alarm *alarm = alarms_find(&past.alarms, "history.damaged");
  assert_non_null(alarm);
  assert_null(alarms_find(&past.alarms, "history"));
  char aside[64] = "";
  assert_int_equal(sscanf(strstr(alarm->message, "kept as "), "kept as %63s", aside),
                   1);
  assert_int_equal(access(scratch_path(*state, aside), F_OK), 0);
  past_add_heap(&past, "documents");
  assert_true(past.source.base.last_seq > 1700000000u);
  past_collect(&past, 0, 1000, NOW());
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM collections"), 1);
}

static bool no_alarm(struct past *past) {
  return alarms_find(&past->alarms, "history") == NULL;
}

/* Run the loop until the alarm stands, or does not. While it is waited for there is
 * something to write: a history that was off between two looks is not missed. */
static void wait_alarm(struct past *past, bool is_raised) {
  uint64_t until_ns = uv_hrtime() + UINT64_C(20000000000);
  while (no_alarm(past) == is_raised && uv_hrtime() < until_ns) {
    if (is_raised) {
      past_collect(past, 0, 1000, NOW());
    }
    uv_run(&past->loop, UV_RUN_NOWAIT);
    sched_yield();
  }
  assert_int_equal(no_alarm(past), !is_raised);
}

/* A disk with room for so many bytes: the limit of a file's size. */
static void set_room(rlim_t bytes) {
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = bytes;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void full_disk_turns_history_off_and_room_turns_it_on(void **state) {
  struct past past = {0};
  char text[40];
  past.options = HISTORY_OPTIONS;
  past.options.commit_ms = 1;
  past.options.retry_ms = 300;
  signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW());
  history_flush(past.history);
  set_room(200 * 1024);
  wait_alarm(&past, true);
  /* Off is off: asked and refused at once, and nobody waits for anything. */
  assert_answer(&past, ASK("collections", ""), "not_supported");
  struct hub_archive *archive = past.hub.archive;
  assert_int_equal(archive->ops->page(archive, "documents", 0, 9, keep_page, NULL), -1);
  past_collect(&past, 0, 1000, NOW());
  set_room(RLIM_INFINITY);
  wait_alarm(&past, false);
  past_collect(&past, 0, 1000, NOW());
  history_flush(past.history);
  uint64_t newest = past.source.base.last_seq;
  snprintf(text, sizeof text, "\"seq\":%llu,", (unsigned long long)newest);
  assert_answer(&past, ASK("collections", ",\"limit\":1"), text);
  past_end(&past);
  /* Every number has a row or lies in a gap. */
  assert_int_equal(past_read(*state, "SELECT sum(last_seq - first_seq + 1) +"
                                     " (SELECT count(*) FROM collections) FROM gaps"),
                   newest);
}

static void reason_of_a_failure_outlives_the_rollback_after_it(void **state) {
  struct history_db db = {0};
  char message[120];
  const char *path = scratch_path(*state, "history.sqlite");
  assert_int_equal(history_db_open(&db, path, NULL, message, sizeof message),
                   HISTORY_OPENED);
  assert_int_not_equal(
      sqlite3_exec(db.handle, "SELECT 1 FROM nowhere", NULL, NULL, NULL), 0);
  assert_string_equal(history_reason(&db, SQLITE_ERROR), "no such table: nowhere");
  assert_int_equal(sqlite3_exec(db.handle, "BEGIN; ROLLBACK", NULL, NULL, NULL), 0);
  assert_string_equal(history_reason(&db, SQLITE_FULL), sqlite3_errstr(SQLITE_FULL));
  history_db_close(&db);
  assert_string_equal(history_reason(&db, SQLITE_FULL), sqlite3_errstr(SQLITE_FULL));
}

static void directory_that_cannot_be_written_is_an_alarm_and_no_failure(void **state) {
  struct past past = {0};
  past.options = HISTORY_OPTIONS;
  past.options.retry_ms = 20;
  const char *directory = scratch_path(*state, "not-there");
  assert_int_equal(past_open(&past, directory), 0);
  assert_non_null(alarms_find(&past.alarms, "history"));
  past_add_heap(&past, "documents");
  assert_int_equal(past.source.base.last_seq, 0);
  past_collect(&past, 0, 1000, NOW());
  assert_int_equal(mkdir(directory, 0700), 0);
  wait_alarm(&past, false);
  past_collect(&past, 0, 1000, NOW());
  history_flush(past.history);
  assert_int_equal(past_read(directory, "SELECT count(*) FROM collections"), 1);
  past_end(&past);
}

static void file_that_comes_back_with_numbers_in_use_is_not_written(void **state) {
  struct past past = {0};
  const char *directory = scratch_path(*state, "state");
  assert_int_equal(mkdir(directory, 0700), 0);
  assert_int_equal(past_open(&past, directory), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW());
  past_end(&past);
  const char *away = scratch_path(*state, "away");
  assert_int_equal(rename(directory, away), 0);
  past.options.retry_ms = 20;
  assert_int_equal(past_open(&past, directory), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW()); /* number 1 for the second time */
  assert_int_equal(rename(away, directory), 0);
  uint64_t until_ns = uv_hrtime() + UINT64_C(20000000000);
  while (!strstr(alarms_find(&past.alarms, "history")->message, "restart") &&
         uv_hrtime() < until_ns) {
    uv_run(&past.loop, UV_RUN_NOWAIT);
    sched_yield();
  }
  assert_non_null(strstr(alarms_find(&past.alarms, "history")->message, "restart"));
  past_end(&past);
  assert_int_equal(past_read(directory, "SELECT count(*) FROM collections"), 1);
}

static void full_queue_drops_and_says_so_and_the_gap_is_known(void **state) {
  struct past past = {0};
  past.options = HISTORY_OPTIONS;
  past.options.queue = 8;
  past.options.commit_ms = 900;
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW());
  history_flush(past.history);
  /* Another program holds the file: nothing moves, and nobody waits. */
  sqlite3 *handle = NULL;
  sqlite3_open(scratch_path(*state, "history.sqlite"), &handle);
  assert_int_equal(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL),
                   SQLITE_OK);
  for (int i = 0; i < 100; i++) {
    past_collect(&past, 0, 1000, NOW());
  }
  assert_in_range(history_dropped(past.history), 1, 100);
  assert_non_null(alarms_find(&past.alarms, "history.queue"));
  sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
  sqlite3_close(handle);
  history_flush(past.history);
  past_collect(&past, 0, 1000, NOW());
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT sum(last_seq - first_seq + 1) +"
                                     " (SELECT count(*) FROM collections) FROM gaps"),
                   102);
}

/* A burst must find the queue empty again, however far away the next commit is. */
static void half_of_the_queue_is_taken_without_waiting_for_the_commit(void **state) {
  struct past past = {0};
  past.options = HISTORY_OPTIONS;
  past.options.queue = 8;
  past.options.commit_ms = past.options.tidy_ms = 3600 * 1000;
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  history_flush(past.history);
  for (int i = 0; i < 10 * 4; i++) {
    past_collect(&past, 0, 1000, NOW());
    uint64_t until_ns = uv_hrtime() + UINT64_C(20000000000);
    bool is_taken = i % 4 != 3;
    while (!is_taken && uv_hrtime() < until_ns) {
      sched_yield();
      uv_mutex_lock(&past.history->lock);
      is_taken = past.history->item_count == 0;
      uv_mutex_unlock(&past.history->lock);
    }
    assert_true(is_taken);
  }
  assert_int_equal(history_dropped(past.history), 0);
  past_end(&past);
  assert_int_equal(past_read(*state, "SELECT count(*) FROM collections"), 40);
}

static void count_page(void *context, struct hub_page *page) {
  *(unsigned *)context += page->count > 0;
  hub_page_fini(page);
}

/* After a restart everybody comes back at once, and what is refused is told as lost. */
static void pages_are_never_too_many(void **state) {
  struct past past = {0};
  unsigned pages = 0;
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW());
  struct hub_archive *archive = past.hub.archive;
  for (unsigned i = 0; i < 2 * HISTORY_MAX_REQUESTS; i++) {
    assert_int_equal(archive->ops->page(archive, "documents", 0, 1, count_page, &pages),
                     0);
  }
  /* And they keep nobody from asking. */
  assert_answer(&past, ASK("collections", ""), "\"seq\":1");
  assert_int_equal(pages, 2 * HISTORY_MAX_REQUESTS);
  past_end(&past);
}

static void commands_are_kept(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  struct proto_audit audit = {.time_ms = NOW(),
                              .who = "operator@127.0.0.1",
                              .method = "gc.collect",
                              .heap = "documents",
                              .code = -32007};
  hub_audit(&past.hub, &audit);
  past_end(&past);
  assert_int_equal(past_read(*state,
                             "SELECT code FROM audit WHERE method = 'gc.collect'"
                             " AND who = 'operator@127.0.0.1'"),
                   -32007);
}

static void request_that_is_under_way_at_the_end_is_answered_once(void **state) {
  struct past past = {0};
  assert_int_equal(past_open(&past, *state), 0);
  past_add_heap(&past, "documents");
  past_collect(&past, 0, 1000, NOW());
  struct past_answer answers[20] = {0};
  static const char text[] = ASK("collections", "");
  struct proto_request request;
  struct proto_error error;
  assert_int_equal(proto_decode_request(text, strlen(text), &request, &error), 0);
  for (unsigned i = 0; i < 20; i++) {
    assert_int_equal(
        history_ask(past.history, &request, past_reply, &answers[i], &error), 0);
  }
  past_end(&past);
  for (unsigned i = 0; i < 20; i++) {
    assert_true(answers[i].is_here);
    free(answers[i].text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      scratch_test(collections_are_on_disk_after_the_commit),
      scratch_test(numbers_go_on_where_they_were_after_a_clean_end),
      scratch_test(numbers_go_on_at_the_end_of_the_lease_after_an_unclean_end),
      scratch_test(lease_is_on_disk_before_its_first_number_is_used),
      scratch_test(number_that_does_not_follow_is_a_gap),
      scratch_test(page_tells_the_past_in_order_without_a_hole),
      scratch_test(page_is_bounded),
      scratch_test(collections_are_answered_newest_first_and_page_by_page),
      scratch_test(commands_are_answered_newest_first_and_page_by_page),
      scratch_test(a_heap_without_commands_is_not_looked_for_without_end),
      scratch_test(what_is_kept_changes_while_it_runs),
      scratch_test(heap_that_is_gone_is_still_answered_and_a_stranger_is_not),
      scratch_test(samples_are_put_into_steps),
      scratch_test(sample_that_says_nothing_new_is_not_stored),
      scratch_test(comparison_reads_sums_and_tells_ratios),
      cmocka_unit_test(percentile_of_a_histogram_is_within_five_percent),
      scratch_test(older_file_is_migrated_step_by_step),
      scratch_test(step_that_fails_leaves_the_file_at_its_version),
      scratch_test(newer_file_is_refused_and_not_touched),
      scratch_test(damaged_file_is_put_aside_and_numbers_are_not_used_again),
      scratch_test(full_disk_turns_history_off_and_room_turns_it_on),
      scratch_test(reason_of_a_failure_outlives_the_rollback_after_it),
      scratch_test(directory_that_cannot_be_written_is_an_alarm_and_no_failure),
      scratch_test(file_that_comes_back_with_numbers_in_use_is_not_written),
      scratch_test(full_queue_drops_and_says_so_and_the_gap_is_known),
      scratch_test(half_of_the_queue_is_taken_without_waiting_for_the_commit),
      scratch_test(pages_are_never_too_many),
      scratch_test(commands_are_kept),
      scratch_test(request_that_is_under_way_at_the_end_is_answered_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
