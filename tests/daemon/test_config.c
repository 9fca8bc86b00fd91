/* test_config.c - the command line, and the directories it names. */
#include "scratch.h"

#include "config.h"

static char message[512];

/* Parse up to five arguments. */
static enum config_outcome parse(struct config *config, const char *a, const char *b,
                                 const char *c, const char *d) {
  char *argv[] = {"ourod",
                  (char *)(uintptr_t)a,
                  (char *)(uintptr_t)b,
                  (char *)(uintptr_t)c,
                  (char *)(uintptr_t)d,
                  NULL};
  int argc = 1;
  while (argc < 5 && argv[argc]) {
    argc++;
  }
  message[0] = '\0';
  return config_parse(config, argc, argv, message, sizeof(message));
}

static void defaults_are_loopback_and_the_environments_directories(void **state) {
  (void)state;
  struct config config;
  setenv("STATE_DIRECTORY", "/var/lib/ouro:/other", 1);
  setenv("XDG_RUNTIME_DIR", "/run/user/1", 1);
  unsetenv("RUNTIME_DIRECTORY");
  assert_int_equal(parse(&config, NULL, NULL, NULL, NULL), CONFIG_RUN);
  assert_string_equal(config.address, "127.0.0.1");
  assert_int_equal(config.port, 6876);
  assert_string_equal(config.state_dir, "/var/lib/ouro");
  assert_string_equal(config.runtime_dir, "/run/user/1/ouro");
  assert_int_equal(config.ready_fd, -1);

  unsetenv("STATE_DIRECTORY");
  unsetenv("XDG_STATE_HOME");
  setenv("HOME", "/home/x", 1);
  assert_int_equal(parse(&config, NULL, NULL, NULL, NULL), CONFIG_RUN);
  assert_string_equal(config.state_dir, "/home/x/.local/state/ouro");
  unsetenv("HOME");
  assert_int_equal(parse(&config, NULL, NULL, NULL, NULL), CONFIG_ERROR);
  assert_non_null(strstr(message, "--state-dir"));
  setenv("HOME", "/home/x", 1);
}

static void last_of_a_repeated_option_wins(void **state) {
  (void)state;
  struct config config;
  assert_int_equal(parse(&config, "--listen=127.0.0.1:1", "--listen", "[::1]:2", NULL),
                   CONFIG_RUN);
  assert_string_equal(config.address, "::1");
  assert_int_equal(config.port, 2);
}

static void addresses_are_numeric_and_whole(void **state) {
  (void)state;
  static const char *const bad[] = {"",          "6876",         ":6876",
                                    "127.0.0.1", "127.0.0.1:",   "127.0.0.1:65536",
                                    "::1:1",     "localhost:1",  "127.0.0.1:1x",
                                    "[::1]",     "127.0.0.1:-1", "[127.0.0.1]:1"};
  struct config config;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_int_equal(parse(&config, "--listen", bad[i], NULL, NULL), CONFIG_ERROR);
    assert_non_null(strstr(message, "--listen"));
  }
}

static void address_of_the_network_needs_a_word_more(void **state) {
  (void)state;
  struct config config;
  assert_int_equal(parse(&config, "--listen", "0.0.0.0:1", NULL, NULL), CONFIG_ERROR);
  assert_non_null(strstr(message, "--insecure"));
  assert_int_equal(parse(&config, "--listen", "0.0.0.0:1", "--insecure", NULL),
                   CONFIG_RUN);
  assert_int_equal(parse(&config, "--listen", "127.9.9.9:1", NULL, NULL), CONFIG_RUN);
}

static void mistakes_are_one_clear_line(void **state) {
  (void)state;
  struct config config;
  assert_int_equal(parse(&config, "--nonsense", NULL, NULL, NULL), CONFIG_ERROR);
  assert_non_null(strstr(message, "--nonsense"));
  assert_int_equal(parse(&config, "stray", NULL, NULL, NULL), CONFIG_ERROR);
  assert_int_equal(parse(&config, "--documents", NULL, NULL, NULL), CONFIG_ERROR);
  assert_int_equal(parse(&config, "--documents=", NULL, NULL, NULL), CONFIG_ERROR);
  assert_int_equal(parse(&config, "--print-url=yes", NULL, NULL, NULL), CONFIG_ERROR);
  assert_int_equal(parse(&config, "--ready-fd", "0", NULL, NULL), CONFIG_ERROR);
  assert_int_equal(parse(&config, "--ready-fd", "x", NULL, NULL), CONFIG_ERROR);
  assert_null(strchr(message, '\n'));
}

static void help_names_every_option(void **state) {
  (void)state;
  static const char *const names[] = {
      "--listen",   "--documents", "--web-root", "--state-dir", "--runtime-dir",
      "--ready-fd", "--print-url", "--insecure", "--help",      "--version"};
  struct config config;
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    assert_non_null(strstr(config_help(), names[i]));
  }
  assert_int_equal(parse(&config, "--help", NULL, NULL, NULL), CONFIG_HELP);
  assert_int_equal(parse(&config, "--version", NULL, NULL, NULL), CONFIG_VERSION);
}

static int make(const char *state_dir, const char *runtime_dir) {
  struct config config = {.ready_fd = -1};
  snprintf(config.state_dir, sizeof(config.state_dir), "%s", state_dir);
  snprintf(config.runtime_dir, sizeof(config.runtime_dir), "%s", runtime_dir);
  return config_make_directories(&config, message, sizeof(message));
}

static void missing_directories_are_made_for_the_owner_alone(void **state) {
  struct stat facts;
  assert_int_equal(make(scratch_path(*state, "a/b/c"), scratch_path(*state, "d")), 0);
  assert_int_equal(stat(scratch_path(*state, "a/b/c"), &facts), 0);
  assert_int_equal(facts.st_mode & 0777, 0700);
}

static void directory_that_others_can_write_to_is_refused(void **state) {
  const char *open = scratch_path(*state, "open");
  mkdir(open, 0777);
  chmod(open, 0777);
  assert_int_equal(make(open, scratch_path(*state, "d")), -1);
  assert_non_null(strstr(message, "by others"));
}

static void file_in_the_place_of_a_directory_is_refused(void **state) {
  scratch_write(*state, "file", "");
  assert_int_equal(make(scratch_path(*state, "file"), scratch_path(*state, "d")), -1);
  assert_int_equal(make(scratch_path(*state, "file/x"), scratch_path(*state, "d")), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_loopback_and_the_environments_directories),
      cmocka_unit_test(last_of_a_repeated_option_wins),
      cmocka_unit_test(addresses_are_numeric_and_whole),
      cmocka_unit_test(address_of_the_network_needs_a_word_more),
      cmocka_unit_test(mistakes_are_one_clear_line),
      cmocka_unit_test(help_names_every_option),
      scratch_test(missing_directories_are_made_for_the_owner_alone),
      scratch_test(directory_that_others_can_write_to_is_refused),
      scratch_test(file_in_the_place_of_a_directory_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
