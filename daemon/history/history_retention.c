/* history_retention.c - samples get thinner with age, and nothing is kept for ever.
 *
 *   age        10 min        3 h          24 h                       max_age
 *   samples  as they came |  1 s   |      10 s      |      1 min        |  gone
 *   sums     10 s ........ 10 s .................. | 1 min, 1 h .......|  gone
 *   records  .......................................................... |  gone
 *                                        ^ or when the file is too large: oldest first
 *
 * Work is done in slices of some milliseconds, so that a question never waits long. */
#include <string.h>

#include "history_private.h"

#define SECOND_MS INT64_C(1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)

const int64_t history_level_ms[HISTORY_LEVELS] = {0, SECOND_MS, 10 * SECOND_MS,
                                                  MINUTE_MS};
/* Rows of a level that are older are made into the next level's. */
const int64_t history_level_age_ms[HISTORY_LEVELS] = {10 * MINUTE_MS, 3 * HOUR_MS,
                                                      24 * HOUR_MS, INT64_MAX};

/* Rows of one slice. */
#define SLICE_ROWS 500
/* Sums of ten seconds are kept this long; history_compare.c counts on it. */
#define FINE_AGE_MS (24 * HOUR_MS + MINUTE_MS)
/* Pages given back to the file system in one slice. */
#define SLICE_PAGES "PRAGMA incremental_vacuum(256)"

static int64_t down(int64_t time_ms, int64_t width_ms) {
  return time_ms - time_ms % width_ms;
}

/* One bucket of the next level, with what it has already. */
static int put_bucket(struct history_db *db, int64_t number, int level, int64_t time_ms,
                      struct history_sums *sums) {
  sqlite3_stmt *statement = history_sql(db, SQL_SAMPLES);
  if (!statement) {
    return sqlite3_errcode(db->handle);
  }
  sqlite3_bind_int64(statement, 1, number);
  sqlite3_bind_int(statement, 2, level);
  sqlite3_bind_int64(statement, 3, time_ms);
  sqlite3_bind_int64(statement, 4, time_ms + 1);
  if (sqlite3_step(statement) == SQLITE_ROW) {
    struct history_sums there;
    history_sums_read(statement, 1, &there);
    history_sums_add(sums, &there);
  }
  sqlite3_reset(statement);
  return history_sums_write(db, number, level, time_ms, sums);
}

/* Thin one level of one heap: at most a slice of its oldest rows. */
static int thin(struct history_db *db, const struct history_heap *heap, int level,
                int64_t now_ms, bool *ret_more) {
  int64_t width_ms = history_level_ms[level + 1], bucket_ms = -1, last_ms = -1;
  int64_t before_ms = down(now_ms - history_level_age_ms[level], width_ms);
  struct history_sums buckets[SLICE_ROWS];
  int64_t times[SLICE_ROWS];
  int count = 0, rows = 0, code;
  sqlite3_stmt *statement = history_sql(db, SQL_THIN_READ);
  if (!statement) {
    return sqlite3_errcode(db->handle);
  }
  sqlite3_bind_int64(statement, 1, heap->number);
  sqlite3_bind_int(statement, 2, level);
  sqlite3_bind_int64(statement, 3, before_ms);
  sqlite3_bind_int(statement, 4, SLICE_ROWS);
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    struct history_sums row;
    last_ms = sqlite3_column_int64(statement, 0);
    history_sums_read(statement, 1, &row);
    if (down(last_ms, width_ms) != bucket_ms) {
      bucket_ms = times[count] = down(last_ms, width_ms);
      memset(&buckets[count++], 0, sizeof buckets[0]);
    }
    history_sums_add(&buckets[count - 1], &row);
    rows++;
  }
  sqlite3_reset(statement);
  if (code != SQLITE_DONE || rows == 0) {
    return code == SQLITE_DONE ? 0 : code;
  }
  code = 0;
  for (int i = 0; i < count && code == 0; i++) {
    code = put_bucket(db, heap->number, level + 1, times[i], &buckets[i]);
  }
  statement = code == 0 ? history_sql(db, SQL_THIN_DELETE) : NULL;
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int(statement, 2, level);
    sqlite3_bind_int64(statement, 3, last_ms);
    code = history_run_statement(db, statement);
  }
  *ret_more = *ret_more || rows == SLICE_ROWS;
  return code;
}

/* --- deleting --- */

/* The oldest rows of one heap before a moment; how many. */
static int delete_old(struct history_db *db, const struct history_heap *heap,
                      int64_t before_ms, int limit, int *ret_rows) {
  sqlite3_stmt *statement = history_sql(db, SQL_DELETE_OLD);
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int64(statement, 2, before_ms);
    sqlite3_bind_int(statement, 3, limit);
  }
  int code = history_run_statement(db, statement);
  *ret_rows = code == 0 ? sqlite3_changes(db->handle) : 0;
  return code;
}

static int delete_stats(struct history_db *db, const struct history_heap *heap,
                        int64_t width_ms, int64_t before_ms) {
  sqlite3_stmt *statement = history_sql(db, SQL_DELETE_STATS);
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int64(statement, 2, width_ms);
    sqlite3_bind_int64(statement, 3, before_ms);
  }
  return history_run_statement(db, statement);
}

static int delete_samples(struct history_db *db, const struct history_heap *heap,
                          int level, int64_t before_ms, int *ret_rows) {
  sqlite3_stmt *statement = history_sql(db, SQL_DELETE_SAMPLES);
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int(statement, 2, level);
    sqlite3_bind_int64(statement, 3, before_ms);
    sqlite3_bind_int(statement, 4, SLICE_ROWS);
  }
  int code = history_run_statement(db, statement);
  *ret_rows = code == 0 ? sqlite3_changes(db->handle) : 0;
  return code;
}

static int delete_audit(struct history_db *db, int64_t before_ms) {
  sqlite3_stmt *statement = history_sql(db, SQL_DELETE_AUDIT);
  if (statement) {
    sqlite3_bind_int64(statement, 1, before_ms);
    sqlite3_bind_int(statement, 2, SLICE_ROWS);
  }
  return history_run_statement(db, statement);
}

/* What a heap begins with now, and the gaps that lie before it. */
static int update_first(struct history *history, struct history_heap *heap) {
  struct history_db *db = &history->db;
  uint64_t first = 0;
  sqlite3_stmt *statement = history_sql(db, SQL_FIRST_SEQ);
  if (!statement) {
    return sqlite3_errcode(db->handle);
  }
  sqlite3_bind_int64(statement, 1, HISTORY_ROW(heap->number, UINT64_C(0)));
  sqlite3_bind_int64(statement, 2, HISTORY_ROW(heap->number, HISTORY_MAX_SEQ));
  if (sqlite3_step(statement) == SQLITE_ROW) {
    first = (uint64_t)sqlite3_column_int64(statement, 0) & HISTORY_MAX_SEQ;
  }
  sqlite3_reset(statement);
  if (first == 0) {
    first = heap->stored_seq + 1;
  }
  uv_mutex_lock(&history->lock);
  heap->first_seq = first;
  while (heap->gap_count > 0 && heap->gaps[0].last_seq < first) {
    heap->gap_count--;
    memmove(heap->gaps, heap->gaps + 1, heap->gap_count * sizeof heap->gaps[0]);
  }
  uv_mutex_unlock(&history->lock);
  statement = history_sql(db, SQL_DELETE_GAPS);
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)first);
  }
  return history_run_statement(db, statement);
}

/* A heap that numbers its own collections and has left nothing is forgotten. */
static int delete_heap(struct history *history, struct history_heap *heap,
                       int64_t before_ms) {
  sqlite3_stmt *statement = history_sql(&history->db, SQL_DELETE_HEAP);
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int64(statement, 2, before_ms);
  }
  int code = history_run_statement(&history->db, statement);
  if (code == 0 && sqlite3_changes(history->db.handle) > 0) {
    heap->number = 0; /* should it come back, it gets another */
    heap->stored_seq = 0;
    memset(heap->stats, 0, sizeof heap->stats);
  }
  return code;
}

static int delete_aged(struct history *history, struct history_heap *heap,
                       int64_t now_ms, bool *ret_more) {
  struct history_db *db = &history->db;
  int64_t before_ms = now_ms - history->options.max_age_ms;
  int rows = 0, code = delete_old(db, heap, before_ms, SLICE_ROWS, &rows);
  if (code == 0 && rows > 0) {
    code = update_first(history, heap);
    *ret_more = *ret_more || rows == SLICE_ROWS;
  }
  for (int level = 0; level < HISTORY_LEVELS && code == 0; level++) {
    code = delete_samples(db, heap, level, before_ms, &rows);
    *ret_more = *ret_more || rows == SLICE_ROWS;
  }
  for (unsigned i = 0; i < HISTORY_WIDTHS && code == 0; i++) {
    int64_t fine_ms = now_ms - FINE_AGE_MS;
    code = delete_stats(db, heap, history_width_ms[i],
                        i == 0 && fine_ms > before_ms ? fine_ms : before_ms);
  }
  return code == 0 ? delete_heap(history, heap, before_ms) : code;
}

/* --- size --- */

static int64_t pragma(struct history_db *db, const char *text) {
  sqlite3_stmt *statement = NULL;
  int64_t value = 0;
  if (sqlite3_prepare_v2(db->handle, text, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    value = sqlite3_column_int64(statement, 0);
  }
  sqlite3_finalize(statement);
  return value;
}

/* The heap whose oldest record is the oldest of all; NULL: there is no record. */
static struct history_heap *oldest(struct history *history) {
  struct history_heap *found = NULL;
  int64_t found_ms = INT64_MAX;
  for (struct history_heap *heap = history_first_heap(history); heap;
       heap = heap->next) {
    sqlite3_stmt *statement =
        heap->number != 0 ? history_sql(&history->db, SQL_OLDEST) : NULL;
    if (!statement) {
      continue;
    }
    sqlite3_bind_int64(statement, 1, heap->number);
    if (sqlite3_step(statement) == SQLITE_ROW &&
        sqlite3_column_int64(statement, 0) < found_ms) {
      found_ms = sqlite3_column_int64(statement, 0);
      found = heap;
    }
    sqlite3_reset(statement);
  }
  return found;
}

/* Without records left, samples go: the oldest of every heap. */
static int delete_oldest_samples(struct history *history, int64_t now_ms) {
  int code = 0, rows;
  for (struct history_heap *heap = history_first_heap(history); heap && code == 0;
       heap = heap->next) {
    if (heap->number != 0) {
      code = delete_samples(&history->db, heap, HISTORY_LEVELS - 1, now_ms, &rows);
      for (int level = 0; level < HISTORY_LEVELS - 1 && code == 0; level++) {
        code =
            delete_samples(&history->db, heap, level, now_ms - 10 * MINUTE_MS, &rows);
      }
    }
  }
  return code;
}

/* Keep what is used a little below the limit, so that new rows find free pages and the
 * file does not grow; a file that is larger (the limit was lowered) shrinks. */
static int shrink(struct history *history, int64_t now_ms, bool *ret_more) {
  struct history_db *db = &history->db;
  int64_t page = pragma(db, "PRAGMA page_size");
  int64_t pages = pragma(db, "PRAGMA page_count");
  int64_t unused = pragma(db, "PRAGMA freelist_count");
  int64_t limit =
      (int64_t)(history->options.max_bytes / (uint64_t)(page > 0 ? page : 4096));
  if (pages - unused > limit - limit / 32) {
    struct history_heap *heap = oldest(history);
    int rows = 0;
    int limit_rows = SLICE_ROWS + 2 * (int)history->inserted;
    int code = heap ? delete_old(db, heap, INT64_MAX, limit_rows, &rows)
                    : delete_oldest_samples(history, now_ms);
    *ret_more = true;
    return code == 0 && heap ? update_first(history, heap) : code;
  }
  if (pages > limit && unused > 0) {
    *ret_more = true;
    return sqlite3_exec(db->handle, SLICE_PAGES, NULL, NULL, NULL);
  }
  return 0;
}

bool history_tidy(struct history *history, int64_t now_ms, int *ret_error) {
  bool is_more = false;
  int code = shrink(history, now_ms, &is_more);
  history->inserted = 0;
  if (code == 0) {
    code = delete_audit(&history->db, now_ms - history->options.max_age_ms);
  }
  for (struct history_heap *heap = history_first_heap(history); heap && code == 0;
       heap = heap->next) {
    if (heap->number == 0) {
      continue;
    }
    for (int level = 0; level + 1 < HISTORY_LEVELS && code == 0; level++) {
      code = thin(&history->db, heap, level, now_ms, &is_more);
    }
    if (code == 0) {
      code = delete_aged(history, heap, now_ms, &is_more);
    }
  }
  *ret_error = code;
  return is_more;
}
