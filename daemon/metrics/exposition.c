/* exposition.c - metrics as text: Prometheus' classic format, or OpenMetrics.
 *
 *   classic      # TYPE ouro_x_total counter    ouro_x_total{heap="a"} 7
 *   OpenMetrics  # TYPE ouro_x counter          ouro_x_total{heap="a"} 7
 *                                               ... # {seq="12"} 0.0012 1790000000.123
 *                # EOF */
#include "exposition.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "utf8.h"

#define FIRST_BYTES   (32u * 1024u)
#define NS_PER_SECOND UINT64_C(1000000000)
#define MAX_DIGITS    20u /* of a uint64_t */
#define ESCAPED_BYTES 512 /* of a label's value; names have at most 63 bytes */
#define OPENMETRICS   "application/openmetrics-text"
#define REPLACEMENT   "\xef\xbf\xbd"

void exposition_init(struct exposition *exposition, enum exposition_format format) {
  *exposition = (struct exposition){.format = format};
}

void exposition_fini(struct exposition *exposition) {
  free(exposition->text);
  exposition->text = NULL;
}

void exposition_clear(struct exposition *exposition) {
  exposition->length = 0;
}

/* --- which format --- */

/* How much one media type is wanted, in thousandths, by an Accept header; -1 when it is
 * not named. The range that names it best counts, wildcards less. */
static int wanted(const char *accept, const char *type) {
  size_t type_length = strlen(type);
  int quality = -1;
  while (*accept != '\0') {
    accept += strspn(accept, ", \t");
    size_t length = strcspn(accept, ",");
    if (strncasecmp(accept, type, type_length) == 0 &&
        strchr(";, \t", accept[type_length]) != NULL) {
      /* The parameters of this entry; without a q it is wanted fully. */
      double q = 1.0;
      for (const char *at = accept; at < accept + length; at++) {
        if (*at == ';' && strncasecmp(at + 1 + strspn(at + 1, " \t"), "q=", 2) == 0) {
          q = strtod(strchr(at, '=') + 1, NULL);
        }
      }
      int thousandths = q >= 1.0 ? 1000 : q > 0.0 ? (int)(q * 1000.0) : 0;
      quality = thousandths > quality ? thousandths : quality;
    }
    accept += length;
  }
  return quality;
}

enum exposition_format exposition_accepted(const char *accept) {
  int quality = accept ? wanted(accept, OPENMETRICS) : -1;
  return quality > 0 && quality >= wanted(accept, "text/plain") ? EXPOSITION_OPENMETRICS
                                                                : EXPOSITION_CLASSIC;
}

const char *exposition_content_type(enum exposition_format format) {
  return format == EXPOSITION_OPENMETRICS ? OPENMETRICS "; version=1.0.0; charset=utf-8"
                                          : "text/plain; version=0.0.4; charset=utf-8";
}

/* --- text --- */

/* Room for `length` more bytes; NULL when memory is short. */
static char *room(struct exposition *exposition, size_t length) {
  if (exposition->failed) {
    return NULL;
  }
  if (length > exposition->capacity - exposition->length) {
    size_t capacity = exposition->capacity > 0 ? exposition->capacity : FIRST_BYTES;
    while (capacity - exposition->length < length) {
      capacity *= 2;
    }
    char *grown = realloc(exposition->text, capacity);
    if (!grown) {
      exposition->failed = true;
      return NULL;
    }
    exposition->text = grown;
    exposition->capacity = capacity;
  }
  return exposition->text + exposition->length;
}

static void append(struct exposition *exposition, const char *text, size_t length) {
  char *place = room(exposition, length);
  if (place) {
    memcpy(place, text, length);
    exposition->length += length;
  }
}

static void append_text(struct exposition *exposition, const char *text) {
  append(exposition, text, strlen(text));
}

/* The digits of `value`, at least `width` of them, at the end of `digits`. */
static char *digits_of(uint64_t value, unsigned width, char digits[MAX_DIGITS]) {
  char *at = digits + MAX_DIGITS;
  do {
    *--at = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0 || at > digits + MAX_DIGITS - width);
  return at;
}

static void append_uint(struct exposition *exposition, uint64_t value) {
  char digits[MAX_DIGITS];
  char *first = digits_of(value, 1, digits);
  append(exposition, first, (size_t)(digits + MAX_DIGITS - first));
}

/* Seconds with as many decimals as they need: exact, which a double is not. */
static void append_seconds(struct exposition *exposition, uint64_t ns) {
  append_uint(exposition, ns / NS_PER_SECOND);
  if (ns % NS_PER_SECOND != 0) {
    char digits[MAX_DIGITS];
    size_t length = 9;
    char *first = digits_of(ns % NS_PER_SECOND, 9, digits);
    while (first[length - 1] == '0') {
      length--;
    }
    append(exposition, ".", 1);
    append(exposition, first, length);
  }
}

void exposition_escape(char *ret, size_t size, const char *value) {
  size_t length = strlen(value), used = 0;
  while (length > 0) {
    size_t bytes = proto_utf8_character(value, length);
    const char *piece = bytes == 0       ? REPLACEMENT
                        : *value == '\\' ? "\\\\"
                        : *value == '"'  ? "\\\""
                        : *value == '\n' ? "\\n"
                                         : NULL;
    size_t taken = bytes == 0 ? 1 : bytes;
    size_t written = piece ? strlen(piece) : bytes;
    if (used + written + 1 > size) {
      break;
    }
    memcpy(ret + used, piece ? piece : value, written);
    used += written;
    value += taken;
    length -= taken;
  }
  ret[used] = '\0';
}

/* --- families and series --- */

static const char *ending(const struct exposition *exposition) {
  return exposition->type == EXPOSITION_COUNTER ? "_total"
         : exposition->type == EXPOSITION_INFO  ? "_info"
                                                : "";
}

/* In OpenMetrics a family has no ending, its series do. */
static void append_header(struct exposition *exposition, const char *keyword,
                          const char *rest) {
  append_text(exposition, keyword);
  append_text(exposition, exposition->name);
  if (exposition->format == EXPOSITION_CLASSIC) {
    append_text(exposition, ending(exposition));
  }
  append(exposition, " ", 1);
  append_text(exposition, rest);
  append(exposition, "\n", 1);
}

void exposition_family(struct exposition *exposition, enum exposition_type type,
                       const char *name, const char *help, bool is_first) {
  exposition->type = type;
  exposition->name = name;
  exposition->help = help;
  exposition->has_header = !is_first;
}

void exposition_series(struct exposition *exposition, const char *suffix) {
  static const char *const types[] = {"counter", "gauge", "histogram", "info"};
  if (!exposition->has_header) {
    exposition->has_header = true;
    bool is_gauge = exposition->type == EXPOSITION_INFO &&
                    exposition->format == EXPOSITION_CLASSIC; /* which has no infos */
    append_header(exposition, "# HELP ", exposition->help);
    append_header(exposition, "# TYPE ", is_gauge ? "gauge" : types[exposition->type]);
  }
  append_text(exposition, exposition->name);
  append_text(exposition, suffix[0] != '\0' ? suffix : ending(exposition));
  exposition->has_label = false;
}

void exposition_label_escaped(struct exposition *exposition, const char *key,
                              const char *value) {
  append(exposition, exposition->has_label ? "," : "{", 1);
  exposition->has_label = true;
  append_text(exposition, key);
  append(exposition, "=\"", 2);
  append_text(exposition, value);
  append(exposition, "\"", 1);
}

void exposition_label(struct exposition *exposition, const char *key,
                      const char *value) {
  char escaped[ESCAPED_BYTES];
  exposition_escape(escaped, sizeof(escaped), value);
  exposition_label_escaped(exposition, key, escaped);
}

void exposition_label_uint(struct exposition *exposition, const char *key,
                           uint64_t value) {
  char digits[MAX_DIGITS + 1];
  char *first = digits_of(value, 1, digits);
  digits[MAX_DIGITS] = '\0';
  exposition_label_escaped(exposition, key, first);
}

static void end_labels(struct exposition *exposition) {
  append_text(exposition, exposition->has_label ? "} " : " ");
}

void exposition_uint(struct exposition *exposition, uint64_t value) {
  end_labels(exposition);
  append_uint(exposition, value);
  append(exposition, "\n", 1);
}

void exposition_real(struct exposition *exposition, double value) {
  char text[32];
  end_labels(exposition);
  if (isfinite(value)) {
    snprintf(text, sizeof(text), "%.9g\n", value);
  } else {
    snprintf(text, sizeof(text),
             isnan(value) ? "NaN\n"
             : value > 0  ? "+Inf\n"
                          : "-Inf\n");
  }
  append_text(exposition, text);
}

void exposition_seconds(struct exposition *exposition, uint64_t ns) {
  end_labels(exposition);
  append_seconds(exposition, ns);
  append(exposition, "\n", 1);
}

void exposition_bucket(struct exposition *exposition, uint64_t value,
                       const struct exposition_exemplar *exemplar) {
  end_labels(exposition);
  append_uint(exposition, value);
  if (exemplar && exposition->format == EXPOSITION_OPENMETRICS) {
    append_text(exposition, " # {seq=\"");
    append_uint(exposition, exemplar->seq);
    append_text(exposition, "\"} ");
    append_seconds(exposition, exemplar->value_ns);
    append(exposition, " ", 1);
    /* Clocks before 1970 are set wrong; an exemplar then says so with a 0. */
    uint64_t time_ms = exemplar->time_ms > 0 ? (uint64_t)exemplar->time_ms : 0;
    append_seconds(exposition, time_ms * 1000000u);
  }
  append(exposition, "\n", 1);
}

void exposition_end(struct exposition *exposition) {
  if (exposition->format == EXPOSITION_OPENMETRICS) {
    append_text(exposition, "# EOF\n");
  }
}
