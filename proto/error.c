/* error.c - refusals: numbers, stable names, and filling one in. */
#include "proto.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

const char *proto_error_name(int code) {
  switch (code) {
  case PROTO_UNAUTHORIZED: return "unauthorized";
  case PROTO_FORBIDDEN: return "forbidden";
  case PROTO_NO_SUCH_HEAP: return "no_such_heap";
  case PROTO_NO_SUCH_OBJECT: return "no_such_object";
  case PROTO_NOT_SUPPORTED: return "not_supported";
  case PROTO_BUSY: return "busy";
  case PROTO_COOLING_DOWN: return "cooling_down";
  case PROTO_LIMIT: return "limit";
  case PROTO_TOO_LARGE: return "too_large";
  case PROTO_HEAP_GONE: return "heap_gone";
  case PROTO_TIMEOUT: return "timeout";
  case PROTO_SYNTAX: return "syntax";
  case PROTO_NAME: return "name";
  default: return NULL;
  }
}

void proto_error_set(struct proto_error *error, int code, const char *format, ...) {
  char message[2 * PROTO_REASON_BYTES];
  va_list arguments;

  memset(error, 0, sizeof *error);
  error->code = code;
  error->retry_after_ms = -1;
  va_start(arguments, format);
  if (vsnprintf(message, sizeof message, format, arguments) < 0)
    message[0] = '\0';
  va_end(arguments);
  /* The message may quote what a peer sent; it is cut between characters. */
  proto_utf8_copy(error->message, sizeof error->message, message, strlen(message));
}
