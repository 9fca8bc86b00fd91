/* arguments.c - reads a command line by the tables in command.h.
 *
 * Why not getopt: it knows no options on both sides of a subcommand, no types, and its
 * messages cannot name what would have been right. */
#include "arguments.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const struct option_spec global_options[] = {
    {'s', "server", "URL", OPTION_TEXT, 0, 0, NULL,
     "where the daemon is: http://HOST:PORT, https://HOST:PORT or unix:PATH "
     "(default: OURO_SERVER, else control.sock on this host)"},
    {0, "token-file", "FILE", OPTION_FILE, 0, 0, NULL,
     "the token's file (default: the token in OURO_TOKEN)"},
    {'o', "output", "FORMAT", OPTION_CHOICE, 0, 0, "table|json|csv",
     "table for people, json and csv with raw figures for programs"},
    {0, "timeout", "TIME", OPTION_DURATION, 1, DAY_MS, NULL,
     "how long to wait for a connection and for an answer (default: 10s)"},
    {0, "ca", "FILE", OPTION_FILE, 0, 0, NULL,
     "certificates that may vouch for an https server (default: the system's)"},
    {0, "insecure-tls", NULL, OPTION_FLAG, 0, 0, NULL,
     "accept any certificate: who stands in between can read the token"},
    {'h', "help", NULL, OPTION_FLAG, 0, 0, NULL, "this text"},
    {'V', "version", NULL, OPTION_FLAG, 0, 0, NULL, "the program's version"},
};

const struct option_spec *arguments_global_options(size_t *ret_count) {
  *ret_count = sizeof(global_options) / sizeof(global_options[0]);
  return global_options;
}

const struct command *command_find(const struct command_table *table,
                                   const char *name) {
  for (size_t i = 0; i < table->count; i++) {
    if (strcmp(table->commands[i]->name, name) == 0) {
      return table->commands[i];
    }
  }
  return NULL;
}

int arguments_duration(const char *text, int64_t *ret_ms) {
  static const struct {
    const char *name;
    double ms;
  } units[] = {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"min", 60e3}, {"h", 3600e3}};
  char *end = NULL;
  /* strtod also knows "inf", "0x1p3" and blanks in front. */
  size_t digits = strspn(text, "0123456789.");
  double value = digits > 0 ? strtod(text, &end) : -1;
  if (digits == 0 || end != text + digits) {
    return -1;
  }
  for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
    if (strcmp(end, units[i].name) == 0) {
      double ms = round(value * units[i].ms);
      if (ms > (double)INT32_MAX * 1000.0) {
        return -1;
      }
      *ret_ms = (int64_t)ms;
      return 0;
    }
  }
  return -1;
}

/* The index of `text` in "a|b|c", or -1. */
static int find_choice(const char *choices, const char *text) {
  size_t length = strlen(text);
  int index = 0;
  for (const char *at = choices; *at != '\0'; index++) {
    size_t here = strcspn(at, "|");
    if (here == length && strncmp(at, text, length) == 0) {
      return index;
    }
    at += here + (at[here] == '|');
  }
  return -1;
}

static int read_number(const struct option_spec *spec, const char *text, int64_t *ret) {
  char *end = NULL;
  errno = 0;
  long long value = text[0] >= '0' && text[0] <= '9' ? strtoll(text, &end, 10) : -1;
  if (!end || *end != '\0' || errno != 0 || value < spec->minimum ||
      value > spec->maximum) {
    return -1;
  }
  *ret = value;
  return 0;
}

static int read_value(const struct option_spec *spec, const char *text, int64_t *ret,
                      char *message) {
  switch (spec->kind) {
  case OPTION_FLAG:
  case OPTION_TEXT:
  case OPTION_FILE: return 0;
  case OPTION_CHOICE:
    *ret = find_choice(spec->choices, text);
    if (*ret >= 0) {
      return 0;
    }
    snprintf(message, ARGUMENTS_MESSAGE_BYTES, "--%s is %s, not '%.60s'", spec->name,
             spec->choices, text);
    return -1;
  case OPTION_NUMBER:
    if (read_number(spec, text, ret) == 0) {
      return 0;
    }
    snprintf(message, ARGUMENTS_MESSAGE_BYTES,
             "--%s is an integer from %" PRId64 " to %" PRId64 ", not '%.60s'",
             spec->name, spec->minimum, spec->maximum, text);
    return -1;
  case OPTION_DURATION:
    if (arguments_duration(text, ret) != 0) {
      snprintf(message, ARGUMENTS_MESSAGE_BYTES,
               "--%s is a time such as 500ms, 10s or 2m, not '%.60s'", spec->name,
               text);
      return -1;
    }
    if (*ret < spec->minimum || *ret > spec->maximum) {
      snprintf(message, ARGUMENTS_MESSAGE_BYTES,
               "--%s is from %" PRId64 " to %" PRId64 " ms, not '%.60s'", spec->name,
               spec->minimum, spec->maximum, text);
      return -1;
    }
    return 0;
  }
  return -1;
}

static const struct option_spec *find_in(const struct option_spec *options,
                                         size_t count, const char *name, size_t length,
                                         char letter) {
  for (size_t i = 0; i < count; i++) {
    if (letter != '\0' ? options[i].letter == letter
                       : strlen(options[i].name) == length &&
                             strncmp(options[i].name, name, length) == 0) {
      return &options[i];
    }
  }
  return NULL;
}

/* The command's own options before the global ones. */
static const struct option_spec *find_option(const struct command *command,
                                             const char *name, size_t length,
                                             char letter) {
  const struct option_spec *found = NULL;
  if (command) {
    found = find_in(command->options, command->option_count, name, length, letter);
  }
  size_t count = 0;
  const struct option_spec *globals = arguments_global_options(&count);
  return found ? found : find_in(globals, count, name, length, letter);
}

static int store(struct arguments *arguments, const struct option_spec *spec,
                 const char *text, char *message) {
  int64_t number = 0;
  unsigned at = 0;
  if (read_value(spec, text, &number, message) != 0) {
    return -1;
  }
  while (at < arguments->option_count && arguments->options[at].spec != spec) {
    at++;
  }
  if (at == ARGUMENTS_MAX_OPTIONS) {
    snprintf(message, ARGUMENTS_MESSAGE_BYTES, "too many options");
    return -1;
  }
  arguments->options[at].spec = spec;
  arguments->options[at].text = text;
  arguments->options[at].number = number;
  if (at == arguments->option_count) {
    arguments->option_count++;
  }
  return 0;
}

/* One option at argv[at] and what belongs to it. Returns how many arguments that were,
 * or 0 with the message. */
static int read_option(struct arguments *arguments, int argc, char *const argv[],
                       int at, char *message) {
  const char *argument = argv[at];
  bool is_long = argument[1] == '-';
  const char *name = argument + (is_long ? 2 : 1);
  size_t length = is_long ? strcspn(name, "=") : 1;
  const struct option_spec *spec =
      find_option(arguments->command, name, length, is_long ? '\0' : name[0]);
  if (!spec) {
    snprintf(message, ARGUMENTS_MESSAGE_BYTES, "there is no option %.*s%s%s",
             (int)(length + (is_long ? 2 : 1)), argument,
             arguments->command ? " of " : " in front of a command",
             arguments->command ? arguments->command->name : "");
    return 0;
  }
  const char *attached = name + length;
  if (spec->kind == OPTION_FLAG) {
    if (*attached != '\0') {
      snprintf(message, ARGUMENTS_MESSAGE_BYTES, "--%s takes no value", spec->name);
      return 0;
    }
    return store(arguments, spec, "", message) == 0 ? 1 : 0;
  }
  if (*attached != '\0') {
    return store(arguments, spec, attached + (is_long ? 1 : 0), message) == 0 ? 1 : 0;
  }
  if (at + 1 >= argc) {
    snprintf(message, ARGUMENTS_MESSAGE_BYTES, "--%s needs a value: %s", spec->name,
             spec->choices ? spec->choices : spec->value);
    return 0;
  }
  return store(arguments, spec, argv[at + 1], message) == 0 ? 2 : 0;
}

static int read_positional(struct arguments *arguments,
                           const struct command_table *table, const char *text,
                           char *message) {
  if (!arguments->command) {
    arguments->command = command_find(table, text);
    if (!arguments->command) {
      snprintf(message, ARGUMENTS_MESSAGE_BYTES, "there is no command '%.60s'", text);
      return -1;
    }
    return 0;
  }
  unsigned most = arguments->command->positionals_max;
  if (arguments->positional_count >= most) {
    snprintf(message, ARGUMENTS_MESSAGE_BYTES, "%s takes %s%s, and '%.60s' is too much",
             arguments->command->name, most > 0 ? "" : "nothing",
             most > 0 ? arguments->command->positionals : "", text);
    return -1;
  }
  if (text[0] == '\0') {
    snprintf(message, ARGUMENTS_MESSAGE_BYTES, "an argument of %s is empty",
             arguments->command->name);
    return -1;
  }
  arguments->positionals[arguments->positional_count++] = text;
  return 0;
}

int arguments_parse(struct arguments *ret, const struct command_table *table, int argc,
                    char *const argv[], char *message) {
  bool is_ended = false;
  *ret = (struct arguments){0};
  for (int at = 1; at < argc;) {
    if (!is_ended && strcmp(argv[at], "--") == 0) {
      is_ended = true;
      at++;
    } else if (!is_ended && argv[at][0] == '-' && argv[at][1] != '\0') {
      int used = read_option(ret, argc, argv, at, message);
      if (used == 0) {
        return -1;
      }
      at += used;
    } else if (read_positional(ret, table, argv[at++], message) != 0) {
      return -1;
    }
  }
  if (arguments_has(ret, "help") || arguments_has(ret, "version")) {
    return 0;
  }
  if (ret->command && ret->positional_count < ret->command->positionals_min) {
    snprintf(message, ARGUMENTS_MESSAGE_BYTES, "%s needs %s", ret->command->name,
             ret->command->positionals);
    return -1;
  }
  return 0;
}

static int find_given(const struct arguments *arguments, const char *name) {
  for (unsigned i = 0; i < arguments->option_count; i++) {
    if (strcmp(arguments->options[i].spec->name, name) == 0) {
      return (int)i;
    }
  }
  return -1;
}

bool arguments_has(const struct arguments *arguments, const char *name) {
  return find_given(arguments, name) >= 0;
}

const char *arguments_text(const struct arguments *arguments, const char *name,
                           const char *otherwise) {
  int at = find_given(arguments, name);
  return at >= 0 ? arguments->options[at].text : otherwise;
}

int64_t arguments_number(const struct arguments *arguments, const char *name,
                         int64_t otherwise) {
  int at = find_given(arguments, name);
  return at >= 0 ? arguments->options[at].number : otherwise;
}

const char *arguments_positional(const struct arguments *arguments, unsigned at) {
  return at < arguments->positional_count ? arguments->positionals[at] : NULL;
}
