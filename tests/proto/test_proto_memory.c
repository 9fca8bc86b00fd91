/* test_proto_memory.c - memory runs short at every single allocation.
 *
 *   the n-th allocation fails, n = 1, 2, 3 ... until the call succeeds
 *
 * Once only that one fails, and once every one from there on. Each time the call says
 * so, nothing is lost, and nothing aborts. Allocations are counted through the linker's
 * --wrap; jansson's come through the codec's allocator (proto/memory.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asking.h"
#include "messages.h"
#include "test.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static bool counting; /* only while the codec runs */
static bool from_then_on;
static unsigned calls, failing_call; /* 0: none fails */
static long live_blocks;

static bool is_refused(void) {
  if (!counting)
    return false;
  calls++;
  return failing_call != 0 &&
         (calls == failing_call || (from_then_on && calls > failing_call));
}

void *__wrap_malloc(size_t size) {
  void *block = is_refused() ? NULL : __real_malloc(size);
  if (block != NULL && counting)
    live_blocks++;
  return block;
}

void *__wrap_calloc(size_t count, size_t size) {
  void *block = is_refused() ? NULL : __real_calloc(count, size);
  if (block != NULL && counting)
    live_blocks++;
  return block;
}

void *__wrap_realloc(void *block, size_t size) {
  void *moved = is_refused() ? NULL : __real_realloc(block, size);
  if (moved != NULL && block == NULL && counting)
    live_blocks++;
  return moved;
}

void __wrap_free(void *block) {
  if (block != NULL && counting)
    live_blocks--;
  __real_free(block);
}

static void begin(unsigned failing, bool later_too) {
  calls = 0;
  failing_call = failing;
  from_then_on = later_too;
  live_blocks = 0;
  counting = true;
}

static void end(void) {
  counting = false;
}

/* 1 when the request was decoded, 0 when memory was refused; else the test fails. */
static bool decode_once(const char *text, unsigned failing, bool later_too) {
  struct proto_request request;
  struct proto_error error;
  int result;

  begin(failing, later_too);
  result = proto_decode_request(text, strlen(text), &request, &error);
  if (result == 0)
    proto_request_fini(&request);
  end();
  if (live_blocks != 0)
    fail_msg("allocation %u of %s: %ld blocks are lost", failing, text, live_blocks);
  if (result != 0 && error.code != PROTO_INTERNAL_ERROR)
    fail_msg("allocation %u of %s: error %d (%s)", failing, text, error.code,
             error.message);
  return result == 0;
}

static void a_request_that_finds_no_memory_is_an_internal_error(void **state) {
  static const char *const texts[] = {
      "{\"jsonrpc\":\"2.0\",\"id\":\"a\\u00e9\",\"method\":\"server.info\"}",
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"stream.subscribe\",\"params\":"
      "{\"heap\":\"*\",\"topics\":[\"sample\",\"heap\"],\"after_seq\":{\"a\":1}}}",
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"repl.eval\",\"params\":"
      "{\"heap\":\"playground\",\"code\":\"john = Person('John')\"}}",
      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"workload.set\",\"params\":"
      "{\"heap\":\"documents\",\"settings\":{\"rate\":2.5,\"keep\":100}}}",
  };

  (void)state;
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    for (int later_too = 0; later_too < 2; later_too++) {
      unsigned failing = 1;
      while (!decode_once(texts[i], failing, later_too != 0))
        failing++;
      assert_true(failing > 5);
    }
  }
}

/* Jansson drops letters where it finds no memory; what it made of the text then must
 * not reach a handler. */
static void a_request_that_finds_memory_at_last_is_the_one_that_was_sent(void **state) {
  static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"heap.get\","
                             "\"params\":{\"heap\":\"a_name_that_is_longer_than_16\"}}";
  struct proto_request request;
  struct proto_error error;
  unsigned decoded = 0;

  (void)state;
  for (unsigned failing = 1; decoded == 0; failing++) {
    begin(failing, false);
    if (proto_decode_request(text, sizeof text - 1, &request, &error) == 0)
      decoded = failing;
    end();
  }
  assert_true(calls < decoded);
  assert_string_equal(request.heap, "a_name_that_is_longer_than_16");
}

static void a_refusal_that_finds_no_memory_is_still_a_refusal(void **state) {
  /* Too deep: the id is looked for with the parser, and that may fail. */
  static const char text[] =
      "{\"id\":\"abc\",\"x\":[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}";
  struct proto_request request;
  struct proto_error error;
  unsigned failing = 0;

  (void)state;
  do {
    begin(++failing, true);
    assert_int_equal(proto_decode_request(text, sizeof text - 1, &request, &error), -1);
    end();
    assert_int_equal(live_blocks, 0);
    assert_int_equal(error.code, PROTO_INVALID_REQUEST);
  } while (calls >= failing);
  assert_string_equal(request.id, "\"abc\"");
  assert_true(failing > 1);
}

static void a_message_that_finds_no_memory_is_null(void **state) {
  (void)state;
  for (const struct test_message *m = test_messages; m->name != NULL; m++) {
    for (int later_too = 0; later_too < 2; later_too++) {
      char *text = NULL;
      for (unsigned failing = 1; text == NULL || calls >= failing; failing++) {
        size_t length = 12345;
        begin(failing, later_too != 0);
        text = m->encode(FULL, &length);
        end();
        if (live_blocks != (text != NULL ? 1 : 0))
          fail_msg("allocation %u of %s: %ld blocks", failing, m->name, live_blocks);
        if (text == NULL)
          assert_int_equal(length, 12345);
        free(text);
        assert_true(failing < 1000);
      }
    }
  }
}

/* The client's side: what was dropped for want of memory is no answer. */
static void an_answer_that_finds_no_memory_is_no_answer(void **state) {
  static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":"
                             "{\"heap\":\"a_name_that_is_longer_than_16\"}}";

  (void)state;
  for (int later_too = 0; later_too < 2; later_too++) {
    struct proto_incoming incoming;
    struct proto_error error;
    unsigned failing = 0;
    int result;
    do {
      begin(++failing, later_too != 0);
      result = proto_read_incoming(text, sizeof text - 1, &incoming, &error);
      if (result != 0) {
        assert_int_equal(error.code, PROTO_INTERNAL_ERROR);
      } else {
        assert_string_equal(json_string_value(json_object_get(incoming.body, "heap")),
                            "a_name_that_is_longer_than_16");
        proto_incoming_fini(&incoming);
      }
      end();
      assert_int_equal(live_blocks, 0);
    } while (result != 0);
    assert_true(failing > 5);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_that_finds_no_memory_is_no_answer),
      cmocka_unit_test(a_request_that_finds_no_memory_is_an_internal_error),
      cmocka_unit_test(a_request_that_finds_memory_at_last_is_the_one_that_was_sent),
      cmocka_unit_test(a_refusal_that_finds_no_memory_is_still_a_refusal),
      cmocka_unit_test(a_message_that_finds_no_memory_is_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
