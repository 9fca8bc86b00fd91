/* test_format.c - figures at their borders, widths, and text that means harm. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "test.h"

static char text[FORMAT_BYTES];

static void durations_in_ns_have_three_digits_and_one_unit(void **state) {
  static const struct {
    uint64_t ns;
    const char *expected;
  } cases[] = {{0, "0 ns"},
               {999, "999 ns"},
               {1000, "1.00 µs"},
               {9994, "9.99 µs"},
               {9996, "10.0 µs"},
               {99949, "99.9 µs"},
               {99960, "100 µs"},
               {999499, "999 µs"},
               {999500, "1.00 ms"},
               {1904221, "1.90 ms"},
               {999499999, "999 ms"},
               {999500000, "1.00 s"},
               {12345678901, "12.3 s"},
               {123456789012, "123 s"}};
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    format_ns(text, cases[i].ns);
    assert_string_equal(text, cases[i].expected);
  }
}

static void bytes_have_binary_units(void **state) {
  static const struct {
    uint64_t bytes;
    const char *expected;
  } cases[] = {{0, "0 B"},
               {1023, "1023 B"},
               {1024, "1.00 KiB"},
               {10239, "10.0 KiB"},
               {1047552, "1023 KiB"},
               {1048575, "1.00 MiB"},
               {3564817, "3.40 MiB"},
               {UINT64_C(5) << 30, "5.00 GiB"},
               {UINT64_MAX, "16.0 EiB"}};
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    format_bytes(text, cases[i].bytes);
    assert_string_equal(text, cases[i].expected);
  }
}

static void counts_have_commas_between_the_thousands(void **state) {
  static const struct {
    int64_t count;
    const char *expected;
  } cases[] = {{0, "0"},          {-1, "-1"},
               {999, "999"},      {-999, "-999"},
               {1000, "1,000"},   {-1000, "-1,000"},
               {73304, "73,304"}, {INT64_MIN, "-9,223,372,036,854,775,808"}};
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    format_count(text, cases[i].count);
    assert_string_equal(text, cases[i].expected);
  }
}

static void ages_have_two_units_at_most(void **state) {
  static const struct {
    uint64_t ms;
    const char *expected;
  } cases[] = {{0, "0 ms"},           {999, "999 ms"},          {1000, "1.00 s"},
               {59949, "59.9 s"},     {60000, "1 min"},         {250000, "4 min 10 s"},
               {3600000, "1 h"},      {11520000, "3 h 12 min"}, {86400000, "1 d"},
               {446400000, "5 d 4 h"}};
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    format_duration(text, cases[i].ms);
    assert_string_equal(text, cases[i].expected);
  }
}

static void clocks_are_of_the_local_zone(void **state) {
  (void)state;
  setenv("TZ", "UTC-2", 1);
  format_clock(text, INT64_C(1790000012005));
  assert_string_equal(text, "16:13:32.005");
  format_date(text, INT64_C(1790000012005));
  assert_string_equal(text, "2026-09-21 16:13:32");
}

static void width_is_what_a_terminal_shows(void **state) {
  (void)state;
  assert_int_equal(format_width(""), 0);
  assert_int_equal(format_width("abc"), 3);
  assert_int_equal(format_width("47.1 µs"), 7);
  assert_int_equal(format_width("文書"), 4);
  assert_int_equal(format_width("e\xcc\x81"), 1); /* with a combining accent */
  assert_int_equal(format_width("\xff\xfe"), 2);
}

static void assert_escaped(const char *from, const char *expected) {
  char *escaped = format_escape(from);
  assert_non_null(escaped);
  assert_string_equal(escaped, expected);
  free(escaped);
}

static void nothing_that_steers_a_terminal_remains(void **state) {
  (void)state;
  assert_escaped("plain 文書 µ", "plain 文書 µ");
  assert_escaped("\033[31mred\n", "\\u001b[31mred\\u000a");
  assert_escaped("\x7f", "\\u007f");
  assert_escaped("\xc2\x9b"
                 "2J",
                 "\\u009b2J");
  assert_escaped("\xe2\x80\xae", "\\u202e");
  assert_escaped("\xe2\x81\xa6", "\\u2066");
  assert_escaped("a\xff\xc0\x80", "a\\xff\\xc0\\x80");
  assert_escaped("", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(durations_in_ns_have_three_digits_and_one_unit),
      cmocka_unit_test(bytes_have_binary_units),
      cmocka_unit_test(counts_have_commas_between_the_thousands),
      cmocka_unit_test(ages_have_two_units_at_most),
      cmocka_unit_test(clocks_are_of_the_local_zone),
      cmocka_unit_test(width_is_what_a_terminal_shows),
      cmocka_unit_test(nothing_that_steers_a_terminal_remains),
  };
  setlocale(LC_CTYPE, "C.UTF-8");
  return cmocka_run_group_tests(tests, NULL, NULL);
}
