/* encode.c - response, event and error envelopes.
 *
 * One answer a request: proto_encode_result() chooses the domain's writer by the
 * result's tag. Fields stand in the order in which a reader wants them. */
#include "encode.h"

#include <stdlib.h>
#include <string.h>

#include "domains.h"
#include "proto.h"

static void begin(struct proto_writer *writer, const char *id) {
  proto_writer_init(writer);
  proto_write_object(writer, NULL);
  proto_write_string(writer, "jsonrpc", "2.0");
  proto_write_json(writer, "id", id != NULL && id[0] != '\0' ? id : "null");
}

void proto_answer_begin(struct proto_writer *writer, const char *id) {
  begin(writer, id);
  proto_write_object(writer, "result");
}

void proto_notification_begin(struct proto_writer *writer, const char *name) {
  proto_writer_init(writer);
  proto_write_object(writer, NULL);
  proto_write_string(writer, "jsonrpc", "2.0");
  proto_write_string(writer, "method", name);
  proto_write_object(writer, "params");
}

char *proto_message_end(struct proto_writer *writer, size_t *ret_length) {
  while (writer->depth > 0)
    proto_write_end(writer);
  return proto_writer_take(writer, ret_length);
}

static void write_present(struct proto_writer *writer, const char *key,
                          const char *text) {
  if (text[0] != '\0')
    proto_write_string(writer, key, text);
}

char *proto_encode_error(const char *id, const struct proto_error *error,
                         size_t *ret_length) {
  struct proto_writer writer;
  const char *name = error->name != NULL ? error->name : proto_error_name(error->code);
  bool has_data = name != NULL || error->path[0] != '\0' ||
                  error->expected[0] != '\0' || error->retry_after_ms >= 0 ||
                  error->line > 0 || error->column > 0 || error->reason[0] != '\0';

  begin(&writer, id);
  proto_write_object(&writer, "error");
  proto_write_int(&writer, "code", error->code);
  proto_write_string(&writer, "message", error->message);
  if (has_data) {
    proto_write_object(&writer, "data");
    if (name != NULL)
      proto_write_string(&writer, "name", name);
    write_present(&writer, "path", error->path);
    write_present(&writer, "expected", error->expected);
    if (error->retry_after_ms >= 0)
      proto_write_int(&writer, "retry_after_ms", error->retry_after_ms);
    if (error->line > 0)
      proto_write_int(&writer, "line", error->line);
    if (error->column > 0)
      proto_write_int(&writer, "column", error->column);
    write_present(&writer, "reason", error->reason);
  }
  return proto_message_end(&writer, ret_length);
}

static void write_verify(struct proto_writer *writer,
                         const struct proto_result *result) {
  proto_write_bool(writer, "ok", result->as.verify.ok);
  write_present(writer, "message", result->as.verify.message);
}

static void write_census(struct proto_writer *writer,
                         const struct proto_result *result) {
  proto_write_types(writer, result->as.census.rows, result->as.census.count);
  proto_write_uint(writer, "types_total", result->as.census.types_total);
  proto_write_bool(writer, "truncated",
                   result->as.census.types_total > result->as.census.count);
}

char *proto_encode_result(const char *id, const struct proto_result *result,
                          size_t *ret_length) {
  struct proto_writer writer;

  if (result->kind == PROTO_RESULT_ERROR)
    return proto_encode_error(id, &result->as.error, ret_length);
  proto_answer_begin(&writer, id);
  switch (result->kind) {
  case PROTO_RESULT_ERROR:
  case PROTO_RESULT_EMPTY: break;
  case PROTO_RESULT_COLLECTION:
    proto_write_collection(&writer, &result->as.collection);
    break;
  case PROTO_RESULT_PREDICTION:
    proto_write_prediction(&writer, &result->as.prediction);
    break;
  case PROTO_RESULT_CENSUS: write_census(&writer, result); break;
  case PROTO_RESULT_COUNT: proto_write_counts(&writer, result->as.counts); break;
  case PROTO_RESULT_THRESHOLD:
  case PROTO_RESULT_ENABLED:
  case PROTO_RESULT_KEPT: proto_write_tuning(&writer, result); break;
  case PROTO_RESULT_FROZEN:
    proto_write_uint(&writer, "frozen_objects", result->as.frozen_objects);
    break;
  case PROTO_RESULT_STATS: proto_write_stats(&writer, result->as.stats); break;
  case PROTO_RESULT_VERIFY: write_verify(&writer, result); break;
  case PROTO_RESULT_WORKLOAD:
    proto_write_workload(&writer, &result->as.workload);
    break;
  case PROTO_RESULT_EVAL: proto_write_eval(&writer, result); break;
  case PROTO_RESULT_STATE: proto_write_state(&writer, result); break;
  case PROTO_RESULT_STEP: proto_write_step(&writer, result); break;
  default: proto_write_objects(&writer, result); break;
  }
  return proto_message_end(&writer, ret_length);
}

static void free_strings(char **strings, size_t count) {
  for (size_t i = 0; strings != NULL && i < count; i++)
    free(strings[i]);
  free(strings);
}

void proto_result_fini(struct proto_result *result) {
  if (result == NULL)
    return;
  switch (result->kind) {
  case PROTO_RESULT_CENSUS: free(result->as.census.rows); break;
  case PROTO_RESULT_EVAL:
    free(result->as.eval.value);
    free_strings(result->as.eval.created, result->as.eval.created_count);
    free_strings(result->as.eval.destroyed, result->as.eval.destroyed_count);
    free_strings(result->as.eval.resurrected, result->as.eval.resurrected_count);
    break;
  case PROTO_RESULT_STATE:
    for (size_t i = 0; i < result->as.state.object_count; i++)
      free(result->as.state.objects[i].fields);
    free(result->as.state.objects);
    free(result->as.state.roots);
    break;
  case PROTO_RESULT_STEP:
    free(result->as.step.rows);
    free(result->as.step.edges);
    free(result->as.step.roots);
    free_strings(result->as.step.destroyed, result->as.step.destroyed_count);
    free_strings(result->as.step.resurrected, result->as.step.resurrected_count);
    break;
  default: proto_objects_fini(result); break;
  }
  /* A second call finds nothing to free. */
  memset(result, 0, sizeof *result);
  result->kind = PROTO_RESULT_EMPTY;
}
