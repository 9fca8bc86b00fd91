/* fuzz_config.c - any text as a configuration file, as an environment and as arguments.
 *
 *   first byte: how many of the lines are arguments and variables; the rest is a file
 *
 * What must hold for every input: the reader counts the lines that there are, every
 * value that got in is within its bounds and comes back as text that reads the same,
 * every problem is a line that names its place, and no text is cut in silence. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                             \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      fprintf(stderr, "does not hold: %s\n", #condition);                              \
      abort();                                                                         \
    }                                                                                  \
  } while (0)

#define MAX_WORDS 16

static struct config config, again;
static struct config_problems problems;

/* Every option of `config` is what its row allows, and survives being written. */
static void check_values(void) {
  size_t count = 0;
  char text[PATH_MAX], back[PATH_MAX], expected[160];
  const struct config_option *options = config_options(&count);
  config_defaults(&again);
  for (size_t i = 0; i < count; i++) {
    const struct config_option *option = &options[i];
    const void *place = (const char *)&config + option->offset;
    if (option->kind == CONFIG_NUMBER || option->kind == CONFIG_BYTES) {
      uint64_t number = 0;
      memcpy(&number, place, sizeof(number));
      REQUIRE((number >= option->minimum && number <= option->maximum) ||
              (number == 0 && option->fallback[0] == '\0'));
    } else if (option->kind == CONFIG_PATH || option->kind == CONFIG_LIST ||
               option->kind == CONFIG_ADDRESS) {
      REQUIRE(memchr(place, '\0', option->size) != NULL);
    }
    REQUIRE(config_format(&config, option, text, sizeof(text)) == 0);
    if (option->kind == CONFIG_NUMBER && option->fallback[0] == '\0') {
      continue; /* none: there is no text for it */
    }
    REQUIRE(config_set(&again, option, text, false, expected) == NULL);
    REQUIRE(config_format(&again, option, back, sizeof(back)) == 0);
    REQUIRE(strcmp(text, back) == 0);
  }
  REQUIRE(config.port <= 65535);
}

static void check_problems(const char *name) {
  unsigned lines = 0;
  REQUIRE(problems.used < sizeof(problems.text));
  REQUIRE(strlen(problems.text) == problems.used);
  for (const char *line = problems.text; *line != '\0'; lines++) {
    REQUIRE(name[0] == '\0' || strncmp(line, name, strlen(name)) == 0);
    size_t length = strcspn(line, "\n");
    REQUIRE(line[length] == '\n');
    line += length + 1;
  }
  REQUIRE(lines <= problems.count);
}

static void read_as_file(const char *text, size_t length) {
  size_t count = 0;
  unsigned lines = 1;
  const struct config_option *options = config_options(&count);
  for (size_t i = 0; i < length; i++) {
    lines += text[i] == '\n';
  }
  config_defaults(&config);
  problems = (struct config_problems){0};
  config_read_text(&config, 0, "fuzz.conf", text, length, &problems);
  check_problems("fuzz.conf:");
  check_values();
  for (size_t i = 0; i < count; i++) {
    bool is_set = config.origins[i].source == CONFIG_FILE;
    REQUIRE(!is_set ||
            (config.origins[i].line >= 1 && config.origins[i].line <= lines));
    REQUIRE(!is_set || (options[i].flags & CONFIG_ONLY_ARGUMENT) == 0);
  }
}

/* The first lines are variables of the environment, those after them arguments. */
static void read_as_words(char *text, unsigned variables) {
  char *argv[MAX_WORDS + 3] = {"ourod", "--config=/dev/null"};
  char *environment[MAX_WORDS + 1] = {0};
  int argc = 2;
  unsigned used = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
    bool names_file = strstr(line, "onfig") || strstr(line, "CONFIG");
    if (names_file) {
      continue; /* only what lies in the input is read */
    }
    if (used < variables) {
      environment[used++] = line;
    } else if (argc < MAX_WORDS + 2) {
      argv[argc++] = line;
    }
  }
  problems = (struct config_problems){0};
  enum config_outcome outcome =
      config_load(&config, argc, argv, environment, &problems);
  REQUIRE((outcome == CONFIG_ERROR) <= (problems.count > 0));
  check_problems("");
  if (outcome == CONFIG_RUN) {
    REQUIRE(problems.count == 0);
    REQUIRE(config.state_dir[0] != '\0' && config.runtime_dir[0] != '\0');
    REQUIRE(config_is_loopback(config.address) || config.insecure ||
            config.tls_certificate[0] != '\0');
    check_values();
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) {
    return 0;
  }
  char *text = malloc(size);
  REQUIRE(text != NULL);
  if (size > 1) {
    memcpy(text, data + 1, size - 1);
  }
  text[size - 1] = '\0';
  read_as_file(text, size - 1);
  read_as_words(text, data[0] % MAX_WORDS);
  free(text);
  return 0;
}
