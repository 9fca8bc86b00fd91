/* config.h - what the operator decided: one table of options, one checked struct.
 *
 *   defaults < ourod.conf < conf.d/NAME.conf < OUROD_* < command line
 *                        \         |         /
 *                       one table, one reader for each kind --> struct config
 *
 * Every option is one row of the table in config_table.c. A row has one name, spelled
 * three ways: "limits.sessions" is `sessions` under `[limits]` in a file,
 * OUROD_LIMITS_SESSIONS in the environment and --limits-sessions as an argument. Its
 * default is text that goes through the same reader as everybody's, so --help,
 * --print-config and the manual (ourod.conf) can be held against it.
 *
 * Whatever is wrong is one line that says where and what would have been right; all of
 * them are collected before anything fails. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto.h"

#define CONFIG_MAX_OPTIONS 96u
/* Files in conf.d. */
#define CONFIG_MAX_EXTRA  32u
#define CONFIG_LIST_BYTES 1024u

/* Where a value came from. */
struct config_origin {
  enum { CONFIG_DEFAULT, CONFIG_FILE, CONFIG_ENVIRONMENT, CONFIG_COMMAND_LINE } source;
  unsigned file; /* 0: the main file; n: extra_files[n - 1] */
  unsigned line;
};

/* Lists are words with one space between them: config_next_word(). Where a text is
 * empty, nothing was said. */
struct config {
  char address[64]; /* numeric, an IPv6 one without brackets */
  unsigned port;    /* 0: any free one */
  bool insecure;    /* may listen where the network reaches it, without TLS */
  bool read_only;   /* commands are refused */
  char tls_certificate[PATH_MAX], tls_key[PATH_MAX]; /* both or none */
  char hosts[CONFIG_LIST_BYTES];                     /* more names that Host may bear */
  char base_path[256];                   /* where a reverse proxy shows us, "/ouro" */
  char trusted_proxy[CONFIG_LIST_BYTES]; /* numeric addresses of proxies */
  bool control_socket;
  char heaps[CONFIG_LIST_BYTES]; /* the hosted ones */
  char documents[PATH_MAX];      /* "" : the default places */
  uint32_t hosted_thresholds[3]; /* with which each of them begins */
  uint64_t hosted_memory_bytes;  /* of each of them */
  char state_dir[PATH_MAX];
  char runtime_dir[PATH_MAX];
  char web_root[PATH_MAX]; /* "" : look where it is installed or built */
  int log_level;           /* enum log_level */
  int log_format;          /* enum log_format */
  struct proto_limits limits;
  bool history;
  uint64_t history_days;  /* nothing older is kept */
  uint64_t history_bytes; /* the file's size, the oldest goes first */
  uint64_t ready_fd;      /* 0: none */
  bool print_url;

  struct config_origin origins[CONFIG_MAX_OPTIONS]; /* by the table's order */
  char file[PATH_MAX];                              /* the main one */
  char extra_files[CONFIG_MAX_EXTRA][NAME_MAX + 1]; /* in conf.d beside it */
  unsigned extra_count;
};

/* --- what is wrong --- */

/* Lines, each with its '\n'. All zero: nothing is wrong. What does not fit is counted.
 */
struct config_problems {
  unsigned count;
  size_t used;
  char text[8192];
};
void config_problem(struct config_problems *problems, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Each as a line of the log. */
void config_log_problems(const struct config_problems *problems);

/* --- the table --- */

enum config_kind {
  CONFIG_FLAG,    /* bool: yes or no */
  CONFIG_NUMBER,  /* uint64_t */
  CONFIG_BYTES,   /* uint64_t; K, M or G may follow */
  CONFIG_CHOICE,  /* int: the place among `choices` gives its number */
  CONFIG_PATH,    /* char[] */
  CONFIG_LIST,    /* char[]: words; with `choices` only those */
  CONFIG_NUMBERS, /* uint32_t[]: as many as there is room for */
  CONFIG_ADDRESS  /* address and port */
};

enum config_flag {
  CONFIG_RELOADABLE = 1u << 0,    /* SIGHUP brings a new value into effect */
  CONFIG_ONLY_ARGUMENT = 1u << 1, /* of one start: not in files or the environment */
  CONFIG_SWITCH = 1u << 2         /* reloadable, but whether it is set at all is not */
};

struct config_choice {
  const char *word; /* NULL ends a list of choices */
  int value;
};

struct config_option {
  const char *key; /* "listen", "limits.sessions" */
  enum config_kind kind;
  size_t offset, size; /* in struct config */
  uint64_t minimum, maximum;
  const char *fallback; /* as text; "": all zero */
  const struct config_choice *choices;
  unsigned flags;
  const char *value; /* how --help calls the value, such as "DIR" */
  const char *help;
};

const struct config_option *config_options(size_t *ret_count);
/* The row of `key`, or NULL. */
const struct config_option *config_find(const char *key, size_t length);
/* The row whose key looks most like `key`, or NULL when none does. */
const struct config_option *config_nearest(const char *key);

/* --- values --- */

/* Everything as the table's defaults have it. */
void config_defaults(struct config *ret);
/* Read `value` into the option's place. NULL, or what was expected instead (borrowed
 * until the next call with the same `expected`); then nothing is changed. `adds` is for
 * lists: the words come to those that are there. */
const char *config_set(struct config *config, const struct config_option *option,
                       const char *value, bool adds, char expected[160]);
/* The value as text that config_set reads; 0, or -1 when it does not fit. */
int config_format(const struct config *config, const struct config_option *option,
                  char *ret, size_t size);
/* The next word of a list at `*at`, which moves on. 0, or -1 at the end; a word longer
 * than `size` is the end, too. */
int config_next_word(const char **at, char *ret, size_t size);
/* May only this host reach the address? */
bool config_is_loopback(const char *address);

/* --- sources --- */

enum config_outcome {
  CONFIG_RUN,
  CONFIG_HELP,    /* print the help and leave */
  CONFIG_VERSION, /* print the version and leave */
  CONFIG_CHECK,   /* say whether it is in order and leave */
  CONFIG_PRINT,   /* print the effective values and leave */
  CONFIG_ERROR    /* `problems` says why */
};

/* Read files, environment (NAME=VALUE, ended by NULL) and arguments into `*ret`, in
 * this order, and look whether it all goes together. Blocks on files: at start, and for
 * a moment at a reload. `*ret` is written in any case; it is good unless CONFIG_ERROR.
 */
enum config_outcome config_load(struct config *ret, int argc, char *const argv[],
                                char *const environment[],
                                struct config_problems *problems);

/* One file's text, as if it had been read from `name`: file 0 or an extra one. */
void config_read_text(struct config *config, unsigned file, const char *name,
                      const char *text, size_t length,
                      struct config_problems *problems);
/* Read the main file (its absence is an error where it `is_named`) and conf.d beside
 * it. */
void config_read_files(struct config *config, bool is_named,
                       struct config_problems *problems);

/* The text of --help and of --print-config. 0, or -1 when it cannot be written. */
int config_print_help(FILE *out);
int config_print(const struct config *config, FILE *out);
/* Where an option's value came from: "default", "/etc/ouro/ourod.conf:3" ... */
void config_origin_text(const struct config *config, const struct config_option *option,
                        char *ret, size_t size);
/* The same by key, for who finds fault with a value later. */
void config_place(const struct config *config, const char *key, char *ret, size_t size);

/* Make the state and runtime directories (0700) where they are missing. 0, or -1 with
 * one line in `message`. */
int config_make_directories(const struct config *config, char *message, size_t size);

#endif
