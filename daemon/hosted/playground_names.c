/* playground_names.c - variables, which are the heap's roots, and paths through fields.
 *
 *   tree.children[0].parent
 *   |    |       |   `-- attribute of a person
 *   |    |       `-- item of a list
 *   |    `-- attribute
 *   `-- variable */
#include "playground_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sampler.h"

int playground_fail(struct proto_error *error, int code, struct repl_place place,
                    const char *reason) {
  proto_error_set(error, code, "line %d, column %d: %s", place.line, place.column,
                  reason);
  error->line = place.line;
  error->column = place.column;
  sampler_copy(error->reason, sizeof error->reason, reason);
  return -1;
}

/* --- variables --- */

struct variable *find_variable(struct playground *playground, const char *name) {
  for (size_t i = 0; i < playground->variable_count; i++)
    if (strcmp(playground->variables[i]->name, name) == 0)
      return playground->variables[i];
  return NULL;
}

struct variable *make_variable(struct playground *playground, const char *name) {
  struct variable *variable = find_variable(playground, name);
  if (variable != NULL)
    return variable;
  if (playground->variable_count == PLAYGROUND_MAX_ROOTS)
    return NULL;
  if (playground->variable_count == playground->variable_capacity) {
    size_t capacity =
        playground->variable_capacity == 0 ? 16 : playground->variable_capacity * 2;
    struct variable **grown =
        realloc(playground->variables, capacity * sizeof(struct variable *));
    if (grown == NULL)
      return NULL;
    playground->variables = grown;
    playground->variable_capacity = capacity;
  }
  variable = calloc(1, sizeof *variable);
  if (variable == NULL)
    return NULL;
  sampler_copy(variable->name, sizeof variable->name, name);
  if (ouro_root_add(playground->heap, &variable->value, variable->name) != 0) {
    free(variable);
    return NULL;
  }
  playground->variables[playground->variable_count++] = variable;
  return variable;
}

void delete_variable(struct playground *playground, struct variable *variable) {
  void *value = variable->value;
  size_t at = 0;
  while (playground->variables[at] != variable)
    at++;
  playground->variable_count--;
  memmove(&playground->variables[at], &playground->variables[at + 1],
          (playground->variable_count - at) * sizeof(struct variable *));
  ouro_root_remove(playground->heap, &variable->value);
  free(variable);
  /* Last: a finalizer may make a variable. */
  ouro_decref_maybe(playground->heap, value);
}

/* --- what is not there --- */

static int no_attribute(const struct playground *playground, const void *object,
                        const struct repl_name *name, struct proto_error *error) {
  char text[PERSON_REPR_BYTES] = "None", reason[PROTO_REASON_BYTES * 3];
  if (is_person(playground, object))
    person_repr(object, text);
  else if (object != NULL)
    snprintf(text, sizeof text, "a %s",
             ouro_type_name(ouro_object_type(playground->heap, object)));
  snprintf(reason, sizeof reason, "%s has no attribute '%s'", text, name->text);
  return playground_fail(error, PROTO_NAME, name->place, reason);
}

static int no_list(const struct playground *playground, const void *object,
                   struct repl_place place, struct proto_error *error) {
  char text[PERSON_REPR_BYTES] = "None", reason[PROTO_REASON_BYTES * 3];
  if (is_person(playground, object))
    person_repr(object, text);
  else if (object != NULL)
    snprintf(text, sizeof text, "a %s",
             ouro_type_name(ouro_object_type(playground->heap, object)));
  snprintf(reason, sizeof reason, "%s is no list", text);
  return playground_fail(error, PROTO_NAME, place, reason);
}

/* --- paths --- */

/* The field of `owner` that a part of a path names; NULL with an error. Borrowed until
 * the owner's fields change. */
static void **find_field(const struct playground *playground, void *owner,
                         const struct repl_name *name, struct proto_error *error) {
  char reason[PROTO_REASON_BYTES];
  if (name->is_index) {
    struct list *list = owner;
    if (!is_list(playground, owner)) {
      no_list(playground, owner, name->place, error);
      return NULL;
    }
    if (name->index < list->count)
      return &list->items[name->index];
    snprintf(reason, sizeof reason, "the list has %u items and none at [%u]",
             (unsigned)list->count, name->index);
    playground_fail(error, PROTO_NAME, name->place, reason);
    return NULL;
  }
  struct attribute *attribute = NULL;
  if (is_person(playground, owner))
    attribute = person_attribute(owner, name->text);
  if (attribute != NULL)
    return &attribute->value;
  no_attribute(playground, owner, name, error);
  return NULL;
}

int look_up(struct playground *playground, const struct repl_path *path, unsigned count,
            void **ret, struct proto_error *error) {
  const struct repl_name *first = &path->names[0];
  const struct variable *variable = find_variable(playground, first->text);
  char reason[PROTO_REASON_BYTES];
  if (variable == NULL) {
    snprintf(reason, sizeof reason, "%s is not defined", first->text);
    return playground_fail(error, PROTO_NAME, first->place, reason);
  }
  void *value = variable->value;
  for (unsigned i = 1; i < count; i++) {
    void **field = find_field(playground, value, &path->names[i], error);
    if (field == NULL)
      return -1;
    value = *field;
  }
  *ret = value;
  return 0;
}

int look_up_list(struct playground *playground, const struct repl_path *path,
                 struct list **ret, struct proto_error *error) {
  void *value = NULL;
  if (look_up(playground, path, path->count, &value, error) != 0)
    return -1;
  if (!is_list(playground, value))
    return no_list(playground, value, path->names[path->count - 1].place, error);
  *ret = value;
  return 0;
}

int make_place(struct playground *playground, const struct repl_path *path,
               void ***ret_field, struct proto_error *error) {
  const struct repl_name *last = &path->names[path->count - 1];
  if (path->count == 1) {
    struct variable *variable = make_variable(playground, last->text);
    if (variable == NULL)
      return playground_fail(error, PROTO_LIMIT, last->place,
                             "the playground has 1,000 names, and that is its limit");
    *ret_field = &variable->value;
    return 0;
  }
  void *owner = NULL;
  if (look_up(playground, path, path->count - 1, &owner, error) != 0)
    return -1;
  if (last->is_index) { /* as in Python: an item that is there */
    *ret_field = find_field(playground, owner, last, error);
    return *ret_field != NULL ? 0 : -1;
  }
  if (!is_person(playground, owner))
    return no_attribute(playground, owner, last, error);
  struct attribute *attribute = person_attribute_make(owner, last->text);
  if (attribute == NULL)
    return playground_fail(error, PROTO_LIMIT, last->place,
                           "a person has 100 attributes, and that is the limit");
  *ret_field = &attribute->value;
  return 0;
}

int delete_place(struct playground *playground, const struct repl_path *path,
                 struct proto_error *error) {
  const struct repl_name *last = &path->names[path->count - 1];
  void *owner = NULL;
  if (path->count == 1) {
    if (look_up(playground, path, 1, &owner, error) != 0)
      return -1;
    delete_variable(playground, find_variable(playground, last->text));
    return 0;
  }
  if (look_up(playground, path, path->count - 1, &owner, error) != 0 ||
      find_field(playground, owner, last, error) == NULL)
    return -1;
  /* Held meanwhile: what dies of it may hold the owner's last reference. */
  ouro_incref(playground->heap, owner);
  if (last->is_index)
    list_delete(playground->heap, owner, last->index);
  else
    person_attribute_delete(playground->heap, owner,
                            person_attribute(owner, last->text));
  ouro_decref(playground->heap, owner);
  return 0;
}
