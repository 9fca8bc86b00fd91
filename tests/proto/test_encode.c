/* test_encode.c - the exact text of what goes out, where exactness matters.
 *
 * Order of members, absent figures, errors, and strings and numbers that JSON or the
 * contract cannot hold. test_messages.c holds the shapes against openrpc.json. */
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "test.h"
#include "utf8.h"
#include "writer.h"

static void assert_text(char *text, const char *expected) {
  assert_non_null(text);
  assert_string_equal(text, expected);
  free(text);
}

static void a_collection_reads_from_what_to_why_to_how_much(void **state) {
  struct proto_collection collection;
  size_t length;

  (void)state;
  fill_collection(&collection, FULL);
  collection.type_count = 1;
  collection.cycle_count = 2;
  assert_text(
      proto_encode_collection(&collection, &length),
      "{\"jsonrpc\":\"2.0\",\"method\":\"collection\",\"params\":{"
      "\"heap\":\"documents\",\"seq\":4711,\"time_ms\":1790000012345,\"generation\":2,"
      "\"reason\":\"remote\",\"requested_by\":\"operator@127.0.0.1\","
      "\"pause_ns\":1904221,\"duration_ns\":1904222,"
      "\"phases_ns\":{\"subtract\":601200,\"mark\":702110},"
      "\"collected\":3190,\"uncollectable\":1,\"candidates\":48211,\"resurrected\":2,"
      "\"finalized\":3,\"weakrefs_cleared\":4,\"promoted\":45021,"
      "\"freed_bytes\":255200,\"live_objects_before\":51400,"
      "\"live_objects_after\":48210,\"live_bytes_after\":3856800,"
      "\"arenas_released\":5,"
      "\"types\":[{\"type\":\"type0\",\"objects\":1802,\"bytes\":144160}],"
      "\"cycle_example\":[{\"id\":70412,\"type\":\"object\",\"via\":\"[3]\"},"
      "{\"id\":70413,\"type\":\"object\",\"via\":\"[3]\"}],\"cycle_objects\":9}}");
}

static void a_figure_that_is_not_known_is_absent_and_not_zero(void **state) {
  struct proto_collection collection;
  size_t length;

  (void)state;
  fill_collection(&collection, BARE);
  collection.freed_bytes = 99;
  assert_text(proto_encode_collection(&collection, &length),
              "{\"jsonrpc\":\"2.0\",\"method\":\"collection\",\"params\":{"
              "\"heap\":\"documents\",\"seq\":4711,\"time_ms\":1790000012345,"
              "\"generation\":2,\"reason\":\"remote\",\"pause_ns\":1904221,"
              "\"collected\":3190,\"uncollectable\":1}}");
}

static void gc_collect_answers_with_the_record_itself(void **state) {
  struct proto_result result = {.kind = PROTO_RESULT_COLLECTION};
  size_t length;

  (void)state;
  fill_collection(&result.as.collection, BARE);
  assert_text(proto_encode_result("\"a\"", &result, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{"
              "\"heap\":\"documents\",\"seq\":4711,\"time_ms\":1790000012345,"
              "\"generation\":2,\"reason\":\"remote\",\"pause_ns\":1904221,"
              "\"collected\":3190,\"uncollectable\":1}}");
}

static void an_error_has_only_the_data_that_is_known(void **state) {
  struct proto_error error;
  size_t length;

  (void)state;
  proto_error_set(&error, PROTO_INTERNAL_ERROR, "memory is short");
  assert_text(proto_encode_error(NULL, &error, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,"
              "\"message\":\"memory is short\"}}");
  proto_error_set(&error, PROTO_COOLING_DOWN, "heap %s was collected just now", "a");
  error.retry_after_ms = 0;
  assert_text(proto_encode_error("3", &error, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32007,\"message\":"
              "\"heap a was collected just now\",\"data\":{\"name\":\"cooling_down\","
              "\"retry_after_ms\":0}}}");
  proto_error_set(&error, PROTO_SYNTAX, "this is not a statement");
  error.line = 1;
  error.column = 7;
  strcpy(error.reason, "expected )");
  assert_text(proto_encode_error("3", &error, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-32012,\"message\":"
              "\"this is not a statement\",\"data\":{\"name\":\"syntax\",\"line\":1,"
              "\"column\":7,\"reason\":\"expected )\"}}}");
}

static void a_result_that_is_an_error_goes_out_as_one(void **state) {
  struct proto_result result = {.kind = PROTO_RESULT_ERROR};
  size_t length;

  (void)state;
  proto_error_set(&result.as.error, PROTO_HEAP_GONE, "the heap is gone");
  assert_text(proto_encode_result("1", &result, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32010,\"message\":"
              "\"the heap is gone\",\"data\":{\"name\":\"heap_gone\"}}}");
}

static void an_empty_result_is_an_empty_object(void **state) {
  const struct proto_result result = {.kind = PROTO_RESULT_EMPTY};
  size_t length;

  (void)state;
  assert_text(proto_encode_result("1", &result, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
  assert_int_equal(length, strlen("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}"));
}

static void seq_is_a_number_for_one_heap_and_an_object_for_all(void **state) {
  struct proto_heap a = {.id = "a"}, b = {.id = "b \"quoted\""};
  const struct proto_heap *heaps[] = {&a, &b};
  const uint64_t seqs[] = {7, 0};
  size_t length;

  (void)state;
  assert_text(proto_encode_subscribed("1", 3, true, heaps, seqs, 1, 2, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"subscription\":3,\"seq\":7,"
              "\"backfilled\":2}}");
  assert_text(proto_encode_subscribed("1", 3, false, heaps, seqs, 2, 0, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"subscription\":3,\"seq\":"
              "{\"a\":7,\"b \\\"quoted\\\"\":0},\"backfilled\":0}}");
  assert_text(proto_encode_subscribed("1", 3, false, heaps, seqs, 0, 0, &length),
              "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"subscription\":3,"
              "\"seq\":{},\"backfilled\":0}}");
}

static void a_loss_that_cannot_be_counted_is_null(void **state) {
  size_t length;

  (void)state;
  assert_text(proto_encode_lagged("a", "collection", 4, 9, -1, &length),
              "{\"jsonrpc\":\"2.0\",\"method\":\"stream.lagged\",\"params\":{\"heap\":"
              "\"a\",\"topic\":\"collection\",\"first_seq\":4,\"last_seq\":9,"
              "\"lost\":null}}");
}

static void the_playgrounds_value_is_json_or_becomes_a_string(void **state) {
  static const struct {
    const char *value, *written;
  } cases[] = {
      {NULL, "null"},
      {"null", "null"},
      {"2", "2"},
      {"\"a\\nb\"", "\"a\\nb\""},
      {"[1, 2]", "\"[1, 2]\""},
      {" 2.50\n", "2.5"},
      {"true", "true"},
      {"}{", "\"}{\""},
      {"1,\"x\":2", "\"1,\\\"x\\\":2\""},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct proto_result result = {.kind = PROTO_RESULT_EVAL};
    char expected[200] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"value\":";
    size_t length;
    result.as.eval.value = (char *)(uintptr_t)cases[i].value;
    strcat(expected, cases[i].written);
    strcat(expected, ",\"created\":[],\"destroyed\":[],\"resurrected\":[]}}");
    assert_text(proto_encode_result("1", &result, &length), expected);
  }
}

/* What one member called "x" looks like. */
static char *written(void (*write)(struct proto_writer *writer, const void *value),
                     const void *value) {
  struct proto_writer writer;

  proto_writer_init(&writer);
  proto_write_object(&writer, NULL);
  write(&writer, value);
  proto_write_end(&writer);
  return proto_writer_take(&writer, NULL);
}

static void write_string(struct proto_writer *writer, const void *value) {
  proto_write_string(writer, "x", value);
}

static void write_uint(struct proto_writer *writer, const void *value) {
  proto_write_uint(writer, "x", *(const uint64_t *)value);
}

static void write_int(struct proto_writer *writer, const void *value) {
  proto_write_int(writer, "x", *(const int64_t *)value);
}

static void write_real(struct proto_writer *writer, const void *value) {
  proto_write_real(writer, "x", *(const double *)value);
}

static void strings_are_escaped_and_never_broken_utf8(void **state) {
  static const struct {
    const char *value, *text;
  } cases[] = {
      {"", "{\"x\":\"\"}"},
      {"a\"b\\c/d", "{\"x\":\"a\\\"b\\\\c/d\"}"},
      {"\n\t\x01\x1f\x7f", "{\"x\":\"\\n\\u0009\\u0001\\u001f\\u007f\"}"},
      {"h\xc3\xb6 \xe7\x8c\xab \xf0\x9f\x90\x8d",
       "{\"x\":\"h\xc3\xb6 \xe7\x8c\xab \xf0\x9f\x90\x8d\"}"},
      {"a\xffz", "{\"x\":\"a\xef\xbf\xbdz\"}"},
      {"\xc0\xaf", "{\"x\":\"\xef\xbf\xbd\xef\xbf\xbd\"}"},
      {"\xed\xa0\x80", "{\"x\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}"},
      {"cut \xe7\x8c", "{\"x\":\"cut \xef\xbf\xbd\xef\xbf\xbd\"}"},
      {"\xf4\x90\x80\x80",
       "{\"x\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}"},
      {NULL, "{\"x\":null}"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_text(written(write_string, cases[i].value), cases[i].text);
}

static void integers_stop_where_clients_can_no_longer_read_them(void **state) {
  static const uint64_t most = UINT64_MAX, last = 9007199254740991u, none = 0;
  static const int64_t least = INT64_MIN;

  (void)state;
  assert_text(written(write_uint, &none), "{\"x\":0}");
  assert_text(written(write_uint, &last), "{\"x\":9007199254740991}");
  assert_text(written(write_uint, &most), "{\"x\":9007199254740991}");
  assert_text(written(write_int, &least), "{\"x\":-9007199254740991}");
}

static void reals_are_short_and_read_back_the_same(void **state) {
  static const struct {
    double value;
    const char *text;
  } cases[] = {
      {0.1, "{\"x\":0.1}"},
      {20, "{\"x\":20}"},
      {-2.5, "{\"x\":-2.5}"},
      {1e300, "{\"x\":1e+300}"},
      {1.0 / 3, "{\"x\":0.33333333333333331}"},
      {NAN, "{}"},
      {-INFINITY, "{}"},
  };

  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_text(written(write_real, &cases[i].value), cases[i].text);
}

static void reals_have_a_point_in_every_locale(void **state) {
  static const double value = 0.5;

  (void)state;
  if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL &&
      setlocale(LC_NUMERIC, "fr_FR.UTF-8") == NULL) {
    print_message("no locale with a decimal comma is installed here\n");
    return;
  }
  assert_text(written(write_real, &value), "{\"x\":0.5}");
  setlocale(LC_NUMERIC, "C");
}

static void text_is_cut_between_characters(void **state) {
  char cut[6];

  (void)state;
  proto_utf8_copy(cut, sizeof cut, "abc\xe7\x8c\xab", 6);
  assert_string_equal(cut, "abc");
  proto_utf8_copy(cut, sizeof cut, "ab\xe7\x8c\xab", 5);
  assert_string_equal(cut, "ab\xe7\x8c\xab");
  proto_utf8_copy(cut, sizeof cut, "a\nb\xff\x7fzzz", 8);
  assert_string_equal(cut, "a?b??");
}

/* 65,536 pools are four pages; each leaves a session's queue of 1 MiB half free. */
static void the_longest_page_of_a_pool_map_fits_a_queue(void **state) {
  struct proto_result result = {.kind = PROTO_RESULT_POOL_MAP};
  size_t length = 0;

  (void)state;
  result.as.pool_map.rows = calloc(PROTO_MAX_ARENAS, sizeof *result.as.pool_map.rows);
  assert_non_null(result.as.pool_map.rows);
  result.as.pool_map.count = PROTO_MAX_ARENAS;
  for (size_t i = 0; i < PROTO_MAX_ARENAS; i++) {
    struct proto_arena *arena = &result.as.pool_map.rows[i];
    *arena =
        (struct proto_arena){.number = 1000000 + i, .pool_count = PROTO_ARENA_POOLS};
    for (unsigned k = 0; k < PROTO_ARENA_POOLS; k++) {
      arena->block_bytes[k] = 512;
      arena->used[k] = arena->capacity[k] = 9999;
    }
  }
  char *text = proto_encode_result("1", &result, &length);
  assert_non_null(text);
  assert_in_range(length, 128u * 1024, 512u * 1024);
  free(text);
  proto_result_fini(&result);
}

static void a_result_can_be_freed_twice(void **state) {
  struct proto_result result = {.kind = PROTO_RESULT_CENSUS};

  (void)state;
  result.as.census.rows = calloc(3, sizeof *result.as.census.rows);
  proto_result_fini(&result);
  proto_result_fini(&result);
  proto_result_fini(NULL);
  proto_request_fini(NULL);
  assert_int_equal(result.kind, PROTO_RESULT_EMPTY);
}

/* The twin: is there an end that makes it UTF-8? Three bytes more are always enough. */
static bool can_be_completed(const char *text, size_t length) {
  static const unsigned char ends[] = {0x80, 0x90, 0xa0, 0xbf};
  char whole[16];
  memcpy(whole, text, length);
  for (unsigned more = 0; more <= 3; more++) {
    for (unsigned pick = 0; pick < sizeof ends; pick++) {
      memset(whole + length, ends[pick], more);
      if (proto_utf8_is_valid(whole, length + more))
        return true;
    }
  }
  return false;
}

static void text_goes_on_exactly_while_it_can_become_utf8(void **state) {
  (void)state;
  static const unsigned char bytes[] = {'a',  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0,
                                        0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed,
                                        0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff};
  const unsigned count = sizeof bytes;
  for (unsigned i = 0; i < count * count * count * count; i++) {
    char text[4] = {(char)bytes[i % count], (char)bytes[i / count % count],
                    (char)bytes[i / count / count % count],
                    (char)bytes[i / count / count / count]};
    size_t checked = 0;
    bool goes_on = true;
    for (size_t length = 1; length <= sizeof text && goes_on; length++) {
      goes_on = proto_utf8_goes_on(text, length, checked, &checked);
      assert_true(checked <= length);
      assert_int_equal(goes_on, can_be_completed(text, length));
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_collection_reads_from_what_to_why_to_how_much),
      cmocka_unit_test(a_figure_that_is_not_known_is_absent_and_not_zero),
      cmocka_unit_test(gc_collect_answers_with_the_record_itself),
      cmocka_unit_test(an_error_has_only_the_data_that_is_known),
      cmocka_unit_test(a_result_that_is_an_error_goes_out_as_one),
      cmocka_unit_test(an_empty_result_is_an_empty_object),
      cmocka_unit_test(seq_is_a_number_for_one_heap_and_an_object_for_all),
      cmocka_unit_test(a_loss_that_cannot_be_counted_is_null),
      cmocka_unit_test(the_playgrounds_value_is_json_or_becomes_a_string),
      cmocka_unit_test(strings_are_escaped_and_never_broken_utf8),
      cmocka_unit_test(text_goes_on_exactly_while_it_can_become_utf8),
      cmocka_unit_test(integers_stop_where_clients_can_no_longer_read_them),
      cmocka_unit_test(reals_are_short_and_read_back_the_same),
      cmocka_unit_test(reals_have_a_point_in_every_locale),
      cmocka_unit_test(text_is_cut_between_characters),
      cmocka_unit_test(the_longest_page_of_a_pool_map_fits_a_queue),
      cmocka_unit_test(a_result_can_be_freed_twice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
