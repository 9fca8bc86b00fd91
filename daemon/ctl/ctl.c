/* ctl.c - what all commands share: settings, words on standard error, and output. */
#include "ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "format.h"

void ctl_say(const struct ctl *ctl, const char *format, ...) {
  char text[1024];
  va_list arguments;
  (void)ctl;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  char *escaped = format_escape(text);
  fprintf(stderr, "ouroctl: %s\n", escaped ? escaped : "out of memory");
  free(escaped);
}

enum exit_code ctl_fail(struct ctl *ctl, enum exit_code exit, const char *hint,
                        const char *format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  ctl_say(ctl, "%s", text);
  if (hint) {
    ctl_say(ctl, "%s", hint);
  }
  ctl->exit = exit;
  return exit;
}

/* --- settings --- */

static int read_endpoint(struct ctl *ctl) {
  char message[256];
  const char *server = arguments_text(&ctl->arguments, "server", getenv("OURO_SERVER"));
  if (!server || server[0] == '\0') {
    endpoint_find(&ctl->endpoint);
    return 0;
  }
  if (endpoint_parse(&ctl->endpoint, server, message, sizeof(message)) != 0) {
    ctl_fail(ctl, EXIT_USAGE, NULL, "%s", message);
    return -1;
  }
  return 0;
}

/* Why OURO_TOKEN stays away from a socket: it is for the server elsewhere, and here the
 * kernel says who we are. A file is named on purpose. */
static int read_token(struct ctl *ctl) {
  char message[300];
  const char *file = arguments_text(&ctl->arguments, "token-file", NULL);
  const char *token = getenv("OURO_TOKEN");
  if (file) {
    if (endpoint_read_token(file, ctl->token, message, sizeof(message)) != 0) {
      ctl_fail(ctl, EXIT_USAGE, NULL, "%s", message);
      return -1;
    }
  } else if (token && token[0] != '\0' && !ctl->endpoint.is_unix) {
    if (!endpoint_is_token(token)) {
      ctl_fail(ctl, EXIT_USAGE, NULL,
               "OURO_TOKEN is no token: it has blanks or control characters");
      return -1;
    }
    snprintf(ctl->token, sizeof(ctl->token), "%s", token);
  }
  if (ctl->token[0] != '\0' && !ctl->endpoint.is_tls &&
      !endpoint_is_local(&ctl->endpoint)) {
    ctl_say(ctl, "warning: the token crosses the network in the clear; use https or a "
                 "tunnel");
  }
  return 0;
}

int ctl_init(struct ctl *ctl, const struct command_table *table) {
  const char *plain = getenv("NO_COLOR"), *terminal = getenv("TERM");
  ctl->table = table;
  ctl->last_notice = &ctl->notices;
  ctl->output = (enum output)arguments_number(&ctl->arguments, "output",
                                              ctl->arguments.command->output);
  ctl->timeout_ms =
      arguments_number(&ctl->arguments, "timeout", CTL_DEFAULT_TIMEOUT_MS);
  ctl->is_bold = isatty(STDOUT_FILENO) && !(plain && plain[0] != '\0') && terminal &&
                 strcmp(terminal, "dumb") != 0;
  return read_endpoint(ctl) == 0 && read_token(ctl) == 0 ? 0 : -1;
}

bool ctl_fini(struct ctl *ctl) {
  bool is_freed = client_free(ctl->client);
  explicit_bzero(ctl->token, sizeof(ctl->token));
  ask_forget(ctl);
  json_decref(ctl->hello);
  proto_writer_fini(&ctl->question);
  return is_freed;
}

/* --- output --- */

int ctl_flush(struct ctl *ctl) {
  if (ctl->is_unheard) {
    return -1;
  }
  errno = 0;
  if (fflush(stdout) == 0 && !ferror(stdout)) {
    return 0;
  }
  int saved = errno;
  ctl->is_unheard = true;
  if (saved != EPIPE && saved != EINTR) {
    ctl_fail(ctl, EXIT_REFUSED, NULL, "the output cannot be written: %s",
             strerror(saved));
  }
  return -1;
}

/* DEL and C1 may stand in JSON as they are, but not in a terminal. They occur inside of
 * strings only. */
static void put_json(const char *text) {
  const char *plain = text;
  for (const char *at = text; *at != '\0'; at++) {
    bool is_c1 = (unsigned char)at[0] == 0xc2 && (unsigned char)at[1] >= 0x80 &&
                 (unsigned char)at[1] <= 0x9f;
    if (is_c1 || *at == 0x7f) {
      fwrite(plain, 1, (size_t)(at - plain), stdout);
      fprintf(stdout, "\\u%04x", is_c1 ? (unsigned char)at[1] : 0x7fu);
      at += is_c1;
      plain = at + 1;
    }
  }
  fputs(plain, stdout);
}

void ctl_print_json(struct ctl *ctl, const json_t *value, bool is_line) {
  char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) |
                                     (is_line ? JSON_COMPACT : JSON_INDENT(2)));
  if (!text) {
    ctl_fail(ctl, EXIT_REFUSED, NULL, "out of memory");
    return;
  }
  put_json(text);
  fputc('\n', stdout);
  free(text);
}

enum exit_code ctl_print(struct ctl *ctl, const struct column *columns, size_t count,
                         const json_t *rows, const json_t *json) {
  int result = 0;
  size_t at = 0;
  const json_t *row = NULL;
  switch (ctl->output) {
  case OUTPUT_TABLE:
    result = table_print(stdout, columns, count, rows, ctl->is_bold);
    break;
  case OUTPUT_CSV:
    csv_print_heading(stdout, columns, count);
    json_array_foreach((json_t *)(uintptr_t)rows, at, row) {
      result = result == 0 ? csv_print_row(stdout, columns, count, row) : result;
    }
    break;
  case OUTPUT_JSON: ctl_print_json(ctl, json, false); break;
  }
  if (result != 0) {
    ctl_fail(ctl, EXIT_REFUSED, NULL, "out of memory");
  }
  ctl_flush(ctl);
  return ctl->exit;
}
