/* history_compare.c - history.compare: two stretches of time, from sums alone.
 *
 *   from                                                          to
 *    |10s|10s| 1 min | 1 min |    1 h    |    1 h    | 1 min |10s|
 *
 * Whole hours where the range has them, minutes up to them, ten seconds up to those:
 * a week costs some hundred rows, however many collections it had. Ends are moved
 * outwards to the next ten seconds, or to the minute where tens of seconds are not kept
 * any more, and the answer says so. */
#include <string.h>

#include "history_private.h"

/* Rows of ten seconds are kept this long (history_retention.c). */
#define FINE_AGE_MS (INT64_C(24) * 3600 * 1000)

static int64_t down(int64_t time_ms, int64_t width_ms) {
  return time_ms - time_ms % width_ms;
}

static int64_t up(int64_t time_ms, int64_t width_ms) {
  return down(time_ms + width_ms - 1, width_ms);
}

/* Add up the rows of one width. */
static int add_rows(struct history *history, const struct history_heap *heap,
                    unsigned width, int64_t from_ms, int64_t to_ms,
                    struct history_stats sums[PROTO_GENERATIONS]) {
  sqlite3_stmt *statement = history_sql(&history->db, SQL_STATS_RANGE);
  if (!statement) {
    return sqlite3_errcode(history->db.handle);
  }
  sqlite3_bind_int64(statement, 1, heap->number);
  sqlite3_bind_int64(statement, 2, history_width_ms[width]);
  sqlite3_bind_int64(statement, 3, from_ms);
  sqlite3_bind_int64(statement, 4, to_ms);
  int code;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    unsigned generation = (unsigned)sqlite3_column_int(statement, 0);
    struct history_stats row = {
        .count = (uint64_t)sqlite3_column_int64(statement, 1),
        .pause_total_ns = (uint64_t)sqlite3_column_int64(statement, 2),
        .pause_max_ns = (uint64_t)sqlite3_column_int64(statement, 3),
        .collected = (uint64_t)sqlite3_column_int64(statement, 4),
        .uncollectable = (uint64_t)sqlite3_column_int64(statement, 5),
        .candidates = (uint64_t)sqlite3_column_int64(statement, 6),
        .freed_bytes = (uint64_t)sqlite3_column_int64(statement, 7)};
    history_pauses_unpack(&row, sqlite3_column_blob(statement, 8),
                          (size_t)sqlite3_column_bytes(statement, 8));
    if (generation < PROTO_GENERATIONS) {
      history_stats_merge(&sums[generation], &row);
    }
  }
  sqlite3_reset(statement);
  return code == SQLITE_DONE ? 0 : code;
}

/* The rows between, the coarsest in the middle. */
static int add_range(struct history *history, const struct history_heap *heap,
                     unsigned width, int64_t from_ms, int64_t to_ms,
                     struct history_stats sums[PROTO_GENERATIONS]) {
  while (from_ms < to_ms) {
    unsigned coarser = width + 1;
    int64_t first = to_ms, last = to_ms;
    if (coarser < HISTORY_WIDTHS) {
      first = up(from_ms, history_width_ms[coarser]);
      last = down(to_ms, history_width_ms[coarser]);
    }
    if (first >= last) { /* no whole one of the coarser fits */
      return add_rows(history, heap, width, from_ms, to_ms, sums);
    }
    int code = add_rows(history, heap, width, from_ms, first, sums);
    if (code == 0) {
      code = add_rows(history, heap, width, last, to_ms, sums);
    }
    if (code != 0) {
      return code;
    }
    width = coarser;
    from_ms = first;
    to_ms = last;
  }
  return 0;
}

static int add_samples(struct history *history, const struct history_heap *heap,
                       struct proto_history_side *side) {
  struct history_sums all = {0};
  for (int level = 0; level < HISTORY_LEVELS; level++) {
    sqlite3_stmt *statement = history_sql(&history->db, SQL_SAMPLES);
    if (!statement) {
      return sqlite3_errcode(history->db.handle);
    }
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int(statement, 2, level);
    sqlite3_bind_int64(statement, 3, side->range.from_ms);
    sqlite3_bind_int64(statement, 4, side->range.to_ms);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      struct history_sums row;
      history_sums_read(statement, 1, &row);
      history_sums_add(&all, &row);
    }
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) {
      return code;
    }
  }
  side->has_samples = all.samples > 0;
  if (side->has_samples) {
    side->live_bytes_mean = all.live_bytes.total / all.samples;
    side->allocated_objects = all.allocated_objects;
    side->allocated_bytes = all.allocated_bytes;
  }
  return 0;
}

static int sum_up(struct history *history, const struct history_heap *heap,
                  const struct proto_range *asked, struct proto_history_side *ret) {
  int64_t now_ms = history->hub->now().wall_ms;
  unsigned width = asked->from_ms >= now_ms - FINE_AGE_MS ? 0 : 1;
  struct history_stats sums[PROTO_GENERATIONS], all;
  memset(sums, 0, sizeof sums);
  memset(&all, 0, sizeof all);
  *ret = (struct proto_history_side){0};
  /* What no clock has seen has no rows; without it nothing overflows below. */
  int64_t to_ms = asked->to_ms < now_ms ? asked->to_ms : now_ms;
  int64_t from_ms = asked->from_ms < to_ms ? asked->from_ms : to_ms;
  ret->range.from_ms = down(from_ms, history_width_ms[width]);
  ret->range.to_ms = up(to_ms, history_width_ms[width]);
  int64_t begin =
      ret->range.from_ms > heap->first_ms ? ret->range.from_ms : heap->first_ms;
  int64_t end = ret->range.to_ms < now_ms ? ret->range.to_ms : now_ms;
  ret->covered_ms = end > begin ? (uint64_t)(end - begin) : 0;
  int code =
      add_range(history, heap, width, ret->range.from_ms, ret->range.to_ms, sums);
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++) {
    history_stats_summary(&sums[i], &ret->generations[i]);
    history_stats_merge(&all, &sums[i]);
  }
  history_stats_summary(&all, &ret->all);
  return code == 0 ? add_samples(history, heap, ret) : code;
}

int history_answer_compare(struct history *history, struct history_request *request,
                           struct history_heap *heap) {
  struct proto_history_side a, b;
  /* Sums that are still in memory belong to the answer too. */
  int code = history_write_stats(history);
  if (code == 0) {
    code = sum_up(history, heap, &request->request.params.history.a, &a);
  }
  if (code == 0) {
    code = sum_up(history, heap, &request->request.params.history.b, &b);
  }
  if (code == 0) {
    request->text =
        proto_encode_history_compare(request->request.id, &a, &b, &request->length);
  }
  return code;
}
