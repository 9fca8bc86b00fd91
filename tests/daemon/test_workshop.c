/* test_workshop.c - the small workloads: what each makes, keeps, and lets go of.
 *
 * Each runs flat out until its counters say that enough has happened; what it made is
 * then read from the census and from collections. */
#include "hosted_fixture.h"

#include "workshop.h"

static void start(struct fixture *fixture) {
  char message[256];
  assert_int_equal(hosted_workshop_new(&fixture->loop, &fixture->sink, "workshop",
                                       &HOSTED_OPTIONS, &fixture->source, message,
                                       sizeof message),
                   0);
}

/* Settings as name, value ..., NULL at the end. */
static struct proto_request request_of(enum proto_method method, const char *workload,
                                       va_list settings) {
  struct proto_request request = {.method = method};
  if (workload != NULL)
    snprintf(request.params.workload.name, PROTO_NAME_BYTES, "%s", workload);
  const char *name;
  while ((name = va_arg(settings, const char *)) != NULL) {
    struct proto_setting *setting =
        &request.params.workload.settings[request.params.workload.setting_count++];
    snprintf(setting->name, sizeof setting->name, "%s", name);
    setting->value = va_arg(settings, int);
  }
  return request;
}

static struct proto_result run(struct fixture *fixture, const char *workload, ...) {
  va_list settings;
  va_start(settings, workload);
  struct proto_request request = request_of(PROTO_WORKLOAD_START, workload, settings);
  va_end(settings);
  return ask(fixture, &request);
}

static void stop(struct fixture *fixture) {
  struct proto_result result = ask_method(fixture, PROTO_WORKLOAD_STOP);
  assert_int_equal(result.kind, PROTO_RESULT_WORKLOAD);
  assert_false(result.as.workload.running);
}

/* A counter of the workload that is, or was, the last one to run. */
static double count_of(struct fixture *fixture, const char *workload,
                       const char *counter) {
  struct proto_workload listed[16];
  unsigned count = fixture->source->ops->workloads(fixture->source, listed, 16);
  for (unsigned i = 0; i < count; i++)
    for (unsigned k = 0; k < listed[i].counter_count; k++)
      if (strcmp(listed[i].name, workload) == 0 &&
          strcmp(listed[i].counters[k].name, counter) == 0)
        return listed[i].counters[k].value;
  fail_msg("no counter %s of %s", counter, workload);
  return 0;
}

/* Let it run until the counter is there, then let it pause with what it has. */
static void until(struct fixture *fixture, const char *workload, const char *counter,
                  double value) {
  while (count_of(fixture, workload, counter) < value) {
    struct proto_result result = ask_method(fixture, PROTO_GC_GET_COUNT);
    assert_int_equal(result.kind, PROTO_RESULT_COUNT);
  }
  set(fixture, "rate", 0);
}

static uint64_t live(struct fixture *fixture, const char *type) {
  struct proto_request request = {.method = PROTO_HEAP_CENSUS,
                                  .params.census.limit = 100};
  struct proto_result result = ask(fixture, &request);
  uint64_t objects = 0;
  assert_int_equal(result.kind, PROTO_RESULT_CENSUS);
  for (size_t i = 0; i < result.as.census.count; i++)
    if (strcmp(result.as.census.rows[i].type, type) == 0)
      objects += result.as.census.rows[i].objects;
  proto_result_fini(&result);
  return objects;
}

/* All garbage of automatic and explicit collections so far. */
static uint64_t collected(struct fixture *fixture) {
  struct proto_result result = ask_method(fixture, PROTO_GC_GET_STATS);
  uint64_t objects = 0;
  assert_int_equal(result.kind, PROTO_RESULT_STATS);
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++)
    objects += result.as.stats[i].collected;
  return objects;
}

#define FLAT_OUT "rate", 10000000

/* --- what they make --- */

static void all_are_listed_and_none_runs_at_first(void **state) {
  static const char *const names[] = {"person", "churn", "binary-trees", "cache",
                                      "leak"};
  struct fixture *fixture = *state;
  struct proto_workload listed[16];
  start(fixture);
  assert_string_equal(fixture->source->info.workload, "");
  assert_int_equal(fixture->source->ops->workloads(fixture->source, listed, 16), 5);
  for (unsigned i = 0; i < 5; i++) {
    assert_string_equal(listed[i].name, names[i]);
    assert_string_equal(listed[i].heap, "workshop");
    assert_true(strlen(listed[i].description) > 60);
    assert_false(listed[i].running);
    assert_string_equal(listed[i].settings[WORKSHOP_RATE].name, "rate");
    assert_string_equal(listed[i].settings[WORKSHOP_SEED].name, "seed");
    for (unsigned k = 0; k < listed[i].setting_count; k++) {
      const struct proto_setting_info *setting = &listed[i].settings[k];
      assert_true(setting->minimum <= setting->initial);
      assert_true(setting->initial <= setting->maximum);
      assert_true(setting->value == setting->initial);
    }
  }
  assert_int_equal(fixture->source->ops->workloads(fixture->source, listed, 2), 2);
}

static void persons_leave_small_cycles_with_finalizers(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "person", FLAT_OUT, "circle", 3, "keep", 10, NULL);
  assert_string_equal(fixture->source->info.workload, "person");
  until(fixture, "person", "circles", 2000);
  collect(fixture, 2);
  double persons = count_of(fixture, "person", "persons");
  assert_true(count_of(fixture, "person", "kept") == 10);
  /* Ten circles, and perhaps a part of the next one. */
  assert_in_range(live(fixture, "Person"), 30, 32);
  assert_int_equal(collected(fixture), (uint64_t)persons - live(fixture, "Person"));
  set(fixture, "keep", 1);
  struct proto_collection collection = collect(fixture, 2);
  assert_int_equal(collection.collected, 27);
  assert_int_equal(collection.finalized, 27);
  assert_int_equal(collection.cycle_objects, 3);
  verify(fixture);
}

static void churn_leaves_no_cyclic_garbage(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "churn", FLAT_OUT, "window", 500, NULL);
  until(fixture, "churn", "messages", 20000);
  assert_int_equal(live(fixture, "Message"), 500);
  assert_int_equal(live(fixture, "Payload"), 500);
  assert_int_equal(collect(fixture, 2).collected, 0);
  assert_int_equal(collected(fixture), 0);
  assert_true(count_of(fixture, "churn", "freed") ==
              count_of(fixture, "churn", "messages") - 500);
  set(fixture, "window", 7);
  assert_int_equal(live(fixture, "Message"), 7); /* at once, by counting */
  verify(fixture);
}

static void binary_trees_are_freed_by_counting_however_deep(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "binary-trees", FLAT_OUT, "depth", 10, "keep", 2, NULL);
  until(fixture, "binary-trees", "trees", 20);
  assert_int_equal(collect(fixture, 2).collected, 0);
  /* Two trees of 2^11 - 1 nodes, and a part of the next one. */
  assert_in_range(live(fixture, "Node"), 2 * 2047, 3 * 2047 - 1);
  verify(fixture);
}

static void binary_trees_with_parents_are_one_cycle_each(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "binary-trees", FLAT_OUT, "depth", 10, "keep", 1, "parents", 1, NULL);
  until(fixture, "binary-trees", "trees", 3);
  collect(fixture, 2);
  set(fixture, "keep", 0);
  assert_int_equal(collect(fixture, 2).collected, 2047);
  verify(fixture);
}

static void smaller_depth_counts_from_the_next_tree_on(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "binary-trees", FLAT_OUT, "depth", 18, "keep", 1, NULL);
  until(fixture, "binary-trees", "nodes", 100000);
  set(fixture, "depth", 2);
  assert_true(live(fixture, "Node") < 10); /* the half-built giant is gone */
  set(fixture, "rate", 10000000);
  until(fixture, "binary-trees", "trees", 100);
  assert_in_range(live(fixture, "Node"), 7, 13);
  verify(fixture);
}

static void cache_makes_old_objects_refer_to_young_ones(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "cache", FLAT_OUT, "entries", 100, "keys", 1000, NULL);
  until(fixture, "cache", "evictions", 1000);
  collect(fixture, 2); /* all of it is old now */
  assert_int_equal(live(fixture, "Cache"), 1);
  assert_int_equal(live(fixture, "Entry"), 100);
  double evictions = count_of(fixture, "cache", "evictions");
  struct proto_request off = {.method = PROTO_GC_DISABLE,
                              .params.disable.revert_after_ms = -1};
  ask(fixture, &off);
  set(fixture, "rate", 10000000);
  until(fixture, "cache", "evictions", evictions + 50);
  /* The young entries are held by the old table alone, and survive; the pairs that
   * they replaced are old, so a young collection does not find those. */
  struct proto_collection young = collect(fixture, 0);
  assert_int_equal(young.reason[0], 'r');
  assert_true(young.promoted > 0);
  assert_int_equal(live(fixture, "Entry") > 100, true);
  struct proto_collection full = collect(fixture, 2);
  assert_true(full.collected >= 50);
  assert_int_equal(full.collected % 2, 0); /* pairs */
  assert_int_equal(full.cycle_objects, 2);
  assert_int_equal(live(fixture, "Entry"), 100);
  assert_true(count_of(fixture, "cache", "hits") > 0);
  assert_true(count_of(fixture, "cache", "hits") +
                  count_of(fixture, "cache", "misses") ==
              count_of(fixture, "cache", "lookups"));
  set(fixture, "entries", 10); /* empties it */
  assert_int_equal(live(fixture, "Cache"), 0);
  verify(fixture);
}

static void
leak_grows_where_no_collection_helps_and_stops_at_its_ceiling(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "leak", FLAT_OUT, "leak_percent", 50, "ceiling", 3000, NULL);
  until(fixture, "leak", "leaked", 1000);
  uint64_t before = live(fixture, "Listener");
  assert_true(before >= 1000);
  assert_int_equal(live(fixture, "Session"), before); /* the others are gone */
  assert_int_equal(collect(fixture, 2).collected, 0);
  set(fixture, "rate", 10000000);
  until(fixture, "leak", "requests", 20000);
  assert_int_equal(collect(fixture, 2).collected, 0);
  assert_int_equal(live(fixture, "Listener"), 3000);
  assert_true(count_of(fixture, "leak", "leaked") == 3000); /* never more */
  assert_true(count_of(fixture, "leak", "at_ceiling") == 1);
  set(fixture, "ceiling", 10);
  assert_int_equal(live(fixture, "Listener"), 10);
  assert_int_equal(live(fixture, "Session"), 10);
  set(fixture, "ceiling", 20);
  assert_true(count_of(fixture, "leak", "at_ceiling") == 0);
  verify(fixture);
}

static void objects_have_words_for_who_looks(void **state) {
  static const struct {
    const char *workload, *type;
    ouro_field_kind kind;
    size_t at;
    const char *name;
  } cases[] = {
      {"person", "Person", OURO_FIELD_TRAVERSED, 0, "friend"},
      {"churn", "Message", OURO_FIELD_DECLARED, 0, "payload"},
      {"binary-trees", "Node", OURO_FIELD_DECLARED, 16, "parent"},
      {"cache", "Entry", OURO_FIELD_DECLARED, 0, "value"},
      {"leak", "Listener", OURO_FIELD_DECLARED, 8, "session"},
  };
  ouro_heap *heap = ouro_heap_new(NULL);
  char message[128], word[64] = "";
  (void)state;
  assert_non_null(heap);
  void *workshop = workshop_new(heap, message, sizeof message);
  assert_non_null(workshop);
  struct heap_thread thread = {.id = "workshop", .heap = heap};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct proto_request request = {.method = PROTO_WORKLOAD_START};
    struct proto_result result;
    snprintf(request.params.workload.name, PROTO_NAME_BYTES, "%s", cases[i].workload);
    workshop_ops.request(workshop, &thread, &request, "test", &result);
    assert_int_equal(result.kind, PROTO_RESULT_WORKLOAD);
    for (unsigned slices = 0; slices < 5; slices++)
      workshop_ops.step(workshop, uv_hrtime());
    static void *found[16384];
    size_t count = 0;
    ouro_cursor cursor = 0;
    assert_int_equal(
        ouro_objects_page(heap, OURO_IN_ALL, NULL, NULL, &cursor, found, 16384, &count),
        0);
    bool is_met = false;
    for (size_t k = 0; k < count; k++) {
      if (strcmp(ouro_type_name(ouro_object_type(heap, found[k])), cases[i].type) != 0)
        continue;
      word[0] = '\0';
      workshop_ops.field(workshop, found[k], (ouro_field){cases[i].kind, cases[i].at},
                         word, sizeof word);
      assert_string_equal(word, cases[i].name);
      is_met = true;
      break;
    }
    assert_true(is_met);
  }
  workshop_ops.free(workshop);
  ouro_heap_free(heap);
}

/* --- start, stop, settings --- */

static void stopped_workload_lets_go_of_everything(void **state) {
  static const char *const names[] = {"person", "churn", "binary-trees", "cache",
                                      "leak"};
  static const char *const counters[] = {"persons", "messages", "nodes", "lookups",
                                         "requests"};
  struct fixture *fixture = *state;
  start(fixture);
  for (unsigned i = 0; i < 10; i++) {
    run(fixture, names[i % 5], FLAT_OUT, NULL);
    until(fixture, names[i % 5], counters[i % 5], 5000);
    if (i < 5) /* else the next one takes its place */
      stop(fixture);
  }
  stop(fixture);
  assert_string_equal(fixture->source->info.workload, "");
  assert_int_equal(collect(fixture, 2).live_objects_after, 0);
  verify(fixture);
}

static void another_workload_takes_the_place_of_the_first(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "churn", FLAT_OUT, "window", 77, NULL);
  until(fixture, "churn", "messages", 100);
  struct proto_result result = run(fixture, "leak", "rate", 0, NULL);
  assert_string_equal(result.as.workload.name, "leak");
  assert_true(result.as.workload.running);
  assert_string_equal(fixture->source->info.workload, "leak");
  assert_int_equal(fixture->changes, 2);
  assert_int_equal(live(fixture, "Message"), 0);
  for (unsigned i = 0; i < result.as.workload.counter_count; i++)
    assert_true(result.as.workload.counters[i].value == 0); /* each counts its own */
  result = run(fixture, "churn", NULL); /* begins with its initial settings */
  assert_true(result.as.workload.settings[2].value == 1000);
  stop(fixture);
  result = set(fixture, "window", 5); /* of the one that ran last */
  assert_string_equal(result.as.workload.name, "churn");
  result = run(fixture, "churn", NULL);
  assert_true(result.as.workload.settings[2].value == 5);
}

static void settings_out_of_range_are_refused_with_their_path(void **state) {
  static const struct {
    const char *workload, *setting;
    int value;
    const char *expected;
  } cases[] = {
      {"person", "circle", 0, "integer 1..1000"},
      {"person", "keep", 1001, "integer 1..1000"},
      {"churn", "window", 0, "integer 1..10000"},
      {"churn", "bytes", 4097, "integer 0..4096"},
      {"binary-trees", "depth", 19, "integer 1..18"},
      {"binary-trees", "parents", 2, "integer 0..1"},
      {"cache", "entries", 100001, "integer 1..100000"},
      {"cache", "keys", 0, "integer 1..10000000"},
      {"leak", "leak_percent", 101, "integer 0..100"},
      {"leak", "ceiling", -1, "integer 0..100000"},
  };
  struct fixture *fixture = *state;
  char path[80];
  start(fixture);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct proto_result result =
        run(fixture, cases[i].workload, cases[i].setting, cases[i].value, NULL);
    assert_int_equal(result.kind, PROTO_RESULT_ERROR);
    assert_int_equal(result.as.error.code, PROTO_INVALID_PARAMS);
    snprintf(path, sizeof path, "/params/settings/%s", cases[i].setting);
    assert_string_equal(result.as.error.path, path);
    assert_string_equal(result.as.error.expected, cases[i].expected);
  }
  struct proto_result result = run(fixture, "documents", NULL);
  assert_string_equal(result.as.error.path, "/params/workload");
  assert_string_equal(result.as.error.expected,
                      "one of: person, churn, binary-trees, cache, leak");
  assert_string_equal(fixture->source->info.workload, "");
  assert_int_equal(fixture->changes, 0);
}

/* What ten thousand lookups come to, without a thread. */
static struct workload_state look_up(uint64_t seed) {
  const struct workshop_kind *kind = &workshop_cache;
  struct bench bench = {.heap = ouro_heap_new(NULL), .random = seed};
  void *own = calloc(1, kind->own_bytes);
  assert_non_null(bench.heap);
  assert_non_null(own);
  workload_init(kind->class, &bench.state);
  assert_int_equal(kind->open(own, bench.heap), 0);
  for (unsigned i = 0; i < 10000; i++)
    assert_true(kind->make(own, &bench));
  kind->end(own, &bench);
  free(own);
  ouro_heap_free(bench.heap);
  return bench.state;
}

static void the_same_seed_makes_the_same_objects(void **state) {
  struct workload_state one = look_up(1), again = look_up(1), other = look_up(2);
  (void)state;
  assert_memory_equal(one.counters, again.counters, sizeof one.counters);
  assert_memory_not_equal(one.counters, other.counters, sizeof one.counters);
}

static void short_memory_lets_go_and_goes_on(void **state) {
  struct fixture *fixture = *state;
  struct hosted_options options = HOSTED_OPTIONS;
  char message[256];
  options.memory_limit_bytes = 3 << 20;
  assert_int_equal(hosted_workshop_new(&fixture->loop, &fixture->sink, "workshop",
                                       &options, &fixture->source, message,
                                       sizeof message),
                   0);
  run(fixture, "leak", FLAT_OUT, "leak_percent", 100, "bytes", 1024, "ceiling", 100000,
      NULL);
  until(fixture, "leak", "out_of_memory", 2);
  assert_string_equal(fixture->collection.reason, "memory");
  assert_true(count_of(fixture, "leak", "requests") > 1000);
  verify(fixture);
}

static struct proto_result step(struct fixture *fixture,
                                enum proto_step_action action) {
  struct proto_request request = {.method = PROTO_REPL_STEP,
                                  .asker = 7,
                                  .params.step = {.action = action, .generation = 2}};
  return ask(fixture, &request);
}

/* Each person has one friend of its own circle, so nothing outside is counted but what
 * the workload itself keeps: gc_refs is the refcount less the edges that come in. */
static void small_heap_is_stepped_and_its_references_explain_the_counts(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "person", FLAT_OUT, "circle", 3, "keep", 10, NULL);
  until(fixture, "person", "circles", 50);
  struct proto_result result = step(fixture, PROTO_STEP_BEGIN);
  assert_int_equal(result.kind, PROTO_RESULT_STEP);
  assert_true(result.as.step.total >= 30);
  assert_false(result.as.step.tells_destroyed);
  bool is_whole = result.as.step.total == result.as.step.count;
  proto_result_fini(&result);
  result = step(fixture, PROTO_STEP_NEXT);
  assert_true(result.as.step.edge_count > 0);
  for (size_t i = 0; is_whole && i < result.as.step.count; i++) {
    uint64_t inside = 0;
    for (size_t k = 0; k < result.as.step.edge_count; k++)
      inside += result.as.step.edges[k].to == i;
    assert_int_equal(result.as.step.rows[i].gc_refs,
                     result.as.step.rows[i].object.refcount - inside);
  }
  proto_result_fini(&result);
  result = step(fixture, PROTO_STEP_FINISH);
  assert_true(result.as.step.has_collection);
  proto_result_fini(&result);
  stop(fixture);
}

static void large_heap_is_not_stepped(void **state) {
  struct fixture *fixture = *state;
  start(fixture);
  run(fixture, "cache", FLAT_OUT, "entries", 20000, "keys", 100000, NULL);
  until(fixture, "cache", "misses", 15000);
  struct proto_result result = step(fixture, PROTO_STEP_BEGIN);
  assert_int_equal(result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(result.as.error.code, PROTO_LIMIT);
  assert_non_null(strstr(result.as.error.message, "at most 10000"));
  proto_result_fini(&result);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(all_are_listed_and_none_runs_at_first),
      TEST(persons_leave_small_cycles_with_finalizers),
      TEST(churn_leaves_no_cyclic_garbage),
      TEST(binary_trees_are_freed_by_counting_however_deep),
      TEST(binary_trees_with_parents_are_one_cycle_each),
      TEST(smaller_depth_counts_from_the_next_tree_on),
      TEST(cache_makes_old_objects_refer_to_young_ones),
      TEST(leak_grows_where_no_collection_helps_and_stops_at_its_ceiling),
      cmocka_unit_test(objects_have_words_for_who_looks),
      TEST(stopped_workload_lets_go_of_everything),
      TEST(another_workload_takes_the_place_of_the_first),
      TEST(settings_out_of_range_are_refused_with_their_path),
      cmocka_unit_test(the_same_seed_makes_the_same_objects),
      TEST(short_memory_lets_go_and_goes_on),
      TEST(small_heap_is_stepped_and_its_references_explain_the_counts),
      TEST(large_heap_is_not_stepped),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
