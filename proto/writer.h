/* writer.h - JSON text into one growing buffer.
 *
 *   proto_write_object(&w, NULL);          {
 *   proto_write_uint(&w, "seq", 7);        "seq":7
 *   proto_write_array(&w, "counts");       ,"counts":[
 *   proto_write_uint(&w, NULL, 3);         3
 *   proto_write_end(&w);                   ]
 *   proto_write_end(&w);                   }
 *
 * Members stand in the order they were written. `key` is a member's name inside an
 * object and NULL inside an array; keys are our own literals unless said otherwise.
 * Memory is checked once, at the end: after a failure every call does nothing. */
#ifndef PROTO_WRITER_H
#define PROTO_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As deep as our own messages go, with room. */
#define PROTO_WRITER_DEPTH 12

struct proto_writer {
  char *text; /* owned */
  size_t length, capacity;
  unsigned depth;
  char closers[PROTO_WRITER_DEPTH]; /* '}' or ']' for each open level */
  bool needs_comma;
  bool failed; /* memory ran short */
};

void proto_writer_init(struct proto_writer *writer);
void proto_writer_fini(struct proto_writer *writer);

/* The text, NUL-terminated and owned by the caller, with its length in `*ret_length`
 * (may be NULL); NULL when memory ran short. The writer is finished either way. */
char *proto_writer_take(struct proto_writer *writer, size_t *ret_length);

void proto_write_object(struct proto_writer *writer, const char *key);
void proto_write_array(struct proto_writer *writer, const char *key);
/* Close the object or array that was opened last. */
void proto_write_end(struct proto_writer *writer);

/* Bytes that are not UTF-8 become U+FFFD; a NULL `text` is written as null. */
void proto_write_string(struct proto_writer *writer, const char *key, const char *text);
void proto_write_bool(struct proto_writer *writer, const char *key, bool value);
void proto_write_null(struct proto_writer *writer, const char *key);
/* Integers on the wire stay below 2^53; above (it never happens) they stop there. */
void proto_write_uint(struct proto_writer *writer, const char *key, uint64_t value);
void proto_write_int(struct proto_writer *writer, const char *key, int64_t value);
/* The shortest text that reads back as `value`. A member that is not finite is left
 * out, because JSON has no word for it; use inside objects only. */
void proto_write_real(struct proto_writer *writer, const char *key, double value);
/* `json` is JSON text already. */
void proto_write_json(struct proto_writer *writer, const char *key, const char *json);

#endif
