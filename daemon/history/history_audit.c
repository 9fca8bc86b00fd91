/* history_audit.c - history.audit: who commanded what, newest first, page by page.
 *
 * There is no index by heap: commands are few, and one that is asked about in vain must
 * not read for long. So a page ends after so many rows that were looked at, too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_private.h"

/* Some milliseconds of reading. */
#define PAGE_LOOKED 20000u

static void read_text(sqlite3_stmt *row, int column, char *ret, size_t size) {
  const char *text = (const char *)sqlite3_column_text(row, column);
  snprintf(ret, size, "%s", text ? text : "");
}

/* The row as readers get it, owned; NULL when memory is short. */
static char *record_of(sqlite3_stmt *row, size_t *ret_length) {
  const char *method = (const char *)sqlite3_column_text(row, 3);
  struct proto_audit audit = {.time_ms = sqlite3_column_int64(row, 1),
                              .method = method ? method : "",
                              .code = sqlite3_column_int(row, 6),
                              .duration_ns = (uint64_t)sqlite3_column_int64(row, 7)};
  read_text(row, 2, audit.who, sizeof audit.who);
  read_text(row, 4, audit.heap, sizeof audit.heap);
  read_text(row, 5, audit.detail, sizeof audit.detail);
  return proto_encode_audit_record(&audit, ret_length);
}

static bool is_of(sqlite3_stmt *row, const char *heap) {
  const char *of = (const char *)sqlite3_column_text(row, 4);
  return heap[0] == '\0' || (of && strcmp(of, heap) == 0);
}

int history_answer_audit(struct history *history, struct history_request *request) {
  const struct proto_request *asked = &request->request;
  const struct proto_range *range = &asked->params.history.range;
  struct history_cursor cursor;
  if (!history_cursor_read(request, &cursor)) {
    return 0;
  }
  uint32_t limit = asked->params.history.limit, count = 0, looked = 0;
  char **records = calloc(limit, sizeof *records);
  sqlite3_stmt *statement = history_sql(&history->db, SQL_AUDIT);
  int code = statement ? SQLITE_ROW : sqlite3_errcode(history->db.handle);
  size_t bytes = 0;
  const char *next = "";
  bool is_short = !records;
  if (statement) {
    sqlite3_bind_int64(statement, 1, range->from_ms);
    sqlite3_bind_int64(statement, 2, range->to_ms);
    sqlite3_bind_int64(statement, 3, cursor.time_ms);
    sqlite3_bind_int64(statement, 4, cursor.row);
  }
  while (statement && !is_short && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    if (count == limit || looked == PAGE_LOOKED || bytes >= HISTORY_ANSWER_BYTES) {
      next = history_cursor_text(&cursor);
      break;
    }
    cursor.row = sqlite3_column_int64(statement, 0);
    cursor.time_ms = sqlite3_column_int64(statement, 1);
    looked++;
    if (is_of(statement, asked->heap)) {
      size_t length = 0;
      records[count] = record_of(statement, &length);
      is_short = !records[count];
      count += is_short ? 0 : 1;
      bytes += length;
    }
  }
  sqlite3_reset(statement);
  bool is_read = code == SQLITE_ROW || code == SQLITE_DONE;
  if (is_read && !is_short) {
    request->text = proto_encode_history_audit(asked->id, (const char *const *)records,
                                               count, next, &request->length);
  }
  for (uint32_t i = 0; i < count; i++) {
    free(records[i]);
  }
  free(records);
  return is_read ? 0 : code;
}
