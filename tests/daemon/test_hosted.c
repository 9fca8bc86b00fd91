/* test_hosted.c - a heap on its own thread, seen from the loop: requests, samples,
 * records, timeouts, and the end. */
#include "hosted_fixture.h"

#include <pthread.h>

#include "sampler.h"

static const char *const capabilities[] = {"collect", "threshold", "enable", "census",
                                           "verify",  "freeze",    NULL};

/* A mutator of the tests': makes cycles when told to, and can be held up. */
struct mutator {
  ouro_heap *heap;
  const ouro_type *pair;
  unsigned cycles_per_step;
  pthread_mutex_t *gate; /* held by the test: a step does not end */
  uv_sem_t *done;        /* posted after a step, for a test that stops the loop */
  bool is_due;
};

struct pair {
  void *other;
};

static uint64_t due(void *context) {
  return ((struct mutator *)context)->is_due ? 0 : UINT64_MAX;
}

static void make_cycle(struct mutator *mutator) {
  struct pair *a = ouro_new(mutator->heap, mutator->pair);
  struct pair *b = ouro_new(mutator->heap, mutator->pair);
  ouro_set(mutator->heap, &a->other, b);
  ouro_set(mutator->heap, &b->other, a);
  ouro_decref(mutator->heap, a);
  ouro_decref(mutator->heap, b);
}

static void step(void *context, uint64_t now_ns) {
  struct mutator *mutator = context;
  (void)now_ns;
  for (unsigned i = 0; i < mutator->cycles_per_step; i++)
    make_cycle(mutator);
  mutator->is_due = false;
  if (mutator->done != NULL)
    uv_sem_post(mutator->done);
  if (mutator->gate != NULL) {
    pthread_mutex_lock(mutator->gate);
    pthread_mutex_unlock(mutator->gate);
  }
}

/* repl.eval, borrowed: one step, then the answer. */
static void request(void *context, struct heap_thread *thread,
                    const struct proto_request *asked, const char *who,
                    struct proto_result *ret) {
  (void)thread;
  (void)asked;
  (void)who;
  (void)ret;
  step(context, 0);
}

static void free_mutator(void *context) {
  free(context);
}

static const struct mutator_ops ops = {
    .due = due, .step = step, .request = request, .free = free_mutator};

static void start_with(struct fixture *fixture, const struct hosted_options *options,
                       unsigned cycles_per_step, pthread_mutex_t *gate,
                       uv_sem_t *done) {
  static const size_t refs[] = {0};
  char message[256];
  struct mutator *mutator = calloc(1, sizeof *mutator);
  assert_non_null(mutator);
  mutator->heap = ouro_heap_new(NULL);
  assert_non_null(mutator->heap);
  mutator->cycles_per_step = cycles_per_step;
  mutator->gate = gate;
  mutator->done = done;
  mutator->is_due = true;
  const ouro_type_info info = {
      .name = "Pair", .size = sizeof(struct pair), .refs = refs, .ref_count = 1};
  assert_int_equal(ouro_type_new(mutator->heap, &info, &mutator->pair), 0);
  struct hosted_parts parts = {.name = "test",
                               .capabilities = capabilities,
                               .heap = mutator->heap,
                               .ops = &ops,
                               .mutator = mutator};
  assert_int_equal(hosted_source_new_take(&fixture->loop, &fixture->sink, &parts,
                                          options, &fixture->source, message,
                                          sizeof message),
                   0);
}

static void start(struct fixture *fixture, const struct hosted_options *options,
                  unsigned cycles_per_step, pthread_mutex_t *gate) {
  start_with(fixture, options, cycles_per_step, gate, NULL);
}

static void start_plain(struct fixture *fixture) {
  start(fixture, &HOSTED_OPTIONS, 0, NULL);
}

/* --- requests --- */

static void heap_is_described(void **state) {
  struct fixture *fixture = *state;
  start_plain(fixture);
  const struct proto_heap *info = &fixture->source->info;
  assert_string_equal(info->id, "test");
  assert_string_equal(info->name, "test");
  assert_string_equal(info->kind, "hosted");
  assert_string_equal(info->collector, "generational");
  assert_string_equal(info->runtime, "ouro " OURO_VERSION);
  assert_string_equal(info->workload, "");
  assert_int_equal(info->thresholds[0], 700);
  assert_int_equal(info->thresholds[1], 10);
  assert_int_equal(info->thresholds[2], 10);
  assert_true(info->enabled);
  assert_int_equal(info->capability_count, 6);
}

static void collect_wakes_a_sleeping_heap_and_answers_with_the_event(void **state) {
  struct fixture *fixture = *state;
  start(fixture, &HOSTED_OPTIONS, 5, NULL);
  struct proto_collection answer;
  do /* until the first step is done */
    answer = collect(fixture, 2);
  while (answer.collected == 0);
  assert_int_equal(answer.collected, 10);
  assert_int_equal(answer.generation, 2);
  assert_string_equal(answer.reason, "remote");
  assert_string_equal(answer.requested_by, "test");
  assert_string_equal(answer.heap, "test");
  assert_int_equal(answer.type_count, 1);
  assert_string_equal(answer.types[0].type, "Pair");
  assert_int_equal(answer.types[0].objects, 10);
  assert_int_equal(answer.phase_count, OURO_PHASES);
  assert_string_equal(answer.phases[0].name, "subtract");
  assert_true(answer.freed_bytes > 0);
  assert_true(answer.time_ms > 0);
  /* Every viewer had the same record before the answer came. */
  assert_memory_equal(&fixture->collection, &answer, sizeof answer);
}

static void generation_three_is_refused(void **state) {
  struct fixture *fixture = *state;
  start_plain(fixture);
  struct proto_request three = {.method = PROTO_GC_COLLECT,
                                .params.collect.generation = 3};
  struct proto_result result = ask(fixture, &three);
  assert_int_equal(result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(result.as.error.code, PROTO_INVALID_PARAMS);
  assert_string_equal(result.as.error.path, "/params/generation");
}

static void what_a_heap_does_not_do_is_refused(void **state) {
  struct fixture *fixture = *state;
  start_plain(fixture);
  struct proto_result result = ask_method(fixture, PROTO_WORKLOAD_STOP);
  assert_int_equal(result.as.error.code, PROTO_NOT_SUPPORTED);
  result = ask_method(fixture, PROTO_REPL_STATE);
  assert_int_equal(result.as.error.code, PROTO_NOT_SUPPORTED);
  result = ask_method(fixture, PROTO_SERVER_INFO);
  assert_int_equal(result.as.error.code, PROTO_NOT_SUPPORTED);
  assert_int_equal(fixture->changes, 0);
}

static void thresholds_change_and_everybody_hears_of_it(void **state) {
  struct fixture *fixture = *state;
  start_plain(fixture);
  struct proto_request request_two = {.method = PROTO_GC_SET_THRESHOLD,
                                      .params.threshold = {{123, 4}, 2, -1}};
  struct proto_result result = ask(fixture, &request_two);
  assert_int_equal(result.kind, PROTO_RESULT_THRESHOLD);
  assert_int_equal(result.as.tuning.thresholds[0], 123);
  assert_int_equal(result.as.tuning.thresholds[1], 4);
  assert_int_equal(result.as.tuning.thresholds[2], 10);
  assert_int_equal(fixture->changes, 1);
  assert_int_equal(fixture->source->info.thresholds[0], 123);
  result = ask_method(fixture, PROTO_GC_GET_THRESHOLD);
  assert_int_equal(result.as.tuning.thresholds[1], 4);
  assert_int_equal(fixture->changes, 1);
  request_two.params.threshold.values[0] = UINT32_MAX;
  result = ask(fixture, &request_two);
  assert_int_equal(result.as.error.code, PROTO_INVALID_PARAMS);
  assert_string_equal(result.as.error.path, "/params/thresholds");
}

static struct proto_result disable(struct fixture *fixture, int64_t revert_after_ms) {
  struct proto_request request = {.method = PROTO_GC_DISABLE,
                                  .params.disable.revert_after_ms = revert_after_ms};
  return ask(fixture, &request);
}

static void automatic_collection_is_switched(void **state) {
  struct fixture *fixture = *state;
  start_plain(fixture);
  struct proto_result result = disable(fixture, -1);
  assert_int_equal(result.kind, PROTO_RESULT_ENABLED);
  assert_false(result.as.tuning.enabled);
  assert_false(fixture->source->info.enabled);
  assert_int_equal(fixture->changes, 1);
  result = ask_method(fixture, PROTO_GC_IS_ENABLED);
  assert_false(result.as.tuning.enabled);
  result = ask_method(fixture, PROTO_GC_ENABLE);
  assert_true(result.as.tuning.enabled);
  assert_true(fixture->source->info.enabled);
  assert_int_equal(fixture->changes, 2);
}

/* --- tuning that undoes itself --- */

#define AN_HOUR_MS 3600000

static bool is_audited(struct fixture *fixture) {
  return fixture->audits == 2;
}

static void tuning_undoes_itself_when_nobody_confirms(void **state) {
  struct fixture *fixture = *state;
  const struct proto_heap *info;
  start_plain(fixture);
  info = &fixture->source->info;
  struct proto_request set_one = {.method = PROTO_GC_SET_THRESHOLD,
                                  .params.threshold = {{50}, 1, AN_HOUR_MS}};
  int64_t before_ms = sampler_time_ms();
  struct proto_result result = ask(fixture, &set_one);
  assert_int_equal(result.as.tuning.thresholds[0], 50);
  assert_in_range(result.as.tuning.reverts_at_ms, before_ms + AN_HOUR_MS - 1000,
                  before_ms + AN_HOUR_MS + PATIENCE_MS);
  assert_int_equal(info->revert.at_ms, result.as.tuning.reverts_at_ms);
  assert_int_equal(info->revert.thresholds[0], 700);
  assert_true(info->revert.has_thresholds);
  assert_false(info->revert.has_enabled);
  assert_int_equal(fixture->changes, 1);
  /* The newest end counts for all that is on trial. */
  assert_false(disable(fixture, 1).as.tuning.enabled);
  pump(fixture, is_audited);
  assert_true(info->enabled);
  assert_int_equal(info->thresholds[0], 700);
  assert_int_equal(info->revert.at_ms, 0);
  /* A loop that comes late finds the change and its end as one. */
  assert_in_range(fixture->changes, 2, 3);
  assert_string_equal(fixture->audit.who, "revert");
  assert_string_equal(fixture->audit.method, "gc.enable");
  assert_string_equal(fixture->audit.heap, "test");
  result = ask_method(fixture, PROTO_GC_GET_THRESHOLD);
  assert_int_equal(result.as.tuning.thresholds[0], 700);
  assert_int_equal(result.as.tuning.reverts_at_ms, 0);
}

static void kept_tuning_stays(void **state) {
  struct fixture *fixture = *state;
  start_plain(fixture);
  assert_false(ask_method(fixture, PROTO_GC_KEEP).as.tuning.kept);
  disable(fixture, AN_HOUR_MS);
  assert_int_not_equal(fixture->source->info.revert.at_ms, 0);
  struct proto_result result = ask_method(fixture, PROTO_GC_KEEP);
  assert_int_equal(result.kind, PROTO_RESULT_KEPT);
  assert_true(result.as.tuning.kept);
  assert_false(result.as.tuning.enabled);
  assert_int_equal(result.as.tuning.thresholds[0], 700);
  assert_int_equal(fixture->source->info.revert.at_ms, 0);
  assert_false(fixture->source->info.enabled);
  assert_int_equal(fixture->changes, 2);
  assert_false(ask_method(fixture, PROTO_GC_KEEP).as.tuning.kept);
  assert_int_equal(fixture->audits, 0);
}

static void frozen_objects_are_not_examined(void **state) {
  struct fixture *fixture = *state;
  start(fixture, &HOSTED_OPTIONS, 5, NULL);
  while (ask_method(fixture, PROTO_GC_FREEZE).as.frozen_objects == 0)
    ; /* until the first step is done */
  assert_int_equal(ask_method(fixture, PROTO_GC_GET_FREEZE_COUNT).as.frozen_objects,
                   10);
  assert_int_equal(collect(fixture, 2).candidates, 0);
  struct proto_result result = ask_method(fixture, PROTO_GC_UNFREEZE);
  assert_int_equal(result.kind, PROTO_RESULT_FROZEN);
  assert_int_equal(result.as.frozen_objects, 0);
  assert_int_equal(collect(fixture, 2).collected, 10);
}

/* --- predictions --- */

static struct proto_prediction dry_run(struct fixture *fixture, unsigned generation) {
  struct proto_request request = {
      .method = PROTO_GC_COLLECT,
      .params.collect = {.generation = generation, .dry_run = true}};
  struct proto_result result = ask(fixture, &request);
  assert_int_equal(result.kind, PROTO_RESULT_PREDICTION);
  return result.as.prediction;
}

static void dry_run_tells_the_candidates_and_collects_nothing(void **state) {
  struct fixture *fixture = *state;
  start(fixture, &HOSTED_OPTIONS, 100, NULL);
  struct proto_prediction prediction;
  do /* until the first step is done */
    prediction = dry_run(fixture, 0);
  while (prediction.candidates == 0);
  assert_int_equal(prediction.candidates, 200);
  assert_false(prediction.has_pause);
  assert_int_equal(prediction.predictions, 0);
  assert_string_equal(prediction.heap, "test");
  assert_int_equal(fixture->collections, 0);
  assert_int_equal(collect(fixture, 2).candidates, 200);
  for (unsigned i = 0; i < 3; i++) {
    prediction = dry_run(fixture, 2);
    assert_int_equal(prediction.candidates, collect(fixture, 2).candidates);
    assert_true(prediction.has_pause);
    assert_int_equal(prediction.predictions, i);
  }
  prediction = dry_run(fixture, 2);
  assert_true(prediction.error_p50_percent <= prediction.error_p90_percent);
  assert_false(dry_run(fixture, 1).has_pause); /* each generation for itself */
}

/* --- what a collection shows --- */

static void collection_shows_a_cycle_of_what_it_found(void **state) {
  struct fixture *fixture = *state;
  start(fixture, &HOSTED_OPTIONS, 5, NULL);
  struct proto_collection answer;
  do /* until the first step is done */
    answer = collect(fixture, 2);
  while (answer.collected == 0);
  assert_true(answer.has & PROTO_HAS_CYCLE);
  assert_int_equal(answer.cycle_objects, 2);
  assert_int_equal(answer.cycle_count, 2);
  assert_string_equal(answer.cycle[0].type, "Pair");
  assert_string_equal(answer.cycle[0].via, "+0");
  assert_int_not_equal(answer.cycle[0].id, answer.cycle[1].id);
  assert_false(collect(fixture, 2).has & PROTO_HAS_CYCLE); /* nothing was found */
}

static void last_collection_has_the_reason_shutdown(void **state) {
  struct fixture *fixture = *state;
  start(fixture, &HOSTED_OPTIONS, 5, NULL);
  while (ask_method(fixture, PROTO_GC_GET_COUNT).as.counts[0] == 0)
    ; /* until the first step is done */
  fixture->source->ops->close(fixture->source);
  pump(fixture, is_gone);
  assert_int_equal(fixture->collections, 1);
  assert_string_equal(fixture->collection.reason, "shutdown");
  assert_string_equal(fixture->collection.requested_by, "");
}

static void counts_statistics_and_census_are_the_heaps_own(void **state) {
  struct fixture *fixture = *state;
  start(fixture, &HOSTED_OPTIONS, 7, NULL);
  struct proto_result result;
  do /* until the first step is done */
    result = ask_method(fixture, PROTO_GC_GET_COUNT);
  while (result.as.counts[0] == 0);
  assert_int_equal(result.kind, PROTO_RESULT_COUNT);
  assert_int_equal(result.as.counts[0], 14);
  struct proto_request census = {.method = PROTO_HEAP_CENSUS,
                                 .params.census.limit = 10};
  result = ask(fixture, &census);
  assert_int_equal(result.kind, PROTO_RESULT_CENSUS);
  assert_int_equal(result.as.census.count, 1);
  assert_int_equal(result.as.census.types_total, 1);
  assert_string_equal(result.as.census.rows[0].type, "Pair");
  assert_int_equal(result.as.census.rows[0].objects, 14);
  proto_result_fini(&result);
  collect(fixture, 1);
  result = ask_method(fixture, PROTO_GC_GET_STATS);
  assert_int_equal(result.kind, PROTO_RESULT_STATS);
  assert_int_equal(result.as.stats[1].collections, 1);
  assert_int_equal(result.as.stats[1].collected, 14);
  verify(fixture);
}

/* --- samples --- */

static bool has_three_samples(struct fixture *fixture) {
  return fixture->samples >= 3 && fixture->pools >= 1;
}

static void idle_heap_is_sampled_while_somebody_watches(void **state) {
  struct fixture *fixture = *state;
  start_plain(fixture);
  collect(fixture, 0);
  assert_int_equal(fixture->samples, 0);
  fixture->source->ops->watch(fixture->source, 10);
  pump(fixture, has_three_samples);
  assert_string_equal(fixture->sample.heap, "test");
  assert_int_equal(fixture->sample.seq, 1);
  assert_int_equal(fixture->sample.generations[0].threshold, 700);
  assert_true(fixture->sample.rss_bytes > 0);
  assert_true(fixture->pool.class_count > 0);
  assert_true(fixture->pool.classes[0].size > 0);
  /* Nobody looks any more: after what was under way, nothing comes. */
  fixture->source->ops->watch(fixture->source, 0);
  collect(fixture, 0);
  unsigned samples = fixture->samples;
  collect(fixture, 0);
  assert_int_equal(fixture->samples, samples);
}

/* --- the ring --- */

static void full_ring_announces_the_lost_numbers(void **state) {
  struct fixture *fixture = *state;
  struct hosted_options options = HOSTED_OPTIONS;
  uv_sem_t done;
  options.ring = 4;
  uv_sem_init(&done, 0);
  /* 20,000 objects: some thirty collections in one step, while the loop stands. */
  start_with(fixture, &options, 10000, NULL, &done);
  uv_sem_wait(&done);
  uv_sem_destroy(&done);
  struct proto_collection answer = collect(fixture, 2);
  assert_true(answer.seq > 20);
  assert_int_equal(fixture->source->last_seq, answer.seq);
  assert_int_equal(fixture->first_seq, 1);
  assert_int_equal(fixture->lost_first, 5);
  assert_int_equal(fixture->collections + fixture->lost, answer.seq);
}

/* --- a heap that is stuck --- */

static bool is_failed(struct fixture *fixture) {
  return fixture->source->info.failed;
}

static bool is_well(struct fixture *fixture) {
  return !fixture->source->info.failed;
}

static void stuck_heap_times_out_its_requests_and_is_marked(void **state) {
  struct fixture *fixture = *state;
  static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  struct hosted_options options = HOSTED_OPTIONS;
  options.request_timeout_ms = 40;
  options.failed_after_ms = 100;
  pthread_mutex_lock(&gate);
  start(fixture, &options, 0, &gate);
  struct proto_result result;
  do /* until the first step has begun */
    result = ask_method(fixture, PROTO_GC_GET_COUNT);
  while (result.kind == PROTO_RESULT_COUNT);
  assert_int_equal(result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(result.as.error.code, PROTO_TIMEOUT);
  pump(fixture, is_failed);
  assert_int_equal(fixture->changes, 1);
  /* The late answer is dropped; then the heap is as good as any. */
  pthread_mutex_unlock(&gate);
  pump(fixture, is_well);
  assert_int_equal(fixture->changes, 2);
  result = ask_method(fixture, PROTO_GC_GET_COUNT);
  assert_int_equal(result.kind, PROTO_RESULT_COUNT);
}

static void more_requests_than_places_are_refused_as_busy(void **state) {
  struct fixture *fixture = *state;
  static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  struct asked asked[MAILBOX_JOBS + 1];
  struct proto_request count = {.method = PROTO_GC_GET_COUNT};
  pthread_mutex_lock(&gate);
  start(fixture, &HOSTED_OPTIONS, 0, &gate);
  for (unsigned i = 0; i <= MAILBOX_JOBS; i++)
    send_request(fixture, &count, &asked[i]);
  await(fixture, &asked[MAILBOX_JOBS]);
  assert_int_equal(asked[MAILBOX_JOBS].result.kind, PROTO_RESULT_ERROR);
  assert_int_equal(asked[MAILBOX_JOBS].result.as.error.code, PROTO_BUSY);
  pthread_mutex_unlock(&gate);
  for (unsigned i = 0; i < MAILBOX_JOBS; i++) {
    await(fixture, &asked[i]);
    assert_int_equal(asked[i].result.kind, PROTO_RESULT_COUNT);
  }
}

static void heap_that_gets_no_memory_is_an_error_at_the_start(void **state) {
  struct fixture *fixture = *state;
  struct hosted_options options = HOSTED_OPTIONS;
  char message[256] = "";
  options.memory_limit_bytes = 4096;
  assert_int_equal(hosted_playground_new(&fixture->loop, &fixture->sink, &options,
                                         &fixture->source, message, sizeof message),
                   -1);
  assert_string_equal(message, "heap playground: out of memory");
  assert_int_equal(hosted_documents_new(&fixture->loop, &fixture->sink, "/tmp",
                                        &options, &fixture->source, message,
                                        sizeof message),
                   -1);
  assert_null(fixture->source);
}

/* --- the end --- */

static void closing_answers_what_waits(void **state) {
  struct fixture *fixture = *state;
  static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  struct asked before, after;
  struct proto_request count = {.method = PROTO_GC_GET_COUNT};
  start(fixture, &HOSTED_OPTIONS, 0, &gate);
  pthread_mutex_lock(&gate);
  send_request(fixture, &count, &before);
  fixture->source->ops->close(fixture->source);
  fixture->source->ops->close(fixture->source); /* twice is allowed */
  send_request(fixture, &count, &after);
  pthread_mutex_unlock(&gate);
  pump(fixture, is_gone);
  assert_int_equal(before.replies, 1); /* served just before the end, or refused */
  assert_int_equal(after.replies, 1);
  assert_int_equal(after.result.as.error.code, PROTO_HEAP_GONE);
}

static void last_collection_is_told_before_the_heap_is_gone(void **state) {
  struct fixture *fixture = *state;
  start(fixture, &HOSTED_OPTIONS, 3, NULL);
  while (ask_method(fixture, PROTO_GC_GET_COUNT).as.counts[0] == 0)
    ;
  fixture->source->ops->close(fixture->source);
  pump(fixture, is_gone);
  assert_string_equal(fixture->collection.reason, "shutdown");
  assert_int_equal(fixture->collection.collected, 6);
}

/* The one thread that a test leaves behind; it ends with the process. */
static void heap_that_does_not_end_is_left_behind(void **state) {
  struct fixture *fixture = *state;
  static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
  struct hosted_options options = HOSTED_OPTIONS;
  struct asked asked;
  struct proto_request count = {.method = PROTO_GC_GET_COUNT};
  options.request_timeout_ms = 30;
  options.close_timeout_ms = 50;
  pthread_mutex_lock(&gate);
  start(fixture, &options, 0, &gate);
  struct proto_result result;
  do /* until it is stuck for certain */
    result = ask_method(fixture, PROTO_GC_GET_COUNT);
  while (result.kind == PROTO_RESULT_COUNT);
  send_request(fixture, &count, &asked);
  fixture->source->ops->close(fixture->source);
  pump(fixture, is_gone);
  assert_int_equal(asked.replies, 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
      TEST(heap_is_described),
      TEST(collect_wakes_a_sleeping_heap_and_answers_with_the_event),
      TEST(generation_three_is_refused),
      TEST(what_a_heap_does_not_do_is_refused),
      TEST(thresholds_change_and_everybody_hears_of_it),
      TEST(automatic_collection_is_switched),
      TEST(tuning_undoes_itself_when_nobody_confirms),
      TEST(kept_tuning_stays),
      TEST(frozen_objects_are_not_examined),
      TEST(dry_run_tells_the_candidates_and_collects_nothing),
      TEST(collection_shows_a_cycle_of_what_it_found),
      TEST(last_collection_has_the_reason_shutdown),
      TEST(counts_statistics_and_census_are_the_heaps_own),
      TEST(idle_heap_is_sampled_while_somebody_watches),
      TEST(full_ring_announces_the_lost_numbers),
      TEST(stuck_heap_times_out_its_requests_and_is_marked),
      TEST(more_requests_than_places_are_refused_as_busy),
      TEST(heap_that_gets_no_memory_is_an_error_at_the_start),
      TEST(closing_answers_what_waits),
      TEST(last_collection_is_told_before_the_heap_is_gone),
      TEST(heap_that_does_not_end_is_left_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
