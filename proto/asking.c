/* asking.c - what a client asks, and the daemon's three kinds of message. */
#include "asking.h"

#include <string.h>

#include "memory.h"
#include "utf8.h"

void proto_question_begin(struct proto_writer *writer, uint64_t id,
                          const char *method) {
  proto_writer_init(writer);
  proto_write_object(writer, NULL);
  proto_write_string(writer, "jsonrpc", "2.0");
  proto_write_uint(writer, "id", id);
  proto_write_string(writer, "method", method);
  proto_write_object(writer, "params");
}

/* A text member, cut to what fits; "" where it is absent or something else. */
static void read_text(const json_t *object, const char *key, char *ret, size_t size) {
  const json_t *value = json_object_get(object, key);

  ret[0] = '\0';
  if (json_is_string(value))
    proto_utf8_copy(ret, size, json_string_value(value), json_string_length(value));
}

static int read_place(const json_t *data, const char *key) {
  json_int_t value = json_integer_value(json_object_get(data, key));

  return value > 0 && value <= INT32_MAX ? (int)value : 0;
}

static int read_refusal(json_t *body, struct proto_error *ret) {
  const json_t *code = json_object_get(body, "code");
  const json_t *data = json_object_get(body, "data");
  const json_t *retry = json_object_get(data, "retry_after_ms");

  if (!json_is_integer(code) || json_integer_value(code) < INT32_MIN ||
      json_integer_value(code) >= 0)
    return -1;
  memset(ret, 0, sizeof *ret);
  ret->code = (int)json_integer_value(code);
  ret->retry_after_ms = json_is_integer(retry) ? json_integer_value(retry) : -1;
  ret->name = json_string_value(json_object_get(data, "name"));
  read_text(body, "message", ret->message, sizeof ret->message);
  read_text(data, "path", ret->path, sizeof ret->path);
  read_text(data, "expected", ret->expected, sizeof ret->expected);
  read_text(data, "reason", ret->reason, sizeof ret->reason);
  ret->line = read_place(data, "line");
  ret->column = read_place(data, "column");
  return 0;
}

/* What the message is, by the members that it has. NULL, or what is wrong. */
static const char *read_kind(struct proto_incoming *incoming) {
  json_t *root = incoming->root;
  json_t *result = json_object_get(root, "result");
  json_t *error = json_object_get(root, "error");
  const char *version = json_string_value(json_object_get(root, "jsonrpc"));

  if (version == NULL || strcmp(version, "2.0") != 0)
    return "it is not of JSON-RPC 2.0";
  incoming->id = json_object_get(root, "id");
  incoming->method = json_string_value(json_object_get(root, "method"));
  if (incoming->method != NULL) {
    incoming->kind = PROTO_INCOMING_NOTIFICATION;
    incoming->body = json_object_get(root, "params");
    return json_is_object(incoming->body) ? NULL : "a notification has params";
  }
  if (incoming->id == NULL)
    return "it has neither a method nor an id";
  incoming->kind = error != NULL ? PROTO_INCOMING_REFUSAL : PROTO_INCOMING_ANSWER;
  incoming->body = error != NULL ? error : result;
  if (!json_is_object(incoming->body))
    return "its result or error is not an object";
  if (error != NULL && read_refusal(error, &incoming->error) != 0)
    return "an error has a code";
  return NULL;
}

int proto_read_incoming(const char *text, size_t length, struct proto_incoming *ret,
                        struct proto_error *ret_error) {
  struct proto_incoming incoming = {0};
  json_error_t syntax;
  const char *wrong;

  proto_memory_begin();
  incoming.root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &syntax);
  if (proto_memory_ran_short()) {
    json_decref(incoming.root);
    proto_error_set(ret_error, PROTO_INTERNAL_ERROR, "out of memory");
    return -1;
  }
  if (incoming.root == NULL) {
    proto_error_set(ret_error, PROTO_PARSE_ERROR, "the message is not JSON: %s",
                    syntax.text);
    return -1;
  }
  wrong = read_kind(&incoming);
  if (wrong != NULL) {
    proto_error_set(ret_error, PROTO_INVALID_REQUEST, "the message is not ours: %s",
                    wrong);
    json_decref(incoming.root);
    return -1;
  }
  *ret = incoming;
  return 0;
}

void proto_incoming_fini(struct proto_incoming *incoming) {
  json_decref(incoming->root);
  memset(incoming, 0, sizeof *incoming);
}

bool proto_incoming_answers(const struct proto_incoming *incoming, uint64_t id) {
  return incoming->kind != PROTO_INCOMING_NOTIFICATION &&
         json_is_integer(incoming->id) && json_integer_value(incoming->id) >= 0 &&
         (uint64_t)json_integer_value(incoming->id) == id;
}
