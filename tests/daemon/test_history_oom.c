/* test_history_oom.c - memory runs short at every single allocation of history's: ours
 * (through the linker's --wrap) and SQLite's (through its own hooks).
 *
 *   the n-th allocation fails, n = 1, 2, 3 ... until none is left to fail
 *
 * Each time every request is answered once, and afterwards the file is whole, numbers
 * go on above those that were used, and what is stored is stored again. */
#include "history_fixture.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

static _Atomic bool is_armed;
static _Atomic int until_failure; /* the allocation that fails counts it to 0 */

static bool is_refused(void) {
  return is_armed && atomic_fetch_sub(&until_failure, 1) == 1;
}

void *__wrap_malloc(size_t size) {
  return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
  return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size) {
  return is_refused() ? NULL : __real_realloc(block, size);
}

/* --- SQLite's memory --- */

static sqlite3_mem_methods usual;

static void *sqlite_malloc(int size) {
  return is_refused() ? NULL : usual.xMalloc(size);
}

static void *sqlite_realloc(void *block, int size) {
  return is_refused() ? NULL : usual.xRealloc(block, size);
}

static int hook_sqlite(void **state) {
  (void)state;
  assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual), SQLITE_OK);
  sqlite3_mem_methods failing = usual;
  failing.xMalloc = sqlite_malloc;
  failing.xRealloc = sqlite_realloc;
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &failing);
}

/* --- */

static unsigned answered;

static void on_answer(void *context, int code, char *text, size_t length) {
  (void)context;
  (void)code;
  (void)length;
  answered++;
  free(text);
}

static void on_page(void *context, struct hub_page *page) {
  (void)context;
  answered++;
  hub_page_fini(page);
}

/* Ask for everything; how much was taken. */
static unsigned ask_all(struct past *past) {
  static const char *const texts[] = {
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"history.collections\",\"params\":"
      "{\"heap\":\"documents\"}}",
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"history.samples\",\"params\":"
      "{\"heap\":\"documents\",\"from_ms\":0,\"to_ms\":9007199254740991}}",
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"history.compare\",\"params\":"
      "{\"heap\":\"documents\",\"a\":{\"from_ms\":0,\"to_ms\":9007199254740991},"
      "\"b\":{\"from_ms\":0,\"to_ms\":9007199254740991}}}"};
  unsigned taken = 0;
  for (unsigned i = 0; i < 3; i++) {
    struct proto_request request;
    struct proto_error error;
    if (proto_decode_request(texts[i], strlen(texts[i]), &request, &error) == 0 &&
        history_ask(past->history, &request, on_answer, NULL, &error) == 0) {
      taken++;
    }
  }
  struct hub_archive *archive = past->hub.archive;
  return taken + (archive->ops->page(archive, "documents", 0, 9, on_page, NULL) == 0);
}

/* One life of history, memory failing somewhere. */
static void live(struct past *past, const char *directory) {
  if (past_open(past, directory) != 0) {
    is_armed = false;
    assert_true(past->message[0] != '\0');
    past_end(past);
    return;
  }
  fake_source_init(&past->source, &past->hub.sink, "documents");
  past->source.base.last_seq =
      past->hub.sink.last_seq(past->hub.sink.context, "documents");
  bool is_added = hub_add(&past->hub, &past->source.base) == 0;
  for (unsigned i = 0; i < 5 && is_added; i++) {
    past_collect(past, i % 3, 1000, skewed_now().wall_ms);
    past_sample(past, skewed_now().wall_ms, i, i);
  }
  history_flush(past->history);
  answered = 0;
  unsigned taken = ask_all(past);
  history_flush(past->history);
  is_armed = false;
  past_end(past);
  assert_int_equal(answered, taken);
}

static void
memory_that_runs_short_anywhere_costs_records_and_nothing_else(void **state) {
  int failed = 1;
  unsigned turns = 0;
  for (int n = 1; failed; n++, turns++) {
    char name[32];
    snprintf(name, sizeof name, "turn%d", n);
    char *directory = strdup(scratch_path(*state, name));
    assert_int_equal(mkdir(directory, 0700), 0);
    struct past past = {0};
    past.options = HISTORY_OPTIONS;
    past.options.commit_ms = 1;
    past.options.retry_ms = 50;
    until_failure = n;
    is_armed = true;
    live(&past, directory);
    failed = until_failure < 1;

    struct past after = {0};
    assert_int_equal(past_open(&after, directory), 0);
    assert_int_equal(after.alarms.count, 0);
    past_add_heap(&after, "documents");
    past_collect(&after, 0, 1000, skewed_now().wall_ms);
    past_end(&after);
    assert_in_range(past_read(directory, "SELECT count(*) FROM collections"), 1, 6);
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    sqlite3_open(scratch_path(directory, "history.sqlite"), &handle);
    sqlite3_prepare_v2(handle, "PRAGMA integrity_check", -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_string_equal(sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    free(directory);
    if (n > 60) {
      n += n / 6; /* SQLite has a thousand of a kind */
    }
  }
  assert_in_range(turns, 40, 2000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      scratch_test(memory_that_runs_short_anywhere_costs_records_and_nothing_else),
  };
  return cmocka_run_group_tests(tests, hook_sqlite, NULL);
}
