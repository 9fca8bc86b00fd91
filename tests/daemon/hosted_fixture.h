/* hosted_fixture.h - a loop, a sink that remembers, and requests that are waited for.
 *
 * Nothing sleeps: pump() runs the loop until a condition holds, and fails the test
 * after PATIENCE_MS. */
#ifndef TESTS_DAEMON_HOSTED_FIXTURE_H
#define TESTS_DAEMON_HOSTED_FIXTURE_H

#include "test.h"

#include <ouro/ouro.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "hosted_source.h"

#define PATIENCE_MS 60000

struct fixture {
  uv_loop_t loop;
  uv_timer_t patience;
  struct source_sink sink;
  struct source *source; /* NULL when gone */
  char directory[64];    /* "" or one that teardown removes */

  unsigned samples, pools, collections, changes, gone, replies, audits;
  struct proto_audit audit; /* the newest */
  struct proto_sample sample;
  struct proto_pools pool;
  struct proto_collection collection; /* the newest */
  uint64_t first_seq, lost_first, lost_last, lost;
  struct proto_collection seen[64]; /* by sequence number */
};

/* --- the sink --- */

static void on_sample(void *context, struct source *source,
                      const struct proto_sample *sample) {
  struct fixture *fixture = context;
  assert_ptr_equal(source, fixture->source);
  fixture->samples++;
  fixture->sample = *sample;
}

static void on_pools(void *context, struct source *source,
                     const struct proto_pools *pools) {
  struct fixture *fixture = context;
  assert_ptr_equal(source, fixture->source);
  fixture->pools++;
  fixture->pool = *pools;
}

static void on_collection(void *context, struct source *source,
                          const struct proto_collection *collection) {
  struct fixture *fixture = context;
  assert_int_equal(source->last_seq, collection->seq);
  if (fixture->collections++ == 0)
    fixture->first_seq = collection->seq;
  assert_true(collection->seq > fixture->collection.seq);
  fixture->collection = *collection;
  fixture->seen[collection->seq % 64] = *collection;
}

static void on_lost(void *context, struct source *source, uint64_t first,
                    uint64_t last) {
  struct fixture *fixture = context;
  assert_int_equal(source->last_seq, last);
  assert_true(first <= last);
  if (fixture->lost == 0)
    fixture->lost_first = first;
  fixture->lost_last = last;
  fixture->lost += last - first + 1;
}

static void on_changed(void *context, struct source *source) {
  struct fixture *fixture = context;
  assert_ptr_equal(source, fixture->source);
  fixture->changes++;
}

static void on_audit(void *context, struct source *source,
                     const struct proto_audit *audit) {
  struct fixture *fixture = context;
  assert_ptr_equal(source, fixture->source);
  fixture->audits++;
  fixture->audit = *audit;
}

static void on_gone(void *context, struct source *source) {
  struct fixture *fixture = context;
  assert_ptr_equal(source, fixture->source);
  fixture->gone++;
  fixture->source = NULL;
}

/* --- the loop --- */

static void on_patience(uv_timer_t *timer) {
  (void)timer;
  fail_msg("waited too long");
}

typedef bool condition(struct fixture *fixture);

static inline void pump(struct fixture *fixture, condition *holds) {
  uv_update_time(&fixture->loop);
  uv_timer_start(&fixture->patience, on_patience, PATIENCE_MS, 0);
  while (!holds(fixture))
    uv_run(&fixture->loop, UV_RUN_ONCE);
  uv_timer_stop(&fixture->patience);
}

static inline bool is_gone(struct fixture *fixture) {
  return fixture->gone == 1;
}

/* --- requests --- */

struct asked {
  unsigned replies;
  struct proto_result result;
};

static inline void on_reply(void *context, struct proto_result *result) {
  struct asked *asked = context;
  assert_int_equal(asked->replies, 0);
  asked->replies++;
  asked->result = *result;
}

static inline void send_request(struct fixture *fixture,
                                const struct proto_request *request,
                                struct asked *asked) {
  *asked = (struct asked){.replies = 0};
  fixture->source->ops->request(fixture->source, request, "test", on_reply, asked);
  assert_int_equal(asked->replies, 0); /* never inside the call */
}

static inline void await(struct fixture *fixture, struct asked *asked) {
  uv_update_time(&fixture->loop);
  uv_timer_start(&fixture->patience, on_patience, PATIENCE_MS, 0);
  while (asked->replies == 0)
    uv_run(&fixture->loop, UV_RUN_ONCE);
  uv_timer_stop(&fixture->patience);
}

/* Ask and wait; the caller calls proto_result_fini(). */
static inline struct proto_result ask(struct fixture *fixture,
                                      const struct proto_request *request) {
  struct asked asked;
  send_request(fixture, request, &asked);
  await(fixture, &asked);
  return asked.result;
}

static inline struct proto_result ask_method(struct fixture *fixture,
                                             enum proto_method method) {
  struct proto_request request = {.method = method};
  return ask(fixture, &request);
}

static inline struct proto_collection collect(struct fixture *fixture,
                                              unsigned generation) {
  struct proto_request request = {.method = PROTO_GC_COLLECT,
                                  .params.collect.generation = generation};
  struct proto_result result = ask(fixture, &request);
  assert_int_equal(result.kind, PROTO_RESULT_COLLECTION);
  return result.as.collection;
}

/* workload.set with one setting. */
static inline struct proto_result set(struct fixture *fixture, const char *name,
                                      double value) {
  struct proto_request request = {.method = PROTO_WORKLOAD_SET};
  request.params.workload.setting_count = 1;
  snprintf(request.params.workload.settings[0].name, PROTO_NAME_BYTES, "%s", name);
  request.params.workload.settings[0].value = value;
  return ask(fixture, &request);
}

static inline double counter(struct fixture *fixture, const char *name) {
  struct proto_workload workload;
  assert_int_equal(fixture->source->ops->workloads(fixture->source, &workload, 1), 1);
  for (unsigned i = 0; i < workload.counter_count; i++)
    if (strcmp(workload.counters[i].name, name) == 0)
      return workload.counters[i].value;
  fail_msg("no counter %s", name);
  return 0;
}

static inline void on_burst(void *context, struct source *source) {
  (void)context;
  (void)source;
}

/* --- setup and teardown --- */

static inline int setup(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  assert_non_null(fixture);
  assert_int_equal(uv_loop_init(&fixture->loop), 0);
  uv_timer_init(&fixture->loop, &fixture->patience);
  fixture->sink = (struct source_sink){.sample = on_sample,
                                       .pools = on_pools,
                                       .collection = on_collection,
                                       .burst_begin = on_burst,
                                       .burst_end = on_burst,
                                       .lost = on_lost,
                                       .changed = on_changed,
                                       .audit = on_audit,
                                       .gone = on_gone,
                                       .context = fixture};
  *state = fixture;
  return 0;
}

static inline void verify(struct fixture *fixture) {
  struct proto_result result = ask_method(fixture, PROTO_HEAP_VERIFY);
  assert_int_equal(result.kind, PROTO_RESULT_VERIFY);
  if (!result.as.verify.ok)
    fail_msg("%s", result.as.verify.message);
}

/* Closes the source, and asserts that nothing is left on the loop. */
static inline int teardown(void **state) {
  struct fixture *fixture = *state;
  if (fixture->source != NULL) {
    fixture->source->ops->close(fixture->source);
    pump(fixture, is_gone);
  }
  uv_close((uv_handle_t *)&fixture->patience, NULL);
  uv_run(&fixture->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&fixture->loop), 0);
  if (fixture->directory[0] != '\0') {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", fixture->directory);
    assert_int_equal(system(command), 0);
  }
  free(fixture);
  return 0;
}

/* --- files --- */

static inline void make_directory(struct fixture *fixture) {
  snprintf(fixture->directory, sizeof fixture->directory, "/tmp/ouro-test-XXXXXX");
  assert_non_null(mkdtemp(fixture->directory));
}

static inline void write_file(struct fixture *fixture, const char *name,
                              const char *text) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", fixture->directory, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_true(fputs(text, file) >= 0);
  assert_int_equal(fclose(file), 0);
}

#endif
