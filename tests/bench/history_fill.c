/* history_fill.c - a state directory with a long past, for the row history-1M.
 *
 *   history_fill DIRECTORY COLLECTIONS [SECONDS HEAP...]
 *
 * Each heap (documents, where none is named) has collected so often within these
 * seconds until now (ten times a second, where they are not said), with a sample each
 * second, through the same code that a daemon stores with; samples are thinned as those
 * of a daemon that ran all that time would be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "history.h"

#define COLLECTIONS_A_SECOND 10
#define BATCH                20000u
#define MOST_HEAPS           8

struct filler {
  struct source source; /* first */
  struct hub *hub;
};

static void no_request(struct source *source, const struct proto_request *request,
                       const char *who, source_reply *reply, void *context) {
  (void)source;
  (void)request;
  (void)who;
  (void)reply;
  (void)context;
}

static void no_watch(struct source *source, unsigned interval_ms) {
  (void)source;
  (void)interval_ms;
}

static unsigned no_workloads(struct source *source, struct proto_workload *ret,
                             unsigned capacity) {
  (void)source;
  (void)ret;
  (void)capacity;
  return 0;
}

static void no_close(struct source *source) {
  (void)source;
}

static const struct source_ops ops = {.request = no_request,
                                      .watch = no_watch,
                                      .workloads = no_workloads,
                                      .close = no_close};

/* A number that looks random and is the same in every run. */
static uint64_t mix(uint64_t value) {
  value *= UINT64_C(0x9e3779b97f4a7c15);
  return value ^ value >> 29;
}

static void collect(struct filler *filler, int64_t time_ms) {
  static const char *const phases[] = {"subtract", "mark",  "unreachable", "promote",
                                       "finalize", "clear", "free"};
  static const char *const types[] = {"object", "array", "string", "number"};
  uint64_t seq = ++filler->source.last_seq, random = mix(seq);
  unsigned generation = seq % 110 == 0 ? 2 : seq % 11 == 0 ? 1 : 0;
  struct proto_collection record = {
      .seq = seq,
      .time_ms = time_ms,
      .generation = generation,
      .pause_ns = (40000u << 3 * generation) + random % 20000,
      .collected = generation == 2 ? 20000 : random % 100,
      .has = (1u << 12) - 1,
      .duration_ns = (40000u << 3 * generation) + random % 20000,
      .candidates = 700u << 4 * generation,
      .promoted = 650,
      .freed_bytes = generation == 2 ? 746352 : random % 4000,
      .live_objects_before = 21000,
      .live_objects_after = 20300,
      .live_bytes_after = 742640,
      .phase_count = 7,
      .type_count = 4};
  memcpy(record.heap, filler->source.info.id, sizeof record.heap);
  snprintf(record.reason, sizeof record.reason, "threshold");
  for (unsigned i = 0; i < record.phase_count; i++) {
    snprintf(record.phases[i].name, sizeof record.phases[i].name, "%s", phases[i]);
    record.phases[i].ns = record.duration_ns / 8 + i;
  }
  for (unsigned i = 0; i < record.type_count; i++) {
    snprintf(record.types[i].type, sizeof record.types[i].type, "%s", types[i]);
    record.types[i].objects = random % 300 + i;
    record.types[i].bytes = random % 30000 + i;
  }
  filler->hub->sink.collection(filler->hub, &filler->source, &record);
}

static void sample(struct filler *filler, int64_t time_ms) {
  uint64_t seq = filler->source.last_seq;
  struct proto_sample record = {.seq = seq,
                                .time_ms = time_ms,
                                .live_objects = 20000 + mix(seq) % 1000,
                                .live_bytes = 700000 + mix(seq) % 40000,
                                .tracked_objects = 20000,
                                .allocated_total_objects = seq * 700,
                                .allocated_total_bytes = seq * 25000,
                                .freed_total_objects = seq * 690,
                                .rss_bytes = 14000000};
  memcpy(record.heap, filler->source.info.id, sizeof record.heap);
  filler->hub->sink.sample(filler->hub, &filler->source, &record);
}

static void on_closed(void *context) {
  (void)context;
}

/* Rows of the finest level that are due for the next one. */
static int64_t unthinned(const char *directory, int64_t now_ms) {
  char path[4200], sql[200];
  sqlite3 *handle = NULL;
  sqlite3_stmt *statement = NULL;
  int64_t count = -1;
  snprintf(path, sizeof path, "%s/history.sqlite", directory);
  snprintf(sql, sizeof sql,
           "SELECT count(*) FROM samples WHERE (level = 0 AND time_ms < %lld) OR"
           " (level = 1 AND time_ms < %lld)",
           (long long)now_ms - 11 * 60000, (long long)now_ms - 181 * 60000);
  if (sqlite3_open(path, &handle) == SQLITE_OK &&
      sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    count = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return count;
}

/* One heap's past: `count` collections, evenly within the time before `now_ms`. */
static int fill(struct filler *filler, struct history *history, const char *id,
                long count, int64_t span_ms, int64_t now_ms) {
  filler->source.ops = &ops;
  snprintf(filler->source.info.id, sizeof filler->source.info.id, "%s", id);
  filler->source.last_seq = filler->hub->sink.last_seq(filler->hub, id);
  if (hub_add(filler->hub, &filler->source) != 0) {
    return -1;
  }
  int64_t sampled_ms = 0;
  unsigned batch = 0;
  for (long i = 0; i < count; i++) {
    int64_t time_ms = now_ms - span_ms + i * span_ms / count;
    collect(filler, time_ms);
    if (time_ms - sampled_ms >= 1000) {
      sample(filler, time_ms);
      sampled_ms = time_ms;
    }
    if (++batch == BATCH) {
      history_flush(history);
      batch = 0;
    }
  }
  history_flush(history);
  return 0;
}

int main(int argc, char *argv[]) {
  static struct filler fillers[MOST_HEAPS];
  char name[] = "documents", *documents[] = {name};
  if (argc < 3 || argc > 4 + MOST_HEAPS) {
    fprintf(stderr, "usage: history_fill DIRECTORY COLLECTIONS [SECONDS HEAP...]\n");
    return 2;
  }
  long count = strtol(argv[2], NULL, 10);
  int64_t span_ms = argc > 3 ? strtol(argv[3], NULL, 10) * INT64_C(1000)
                             : count * INT64_C(1000) / COLLECTIONS_A_SECOND;
  char **heaps = argc > 4 ? argv + 4 : documents;
  int heap_count = argc > 4 ? argc - 4 : 1;
  struct history_options options = HISTORY_OPTIONS;
  options.queue = 4 * BATCH;
  options.max_bytes = UINT64_C(1) << 40;
  struct alarms alarms = {0};
  struct history *history = NULL;
  struct hub hub;
  uv_loop_t loop;
  char message[256];
  uv_loop_init(&loop);
  hub_init(&hub, moment_now);
  if (history_open(&loop, &hub, &alarms, argv[1], &options, &history, message,
                   sizeof message) != 0) {
    fprintf(stderr, "history_fill: %s\n", message);
    return 1;
  }
  int64_t now_ms = moment_now().wall_ms;
  int failed = 0;
  for (int i = 0; i < heap_count; i++) {
    fillers[i].hub = &hub;
    failed |= fill(&fillers[i], history, heaps[i], count, span_ms, now_ms);
  }
  while (unthinned(argv[1], now_ms) > 0) {
    uv_sleep(50);
  }
  int code = !failed && alarms.count == 0 && history_dropped(history) == 0 ? 0 : 1;
  history_close(history, on_closed, NULL);
  uv_run(&loop, UV_RUN_DEFAULT);
  uv_loop_close(&loop);
  history_free(history);
  hub_fini(&hub);
  return code;
}
