/* history_page.c - a heap's past in order, for clients that come back.
 *
 *   after  |  row 17  row 18  (19..25 have no row)  row 26 ...  |  until
 *              message message        gap            message
 *
 * A page ends after so many records or bytes; what it says is whole: from the number
 * after `after` to the last entry's there is no hole. */
#include <stdlib.h>

#include "history_private.h"

/* Records and bytes of one page: some milliseconds of a client's link. */
#define PAGE_RECORDS 200u
#define PAGE_BYTES   (128u * 1024u)

/* Did anybody count what is missing? */
static int is_counted(struct history_db *db, int64_t number, uint64_t first_seq,
                      uint64_t last_seq, bool *ret) {
  sqlite3_stmt *statement = history_sql(db, SQL_GAPS);
  if (!statement) {
    return sqlite3_errcode(db->handle);
  }
  sqlite3_bind_int64(statement, 1, number);
  sqlite3_bind_int64(statement, 2, (sqlite3_int64)last_seq);
  sqlite3_bind_int64(statement, 3, (sqlite3_int64)first_seq);
  int code = sqlite3_step(statement);
  sqlite3_reset(statement);
  *ret = code != SQLITE_ROW;
  return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : code;
}

static int add_gap(struct history_db *db, int64_t number, struct hub_page *page,
                   uint64_t first_seq, uint64_t last_seq) {
  struct hub_past *entry = &page->entries[page->count];
  *entry = (struct hub_past){.first_seq = first_seq, .last_seq = last_seq};
  page->count++;
  return is_counted(db, number, first_seq, last_seq, &entry->is_counted);
}

int history_answer_page(struct history *history, struct history_request *request) {
  struct history_db *db = &history->db;
  struct hub_page *page = &request->page;
  uint64_t at = request->after_seq, until = request->until_seq;
  size_t bytes = 0;
  uv_mutex_lock(&history->lock);
  const struct history_heap *heap =
      history_heap_locked(history, request->request.heap, false);
  uv_mutex_unlock(&history->lock);
  int64_t number = heap ? heap->number : 0;
  /* Each record may have a gap before it, and one may end the page. */
  page->entries = calloc(2 * PAGE_RECORDS + 1, sizeof *page->entries);
  if (!page->entries) {
    return 0; /* the page says that there is no answer */
  }
  if (number == 0) {
    return add_gap(db, number, page, at + 1, until);
  }
  sqlite3_stmt *statement = history_sql(db, SQL_PAGE);
  int code = statement ? SQLITE_ROW : sqlite3_errcode(db->handle), error = 0;
  if (statement) {
    sqlite3_bind_int64(statement, 1, HISTORY_ROW(number, at));
    sqlite3_bind_int64(statement, 2, HISTORY_ROW(number, until));
  }
  unsigned records = 0;
  while (statement && records < PAGE_RECORDS && bytes < PAGE_BYTES && error == 0 &&
         (code = sqlite3_step(statement)) == SQLITE_ROW) {
    uint64_t seq = (uint64_t)sqlite3_column_int64(statement, 0) & HISTORY_MAX_SEQ;
    const char *record = (const char *)sqlite3_column_text(statement, 1);
    size_t length = 0;
    char *text = record ? proto_encode_collection_stored(record, &length) : NULL;
    struct message *message = message_new_take(text, length);
    if (!message) {
      error = SQLITE_NOMEM;
      break;
    }
    if (seq > at + 1) {
      error = add_gap(db, number, page, at + 1, seq - 1);
    }
    page->entries[page->count++] =
        (struct hub_past){.first_seq = seq, .last_seq = seq, .message = message};
    at = seq;
    bytes += length;
    records++;
  }
  sqlite3_reset(statement);
  if (error == 0 && code == SQLITE_DONE && at < until) {
    error = add_gap(db, number, page, at + 1, until);
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE && error == 0) {
    error = code;
  }
  if (error != 0) {
    hub_page_fini(page);
  }
  return error == SQLITE_NOMEM ? 0 : error;
}
