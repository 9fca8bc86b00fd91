/* log.c - lines to stderr: for a terminal, for the journal, or as JSON.
 *
 *   format, arguments --vsnprintf--> text --escape--> prefix, text, suffix
 * --write(2)-->
 *
 * A line is built in buffers on the stack. Settings are atomics, because a reload
 * changes them while heap threads log. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "utf8.h"

#define TEXT_BYTES 1024u
/* Every byte may become "\u001b", between a prefix and a suffix. */
#define LINE_BYTES (6u * TEXT_BYTES + 160u)

static atomic_int log_level_now = LOG_LEVEL_INFO;
static atomic_int log_format_now = LOG_FORMAT_TEXT;

/* $JOURNAL_STREAM names the stream that the service manager gave us; stderr may lead
 * somewhere else by now. */
static bool is_journal(void) {
  const char *stream = getenv("JOURNAL_STREAM");
  struct stat facts;
  unsigned long long device = 0, inode = 0;
  return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
         fstat(STDERR_FILENO, &facts) == 0 && facts.st_dev == device &&
         facts.st_ino == inode;
}

void log_init(enum log_level level, enum log_format format) {
  if (format == LOG_FORMAT_AUTO) {
    format = is_journal() ? LOG_FORMAT_JOURNAL : LOG_FORMAT_TEXT;
  }
  atomic_store(&log_level_now, (int)level);
  atomic_store(&log_format_now, (int)format);
}

static const char *level_name(enum log_level level) {
  switch (level) {
  case LOG_LEVEL_ERROR: return "error";
  case LOG_LEVEL_WARNING: return "warning";
  case LOG_LEVEL_INFO: return "info";
  case LOG_LEVEL_DEBUG: return "debug";
  }
  return "error";
}

/* --- a line --- */

/* May this character (`size` bytes of UTF-8) stand in a line as it is? Not the controls
 * of either set, not the separators of lines, not what turns the direction of text. */
static bool is_plain(const unsigned char *at, size_t size) {
  if (size == 1) {
    return at[0] >= 0x20 && at[0] != 0x7f;
  }
  if (size == 2) {
    return at[0] != 0xc2 || at[1] >= 0xa0;
  }
  bool is_format = size == 3 && at[0] == 0xe2 &&
                   ((at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) ||
                    (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9));
  return !is_format;
}

/* Copy `text` to `ret`, which has room for the worst. Returns the bytes written. */
static size_t escape(char *ret, const char *text, size_t length, bool is_json) {
  size_t used = 0;
  while (length > 0) {
    size_t size = proto_utf8_character(text, length);
    if (size == 0 || !is_plain((const unsigned char *)text, size)) {
      size = size > 0 ? size : 1;
      for (size_t i = 0; i < size; i++) {
        /* In JSON a byte has no escape: the backslash stands for itself. */
        used += (size_t)sprintf(ret + used, is_json ? "\\\\x%02x" : "\\x%02x",
                                (unsigned char)text[i]);
      }
    } else if (is_json && (text[0] == '"' || text[0] == '\\')) {
      ret[used++] = '\\';
      ret[used++] = text[0];
    } else {
      memcpy(ret + used, text, size);
      used += size;
    }
    text += size;
    length -= size;
  }
  return used;
}

static size_t prefix(char *ret, size_t size, enum log_level level,
                     enum log_format format) {
  struct timespec now;
  struct tm parts;
  char time[32] = "";
  switch (format) {
  case LOG_FORMAT_JOURNAL: return (size_t)snprintf(ret, size, "<%d>", (int)level);
  case LOG_FORMAT_JSON:
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &parts)) {
      strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &parts);
    }
    return (size_t)snprintf(ret, size,
                            "{\"time\":\"%s.%03dZ\",\"level\":\"%s\",\"message\":\"",
                            time, (int)(now.tv_nsec / 1000000), level_name(level));
  case LOG_FORMAT_AUTO:
  case LOG_FORMAT_TEXT: break;
  }
  return (size_t)snprintf(ret, size, "ourod: ");
}

static void write_line(enum log_level level, const char *format, va_list arguments) {
  enum log_format layout = (enum log_format)atomic_load(&log_format_now);
  char text[TEXT_BYTES], line[LINE_BYTES];
  int length = vsnprintf(text, sizeof(text), format, arguments);
  if (length < 0) {
    return;
  }
  if ((size_t)length >= sizeof(text)) {
    length = (int)sizeof(text) - 4;
    /* Not in the middle of a character, which has at most three more bytes. */
    for (int i = 0; i < 3 && ((unsigned char)text[length] & 0xc0) == 0x80; i++) {
      length--;
    }
    memcpy(text + length, "...", 3);
    length += 3;
  }
  bool is_json = layout == LOG_FORMAT_JSON;
  size_t used = prefix(line, sizeof(line), level, layout);
  used += escape(line + used, text, (size_t)length, is_json);
  memcpy(line + used, is_json ? "\"}\n" : "\n", is_json ? 3 : 1);
  used += is_json ? 3 : 1;

  int saved = errno;
  ssize_t written = write(STDERR_FILENO, line, used);
  (void)written; /* there is nowhere left to complain to */
  errno = saved;
}

void log_line(enum log_level level, const char *format, ...) {
  if ((int)level > atomic_load(&log_level_now)) {
    return;
  }
  va_list arguments;
  va_start(arguments, format);
  write_line(level, format, arguments);
  va_end(arguments);
}

void log_peer(struct log_budget *budget, uint64_t now_ms, enum log_level level,
              const char *format, ...) {
  if ((int)level > atomic_load(&log_level_now)) {
    return;
  }
  uint64_t share = 1000u / LOG_LINES_A_SECOND;
  if (budget->used_ms < now_ms) {
    budget->used_ms = now_ms;
  }
  if (budget->used_ms - now_ms + share > 1000u) {
    budget->left_out++;
    return;
  }
  budget->used_ms += share;
  if (budget->left_out > 0) {
    log_line(level, "%llu lines about clients were left out",
             (unsigned long long)budget->left_out);
    budget->left_out = 0;
  }
  va_list arguments;
  va_start(arguments, format);
  write_line(level, format, arguments);
  va_end(arguments);
}
