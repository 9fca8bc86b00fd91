/* test_asking.c - the client's side: what it asks, our own encoders read back, and what
 * a peer that is not ourod could say. */
#include <stdlib.h>
#include <string.h>

#include "asking.h"
#include "encode.h"
#include "messages.h"
#include "test.h"

static struct proto_incoming read_ok(const char *text) {
  struct proto_incoming incoming;
  struct proto_error error;
  assert_int_equal(proto_read_incoming(text, strlen(text), &incoming, &error), 0);
  return incoming;
}

static void assert_refused(const char *text, int code) {
  struct proto_incoming incoming;
  struct proto_error error;
  assert_int_equal(proto_read_incoming(text, strlen(text), &incoming, &error), -1);
  assert_int_equal(error.code, code);
  assert_true(error.message[0] != '\0');
}

static void a_question_is_what_the_daemon_decodes(void **state) {
  struct proto_writer writer;
  struct proto_request request;
  struct proto_error error;
  size_t length = 0;
  (void)state;
  proto_question_begin(&writer, 7, "gc.collect");
  proto_write_string(&writer, "heap", "documents");
  proto_write_uint(&writer, "generation", 1);
  char *text = proto_message_end(&writer, &length);
  assert_non_null(text);
  assert_int_equal(proto_decode_request(text, length, &request, &error), 0);
  assert_int_equal(request.method, PROTO_GC_COLLECT);
  assert_string_equal(request.heap, "documents");
  assert_int_equal(request.params.collect.generation, 1);
  assert_string_equal(request.id, "7");
  proto_request_fini(&request);
  free(text);
}

static void an_answer_is_known_by_its_number(void **state) {
  (void)state;
  struct proto_incoming incoming =
      read_ok("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{\"enabled\":true,\"new\":1}}");
  assert_int_equal(incoming.kind, PROTO_INCOMING_ANSWER);
  assert_true(proto_incoming_answers(&incoming, 7));
  assert_false(proto_incoming_answers(&incoming, 8));
  assert_true(json_is_true(json_object_get(incoming.body, "enabled")));
  assert_int_equal(json_integer_value(json_object_get(incoming.body, "new")), 1);
  proto_incoming_fini(&incoming);
}

static void a_collection_that_was_encoded_is_read_whole(void **state) {
  struct proto_collection collection;
  size_t length = 0;
  (void)state;
  fill_collection(&collection, FULL);
  char *text = proto_encode_collection(&collection, &length);
  struct proto_incoming incoming = read_ok(text);
  assert_int_equal(incoming.kind, PROTO_INCOMING_NOTIFICATION);
  assert_string_equal(incoming.method, "collection");
  assert_int_equal(json_integer_value(json_object_get(incoming.body, "seq")),
                   collection.seq);
  assert_false(proto_incoming_answers(&incoming, 0));
  proto_incoming_fini(&incoming);
  free(text);
}

static void a_refusal_comes_back_as_it_was_made(void **state) {
  struct proto_error made, error;
  struct proto_incoming incoming;
  size_t length = 0;
  (void)state;
  proto_error_set(&made, PROTO_COOLING_DOWN, "too soon");
  made.retry_after_ms = 231;
  snprintf(made.path, sizeof made.path, "/params/heap");
  snprintf(made.expected, sizeof made.expected, "patience");
  snprintf(made.reason, sizeof made.reason, "because");
  made.line = 3;
  made.column = 4;
  char *text = proto_encode_error("7", &made, &length);
  assert_int_equal(proto_read_incoming(text, length, &incoming, &error), 0);
  assert_int_equal(incoming.kind, PROTO_INCOMING_REFUSAL);
  assert_true(proto_incoming_answers(&incoming, 7));
  assert_int_equal(incoming.error.code, PROTO_COOLING_DOWN);
  assert_string_equal(incoming.error.name, "cooling_down");
  assert_string_equal(incoming.error.message, made.message);
  assert_string_equal(incoming.error.path, made.path);
  assert_string_equal(incoming.error.expected, made.expected);
  assert_string_equal(incoming.error.reason, made.reason);
  assert_int_equal(incoming.error.retry_after_ms, 231);
  assert_int_equal(incoming.error.line, 3);
  assert_int_equal(incoming.error.column, 4);
  proto_incoming_fini(&incoming);
  free(text);
}

static void a_refusal_without_data_has_nothing_filled_in(void **state) {
  (void)state;
  struct proto_incoming incoming = read_ok("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":"
                                           "{\"code\":-32700,\"message\":\"x\"}}");
  assert_int_equal(incoming.error.retry_after_ms, -1);
  assert_null(incoming.error.name);
  assert_string_equal(incoming.error.path, "");
  assert_int_equal(incoming.error.line, 0);
  assert_false(proto_incoming_answers(&incoming, 0));
  proto_incoming_fini(&incoming);
}

static void what_is_no_message_of_ours_is_refused(void **state) {
  (void)state;
  assert_refused("", PROTO_PARSE_ERROR);
  assert_refused("{", PROTO_PARSE_ERROR);
  assert_refused("{\"id\":1,\"id\":2}", PROTO_PARSE_ERROR);
  assert_refused("[]", PROTO_INVALID_REQUEST);
  assert_refused("{}", PROTO_INVALID_REQUEST);
  assert_refused("{\"jsonrpc\":\"2.0\"}", PROTO_INVALID_REQUEST);
  assert_refused("{\"jsonrpc\":2,\"id\":1,\"result\":{}}", PROTO_INVALID_REQUEST);
  assert_refused("{\"jsonrpc\":\"2.0\",\"id\":1}", PROTO_INVALID_REQUEST);
  assert_refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[]}", PROTO_INVALID_REQUEST);
  assert_refused("{\"jsonrpc\":\"2.0\",\"method\":\"sample\"}", PROTO_INVALID_REQUEST);
  assert_refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}", PROTO_INVALID_REQUEST);
  assert_refused("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":5}}",
                 PROTO_INVALID_REQUEST);
}

static void members_of_a_wrong_type_are_as_good_as_absent(void **state) {
  (void)state;
  struct proto_incoming incoming = read_ok(
      "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-32008,\"message\":5,"
      "\"data\":{\"name\":1,\"path\":[],\"retry_after_ms\":\"1\",\"line\":-4}}}");
  assert_int_equal(incoming.error.code, PROTO_LIMIT);
  assert_string_equal(incoming.error.message, "");
  assert_null(incoming.error.name);
  assert_int_equal(incoming.error.retry_after_ms, -1);
  assert_int_equal(incoming.error.line, 0);
  assert_false(proto_incoming_answers(&incoming, 0));
  proto_incoming_fini(&incoming);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_question_is_what_the_daemon_decodes),
      cmocka_unit_test(an_answer_is_known_by_its_number),
      cmocka_unit_test(a_collection_that_was_encoded_is_read_whole),
      cmocka_unit_test(a_refusal_comes_back_as_it_was_made),
      cmocka_unit_test(a_refusal_without_data_has_nothing_filled_in),
      cmocka_unit_test(what_is_no_message_of_ours_is_refused),
      cmocka_unit_test(members_of_a_wrong_type_are_as_good_as_absent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
