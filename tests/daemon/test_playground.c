/* test_playground.c - statements against a real heap on its own thread. */
#include "playground_fixture.h"

/* --- tests --- */

static void john_and_mary_are_freed_by_an_explicit_collection(void **state) {
  struct fixture *fixture = *state;
  struct proto_result result = eval(fixture, "john = Person('John')");
  assert_int_equal(result.as.eval.created_count, 1);
  assert_string_equal(result.as.eval.created[0], "Person('John')");
  assert_string_equal(result.as.eval.value, "null");
  assert_false(result.as.eval.has_collection);
  proto_result_fini(&result);
  answers(fixture, "mary = Person('Mary')", "null");
  answers(fixture, "john.friend = mary", "null");
  answers(fixture, "mary.friend = john", "null");
  result = eval(fixture, "del john; del mary");
  assert_int_equal(result.as.eval.destroyed_count, 0); /* counting cannot */
  proto_result_fini(&result);
  assert_int_equal(object_count(fixture), 2);
  result = eval(fixture, "gc.collect()");
  assert_int_equal(result.kind, PROTO_RESULT_EVAL);
  assert_string_equal(result.as.eval.value, "2");
  assert_true(result.as.eval.has_collection);
  assert_int_equal(result.as.eval.collection.collected, 2);
  assert_string_equal(result.as.eval.collection.reason, "explicit");
  assert_string_equal(result.as.eval.collection.requested_by, "test");
  assert_int_equal(result.as.eval.destroyed_count, 2);
  assert_true(has_text(result.as.eval.destroyed, 2, "Person('John')"));
  assert_true(has_text(result.as.eval.destroyed, 2, "Person('Mary')"));
  assert_int_equal(fixture->collection.seq, result.as.eval.collection.seq);
  proto_result_fini(&result);
  assert_int_equal(object_count(fixture), 0);
}

static void last_reference_destroys_at_once(void **state) {
  struct fixture *fixture = *state;
  struct proto_result result =
      eval(fixture, "a = Person('A')\nb = a\ndel a\nb.x = Person(\"it's\")");
  assert_int_equal(result.as.eval.destroyed_count, 0);
  proto_result_fini(&result);
  result = eval(fixture, "del b");
  assert_int_equal(result.as.eval.destroyed_count, 2);
  assert_string_equal(result.as.eval.destroyed[0], "Person('A')");
  assert_string_equal(result.as.eval.destroyed[1], "Person(\"it's\")");
  proto_result_fini(&result);
}

static void value_that_nobody_keeps_dies_in_its_statement(void **state) {
  struct fixture *fixture = *state;
  struct proto_result result = eval(fixture, "Person('Ghost')");
  assert_string_equal(result.as.eval.value, "\"Person('Ghost')\"");
  assert_int_equal(result.as.eval.created_count, 1);
  assert_int_equal(result.as.eval.destroyed_count, 1);
  proto_result_fini(&result);
}

static void expressions_answer_like_python(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "a = Person('A\"b'); a.b = Person('B'); a.b.c = a; a.n = None",
          "null");
  answers(fixture, "a", "\"Person('A\\\"b')\"");
  answers(fixture, "a.b", "\"Person('B')\"");
  answers(fixture, "a.b.c.b", "\"Person('B')\"");
  answers(fixture, "a.b.name", "\"'B'\"");
  answers(fixture, "a.n", "null");
  answers(fixture, "None", "null");
  answers(fixture, "x = a.b; x", "\"Person('B')\"");
  answers(fixture, "gc.collect(0)", "0");
  answers(fixture, "", "null");
  answers(fixture, "e = Person('\xc3\xa9'); e", "\"Person('\xc3\xa9')\"");
}

static void assignment_replaces_and_deletion_removes(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "a = Person('A'); a.f = Person('F')", "null");
  struct proto_result result = eval(fixture, "a.f = None");
  assert_int_equal(result.as.eval.destroyed_count, 1);
  proto_result_fini(&result);
  answers(fixture, "del a.f", "null");
  refused(fixture, "a.f", PROTO_NAME, 1, 3, "Person('A') has no attribute 'f'");
  result = eval(fixture, "a = a; a = None; a");
  assert_int_equal(result.as.eval.destroyed_count, 1);
  assert_string_equal(result.as.eval.value, "null");
  proto_result_fini(&result);
  refused(fixture, "a.f = a", PROTO_NAME, 1, 3, "None has no attribute 'f'");
}

static void unknown_names_are_named_with_their_place(void **state) {
  struct fixture *fixture = *state;
  refused(fixture, "john = mary", PROTO_NAME, 1, 8, "mary is not defined");
  refused(fixture, "del nobody", PROTO_NAME, 1, 5, "nobody is not defined");
  refused(fixture, "nobody.x = Person('X')", PROTO_NAME, 1, 1, "nobody is not defined");
  answers(fixture, "john = Person('John')", "null");
  refused(fixture, "\n  john.friend.friend", PROTO_NAME, 2, 8,
          "Person('John') has no attribute 'friend'");
  refused(fixture, "del john.friend", PROTO_NAME, 1, 10,
          "Person('John') has no attribute 'friend'");
}

static void broken_text_does_nothing_and_a_failing_statement_stops(void **state) {
  struct fixture *fixture = *state;
  refused(fixture, "a = Person('A')\nb = Person('B'", PROTO_SYNTAX, 2, 15,
          "expected ')' after the name");
  assert_int_equal(object_count(fixture), 0);
  refused(fixture, "a = Person('A')\nb = c\nd = a", PROTO_NAME, 2, 5,
          "c is not defined");
  answers(fixture, "a", "\"Person('A')\"");
  refused(fixture, "d", PROTO_NAME, 1, 1, "d is not defined");
}

static void state_shows_variables_objects_and_what_counting_left(void **state) {
  struct fixture *fixture = *state;
  answers(fixture,
          "john = Person('John'); mary = Person('Mary'); john.friend = mary; "
          "mary.friend = john; none = None; del mary",
          "null");
  struct proto_result result = look(fixture);
  assert_int_equal(result.as.state.root_count, 1);
  assert_string_equal(result.as.state.roots[0].name, "john");
  assert_int_equal(result.as.state.object_count, 2);
  assert_false(result.as.state.truncated);
  const struct proto_repl_object *john = &result.as.state.objects[0];
  const struct proto_repl_object *mary = &result.as.state.objects[1];
  if (strcmp(john->name, "John") != 0) {
    john = mary;
    mary = &result.as.state.objects[0];
  }
  assert_string_equal(john->type, "Person");
  assert_string_equal(john->name, "John");
  assert_int_equal(john->refcount, 2);
  assert_int_equal(mary->refcount, 1);
  assert_int_equal(john->generation, 0);
  assert_int_equal(john->id, result.as.state.roots[0].id);
  assert_int_equal(john->field_count, 1);
  assert_string_equal(john->fields[0].name, "friend");
  assert_int_equal(john->fields[0].id, mary->id);
  proto_result_fini(&result);
}

/* Statements in one request that make `count` persons, linked to a chain. */
static char *chain(unsigned count) {
  char *code = malloc(count * 64 + 1), *at = code;
  assert_non_null(code);
  for (unsigned i = 0; i < count; i++)
    at += sprintf(at, "n = Person('p'); n.next = last; last = n\n");
  return code;
}

static void objects_have_a_limit_and_the_state_is_cut(void **state) {
  struct fixture *fixture = *state;
  char *code = chain(300);
  answers(fixture, "last = None", "null");
  for (unsigned i = 0; i < 33; i++)
    answers(fixture, code, "null");
  struct proto_result result = look(fixture);
  assert_true(result.as.state.truncated);
  assert_int_equal(result.as.state.object_count, 200);
  proto_result_fini(&result);
  result = eval(fixture, code);
  assert_int_equal(result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(result.as.error.code, PROTO_LIMIT);
  assert_int_equal(result.as.error.line, 101);
  proto_result_fini(&result);
  /* Ten thousand die of one statement; a thousand are named, the rest counted. */
  result = eval(fixture, "del n, last");
  assert_int_equal(result.as.eval.destroyed_count, 1001);
  assert_string_equal(result.as.eval.destroyed[1000], "and 9000 more");
  proto_result_fini(&result);
  answers(fixture, "n = Person('again')", "null");
  free(code);
}

static void names_and_attributes_have_limits(void **state) {
  struct fixture *fixture = *state;
  char code[64];
  answers(fixture, "a = Person('A')", "null");
  for (unsigned i = 0; i < 999; i++) {
    snprintf(code, sizeof code, "v%u = a", i);
    answers(fixture, code, "null");
  }
  refused(fixture, "one = a", PROTO_LIMIT, 1, 1,
          "the playground has 1,000 names, and that is its limit");
  for (unsigned i = 0; i < 100; i++) {
    snprintf(code, sizeof code, "a.f%u = a", i);
    answers(fixture, code, "null");
  }
  refused(fixture, "a.one = Person('X')", PROTO_LIMIT, 1, 3,
          "a person has 100 attributes, and that is the limit");
}

static void automatic_collections_stay_on(void **state) {
  struct fixture *fixture = *state;
  char code[64 * 400], *at = code;
  for (unsigned i = 0; i < 400; i++)
    at += sprintf(at, "a = Person('a'); a.me = a\n");
  answers(fixture, code, "null");
  answers(fixture, code, "null");
  assert_string_equal(fixture->collection.reason, "threshold");
  assert_true(fixture->collection.collected > 0);
}

static void playground_has_no_workload(void **state) {
  struct fixture *fixture = *state;
  struct proto_workload workload;
  assert_int_equal(fixture->source->ops->workloads(fixture->source, &workload, 1), 0);
  struct proto_result result = ask_method(fixture, PROTO_WORKLOAD_STOP);
  assert_int_equal(result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(result.as.error.code, PROTO_NOT_SUPPORTED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PLAYGROUND_TEST(john_and_mary_are_freed_by_an_explicit_collection),
      PLAYGROUND_TEST(last_reference_destroys_at_once),
      PLAYGROUND_TEST(value_that_nobody_keeps_dies_in_its_statement),
      PLAYGROUND_TEST(expressions_answer_like_python),
      PLAYGROUND_TEST(assignment_replaces_and_deletion_removes),
      PLAYGROUND_TEST(unknown_names_are_named_with_their_place),
      PLAYGROUND_TEST(broken_text_does_nothing_and_a_failing_statement_stops),
      PLAYGROUND_TEST(state_shows_variables_objects_and_what_counting_left),
      PLAYGROUND_TEST(objects_have_a_limit_and_the_state_is_cut),
      PLAYGROUND_TEST(names_and_attributes_have_limits),
      PLAYGROUND_TEST(automatic_collections_stay_on),
      PLAYGROUND_TEST(playground_has_no_workload),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
