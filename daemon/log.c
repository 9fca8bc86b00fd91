/* log.c - lines to stderr, with the journal's priorities.
 *
 *   terminal:  ourod: the web root has no index.html
 *   journal:   <4>the web root has no index.html
 *
 * A line is built in a buffer on the stack and written with one write(2); what is
 * longer than the buffer is cut. Control characters from peers or file names become
 * '?', so a line stays a line. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_BYTES 1024

/* Set once before threads start, and read by all of them. */
static atomic_int log_level_now = LOG_LEVEL_INFO;
static atomic_int log_journal;

void log_init(enum log_level level, int journal) {
  atomic_store(&log_level_now, (int)level);
  atomic_store(&log_journal, journal);
}

void log_line(enum log_level level, const char *format, ...) {
  if ((int)level > atomic_load(&log_level_now)) {
    return;
  }
  char line[LINE_BYTES];
  int prefix = atomic_load(&log_journal)
                   ? snprintf(line, sizeof(line), "<%d>", (int)level)
                   : snprintf(line, sizeof(line), "ourod: ");
  size_t used = prefix > 0 ? (size_t)prefix : 0;

  va_list arguments;
  va_start(arguments, format);
  int text = vsnprintf(line + used, sizeof(line) - used - 1, format, arguments);
  va_end(arguments);
  if (text < 0) {
    return;
  }
  size_t end = used + (size_t)text;
  if (end > sizeof(line) - 2) {
    end = sizeof(line) - 2;
  }
  for (size_t i = used; i < end; i++) {
    unsigned char c = (unsigned char)line[i];
    if (c < 0x20 || c == 0x7f) {
      line[i] = '?';
    }
  }
  line[end++] = '\n';

  int saved = errno;
  ssize_t written = write(STDERR_FILENO, line, end);
  (void)written; /* there is nowhere left to complain to */
  errno = saved;
}
