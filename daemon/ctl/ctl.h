/* ctl.h - what a command works with: its arguments, a daemon to ask, a place to print.
 *
 *   ctl_connect(ctl)
 *   writer = ctl_question(ctl, "gc.collect"); proto_write_string(writer, "heap", id);
 *   result = ctl_ask(ctl)         NULL: everything was said, return ctl->exit
 *   ctl_print...(ctl, result)
 *
 * Whatever fails is told on standard error at once, with what to do next, and is left
 * in ctl->exit; so a command only returns it. */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <jansson.h>
#include <stdio.h>

#include "arguments.h"
#include "client.h"
#include "proto.h"
#include "table.h"
#include "writer.h"

#define CTL_DEFAULT_TIMEOUT_MS 10000

struct notice;

struct ctl {
  struct arguments arguments;
  const struct command_table *table;
  enum output output;
  int64_t timeout_ms;
  bool is_bold; /* headings: a terminal, and nobody asked for none */
  enum exit_code exit;
  bool is_unheard;     /* nobody reads our output: end quietly */
  bool is_interrupted; /* by a signal */

  struct endpoint endpoint;
  char token[ENDPOINT_TOKEN_BYTES];
  struct client *client; /* owned; NULL until ctl_connect */
  json_t *hello;         /* owned: params of server.hello */

  struct proto_writer question; /* under way between ctl_question and ctl_ask */
  uint64_t last_id;
  struct notice *notices, **last_notice; /* came while an answer was awaited */
};

/* Fill in what the global options and the environment say. 0, or -1. */
int ctl_init(struct ctl *ctl, const struct command_table *table);
/* False: leave with _exit(), see client_free. */
bool ctl_fini(struct ctl *ctl);

/* "ouroctl: ..." on standard error; and the same as the reason of `exit`, which is
 * returned. A second line, "  try: ...", where `hint` is not NULL. */
void ctl_say(const struct ctl *ctl, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum exit_code ctl_fail(struct ctl *ctl, enum exit_code exit, const char *hint,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* --- asking --- */

/* Connect and read server.hello. 0, or -1 with everything said. */
int ctl_connect(struct ctl *ctl);
/* The same again after a lost connection, without a word. */
enum client_status ctl_reconnect(struct ctl *ctl);

/* Begin a question; the caller writes the parameters. */
struct proto_writer *ctl_question(struct ctl *ctl, const char *method);
/* Send it and wait. The result is owned; NULL: it was refused or nothing came. */
json_t *ctl_ask(struct ctl *ctl);
/* The same without a word: CLIENT_OK with the result, or with NULL and the refusal. */
enum client_status ctl_exchange(struct ctl *ctl, json_t **ret_result,
                                struct proto_error *ret_error);
/* The same, but a refusal is left to the caller: NULL with `ret_error->code` not 0. */
json_t *ctl_try(struct ctl *ctl, struct proto_error *ret_error);
/* Tell a refusal, with advice, and set the exit code. */
void ctl_refused(struct ctl *ctl, const struct proto_error *error);

/* The next notification: its params, owned, its name in `ret_topic`
 * (PROTO_NAME_BYTES). Other than CLIENT_OK: nothing was said yet. */
enum client_status ctl_next(struct ctl *ctl, int64_t timeout_ms, char *ret_topic,
                            json_t **ret_params);
/* Say why the waiting ended, and set the exit code. */
void ctl_ended(struct ctl *ctl, enum client_status status);

/* "operator" or "observer". */
const char *ctl_role(const struct ctl *ctl);

/* --- heaps --- */

/* All heaps of the daemon, owned; NULL: everything was said. */
json_t *ctl_heaps(struct ctl *ctl);
/* For queries: the heap named, or all of them. An owned list of heaps. */
json_t *ctl_chosen_heaps(struct ctl *ctl, const char *named);
/* For commands: the heap named, or the only one there is; borrowed from `named` or
 * copied to `ret` (PROTO_NAME_BYTES). 0, or -1 with everything said. */
int ctl_only_heap(struct ctl *ctl, const char *named, char *ret);

/* --- printing --- */

/* Rows by the format that was asked for: a table, CSV, or `json` as it is. */
enum exit_code ctl_print(struct ctl *ctl, const struct column *columns, size_t count,
                         const json_t *rows, const json_t *json);
/* One JSON value with a line feed: indented, or one line where `is_line`. */
void ctl_print_json(struct ctl *ctl, const json_t *value, bool is_line);
/* Out with what was printed. 0, or -1: the output is closed or full, and the command
 * ends. */
int ctl_flush(struct ctl *ctl);

#endif
