/* test_manual.c - ourod.conf, the manual, says what the table of options says. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

static char manual[65536];
static struct config config, defaults;

static int setup(void **state) {
  (void)state;
  FILE *file = fopen(OURO_MANUAL, "r");
  assert_non_null(file);
  size_t length = fread(manual, 1, sizeof(manual) - 1, file);
  fclose(file);
  manual[length] = '\0';
  return 0;
}

/* The line "#key = default" of an option, under its section; fails when it is not
 * there.
 */
static const char *line_of(const struct config_option *option) {
  char line[128], section[64];
  const char *dot = strchr(option->key, '.');
  const char *begin = manual;
  if (dot) {
    snprintf(section, sizeof(section), "\n[%.*s]\n", (int)(dot - option->key),
             option->key);
    begin = strstr(manual, section);
    if (!begin) {
      fail_msg("the manual has no section of %s", option->key);
    }
    begin += strlen(section);
  }
  snprintf(line, sizeof(line), "\n#%s =%s%s\n", dot ? dot + 1 : option->key,
           option->fallback[0] != '\0' ? " " : "", option->fallback);
  const char *found = strstr(begin, line), *end = strstr(begin, "\n[");
  if (!found || (end && found > end)) {
    fail_msg("the manual does not say%.*s under its section", (int)strlen(line) - 1,
             line);
  }
  return found + 1;
}

/* The comment that ends where `line` begins; other options may share it. */
static void paragraph_before(const char *line, char *ret, size_t size) {
  const char *begin = line - 1;
  while (begin > manual && strncmp(begin - 1, "\n\n", 2) != 0) {
    begin--;
  }
  size_t used = 0;
  for (const char *at = begin; at < line && used + 2 < size; at++) {
    /* One line, so that words are found wherever lines break. */
    bool is_break = at[0] == '\n' || (at[0] == '#' && (at == begin || at[-1] == '\n'));
    if (!is_break || (used > 0 && ret[used - 1] != ' ')) {
      ret[used++] = is_break ? ' ' : *at;
    }
    if (is_break && at + 1 < line && at[1] == ' ') {
      at++;
    }
  }
  ret[used] = '\0';
}

static void every_option_has_its_default_range_and_reload(void **state) {
  size_t count = 0;
  char expected[160], text[4096];
  const struct config_option *options = config_options(&count);
  (void)state;
  for (size_t i = 0; i < count; i++) {
    const struct config_option *option = &options[i];
    if ((option->flags & CONFIG_ONLY_ARGUMENT) != 0) {
      assert_null(strstr(manual, option->key));
      continue;
    }
    paragraph_before(line_of(option), text, sizeof(text));
    bool is_reloadable = (option->flags & CONFIG_RELOADABLE) != 0;
    bool says_reload = strstr(text, "Reload.") || strstr(text, ": reload.");
    bool says_restart = strstr(text, "Needs a restart.") != NULL;
    if (says_reload != is_reloadable || says_restart == is_reloadable) {
      fail_msg("%s: the manual is wrong about reloading: %s", option->key, text);
    }
    if (option->kind == CONFIG_NUMBER || option->kind == CONFIG_BYTES ||
        option->kind == CONFIG_NUMBERS) {
      const char *told = config_set(&config, option, "x", false, expected);
      char *range = strstr(told, "from ");
      assert_non_null(range);
      range += strlen("from ");
      range[strcspn(range, ",")] = '\0';
      if (!strstr(text, range)) {
        fail_msg("%s: the manual does not say %s: %s", option->key, range, text);
      }
    }
    for (const struct config_choice *choice = option->choices; choice && choice->word;
         choice++) {
      if (!strstr(text, choice->word)) {
        fail_msg("%s: the manual does not explain %s", option->key, choice->word);
      }
    }
  }
}

/* Every line that could be a setting is one, and all of them together change nothing.
 */
static void manual_without_its_comment_signs_is_the_defaults(void **state) {
  static char file[sizeof(manual)];
  static struct config_problems problems;
  size_t used = 0, count = 0;
  unsigned settings = 0, documented = 0;
  (void)state;
  for (const char *line = manual; *line != '\0'; line += strcspn(line, "\n") + 1) {
    size_t length = strcspn(line, "\n") + 1;
    bool is_setting = line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    settings += is_setting;
    memcpy(file + used, line + is_setting, length - is_setting);
    used += length - is_setting;
  }
  config_defaults(&config);
  config_read_text(&config, 0, "ourod.conf", file, used, &problems);
  assert_string_equal(problems.text, "");
  const struct config_option *options = config_options(&count);
  config_defaults(&defaults);
  for (size_t i = 0; i < count; i++) {
    char expected[PATH_MAX], got[PATH_MAX];
    documented += (options[i].flags & CONFIG_ONLY_ARGUMENT) == 0;
    config_format(&defaults, &options[i], expected, sizeof(expected));
    config_format(&config, &options[i], got, sizeof(got));
    assert_string_equal(got, expected);
  }
  assert_int_equal(settings, documented);

  /* And as it is installed it sets nothing. */
  config_defaults(&config);
  config_read_text(&config, 0, "ourod.conf", manual, strlen(manual), &problems);
  assert_string_equal(problems.text, "");
  assert_memory_equal(&config, &defaults, sizeof(config));
}

static void lines_are_readable(void **state) {
  (void)state;
  for (const char *line = manual; *line != '\0'; line += strcspn(line, "\n") + 1) {
    assert_true(strcspn(line, "\n") <= 88);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_option_has_its_default_range_and_reload),
      cmocka_unit_test(manual_without_its_comment_signs_is_the_defaults),
      cmocka_unit_test(lines_are_readable),
  };
  return cmocka_run_group_tests(tests, setup, NULL);
}
