/* domain_repl.c - repl.*: statements of the playground and what they left behind. */
#include "domains.h"

#include <jansson.h>
#include <stdlib.h>

#include "memory.h"

int proto_read_eval(const struct proto_params *params, struct proto_request *ret) {
  return proto_params_text(params, "code", PROTO_CODE_BYTES, &ret->params.eval.code);
}

static void write_strings(struct proto_writer *writer, const char *key,
                          char *const *strings, size_t count) {
  proto_write_array(writer, key);
  for (size_t i = 0; i < count; i++)
    proto_write_string(writer, NULL, strings[i]);
  proto_write_end(writer);
}

/* Why parsed again: the text comes from an interpreter, and one stray byte of it would
 * break the whole message. What is not a scalar of JSON goes out as a string. */
static void write_value(struct proto_writer *writer, const char *text) {
  json_t *value;
  char *normal = NULL;

  if (text == NULL) {
    proto_write_null(writer, "value");
    return;
  }
  proto_memory_begin();
  value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
  if (value != NULL && !json_is_object(value) && !json_is_array(value))
    normal = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
  if (proto_memory_ran_short())
    writer->failed = true;
  else if (normal != NULL)
    proto_write_json(writer, "value", normal);
  else
    proto_write_string(writer, "value", text);
  free(normal); /* the allocator of memory.h */
  json_decref(value);
}

void proto_write_eval(struct proto_writer *writer, const struct proto_result *result) {
  write_value(writer, result->as.eval.value);
  write_strings(writer, "created", result->as.eval.created,
                result->as.eval.created_count);
  write_strings(writer, "destroyed", result->as.eval.destroyed,
                result->as.eval.destroyed_count);
  write_strings(writer, "resurrected", result->as.eval.resurrected,
                result->as.eval.resurrected_count);
  if (result->as.eval.has_collection) {
    proto_write_object(writer, "collection");
    proto_write_collection(writer, &result->as.eval.collection);
    proto_write_end(writer);
  }
}

static void write_fields(struct proto_writer *writer, const char *key,
                         const struct proto_repl_field *fields, size_t count) {
  proto_write_array(writer, key);
  for (size_t i = 0; i < count; i++) {
    proto_write_object(writer, NULL);
    proto_write_string(writer, "name", fields[i].name);
    proto_write_uint(writer, "id", fields[i].id);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

void proto_write_state(struct proto_writer *writer, const struct proto_result *result) {
  write_fields(writer, "roots", result->as.state.roots, result->as.state.root_count);
  proto_write_array(writer, "objects");
  for (size_t i = 0; i < result->as.state.object_count; i++) {
    const struct proto_repl_object *object = &result->as.state.objects[i];
    proto_write_object(writer, NULL);
    proto_write_uint(writer, "id", object->id);
    proto_write_id(writer, "address", object->address);
    proto_write_string(writer, "type", object->type);
    if (object->name[0] != '\0')
      proto_write_string(writer, "name", object->name);
    proto_write_uint(writer, "refcount", object->refcount);
    if (object->generation >= 0)
      proto_write_int(writer, "generation", object->generation);
    write_fields(writer, "fields", object->fields, object->field_count);
    if (object->finalizer != PROTO_FINALIZER_NONE)
      proto_write_string(writer, "finalizer",
                         object->finalizer == PROTO_FINALIZER_RAN ? "ran" : "pending");
    if (object->has_target)
      proto_write_uint(writer, "target", object->target);
    proto_write_end(writer);
  }
  proto_write_end(writer);
  proto_write_bool(writer, "truncated", result->as.state.truncated);
}

/* --- repl.step --- */

int proto_read_step(const struct proto_params *params, struct proto_request *ret) {
  static const char *const actions[] = {"begin", "next", "finish"};
  uint64_t generation;
  unsigned action = 0;

  /* There is no default: an action is asked for by its name. */
  if (!proto_params_has(params, "action"))
    return proto_params_refuse(params, "action", NULL,
                               "one of \"begin\", \"next\", \"finish\"");
  if (proto_params_enum_or(params, "action", actions, 3, 0, &action) != 0 ||
      proto_params_uint_or(params, "generation", 0, PROTO_GENERATIONS - 1,
                           PROTO_GENERATIONS - 1, &generation) != 0)
    return -1;
  ret->params.step.action = (enum proto_step_action)action;
  ret->params.step.generation = (unsigned)generation;
  return 0;
}

void proto_write_step(struct proto_writer *writer, const struct proto_result *result) {
  proto_write_bool(writer, "stepping", result->as.step.is_stepping);
  proto_write_uint(writer, "generation", result->as.step.generation);
  if (result->as.step.phase != NULL)
    proto_write_string(writer, "phase", result->as.step.phase);
  if (result->as.step.next_phase != NULL)
    proto_write_string(writer, "next_phase", result->as.step.next_phase);
  proto_write_array(writer, "candidates");
  for (size_t i = 0; i < result->as.step.count; i++) {
    const struct proto_candidate *candidate = &result->as.step.rows[i];
    proto_write_object(writer, NULL);
    if (candidate->gc_refs >= 0)
      proto_write_int(writer, "gc_refs", candidate->gc_refs);
    proto_write_string(writer, "verdict", candidate->verdict);
    proto_write_object_row(writer, "object", &candidate->object);
    proto_write_end(writer);
  }
  proto_write_end(writer);
  proto_write_uint(writer, "candidates_total", result->as.step.total);
  proto_write_edges(writer, result->as.step.edges, result->as.step.edge_count);
  proto_write_roots(writer, result->as.step.roots, result->as.step.root_count);
  proto_write_bool(writer, "truncated",
                   result->as.step.is_cut ||
                       result->as.step.total > result->as.step.count);
  if (result->as.step.tells_destroyed) {
    write_strings(writer, "destroyed", result->as.step.destroyed,
                  result->as.step.destroyed_count);
    write_strings(writer, "resurrected", result->as.step.resurrected,
                  result->as.step.resurrected_count);
  }
  if (result->as.step.has_collection) {
    proto_write_object(writer, "collection");
    proto_write_collection(writer, &result->as.step.collection);
    proto_write_end(writer);
  }
}
