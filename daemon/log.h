/* log.h - lines to stderr, with the journal's priorities.
 *
 * Any thread. A line is written with one write(2), so lines never mix. No secret
 * (token, cookie) is ever passed here. */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

enum log_level {
  LOG_LEVEL_ERROR = 3,
  LOG_LEVEL_WARNING = 4,
  LOG_LEVEL_INFO = 6,
  LOG_LEVEL_DEBUG = 7
};

/* Lines above `level` are dropped. `journal`: prefix "<N>" (when $JOURNAL_STREAM is
 * set). */
void log_init(enum log_level level, int journal);
void log_line(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
