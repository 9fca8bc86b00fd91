/* exposition.h - metrics as text: Prometheus' classic format, or OpenMetrics.
 *
 *   exposition_family(...)               # HELP ouro_x_total ...   (before its first
 *                                        # TYPE ouro_x_total counter         series)
 *   exposition_series(e, "")             ouro_x_total
 *   exposition_label(e, "heap", id)      {heap="documents"
 *   exposition_uint(e, 7)                } 7
 *
 * The two differ in what a family is called, in the type of infos, in exemplars and in
 * the last line. A family without a series leaves no trace. Values are written by hand,
 * because printf costs more than everything else here together. Memory is checked once,
 * at the end: after a failure every call does nothing. */
#ifndef DAEMON_EXPOSITION_H
#define DAEMON_EXPOSITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exposition_format { EXPOSITION_CLASSIC, EXPOSITION_OPENMETRICS };

enum exposition_type {
  EXPOSITION_COUNTER, /* its series end in _total */
  EXPOSITION_GAUGE,
  EXPOSITION_HISTOGRAM,
  EXPOSITION_INFO /* its series end in _info and are 1 */
};

struct exposition {
  enum exposition_format format;
  char *text; /* owned; what is not taken yet */
  size_t length, capacity;
  const char *name, *help; /* of the family; literals, without the type's ending */
  enum exposition_type type;
  bool has_header; /* the family's lines stand in the text already */
  bool has_label;
  bool failed; /* memory ran short */
};

/* The collection that an observation of a histogram comes from. Its heap is a label of
 * the series already, and again would cost a third of the text. */
struct exposition_exemplar {
  uint64_t seq;
  uint64_t value_ns;
  int64_t time_ms; /* Unix epoch */
};

void exposition_init(struct exposition *exposition, enum exposition_format format);
void exposition_fini(struct exposition *exposition);
/* Forget the text, keep its room. */
void exposition_clear(struct exposition *exposition);

/* Which format does an Accept header ask for? NULL: none was sent. OpenMetrics where it
 * is wanted at least as much as plain text. */
enum exposition_format exposition_accepted(const char *accept);
/* The Content-Type of a format. */
const char *exposition_content_type(enum exposition_format format);

/* The series that follow belong to this family. A family's series must not be split by
 * another's, but the call may be repeated (a later part of the text): `is_first` false
 * writes no header again. */
void exposition_family(struct exposition *exposition, enum exposition_type type,
                       const char *name, const char *help, bool is_first);

/* Begin a series; `suffix` is "" or, of histograms, "_bucket", "_sum", "_count". */
void exposition_series(struct exposition *exposition, const char *suffix);
/* Bytes that are not UTF-8 become U+FFFD. */
void exposition_label(struct exposition *exposition, const char *key,
                      const char *value);
void exposition_label_uint(struct exposition *exposition, const char *key,
                           uint64_t value);
/* `value` is escaped already, or has nothing to escape. */
void exposition_label_escaped(struct exposition *exposition, const char *key,
                              const char *value);
/* The value, and the end of the series. */
void exposition_uint(struct exposition *exposition, uint64_t value);
void exposition_real(struct exposition *exposition, double value);
void exposition_seconds(struct exposition *exposition, uint64_t ns);
/* A bucket's value; the exemplar may be NULL and is not for the classic format. */
void exposition_bucket(struct exposition *exposition, uint64_t value,
                       const struct exposition_exemplar *exemplar);
/* The last line, where the format has one. */
void exposition_end(struct exposition *exposition);

/* Write `value` as it stands between a label's quotes; what does not fit is left out,
 * never half a character. */
void exposition_escape(char *ret, size_t size, const char *value);

#endif
