/* fuzz_ctl.c - what ouroctl is sent and what it is told: any bytes at all.
 *
 *   bytes --as a message of a daemon--> incoming --> cells of tables and of CSV
 *         \-as words of a user--------> addresses, times, what a terminal may see */
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "asking.h"
#include "endpoint.h"
#include "format.h"
#include "table.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds) {
    abort();
  }
}

/* No byte of it can steer a terminal, and all of it is UTF-8. */
static void check_shown(const char *text) {
  size_t length = strlen(text);
  for (size_t at = 0; at < length;) {
    size_t bytes = proto_utf8_character(text + at, length - at);
    must(bytes > 0);
    must((unsigned char)text[at] >= 0x20 && text[at] != 0x7f);
    must(bytes != 2 || (unsigned char)text[at] != 0xc2 ||
         (unsigned char)text[at + 1] > 0x9f);
    at += bytes;
  }
}

static void check_cells(json_t *body) {
  const char *name = NULL;
  json_t *value = NULL;
  json_object_foreach(body, name, value) {
    for (enum column_kind kind = COLUMN_TEXT; kind <= COLUMN_DATE; kind++) {
      struct column column = {"", name, kind, 0};
      char *shown = table_cell(&column, body), *raw = csv_cell(&column, body);
      must(shown != NULL && raw != NULL);
      check_shown(shown);
      must(raw[0] == '"' || strpbrk(raw, ",\r\n") == NULL);
      free(shown);
      free(raw);
    }
  }
}

static void check_message(const char *text, size_t size) {
  struct proto_incoming incoming;
  struct proto_error error;
  if (proto_read_incoming(text, size, &incoming, &error) != 0) {
    must(error.code != PROTO_OK && error.message[0] != '\0');
    return;
  }
  must(json_is_object(incoming.body));
  must(incoming.kind == PROTO_INCOMING_NOTIFICATION || incoming.id != NULL);
  must(incoming.kind != PROTO_INCOMING_NOTIFICATION || incoming.method != NULL);
  must(incoming.kind != PROTO_INCOMING_REFUSAL || incoming.error.code < 0);
  check_cells(incoming.body);
  proto_incoming_fini(&incoming);
}

static void check_words(const char *text) {
  struct endpoint endpoint;
  char message[300], authority[300];
  int64_t ms = -1;
  if (arguments_duration(text, &ms) == 0) {
    must(ms >= 0);
  }
  if (endpoint_parse(&endpoint, text, message, sizeof(message)) == 0) {
    endpoint_authority(&endpoint, authority, sizeof(authority));
    must(endpoint.is_unix || (endpoint.port > 0 && endpoint.port < 65536));
    /* What was understood means the same when it is read again. */
    struct endpoint again;
    must(endpoint_parse(&again, endpoint.text, message, sizeof(message)) == 0);
    must(strcmp(again.text, endpoint.text) == 0);
  }
  char *escaped = format_escape(text);
  must(escaped != NULL);
  check_shown(escaped);
  must(format_width(escaped) <= strlen(escaped) * 2);
  free(escaped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  must(text != NULL);
  if (size > 0) {
    memcpy(text, data, size);
  }
  text[size] = '\0';
  check_message(text, size);
  check_words(text);
  free(text);
  return 0;
}
