/* test_reload.c - what a reload takes, what it leaves, and what it says. */
#include "scratch.h"

#include "log.h"
#include "reload.h"

static struct config running, loaded, next;
static struct alarms alarms;
static const struct moment now = {1000, 1700000000000};

static void load(struct config *ret, const char *text) {
  static struct config_problems problems;
  problems = (struct config_problems){0};
  config_defaults(ret);
  config_read_text(ret, 0, "test.conf", text, strlen(text), &problems);
  assert_string_equal(problems.text, "");
}

static void reloadable_options_are_taken_and_the_others_stay(void **state) {
  (void)state;
  load(&running, "listen = 127.0.0.1:1\nheaps = playground\nhosts = a\n"
                 "[limits]\nsessions = 5\n");
  load(&loaded, "listen = 127.0.0.2:2\nread_only = yes\nhosts = b\nlog_level = debug\n"
                "[limits]\nsessions = 6\n[history]\nkeep_days = 3\n");
  reload_merge(&running, &loaded, &next);
  assert_string_equal(next.address, "127.0.0.1");
  assert_int_equal(next.port, 1);
  assert_string_equal(next.heaps, "playground");
  assert_true(next.read_only);
  assert_string_equal(next.hosts, "b");
  assert_int_equal(next.log_level, LOG_LEVEL_DEBUG);
  assert_int_equal(next.limits.sessions, 6);
  assert_int_equal(next.history_days, 3);
}

/* Whatever the table says is reloadable changes, whatever it does not stays. */
static void table_decides_for_every_option(void **state) {
  size_t count = 0;
  const struct config_option *options = config_options(&count);
  (void)state;
  for (size_t i = 0; i < count; i++) {
    char expected[160], before[PATH_MAX], after[PATH_MAX], got[PATH_MAX];
    const char *value = options[i].kind == CONFIG_ADDRESS   ? "[::1]:9"
                        : options[i].kind == CONFIG_NUMBERS ? "1 2 3"
                        : options[i].kind == CONFIG_CHOICE  ? options[i].choices->word
                        : options[i].kind == CONFIG_LIST
                            ? (options[i].choices ? options[i].choices->word : "x")
                        : options[i].kind == CONFIG_FLAG
                            ? (strcmp(options[i].fallback, "yes") == 0 ? "no" : "yes")
                            : "/x";
    char number[32];
    if (options[i].kind == CONFIG_NUMBER || options[i].kind == CONFIG_BYTES) {
      snprintf(number, sizeof(number), "%llu", (unsigned long long)options[i].minimum);
      value = number;
    }
    config_defaults(&running);
    config_defaults(&loaded);
    if ((options[i].flags & CONFIG_SWITCH) != 0) {
      assert_null(config_set(&running, &options[i], "/old", false, expected));
    }
    /* The first choice may be the default. */
    if (options[i].kind == CONFIG_CHOICE && strcmp(value, options[i].fallback) == 0) {
      value = options[i].choices[1].word;
    }
    assert_null(config_set(&loaded, &options[i], value, false, expected));
    assert_int_equal(config_format(&running, &options[i], before, PATH_MAX), 0);
    assert_int_equal(config_format(&loaded, &options[i], after, PATH_MAX), 0);
    assert_string_not_equal(before, after);
    reload_merge(&running, &loaded, &next);
    assert_int_equal(config_format(&next, &options[i], got, PATH_MAX), 0);
    assert_string_equal(got, (options[i].flags & CONFIG_RELOADABLE) ? after : before);
  }
}

static void tls_is_renewed_while_it_runs_and_switched_by_a_restart(void **state) {
  (void)state;
  load(&running, "tls_certificate = a\ntls_key = b\n");
  load(&loaded, "tls_certificate = c\ntls_key = d\nread_only = yes\n");
  reload_merge(&running, &loaded, &next);
  assert_string_equal(next.tls_certificate, "c");
  assert_string_equal(next.tls_key, "d");

  load(&loaded, "read_only = yes\n");
  reload_merge(&running, &loaded, &next);
  assert_string_equal(next.tls_certificate, "a");
  assert_true(next.read_only);
  reload_merge(&loaded, &running, &next);
  assert_string_equal(next.tls_key, "");
}

static void mistake_keeps_all_and_is_an_alarm_until_it_is_mended(void **state) {
  char file[600];
  snprintf(file, sizeof(file), "--config=%s", scratch_path(*state, "ourod.conf"));
  char *argv[] = {"ourod", file, NULL}, *environment[] = {"HOME=/home/x", NULL};
  const struct reload_sources sources = {2, argv, environment};
  alarms = (struct alarms){0};
  config_defaults(&running);
  scratch_write(*state, "ourod.conf", "read_only = yes\nlog_level = loud\n");
  assert_null(reload_begin(&sources, &running, &alarms, now));
  const struct alarm *alarm = alarms_find(&alarms, RELOAD_ALARM);
  assert_non_null(alarm);
  assert_non_null(strstr(alarm->message, "ourod.conf:2: log_level = loud"));

  scratch_write(*state, "ourod.conf", "read_only = yes\n");
  struct reload *reload = reload_begin(&sources, &running, &alarms, now);
  assert_non_null(reload);
  assert_true(reload->next.read_only);
  assert_non_null(alarms_find(&alarms, RELOAD_ALARM)); /* nobody has taken it yet */
  reload_refuse_take(reload, &alarms, now, "no such key");
  assert_false(running.read_only);
  assert_string_equal(alarms_find(&alarms, RELOAD_ALARM)->message, "no such key");

  reload = reload_begin(&sources, &running, &alarms, now);
  assert_non_null(reload);
  reload_end_take(reload, &running, &alarms);
  assert_true(running.read_only);
  assert_null(alarms_find(&alarms, RELOAD_ALARM));

  unlink(scratch_path(*state, "ourod.conf"));
  assert_null(reload_begin(&sources, &running, &alarms, now));
  assert_non_null(alarms_find(&alarms, RELOAD_ALARM));
  assert_true(running.read_only);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reloadable_options_are_taken_and_the_others_stay),
      cmocka_unit_test(table_decides_for_every_option),
      cmocka_unit_test(tls_is_renewed_while_it_runs_and_switched_by_a_restart),
      scratch_test(mistake_keeps_all_and_is_an_alarm_until_it_is_mended),
  };
  log_init((enum log_level)0, LOG_FORMAT_TEXT);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
