/* test_documents.c - files become objects, one for each JSON value. */
#include "hosted_fixture.h"

#include <math.h>

static int start(struct fixture *fixture, const char *directory,
                 const struct hosted_options *options) {
  char message[256] = "";
  int error = hosted_documents_new(&fixture->loop, &fixture->sink, directory, options,
                                   &fixture->source, message, sizeof message);
  assert_int_equal(error != 0, message[0] != '\0');
  return error;
}

static void start_on_files(struct fixture *fixture) {
  assert_int_equal(start(fixture, fixture->directory, &HOSTED_OPTIONS), 0);
}

static int setup_files(void **state) {
  setup(state);
  make_directory(*state);
  return 0;
}

static int teardown_checked(void **state) {
  struct fixture *fixture = *state;
  if (fixture->source != NULL)
    verify(fixture);
  return teardown(state);
}

/* Until the counter has this value at least; each request wakes the heap's thread, so
 * this is not a wait for time to pass. */
static void until_counter(struct fixture *fixture, const char *name, double value) {
  uint64_t end = uv_hrtime() + PATIENCE_MS * UINT64_C(1000000);
  while (counter(fixture, name) < value) {
    assert_true(uv_hrtime() < end);
    ask_method(fixture, PROTO_GC_GET_COUNT);
  }
}

static struct proto_result stop(struct fixture *fixture) {
  struct proto_result result = ask_method(fixture, PROTO_WORKLOAD_STOP);
  assert_int_equal(result.kind, PROTO_RESULT_WORKLOAD);
  assert_false(result.as.workload.running);
  return result;
}

static uint64_t census(struct fixture *fixture, const char *type) {
  struct proto_request request = {.method = PROTO_HEAP_CENSUS,
                                  .params.census.limit = 20};
  struct proto_result result = ask(fixture, &request);
  uint64_t objects = 0;
  assert_int_equal(result.kind, PROTO_RESULT_CENSUS);
  for (size_t i = 0; i < result.as.census.count; i++)
    if (type == NULL || strcmp(result.as.census.rows[i].type, type) == 0)
      objects += result.as.census.rows[i].objects;
  proto_result_fini(&result);
  return objects;
}

/* --- what a document becomes --- */

static void census_equals_the_documents_values(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "known.json",
             "{\"a\": [1, 2.5, \"text\", true, false, null, [], {}],"
             " \"b\": {\"c\": \"x\", \"\": -1}, \"nul\": \"a\\u0000b\"}");
  start_on_files(fixture);
  set(fixture, "keep", 1);
  until_counter(fixture, "documents_read", 3);
  stop(fixture);
  collect(fixture, 2);
  assert_int_equal(counter(fixture, "kept"), 1);
  assert_int_equal(census(fixture, NULL), 14);
  assert_int_equal(census(fixture, "json.Object"), 3);
  assert_int_equal(census(fixture, "json.Array"), 2);
  assert_int_equal(census(fixture, "json.String"), 3);
  assert_int_equal(census(fixture, "json.Integer"), 2);
  assert_int_equal(census(fixture, "json.Real"), 1);
  assert_int_equal(census(fixture, "json.Boolean"), 2);
  assert_int_equal(census(fixture, "json.Null"), 1);
}

static void dropped_document_is_a_cycle_that_a_collection_frees(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "one.json", "{\"a\": {\"b\": {\"c\": [1, 2, 3]}}}");
  start_on_files(fixture);
  ask_method(fixture, PROTO_GC_DISABLE);
  set(fixture, "keep", 1);
  until_counter(fixture, "documents_read", 5);
  stop(fixture);
  assert_true(census(fixture, NULL) > 7 * 4); /* counting freed none of the dropped */
  struct proto_collection record = collect(fixture, 2);
  assert_true(record.collected >= 7 * 4);
  assert_int_equal(census(fixture, NULL), 7);
}

static void values_alone_are_documents_too(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "number.json", "42");
  write_file(fixture, "text.json", "\"x\"");
  start_on_files(fixture);
  set(fixture, "keep", 2);
  until_counter(fixture, "documents_read", 10);
  stop(fixture);
  assert_int_equal(census(fixture, NULL), 2);
  assert_int_equal(counter(fixture, "skipped"), 0);
}

static void deep_document_is_built_without_recursion(void **state) {
  struct fixture *fixture = *state;
  char text[4001];
  memset(text, '[', 2000);
  memset(text + 2000, ']', 2000);
  text[4000] = '\0';
  write_file(fixture, "deep.json", text);
  start_on_files(fixture);
  set(fixture, "keep", 1);
  until_counter(fixture, "documents_read", 2);
  stop(fixture);
  collect(fixture, 2);
  assert_int_equal(census(fixture, "json.Array"), 2000);
}

static void newest_documents_are_kept_and_no_more(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "pair.json", "[1]");
  start_on_files(fixture);
  set(fixture, "keep", 5);
  until_counter(fixture, "documents_read", 20);
  stop(fixture);
  collect(fixture, 2);
  assert_int_equal(census(fixture, NULL), 10);
  set(fixture, "keep", 2); /* while it is stopped, at once */
  assert_int_equal(counter(fixture, "kept"), 2);
  collect(fixture, 2);
  assert_int_equal(census(fixture, NULL), 4);
}

/* --- files --- */

static void file_that_is_not_json_is_counted_and_skipped(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "good.json", "[1, 2]");
  write_file(fixture, "bad.json", "{\"a\": }");
  write_file(fixture, "empty.json", "");
  write_file(fixture, "other.txt", "[");
  start_on_files(fixture);
  until_counter(fixture, "documents_read", 5);
  assert_int_equal(counter(fixture, "skipped"), 2);
  assert_int_equal(counter(fixture, "files"), 1);
  until_counter(fixture, "documents_read", 10);
  assert_int_equal(counter(fixture, "skipped"), 2); /* not tried again */
}

static void file_that_is_too_large_is_skipped(void **state) {
  struct fixture *fixture = *state;
  char path[256];
  write_file(fixture, "good.json", "[1]");
  snprintf(path, sizeof path, "%s/large.json", fixture->directory);
  write_file(fixture, "large.json", "[]");
  assert_int_equal(truncate(path, 8388609), 0);
  start_on_files(fixture);
  until_counter(fixture, "documents_read", 3);
  assert_int_equal(counter(fixture, "skipped"), 1);
}

static void file_that_goes_away_is_skipped(void **state) {
  struct fixture *fixture = *state;
  char path[256];
  write_file(fixture, "stays.json", "[1]");
  write_file(fixture, "goes.json", "[1]");
  start_on_files(fixture);
  until_counter(fixture, "documents_read", 4);
  assert_int_equal(counter(fixture, "files"), 2);
  snprintf(path, sizeof path, "%s/goes.json", fixture->directory);
  assert_int_equal(unlink(path), 0);
  until_counter(fixture, "skipped", 1);
  assert_int_equal(counter(fixture, "files"), 1);
}

static void directories_are_searched_and_link_loops_are_not_followed(void **state) {
  struct fixture *fixture = *state;
  char path[256];
  snprintf(path, sizeof path, "%s/sub", fixture->directory);
  assert_int_equal(mkdir(path, 0700), 0);
  write_file(fixture, "sub/inner.json", "1");
  write_file(fixture, "outer.json", "2");
  snprintf(path, sizeof path, "%s/sub/loop", fixture->directory);
  assert_int_equal(symlink("..", path), 0);
  snprintf(path, sizeof path, "%s/linked.json", fixture->directory);
  assert_int_equal(symlink("sub/inner.json", path), 0);
  snprintf(path, sizeof path, "%s/dangling.json", fixture->directory);
  assert_int_equal(symlink("nowhere", path), 0);
  snprintf(path, sizeof path, "%s/pipe.json", fixture->directory);
  assert_int_equal(mkfifo(path, 0600), 0);
  start_on_files(fixture);
  until_counter(fixture, "documents_read", 6);
  assert_int_equal(counter(fixture, "files"), 3);
  assert_int_equal(counter(fixture, "skipped"), 0);
}

static void directory_that_cannot_be_read_is_an_error_at_the_start(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(start(fixture, "/nonexistent/documents", &HOSTED_OPTIONS), -1);
  assert_int_equal(start(fixture, "/dev/null", &HOSTED_OPTIONS), -1);
  assert_null(fixture->source);
}

static void directory_without_json_leaves_the_heap_idle(void **state) {
  struct fixture *fixture = *state;
  start_on_files(fixture);
  for (unsigned i = 0; i < 10; i++)
    ask_method(fixture, PROTO_GC_GET_COUNT);
  assert_int_equal(counter(fixture, "documents_read"), 0);
  assert_int_equal(collect(fixture, 2).candidates, 0);
}

static void default_is_what_the_machine_has_or_what_is_built_in(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(start(fixture, NULL, &HOSTED_OPTIONS), 0);
  assert_string_equal(fixture->source->info.workload, "documents");
  set(fixture, "rate", 10000000);
  until_counter(fixture, "documents_read", 2);
  assert_true(counter(fixture, "nodes") > 0);
}

/* --- settings --- */

static bool has_many_collections(struct fixture *fixture) {
  return fixture->collections >= 5;
}

static void it_collects_by_itself_from_the_start(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "one.json", "[1, 2, 3, 4, 5, 6, 7, 8, 9]");
  start_on_files(fixture);
  pump(fixture, has_many_collections);
  assert_string_equal(fixture->collection.reason, "threshold");
  assert_string_equal(fixture->collection.requested_by, "");
}

static void expect_refusal(struct proto_result result, const char *path,
                           const char *expected) {
  assert_int_equal(result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(result.as.error.code, PROTO_INVALID_PARAMS);
  assert_string_equal(result.as.error.path, path);
  assert_string_equal(result.as.error.expected, expected);
}

static void wrong_settings_are_refused_with_path_and_range(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "one.json", "[1]");
  start_on_files(fixture);
  expect_refusal(set(fixture, "rate", -1), "/params/settings/rate",
                 "integer 0..10000000");
  expect_refusal(set(fixture, "keep", 0), "/params/settings/keep", "integer 1..1000");
  expect_refusal(set(fixture, "rate", 0.5), "/params/settings/rate",
                 "integer 0..10000000"); /* and not taken for 0, which pauses */
  expect_refusal(set(fixture, "rate", (double)NAN), "/params/settings/rate",
                 "integer 0..10000000");
  expect_refusal(set(fixture, "a/b~", 1), "/params/settings/a~1b~0",
                 "one of: rate, keep");
  struct proto_request start_other = {.method = PROTO_WORKLOAD_START,
                                      .params.workload.name = "churn"};
  expect_refusal(ask(fixture, &start_other), "/params/workload", "one of: documents");
  /* All settings or none. */
  struct proto_request both = {.method = PROTO_WORKLOAD_SET};
  both.params.workload.setting_count = 2;
  strcpy(both.params.workload.settings[0].name, "keep");
  both.params.workload.settings[0].value = 7;
  strcpy(both.params.workload.settings[1].name, "rate");
  both.params.workload.settings[1].value = 1e9;
  expect_refusal(ask(fixture, &both), "/params/settings/rate", "integer 0..10000000");
  struct proto_workload workload;
  fixture->source->ops->workloads(fixture->source, &workload, 1);
  assert_string_equal(workload.settings[1].name, "keep");
  assert_true(workload.settings[1].value == 16);
}

static void workload_stops_starts_and_everybody_hears_of_it(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "one.json", "[1]");
  start_on_files(fixture);
  stop(fixture);
  assert_int_equal(fixture->changes, 1);
  assert_string_equal(fixture->source->info.workload, "");
  double read = counter(fixture, "documents_read");
  collect(fixture, 2); /* a stopped workload's heap serves as before */
  assert_true(counter(fixture, "documents_read") == read);
  struct proto_request again = {.method = PROTO_WORKLOAD_START,
                                .params.workload.name = "documents"};
  again.params.workload.setting_count = 1;
  strcpy(again.params.workload.settings[0].name, "rate");
  again.params.workload.settings[0].value = 100000;
  struct proto_result result = ask(fixture, &again);
  assert_int_equal(result.kind, PROTO_RESULT_WORKLOAD);
  assert_true(result.as.workload.running);
  assert_true(result.as.workload.settings[0].value == 100000);
  assert_int_equal(fixture->changes, 2);
  assert_string_equal(fixture->source->info.workload, "documents");
  until_counter(fixture, "documents_read", read + 10);
}

static void rate_of_nothing_pauses_and_a_collect_still_comes(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "one.json", "[1, 2, 3]");
  start_on_files(fixture);
  until_counter(fixture, "documents_read", 1);
  struct proto_result result = set(fixture, "rate", 0);
  assert_true(result.as.workload.running);
  double nodes = counter(fixture, "nodes");
  assert_string_equal(collect(fixture, 2).reason, "remote");
  assert_true(counter(fixture, "nodes") == nodes);
}

/* --- memory --- */

static void short_memory_drops_documents_and_goes_on(void **state) {
  struct fixture *fixture = *state;
  struct hosted_options options = HOSTED_OPTIONS;
  options.memory_limit_bytes = 4 << 20;
  char *text = malloc(200002);
  assert_non_null(text);
  for (unsigned i = 0; i < 100000; i++)
    memcpy(text + 2 * i, i == 0 ? "[1" : ",1", 2);
  strcpy(text + 200000, "]");
  write_file(fixture, "large.json", text); /* 100,000 numbers do not fit */
  write_file(fixture, "small.json", "[1, 2, 3]");
  free(text);
  assert_int_equal(start(fixture, fixture->directory, &options), 0);
  set(fixture, "rate", 10000000);
  until_counter(fixture, "out_of_memory", 2);
  until_counter(fixture, "documents_read", 2);
  verify(fixture);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_files, teardown_checked)
  const struct CMUnitTest tests[] = {
      TEST(census_equals_the_documents_values),
      TEST(dropped_document_is_a_cycle_that_a_collection_frees),
      TEST(values_alone_are_documents_too),
      TEST(deep_document_is_built_without_recursion),
      TEST(newest_documents_are_kept_and_no_more),
      TEST(file_that_is_not_json_is_counted_and_skipped),
      TEST(file_that_is_too_large_is_skipped),
      TEST(file_that_goes_away_is_skipped),
      TEST(directories_are_searched_and_link_loops_are_not_followed),
      TEST(directory_that_cannot_be_read_is_an_error_at_the_start),
      TEST(directory_without_json_leaves_the_heap_idle),
      TEST(default_is_what_the_machine_has_or_what_is_built_in),
      TEST(it_collects_by_itself_from_the_start),
      TEST(wrong_settings_are_refused_with_path_and_range),
      TEST(workload_stops_starts_and_everybody_hears_of_it),
      TEST(rate_of_nothing_pauses_and_a_collect_still_comes),
      TEST(short_memory_drops_documents_and_goes_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
