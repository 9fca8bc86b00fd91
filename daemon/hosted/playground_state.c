/* playground_state.c - the playground's tables: variables, and objects with fields.
 *
 * Objects that no variable reaches are shown too: what counting leaves behind is the
 * point. A name or field whose value is None refers to no object and is left out. */
#include "playground_private.h"

#include <stdlib.h>

#include "heap_requests.h"
#include "sampler.h"

struct walk {
  const struct playground *playground;
  struct proto_repl_object *objects;
  size_t count;
  bool is_truncated, is_out_of_memory;
};

static bool fill_fields(const struct playground *playground,
                        const struct person *person, struct proto_repl_object *ret) {
  ret->fields = calloc(person->count + 1u, sizeof *ret->fields);
  if (ret->fields == NULL)
    return false;
  for (uint32_t i = 0; i < person->count; i++) {
    const struct attribute *attribute = &person->attributes[i];
    if (attribute->value == NULL)
      continue;
    struct proto_repl_field *field = &ret->fields[ret->field_count++];
    sampler_copy(field->name, sizeof field->name, attribute->name);
    field->id = ouro_object_id(playground->heap, attribute->value);
  }
  return true;
}

static bool show(void *object, void *context) {
  struct walk *walk = context;
  const struct playground *playground = walk->playground;
  const ouro_type *type = ouro_object_type(playground->heap, object);
  if (walk->count == PLAYGROUND_SHOWN_OBJECTS) {
    walk->is_truncated = true;
    return false;
  }
  struct proto_repl_object *row = &walk->objects[walk->count++];
  row->id = ouro_object_id(playground->heap, object);
  row->address = (uint64_t)(uintptr_t)object;
  row->refcount = ouro_refcount(object);
  row->generation = ouro_object_generation(object);
  sampler_copy(row->type, sizeof row->type, ouro_type_name(type));
  if (type != playground->person_type)
    return true;
  const struct person *person = object;
  sampler_copy(row->name, sizeof row->name, person->name);
  walk->is_out_of_memory = !fill_fields(playground, person, row);
  return !walk->is_out_of_memory;
}

void playground_state(struct playground *playground, struct proto_result *ret) {
  struct proto_repl_field *roots =
      calloc(playground->variable_count + 1, sizeof *roots);
  struct walk walk = {.playground = playground,
                      .objects =
                          calloc(PLAYGROUND_SHOWN_OBJECTS, sizeof *walk.objects)};
  walk.is_out_of_memory = roots == NULL || walk.objects == NULL;
  *ret = (struct proto_result){.kind = PROTO_RESULT_STATE};
  for (size_t i = 0; i < playground->variable_count && !walk.is_out_of_memory; i++) {
    const struct variable *variable = playground->variables[i];
    if (variable->value == NULL)
      continue;
    struct proto_repl_field *root = &roots[ret->as.state.root_count++];
    sampler_copy(root->name, sizeof root->name, variable->name);
    root->id = ouro_object_id(playground->heap, variable->value);
  }
  if (!walk.is_out_of_memory)
    ouro_objects(playground->heap, show, &walk);
  ret->as.state.roots = roots;
  ret->as.state.objects = walk.objects;
  ret->as.state.object_count = walk.count;
  ret->as.state.truncated = walk.is_truncated;
  if (walk.is_out_of_memory) {
    proto_result_fini(ret);
    proto_error_set(heap_refuse(ret), PROTO_LIMIT, "out of memory");
  }
}
