/* command.h - what a subcommand is: a name, what it takes, its words of help, and run.
 *
 * main.c holds the table of all; the argument parser, the help and the completions of
 * the shells read the same table, so none of them can tell another story. */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl;

/* How ouroctl ends. Scripts rely on the numbers. */
enum exit_code {
  EXIT_OK = 0,
  EXIT_REFUSED = 1,     /* the daemon said no, or the output could not be written */
  EXIT_USAGE = 2,       /* the command line is wrong */
  EXIT_UNREACHABLE = 3, /* no daemon there, or it went away */
  EXIT_TIMED_OUT = 4    /* it is there and did not answer in time */
};

enum output { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV };

enum option_kind {
  OPTION_FLAG,
  OPTION_TEXT,
  OPTION_NUMBER,   /* an integer from minimum to maximum */
  OPTION_DURATION, /* such as 500ms, 10s, 2m, 1h; minimum and maximum in ms */
  OPTION_CHOICE,   /* one of `choices`; its number is the index */
  OPTION_FILE      /* text that shells complete as a path */
};

struct option_spec {
  char letter; /* of the short form; 0: none */
  const char *name;
  const char *value; /* what follows it, for the help; NULL for a flag */
  enum option_kind kind;
  int64_t minimum, maximum;
  const char *choices; /* "table|json|csv" */
  const char *summary;
};

struct command {
  const char *name;
  const char *positionals; /* for the help, such as "[HEAP]"; "" for none */
  unsigned positionals_min, positionals_max;
  bool takes_heap; /* the first positional is a heap's id */
  enum output output;
  const char *summary; /* a line, without a full stop */
  const char *help;    /* paragraphs, ending with a newline */
  const struct option_spec *options;
  size_t option_count;
  enum exit_code (*run)(struct ctl *ctl);
};

struct command_table {
  const struct command *const *commands;
  size_t count;
};

/* NULL where there is none of that name. */
const struct command *command_find(const struct command_table *table, const char *name);

#endif
