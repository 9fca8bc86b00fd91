/* history_private.h - what the files of history share; nobody else includes it.
 *
 *   history.c            loop: taps, queue, leases, alarms, life
 *   history_requests.c   loop: what is asked, and the hub's archive
 *   history_thread.c     thread: takes the queue, commits, fails and comes back
 *   history_schema.c     opens the file, migrates it
 *   history_write.c      rows from records; what is summed up while they pass
 *   history_stats.c      pauses in a histogram, and the rows of sums
 *   history_page.c       the past in order, for clients that come back
 *   history_query.c      history.collections, history.samples
 *   history_audit.c      history.audit
 *   history_compare.c    history.compare
 *   history_trace.c      trace.export
 *   history_retention.c  thins samples, deletes what is old or too much */
#ifndef DAEMON_HISTORY_PRIVATE_H
#define DAEMON_HISTORY_PRIVATE_H

#include <sqlite3.h>

#include "history.h"

/* --- the file --- */

enum history_statement {
  SQL_BEGIN,
  SQL_COMMIT,
  SQL_ROLLBACK,
  SQL_PROBE,
  SQL_HEAP_INSERT,
  SQL_HEAPS,
  SQL_HEAP_FIRST,
  SQL_LEASE,
  SQL_COLLECTION_INSERT,
  SQL_GAP_INSERT,
  SQL_SAMPLE_INSERT,
  SQL_STATS_GET,
  SQL_STATS_PUT,
  SQL_AUDIT_INSERT,
  SQL_PAGE,
  SQL_GAPS,
  SQL_COLLECTIONS,
  SQL_AUDIT,
  SQL_SAMPLES,
  SQL_TRACE,
  SQL_STATS_RANGE,
  SQL_THIN_READ,
  SQL_THIN_DELETE,
  SQL_OLDEST,
  SQL_DELETE_OLD,
  SQL_DELETE_SAMPLES,
  SQL_DELETE_STATS,
  SQL_DELETE_GAPS,
  SQL_DELETE_AUDIT,
  SQL_HEAP_GAPS,
  SQL_LAST_SEQ,
  SQL_FIRST_SEQ,
  SQL_DELETE_HEAP,
  SQL_STATEMENTS
};

struct history_db {
  sqlite3 *handle; /* NULL: closed */
  sqlite3_stmt *statements[SQL_STATEMENTS];
};

enum history_opened {
  HISTORY_OPENED,
  HISTORY_NEWER,   /* made by a newer program: leave it alone */
  HISTORY_DAMAGED, /* not a database, or one that is broken */
  HISTORY_FAILED   /* no room, no right, no directory: perhaps later */
};

/* Steps from one version of the schema to the next; the file's version is the number of
 * those that it has had. Each runs in a transaction of its own with its version. */
enum history_opened history_migrate(sqlite3 *handle, const char *const *steps,
                                    unsigned count, char *message, size_t size);
/* Open or make the file and bring it to our version. `db` is all zero. */
enum history_opened history_db_open(struct history_db *db, const char *path,
                                    const char *vfs, char *message, size_t size);
void history_db_close(struct history_db *db);
/* A prepared statement, ready to bind, or NULL (sqlite3_errcode tells). */
sqlite3_stmt *history_sql(struct history_db *db, enum history_statement statement);
/* Run it to its end and reset it: SQLITE_DONE becomes 0, else SQLite's code. NULL is
 * a failure too. */
int history_run_statement(struct history_db *db, sqlite3_stmt *statement);
int history_exec(struct history_db *db, enum history_statement statement);
/* Why something failed with `code`: SQLite's own words as long as they are about that,
 * for a rollback or a close in between replaces them ("not an error"). Borrowed until
 * the next call on `db`. */
const char *history_reason(const struct history_db *db, int code);

/* A collection's row: its heap's number above, its own below. */
#define HISTORY_SEQ_BITS 44
#define HISTORY_ROW(number, seq)                                                       \
  (((number) << HISTORY_SEQ_BITS) | (int64_t)((seq)&HISTORY_MAX_SEQ))
#define HISTORY_MAX_SEQ ((UINT64_C(1) << HISTORY_SEQ_BITS) - 1)

/* --- sums --- */

/* Pauses by size, eight steps for each doubling: a percentile is within 5 %. */
#define HISTORY_PAUSE_STEPS 256u

struct history_stats {
  int64_t start_ms; /* the bucket's begin; of width_ms */
  uint64_t count, pause_total_ns, pause_max_ns;
  uint64_t collected, uncollectable, candidates, freed_bytes;
  uint32_t pauses[HISTORY_PAUSE_STEPS];
  bool is_dirty; /* differs from its row */
  bool is_loaded;
};

/* Widths of the buckets in which collections are summed up. */
#define HISTORY_WIDTHS 3
extern const int64_t history_width_ms[HISTORY_WIDTHS];

void history_stats_add(struct history_stats *stats,
                       const struct proto_collection *collection);
void history_stats_merge(struct history_stats *into, const struct history_stats *from);
void history_stats_summary(const struct history_stats *stats,
                           struct proto_history_generation *ret);
/* Pauses as bytes, (step, count) pairs, and back. How many bytes; at most
 * HISTORY_PAUSES_BYTES. */
#define HISTORY_PAUSES_BYTES (HISTORY_PAUSE_STEPS * 6u)
size_t history_pauses_pack(const struct history_stats *stats, unsigned char *ret);
void history_pauses_unpack(struct history_stats *stats, const unsigned char *bytes,
                           size_t length);

/* --- heaps --- */

struct history_gap {
  uint64_t first_seq, last_seq;
  bool is_counted; /* each of them was a collection; else nobody knows */
};

/* Gaps of one heap that are kept in memory, to tell how much will come. */
#define HISTORY_GAPS 256u

struct history_heap {
  struct history_heap *next; /* only grows, under the lock */
  char id[PROTO_NAME_BYTES]; /* fixed */

  /* loop */
  uint64_t asked_to; /* lease asked for, 0: none under way */
  uint64_t renewed_seq, renewed_ms;
  bool is_numbered;          /* it asked where its numbers go on */
  struct proto_sample shown; /* the newest sample that was queued */
  uint64_t shown_ms;         /* monotonic */

  /* under the lock */
  uint64_t newest_seq; /* queued, or known to be lost; loop writes */
  uint64_t lease_end;  /* numbers up to here are ours, on disk */
  uint64_t first_seq;  /* the oldest that is stored; 0: nothing is */
  struct history_gap gaps[HISTORY_GAPS];
  unsigned gap_count;

  /* thread */
  int64_t number; /* row of the table, 0: none yet */
  uint64_t stored_seq;
  int64_t first_ms;
  struct proto_sample last; /* for what was allocated since; time_ms 0: none */
  struct history_stats stats[HISTORY_WIDTHS][PROTO_GENERATIONS];
};

/* --- queue --- */

enum history_item_kind { ITEM_COLLECTION, ITEM_SAMPLE, ITEM_AUDIT, ITEM_LEASE };

struct history_item {
  struct history_item *next;
  enum history_item_kind kind;
  struct history_heap *heap; /* NULL for audit */
  /* A proto_collection, proto_sample, proto_audit, or a lease's end as uint64_t. */
  _Alignas(8) unsigned char body[];
};

/* So many of the queue do not wait for the commit: the thread takes them at once. One
 * rule for both sides, or the one wakes the other in vain. */
#define HISTORY_HALF(history) (((history)->options.queue + 1) / 2)

struct history_request {
  struct history_request *next;
  struct proto_request request; /* PROTO_METHODS: a page of the past */
  uint64_t after_seq, until_seq;
  history_reply *reply;
  hub_page_reply *page_reply;
  void *context;
  history_file_reply *file_reply;
  int fd; /* the answer: a file, -1: none */
  uint64_t bytes;
  int code; /* or a text */
  char *text;
  size_t length;
  struct hub_page page;
};

struct history {
  uv_async_t async; /* the thread has something for us */
  uv_timer_t timer; /* patience at the end */
  struct hub_archive archive;
  struct hub_tap tap;
  struct hub *hub;
  struct alarms *alarms;
  struct history_options options;
  char state_dir[4096], path[4096 + 32];
  uv_thread_t handle;
  unsigned open_handles;
  unsigned under_way; /* loop; requests, without pages */
  bool is_running, is_closing, is_joined, is_left_behind;
  bool has_overflowed;
  uint64_t dropped, overflow_ms;
  void (*closed)(void *context);
  void *closed_context;

  uv_mutex_t lock;
  uv_cond_t wake;    /* the thread waits */
  uv_cond_t written; /* a start or a test waits */

  /* under the lock */
  struct history_heap *heaps;
  unsigned heap_count;
  struct history_item *items, **items_end;
  unsigned item_count;
  struct history_request *requests, **requests_end;
  struct history_request *answered, **answered_end;
  uint64_t due_ns; /* commit by then; 0: nothing waits */
  bool is_urgent, is_stopping, is_finished, is_waiting, is_muted;
  bool is_on;
  uint64_t beat;
  char trouble[160]; /* why it is off; "" : it is on */
  char damaged[160]; /* where a broken file was put; "" : none was */
  bool is_news;      /* one of the above changed */
  bool is_flushing;  /* somebody waits on `written` for a commit */
  int64_t keep_ms;   /* what is to be kept; the thread takes it into its options */
  uint64_t keep_bytes;
  bool is_keep_new;
  uint64_t floor_seq; /* a broken file took the numbers with it: begin above this */

  /* thread */
  struct history_db db;
  bool in_transaction;
  bool was_open; /* in this process, ever */
  struct moment began;
  unsigned retry_ms;
  uint64_t commit_ns; /* commit by then; 0: nothing is written */
  uint64_t retry_ns, tidy_ns;
  unsigned inserted; /* collections since the last look at the size */
};

/* history_requests.c: the archive's members, and the answers that came. Loop. */
struct history *history_of_archive(struct hub_archive *archive);
int history_page(struct hub_archive *archive, const char *id, uint64_t after_seq,
                 uint64_t until_seq, hub_page_reply *reply, void *context);
uint64_t history_count(struct hub_archive *archive, const char *id, uint64_t after_seq,
                       uint64_t until_seq, bool *ret_is_counted);
void history_tell_answers(struct history *history);

/* history_thread.c */
void history_thread(void *argument);
/* Open the file, with what to do about a damaged one, and read what is known of heaps.
 * -1 with `trouble` set, or is_newer. Before the thread, or on it. */
int history_begin(struct history *history, bool *ret_is_newer);

/* A heap by its id, made if there is none; NULL: no memory, or too many. Takes no
 * lock: the caller holds it. */
struct history_heap *history_heap_locked(struct history *history, const char *id,
                                         bool is_made);
/* The list as it is now; it grows at this end only. Takes the lock. */
struct history_heap *history_first_heap(struct history *history);
void history_gap_locked(struct history_heap *heap, uint64_t first_seq,
                        uint64_t last_seq, bool is_counted);

/* history_write.c: 0 or SQLite's code. Thread, within a transaction. */
int history_write_item(struct history *history, struct history_item *item);
uint64_t history_item_lease(const struct history_item *item);
int history_write_stats(struct history *history);
int history_write_lease(struct history *history, struct history_heap *heap,
                        uint64_t lease_end);
int history_write_gap(struct history *history, struct history_heap *heap,
                      uint64_t first_seq, uint64_t last_seq, bool is_counted);

/* One sample row's worth, wherever samples are put together. */
struct history_sums {
  uint64_t samples, seq;
  struct {
    uint64_t min, max, total;
  } live_objects, live_bytes, tracked_objects, rss_bytes;
  uint64_t allocated_objects, allocated_bytes, freed_objects;
};
/* Samples by age: level 0 as they came, then a second, ten, a minute. */
#define HISTORY_LEVELS 4
extern const int64_t history_level_ms[HISTORY_LEVELS];
extern const int64_t history_level_age_ms[HISTORY_LEVELS];
void history_sums_add(struct history_sums *into, const struct history_sums *from);
/* Columns `first`.. of a row of SQL_SAMPLES or SQL_THIN_READ. */
void history_sums_read(sqlite3_stmt *row, int first, struct history_sums *ret);
int history_sums_write(struct history_db *db, int64_t number, int level,
                       int64_t time_ms, const struct history_sums *sums);

/* Answers. Thread. They fill text or page; a database failure is returned. */
int history_answer_page(struct history *history, struct history_request *request);
int history_answer_query(struct history *history, struct history_request *request);
int history_answer_compare(struct history *history, struct history_request *request,
                           struct history_heap *heap);
int history_answer_trace(struct history *history, struct history_request *request,
                         const struct history_heap *heap);
int history_answer_audit(struct history *history, struct history_request *request);
void history_refuse(struct history_request *request, int code, const char *message);
void history_refuse_param(struct history_request *request, const char *path,
                          const char *expected);
/* A cursor is "TIME-ROW" of the last row that was looked at; before any, it is as late
 * as can be. False: this is none, and that was answered. */
struct history_cursor {
  int64_t time_ms, row;
  char text[48];
};
bool history_cursor_read(struct history_request *request, struct history_cursor *ret);
const char *history_cursor_text(struct history_cursor *cursor);
/* An answer stays well below what may wait for a session. */
#define HISTORY_ANSWER_BYTES (400u * 1024u)

/* A slice of work: true when there is more. `*ret_error` is 0 or SQLite's code. */
bool history_tidy(struct history *history, int64_t now_ms, int *ret_error);

#endif
