/* writer.c - JSON text into one growing buffer.
 *
 * Why not a tree that is dumped afterwards: a sample has sixty members and goes out
 * ten times a second for each heap. One buffer is one allocation that grows, one place
 * where memory can run short, and the order of the calls is the order on the wire. */
#include "writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define FIRST_BYTES    512
#define LARGEST_NUMBER INT64_C(9007199254740991) /* 2^53 - 1 */

void proto_writer_init(struct proto_writer *writer) {
  memset(writer, 0, sizeof *writer);
}

void proto_writer_fini(struct proto_writer *writer) {
  free(writer->text);
  proto_writer_init(writer);
}

static void append(struct proto_writer *writer, const char *text, size_t length) {
  if (writer->failed)
    return;
  if (length >= writer->capacity - writer->length) {
    size_t capacity = writer->capacity > 0 ? writer->capacity : FIRST_BYTES;
    while (capacity - writer->length <= length)
      capacity *= 2;
    char *grown = realloc(writer->text, capacity);
    if (grown == NULL) {
      writer->failed = true;
      return;
    }
    writer->text = grown;
    writer->capacity = capacity;
  }
  memcpy(writer->text + writer->length, text, length);
  writer->length += length;
}

char *proto_writer_take(struct proto_writer *writer, size_t *ret_length) {
  char *text = NULL;

  append(writer, "", 1);
  if (!writer->failed) {
    text = writer->text;
    if (ret_length != NULL)
      *ret_length = writer->length - 1;
    writer->text = NULL;
  }
  proto_writer_fini(writer);
  return text;
}

/* A string with its quotes. Runs of plain characters are copied in one piece. */
static void append_string(struct proto_writer *writer, const char *text) {
  size_t length = strlen(text), plain = 0, i = 0;

  append(writer, "\"", 1);
  while (i < length) {
    size_t bytes = proto_utf8_character(text + i, length - i);
    unsigned char first = (unsigned char)text[i];
    char escape[8];
    if (bytes == 0)
      memcpy(escape, "\xef\xbf\xbd", 4); /* U+FFFD, the replacement character */
    else if (first == '"' || first == '\\')
      snprintf(escape, sizeof escape, "\\%c", first);
    else if (first == '\n')
      memcpy(escape, "\\n", 3);
    else if (first < 0x20 || first == 0x7f)
      snprintf(escape, sizeof escape, "\\u%04x", first);
    else {
      i += bytes;
      continue;
    }
    append(writer, text + plain, i - plain);
    append(writer, escape, strlen(escape));
    i += bytes > 0 ? bytes : 1;
    plain = i;
  }
  append(writer, text + plain, length - plain);
  append(writer, "\"", 1);
}

/* The comma and the key that stand before a value. */
static void begin_value(struct proto_writer *writer, const char *key) {
  if (writer->needs_comma)
    append(writer, ",", 1);
  if (key != NULL) {
    append_string(writer, key);
    append(writer, ":", 1);
  }
  writer->needs_comma = true;
}

static void open_level(struct proto_writer *writer, const char *key, const char *opener,
                       char closer) {
  begin_value(writer, key);
  append(writer, opener, 1);
  writer->needs_comma = false;
  if (writer->depth == PROTO_WRITER_DEPTH) {
    writer->failed = true; /* our own mistake; reported as a message that failed */
    return;
  }
  writer->closers[writer->depth++] = closer;
}

void proto_write_object(struct proto_writer *writer, const char *key) {
  open_level(writer, key, "{", '}');
}

void proto_write_array(struct proto_writer *writer, const char *key) {
  open_level(writer, key, "[", ']');
}

void proto_write_end(struct proto_writer *writer) {
  if (writer->depth == 0)
    return;
  append(writer, &writer->closers[--writer->depth], 1);
  writer->needs_comma = true;
}

void proto_write_string(struct proto_writer *writer, const char *key,
                        const char *text) {
  if (text == NULL) {
    proto_write_null(writer, key);
    return;
  }
  begin_value(writer, key);
  append_string(writer, text);
}

void proto_write_json(struct proto_writer *writer, const char *key, const char *json) {
  begin_value(writer, key);
  append(writer, json, strlen(json));
}

void proto_write_bool(struct proto_writer *writer, const char *key, bool value) {
  proto_write_json(writer, key, value ? "true" : "false");
}

void proto_write_null(struct proto_writer *writer, const char *key) {
  proto_write_json(writer, key, "null");
}

void proto_write_int(struct proto_writer *writer, const char *key, int64_t value) {
  char digits[24];

  if (value > LARGEST_NUMBER)
    value = LARGEST_NUMBER;
  if (value < -LARGEST_NUMBER)
    value = -LARGEST_NUMBER;
  snprintf(digits, sizeof digits, "%" PRId64, value);
  proto_write_json(writer, key, digits);
}

void proto_write_uint(struct proto_writer *writer, const char *key, uint64_t value) {
  proto_write_int(writer, key,
                  value > LARGEST_NUMBER ? LARGEST_NUMBER : (int64_t)value);
}

void proto_write_real(struct proto_writer *writer, const char *key, double value) {
  char digits[40];

  if (!isfinite(value))
    return;
  snprintf(digits, sizeof digits, "%.15g", value);
  if (strtod(digits, NULL) < value || strtod(digits, NULL) > value)
    snprintf(digits, sizeof digits, "%.17g", value);
  /* Why: an embedder's locale may have chosen another decimal point. */
  for (char *c = digits; *c != '\0'; c++) {
    if (strchr("0123456789+-eE", *c) == NULL)
      *c = '.';
  }
  proto_write_json(writer, key, digits);
}
