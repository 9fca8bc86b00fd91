/* test_arguments.c - command lines, right and wrong. */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "test.h"

static const struct option_spec options[] = {
    {'g', "generation", "N", OPTION_NUMBER, 0, 2, NULL, "number"},
    {'f', "follow", NULL, OPTION_FLAG, 0, 0, NULL, "flag"},
    {0, "growth", "TIME", OPTION_DURATION, 100, 60000, NULL, "duration"},
    {0, "topics", "LIST", OPTION_TEXT, 0, 0, NULL, "text"},
};

static const struct command collect = {.name = "collect",
                                       .positionals = "[HEAP]",
                                       .positionals_max = 1,
                                       .options = options,
                                       .option_count =
                                           sizeof(options) / sizeof(options[0])};
static const struct command raw = {
    .name = "raw", .positionals = "JSON", .positionals_min = 1, .positionals_max = 2};
static const struct command heaps = {.name = "heaps", .positionals = ""};
static const struct command *const commands[] = {&collect, &raw, &heaps};
static const struct command_table table = {commands, 3};

static char message[ARGUMENTS_MESSAGE_BYTES];

/* Words separated by blanks; the first is not the program's name. */
static int parse(struct arguments *ret, const char *line) {
  static char text[1024];
  static char *argv[32];
  int argc = 0;
  argv[argc++] = text;
  snprintf(text, sizeof(text), "ouroctl %s", line);
  for (char *c = text; *c != '\0'; c++) {
    if (*c == ' ') {
      *c = '\0';
      argv[argc++] = c + 1;
    }
  }
  if (line[0] == '\0') {
    argc = 1;
  }
  message[0] = '\0';
  return arguments_parse(ret, &table, argc, argv, message);
}

static void assert_mistake(const char *line, const char *words) {
  struct arguments arguments;
  assert_int_equal(parse(&arguments, line), -1);
  if (strstr(message, words) == NULL) {
    fail_msg("'%s' says '%s', without '%s'", line, message, words);
  }
}

static void global_options_stand_before_and_after_the_command(void **state) {
  (void)state;
  static const char *const lines[] = {
      "-s http://a collect documents -o json", "collect -s http://a -o json documents",
      "-o json collect documents --server=http://a",
      "-ojson -shttp://a collect documents",
      "collect documents --output json --server http://a"};
  for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
    struct arguments arguments;
    assert_int_equal(parse(&arguments, lines[i]), 0);
    assert_ptr_equal(arguments.command, &collect);
    assert_string_equal(arguments_text(&arguments, "server", ""), "http://a");
    assert_int_equal(arguments_number(&arguments, "output", -1), OUTPUT_JSON);
    assert_string_equal(arguments_positional(&arguments, 0), "documents");
    assert_null(arguments_positional(&arguments, 1));
  }
}

static void an_option_given_twice_counts_as_given_last(void **state) {
  struct arguments arguments;
  (void)state;
  assert_int_equal(parse(&arguments, "collect -g 1 -f --generation=2 -f"), 0);
  assert_int_equal(arguments_number(&arguments, "generation", -1), 2);
  assert_true(arguments_has(&arguments, "follow"));
  assert_int_equal(arguments.option_count, 2);
}

static void what_is_not_given_is_what_the_command_says(void **state) {
  struct arguments arguments;
  (void)state;
  assert_int_equal(parse(&arguments, "collect"), 0);
  assert_int_equal(arguments_number(&arguments, "generation", 2), 2);
  assert_null(arguments_text(&arguments, "topics", NULL));
  assert_false(arguments_has(&arguments, "follow"));
}

static void two_dashes_end_the_options_and_one_is_an_argument(void **state) {
  struct arguments arguments;
  (void)state;
  assert_int_equal(parse(&arguments, "raw -- -s -"), 0);
  assert_string_equal(arguments_positional(&arguments, 0), "-s");
  assert_string_equal(arguments_positional(&arguments, 1), "-");
  assert_int_equal(parse(&arguments, "raw -"), 0);
  assert_string_equal(arguments_positional(&arguments, 0), "-");
}

static void mistakes_name_what_would_be_right(void **state) {
  (void)state;
  assert_mistake("nonsense", "no command 'nonsense'");
  assert_mistake("-g 1 collect", "-g in front of a command");
  assert_mistake("collect --nonsense", "--nonsense of collect");
  assert_mistake("collect -x", "-x of collect");
  assert_mistake("collect -g", "--generation needs a value");
  assert_mistake("collect -g 3", "from 0 to 2, not '3'");
  assert_mistake("collect -g -1", "from 0 to 2, not '-1'");
  assert_mistake("collect -g 1x", "not '1x'");
  assert_mistake("collect -g 99999999999999999999", "from 0 to 2");
  assert_mistake("collect -o yaml", "table|json|csv, not 'yaml'");
  assert_mistake("collect -o js", "table|json|csv, not 'js'");
  assert_mistake("collect --growth 10", "500ms, 10s or 2m, not '10'");
  assert_mistake("collect --growth 99ms", "from 100 to 60000 ms");
  assert_mistake("collect --follow=yes", "--follow takes no value");
  assert_mistake("collect a b", "takes [HEAP], and 'b' is too much");
  assert_mistake("heaps a", "takes nothing, and 'a' is too much");
  assert_mistake("raw", "raw needs JSON");
  assert_mistake("raw ", "is empty");
}

static void help_counts_on_an_unfinished_line_too(void **state) {
  struct arguments arguments;
  (void)state;
  assert_int_equal(parse(&arguments, "raw --help"), 0);
  assert_true(arguments_has(&arguments, "help"));
  assert_ptr_equal(arguments.command, &raw);
  assert_int_equal(parse(&arguments, "-h"), 0);
  assert_null(arguments.command);
  assert_int_equal(parse(&arguments, ""), 0);
  assert_null(arguments.command);
}

static void assert_ms(const char *text, int64_t expected) {
  int64_t ms = -7;
  assert_int_equal(arguments_duration(text, &ms), 0);
  assert_int_equal(ms, expected);
}

static void durations_have_a_unit(void **state) {
  (void)state;
  assert_ms("500ms", 500);
  assert_ms("10s", 10000);
  assert_ms("1.5s", 1500);
  assert_ms(".5s", 500);
  assert_ms("2m", 120000);
  assert_ms("2min", 120000);
  assert_ms("1h", 3600000);
  assert_ms("0s", 0);
}

static void what_is_no_duration_is_refused(void **state) {
  static const char *const texts[] = {
      "",     "s",  "10",     "10 s", "-1s", "1e3s",           "0x1s",
      "infs", "1d", "1.2.3s", ".s",   "1S",  "9999999999999h", "10ss"};
  int64_t ms = 0;
  (void)state;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    if (arguments_duration(texts[i], &ms) == 0) {
      fail_msg("'%s' is a duration", texts[i]);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(global_options_stand_before_and_after_the_command),
      cmocka_unit_test(an_option_given_twice_counts_as_given_last),
      cmocka_unit_test(what_is_not_given_is_what_the_command_says),
      cmocka_unit_test(two_dashes_end_the_options_and_one_is_an_argument),
      cmocka_unit_test(mistakes_name_what_would_be_right),
      cmocka_unit_test(help_counts_on_an_unfinished_line_too),
      cmocka_unit_test(durations_have_a_unit),
      cmocka_unit_test(what_is_no_duration_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
