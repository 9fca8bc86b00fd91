/* table.c - rows of JSON by a list of columns.
 *
 * Why straight from JSON and not by way of structs: a member that a runtime does not
 * know is absent, one that this program does not know is left alone, and a column is
 * one line of a table. */
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"

#define GAP "  "

json_t *table_at(const json_t *row, const char *path) {
  char name[128];
  while (row && *path != '\0') {
    size_t length = strcspn(path, "/");
    if (length >= sizeof(name)) {
      return NULL;
    }
    memcpy(name, path, length);
    name[length] = '\0';
    row = json_is_array(row) ? json_array_get(row, (size_t)strtoul(name, NULL, 10))
                             : json_object_get(row, name);
    path += length + (path[length] == '/');
  }
  return (json_t *)(uintptr_t)row;
}

static bool is_right(const struct column *column) {
  return column->kind != COLUMN_TEXT && column->kind != COLUMN_BOOL &&
         column->kind != COLUMN_CLOCK && column->kind != COLUMN_DATE;
}

/* A scalar as plain text; an object or list as JSON. */
static char *plain_text(const json_t *value) {
  if (json_is_string(value)) {
    return strdup(json_string_value(value));
  }
  return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
}

/* Scalars with a blank between; a list of lists or objects as JSON. */
static char *joined_text(const json_t *list) {
  char *ret = strdup("");
  for (size_t i = 0; ret && i < json_array_size(list); i++) {
    const json_t *item = json_array_get(list, i);
    char *text = plain_text(item);
    size_t length = strlen(ret);
    char *grown = text ? realloc(ret, length + strlen(text) + 2) : NULL;
    if (!grown) {
      free(text);
      free(ret);
      return NULL;
    }
    ret = grown;
    sprintf(ret + length, "%s%s", length > 0 ? " " : "", text);
    free(text);
  }
  return ret;
}

static char *value_text(const json_t *value) {
  return json_is_array(value) ? joined_text(value) : plain_text(value);
}

/* Growth may be below zero. */
static void signed_bytes(char ret[FORMAT_BYTES], int64_t bytes) {
  char text[FORMAT_BYTES];
  format_bytes(text, bytes < 0 ? 0 - (uint64_t)bytes : (uint64_t)bytes);
  snprintf(ret, FORMAT_BYTES, "%s%.40s", bytes < 0 ? "-" : "", text);
}

/* The largest figure of the wire is 2^53; what is beyond stops there. */
static int64_t to_whole(double real) {
  const double most = 9007199254740992.0;
  return (int64_t)(real > most ? most : real < -most ? -most : real);
}

static void number_text(char ret[FORMAT_BYTES], enum column_kind kind,
                        const json_t *value) {
  double real = json_number_value(value);
  int64_t whole = json_is_integer(value) ? json_integer_value(value) : to_whole(real);
  uint64_t positive = whole > 0 ? (uint64_t)whole : 0;
  switch (kind) {
  case COLUMN_NUMBER: snprintf(ret, FORMAT_BYTES, "%" PRId64, whole); break;
  case COLUMN_COUNT: format_count(ret, whole); break;
  case COLUMN_RATE: snprintf(ret, FORMAT_BYTES, "%.1f", real); break;
  case COLUMN_BYTES: signed_bytes(ret, whole); break;
  case COLUMN_NS: format_ns(ret, positive); break;
  case COLUMN_MS: format_duration(ret, positive); break;
  case COLUMN_CLOCK: format_clock(ret, whole); break;
  case COLUMN_DATE: format_date(ret, whole); break;
  case COLUMN_PERCENT: snprintf(ret, FORMAT_BYTES, "%.1f %%", real * 100); break;
  case COLUMN_TEXT:
  case COLUMN_BOOL: ret[0] = '\0'; break;
  }
}

char *table_cell(const struct column *column, const json_t *row) {
  const json_t *value = table_at(row, column->path);
  char number[FORMAT_BYTES];
  if (!value || json_is_null(value)) {
    return strdup("-");
  }
  if (column->kind == COLUMN_BOOL && json_is_boolean(value)) {
    return strdup(json_is_true(value) ? "yes" : "no");
  }
  if (column->kind != COLUMN_TEXT && json_is_number(value)) {
    number_text(number, column->kind, value);
    return strdup(number);
  }
  char *text = value_text(value);
  char *escaped = text ? format_escape(text) : NULL;
  free(text);
  return escaped;
}

const char *table_text(char ret[TABLE_TEXT_BYTES], const json_t *row, const char *path,
                       enum column_kind kind) {
  struct column column = {"", path, kind, 0};
  char *text = table_cell(&column, row);
  snprintf(ret, TABLE_TEXT_BYTES, "%s", text ? text : "?");
  free(text);
  return ret;
}

char *csv_cell(const struct column *column, const json_t *row) {
  const json_t *value = table_at(row, column->path);
  if (!value || json_is_null(value)) {
    return strdup("");
  }
  char *text = value_text(value);
  if (!text || json_is_number(value)) {
    return text;
  }
  bool is_formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
  bool is_quoted = strpbrk(text, ",\"\r\n") != NULL;
  char *ret = malloc(strlen(text) * 2 + 4), *to = ret;
  if (ret) {
    const char *quote = is_quoted ? "\"" : "";
    to += sprintf(to, "%s%s", quote, is_formula ? "'" : "");
    for (const char *from = text; *from != '\0'; from++) {
      if (*from == '"') {
        *to++ = '"';
      }
      *to++ = *from;
    }
    sprintf(to, "%s", quote);
  }
  free(text);
  return ret;
}

/* One cell of a line: padded on the side that its kind wants, and the last not at all.
 */
static void put_cell(FILE *out, const char *text, size_t width, bool right, bool last) {
  size_t own = format_width(text);
  int padding = width > own ? (int)(width - own) : 0;
  if (right) {
    fprintf(out, "%*s%s", padding, "", text);
  } else {
    fprintf(out, "%s%*s", text, last ? 0 : padding, "");
  }
  fputs(last ? "\n" : GAP, out);
}

static void put_heading(FILE *out, const struct column *columns, size_t count,
                        const size_t *widths, bool is_bold) {
  fputs(is_bold ? "\033[1m" : "", out);
  for (size_t i = 0; i < count; i++) {
    bool last = i + 1 == count;
    size_t width = widths ? widths[i] : columns[i].width;
    size_t own = format_width(columns[i].title);
    int padding = width > own ? (int)(width - own) : 0;
    if (is_right(&columns[i])) {
      fprintf(out, "%*s%s", padding, "", columns[i].title);
    } else {
      fprintf(out, "%s%*s", columns[i].title, last ? 0 : padding, "");
    }
    fputs(last ? "" : GAP, out);
  }
  fputs(is_bold ? "\033[0m\n" : "\n", out);
}

int table_print_heading(FILE *out, const struct column *columns, size_t count,
                        bool is_bold) {
  put_heading(out, columns, count, NULL, is_bold);
  return 0;
}

int table_print_row(FILE *out, const struct column *columns, size_t count,
                    const json_t *row) {
  for (size_t i = 0; i < count; i++) {
    char *text = table_cell(&columns[i], row);
    size_t width = format_width(columns[i].title);
    if (!text) {
      return -1;
    }
    width = width > columns[i].width ? width : columns[i].width;
    put_cell(out, text, width, is_right(&columns[i]), i + 1 == count);
    free(text);
  }
  return 0;
}

static void free_cells(char **cells, size_t count) {
  for (size_t i = 0; cells && i < count; i++) {
    free(cells[i]);
  }
  free(cells);
}

int table_print(FILE *out, const struct column *columns, size_t count,
                const json_t *rows, bool is_bold) {
  size_t height = json_array_size(rows);
  char **cells = calloc(height * count + 1, sizeof(*cells));
  size_t *widths = calloc(count + 1, sizeof(*widths));
  int result = cells && widths ? 0 : -1;
  for (size_t i = 0; result == 0 && i < count; i++) {
    size_t title = format_width(columns[i].title);
    widths[i] = title > columns[i].width ? title : columns[i].width;
  }
  for (size_t i = 0; result == 0 && i < height * count; i++) {
    cells[i] = table_cell(&columns[i % count], json_array_get(rows, i / count));
    size_t width = cells[i] ? format_width(cells[i]) : 0;
    result = cells[i] ? 0 : -1;
    widths[i % count] = width > widths[i % count] ? width : widths[i % count];
  }
  if (result == 0) {
    put_heading(out, columns, count, widths, is_bold);
    for (size_t i = 0; i < height * count; i++) {
      put_cell(out, cells[i], widths[i % count], is_right(&columns[i % count]),
               i % count + 1 == count);
    }
  }
  free_cells(cells, height * count);
  free(widths);
  return result;
}

void csv_print_heading(FILE *out, const struct column *columns, size_t count) {
  for (size_t i = 0; i < count; i++) {
    for (const char *c = columns[i].path; *c != '\0'; c++) {
      fputc(*c == '/' ? '.' : *c, out);
    }
    fputc(i + 1 < count ? ',' : '\n', out);
  }
}

int csv_print_row(FILE *out, const struct column *columns, size_t count,
                  const json_t *row) {
  for (size_t i = 0; i < count; i++) {
    char *text = csv_cell(&columns[i], row);
    if (!text) {
      return -1;
    }
    fprintf(out, "%s%c", text, i + 1 < count ? ',' : '\n');
    free(text);
  }
  return 0;
}
