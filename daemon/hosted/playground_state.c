/* playground_state.c - the playground's tables: variables; objects with fields,
 * finalizers and what they refer to weakly.
 *
 * Objects that no variable reaches are shown too: what counting leaves behind is the
 * point. A name or field whose value is None refers to no object and is left out. */
#include "playground_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "heap_requests.h"
#include "sampler.h"

struct walk {
  const struct playground *playground;
  struct proto_repl_object *objects;
  size_t count;
  bool is_truncated, is_out_of_memory;
};

/* An attribute or an item; what is None refers to nothing. */
static void add_field(const struct playground *playground,
                      struct proto_repl_object *row, const char *name,
                      const void *value) {
  if (value == NULL)
    return;
  struct proto_repl_field *field = &row->fields[row->field_count++];
  sampler_copy(field->name, sizeof field->name, name);
  field->id = ouro_object_id(playground->heap, value);
}

static bool make_fields(struct proto_repl_object *row, size_t count) {
  row->fields = calloc(count + 1, sizeof *row->fields);
  return row->fields != NULL;
}

static bool fill_person(const struct playground *playground,
                        const struct person *person, struct proto_repl_object *row) {
  sampler_copy(row->name, sizeof row->name, person->name);
  if (person->kind != REPL_NODE)
    row->finalizer =
        ouro_is_finalized(person) ? PROTO_FINALIZER_RAN : PROTO_FINALIZER_PENDING;
  if (!make_fields(row, person->count))
    return false;
  for (uint32_t i = 0; i < person->count; i++)
    add_field(playground, row, person->attributes[i].name, person->attributes[i].value);
  return true;
}

static bool fill_list(const struct playground *playground, const struct list *list,
                      struct proto_repl_object *row) {
  char name[16];
  if (!make_fields(row, list->count))
    return false;
  for (uint32_t i = 0; i < list->count; i++) {
    snprintf(name, sizeof name, "[%u]", (unsigned)i);
    add_field(playground, row, name, list->items[i]);
  }
  return true;
}

static bool show(void *object, void *context) {
  struct walk *walk = context;
  const struct playground *playground = walk->playground;
  if (walk->count == PLAYGROUND_SHOWN_OBJECTS) {
    walk->is_truncated = true;
    return false;
  }
  struct proto_repl_object *row = &walk->objects[walk->count++];
  row->id = ouro_object_id(playground->heap, object);
  row->address = (uint64_t)(uintptr_t)object;
  row->refcount = ouro_refcount(object);
  row->generation = ouro_object_generation(object);
  sampler_copy(row->type, sizeof row->type,
               ouro_type_name(ouro_object_type(playground->heap, object)));
  if (is_person(playground, object)) {
    walk->is_out_of_memory = !fill_person(playground, object, row);
  } else if (is_list(playground, object)) {
    walk->is_out_of_memory = !fill_list(playground, object, row);
  } else if (is_weakref(playground, object)) {
    const void *target = ouro_weakref_peek(object);
    row->has_target = target != NULL;
    if (target != NULL)
      row->target = ouro_object_id(playground->heap, target);
  }
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
