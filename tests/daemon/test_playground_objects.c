/* test_playground_objects.c - lists, weak references and finalizers in the playground,
 * and that each does what CPython 3.11 does. */
#include "playground_fixture.h"
#include "rng.h"

/* Run it and compare the three lists, each joined by ", ". */
static void gives(struct fixture *fixture, const char *code, const char *value,
                  const char *created, const char *destroyed, const char *resurrected) {
  struct proto_result result = eval(fixture, code);
  if (result.kind != PROTO_RESULT_EVAL)
    fail_msg("%s: %s", code, result.as.error.message);
  struct {
    char **texts;
    size_t count;
    const char *wanted;
  } lists[] = {
      {result.as.eval.created, result.as.eval.created_count, created},
      {result.as.eval.destroyed, result.as.eval.destroyed_count, destroyed},
      {result.as.eval.resurrected, result.as.eval.resurrected_count, resurrected}};
  assert_string_equal(result.as.eval.value, value);
  for (size_t i = 0; i < 3; i++) {
    char joined[1024] = "";
    for (size_t j = 0; j < lists[i].count; j++) {
      strcat(joined, j > 0 ? ", " : "");
      strcat(joined, lists[i].texts[j]);
    }
    assert_string_equal(joined, lists[i].wanted);
  }
  proto_result_fini(&result);
}

/* The first object of that type and name ("" : without); NULL when there is none. */
static const struct proto_repl_object *find(const struct proto_result *state,
                                            const char *type, const char *name) {
  for (size_t i = 0; i < state->as.state.object_count; i++)
    if (strcmp(state->as.state.objects[i].type, type) == 0 &&
        strcmp(state->as.state.objects[i].name, name) == 0)
      return &state->as.state.objects[i];
  return NULL;
}

/* --- lists --- */

static void list_holds_many_and_all_go_with_its_last_reference(void **state) {
  struct fixture *fixture = *state;
  gives(fixture, "tree = Node('root')", "null", "Node('root')", "", "");
  gives(fixture, "tree.children = [Node('a'), Node('b')]", "null",
        "Node('a'), Node('b'), list", "", "");
  gives(fixture, "tree.children.append(Node('c'))", "null", "Node('c')", "", "");
  answers(fixture, "len(tree.children)", "3");
  answers(fixture, "tree.children", "\"[Node('a'), Node('b'), Node('c')]\"");
  answers(fixture, "tree.children[2]", "\"Node('c')\"");
  struct proto_result result = eval(fixture, "del tree");
  assert_int_equal(result.as.eval.destroyed_count, 5);
  assert_string_equal(result.as.eval.destroyed[0], "Node('root')");
  assert_true(has_text(result.as.eval.destroyed, 5, "list"));
  assert_true(has_text(result.as.eval.destroyed, 5, "Node('b')"));
  proto_result_fini(&result);
  assert_int_equal(object_count(fixture), 0);
}

static void parent_link_makes_a_cycle_that_waits_for_the_collector(void **state) {
  struct fixture *fixture = *state;
  answers(fixture,
          "t = Node('root'); t.children = [Node('a')]; t.children[0].parent = t",
          "null");
  gives(fixture, "del t", "null", "", "", "");
  assert_int_equal(object_count(fixture), 3);
  struct proto_result result = eval(fixture, "gc.collect()");
  assert_string_equal(result.as.eval.value, "3");
  assert_int_equal(result.as.eval.destroyed_count, 3);
  proto_result_fini(&result);
}

static void items_are_replaced_and_deleted_by_index(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "x = [Node('a'), None, Node('c')]", "null");
  gives(fixture, "x[0] = None", "null", "", "Node('a')", "");
  gives(fixture, "del x[2]", "null", "", "Node('c')", "");
  answers(fixture, "x", "\"[None, None]\"");
  answers(fixture, "x[1] = x; x.append([]); x", "\"[None, [...], []]\"");
  answers(fixture, "x[1][2]", "\"[]\"");
  gives(fixture, "del x", "null", "", "", "");
  answers(fixture, "gc.collect()", "2");
  assert_int_equal(object_count(fixture), 0);
}

static void long_list_is_shown_in_part_and_the_rest_is_counted(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "a = Node('twenty letters are it'); x = []", "null");
  for (unsigned i = 0; i < 100; i++)
    answers(fixture, "x.append(a)", "null");
  struct proto_result result = eval(fixture, "x");
  const char *text = result.as.eval.value;
  assert_int_equal(strncmp(text, "\"[Node('twenty", 14), 0);
  assert_non_null(strstr(text, " more]\""));
  proto_result_fini(&result);
  refused(fixture, "x.append(Node('one'))", PROTO_LIMIT, 1, 1,
          "a list has 100 items, and that is the limit");
  answers(fixture, "len(x)", "100");
}

static void lists_say_what_they_are_not(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "x = []; a = Person('A')", "null");
  refused(fixture, "x[0]", PROTO_NAME, 1, 3, "the list has 0 items and none at [0]");
  refused(fixture, "x[0] = a", PROTO_NAME, 1, 3,
          "the list has 0 items and none at [0]");
  refused(fixture, "del x[3]", PROTO_NAME, 1, 7,
          "the list has 0 items and none at [3]");
  refused(fixture, "a[0]", PROTO_NAME, 1, 3, "Person('A') is no list");
  refused(fixture, "a.append(a)", PROTO_NAME, 1, 1, "Person('A') is no list");
  refused(fixture, "len(a)", PROTO_NAME, 1, 5, "Person('A') is no list");
  refused(fixture, "x.name", PROTO_NAME, 1, 3, "a list has no attribute 'name'");
  refused(fixture, "x.name = a", PROTO_NAME, 1, 3, "a list has no attribute 'name'");
  refused(fixture, "nobody.append(a)", PROTO_NAME, 1, 1, "nobody is not defined");
  refused(fixture, "y = [Node('n'), nobody]", PROTO_NAME, 1, 17,
          "nobody is not defined");
  answers(fixture, "del x, a", "null");
  assert_int_equal(object_count(fixture), 0); /* what was made for a failure is gone */
}

static void program_with_too_long_a_list_is_refused_whole(void **state) {
  struct fixture *fixture = *state;
  char code[1024] = "a = Node('A')\nx = [a", *at = code + strlen(code);
  for (unsigned i = 0; i < 100; i++)
    at += sprintf(at, ",a");
  strcpy(at, "]");
  refused(fixture, code, PROTO_LIMIT, 2, 5,
          "a list has 100 items, and that is the limit");
}

/* --- weak references --- */

static void weak_reference_is_none_the_moment_its_target_dies(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "a = Person('A'); w = weakref.ref(a)", "null");
  answers(fixture, "w()", "\"Person('A')\"");
  answers(fixture, "w", "\"<weakref to Person('A')>\"");
  answers(fixture, "sys.getrefcount(a)", "2"); /* the name, and the call's own */
  answers(fixture, "w() is a", "true");
  gives(fixture, "del a", "null", "", "Person('A')", "");
  answers(fixture, "w()", "null");
  answers(fixture, "w", "\"<weakref; dead>\"");
  answers(fixture, "w() is None", "true");
  answers(fixture, "w() is not None", "false");
}

static void target_is_held_by_what_the_call_gave(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "a = Node('A'); w = weakref.ref(a); b = w(); del a", "null");
  answers(fixture, "w() is b", "true");
  gives(fixture, "b = None", "null", "", "Node('A')", "");
  answers(fixture, "b = w(); b is None", "true");
}

static void weak_references_are_cleared_before_a_cycles_finalizers(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "p = Phoenix('P'); p.me = p; w = weakref.ref(p); del p", "null");
  answers(fixture, "w()", "\"Phoenix('P')\"");
  struct proto_result result = eval(fixture, "gc.collect()");
  assert_int_equal(result.as.eval.collection.weakrefs_cleared, 1);
  assert_int_equal(result.as.eval.collection.resurrected, 1);
  proto_result_fini(&result);
  answers(fixture, "saved", "\"Phoenix('P')\"");
  answers(fixture, "w() is None", "true");
  /* By counting the finalizer comes first, and a saved object keeps its references. */
  answers(fixture, "q = Phoenix('Q'); v = weakref.ref(q)", "null");
  gives(fixture, "del q", "null", "", "", "Phoenix('Q')");
  answers(fixture, "v() is saved", "true");
}

static void only_named_objects_can_be_referred_to_weakly(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "x = []; a = Person('A'); w = weakref.ref(a); n = None", "null");
  refused(fixture, "v = weakref.ref(x)", PROTO_NAME, 1, 5,
          "a list cannot be referred to weakly");
  refused(fixture, "weakref.ref(w)", PROTO_NAME, 1, 1,
          "a weakref cannot be referred to weakly");
  refused(fixture, "weakref.ref(n)", PROTO_NAME, 1, 1,
          "None cannot be referred to weakly");
  refused(fixture, "a()", PROTO_NAME, 1, 1,
          "Person('A') cannot be called: it is no weak reference");
  refused(fixture, "n()", PROTO_NAME, 1, 1,
          "None cannot be called: it is no weak reference");
  refused(fixture, "w.name", PROTO_NAME, 1, 3, "a weakref has no attribute 'name'");
  refused(fixture, "sys.getrefcount(n)", PROTO_NAME, 1, 1,
          "None is no object of this heap and is not counted");
}

/* --- finalizers --- */

static void phoenix_saves_itself_once(void **state) {
  struct fixture *fixture = *state;
  gives(fixture, "p = Phoenix('P'); p.ash = Node('ash')", "null",
        "Phoenix('P'), Node('ash')", "", "");
  gives(fixture, "del p", "null", "", "", "Phoenix('P')");
  answers(fixture, "saved.ash", "\"Node('ash')\""); /* all its references are whole */
  gives(fixture, "del saved", "null", "", "Phoenix('P'), Node('ash')", "");
  refused(fixture, "saved", PROTO_NAME, 1, 1, "saved is not defined");
}

static void what_a_phoenix_refers_to_lives_on_with_it(void **state) {
  struct fixture *fixture = *state;
  answers(fixture,
          "p = Phoenix('P'); a = Person('A'); p.friend = a; a.friend = p; del p, a",
          "null");
  struct proto_result result = eval(fixture, "gc.collect()");
  assert_string_equal(result.as.eval.value, "0");
  assert_int_equal(result.as.eval.destroyed_count, 0);
  assert_int_equal(result.as.eval.resurrected_count, 2);
  assert_int_equal(result.as.eval.collection.resurrected, 2);
  proto_result_fini(&result);
  result = look(fixture);
  assert_int_equal(find(&result, "Phoenix", "P")->finalizer, PROTO_FINALIZER_RAN);
  assert_int_equal(find(&result, "Person", "A")->finalizer, PROTO_FINALIZER_RAN);
  proto_result_fini(&result);
  gives(fixture, "del saved", "null", "", "", "");
  result = eval(fixture, "gc.collect()");
  assert_string_equal(result.as.eval.value, "2");
  assert_int_equal(result.as.eval.destroyed_count, 2);
  assert_int_equal(result.as.eval.resurrected_count, 0);
  proto_result_fini(&result);
}

static void one_phoenix_after_the_other_takes_the_name(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "saved = Phoenix('Q')", "null");
  /* P takes the name from Q, whose finalizer takes it back. */
  gives(fixture, "Phoenix('P')", "\"Phoenix('P')\"", "Phoenix('P')", "Phoenix('P')",
        "Phoenix('Q')");
  answers(fixture, "saved", "\"Phoenix('Q')\"");
  gives(fixture, "p = Phoenix('R'); del p", "null", "Phoenix('R')", "Phoenix('Q')",
        "Phoenix('R')");
}

static void somebody_elses_resurrection_is_not_told_as_ours(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "p = Phoenix('P'); p.me = p; del p", "null");
  assert_int_equal(collect(fixture, 2).resurrected, 1);
  gives(fixture, "saved", "\"Phoenix('P')\"", "", "", "");
}

static void phoenix_that_lives_at_the_end_is_no_obstacle(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "p = Phoenix('P'); q = Phoenix('Q'); q.me = q; del q", "null");
  /* The teardown frees both: P by its name, Q by the heap's last collection. */
}

/* --- what the page asks --- */

static void state_shows_items_targets_and_finalizers(void **state) {
  struct fixture *fixture = *state;
  answers(fixture,
          "a = Node('A'); p = Phoenix('P'); x = [a, None, p]; w = weakref.ref(p)",
          "null");
  struct proto_result result = look(fixture);
  const struct proto_repl_object *list = find(&result, "list", ""),
                                 *node = find(&result, "Node", "A");
  const struct proto_repl_object *phoenix = find(&result, "Phoenix", "P"),
                                 *weak = find(&result, "weakref", "");
  assert_int_equal(list->field_count, 2); /* None refers to nothing */
  assert_string_equal(list->fields[0].name, "[0]");
  assert_int_equal(list->fields[0].id, node->id);
  assert_string_equal(list->fields[1].name, "[2]");
  assert_int_equal(list->finalizer, PROTO_FINALIZER_NONE);
  assert_int_equal(node->finalizer, PROTO_FINALIZER_NONE);
  assert_int_equal(phoenix->finalizer, PROTO_FINALIZER_PENDING);
  assert_int_equal(phoenix->refcount, 2); /* the weak reference does not count */
  assert_true(weak->has_target);
  assert_int_equal(weak->target, phoenix->id);
  proto_result_fini(&result);
  answers(fixture, "del x, p, saved", "null");
  result = look(fixture);
  assert_false(find(&result, "weakref", "")->has_target);
  proto_result_fini(&result);
}

static void answers_about_the_heap_are_as_in_python(void **state) {
  struct fixture *fixture = *state;
  answers(fixture, "gc.collect(); gc.get_count()", "\"(0, 0, 0)\"");
  answers(fixture, "a = Node('A'); b = a; gc.get_count()", "\"(1, 0, 0)\"");
  answers(fixture, "sys.getrefcount(a)", "3");
  answers(fixture, "a is b", "true");
  answers(fixture, "a is not b", "false");
  answers(fixture, "Node('x') is Node('x')", "false");
  answers(fixture, "import gc, sys, weakref", "null");
  struct proto_result result = eval(fixture, "help");
  assert_non_null(strstr(result.as.eval.value, "weakref.ref(x)"));
  proto_result_fini(&result);
}

static struct proto_result step(struct fixture *fixture,
                                enum proto_step_action action) {
  struct proto_request request = {.method = PROTO_REPL_STEP,
                                  .asker = 7,
                                  .params.step = {.action = action, .generation = 2}};
  struct proto_result result = ask(fixture, &request);
  assert_int_equal(result.kind, PROTO_RESULT_STEP);
  return result;
}

static void stepped_collection_tells_the_resurrected_at_its_end(void **state) {
  struct fixture *fixture = *state;
  answers(fixture,
          "p = Phoenix('P'); p.me = p; w = weakref.ref(p); a = Node('A'); a.me = a; "
          "del p, a",
          "null");
  struct proto_result result = step(fixture, PROTO_STEP_BEGIN);
  while (result.as.step.is_stepping) {
    assert_int_equal(result.as.step.resurrected_count, 0);
    proto_result_fini(&result);
    result = look(fixture); /* allowed between two phases */
    assert_true(result.as.state.object_count >= 2);
    proto_result_fini(&result);
    result = step(fixture, PROTO_STEP_NEXT);
  }
  assert_int_equal(result.as.step.resurrected_count, 1);
  assert_string_equal(result.as.step.resurrected[0], "Phoenix('P')");
  assert_int_equal(result.as.step.collection.collected, 1);
  proto_result_fini(&result);
  answers(fixture, "saved.me is saved", "true");
  answers(fixture, "w()", "null");
}

/* --- anything, in any order --- */

/* One statement about the same few names, right or wrong. */
static void write_any(struct rng *rng, char *code) {
  static const char *const names[] = {"a", "b", "c", "w", "saved"};
  static const char *const fields[] = {"",   "",   "",     "",    "",
                                       ".f", ".g", ".f.g", "[0]", ".f[1]"};
  static const char *const forms[] = {"%s = Phoenix('P')",
                                      "%s = Node('N')",
                                      "%s = [a, Phoenix('L')]",
                                      "%s = weakref.ref(a)",
                                      "%s = b",
                                      "%s = w()",
                                      "%s = None",
                                      "%s.append(c)",
                                      "%s.append(Phoenix('Q'))",
                                      "%s.append([saved])",
                                      "del %s",
                                      "del %s",
                                      "%s is w()",
                                      "%s"};
  if (rng_below(rng, 40) == 0) {
    sprintf(code, "gc.collect(%u)", rng_below(rng, 3));
    return;
  }
  const char *form = forms[rng_below(rng, sizeof forms / sizeof *forms)];
  const char *name = names[rng_below(rng, sizeof names / sizeof *names)];
  const char *field = fields[rng_below(rng, sizeof fields / sizeof *fields)];
  const char *rest = strstr(form, "%s");
  sprintf(code, "%.*s%s%s%s", (int)(rest - form), form, name, field, rest + 2);
}

/* Finalizers run in the middle of every kind of statement, and change names there. */
static void any_statements_leave_the_heap_whole(void **state) {
  struct fixture *fixture = *state;
  unsigned carried_out = 0, resurrected = 0;
  for (uint64_t seed = 1; seed < 4; seed++) {
    struct rng rng = {seed};
    for (unsigned i = 0; i < 4000; i++) {
      char code[256];
      write_any(&rng, code);
      struct proto_result result = eval(fixture, code);
      if (result.kind == PROTO_RESULT_EVAL) {
        carried_out++;
        resurrected += (unsigned)result.as.eval.resurrected_count;
      } else if (result.as.error.code != PROTO_NAME &&
                 result.as.error.code != PROTO_LIMIT) {
        fail_msg("seed %u, %s: %s", (unsigned)seed, code, result.as.error.message);
      }
      proto_result_fini(&result);
      if (i % 500 == 0)
        verify(fixture);
    }
  }
  assert_true(carried_out > 3000);
  assert_true(resurrected > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PLAYGROUND_TEST(list_holds_many_and_all_go_with_its_last_reference),
      PLAYGROUND_TEST(parent_link_makes_a_cycle_that_waits_for_the_collector),
      PLAYGROUND_TEST(items_are_replaced_and_deleted_by_index),
      PLAYGROUND_TEST(long_list_is_shown_in_part_and_the_rest_is_counted),
      PLAYGROUND_TEST(lists_say_what_they_are_not),
      PLAYGROUND_TEST(program_with_too_long_a_list_is_refused_whole),
      PLAYGROUND_TEST(weak_reference_is_none_the_moment_its_target_dies),
      PLAYGROUND_TEST(target_is_held_by_what_the_call_gave),
      PLAYGROUND_TEST(weak_references_are_cleared_before_a_cycles_finalizers),
      PLAYGROUND_TEST(only_named_objects_can_be_referred_to_weakly),
      PLAYGROUND_TEST(phoenix_saves_itself_once),
      PLAYGROUND_TEST(what_a_phoenix_refers_to_lives_on_with_it),
      PLAYGROUND_TEST(one_phoenix_after_the_other_takes_the_name),
      PLAYGROUND_TEST(somebody_elses_resurrection_is_not_told_as_ours),
      PLAYGROUND_TEST(phoenix_that_lives_at_the_end_is_no_obstacle),
      PLAYGROUND_TEST(state_shows_items_targets_and_finalizers),
      PLAYGROUND_TEST(answers_about_the_heap_are_as_in_python),
      PLAYGROUND_TEST(stepped_collection_tells_the_resurrected_at_its_end),
      PLAYGROUND_TEST(any_statements_leave_the_heap_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
