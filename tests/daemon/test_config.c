/* test_config.c - one table, five sources, and a clear line for every mistake. */
#include "scratch.h"

#include "config.h"
#include "log.h"
#include "proto.h"

#include <ouro/ouro.h>

static struct config config;
static struct config_problems problems;

#define MAX_WORDS 8

/* Load with these arguments (ended by NULL), this environment and this file ("" none).
 */
static enum config_outcome load(const char *const arguments[],
                                const char *const environment[], const char *file) {
  char *argv[2 * MAX_WORDS + 4] = {"ourod"},
                             *variables[MAX_WORDS + 2] = {"HOME=/home/x"};
  int argc = 1;
  char named[600];
  if (file[0] != '\0') {
    snprintf(named, sizeof(named), "--config=%s", file);
    argv[argc++] = named;
  }
  for (int i = 0; arguments && arguments[i]; i++) {
    argv[argc++] = (char *)(uintptr_t)arguments[i];
  }
  for (int i = 0; environment && environment[i]; i++) {
    variables[i + 1] = (char *)(uintptr_t)environment[i];
  }
  problems = (struct config_problems){0};
  return config_load(&config, argc, argv, variables, &problems);
}

#define WORDS(...)            ((const char *const[]){__VA_ARGS__, NULL})
#define load_arguments(...)   load(WORDS(__VA_ARGS__), NULL, "")
#define load_environment(...) load(NULL, WORDS(__VA_ARGS__), "")

static enum config_outcome load_text(void *directory, const char *text) {
  scratch_write(directory, "ourod.conf", text);
  return load(NULL, NULL, scratch_path(directory, "ourod.conf"));
}

#define assert_problem(part)                                                           \
  do {                                                                                 \
    if (!strstr(problems.text, (part)))                                                \
      fail_msg("\"%s\" is not in: %s", (part), problems.text);                         \
  } while (0)

static const char *origin_of(const char *key) {
  static char text[PATH_MAX + 300];
  config_origin_text(&config, config_find(key, strlen(key)), text, sizeof(text));
  return text;
}

/* --- the table --- */

static void defaults_of_the_table_are_read_back_by_its_own_readers(void **state) {
  (void)state;
  size_t count = 0;
  char text[PATH_MAX], expected[160];
  const struct config_option *options = config_options(&count);
  config_defaults(&config);
  for (size_t i = 0; i < count; i++) {
    const struct config_option *option = &options[i];
    assert_ptr_equal(config_find(option->key, strlen(option->key)), option);
    assert_true(option->help[0] != '\0');
    assert_true((option->kind == CONFIG_FLAG) == (option->value == NULL));
    if (option->fallback[0] != '\0') {
      assert_null(config_set(&config, option, option->fallback, false, expected));
      assert_int_equal(config_format(&config, option, text, sizeof(text)), 0);
      assert_string_equal(text, option->fallback);
    }
  }
}

static void limits_without_a_configuration_are_the_tables(void **state) {
  (void)state;
  config_defaults(&config);
  assert_memory_equal(&config.limits, &proto_limits_default,
                      sizeof(proto_limits_default));
}

static void no_limit_passes_what_the_contract_can_hold(void **state) {
  (void)state;
  assert_int_equal(load_arguments("--limits-message-bytes", "64K"), CONFIG_RUN);
  assert_int_equal(config.limits.message_bytes, PROTO_MAX_MESSAGE_BYTES);
  assert_int_equal(load_arguments("--limits-message-bytes", "65537"), CONFIG_ERROR);
  assert_problem("expected bytes from 1K to 64K");
  assert_int_equal(load_arguments("--limits-nesting-levels=17"), CONFIG_ERROR);
  assert_int_equal(load_arguments("--limits-graph-objects=5001"), CONFIG_ERROR);
}

/* --- arguments --- */

static void defaults_are_loopback_and_the_environments_directories(void **state) {
  (void)state;
  assert_int_equal(load_environment("STATE_DIRECTORY=/var/lib/ouro:/other",
                                    "XDG_RUNTIME_DIR=/run/user/1"),
                   CONFIG_RUN);
  assert_string_equal(config.address, "127.0.0.1");
  assert_int_equal(config.port, 6876);
  assert_string_equal(config.state_dir, "/var/lib/ouro");
  assert_string_equal(config.runtime_dir, "/run/user/1/ouro");
  assert_int_equal(config.ready_fd, 0);
  assert_true(config.control_socket);
  assert_false(config.read_only);

  assert_int_equal(load(NULL, NULL, ""), CONFIG_RUN);
  assert_string_equal(config.state_dir, "/home/x/.local/state/ouro");
  assert_int_equal(load_environment("HOME="), CONFIG_RUN); /* the first one counts */

  char *argv[] = {"ourod"}, *nothing[] = {NULL};
  problems = (struct config_problems){0};
  assert_int_equal(config_load(&config, 1, argv, nothing, &problems), CONFIG_ERROR);
  assert_problem("--state-dir");
}

static void last_of_a_repeated_argument_wins(void **state) {
  (void)state;
  assert_int_equal(load_arguments("--listen=127.0.0.1:1", "--listen", "[::1]:2",
                                  "--hosts=a", "--hosts=b,c"),
                   CONFIG_RUN);
  assert_string_equal(config.address, "::1");
  assert_int_equal(config.port, 2);
  assert_string_equal(config.hosts, "b c");
}

static void addresses_are_numeric_and_whole(void **state) {
  (void)state;
  static const char *const bad[] = {"",          "6876",         ":6876",
                                    "127.0.0.1", "127.0.0.1:",   "127.0.0.1:65536",
                                    "::1:1",     "localhost:1",  "127.0.0.1:1x",
                                    "[::1]",     "127.0.0.1:-1", "[127.0.0.1]:1"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_int_equal(load_arguments("--listen", bad[i]), CONFIG_ERROR);
    assert_problem("--listen");
    assert_problem("127.0.0.1:6876");
  }
}

static void address_of_the_network_needs_tls_or_a_word_more(void **state) {
  (void)state;
  assert_int_equal(load_arguments("--listen", "0.0.0.0:1"), CONFIG_ERROR);
  assert_problem("--insecure");
  assert_int_equal(load_arguments("--listen", "0.0.0.0:1", "--insecure"), CONFIG_RUN);
  assert_int_equal(load_arguments("--listen", "127.9.9.9:1"), CONFIG_RUN);
  assert_int_equal(load_arguments("--listen=[::]:1", "--tls-certificate=c"),
                   CONFIG_ERROR);
  assert_problem("tls_key is not");
  assert_int_equal(
      load_arguments("--listen=[::]:1", "--tls-certificate=c", "--tls-key=k"),
      CONFIG_RUN);
}

static void numbers_keep_their_bounds_and_know_kilobytes(void **state) {
  (void)state;
  static const char *const bad[] = {"0",   "60001", "-1",   "1K",
                                    "1.5", "",      "10x",  " 10",
                                    "+1",  "1e3",   "0x10", "18446744073709551617"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_int_equal(load_arguments("--limits-sessions", bad[i]), CONFIG_ERROR);
    assert_problem("--limits-sessions");
    assert_problem("expected a number from 1 to 60000");
  }
  assert_int_equal(load_arguments("--limits-sessions", "60000"), CONFIG_RUN);
  assert_int_equal(config.limits.sessions, 60000);

  static const struct {
    const char *text;
    uint64_t bytes;
  } good[] = {{"64K", 65536}, {"70000", 70000}, {"2M", 2097152}, {"1G", 1073741824}};
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    assert_int_equal(load_arguments("--limits-queue-bytes", good[i].text), CONFIG_RUN);
    assert_int_equal(config.limits.queue_bytes, good[i].bytes);
  }
  static const char *const bad_bytes[] = {"2G", "64KB", "64k", "K", "999999999999999G"};
  for (size_t i = 0; i < sizeof(bad_bytes) / sizeof(bad_bytes[0]); i++) {
    assert_int_equal(load_arguments("--limits-queue-bytes", bad_bytes[i]),
                     CONFIG_ERROR);
    assert_problem("expected bytes from 64K to 1G");
  }
}

static void choices_and_lists_name_what_there_is(void **state) {
  (void)state;
  assert_int_equal(load_arguments("--log-level", "debug", "--heaps", "playground"),
                   CONFIG_RUN);
  assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
  assert_string_equal(config.heaps, "playground");
  assert_int_equal(load_arguments("--log-level=loud"), CONFIG_ERROR);
  assert_problem("expected one of error, warning, info, debug");
  assert_int_equal(load_arguments("--heaps=documents,attic"), CONFIG_ERROR);
  assert_problem("expected words of documents, playground, workshop");

  const char *at = config.hosts;
  char word[8];
  assert_int_equal(load_arguments("--hosts= a ,, bc,a,d\t"), CONFIG_RUN);
  assert_string_equal(config.hosts, "a bc d");
  assert_int_equal(config_next_word(&at, word, sizeof(word)), 0);
  assert_string_equal(word, "a");
  assert_int_equal(config_next_word(&at, word, sizeof(word)), 0);
  assert_int_equal(config_next_word(&at, word, sizeof(word)), 0);
  assert_string_equal(word, "d");
  assert_int_equal(config_next_word(&at, word, sizeof(word)), -1);

  char list[CONFIG_LIST_BYTES + 16] = "--hosts=";
  memset(list + 8, 'a', CONFIG_LIST_BYTES - 1);
  assert_int_equal(load_arguments(list), CONFIG_ERROR);
}

static void numbers_in_a_row_are_all_there_and_begin_as_the_collectors(void **state) {
  static const char *const bad[] = {"",      "1",      "1 2",           "1 2 3 4",
                                    "1 2 x", "1,2,-3", "1 2 2147483648"};
  uint32_t own[3];
  (void)state;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_int_equal(load_arguments("--hosted-thresholds", bad[i]), CONFIG_ERROR);
    assert_problem("expected 3 numbers from 0 to 2147483647");
  }
  assert_int_equal(load_arguments("--hosted-thresholds", "0,2, 2147483647"),
                   CONFIG_RUN);
  assert_int_equal(config.hosted_thresholds[2], 2147483647);

  ouro_heap *heap = ouro_heap_new(NULL);
  ouro_gc_threshold(heap, own);
  ouro_heap_free(heap);
  config_defaults(&config);
  assert_memory_equal(config.hosted_thresholds, own, sizeof(own));
}

static void mistakes_in_arguments_are_told_all_at_once(void **state) {
  (void)state;
  assert_int_equal(load_arguments("--nonsense", "stray", "--lisen=1", "--print-url=7",
                                  "--ready-fd", "0"),
                   CONFIG_ERROR);
  assert_int_equal(problems.count, 5);
  assert_problem("unknown option --nonsense; see --help");
  assert_problem("unknown option stray");
  assert_problem("is --listen meant?");
  assert_problem("--print-url 7: expected yes or no");
  assert_problem("--ready-fd 0: expected a number from 1");
  assert_int_equal(load_arguments("--documents"), CONFIG_ERROR);
  assert_problem("--documents needs a value");
  assert_int_equal(load_arguments("--documents="), CONFIG_ERROR);
  assert_int_equal(load_arguments("--ready-fd", "x"), CONFIG_ERROR);
  assert_int_equal(load_arguments("--config"), CONFIG_ERROR);
  assert_int_equal(load_arguments("--config="), CONFIG_ERROR);
  assert_int_equal(load_arguments("--limits.sessions=1"), CONFIG_ERROR);
  assert_int_equal(load_arguments("--"), CONFIG_ERROR);
}

static void help_names_every_option_within_eighty_columns(void **state) {
  (void)state;
  size_t count = 0, size = 0;
  char *help = NULL, name[80];
  FILE *out = open_memstream(&help, &size);
  assert_int_equal(config_print_help(out), 0);
  fclose(out);
  const struct config_option *options = config_options(&count);
  for (size_t i = 0; i < count; i++) {
    snprintf(name, sizeof(name), "  --%s", options[i].key);
    for (char *at = name; *at != '\0'; at++) {
      *at = *at == '.' || *at == '_' ? '-' : *at;
    }
    if (!strstr(help, name)) {
      fail_msg("%s is not in --help", name);
    }
  }
  for (const char *line = help; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    assert_true(length <= 80);
    line += length + 1;
  }
  free(help);
  assert_int_equal(load_arguments("--nonsense", "--help"), CONFIG_HELP);
  assert_int_equal(load_arguments("--version"), CONFIG_VERSION);
  assert_int_equal(load_arguments("--check-config"), CONFIG_CHECK);
  assert_int_equal(load_arguments("--print-config"), CONFIG_PRINT);
  assert_int_equal(load_arguments("--check-config", "--log-level=x"), CONFIG_ERROR);
}

/* --- precedence --- */

static void command_line_wins_over_environment_over_conf_d_over_file(void **state) {
  mkdir(scratch_path(*state, "conf.d"), 0700);
  scratch_write(*state, "ourod.conf",
                "listen = 127.0.0.1:1\nlog_level = error\nhosts = a\n"
                "[limits]\nsessions = 1\nsubscriptions = 1\nconnections = 1\n");
  scratch_write(*state, "conf.d/20.conf", "hosts = c\n[limits]\nsessions = 3\n");
  scratch_write(*state, "conf.d/10.conf", "[limits]\nsessions=2\nsubscriptions=2\n");
  scratch_write(*state, "conf.d/30.conf.off", "listen = 127.0.0.1:30\n");
  scratch_write(*state, "conf.d/.hidden.conf", "listen = 127.0.0.1:31\n");
  assert_int_equal(load(WORDS("--listen", "127.0.0.1:5"),
                        WORDS("OUROD_LISTEN=127.0.0.1:4", "OUROD_LIMITS_CONNECTIONS=4"),
                        scratch_path(*state, "ourod.conf")),
                   CONFIG_RUN);
  assert_int_equal(config.port, 5);
  assert_int_equal(config.limits.connections, 4);
  assert_int_equal(config.limits.sessions, 3);
  assert_int_equal(config.limits.subscriptions, 2);
  assert_int_equal(config.log_level, LOG_LEVEL_ERROR);
  assert_string_equal(config.hosts, "c");

  assert_string_equal(origin_of("listen"), "command line");
  assert_string_equal(origin_of("limits.connections"), "environment");
  assert_string_equal(origin_of("insecure"), "default");
  assert_string_equal(origin_of("limits.sessions"),
                      (snprintf(problems.text, sizeof(problems.text), "%s:3",
                                scratch_path(*state, "conf.d/20.conf")),
                       problems.text));
  assert_string_equal(origin_of("log_level"),
                      (snprintf(problems.text, sizeof(problems.text), "%s:2",
                                scratch_path(*state, "ourod.conf")),
                       problems.text));
}

static void yes_of_a_file_is_taken_back_on_the_command_line(void **state) {
  scratch_write(*state, "ourod.conf", "read_only = yes\n");
  const char *file = scratch_path(*state, "ourod.conf");
  assert_int_equal(load(NULL, NULL, file), CONFIG_RUN);
  assert_true(config.read_only);
  assert_int_equal(load(WORDS("--read-only=no"), NULL, file), CONFIG_RUN);
  assert_false(config.read_only);
}

static void variable_that_names_no_option_is_a_mistake(void **state) {
  (void)state;
  assert_int_equal(load_environment("OUROD_READONLY=yes"), CONFIG_ERROR);
  assert_problem("OUROD_READONLY: ");
  assert_int_equal(load_environment("OUROD_LIMITS_SESSIONS=0"), CONFIG_ERROR);
  assert_problem("OUROD_LIMITS_SESSIONS 0: expected");
  assert_int_equal(load_environment("OUROD_READY_FD=5"), CONFIG_ERROR);
  assert_int_equal(load_environment("OUROD=x", "OURODX=y", "NOVALUE"), CONFIG_RUN);
}

static void environment_names_the_file_and_an_argument_another(void **state) {
  char first[600], second[600];
  scratch_write(*state, "one", "[limits]\nsessions = 1\n");
  scratch_write(*state, "two", "[limits]\nsessions = 2\n");
  snprintf(first, sizeof(first), "OUROD_CONFIG=%s", scratch_path(*state, "one"));
  snprintf(second, sizeof(second), "--config=%s", scratch_path(*state, "two"));
  assert_int_equal(load(NULL, WORDS(first), ""), CONFIG_RUN);
  assert_int_equal(config.limits.sessions, 1);
  assert_int_equal(load(WORDS(second), WORDS(first), ""), CONFIG_RUN);
  assert_int_equal(config.limits.sessions, 2);
}

/* --- files --- */

static void mistakes_in_a_file_say_file_line_and_what_was_expected(void **state) {
  static const struct {
    const char *text, *problem;
  } cases[] = {
      {"listen = 1\n", "ourod.conf:1: listen = 1: expected a numeric ADDR:PORT"},
      {"\n\nlitsen = x\n", ":3: there is no option litsen; is listen meant?"},
      {"sessions = 1\n", ":1: there is no option sessions; is sessions under [limits]"},
      {"[limits]\nread_only = yes\n",
       ":2: there is no option limits.read_only; is read_only before the first"},
      {"[attic]\nbox = 1\n", ":2: there is no option attic.box"},
      {"limits.sessions = 1\n", ":1: there is no option limits.sessions"},
      {"[limits]\nsessions = 10\n# no\nsessions = 10\n",
       ":4: limits.sessions is set in line 2 already"},
      {"read_only = true\n", ":1: read_only = true: expected yes or no"},
      {"read_only\n", ":1: expected [section], name = value or a # comment"},
      {"read_only = yes\n[limits\nx = 1\n", ":2: expected [section], name = value"},
      {"[limit]\n# sessions = 5\n", ":1: there is no section [limit]"},
      {"[nope]\n[limits]\nsessions = 5\n", ":1: there is no section [nope]"},
      {"[limits] sessions = 5\n", ":1: the line goes on after the section's name"},
      {"[limits]\nsessions = 5 # five\n", ":2: limits.sessions = 5 # five: expected"},
      {"ready_fd = 5\n", ":1: ready_fd is for the command line only"},
      {"log_level =\n", ":1: log_level = : expected one of"},
      {"= 5\n", ":1: there is no option "},
  };
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    assert_int_equal(load_text(*state, cases[i].text), CONFIG_ERROR);
    assert_int_equal(problems.count, cases[i].text[0] == 'r' && i == 9 ? 2 : 1);
    assert_problem(scratch_path(*state, "ourod.conf"));
    assert_problem(cases[i].problem);
  }
}

static void all_mistakes_of_a_file_are_told_even_past_the_room_for_them(void **state) {
  char *text = malloc(400 * 24);
  text[0] = '\0';
  for (int i = 0; i < 400; i++) {
    snprintf(text + strlen(text), 24, "k%d = 1\n", i);
  }
  assert_int_equal(load_text(*state, text), CONFIG_ERROR);
  assert_int_equal(problems.count, 400);
  assert_true(problems.used < sizeof(problems.text));
  assert_problem(":20: ");
  free(text);
}

static void spaces_comments_windows_lines_and_a_byte_order_mark_are_fine(void **state) {
  assert_int_equal(load_text(*state, "\xef\xbb\xbflisten = 127.0.0.1:9 ; here\r\n"
                                     "   # a comment \xff\r\n\r\n; another\r\n"
                                     " [limits] ; those\r\n"
                                     "    sessions = 7\r\n"
                                     "\tsubscriptions=8\r\n"
                                     "connections : 9"),
                   CONFIG_RUN);
  assert_int_equal(config.port, 9);
  assert_int_equal(config.limits.sessions, 7);
  assert_int_equal(config.limits.subscriptions, 8);
  assert_int_equal(config.limits.connections, 9);
  assert_string_equal(origin_of("limits.connections") + strlen(config.file), ":8");
}

static void list_over_several_lines_grows_and_a_later_file_replaces_it(void **state) {
  assert_int_equal(load_text(*state, "hosts = a, b\nhosts = c\n"), CONFIG_RUN);
  assert_string_equal(config.hosts, "a b c");
  mkdir(scratch_path(*state, "conf.d"), 0700);
  scratch_write(*state, "conf.d/a.conf", "hosts = d\nhosts = e\n");
  assert_int_equal(load_text(*state, "hosts = a, b\n"), CONFIG_RUN);
  assert_string_equal(config.hosts, "d e");
  scratch_write(*state, "conf.d/a.conf", "hosts =\n");
  assert_int_equal(load_text(*state, "hosts = a, b\n"), CONFIG_RUN);
  assert_string_equal(config.hosts, "");
}

/* "documents = ddd..." of `length` bytes, and a second line. */
static enum config_outcome load_long(void *state, size_t length, const char *prefix) {
  char text[4200];
  memset(text, 'd', length);
  memcpy(text, prefix, strlen(prefix));
  memcpy(text + length, "\nhosts = after\n", sizeof("\nhosts = after\n"));
  return load_text(state, text);
}

static void line_that_the_library_would_split_is_refused_whole(void **state) {
  assert_int_equal(load_long(*state, 197, "documents = "), CONFIG_RUN);
  assert_int_equal(strlen(config.documents), 197 - strlen("documents = "));
  assert_string_equal(config.hosts, "after");
  static const size_t lengths[] = {198, 199, 200, 201, 4096};
  for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
    assert_int_equal(load_long(*state, lengths[i], "documents = "), CONFIG_ERROR);
    assert_problem(":1: the line is longer than 197 bytes");
    assert_int_equal(problems.count, 1);
    assert_string_equal(config.hosts, "after"); /* and the next line is the next line */
    assert_int_equal(load_long(*state, lengths[i], "# "), CONFIG_RUN);
    assert_int_equal(load_long(*state, lengths[i], "[limits] ; "), CONFIG_ERROR);
  }
}

static void section_name_that_the_library_would_cut_is_refused(void **state) {
  char text[128] = "[";
  memset(text + 1, 's', 50);
  memcpy(text + 51, "]\nx = 1\n", sizeof("]\nx = 1\n"));
  assert_int_equal(load_text(*state, text), CONFIG_ERROR);
  assert_problem(":1: the line names a section of more than 49 bytes");
}

static void nul_byte_is_refused_with_its_line(void **state) {
  static const char text[] = "hosts = a\0b\nlog_level = debug\n";
  FILE *file = fopen(scratch_path(*state, "ourod.conf"), "w");
  fwrite(text, 1, sizeof(text) - 1, file);
  fclose(file);
  assert_int_equal(load(NULL, NULL, scratch_path(*state, "ourod.conf")), CONFIG_ERROR);
  assert_problem(":1: the line holds a NUL byte");
  assert_string_equal(config.hosts, "");
  assert_int_equal(config.log_level, LOG_LEVEL_DEBUG);
}

static void
file_that_cannot_be_read_is_a_mistake_unless_it_is_the_default(void **state) {
  assert_int_equal(load(NULL, NULL, scratch_path(*state, "none")), CONFIG_ERROR);
  assert_problem("none: No such file");
  assert_int_equal(load(NULL, NULL, *state), CONFIG_ERROR);
  assert_problem("Is a directory");
  assert_int_equal(load(NULL, NULL, "/dev/null"), CONFIG_RUN);
  assert_int_equal(mkfifo(scratch_path(*state, "pipe"), 0600), 0);
  assert_int_equal(load(NULL, NULL, scratch_path(*state, "pipe")), CONFIG_ERROR);
  assert_problem("not a regular file");
  if (geteuid() != 0) {
    scratch_write(*state, "secret", "");
    chmod(scratch_path(*state, "secret"), 0);
    assert_int_equal(load(NULL, NULL, scratch_path(*state, "secret")), CONFIG_ERROR);
    assert_problem("Permission denied");
  }
  mkdir(scratch_path(*state, "conf.d"), 0700);
  mkdir(scratch_path(*state, "conf.d/x.conf"), 0700);
  assert_int_equal(load_text(*state, ""), CONFIG_ERROR);
  assert_problem("conf.d/x.conf: Is a directory");
}

static void file_without_end_is_refused(void **state) {
  FILE *file = fopen(scratch_path(*state, "ourod.conf"), "w");
  for (int i = 0; i < 300 * 1024 / 64; i++) {
    fprintf(file, "%063d\n", 0);
  }
  fclose(file);
  assert_int_equal(load(NULL, NULL, scratch_path(*state, "ourod.conf")), CONFIG_ERROR);
  assert_problem("ourod.conf: File too large");
  assert_int_equal(problems.count, 1);
}

static void too_many_files_of_conf_d_are_a_mistake(void **state) {
  char name[32];
  mkdir(scratch_path(*state, "conf.d"), 0700);
  for (unsigned i = 0; i <= CONFIG_MAX_EXTRA; i++) {
    snprintf(name, sizeof(name), "conf.d/%02u.conf", i);
    scratch_write(*state, name, "");
  }
  assert_int_equal(load_text(*state, ""), CONFIG_ERROR);
  assert_problem("32.conf: more than 32 files");
}

static void printed_configuration_reads_back_to_the_same_values(void **state) {
  char *first = NULL, *second = NULL;
  size_t size = 0;
  assert_int_equal(load_arguments("--listen=[::1]:7", "--read-only", "--hosts=a,b:1",
                                  "--limits-queue-bytes=70000", "--documents=/a b",
                                  "--log-format=json"),
                   CONFIG_RUN);
  FILE *out = open_memstream(&first, &size);
  assert_int_equal(config_print(&config, out), 0);
  fclose(out);
  assert_non_null(strstr(first, "# command line\nlisten = [::1]:7\n"));
  assert_int_equal(load_text(*state, first), CONFIG_RUN);
  memset(config.origins, 0, sizeof(config.origins));
  out = open_memstream(&second, &size);
  assert_int_equal(config_print(&config, out), 0);
  fclose(out);
  char *text = second;
  for (const char *line = first; *line != '\0';) {
    size_t length = strcspn(line, "\n") + 1;
    if (line[0] != '#') {
      char *found = strstr(text, "\n");
      assert_non_null(found);
      while (strncmp(text, line, length) != 0) {
        text += strcspn(text, "\n") + 1;
        assert_true(*text != '\0');
      }
    }
    line += length;
  }
  free(first);
  free(second);
}

/* --- directories --- */

static int make(const char *state_dir, const char *runtime_dir) {
  config_defaults(&config);
  snprintf(config.state_dir, sizeof(config.state_dir), "%s", state_dir);
  snprintf(config.runtime_dir, sizeof(config.runtime_dir), "%s", runtime_dir);
  return config_make_directories(&config, problems.text, sizeof(problems.text));
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
  assert_problem("by others");
}

static void file_in_the_place_of_a_directory_is_refused(void **state) {
  scratch_write(*state, "file", "");
  assert_int_equal(make(scratch_path(*state, "file"), scratch_path(*state, "d")), -1);
  assert_int_equal(make(scratch_path(*state, "file/x"), scratch_path(*state, "d")), -1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_of_the_table_are_read_back_by_its_own_readers),
      cmocka_unit_test(limits_without_a_configuration_are_the_tables),
      cmocka_unit_test(no_limit_passes_what_the_contract_can_hold),
      cmocka_unit_test(defaults_are_loopback_and_the_environments_directories),
      cmocka_unit_test(last_of_a_repeated_argument_wins),
      cmocka_unit_test(addresses_are_numeric_and_whole),
      cmocka_unit_test(address_of_the_network_needs_tls_or_a_word_more),
      cmocka_unit_test(numbers_keep_their_bounds_and_know_kilobytes),
      cmocka_unit_test(choices_and_lists_name_what_there_is),
      cmocka_unit_test(numbers_in_a_row_are_all_there_and_begin_as_the_collectors),
      cmocka_unit_test(mistakes_in_arguments_are_told_all_at_once),
      cmocka_unit_test(help_names_every_option_within_eighty_columns),
      scratch_test(command_line_wins_over_environment_over_conf_d_over_file),
      scratch_test(yes_of_a_file_is_taken_back_on_the_command_line),
      cmocka_unit_test(variable_that_names_no_option_is_a_mistake),
      scratch_test(environment_names_the_file_and_an_argument_another),
      scratch_test(mistakes_in_a_file_say_file_line_and_what_was_expected),
      scratch_test(all_mistakes_of_a_file_are_told_even_past_the_room_for_them),
      scratch_test(spaces_comments_windows_lines_and_a_byte_order_mark_are_fine),
      scratch_test(list_over_several_lines_grows_and_a_later_file_replaces_it),
      scratch_test(line_that_the_library_would_split_is_refused_whole),
      scratch_test(section_name_that_the_library_would_cut_is_refused),
      scratch_test(nul_byte_is_refused_with_its_line),
      scratch_test(file_that_cannot_be_read_is_a_mistake_unless_it_is_the_default),
      scratch_test(file_without_end_is_refused),
      scratch_test(too_many_files_of_conf_d_are_a_mistake),
      scratch_test(printed_configuration_reads_back_to_the_same_values),
      scratch_test(missing_directories_are_made_for_the_owner_alone),
      scratch_test(directory_that_others_can_write_to_is_refused),
      scratch_test(file_in_the_place_of_a_directory_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
