/* fuzz_decode.c - any bytes at all are decoded or refused, and both can be told.
 *
 *   bytes --decode--> request --+--> an answer with its id
 *                  \-> refusal -+--> an error with its id      both are JSON
 *
 * What must hold whatever came in is checked with abort(): libFuzzer keeps the input.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
  if (!holds)
    abort();
}

/* `text` (taken) is one JSON object whose id is the request's. */
static void check_answer(char *text, size_t length, const char *id) {
  must(text != NULL && strlen(text) == length);
  json_t *root =
      json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
  json_t *sent = json_loads(id, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  must(root != NULL && sent != NULL);
  must(json_equal(json_object_get(root, "id"), sent));
  json_decref(sent);
  json_decref(root);
  free(text);
}

static void check_request(const struct proto_request *request) {
  const char *name = proto_method_name(request->method);
  must(name != NULL && proto_method_from_name(name) == request->method);
  must(memchr(request->heap, '\0', sizeof request->heap) != NULL);
  must(!proto_method_names_heap(request->method) || request->heap[0] != '\0');
  switch (request->method) {
  case PROTO_GC_COLLECT:
    must(request->params.collect.generation < PROTO_GENERATIONS);
    break;
  case PROTO_GC_SET_THRESHOLD:
    must(request->params.threshold.count >= 1);
    must(request->params.threshold.count <= PROTO_GENERATIONS);
    break;
  case PROTO_STREAM_SUBSCRIBE:
    must(request->params.subscribe.topics != 0);
    must(request->params.subscribe.interval_ms >= 100);
    break;
  case PROTO_WORKLOAD_START:
  case PROTO_WORKLOAD_SET:
    must(request->params.workload.setting_count <= PROTO_MAX_SETTINGS);
    break;
  case PROTO_REPL_EVAL:
    must(strlen(request->params.eval.code) <= PROTO_CODE_BYTES);
    break;
  default: break;
  }
}

/* The bytes as what our own side says: a type's name, a statement's value. */
static void check_own_text(const uint8_t *data, size_t size) {
  struct proto_result result = {.kind = PROTO_RESULT_EVAL};
  size_t length;
  char *text = malloc(size + 1);

  must(text != NULL);
  memcpy(text, data, size);
  text[size] = '\0';
  result.as.eval.value = text;
  result.as.eval.created = &text;
  result.as.eval.created_count = 1;
  check_answer(proto_encode_result("1", &result, &length), length, "1");
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct proto_request request;
  struct proto_error error;
  const struct proto_result empty = {.kind = PROTO_RESULT_EMPTY};
  size_t length = 0;

  if (proto_decode_request((const char *)data, size, &request, &error) == 0) {
    check_request(&request);
    check_answer(proto_encode_result(request.id, &empty, &length), length, request.id);
    proto_request_fini(&request);
  } else {
    must(request.has_id && error.code < 0 && error.message[0] != '\0');
    check_answer(proto_encode_error(request.id, &error, &length), length, request.id);
  }
  check_own_text(data, size);
  return 0;
}
