/* history_trace.c - trace.export: a stretch of the past as a file for Perfetto.
 *
 *   rows of collections --> events, phases inside    \
 *   rows of samples     --> counters                  >-- file without a name --> fd
 *
 * A record knows the millisecond of its end and its length to the nanosecond. Two
 * collections in one millisecond would overlap, which a trace may not: the later one
 * begins where the earlier one ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "downloads.h"
#include "history_private.h"
#include "trace.h"

#define NS_PER_MS INT64_C(1000000)
/* A longer trace is refused; a day of a busy heap, and as much as Perfetto likes. */
#define TRACE_MAX_BYTES (UINT64_C(64) << 20)

struct trace {
  FILE *file;
  uint64_t bytes;
  int64_t begin_ms;
  int64_t free_ns; /* the newest event ends there */
};

/* Write a piece of text (taken). 0, or -1 when memory or room is short. */
static int put_take(struct trace *trace, char *text, size_t length) {
  bool is_written = text && fwrite(text, 1, length, trace->file) == length;
  trace->bytes += length;
  free(text);
  return is_written ? 0 : -1;
}

/* "subtract 601200 mark 702110" */
static unsigned read_phases(const char *text, struct proto_phase *ret) {
  unsigned count = 0;
  int used = 0;
  unsigned long long ns;
  while (text && count < PROTO_MAX_PHASES &&
         sscanf(text, "%23s %llu%n", ret[count].name, &ns, &used) == 2) {
    ret[count++].ns = ns;
    text += used;
  }
  return count;
}

static int put_collection(struct trace *trace, sqlite3_stmt *row) {
  struct proto_phase phases[PROTO_MAX_PHASES];
  const char *reason = (const char *)sqlite3_column_text(row, 2);
  bool has_duration = sqlite3_column_type(row, 4) != SQLITE_NULL;
  int64_t duration_ns = sqlite3_column_int64(row, has_duration ? 4 : 3);
  int64_t end_ns = (sqlite3_column_int64(row, 0) - trace->begin_ms + 1) * NS_PER_MS;
  struct proto_trace_collection collection = {
      .begin_ns = end_ns - duration_ns,
      .duration_ns = (uint64_t)duration_ns,
      .seq = (uint64_t)sqlite3_column_int64(row, 10) & HISTORY_MAX_SEQ,
      .generation = (unsigned)sqlite3_column_int(row, 1),
      .reason = reason ? reason : "",
      .collected = (uint64_t)sqlite3_column_int64(row, 5),
      .has_freed_bytes = sqlite3_column_type(row, 6) != SQLITE_NULL,
      .freed_bytes = (uint64_t)sqlite3_column_int64(row, 6),
      .phases = phases,
      .phase_count = read_phases((const char *)sqlite3_column_text(row, 9), phases)};
  if (collection.begin_ns < trace->free_ns) {
    collection.begin_ns = trace->free_ns;
  }
  trace->free_ns = collection.begin_ns + duration_ns;
  size_t length = 0;
  char *text = proto_encode_trace_collection(&collection, &length);
  if (put_take(trace, text, length) != 0) {
    return -1;
  }
  if (sqlite3_column_type(row, 7) == SQLITE_NULL) {
    return 0;
  }
  text = proto_encode_trace_counters(trace->free_ns,
                                     (uint64_t)sqlite3_column_int64(row, 7),
                                     (uint64_t)sqlite3_column_int64(row, 8), &length);
  return put_take(trace, text, length);
}

static int put_sample(struct trace *trace, sqlite3_stmt *row) {
  struct history_sums sums;
  size_t length = 0;
  int64_t at_ns = (sqlite3_column_int64(row, 0) - trace->begin_ms) * NS_PER_MS;
  history_sums_read(row, 1, &sums);
  if (sums.samples == 0 || at_ns < 0) {
    return 0;
  }
  char *text =
      proto_encode_trace_counters(at_ns, sums.live_objects.total / sums.samples,
                                  sums.live_bytes.total / sums.samples, &length);
  return put_take(trace, text, length);
}

/* Every row of a bound statement; `*ret_code` is SQLite's. */
static int put_rows(struct trace *trace, sqlite3_stmt *statement,
                    int (*put)(struct trace *trace, sqlite3_stmt *row), int *ret_code) {
  int result = 0;
  while (result == 0 && trace->bytes <= TRACE_MAX_BYTES &&
         (*ret_code = sqlite3_step(statement)) == SQLITE_ROW) {
    result = put(trace, statement);
  }
  if (*ret_code == SQLITE_ROW) {
    *ret_code = SQLITE_DONE;
  }
  sqlite3_reset(statement);
  return result;
}

static int put_all(struct history *history, const struct history_heap *heap,
                   const struct proto_range *range, struct trace *trace,
                   int *ret_code) {
  size_t length = 0;
  char *text = proto_encode_trace_begin(heap->id, trace->begin_ms, &length);
  int result = put_take(trace, text, length);
  sqlite3_stmt *statement = history_sql(&history->db, SQL_TRACE);
  if (!statement) {
    *ret_code = sqlite3_errcode(history->db.handle);
    return -1;
  }
  sqlite3_bind_int64(statement, 1, heap->number);
  sqlite3_bind_int64(statement, 2, range->from_ms);
  sqlite3_bind_int64(statement, 3, range->to_ms);
  if (result == 0) {
    result = put_rows(trace, statement, put_collection, ret_code);
  }
  for (int level = 0; level < HISTORY_LEVELS && result == 0 && *ret_code == SQLITE_DONE;
       level++) {
    statement = history_sql(&history->db, SQL_SAMPLES);
    if (!statement) {
      *ret_code = sqlite3_errcode(history->db.handle);
      return -1;
    }
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int(statement, 2, level);
    sqlite3_bind_int64(statement, 3, range->from_ms);
    sqlite3_bind_int64(statement, 4, range->to_ms);
    result = put_rows(trace, statement, put_sample, ret_code);
  }
  if (result == 0) {
    length = strlen(proto_trace_end());
    result = fwrite(proto_trace_end(), 1, length, trace->file) == length ? 0 : -1;
    trace->bytes += length;
  }
  return result;
}

int history_answer_trace(struct history *history, struct history_request *request,
                         const struct history_heap *heap) {
  struct proto_range range = request->request.params.history.range;
  /* The trace begins with the heap at the earliest: times stay small and exact. */
  range.from_ms = range.from_ms > heap->first_ms ? range.from_ms : heap->first_ms;
  struct trace trace = {.begin_ms = range.from_ms};
  int code = SQLITE_DONE, fd = downloads_temporary(history->state_dir);
  int copy = fd >= 0 ? dup(fd) : -1;
  trace.file = copy >= 0 ? fdopen(copy, "w") : NULL;
  int result = trace.file ? put_all(history, heap, &range, &trace, &code) : -1;
  int error = errno;
  if (trace.file && fclose(trace.file) != 0) {
    error = errno;
    result = -1;
  } else if (!trace.file && copy >= 0) {
    close(copy);
  }
  if (result == 0 && code == SQLITE_DONE && trace.bytes <= TRACE_MAX_BYTES) {
    request->fd = fd;
    request->bytes = trace.bytes;
    return 0;
  }
  if (fd >= 0) {
    close(fd);
  }
  if (code != SQLITE_DONE) {
    return code;
  }
  if (trace.bytes > TRACE_MAX_BYTES) {
    history_refuse(request, PROTO_TOO_LARGE,
                   "the trace would pass 64 MiB: ask for a shorter time");
  } else {
    char message[PROTO_REASON_BYTES];
    snprintf(message, sizeof message, "the trace could not be written: %s",
             strerror(error));
    history_refuse(request, PROTO_LIMIT, message);
  }
  return 0;
}
