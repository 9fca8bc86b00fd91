/* arguments.h - the command line, by the table of commands: pure text, no I/O.
 *
 *   ouroctl -s URL collect documents -g 2 --timeout=5s
 *           ~~~~~~ ~~~~~~~ ~~~~~~~~~ ~~~~ ~~~~~~~~~~~~
 *           global command positional its global
 *
 * Global options stand anywhere, a command's own after its name. `--` ends options.
 * An option that is repeated counts as it was given last. */
#ifndef CTL_ARGUMENTS_H
#define CTL_ARGUMENTS_H

#include "command.h"

#define ARGUMENTS_MAX_POSITIONALS 8
#define ARGUMENTS_MAX_OPTIONS     32 /* different ones on one command line */
#define ARGUMENTS_MESSAGE_BYTES   320

struct arguments {
  const struct command *command; /* NULL: none was named */
  const char *positionals[ARGUMENTS_MAX_POSITIONALS];
  unsigned positional_count;
  struct {
    const struct option_spec *spec;
    const char *text;
    int64_t number; /* of numbers, durations (ms) and choices (index) */
  } options[ARGUMENTS_MAX_OPTIONS];
  unsigned option_count;
};

/* 0, or -1 with one sentence in `message` (ARGUMENTS_MESSAGE_BYTES). What was read up
 * to the mistake is in `*ret` in both cases, so that --help counts on a wrong line too.
 * Texts are borrowed from argv. */
int arguments_parse(struct arguments *ret, const struct command_table *table, int argc,
                    char *const argv[], char *message);

bool arguments_has(const struct arguments *arguments, const char *name);
/* The value, or `otherwise` where the option was not given. */
const char *arguments_text(const struct arguments *arguments, const char *name,
                           const char *otherwise);
int64_t arguments_number(const struct arguments *arguments, const char *name,
                         int64_t otherwise);
/* Positional `at`, NULL where there are fewer. */
const char *arguments_positional(const struct arguments *arguments, unsigned at);

/* "500ms", "1.5s", "2m", "1h" to milliseconds. 0, or -1 when it is none of these. */
int arguments_duration(const char *text, int64_t *ret_ms);

/* The options that every command takes. */
const struct option_spec *arguments_global_options(size_t *ret_count);

#endif
