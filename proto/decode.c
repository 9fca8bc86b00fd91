/* decode.c - untrusted text becomes a checked request; the only parser of peer input.
 *
 *   text --length--> --depth--> --JSON--> --envelope--> --method--> --params--> request
 *           |           |          |           |            |           |
 *       too_large   too_large   -32700      -32600       -32601      -32602
 *
 * Each step looks only at what the one before let through. What is not in the contract:
 *   - An object that names a member twice is refused (-32600): two readers of it could
 *     each believe another one.
 *   - A number that neither 64 bits nor a double can hold is refused (-32600).
 *   - Integers are JSON integers; 3.0 is not one.
 *   - Members that nobody asks for are ignored, whatever is in them. */
#include "proto.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "methods.h"
#include "scan.h"
#include "utf8.h"

static int refuse_request(struct proto_error *error, const char *path,
                          const char *expected, const char *message) {
  proto_error_set(error, PROTO_INVALID_REQUEST, "%s", message);
  proto_utf8_copy(error->path, sizeof error->path, path, strlen(path));
  proto_utf8_copy(error->expected, sizeof error->expected, expected, strlen(expected));
  return -1;
}

static int refuse_memory(struct proto_error *error) {
  proto_error_set(error, PROTO_INTERNAL_ERROR, "memory is short");
  return -1;
}

/* The id as JSON text. 0, or why not: PROTO_INVALID_REQUEST when it is no id or too
 * long, PROTO_INTERNAL_ERROR when memory is short; then `ret` is as before. */
static int copy_id(const json_t *id, char ret[PROTO_ID_BYTES]) {
  char text[PROTO_ID_BYTES];
  size_t length;

  if (!json_is_string(id) && !json_is_integer(id) && !json_is_null(id))
    return PROTO_INVALID_REQUEST;
  length = json_dumpb(id, text, sizeof text, JSON_ENCODE_ANY | JSON_COMPACT);
  if (length == 0)
    return PROTO_INTERNAL_ERROR;
  if (length >= sizeof text)
    return PROTO_INVALID_REQUEST;
  memcpy(ret, text, length);
  ret[length] = '\0';
  return 0;
}

/* The id of a text that is not going to be parsed whole, if it can be seen. */
static void salvage_id(const struct proto_scan *scan, struct proto_request *ret) {
  json_t *id;

  if (scan->id == NULL)
    return;
  proto_memory_begin();
  id = json_loadb(scan->id, scan->id_length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  if (id != NULL && !proto_memory_ran_short())
    (void)copy_id(id, ret->id);
  json_decref(id);
}

static int refuse_size(struct proto_error *error, const char *path,
                       const char *expected, const char *message) {
  refuse_request(error, path, expected, message);
  error->name = proto_error_name(PROTO_TOO_LARGE);
  return -1;
}

/* Jansson's reason as one of ours. */
static int refuse_text(const json_error_t *reason, struct proto_error *error) {
  switch (json_error_code(reason)) {
  case json_error_duplicate_key:
    refuse_request(error, "", "each member once", "an object names a member twice");
    break;
  case json_error_numeric_overflow:
    refuse_request(error, "", "integers of 64 bits, finite reals",
                   "a number is out of range");
    break;
  case json_error_null_byte_in_key:
    refuse_request(error, "", "names without U+0000",
                   "a member's name has U+0000 in it");
    break;
  default:
    proto_error_set(error, PROTO_PARSE_ERROR, "this is not JSON: %s", reason->text);
    break;
  }
  error->line = reason->line > 0 ? reason->line : 0;
  error->column = reason->column > 0 ? reason->column : 0;
  return -1;
}

/* The envelope: everything but params. Fills id and method. */
static int read_envelope(const json_t *root, struct proto_request *ret,
                         struct proto_error *error) {
  const json_t *id, *version, *method;
  char name[PROTO_NAME_BYTES];
  int refused;

  if (json_is_array(root))
    return refuse_request(error, "", "one request object", "batches are not taken");
  if (!json_is_object(root))
    return refuse_request(error, "", "one request object", "a request is an object");

  id = json_object_get(root, "id");
  if (id == NULL)
    return refuse_request(error, "/id", "string, integer or null",
                          "a request has an id; there are no commands without answer");
  refused = copy_id(id, ret->id);
  if (refused == PROTO_INTERNAL_ERROR)
    return refuse_memory(error);
  if (refused != 0)
    return refuse_request(error, "/id",
                          "string, integer or null, at most 127 bytes as JSON",
                          "the id cannot be used");
  version = json_object_get(root, "jsonrpc");
  if (!json_is_string(version) || strcmp(json_string_value(version), "2.0") != 0)
    return refuse_request(error, "/jsonrpc", "\"2.0\"", "this is not JSON-RPC 2.0");
  method = json_object_get(root, "method");
  if (!json_is_string(method))
    return refuse_request(error, "/method", "string", "a request names its method");

  proto_utf8_copy(name, sizeof name, json_string_value(method),
                  json_string_length(method));
  if (strlen(name) == json_string_length(method))
    ret->method = proto_method_from_name(name);
  if (ret->method == PROTO_METHODS) {
    proto_error_set(error, PROTO_METHOD_NOT_FOUND, "there is no method \"%s\"", name);
    proto_utf8_copy(error->path, sizeof error->path, "/method", 7);
    return -1;
  }
  return 0;
}

static int read_params(const json_t *root, struct proto_request *ret,
                       struct proto_error *error) {
  const struct proto_method_entry *entry = proto_method_entry(ret->method);
  struct proto_params params = {json_object_get(root, "params"), error};

  if (params.object != NULL && !json_is_object(params.object))
    return proto_params_refuse(&params, NULL, params.object,
                               "object with named parameters");
  if (entry->names_heap && proto_params_name(&params, "heap", ret->heap) != 0)
    return -1;
  return entry->read != NULL ? entry->read(&params, ret) : 0;
}

int proto_decode_request(const char *text, size_t length, struct proto_request *ret,
                         struct proto_error *ret_error) {
  return proto_decode_request_within(text, length, &proto_limits_default, ret,
                                     ret_error);
}

int proto_decode_request_within(const char *text, size_t length,
                                const struct proto_limits *limits,
                                struct proto_request *ret,
                                struct proto_error *ret_error) {
  char expected[PROTO_REASON_BYTES];
  struct proto_scan scan;
  json_error_t reason;
  json_t *root = NULL;
  int result = -1;

  memset(ret, 0, sizeof *ret);
  ret->method = PROTO_METHODS;
  ret->has_id = true;
  memcpy(ret->id, "null", sizeof "null");

  if (length > limits->message_bytes) {
    snprintf(expected, sizeof expected, "at most %" PRIu64 " bytes",
             limits->message_bytes);
    return refuse_size(ret_error, "", expected, "the message is too long");
  }
  scan = proto_scan(text, length);
  if (scan.depth > limits->nesting_levels) {
    salvage_id(&scan, ret);
    snprintf(expected, sizeof expected, "at most %" PRIu64 " levels",
             limits->nesting_levels);
    return refuse_size(ret_error, "", expected, "the nesting is too deep");
  }
  proto_memory_begin();
  root = json_loadb(length > 0 ? text : "", length,
                    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &reason);
  if (proto_memory_ran_short()) {
    json_decref(root);
    return refuse_memory(ret_error);
  }
  if (root == NULL) {
    refuse_text(&reason, ret_error);
    if (ret_error->code != PROTO_PARSE_ERROR)
      salvage_id(&scan, ret);
    return -1;
  }
  if (read_envelope(root, ret, ret_error) == 0)
    result = read_params(root, ret, ret_error);
  json_decref(root);
  return result;
}

void proto_request_fini(struct proto_request *request) {
  if (request == NULL || request->method != PROTO_REPL_EVAL)
    return;
  free(request->params.eval.code);
  request->params.eval.code = NULL;
}
