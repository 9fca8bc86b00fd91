/* test_log.c - what a line looks like, and what no peer can make it look like. */
#include "test.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

static char written[65536];
static int original;

static void catch (void) {
  FILE *file = tmpfile();
  assert_non_null(file);
  original = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  fclose(file);
}

static const char *caught(void) {
  off_t size = lseek(STDERR_FILENO, 0, SEEK_END);
  assert_true(size >= 0 && (size_t)size < sizeof(written));
  assert_int_equal(pread(STDERR_FILENO, written, (size_t)size, 0), size);
  written[size] = '\0';
  dup2(original, STDERR_FILENO);
  close(original);
  return written;
}

static void each_format_has_its_line(void **state) {
  (void)state;
  catch ();
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
  log_line(LOG_LEVEL_INFO, "one %d", 1);
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_JOURNAL);
  log_line(LOG_LEVEL_WARNING, "two");
  log_line(LOG_LEVEL_DEBUG, "never");
  assert_string_equal(caught(), "ourod: one 1\n<4>two\n");
}

static void json_lines_are_json_whatever_stands_in_them(void **state) {
  (void)state;
  catch ();
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
  log_line(LOG_LEVEL_ERROR, "a \"b\" \\ \x1b[2J \xff %s", "\xc3\xa9");
  json_t *line = json_loads(caught(), 0, NULL);
  assert_non_null(line);
  assert_string_equal(json_string_value(json_object_get(line, "level")), "error");
  assert_string_equal(json_string_value(json_object_get(line, "message")),
                      "a \"b\" \\ \\x1b[2J \\xff \xc3\xa9");
  const char *time = json_string_value(json_object_get(line, "time"));
  assert_int_equal(strlen(time), strlen("2026-11-22T20:24:34.123Z"));
  json_decref(line);
}

static void no_text_forges_a_line_or_steers_a_terminal(void **state) {
  (void)state;
  catch ();
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
  log_line(LOG_LEVEL_INFO, "%s",
           "a\nourod: b\r\t\x7f \xc2\x9b \xe2\x80\xae \xe2\x81\xa6 \xe2\x80\xa8 \x80 "
           "\xe4\xb8\xad");
  assert_string_equal(caught(), "ourod: a\\x0aourod: b\\x0d\\x09\\x7f \\xc2\\x9b "
                                "\\xe2\\x80\\xae \\xe2\\x81\\xa6 \\xe2\\x80\\xa8 \\x80 "
                                "\xe4\xb8\xad\n");
}

static void long_text_is_cut_where_one_sees_it_and_worst_text_fits(void **state) {
  static char text[5000];
  (void)state;
  for (int format = LOG_FORMAT_TEXT; format <= LOG_FORMAT_JSON; format++) {
    catch ();
    log_init(LOG_LEVEL_INFO, (enum log_format)format);
    memset(text, 'x', sizeof(text) - 1);
    log_line(LOG_LEVEL_INFO, "%s", text);
    memset(text, 1, sizeof(text) - 1);
    log_line(LOG_LEVEL_INFO, "%s", text);
    memset(text, '"', sizeof(text) - 1);
    log_line(LOG_LEVEL_INFO, "%s", text);
    for (size_t i = 0; i + 2 < sizeof(text); i += 2) {
      memcpy(text + i, "\xc3\xa9", 2);
    }
    text[sizeof(text) - 1] = '\0';
    log_line(LOG_LEVEL_INFO, "x%s", text); /* never half an e */
    const char *lines = caught();
    unsigned count = 0;
    for (const char *at = lines; *at != '\0'; count++) {
      const char *end = strchr(at, '\n');
      assert_non_null(end);
      const char *tail = format == LOG_FORMAT_JSON ? "...\"}" : "...";
      assert_memory_equal(end - strlen(tail), tail, strlen(tail));
      at = end + 1;
    }
    assert_int_equal(count, 4);
    assert_null(strstr(lines, "\\xc3"));
  }
}

static void auto_is_the_journal_only_where_stderr_leads_there(void **state) {
  struct stat facts;
  char stream[64];
  (void)state;
  catch ();
  assert_int_equal(fstat(STDERR_FILENO, &facts), 0);
  snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)facts.st_dev,
           (unsigned long long)facts.st_ino);
  setenv("JOURNAL_STREAM", stream, 1);
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_AUTO);
  log_line(LOG_LEVEL_INFO, "one");
  setenv("JOURNAL_STREAM", "1:1", 1);
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_AUTO);
  log_line(LOG_LEVEL_INFO, "two");
  unsetenv("JOURNAL_STREAM");
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_AUTO);
  log_line(LOG_LEVEL_INFO, "three");
  assert_string_equal(caught(), "<6>one\nourod: two\nourod: three\n");
}

static void flood_of_a_peer_is_counted_and_told(void **state) {
  struct log_budget budget = {0};
  (void)state;
  catch ();
  log_init(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
  for (int i = 0; i < 1000; i++) {
    log_peer(&budget, 5000, LOG_LEVEL_WARNING, "x");
  }
  log_peer(&budget, 5000 + 2000, LOG_LEVEL_WARNING, "y");
  const char *lines = caught();
  unsigned count = 0;
  for (const char *at = lines; (at = strstr(at, "ourod: x\n")) != NULL; at++) {
    count++;
  }
  assert_int_equal(count, LOG_LINES_A_SECOND);
  assert_non_null(
      strstr(lines, "ourod: 990 lines about clients were left out\nourod: y\n"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_format_has_its_line),
      cmocka_unit_test(json_lines_are_json_whatever_stands_in_them),
      cmocka_unit_test(no_text_forges_a_line_or_steers_a_terminal),
      cmocka_unit_test(long_text_is_cut_where_one_sees_it_and_worst_text_fits),
      cmocka_unit_test(auto_is_the_journal_only_where_stderr_leads_there),
      cmocka_unit_test(flood_of_a_peer_is_counted_and_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
