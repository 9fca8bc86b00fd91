/* history_fixture.h - a history with a real file in a directory of its own, a hub and a
 * heap that does what the test says.
 *
 * The clock is the real one plus `the_skew_ms`; nobody sleeps, whoever waits runs the
 * loop until something has happened. */
#ifndef TESTS_DAEMON_HISTORY_FIXTURE_H
#define TESTS_DAEMON_HISTORY_FIXTURE_H

#include "test.h"

#include <sqlite3.h>
#include <stdatomic.h>

#include "fake_source.h"
#include "history.h"
#include "scratch.h"

static _Atomic int64_t the_skew_ms;
static _Atomic int64_t the_jump_ms; /* of the wall clock alone */

static inline struct moment skewed_now(void) {
  struct moment now = moment_now();
  now.wall_ms += the_skew_ms + the_jump_ms;
  now.monotonic_ms += (uint64_t)the_skew_ms;
  return now;
}

struct past {
  uv_loop_t loop;
  struct hub hub;
  struct alarms alarms;
  struct history *history;
  struct history_options options;
  struct fake_source source;
  bool is_closed;
  char message[256];
};

static inline void past_closed(void *context) {
  ((struct past *)context)->is_closed = true;
}

/* Run the loop until *flag. */
static inline void past_wait(struct past *past, const bool *flag) {
  uv_update_time(&past->loop);
  uint64_t until_ms = uv_now(&past->loop) + 20000;
  while (!*flag && uv_now(&past->loop) < until_ms) {
    uv_run(&past->loop, UV_RUN_ONCE);
  }
  assert_true(*flag);
}

static inline int past_open(struct past *past, const char *directory) {
  uv_loop_init(&past->loop);
  hub_init(&past->hub, skewed_now);
  past->alarms = (struct alarms){0};
  past->is_closed = false;
  past->message[0] = '\0';
  if (past->options.queue == 0) {
    past->options = HISTORY_OPTIONS;
    past->options.commit_ms = 5;
  }
  past->history = NULL;
  return history_open(&past->loop, &past->hub, &past->alarms, directory, &past->options,
                      &past->history, past->message, sizeof past->message);
}

/* The heap that goes on where it was. */
static inline void past_add_heap(struct past *past, const char *id) {
  fake_source_init(&past->source, &past->hub.sink, id);
  past->source.base.last_seq = past->hub.sink.last_seq(past->hub.sink.context, id);
  assert_int_equal(hub_add(&past->hub, &past->source.base), 0);
}

/* What stands in the file so far is all that the next one finds: a process that is
 * killed, except that its threads end. */
static inline void past_end(struct past *past) {
  if (past->history) {
    history_close(past->history, past_closed, past);
    past_wait(past, &past->is_closed);
  }
  uv_run(&past->loop, UV_RUN_DEFAULT);
  assert_int_equal(uv_loop_close(&past->loop), 0);
  history_free(past->history);
  past->history = NULL;
  hub_fini(&past->hub);
}

static inline void past_collect(struct past *past, unsigned generation,
                                uint64_t pause_ns, int64_t time_ms) {
  struct proto_collection collection = {.seq = ++past->source.base.last_seq,
                                        .time_ms = time_ms,
                                        .generation = generation,
                                        .pause_ns = pause_ns,
                                        .collected = 10,
                                        .freed_bytes = 100,
                                        .has = PROTO_HAS_FREED_BYTES};
  memcpy(collection.heap, past->source.base.info.id, sizeof collection.heap);
  snprintf(collection.reason, sizeof collection.reason, "threshold");
  past->hub.sink.collection(past->hub.sink.context, &past->source.base, &collection);
}

static inline void past_sample(struct past *past, int64_t time_ms, uint64_t live,
                               uint64_t allocated) {
  struct proto_sample sample = {.seq = past->source.base.last_seq,
                                .time_ms = time_ms,
                                .live_objects = live,
                                .live_bytes = live * 16,
                                .allocated_total_objects = allocated,
                                .allocated_total_bytes = allocated * 16};
  memcpy(sample.heap, past->source.base.info.id, sizeof sample.heap);
  past->hub.sink.sample(past->hub.sink.context, &past->source.base, &sample);
}

/* --- asking --- */

struct past_answer {
  bool is_here;
  int code;
  char *text; /* owned */
};

static inline void past_reply(void *context, int code, char *text, size_t length) {
  struct past_answer *answer = context;
  assert_false(answer->is_here); /* once */
  assert_non_null(text);
  assert_int_equal(strlen(text), length);
  *answer = (struct past_answer){true, code, text};
}

/* The answer to a request's text; owned. */
static inline char *past_ask(struct past *past, const char *text) {
  struct proto_request request;
  struct proto_error error;
  struct past_answer answer = {0};
  if (proto_decode_request(text, strlen(text), &request, &error) != 0) {
    fail_msg("%s: %s", text, error.message);
  }
  if (history_ask(past->history, &request, past_reply, &answer, &error) != 0) {
    size_t length;
    return proto_encode_error(request.id, &error, &length);
  }
  past_wait(past, &answer.is_here);
  return answer.text;
}

static inline void assert_answer(struct past *past, const char *text,
                                 const char *part) {
  char *answer = past_ask(past, text);
  if (!strstr(answer, part)) {
    fail_msg("\"%s\" is not in: %s", part, answer);
  }
  free(answer);
}

/* --- looking into the file --- */

/* The first column of the first row, read by a connection of our own. */
static inline int64_t past_read(const char *directory, const char *sql) {
  sqlite3 *handle = NULL;
  sqlite3_stmt *statement = NULL;
  int64_t value = -1;
  assert_int_equal(sqlite3_open(scratch_path(directory, "history.sqlite"), &handle),
                   SQLITE_OK);
  sqlite3_busy_timeout(handle, 5000);
  assert_int_equal(sqlite3_prepare_v2(handle, sql, -1, &statement, NULL), SQLITE_OK);
  if (sqlite3_step(statement) == SQLITE_ROW) {
    value = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return value;
}

static inline void past_write(const char *directory, const char *sql) {
  sqlite3 *handle = NULL;
  assert_int_equal(sqlite3_open(scratch_path(directory, "history.sqlite"), &handle),
                   SQLITE_OK);
  sqlite3_busy_timeout(handle, 5000);
  assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(handle);
}

#endif
