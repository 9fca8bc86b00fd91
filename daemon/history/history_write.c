/* history_write.c - rows from records, and what is summed up while they pass.
 *
 *   collection --> its row (columns that are compared, and the text that viewers got)
 *              \-> stats of its generation: 10 s, 1 min, 1 h   (rows at each commit)
 *   sample     --> a row of level 0; what was allocated since the one before
 *   a number that does not follow the last stored one --> a gap, whatever the reason
 *
 * Gaps are found here and nowhere else: a full ring, a full queue, a time without a
 * disk all end in a number that is not the next one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_private.h"

static void bind_text(sqlite3_stmt *statement, int at, const char *text) {
  if (text[0] != '\0') {
    sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
  }
}

/* Figures are stored as signed integers; none comes near the limit. */
static void bind_uint(sqlite3_stmt *statement, int at, uint64_t value) {
  sqlite3_bind_int64(statement, at,
                     value > INT64_MAX ? INT64_MAX : (sqlite3_int64)value);
}

/* --- heaps --- */

static int write_heap(struct history *history, struct history_heap *heap,
                      int64_t time_ms) {
  sqlite3_stmt *statement;
  if (heap->number != 0 && time_ms >= heap->first_ms) {
    return 0;
  }
  if (heap->number != 0) { /* the clock was set back: the heap is older than that */
    statement = history_sql(&history->db, SQL_HEAP_FIRST);
    if (statement) {
      sqlite3_bind_int64(statement, 1, time_ms);
      sqlite3_bind_int64(statement, 2, heap->number);
    }
    heap->first_ms = time_ms;
    return history_run_statement(&history->db, statement);
  }
  statement = history_sql(&history->db, SQL_HEAP_INSERT);
  if (statement) {
    sqlite3_bind_text(statement, 1, heap->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, time_ms);
  }
  int code = history_run_statement(&history->db, statement);
  if (code == 0) {
    heap->number = sqlite3_last_insert_rowid(history->db.handle);
    heap->first_ms = time_ms;
  }
  return code;
}

int history_write_lease(struct history *history, struct history_heap *heap,
                        uint64_t lease_end) {
  int code = write_heap(history, heap, history->hub->now().wall_ms);
  sqlite3_stmt *statement = code == 0 ? history_sql(&history->db, SQL_LEASE) : NULL;
  if (code != 0) {
    return code;
  }
  if (statement) {
    bind_uint(statement, 1, lease_end);
    /* Clean: nothing above it was used, and nothing below it is in doubt. */
    sqlite3_bind_int(statement, 2, history->is_stopping);
    sqlite3_bind_int64(statement, 3, heap->number);
  }
  return history_run_statement(&history->db, statement);
}

int history_write_gap(struct history *history, struct history_heap *heap,
                      uint64_t first_seq, uint64_t last_seq, bool is_counted) {
  sqlite3_stmt *statement = history_sql(&history->db, SQL_GAP_INSERT);
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    bind_uint(statement, 2, first_seq);
    bind_uint(statement, 3, last_seq);
    sqlite3_bind_int(statement, 4, is_counted);
  }
  int code = history_run_statement(&history->db, statement);
  if (code == 0) {
    uv_mutex_lock(&history->lock);
    history_gap_locked(heap, first_seq, last_seq, is_counted);
    uv_mutex_unlock(&history->lock);
  }
  return code;
}

/* --- collections --- */

/* "subtract 601200 mark 702110": for the trace, which needs no more of a record. */
static void describe_phases(const struct proto_collection *collection, char *ret,
                            size_t size) {
  size_t used = 0;
  ret[0] = '\0';
  for (unsigned i = 0; i < collection->phase_count && i < PROTO_MAX_PHASES; i++) {
    int written = snprintf(ret + used, size - used, "%s%s %llu", i > 0 ? " " : "",
                           collection->phases[i].name,
                           (unsigned long long)collection->phases[i].ns);
    if (written < 0 || (size_t)written >= size - used) {
      ret[used] = '\0';
      return;
    }
    used += (size_t)written;
  }
}

static int load_stats(struct history *history, const struct history_heap *heap,
                      int64_t width_ms, unsigned generation,
                      struct history_stats *stats) {
  sqlite3_stmt *statement = history_sql(&history->db, SQL_STATS_GET);
  if (!statement) {
    return sqlite3_errcode(history->db.handle);
  }
  sqlite3_bind_int64(statement, 1, heap->number);
  sqlite3_bind_int64(statement, 2, width_ms);
  sqlite3_bind_int64(statement, 3, stats->start_ms);
  sqlite3_bind_int(statement, 4, (int)generation);
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    stats->count = (uint64_t)sqlite3_column_int64(statement, 0);
    stats->pause_total_ns = (uint64_t)sqlite3_column_int64(statement, 1);
    stats->pause_max_ns = (uint64_t)sqlite3_column_int64(statement, 2);
    stats->collected = (uint64_t)sqlite3_column_int64(statement, 3);
    stats->uncollectable = (uint64_t)sqlite3_column_int64(statement, 4);
    stats->candidates = (uint64_t)sqlite3_column_int64(statement, 5);
    stats->freed_bytes = (uint64_t)sqlite3_column_int64(statement, 6);
    history_pauses_unpack(stats, sqlite3_column_blob(statement, 7),
                          (size_t)sqlite3_column_bytes(statement, 7));
  }
  sqlite3_reset(statement);
  return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : code;
}

static int store_stats(struct history *history, const struct history_heap *heap,
                       int64_t width_ms, unsigned generation,
                       struct history_stats *stats) {
  if (!stats->is_dirty) {
    return 0;
  }
  unsigned char pauses[HISTORY_PAUSES_BYTES];
  size_t length = history_pauses_pack(stats, pauses);
  sqlite3_stmt *statement = history_sql(&history->db, SQL_STATS_PUT);
  if (statement) {
    sqlite3_bind_int64(statement, 1, heap->number);
    sqlite3_bind_int64(statement, 2, width_ms);
    sqlite3_bind_int64(statement, 3, stats->start_ms);
    sqlite3_bind_int(statement, 4, (int)generation);
    bind_uint(statement, 5, stats->count);
    bind_uint(statement, 6, stats->pause_total_ns);
    bind_uint(statement, 7, stats->pause_max_ns);
    bind_uint(statement, 8, stats->collected);
    bind_uint(statement, 9, stats->uncollectable);
    bind_uint(statement, 10, stats->candidates);
    bind_uint(statement, 11, stats->freed_bytes);
    sqlite3_bind_blob(statement, 12, pauses, (int)length, SQLITE_STATIC);
  }
  int code = history_run_statement(&history->db, statement);
  stats->is_dirty = code != 0;
  return code;
}

int history_write_stats(struct history *history) {
  for (struct history_heap *heap = history_first_heap(history); heap;
       heap = heap->next) {
    for (unsigned i = 0; i < HISTORY_WIDTHS * PROTO_GENERATIONS; i++) {
      int code = store_stats(
          history, heap, history_width_ms[i / PROTO_GENERATIONS], i % PROTO_GENERATIONS,
          &heap->stats[i / PROTO_GENERATIONS][i % PROTO_GENERATIONS]);
      if (code != 0) {
        return code;
      }
    }
  }
  return 0;
}

/* Add to the buckets that this collection falls into; a clock that was set back finds
 * the older bucket's row again. */
static int sum_up(struct history *history, struct history_heap *heap,
                  const struct proto_collection *collection) {
  unsigned generation =
      collection->generation < PROTO_GENERATIONS ? collection->generation : 2;
  for (unsigned i = 0; i < HISTORY_WIDTHS; i++) {
    struct history_stats *stats = &heap->stats[i][generation];
    int64_t start_ms = collection->time_ms - collection->time_ms % history_width_ms[i];
    if (!stats->is_loaded || stats->start_ms != start_ms) {
      int code = store_stats(history, heap, history_width_ms[i], generation, stats);
      *stats = (struct history_stats){.start_ms = start_ms, .is_loaded = code == 0};
      code = code == 0
                 ? load_stats(history, heap, history_width_ms[i], generation, stats)
                 : code;
      if (code != 0) {
        return code;
      }
    }
    history_stats_add(stats, collection);
  }
  return 0;
}

static int write_collection(struct history *history, struct history_heap *heap,
                            const struct proto_collection *collection) {
  if (collection->seq <= heap->stored_seq || collection->seq > HISTORY_MAX_SEQ) {
    return 0; /* twice, or a number that no row can have */
  }
  int code = write_heap(history, heap, collection->time_ms);
  if (code == 0 && collection->seq > heap->stored_seq + 1 && heap->stored_seq > 0) {
    code = history_write_gap(history, heap, heap->stored_seq + 1, collection->seq - 1,
                             true);
  }
  size_t length = 0;
  char *record = proto_encode_collection_record(collection, &length);
  char phases[PROTO_MAX_PHASES * 48];
  describe_phases(collection, phases, sizeof phases);
  sqlite3_stmt *statement = history_sql(&history->db, SQL_COLLECTION_INSERT);
  if (code == 0 && !record) {
    code = SQLITE_NOMEM;
  }
  if (code == 0 && statement) {
    sqlite3_bind_int64(statement, 1, HISTORY_ROW(heap->number, collection->seq));
    sqlite3_bind_int64(statement, 2, heap->number);
    sqlite3_bind_int64(statement, 3, collection->time_ms);
    sqlite3_bind_int(statement, 4, (int)collection->generation);
    sqlite3_bind_text(statement, 5, collection->reason, -1, SQLITE_STATIC);
    bind_uint(statement, 6, collection->pause_ns);
    if ((collection->has & PROTO_HAS_DURATION) != 0) {
      bind_uint(statement, 7, collection->duration_ns);
    }
    bind_uint(statement, 8, collection->collected);
    if ((collection->has & PROTO_HAS_FREED_BYTES) != 0) {
      bind_uint(statement, 9, collection->freed_bytes);
    }
    if ((collection->has & PROTO_HAS_LIVE_AFTER) != 0) {
      bind_uint(statement, 10, collection->live_objects_after);
      bind_uint(statement, 11, collection->live_bytes_after);
    }
    if ((collection->has & PROTO_HAS_PHASES) != 0) {
      sqlite3_bind_text(statement, 12, phases, -1, SQLITE_STATIC);
    }
    sqlite3_bind_text(statement, 13, record, (int)length, SQLITE_STATIC);
  }
  if (code == 0) {
    code = history_run_statement(&history->db, statement);
  }
  free(record);
  if (code == 0) {
    code = sum_up(history, heap, collection);
  }
  if (code == 0) {
    heap->stored_seq = collection->seq;
    history->inserted++;
    uv_mutex_lock(&history->lock);
    if (heap->first_seq == 0) {
      heap->first_seq = collection->seq;
    }
    uv_mutex_unlock(&history->lock);
  }
  return code;
}

/* --- samples --- */

void history_sums_add(struct history_sums *into, const struct history_sums *from) {
#define SPREAD(name)                                                                   \
  do {                                                                                 \
    if (into->samples == 0 || from->name.min < into->name.min) {                       \
      into->name.min = from->name.min;                                                 \
    }                                                                                  \
    if (from->name.max > into->name.max) {                                             \
      into->name.max = from->name.max;                                                 \
    }                                                                                  \
    into->name.total = into->name.total + from->name.total;                            \
  } while (0)
  SPREAD(live_objects);
  SPREAD(live_bytes);
  SPREAD(tracked_objects);
  SPREAD(rss_bytes);
#undef SPREAD
  into->samples += from->samples;
  if (from->seq > into->seq) {
    into->seq = from->seq;
  }
  into->allocated_objects += from->allocated_objects;
  into->allocated_bytes += from->allocated_bytes;
  into->freed_objects += from->freed_objects;
}

void history_sums_read(sqlite3_stmt *row, int first, struct history_sums *ret) {
  uint64_t *const members[] = {&ret->samples,
                               &ret->seq,
                               &ret->live_objects.min,
                               &ret->live_objects.max,
                               &ret->live_objects.total,
                               &ret->live_bytes.min,
                               &ret->live_bytes.max,
                               &ret->live_bytes.total,
                               &ret->tracked_objects.min,
                               &ret->tracked_objects.max,
                               &ret->tracked_objects.total,
                               &ret->rss_bytes.min,
                               &ret->rss_bytes.max,
                               &ret->rss_bytes.total,
                               &ret->allocated_objects,
                               &ret->allocated_bytes,
                               &ret->freed_objects};
  for (int i = 0; i < (int)(sizeof members / sizeof members[0]); i++) {
    *members[i] = (uint64_t)sqlite3_column_int64(row, first + i);
  }
}

int history_sums_write(struct history_db *db, int64_t number, int level,
                       int64_t time_ms, const struct history_sums *sums) {
  const uint64_t figures[] = {sums->samples,
                              sums->seq,
                              sums->live_objects.min,
                              sums->live_objects.max,
                              sums->live_objects.total,
                              sums->live_bytes.min,
                              sums->live_bytes.max,
                              sums->live_bytes.total,
                              sums->tracked_objects.min,
                              sums->tracked_objects.max,
                              sums->tracked_objects.total,
                              sums->rss_bytes.min,
                              sums->rss_bytes.max,
                              sums->rss_bytes.total,
                              sums->allocated_objects,
                              sums->allocated_bytes,
                              sums->freed_objects};
  sqlite3_stmt *statement = history_sql(db, SQL_SAMPLE_INSERT);
  if (statement) {
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_int(statement, 2, level);
    sqlite3_bind_int64(statement, 3, time_ms);
    for (int i = 0; i < (int)(sizeof figures / sizeof figures[0]); i++) {
      bind_uint(statement, 4 + i, figures[i]);
    }
  }
  return history_run_statement(db, statement);
}

/* What a counter has grown since; one that is smaller began anew. */
static uint64_t grown(uint64_t before, uint64_t now) {
  return now >= before ? now - before : now;
}

static int write_sample(struct history *history, struct history_heap *heap,
                        const struct proto_sample *sample) {
  int code = write_heap(history, heap, sample->time_ms);
  const struct proto_sample *last = &heap->last;
  struct history_sums sums = {
      .samples = 1,
      .seq = sample->seq,
      .live_objects = {sample->live_objects, sample->live_objects,
                       sample->live_objects},
      .live_bytes = {sample->live_bytes, sample->live_bytes, sample->live_bytes},
      .tracked_objects = {sample->tracked_objects, sample->tracked_objects,
                          sample->tracked_objects},
      .rss_bytes = {sample->rss_bytes, sample->rss_bytes, sample->rss_bytes}};
  if (last->time_ms != 0) { /* before the first one nobody knows when it was */
    sums.allocated_objects =
        grown(last->allocated_total_objects, sample->allocated_total_objects);
    sums.allocated_bytes =
        grown(last->allocated_total_bytes, sample->allocated_total_bytes);
    sums.freed_objects = grown(last->freed_total_objects, sample->freed_total_objects);
  }
  if (code == 0) {
    code = history_sums_write(&history->db, heap->number, 0, sample->time_ms, &sums);
  }
  if (code == 0) {
    heap->last = *sample;
  }
  return code;
}

static int write_audit(struct history *history, const struct proto_audit *audit) {
  sqlite3_stmt *statement = history_sql(&history->db, SQL_AUDIT_INSERT);
  if (statement) {
    sqlite3_bind_int64(statement, 1, audit->time_ms);
    sqlite3_bind_text(statement, 2, audit->who, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, audit->method ? audit->method : "", -1,
                      SQLITE_STATIC);
    bind_text(statement, 4, audit->heap);
    bind_text(statement, 5, audit->detail);
    sqlite3_bind_int(statement, 6, audit->code);
    bind_uint(statement, 7, audit->duration_ns);
  }
  return history_run_statement(&history->db, statement);
}

int history_write_item(struct history *history, struct history_item *item) {
  const void *body = item->body;
  switch (item->kind) {
  case ITEM_COLLECTION: return write_collection(history, item->heap, body);
  case ITEM_SAMPLE: return write_sample(history, item->heap, body);
  case ITEM_AUDIT: return write_audit(history, body);
  case ITEM_LEASE:
    return history_write_lease(history, item->heap, history_item_lease(item));
  }
  return 0;
}

uint64_t history_item_lease(const struct history_item *item) {
  uint64_t lease_end;
  memcpy(&lease_end, item->body, sizeof lease_end);
  return lease_end;
}
