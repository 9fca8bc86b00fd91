/* history_query.c - history.collections and history.samples.
 *
 *   collections  walks the index of times backwards from the cursor, stops at the limit
 *                or when the answer is long enough, and says where to go on
 *   samples      reads each level's rows within the range into steps of the answer
 *
 * Every walk is bounded by its answer, or by what thinning leaves of each level, so its
 * time does not grow with what is stored. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_private.h"

#define STEP_MIN_MS 100

void history_refuse(struct history_request *request, int code, const char *message) {
  if (request->page_reply) {
    hub_page_fini(&request->page);
    return;
  }
  struct proto_error error;
  proto_error_set(&error, code, "%s", message);
  free(request->text);
  request->code = code;
  request->text = proto_encode_error(request->request.id, &error, &request->length);
}

void history_refuse_param(struct history_request *request, const char *path,
                          const char *expected) {
  struct proto_error error;
  proto_error_set(&error, PROTO_INVALID_PARAMS, "%s cannot be this", path);
  snprintf(error.path, sizeof error.path, "%s", path);
  snprintf(error.expected, sizeof error.expected, "%s", expected);
  request->code = error.code;
  request->text = proto_encode_error(request->request.id, &error, &request->length);
}

bool history_cursor_read(struct history_request *request, struct history_cursor *ret) {
  const char *text = request->request.params.history.cursor;
  int used = 0;
  *ret = (struct history_cursor){INT64_MAX, INT64_MAX, ""};
  if (text[0] == '\0' || (sscanf(text, "%" SCNd64 "-%" SCNd64 "%n", &ret->time_ms,
                                 &ret->row, &used) == 2 &&
                          text[used] == '\0' && ret->time_ms >= 0 && ret->row >= 0)) {
    return true;
  }
  history_refuse_param(request, "/params/cursor", "next_cursor of an earlier answer");
  return false;
}

const char *history_cursor_text(struct history_cursor *cursor) {
  snprintf(cursor->text, sizeof cursor->text, "%" PRId64 "-%" PRId64, cursor->time_ms,
           cursor->row);
  return cursor->text;
}

/* --- collections --- */

static int collections(struct history *history, struct history_request *request,
                       const struct history_heap *heap) {
  const struct proto_range *range = &request->request.params.history.range;
  struct history_cursor cursor;
  if (!history_cursor_read(request, &cursor)) {
    return 0;
  }
  uint32_t limit = request->request.params.history.limit;
  char **records = calloc(limit, sizeof *records);
  sqlite3_stmt *statement = history_sql(&history->db, SQL_COLLECTIONS);
  int code = statement ? SQLITE_ROW : sqlite3_errcode(history->db.handle);
  uint32_t count = 0;
  size_t bytes = 0;
  const char *next = "";
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int64(statement, 2, range->from_ms);
    sqlite3_bind_int64(statement, 3, range->to_ms);
    sqlite3_bind_int64(statement, 4, cursor.time_ms);
    sqlite3_bind_int64(statement, 5, cursor.row);
  }
  bool is_short = !records;
  while (statement && !is_short && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (count == limit || bytes >= HISTORY_ANSWER_BYTES) {
      next = history_cursor_text(&cursor);
      break;
    }
    const char *record = (const char *)sqlite3_column_text(statement, 2);
    cursor.row = sqlite3_column_int64(statement, 0);
    cursor.time_ms = sqlite3_column_int64(statement, 1);
    records[count] = record ? strdup(record) : NULL;
    is_short = !records[count];
    if (!is_short) {
      bytes += strlen(records[count++]);
    }
  }
  sqlite3_reset(statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE) {
    is_short = true;
  } else {
    code = 0;
  }
  if (!is_short) {
    request->text = proto_encode_history_collections(request->request.id,
                                                     (const char *const *)records,
                                                     count, next, &request->length);
  }
  for (uint32_t i = 0; i < count; i++) {
    free(records[i]);
  }
  free(records);
  return code;
}

/* --- samples --- */

/* The step that is used: no finer than the answer has room for, and the same whenever
 * it is asked, so that two answers fit together. */
static int64_t step_for(const struct proto_range *range, int64_t asked_ms) {
  int64_t least = (range->to_ms - range->from_ms) / (PROTO_MAX_HISTORY_SAMPLES - 1) + 1;
  int64_t step = asked_ms > least ? asked_ms : least;
  return (step + STEP_MIN_MS - 1) / STEP_MIN_MS * STEP_MIN_MS;
}

static struct proto_spread spread(uint64_t min, uint64_t max, uint64_t total,
                                  uint64_t samples) {
  return (struct proto_spread){min, max, samples > 0 ? total / samples : 0};
}

static int samples(struct history *history, struct history_request *request,
                   const struct history_heap *heap) {
  struct proto_range range = request->request.params.history.range;
  int64_t now_ms = history->hub->now().wall_ms;
  /* A range without end ends now, one without begin where the heap began: the steps
   * are for what there is. */
  range.to_ms = range.to_ms > now_ms + 1 ? now_ms + 1 : range.to_ms;
  range.from_ms = range.from_ms < heap->first_ms ? heap->first_ms : range.from_ms;
  if (range.to_ms < range.from_ms) {
    range.to_ms = range.from_ms;
  }
  int64_t step_ms = step_for(&range, request->request.params.history.step_ms);
  int64_t first = range.from_ms / step_ms;
  size_t steps = (size_t)((range.to_ms - 1) / step_ms - first + 1), count = 0;
  struct history_sums *sums = calloc(steps + 1, sizeof *sums);
  struct proto_history_sample *rows = calloc(steps + 1, sizeof *rows);
  int code = SQLITE_DONE;
  for (int level = 0; level < HISTORY_LEVELS && sums && rows && code == SQLITE_DONE;
       level++) {
    sqlite3_stmt *statement = history_sql(&history->db, SQL_SAMPLES);
    if (!statement) {
      code = sqlite3_errcode(history->db.handle);
      break;
    }
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int(statement, 2, level);
    sqlite3_bind_int64(statement, 3, range.from_ms);
    sqlite3_bind_int64(statement, 4, range.to_ms);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      struct history_sums row;
      size_t step = (size_t)(sqlite3_column_int64(statement, 0) / step_ms - first);
      history_sums_read(statement, 1, &row);
      if (step < steps) {
        history_sums_add(&sums[step], &row);
      }
    }
    sqlite3_reset(statement);
  }
  for (size_t i = 0; i < steps && sums && rows; i++) {
    const struct history_sums *sum = &sums[i];
    if (sum->samples == 0) {
      continue;
    }
    rows[count++] = (struct proto_history_sample){
        .time_ms = (first + (int64_t)i) * step_ms,
        .samples = sum->samples,
        .seq = sum->seq,
        .live_objects = spread(sum->live_objects.min, sum->live_objects.max,
                               sum->live_objects.total, sum->samples),
        .live_bytes = spread(sum->live_bytes.min, sum->live_bytes.max,
                             sum->live_bytes.total, sum->samples),
        .tracked_objects = spread(sum->tracked_objects.min, sum->tracked_objects.max,
                                  sum->tracked_objects.total, sum->samples),
        .rss_bytes = spread(sum->rss_bytes.min, sum->rss_bytes.max,
                            sum->rss_bytes.total, sum->samples),
        .allocated_objects = sum->allocated_objects,
        .allocated_bytes = sum->allocated_bytes,
        .freed_objects = sum->freed_objects};
  }
  if (sums && rows && code == SQLITE_DONE) {
    request->text = proto_encode_history_samples(request->request.id, (uint32_t)step_ms,
                                                 rows, count, &request->length);
  }
  free(sums);
  free(rows);
  return code == SQLITE_DONE ? 0 : code;
}

static bool are_ranges_right(struct history_request *request) {
  const struct proto_request *asked = &request->request;
  const struct proto_range *ranges[] = {
      &asked->params.history.range, &asked->params.history.a, &asked->params.history.b};
  static const char *const paths[] = {"/params/to_ms", "/params/a/to_ms",
                                      "/params/b/to_ms"};
  for (unsigned i = 0; i < 3; i++) {
    if (ranges[i]->to_ms < ranges[i]->from_ms) {
      history_refuse_param(request, paths[i], "integer not below from_ms");
      return false;
    }
  }
  return true;
}

int history_answer_query(struct history *history, struct history_request *request) {
  const struct proto_request *asked = &request->request;
  if (asked->method == PROTO_HISTORY_AUDIT) { /* a heap is its filter, no more */
    return are_ranges_right(request) ? history_answer_audit(history, request) : 0;
  }
  uv_mutex_lock(&history->lock);
  struct history_heap *heap = history_heap_locked(history, asked->heap, false);
  uv_mutex_unlock(&history->lock);
  if (!heap || heap->number == 0) {
    char message[PROTO_REASON_BYTES];
    snprintf(message, sizeof message, "nothing is stored of a heap %s", asked->heap);
    history_refuse(request, PROTO_NO_SUCH_HEAP, message);
    return 0;
  }
  if (!are_ranges_right(request)) {
    return 0;
  }
  switch (asked->method) {
  case PROTO_HISTORY_COLLECTIONS: return collections(history, request, heap);
  case PROTO_HISTORY_SAMPLES: return samples(history, request, heap);
  case PROTO_TRACE_EXPORT: return history_answer_trace(history, request, heap);
  default: return history_answer_compare(history, request, heap);
  }
}
