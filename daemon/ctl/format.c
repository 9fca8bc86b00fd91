/* format.c - figures and names as people read them. */
#include "format.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "utf8.h"

/* Three digits: 1.23, 12.3, 123. The borders are where rounding adds a digit. */
static void three_digits(char ret[FORMAT_BYTES], double value, const char *unit) {
  int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  snprintf(ret, FORMAT_BYTES, "%.*f %s", decimals, value, unit);
}

void format_ns(char ret[FORMAT_BYTES], uint64_t ns) {
  if (ns < 1000) {
    snprintf(ret, FORMAT_BYTES, "%" PRIu64 " ns", ns);
  } else if (ns < 999500) {
    three_digits(ret, (double)ns / 1e3, "µs");
  } else if (ns < 999500000) {
    three_digits(ret, (double)ns / 1e6, "ms");
  } else {
    three_digits(ret, (double)ns / 1e9, "s");
  }
}

void format_bytes(char ret[FORMAT_BYTES], uint64_t bytes) {
  static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = (double)bytes / 1024;
  size_t at = 0;
  if (bytes < 1024) {
    snprintf(ret, FORMAT_BYTES, "%" PRIu64 " B", bytes);
    return;
  }
  while (value >= 1023.5 && at + 1 < sizeof(units) / sizeof(units[0])) {
    value /= 1024;
    at++;
  }
  three_digits(ret, value, units[at]);
}

void format_count(char ret[FORMAT_BYTES], int64_t count) {
  char digits[24];
  size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRId64, count);
  size_t sign = digits[0] == '-', used = 0;
  for (size_t i = 0; i < length; i++) {
    if (i > sign && (length - i) % 3 == 0) {
      ret[used++] = ',';
    }
    ret[used++] = digits[i];
  }
  ret[used] = '\0';
}

static void two_units(char ret[FORMAT_BYTES], uint64_t more, const char *unit,
                      uint64_t rest, const char *rest_unit) {
  int length = snprintf(ret, FORMAT_BYTES, "%" PRIu64 " %s", more, unit);
  if (rest > 0) {
    snprintf(ret + length, FORMAT_BYTES - (size_t)length, " %" PRIu64 " %s", rest,
             rest_unit);
  }
}

void format_duration(char ret[FORMAT_BYTES], uint64_t ms) {
  uint64_t seconds = ms / 1000;
  if (ms < 1000) {
    snprintf(ret, FORMAT_BYTES, "%" PRIu64 " ms", ms);
  } else if (ms < 59950) {
    three_digits(ret, (double)ms / 1e3, "s");
  } else if (seconds < 3600) {
    two_units(ret, seconds / 60, "min", seconds % 60, "s");
  } else if (seconds < 86400) {
    two_units(ret, seconds / 3600, "h", seconds % 3600 / 60, "min");
  } else {
    two_units(ret, seconds / 86400, "d", seconds % 86400 / 3600, "h");
  }
}

static void local_time(char ret[FORMAT_BYTES], const char *format, int64_t time_ms) {
  time_t seconds = (time_t)(time_ms / 1000);
  struct tm parts;
  if (!localtime_r(&seconds, &parts) ||
      strftime(ret, FORMAT_BYTES, format, &parts) == 0) {
    snprintf(ret, FORMAT_BYTES, "%" PRId64, time_ms);
  }
}

void format_clock(char ret[FORMAT_BYTES], int64_t time_ms) {
  local_time(ret, "%H:%M:%S", time_ms);
  size_t length = strlen(ret);
  snprintf(ret + length, FORMAT_BYTES - length, ".%03d", (int)(time_ms % 1000));
}

void format_date(char ret[FORMAT_BYTES], int64_t time_ms) {
  local_time(ret, "%Y-%m-%d %H:%M:%S", time_ms);
}

/* The code point of a character of `bytes` bytes, which was checked. */
static uint32_t code_point(const char *text, size_t bytes) {
  static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  uint32_t code = (unsigned char)text[0] & masks[bytes];
  for (size_t i = 1; i < bytes; i++) {
    code = code << 6 | ((unsigned char)text[i] & 0x3f);
  }
  return code;
}

/* What the C library says of the character; it needs a UTF-8 locale, which main()
 * chose. Where it knows nothing, one column. */
size_t format_width(const char *text) {
  size_t width = 0, length = strlen(text);
  for (size_t at = 0; at < length;) {
    size_t bytes = proto_utf8_character(text + at, length - at);
    int columns = bytes > 1 ? wcwidth((wchar_t)code_point(text + at, bytes)) : 1;
    width += columns >= 0 ? (size_t)columns : 1;
    at += bytes > 0 ? bytes : 1;
  }
  return width;
}

static int is_steering(uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x200e ||
         code == 0x200f || code == 0x2028 || code == 0x2029 || code == 0x061c ||
         (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

char *format_escape(const char *text) {
  size_t length = strlen(text), used = 0;
  char *ret = malloc(length * 6 + 1); /* the longest form of one byte is \u00NN */
  for (size_t at = 0; ret && at < length;) {
    size_t bytes = proto_utf8_character(text + at, length - at);
    if (bytes == 0) {
      used += (size_t)sprintf(ret + used, "\\x%02x", (unsigned char)text[at++]);
      continue;
    }
    uint32_t code = code_point(text + at, bytes);
    if (is_steering(code)) {
      used += (size_t)sprintf(ret + used, "\\u%04" PRIx32, code);
    } else {
      memcpy(ret + used, text + at, bytes);
      used += bytes;
    }
    at += bytes;
  }
  if (ret) {
    ret[used] = '\0';
  }
  return ret;
}
