/* history_thread.c - takes the queue, commits, fails and comes back.
 *
 *   wait --+-- a lease, a request, half the queue, the end: at once
 *          +-- else until the oldest record has waited commit_ms
 *
 *   on:  items -> rows -> answers (they see the rows) -> commit -> thin, retain
 *   off: items are dropped, requests refused; begin again after retry_ms, 2x, ... 60 s
 *
 * A transaction begins with the first row and ends with the commit, so a crash loses
 * whole transactions: at most the last second. Whatever the reason of a failure, the
 * answer is the same: roll back, close, say so, try again. A file that is broken is put
 * aside first, never deleted. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_private.h"
#include "log.h"

#define NS_PER_MS     UINT64_C(1000000)
#define RETRY_MAX_MS  60000u
#define TIDY_AGAIN_MS 20u /* while there is more to do */

static void notify_locked(struct history *history) {
  if (!history->is_muted && history->open_handles > 0) {
    uv_async_send(&history->async);
  }
}

/* --- on and off --- */

static void set_state(struct history *history, bool is_on, const char *trouble) {
  uv_mutex_lock(&history->lock);
  if (history->is_on != is_on || strcmp(history->trouble, trouble) != 0) {
    history->is_on = is_on;
    snprintf(history->trouble, sizeof history->trouble, "%s", trouble);
    history->is_news = true;
    notify_locked(history);
  }
  uv_cond_broadcast(&history->written);
  uv_mutex_unlock(&history->lock);
}

/* The file is closed: nothing that was read from it holds any more. */
static void forget_heaps(struct history *history) {
  for (struct history_heap *heap = history_first_heap(history); heap;
       heap = heap->next) {
    heap->number = 0;
    heap->last.time_ms = 0;
    memset(heap->stats, 0, sizeof heap->stats);
  }
}

/* Put a broken file and what belongs to it aside. */
static void put_aside(struct history *history, const char *reason) {
  static const char *const endings[] = {"", "-wal", "-shm"};
  char aside[sizeof history->path + 40];
  int64_t seconds = history->hub->now().wall_ms / 1000;
  for (unsigned i = 0; i < 3; i++) {
    char from[sizeof history->path + 8];
    snprintf(from, sizeof from, "%s%s", history->path, endings[i]);
    snprintf(aside, sizeof aside, "%s.damaged-%lld%s", history->path,
             (long long)seconds, endings[i]);
    if (rename(from, aside) != 0 && errno != ENOENT) {
      log_line(LOG_LEVEL_ERROR, "history: %s: %s", from, strerror(errno));
    }
  }
  uv_mutex_lock(&history->lock);
  snprintf(
      history->damaged, sizeof history->damaged,
      "history.sqlite was damaged (%.60s) and is kept as history.sqlite.damaged-%lld",
      reason, (long long)seconds);
  /* Why: the leases went with it. No heap has collected once a second since 1970, so
   * numbers above this were never used. */
  history->floor_seq = (uint64_t)(seconds > 0 ? seconds : 0);
  history->is_news = true;
  uv_mutex_unlock(&history->lock);
}

static void fail(struct history *history, int code) {
  char reason[120];
  snprintf(reason, sizeof reason, "%s", history_reason(&history->db, code));
  if (history->in_transaction) {
    sqlite3_exec(history->db.handle, "ROLLBACK", NULL, NULL, NULL);
  }
  history->in_transaction = false;
  history->commit_ns = 0;
  history_db_close(&history->db);
  forget_heaps(history);
  int kind = code & 0xff;
  uint64_t wait_ms = history->retry_ms;
  if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) {
    put_aside(history, reason);
    wait_ms = 0;
  } else if (history->retry_ms < RETRY_MAX_MS) {
    history->retry_ms *= 2;
  }
  history->retry_ns = uv_hrtime() + wait_ms * NS_PER_MS;
  set_state(history, false, reason);
}

/* --- begin --- */

static int probe(struct history *history) {
  struct history_db *db = &history->db;
  int code = history_exec(db, SQL_BEGIN);
  if (code != 0) {
    return code;
  }
  sqlite3_stmt *statement = history_sql(db, SQL_PROBE);
  if (statement) {
    sqlite3_bind_int64(statement, 1, history->hub->now().wall_ms);
  }
  code = history_run_statement(db, statement);
  if (code == 0) {
    code = history_exec(db, SQL_COMMIT);
  }
  if (code != 0) {
    sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
  }
  return code;
}

/* The first or the last number that a heap has a row for; 0: it has none. */
static uint64_t edge_seq(struct history_db *db, enum history_statement which,
                         int64_t number) {
  sqlite3_stmt *statement = history_sql(db, which);
  uint64_t seq = 0;
  if (statement) {
    sqlite3_bind_int64(statement, 1, HISTORY_ROW(number, UINT64_C(0)));
    sqlite3_bind_int64(statement, 2, HISTORY_ROW(number, HISTORY_MAX_SEQ));
    if (sqlite3_step(statement) == SQLITE_ROW) {
      seq = (uint64_t)sqlite3_column_int64(statement, 0) & HISTORY_MAX_SEQ;
    }
    sqlite3_reset(statement);
  }
  return seq;
}

/* The newest gaps of a heap, the oldest first; how many. */
static unsigned read_gaps(struct history_db *db, int64_t number,
                          struct history_gap ret[HISTORY_GAPS]) {
  sqlite3_stmt *statement = history_sql(db, SQL_HEAP_GAPS);
  unsigned count = 0;
  if (!statement) {
    return 0;
  }
  sqlite3_bind_int64(statement, 1, number);
  sqlite3_bind_int(statement, 2, HISTORY_GAPS);
  while (count < HISTORY_GAPS && sqlite3_step(statement) == SQLITE_ROW) {
    ret[count++] = (struct history_gap){(uint64_t)sqlite3_column_int64(statement, 0),
                                        (uint64_t)sqlite3_column_int64(statement, 1),
                                        sqlite3_column_int(statement, 2) != 0};
  }
  sqlite3_reset(statement);
  for (unsigned i = 0; i < count / 2; i++) {
    struct history_gap swapped = ret[i];
    ret[i] = ret[count - 1 - i];
    ret[count - 1 - i] = swapped;
  }
  return count;
}

/* What the file knows of one heap. -1: the heap uses numbers that the file has too. */
static int read_heap(struct history *history, sqlite3_stmt *row) {
  const char *id = (const char *)sqlite3_column_text(row, 1);
  int64_t number = sqlite3_column_int64(row, 0);
  uint64_t lease_end = (uint64_t)sqlite3_column_int64(row, 3);
  bool is_clean = sqlite3_column_int(row, 4) != 0;
  uint64_t stored = edge_seq(&history->db, SQL_LAST_SEQ, number);
  uint64_t first = edge_seq(&history->db, SQL_FIRST_SEQ, number);
  struct history_gap gaps[HISTORY_GAPS];
  unsigned gap_count = read_gaps(&history->db, number, gaps);
  int result = 0;
  uv_mutex_lock(&history->lock); /* the file is read before, not under it */
  struct history_heap *heap = history_heap_locked(history, id ? id : "", true);
  if (heap) {
    heap->number = number;
    heap->first_ms = sqlite3_column_int64(row, 2);
    heap->stored_seq = stored;
    heap->first_seq = first;
    memcpy(heap->gaps, gaps, gap_count * sizeof gaps[0]);
    heap->gap_count = gap_count;
    bool is_used = lease_end > 0 && heap->newest_seq > 0;
    if (is_used && (!history->was_open || stored > heap->newest_seq)) {
      result = -1;
    } else if (heap->newest_seq == 0) {
      heap->newest_seq = is_clean || stored > lease_end ? stored : lease_end;
      /* After a clean end the lease is what was used, stored or not. */
      if (is_clean && lease_end > stored) {
        heap->newest_seq = lease_end;
      }
      if (!is_clean && lease_end > stored) {
        heap->stored_seq = lease_end; /* and what lies between is written as a gap */
      }
    }
    if (first == 0 && heap->newest_seq > 0) {
      heap->first_seq = heap->newest_seq + 1; /* all of it is gone */
    }
  }
  uv_mutex_unlock(&history->lock);
  if (heap && result == 0 && heap->stored_seq > stored) {
    return history_write_gap(history, heap, stored + 1, heap->stored_seq, false);
  }
  return result;
}

static int read_heaps(struct history *history) {
  sqlite3_stmt *statement = history_sql(&history->db, SQL_HEAPS);
  int code = statement ? SQLITE_ROW : sqlite3_errcode(history->db.handle);
  while (statement && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    int error = read_heap(history, statement);
    if (error != 0) {
      sqlite3_reset(statement);
      return error;
    }
  }
  sqlite3_reset(statement);
  return code == SQLITE_DONE ? 0 : code;
}

int history_begin(struct history *history, bool *ret_is_newer) {
  char message[120] = "";
  *ret_is_newer = false;
  enum history_opened outcome = history_db_open(
      &history->db, history->path, history->options.vfs, message, sizeof message);
  if (outcome == HISTORY_DAMAGED) {
    put_aside(history, message);
    outcome = history_db_open(&history->db, history->path, history->options.vfs,
                              message, sizeof message);
  }
  if (outcome != HISTORY_OPENED) {
    *ret_is_newer = outcome == HISTORY_NEWER;
    history->retry_ns = uv_hrtime() + history->retry_ms * NS_PER_MS;
    set_state(history, false, message);
    return -1;
  }
  int code = probe(history);
  if (code == 0) {
    code = read_heaps(history);
  }
  if (code == -1) {
    history_db_close(&history->db);
    forget_heaps(history);
    history->retry_ns = uv_hrtime() + RETRY_MAX_MS * NS_PER_MS;
    set_state(history, false,
              "the file came back with numbers in use; restart to go on from them");
    return -1;
  }
  if (code != 0) {
    fail(history, code);
    return -1;
  }
  if (!history->was_open) {
    history->began = history->hub->now();
  }
  history->was_open = true;
  history->retry_ms = history->options.retry_ms;
  history->tidy_ns = uv_hrtime() + history->options.tidy_ms * NS_PER_MS;
  set_state(history, true, "");
  return 0;
}

/* --- work --- */

static int begin_transaction(struct history *history) {
  if (history->in_transaction) {
    return 0;
  }
  int code = history_exec(&history->db, SQL_BEGIN);
  history->in_transaction = code == 0;
  return code;
}

static int commit(struct history *history) {
  int code = 0;
  if (history->in_transaction) {
    code = history_write_stats(history);
    if (code == 0) {
      code = history_exec(&history->db, SQL_COMMIT);
    }
    if (code != 0) {
      return code;
    }
    history->in_transaction = false;
  }
  history->commit_ns = 0;
  return 0;
}

/* Write what was queued; `*ret_has_lease`: some of it is waited for. */
static int write_items(struct history *history, struct history_item *items,
                       bool *ret_has_lease) {
  for (struct history_item *item = items; item; item = item->next) {
    int code = begin_transaction(history);
    if (code == 0) {
      code = history_write_item(history, item);
    }
    if (code != 0) {
      return code;
    }
    *ret_has_lease = *ret_has_lease || item->kind == ITEM_LEASE;
  }
  return 0;
}

/* The leases among these are on disk now: they may be used. */
static void grant_leases(struct history *history, const struct history_item *items) {
  uv_mutex_lock(&history->lock);
  for (; items; items = items->next) {
    if (items->kind == ITEM_LEASE &&
        history_item_lease(items) > items->heap->lease_end) {
      items->heap->lease_end = history_item_lease(items);
    }
  }
  uv_cond_broadcast(&history->written);
  uv_mutex_unlock(&history->lock);
}

static void answer(struct history *history, struct history_request *request,
                   bool is_stopping) {
  int code = 0;
  if (!history->db.handle || is_stopping) {
    history_refuse(request, PROTO_NOT_SUPPORTED,
                   is_stopping ? "history ends" : "history is off");
  } else if (request->page_reply) {
    code = history_answer_page(history, request);
  } else {
    code = history_answer_query(history, request);
  }
  if (code != 0) {
    history_refuse(request, PROTO_INTERNAL_ERROR, "history could not be read");
    fail(history, code);
  }
  request->next = NULL;
  uv_mutex_lock(&history->lock);
  *history->answered_end = request;
  history->answered_end = &request->next;
  history->beat++;
  notify_locked(history);
  uv_mutex_unlock(&history->lock);
}

/* Give back what was leased and not used. */
static int end_leases(struct history *history) {
  for (struct history_heap *heap = history_first_heap(history); heap;
       heap = heap->next) {
    if (heap->lease_end > 0) {
      int code = begin_transaction(history);
      if (code == 0) {
        code = history_write_lease(history, heap, heap->newest_seq);
      }
      if (code != 0) {
        return code;
      }
    }
  }
  return 0;
}

static void free_items(struct history_item *items) {
  while (items) {
    struct history_item *next = items->next;
    free(items);
    items = next;
  }
}

/* Now, for what is deleted by age: a wall clock that jumps ahead must not take the past
 * with it, so time passes no faster than the clock that nobody can set. */
static int64_t sober_ms(const struct history *history) {
  struct moment now = history->hub->now();
  int64_t passed_ms = (int64_t)(now.monotonic_ms - history->began.monotonic_ms);
  int64_t expected_ms = history->began.wall_ms + passed_ms;
  return now.wall_ms < expected_ms ? now.wall_ms : expected_ms;
}

/* One turn over what was queued. */
static void turn(struct history *history, struct history_item *items,
                 struct history_request *requests, bool is_commit, bool is_stopping) {
  bool has_lease = false, is_newer = false;
  int code = 0;
  if (!history->db.handle && !is_stopping && uv_hrtime() >= history->retry_ns) {
    history_begin(history, &is_newer);
  }
  if (history->db.handle) {
    code = write_items(history, items, &has_lease);
    if (code == 0 && is_stopping) {
      code = end_leases(history);
    }
    if (code == 0 && (has_lease || is_commit || is_stopping ||
                      (history->commit_ns != 0 && uv_hrtime() >= history->commit_ns))) {
      code = commit(history);
    }
    if (code == 0) {
      grant_leases(history, has_lease ? items : NULL);
    } else {
      fail(history, code);
    }
  }
  if (!history->db.handle) {
    history->commit_ns = 0; /* what was queued is gone */
  }
  while (requests) {
    struct history_request *next = requests->next;
    answer(history, requests, is_stopping);
    requests = next;
  }
  if (history->db.handle && !is_stopping && uv_hrtime() >= history->tidy_ns) {
    code = begin_transaction(history);
    bool is_more = code == 0 && history_tidy(history, sober_ms(history), &code);
    if (code == 0) {
      code = commit(history);
    }
    if (code != 0) {
      fail(history, code);
    }
    history->tidy_ns =
        uv_hrtime() + (is_more ? TIDY_AGAIN_MS : history->options.tidy_ms) * NS_PER_MS;
  }
}

/* When there is something to do without being asked. */
static uint64_t next_ns(const struct history *history) {
  uint64_t next = history->db.handle ? history->tidy_ns : history->retry_ns;
  if (history->commit_ns != 0 && history->commit_ns < next) {
    next = history->commit_ns;
  }
  if (history->due_ns != 0 && history->due_ns < next) {
    next = history->due_ns;
  }
  return next;
}

void history_thread(void *argument) {
  struct history *history = argument;
  bool is_stopping = false;
  uv_mutex_lock(&history->lock);
  while (!is_stopping) {
    uint64_t now_ns = uv_hrtime(), until_ns = next_ns(history);
    if (!history->is_urgent && !history->requests && !history->is_stopping &&
        !history->is_flushing && now_ns < until_ns &&
        history->item_count < HISTORY_HALF(history)) {
      history->is_waiting = true;
      uv_cond_timedwait(&history->wake, &history->lock, until_ns - now_ns);
      history->is_waiting = false;
      history->beat++;
      continue;
    }
    struct history_item *items = history->items;
    struct history_request *requests = history->requests;
    bool is_flushing = history->is_flushing;
    is_stopping = history->is_stopping;
    history->items = NULL;
    history->items_end = &history->items;
    history->item_count = 0;
    /* One question a turn: what heaps tell is written in between, however many ask. */
    history->requests = requests && !is_stopping ? requests->next : NULL;
    if (requests && !is_stopping) {
      requests->next = NULL;
    }
    if (!history->requests) {
      history->requests_end = &history->requests;
    }
    history->is_urgent = false;
    if (history->commit_ns == 0) {
      history->commit_ns = history->due_ns;
    }
    history->due_ns = 0;
    if (history->is_keep_new) {
      history->is_keep_new = false;
      history->options.max_age_ms = history->keep_ms;
      history->options.max_bytes = history->keep_bytes;
      history->tidy_ns = now_ns;
    }
    uv_mutex_unlock(&history->lock);

    turn(history, items, requests, is_flushing, is_stopping);
    free_items(items);

    uv_mutex_lock(&history->lock);
    history->beat++;
    if (is_flushing) {
      history->is_flushing = false;
      uv_cond_broadcast(&history->written);
    }
  }
  uv_mutex_unlock(&history->lock);
  history_db_close(&history->db);
  uv_mutex_lock(&history->lock);
  history->is_finished = true;
  history->is_on = false;
  uv_cond_broadcast(&history->written);
  notify_locked(history);
  uv_mutex_unlock(&history->lock);
}
