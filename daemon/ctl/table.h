/* table.h - JSON objects as the rows of a table, for people or as CSV.
 *
 *   column  {"PAUSE", "pause_ns", COLUMN_NS, 0}     row  {"pause_ns": 1904221, ...}
 *
 *   table   PAUSE       csv   ...,pause_ns,...
 *           1.90 ms           ...,1904221,...
 *
 * A path is member names with '/' between ("generations/0/count"). A figure that a row
 * does not have is a dash in a table and nothing between the commas of CSV. */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <jansson.h>
#include <stdio.h>

#include "command.h"

enum column_kind {
  COLUMN_TEXT,   /* also numbers as they are, and lists joined with blanks */
  COLUMN_NUMBER, /* as it is: a pid, a generation */
  COLUMN_COUNT,
  COLUMN_RATE, /* with one decimal */
  COLUMN_BYTES,
  COLUMN_NS,
  COLUMN_MS,      /* a duration */
  COLUMN_PERCENT, /* of a share from 0 to 1 */
  COLUMN_BOOL,    /* yes, no */
  COLUMN_CLOCK,   /* wall clock in ms, the time of day */
  COLUMN_DATE     /* wall clock in ms, with the date */
};

struct column {
  const char *title;
  const char *path;
  enum column_kind kind;
  size_t width; /* at least; for what is printed line by line or again and again */
};

/* The value at `path`, borrowed; NULL where there is none. */
json_t *table_at(const json_t *row, const char *path);

/* All rows, with columns as wide as they must be. The heading is bold where `is_bold`.
 * Returns 0, or -1 when memory is short; what the file says is the caller's to ask. */
int table_print(FILE *out, const struct column *columns, size_t count,
                const json_t *rows, bool is_bold);

/* The same line by line, for streams: columns of title and `width`, or as it comes. */
int table_print_heading(FILE *out, const struct column *columns, size_t count,
                        bool is_bold);
int table_print_row(FILE *out, const struct column *columns, size_t count,
                    const json_t *row);

/* RFC 4180 with LF: the paths are the heading, figures are raw. Text that a spreadsheet
 * would take for a formula gets an apostrophe in front. */
void csv_print_heading(FILE *out, const struct column *columns, size_t count);
int csv_print_row(FILE *out, const struct column *columns, size_t count,
                  const json_t *row);

/* One cell as text, owned; NULL when memory is short. For people, and raw. */
char *table_cell(const struct column *column, const json_t *row);
char *csv_cell(const struct column *column, const json_t *row);

/* The figure at `path` as a table would have it, cut to TABLE_TEXT_BYTES; for
 * sentences. Returns `ret`. */
#define TABLE_TEXT_BYTES 128
const char *table_text(char ret[TABLE_TEXT_BYTES], const json_t *row, const char *path,
                       enum column_kind kind);

#endif
