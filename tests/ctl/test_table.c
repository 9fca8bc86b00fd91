/* test_table.c - rows of JSON as a table and as CSV. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "test.h"

static const struct column columns[] = {
    {"NAME", "name", COLUMN_TEXT, 0},           {"PAUSE", "pause_ns", COLUMN_NS, 0},
    {"GEN 0", "gens/0/count", COLUMN_COUNT, 0}, {"ON", "on", COLUMN_BOOL, 0},
    {"LIST", "list", COLUMN_TEXT, 0},
};

#define COUNT (sizeof(columns) / sizeof(columns[0]))

static json_t *load(const char *text) {
  json_t *value = json_loads(text, 0, NULL);
  assert_non_null(value);
  return value;
}

static json_t *two_rows(void) {
  return load("[{\"name\":\"文書\",\"pause_ns\":47100,\"gens\":[{\"count\":1234}],"
              "\"on\":true,\"list\":[700,10,10]},"
              "{\"name\":\"b\",\"on\":false,\"list\":[],\"gens\":[]}]");
}

/* What `print` writes into a file. */
static char *written;
static size_t written_length;
static FILE *out;

static void begin(void) {
  out = open_memstream(&written, &written_length);
}

static void assert_written(const char *expected) {
  fclose(out);
  assert_string_equal(written, expected);
  free(written);
}

static void a_table_aligns_by_what_is_seen(void **state) {
  json_t *rows = two_rows();
  (void)state;
  begin();
  assert_int_equal(table_print(out, columns, COUNT, rows, false), 0);
  assert_written("NAME    PAUSE  GEN 0  ON   LIST\n"
                 "文書  47.1 µs  1,234  yes  700 10 10\n"
                 "b           -      -  no   \n");
  json_decref(rows);
}

static void a_heading_is_bold_where_wanted(void **state) {
  json_t *rows = json_array();
  (void)state;
  begin();
  assert_int_equal(table_print(out, columns, 1, rows, true), 0);
  assert_written("\033[1mNAME\033[0m\n");
  json_decref(rows);
}

static void a_growing_table_keeps_its_widths(void **state) {
  static const struct column wide[] = {{"HEAP", "heap", COLUMN_TEXT, 6},
                                       {"N", "n", COLUMN_COUNT, 5}};
  json_t *row = load("{\"heap\":\"a\",\"n\":12}");
  json_t *longer = load("{\"heap\":\"documents\",\"n\":1234567}");
  (void)state;
  begin();
  table_print_heading(out, wide, 2, false);
  assert_int_equal(table_print_row(out, wide, 2, row), 0);
  assert_int_equal(table_print_row(out, wide, 2, longer), 0);
  assert_written("HEAP        N\na          12\ndocuments  1,234,567\n");
  json_decref(row);
  json_decref(longer);
}

static void csv_has_raw_figures_under_the_names_of_the_wire(void **state) {
  json_t *rows = two_rows();
  (void)state;
  begin();
  csv_print_heading(out, columns, COUNT);
  assert_int_equal(csv_print_row(out, columns, COUNT, json_array_get(rows, 0)), 0);
  assert_int_equal(csv_print_row(out, columns, COUNT, json_array_get(rows, 1)), 0);
  assert_written("name,pause_ns,gens.0.count,on,list\n"
                 "文書,47100,1234,true,700 10 10\n"
                 "b,,,false,\n");
  json_decref(rows);
}

static void assert_csv(const char *json, const char *expected) {
  static const struct column column = {"", "v", COLUMN_TEXT, 0};
  json_t *row = load(json);
  char *text = csv_cell(&column, row);
  assert_string_equal(text, expected);
  free(text);
  json_decref(row);
}

static void csv_quotes_what_must_be_quoted(void **state) {
  (void)state;
  assert_csv("{\"v\":\"a,b\"}", "\"a,b\"");
  assert_csv("{\"v\":\"say \\\"x\\\"\"}", "\"say \"\"x\"\"\"");
  assert_csv("{\"v\":\"two\\nlines\"}", "\"two\nlines\"");
  assert_csv("{\"v\":\"a\\rb\"}", "\"a\rb\"");
  assert_csv("{\"v\":\"plain blank\"}", "plain blank");
  assert_csv("{\"v\":null}", "");
  assert_csv("{}", "");
}

static void csv_text_is_no_formula_and_a_number_stays_one(void **state) {
  (void)state;
  assert_csv("{\"v\":\"=1+1\"}", "'=1+1");
  assert_csv("{\"v\":\"@x\"}", "'@x");
  assert_csv("{\"v\":\"+1\"}", "'+1");
  assert_csv("{\"v\":\"-a,b\"}", "\"'-a,b\"");
  assert_csv("{\"v\":\"\\t=1\"}", "'\t=1");
  assert_csv("{\"v\":-5}", "-5");
  assert_csv("{\"v\":0.25}", "0.25");
}

static void names_cannot_steer_the_terminal(void **state) {
  json_t *row = load("{\"v\":\"\\u001b[2J\"}");
  char text[TABLE_TEXT_BYTES];
  (void)state;
  assert_string_equal(table_text(text, row, "v", COLUMN_TEXT), "\\u001b[2J");
  json_decref(row);
}

static void a_path_that_leads_nowhere_is_null(void **state) {
  json_t *row = load("{\"a\":{\"b\":[1,2]},\"s\":\"x\"}");
  (void)state;
  assert_int_equal(json_integer_value(table_at(row, "a/b/1")), 2);
  assert_null(table_at(row, "a/b/2"));
  assert_null(table_at(row, "a/c"));
  assert_null(table_at(row, "s/x"));
  assert_null(table_at(NULL, "s"));
  json_decref(row);
}

static void growth_may_be_below_zero(void **state) {
  json_t *row = load("{\"v\":-2048}");
  char text[TABLE_TEXT_BYTES];
  (void)state;
  assert_string_equal(table_text(text, row, "v", COLUMN_BYTES), "-2.00 KiB");
  assert_string_equal(table_text(text, row, "v", COLUMN_COUNT), "-2,048");
  json_decref(row);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_table_aligns_by_what_is_seen),
      cmocka_unit_test(a_heading_is_bold_where_wanted),
      cmocka_unit_test(a_growing_table_keeps_its_widths),
      cmocka_unit_test(csv_has_raw_figures_under_the_names_of_the_wire),
      cmocka_unit_test(csv_quotes_what_must_be_quoted),
      cmocka_unit_test(csv_text_is_no_formula_and_a_number_stays_one),
      cmocka_unit_test(names_cannot_steer_the_terminal),
      cmocka_unit_test(a_path_that_leads_nowhere_is_null),
      cmocka_unit_test(growth_may_be_below_zero),
  };
  setlocale(LC_CTYPE, "C.UTF-8");
  return cmocka_run_group_tests(tests, NULL, NULL);
}
