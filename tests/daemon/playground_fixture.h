/* playground_fixture.h - the playground on its own thread, and statements for it. */
#ifndef TESTS_DAEMON_PLAYGROUND_FIXTURE_H
#define TESTS_DAEMON_PLAYGROUND_FIXTURE_H

#include "hosted_fixture.h"

static inline int setup_playground(void **state) {
  char message[256];
  setup(state);
  struct fixture *fixture = *state;
  assert_int_equal(hosted_playground_new(&fixture->loop, &fixture->sink,
                                         &HOSTED_OPTIONS, &fixture->source, message,
                                         sizeof message),
                   0);
  return 0;
}

static inline int teardown_playground(void **state) {
  verify(*state);
  return teardown(state);
}

/* --- the language's answers --- */

static inline struct proto_result eval(struct fixture *fixture, const char *code) {
  char *copy = strdup(code);
  struct proto_request request = {.method = PROTO_REPL_EVAL, .params.eval.code = copy};
  struct proto_result result = ask(fixture, &request);
  free(copy); /* the request is borrowed for the call only */
  return result;
}

static inline void answers(struct fixture *fixture, const char *code,
                           const char *value) {
  struct proto_result result = eval(fixture, code);
  if (result.kind != PROTO_RESULT_EVAL)
    fail_msg("%s: %s", code, result.as.error.message);
  assert_string_equal(result.as.eval.value, value);
  proto_result_fini(&result);
}

static inline void refused(struct fixture *fixture, const char *code, int number,
                           int line, int column, const char *reason) {
  struct proto_result result = eval(fixture, code);
  assert_int_equal(result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(result.as.error.code, number);
  assert_string_equal(result.as.error.reason, reason);
  assert_int_equal(result.as.error.line, line);
  assert_int_equal(result.as.error.column, column);
  proto_result_fini(&result);
}

static inline bool has_text(char **texts, size_t count, const char *wanted) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(texts[i], wanted) == 0)
      return true;
  return false;
}

static inline struct proto_result look(struct fixture *fixture) {
  struct proto_result result = ask_method(fixture, PROTO_REPL_STATE);
  assert_int_equal(result.kind, PROTO_RESULT_STATE);
  return result;
}

static inline size_t object_count(struct fixture *fixture) {
  struct proto_result result = look(fixture);
  size_t count = result.as.state.object_count;
  proto_result_fini(&result);
  return count;
}

#define PLAYGROUND_TEST(name)                                                          \
  cmocka_unit_test_setup_teardown(name, setup_playground, teardown_playground)

#endif
