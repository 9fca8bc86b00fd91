/* log.h - lines to stderr: for a terminal, for the journal, or as JSON.
 *
 *   text      ourod: the web root has no index.html
 *   journal   <4>the web root has no index.html
 *   json      {"time":"2026-11-22T20:24:34.123Z","level":"warning","message":"the ..."}
 *
 * Any thread. A line is written with one write(2), so lines never mix. What came from a
 * peer or a file name cannot forge a line or move a terminal's cursor: control
 * characters, and bytes that are no UTF-8, are written out ("\x1b"); what is too long
 * ends in "...". No secret (token, cookie) is ever passed here. */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdint.h>

enum log_level {
  LOG_LEVEL_ERROR = 3,
  LOG_LEVEL_WARNING = 4,
  LOG_LEVEL_INFO = 6,
  LOG_LEVEL_DEBUG = 7
};

enum log_format {
  LOG_FORMAT_AUTO, /* journal where stderr leads there ($JOURNAL_STREAM), else text */
  LOG_FORMAT_TEXT,
  LOG_FORMAT_JOURNAL,
  LOG_FORMAT_JSON
};

/* Lines above `level` are dropped. May be called again at any time. */
void log_init(enum log_level level, enum log_format format);
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Lines that a peer can cause without having shown anything: so many a second, and as
 * many at once after a rest. All zero is a full budget. Loop thread only. */
struct log_budget {
  uint64_t used_ms; /* virtual time that the lines so far have used up */
  uint64_t left_out;
};
#define LOG_LINES_A_SECOND 10u
/* As log_line, at `now_ms` (monotonic); what goes beyond the budget is counted, and the
 * next line that gets through says how many were left out. */
void log_peer(struct log_budget *budget, uint64_t now_ms, enum log_level level,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
