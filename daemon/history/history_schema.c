/* history_schema.c - the tables, and how a file gets from one version to the next.
 *
 *   heaps ──number──┬── collections   row = number << 44 | seq: one tree, no second
 * index lease_end     │                 for the order, one more for the time ├── gaps
 * numbers that have no row, and whether they were ├── samples       level 0 as they
 * came, 1 s, 10 s, 1 min └── stats         collections summed up in 10 s, 1 min, 1 h
 *   audit                             commands, who gave them, how they ended
 *   meta                              one row that is written to see whether it works
 *
 * `user_version` counts the steps that a file has had. A file with more steps than this
 * program knows is left alone: it may hold what we would destroy. */
#include "history_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), opened_ms INTEGER);"
    "CREATE TABLE heaps (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    "  first_ms INTEGER NOT NULL,"
    "  lease_end INTEGER NOT NULL DEFAULT 0, is_clean INTEGER NOT NULL DEFAULT 1);"
    "CREATE TABLE collections (row INTEGER PRIMARY KEY, heap INTEGER NOT NULL,"
    "  time_ms INTEGER NOT NULL, generation INTEGER NOT NULL, reason TEXT NOT NULL,"
    "  pause_ns INTEGER NOT NULL, duration_ns INTEGER, collected INTEGER NOT NULL,"
    "  freed_bytes INTEGER, live_objects_after INTEGER, live_bytes_after INTEGER,"
    "  phases TEXT, record TEXT NOT NULL);"
    "CREATE INDEX collections_by_time ON collections (heap, time_ms);"
    "CREATE TABLE gaps (heap INTEGER NOT NULL, first_seq INTEGER NOT NULL,"
    "  last_seq INTEGER NOT NULL, is_counted INTEGER NOT NULL,"
    "  PRIMARY KEY (heap, first_seq)) WITHOUT ROWID;"
    "CREATE TABLE samples (heap INTEGER NOT NULL, level INTEGER NOT NULL,"
    "  time_ms INTEGER NOT NULL, samples INTEGER NOT NULL, seq INTEGER NOT NULL,"
    "  live_objects_min INTEGER, live_objects_max INTEGER, live_objects_total INTEGER,"
    "  live_bytes_min INTEGER, live_bytes_max INTEGER, live_bytes_total INTEGER,"
    "  tracked_min INTEGER, tracked_max INTEGER, tracked_total INTEGER,"
    "  rss_min INTEGER, rss_max INTEGER, rss_total INTEGER,"
    "  allocated_objects INTEGER, allocated_bytes INTEGER, freed_objects INTEGER,"
    "  PRIMARY KEY (heap, level, time_ms)) WITHOUT ROWID;"
    "CREATE TABLE stats (heap INTEGER NOT NULL, width_ms INTEGER NOT NULL,"
    "  start_ms INTEGER NOT NULL, generation INTEGER NOT NULL, count INTEGER NOT NULL,"
    "  pause_total_ns INTEGER NOT NULL, pause_max_ns INTEGER NOT NULL,"
    "  collected INTEGER NOT NULL, uncollectable INTEGER NOT NULL,"
    "  candidates INTEGER NOT NULL, freed_bytes INTEGER NOT NULL,"
    "  pauses BLOB NOT NULL,"
    "  PRIMARY KEY (heap, width_ms, start_ms, generation)) WITHOUT ROWID;"
    "CREATE TABLE audit (row INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    "  who TEXT NOT NULL, method TEXT NOT NULL, heap TEXT, detail TEXT,"
    "  code INTEGER NOT NULL, duration_ns INTEGER NOT NULL);"
    "CREATE INDEX audit_by_time ON audit (time_ms);",
};

#define STEPS (sizeof steps / sizeof steps[0])

#define SAMPLE_COLUMNS                                                                 \
  "samples, seq, live_objects_min, live_objects_max, live_objects_total,"              \
  " live_bytes_min, live_bytes_max, live_bytes_total,"                                 \
  " tracked_min, tracked_max, tracked_total, rss_min, rss_max, rss_total,"             \
  " allocated_objects, allocated_bytes, freed_objects"

static const char *const texts[SQL_STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_PROBE] = "INSERT OR REPLACE INTO meta (id, opened_ms) VALUES (1, ?)",
    [SQL_HEAP_INSERT] = "INSERT INTO heaps (id, first_ms) VALUES (?, ?)",
    [SQL_HEAP_FIRST] = "UPDATE heaps SET first_ms = ? WHERE number = ?",
    [SQL_HEAPS] = "SELECT number, id, first_ms, lease_end, is_clean FROM heaps",
    [SQL_LEASE] = "UPDATE heaps SET lease_end = ?, is_clean = ? WHERE number = ?",
    [SQL_COLLECTION_INSERT] =
        "INSERT INTO collections (row, heap, time_ms, generation, reason, pause_ns,"
        " duration_ns, collected, freed_bytes, live_objects_after, live_bytes_after,"
        " phases, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_GAP_INSERT] = "INSERT OR REPLACE INTO gaps (heap, first_seq, last_seq,"
                       " is_counted) VALUES (?, ?, ?, ?)",
    [SQL_SAMPLE_INSERT] =
        "INSERT OR REPLACE INTO samples (heap, level, time_ms, " SAMPLE_COLUMNS
        ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_STATS_GET] =
        "SELECT count, pause_total_ns, pause_max_ns, collected, uncollectable,"
        " candidates, freed_bytes, pauses FROM stats"
        " WHERE heap = ? AND width_ms = ? AND start_ms = ? AND generation = ?",
    [SQL_STATS_PUT] =
        "INSERT OR REPLACE INTO stats (heap, width_ms, start_ms, generation, count,"
        " pause_total_ns, pause_max_ns, collected, uncollectable, candidates,"
        " freed_bytes, pauses) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_AUDIT_INSERT] = "INSERT INTO audit (time_ms, who, method, heap, detail, code,"
                         " duration_ns) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [SQL_PAGE] = "SELECT row, record FROM collections WHERE row > ? AND row <= ?"
                 " ORDER BY row",
    [SQL_GAPS] = "SELECT 1 FROM gaps WHERE heap = ? AND is_counted = 0"
                 " AND first_seq <= ? AND last_seq >= ? LIMIT 1",
    [SQL_COLLECTIONS] = "SELECT row, time_ms, record FROM collections WHERE heap = ?"
                        " AND time_ms >= ? AND time_ms < ? AND (time_ms, row) < (?, ?)"
                        " ORDER BY time_ms DESC, row DESC",
    [SQL_AUDIT] = "SELECT row, time_ms, who, method, heap, detail, code, duration_ns"
                  " FROM audit WHERE time_ms >= ? AND time_ms < ?"
                  " AND (time_ms, row) < (?, ?) ORDER BY time_ms DESC, row DESC",
    [SQL_SAMPLES] = "SELECT time_ms, " SAMPLE_COLUMNS " FROM samples WHERE heap = ?"
                    " AND level = ? AND time_ms >= ? AND time_ms < ?",
    [SQL_TRACE] =
        "SELECT time_ms, generation, reason, pause_ns, duration_ns, collected,"
        " freed_bytes, live_objects_after, live_bytes_after, phases, row"
        " FROM collections WHERE heap = ? AND time_ms >= ? AND time_ms < ?"
        " ORDER BY time_ms, row",
    [SQL_STATS_RANGE] =
        "SELECT generation, count, pause_total_ns, pause_max_ns, collected,"
        " uncollectable, candidates, freed_bytes, pauses FROM stats"
        " WHERE heap = ? AND width_ms = ? AND start_ms >= ? AND start_ms < ?",
    [SQL_THIN_READ] = "SELECT time_ms, " SAMPLE_COLUMNS " FROM samples WHERE heap = ?"
                      " AND level = ? AND time_ms < ? ORDER BY time_ms LIMIT ?",
    [SQL_THIN_DELETE] =
        "DELETE FROM samples WHERE heap = ? AND level = ? AND time_ms <= ?",
    [SQL_OLDEST] = "SELECT time_ms FROM collections WHERE heap = ?"
                   " ORDER BY time_ms LIMIT 1",
    [SQL_DELETE_OLD] =
        "DELETE FROM collections WHERE row IN (SELECT row FROM collections"
        " WHERE heap = ? AND time_ms < ? ORDER BY time_ms LIMIT ?)",
    [SQL_DELETE_SAMPLES] =
        "DELETE FROM samples WHERE (heap, level, time_ms) IN (SELECT heap, level,"
        " time_ms FROM samples WHERE heap = ? AND level = ? AND time_ms < ?"
        " ORDER BY time_ms LIMIT ?)",
    [SQL_DELETE_STATS] =
        "DELETE FROM stats WHERE heap = ? AND width_ms = ? AND start_ms < ?",
    [SQL_DELETE_GAPS] = "DELETE FROM gaps WHERE heap = ? AND last_seq < ?",
    [SQL_DELETE_AUDIT] = "DELETE FROM audit WHERE row IN (SELECT row FROM audit"
                         " WHERE time_ms < ? ORDER BY time_ms LIMIT ?)",
    [SQL_HEAP_GAPS] = "SELECT first_seq, last_seq, is_counted FROM gaps"
                      " WHERE heap = ? ORDER BY first_seq DESC LIMIT ?",
    [SQL_LAST_SEQ] = "SELECT row FROM collections WHERE row > ? AND row <= ?"
                     " ORDER BY row DESC LIMIT 1",
    [SQL_DELETE_HEAP] =
        "DELETE FROM heaps WHERE number = ? AND lease_end = 0 AND first_ms < ?"
        " AND NOT EXISTS (SELECT 1 FROM collections WHERE heap = heaps.number)"
        " AND NOT EXISTS (SELECT 1 FROM samples WHERE heap = heaps.number)",
    [SQL_FIRST_SEQ] = "SELECT row FROM collections WHERE row > ? AND row <= ?"
                      " ORDER BY row LIMIT 1",
};

/* How the file is kept. The order matters: auto_vacuum before the first page is
 * written, which the change to a write-ahead log does. */
static const char settings[] = "PRAGMA auto_vacuum = INCREMENTAL;"
                               "PRAGMA journal_mode = WAL;"
                               "PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = OFF;"
                               "PRAGMA journal_size_limit = 4194304;"
                               "PRAGMA cache_size = -2048;";

/* How long another program (sqlite3, a backup) may hold us up. */
#define BUSY_MS 500

static enum history_opened classify(int code) {
  switch (code & 0xff) {
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB: return HISTORY_DAMAGED;
  default: return HISTORY_FAILED;
  }
}

static enum history_opened fail(sqlite3 *handle, char *message, size_t size) {
  enum history_opened outcome = classify(sqlite3_errcode(handle));
  snprintf(message, size, "%s", sqlite3_errmsg(handle));
  return outcome;
}

static int read_version(sqlite3 *handle, unsigned *ret) {
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2(handle, "PRAGMA user_version", -1, &statement, NULL);
  if (code == SQLITE_OK) {
    code = sqlite3_step(statement);
    *ret = (unsigned)sqlite3_column_int(statement, 0);
  }
  sqlite3_finalize(statement);
  return code == SQLITE_ROW ? 0 : -1;
}

enum history_opened history_migrate(sqlite3 *handle, const char *const *list,
                                    unsigned count, char *message, size_t size) {
  unsigned version = 0;
  if (read_version(handle, &version) != 0) {
    return fail(handle, message, size);
  }
  if (version > count) {
    snprintf(message, size, "its version is %u and this program knows up to %u",
             version, count);
    return HISTORY_NEWER;
  }
  for (; version < count; version++) {
    char done[64];
    snprintf(done, sizeof done, "PRAGMA user_version = %u; COMMIT;", version + 1);
    if (sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(handle, list[version], NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(handle, done, NULL, NULL, NULL) != SQLITE_OK) {
      enum history_opened outcome = fail(handle, message, size);
      sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
      return outcome;
    }
  }
  return HISTORY_OPENED;
}

enum history_opened history_db_open(struct history_db *db, const char *path,
                                    const char *vfs, char *message, size_t size) {
  /* Made here, so that nobody else may read it from the first moment. */
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd >= 0) {
    close(fd);
  }
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  int code = sqlite3_open_v2(path, &db->handle, flags, vfs);
  enum history_opened outcome = HISTORY_OPENED;
  if (!db->handle) {
    snprintf(message, size, "out of memory");
    return HISTORY_FAILED;
  }
  sqlite3_extended_result_codes(db->handle, 1);
  sqlite3_busy_timeout(db->handle, BUSY_MS);
  unsigned version = 0;
  if (code != SQLITE_OK || read_version(db->handle, &version) != 0) {
    outcome = fail(db->handle, message, size);
  } else if (version <= STEPS && /* nothing is changed in what is newer */
             sqlite3_exec(db->handle, settings, NULL, NULL, NULL) != SQLITE_OK) {
    outcome = fail(db->handle, message, size);
  } else {
    outcome = history_migrate(db->handle, steps, STEPS, message, size);
  }
  if (outcome != HISTORY_OPENED) {
    history_db_close(db);
  }
  return outcome;
}

void history_db_close(struct history_db *db) {
  for (unsigned i = 0; i < SQL_STATEMENTS; i++) {
    sqlite3_finalize(db->statements[i]);
  }
  sqlite3_close(db->handle);
  memset(db, 0, sizeof *db);
}

sqlite3_stmt *history_sql(struct history_db *db, enum history_statement statement) {
  sqlite3_stmt **prepared = &db->statements[statement];
  if (!*prepared &&
      sqlite3_prepare_v3(db->handle, texts[statement], -1, SQLITE_PREPARE_PERSISTENT,
                         prepared, NULL) != SQLITE_OK) {
    return NULL;
  }
  return *prepared;
}

int history_run_statement(struct history_db *db, sqlite3_stmt *statement) {
  if (!statement) {
    return sqlite3_errcode(db->handle);
  }
  int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return code == SQLITE_DONE || code == SQLITE_ROW ? 0 : code;
}

const char *history_reason(const struct history_db *db, int code) {
  bool is_last = db->handle && (sqlite3_errcode(db->handle) & 0xff) == (code & 0xff);
  return is_last ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code);
}

int history_exec(struct history_db *db, enum history_statement statement) {
  return history_run_statement(db, history_sql(db, statement));
}
