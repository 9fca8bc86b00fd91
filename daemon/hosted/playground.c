/* playground.c - carries statements out, one after the other.
 *
 *   code --repl_parse--> statements --> variables, persons --> value,
 *                                                              created, destroyed
 *
 * As in Python: a text that cannot be parsed does nothing at all; a statement that
 * fails leaves what the ones before it did. A value is made before the place it goes
 * to is looked up. */
#include "playground_private.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap_requests.h"
#include "sampler.h"

/* --- texts for the answer --- */

static void text_list_add(struct text_list *list, const char *text) {
  if (list->count == list->capacity && list->count < PLAYGROUND_SHOWN_NAMES) {
    size_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
    /* One more: for "and n more". */
    char **grown = realloc(list->items, (capacity + 1) * sizeof *grown);
    if (grown != NULL) {
      list->items = grown;
      list->capacity = capacity;
    }
  }
  char *copy = NULL;
  if (list->count < list->capacity && list->count < PLAYGROUND_SHOWN_NAMES)
    copy = strdup(text);
  if (copy == NULL)
    list->left_out++;
  else
    list->items[list->count++] = copy;
}

void text_list_end(struct text_list *list) {
  char text[64];
  if (list->left_out == 0 || list->items == NULL)
    return;
  snprintf(text, sizeof text, "and %zu more", list->left_out);
  list->items[list->count] = strdup(text);
  if (list->items[list->count] != NULL)
    list->count++;
}

void text_list_fini(struct text_list *list) {
  for (size_t i = 0; i < list->count; i++)
    free(list->items[i]);
  free(list->items);
  *list = (struct text_list){.count = 0};
}

/* A person's finalizer: it dies now. */
static void on_destroyed(void *context, const struct person *person) {
  struct playground *playground = context;
  char text[PERSON_REPR_BYTES];
  if (!playground->is_evaluating)
    return;
  person_repr(person, text);
  text_list_add(&playground->destroyed, text);
}

/* --- errors with a place --- */

static int fail(struct proto_error *error, int code, struct repl_place place,
                const char *reason) {
  proto_error_set(error, code, "line %d, column %d: %s", place.line, place.column,
                  reason);
  error->line = place.line;
  error->column = place.column;
  sampler_copy(error->reason, sizeof error->reason, reason);
  return -1;
}

/* --- variables and attributes --- */

static struct variable *find_variable(struct playground *playground, const char *name) {
  for (size_t i = 0; i < playground->variable_count; i++)
    if (strcmp(playground->variables[i]->name, name) == 0)
      return playground->variables[i];
  return NULL;
}

static struct variable *make_variable(struct playground *playground, const char *name) {
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

static void delete_variable(struct playground *playground, struct variable *variable) {
  void *value = variable->value;
  size_t at = 0;
  while (playground->variables[at] != variable)
    at++;
  playground->variable_count--;
  memmove(&playground->variables[at], &playground->variables[at + 1],
          (playground->variable_count - at) * sizeof(struct variable *));
  ouro_root_remove(playground->heap, &variable->value);
  free(variable);
  ouro_decref_maybe(playground->heap, value);
}

static int no_attribute(const struct person *person, const struct repl_name *name,
                        struct proto_error *error) {
  char text[PERSON_REPR_BYTES], reason[PROTO_REASON_BYTES * 3];
  if (person == NULL) {
    snprintf(reason, sizeof reason, "None has no attribute '%s'", name->text);
  } else {
    person_repr(person, text);
    snprintf(reason, sizeof reason, "%s has no attribute '%s'", text, name->text);
  }
  return fail(error, PROTO_NAME, name->place, reason);
}

/* What the first `count` names of a path stand for; borrowed, NULL is None. */
static int look_up(struct playground *playground, const struct repl_path *path,
                   unsigned count, struct person **ret, struct proto_error *error) {
  const struct repl_name *first = &path->names[0];
  const struct variable *variable = find_variable(playground, first->text);
  char reason[PROTO_REASON_BYTES];
  if (variable == NULL) {
    snprintf(reason, sizeof reason, "%s is not defined", first->text);
    return fail(error, PROTO_NAME, first->place, reason);
  }
  struct person *value = variable->value;
  for (unsigned i = 1; i < count; i++) {
    const struct attribute *attribute = NULL;
    if (value != NULL)
      attribute = person_attribute(value, path->names[i].text);
    if (attribute == NULL)
      return no_attribute(value, &path->names[i], error);
    value = attribute->value;
  }
  *ret = value;
  return 0;
}

/* --- statements --- */

static int make_person(struct playground *playground, const struct repl_value *value,
                       struct person **ret, struct proto_error *error) {
  char text[PERSON_REPR_BYTES];
  ouro_heap_stats stats;
  ouro_heap_get_stats(playground->heap, &stats);
  if (stats.live_objects >= PLAYGROUND_MAX_OBJECTS)
    return fail(error, PROTO_LIMIT, value->place,
                "the playground holds 10,000 objects, and that is its limit");
  *ret = person_new(playground->heap, playground->person_type, value->name);
  if (*ret == NULL)
    return fail(error, PROTO_LIMIT, value->place, "the playground is out of memory");
  person_repr(*ret, text);
  text_list_add(&playground->created, text);
  return 0;
}

/* A value with a reference of the caller's own; NULL is None. */
static int make_value(struct playground *playground, const struct repl_value *value,
                      struct person **ret, struct proto_error *error) {
  *ret = NULL;
  if (value->kind == REPL_PERSON)
    return make_person(playground, value, ret, error);
  if (value->kind == REPL_PATH &&
      look_up(playground, &value->path, value->path.count, ret, error) != 0)
    return -1;
  if (*ret != NULL)
    ouro_incref(playground->heap, *ret);
  return 0;
}

/* The field that a path names, made where it is not there yet. */
static int make_place(struct playground *playground, const struct repl_path *path,
                      void ***ret_field, struct proto_error *error) {
  const struct repl_name *last = &path->names[path->count - 1];
  if (path->count == 1) {
    struct variable *variable = make_variable(playground, last->text);
    if (variable == NULL)
      return fail(error, PROTO_LIMIT, last->place,
                  "the playground has 1,000 names, and that is its limit");
    *ret_field = &variable->value;
    return 0;
  }
  struct person *owner = NULL;
  if (look_up(playground, path, path->count - 1, &owner, error) != 0)
    return -1;
  if (owner == NULL)
    return no_attribute(owner, last, error);
  struct attribute *attribute = person_attribute_make(owner, last->text);
  if (attribute == NULL)
    return fail(error, PROTO_LIMIT, last->place,
                "a person has 100 attributes, and that is the limit");
  *ret_field = &attribute->value;
  return 0;
}

static int assign(struct playground *playground, const struct repl_statement *statement,
                  struct proto_error *error) {
  struct person *value;
  void **field = NULL;
  if (make_value(playground, &statement->value, &value, error) != 0)
    return -1;
  if (make_place(playground, &statement->target, &field, error) != 0) {
    ouro_decref_maybe(playground->heap, value);
    return -1;
  }
  ouro_set_take(playground->heap, field, value);
  return 0;
}

static int delete (struct playground *playground, const struct repl_path *path,
                   struct proto_error *error) {
  const struct repl_name *last = &path->names[path->count - 1];
  struct person *owner = NULL;
  struct attribute *attribute = NULL;
  if (path->count == 1) {
    if (look_up(playground, path, 1, &owner, error) != 0)
      return -1;
    delete_variable(playground, find_variable(playground, last->text));
    return 0;
  }
  if (look_up(playground, path, path->count - 1, &owner, error) != 0)
    return -1;
  if (owner != NULL)
    attribute = person_attribute(owner, last->text);
  if (attribute == NULL)
    return no_attribute(owner, last, error);
  person_attribute_delete(playground->heap, owner, attribute);
  return 0;
}

/* --- values of expressions, as JSON text --- */

static char *json_of_text(const char *text) {
  json_t *string = json_string(text);
  char *json = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
  json_decref(string);
  return json;
}

/* `john.name` is the one text that can be looked at. */
static const struct person *name_owner(struct playground *playground,
                                       const struct repl_value *value) {
  const struct repl_path *path = &value->path;
  struct proto_error ignored;
  struct person *owner = NULL;
  if (value->kind != REPL_PATH || path->count < 2 ||
      strcmp(path->names[path->count - 1].text, "name") != 0 ||
      look_up(playground, path, path->count - 1, &owner, &ignored) != 0 ||
      owner == NULL || person_attribute(owner, "name") != NULL)
    return NULL;
  return owner;
}

static int evaluate(struct playground *playground, const struct repl_value *value,
                    char **ret_json, struct proto_error *error) {
  char text[PERSON_REPR_BYTES] = "None";
  struct person *person = NULL;
  const struct person *owner = name_owner(playground, value);
  if (owner != NULL) {
    person_quote(owner->name, text, sizeof text);
  } else {
    if (make_value(playground, value, &person, error) != 0)
      return -1;
    if (person == NULL) {
      *ret_json = strdup("null");
      return 0;
    }
    person_repr(person, text);
    ouro_decref(playground->heap, person);
  }
  *ret_json = json_of_text(text);
  return 0;
}

static int collect(struct heap_thread *thread, unsigned generation, const char *who,
                   struct proto_result *ret, char **ret_json,
                   struct proto_error *error) {
  char text[32];
  if (heap_thread_collect(thread, generation, OURO_REASON_EXPLICIT, who,
                          &ret->as.eval.collection, error) != 0)
    return -1;
  ret->as.eval.has_collection = true;
  /* As gc.collect() in Python: how many were found unreachable. */
  snprintf(text, sizeof text, "%llu",
           (unsigned long long)(ret->as.eval.collection.collected +
                                ret->as.eval.collection.uncollectable));
  *ret_json = strdup(text);
  return 0;
}

/* --- requests --- */

static int run(struct playground *playground, struct heap_thread *thread,
               const struct repl_statement *statement, const char *who,
               struct proto_result *ret, struct proto_error *error) {
  char *json = NULL;
  int result = 0;
  if (statement->kind == REPL_ASSIGN)
    result = assign(playground, statement, error);
  else if (statement->kind == REPL_DELETE)
    result = delete (playground, &statement->target, error);
  else if (statement->value.kind == REPL_COLLECT)
    result = collect(thread, statement->value.generation, who, ret, &json, error);
  else
    result = evaluate(playground, &statement->value, &json, error);
  free(ret->as.eval.value);
  ret->as.eval.value = json;
  return result;
}

static void eval(struct playground *playground, struct heap_thread *thread,
                 const char *code, const char *who, struct proto_result *ret) {
  struct proto_error error = {.retry_after_ms = -1};
  struct repl_program program;
  if (repl_parse(code, &program, &error) != 0) {
    *heap_refuse(ret) = error;
    return;
  }
  memset(ret, 0, sizeof *ret);
  ret->kind = PROTO_RESULT_EVAL;
  playground->is_evaluating = true;
  int result = 0;
  for (size_t i = 0; i < program.count && result == 0; i++)
    result = run(playground, thread, &program.statements[i], who, ret, &error);
  playground->is_evaluating = false;
  repl_program_fini(&program);
  if (result == 0 && ret->as.eval.value == NULL)
    ret->as.eval.value = strdup("null");
  if (result == 0 && ret->as.eval.value == NULL) {
    proto_error_set(&error, PROTO_LIMIT, "out of memory");
    result = -1;
  }
  text_list_end(&playground->created);
  text_list_end(&playground->destroyed);
  if (result == 0) {
    ret->as.eval.created = playground->created.items;
    ret->as.eval.created_count = playground->created.count;
    ret->as.eval.destroyed = playground->destroyed.items;
    ret->as.eval.destroyed_count = playground->destroyed.count;
    playground->created = playground->destroyed = (struct text_list){.count = 0};
  } else {
    free(ret->as.eval.value);
    text_list_fini(&playground->created);
    text_list_fini(&playground->destroyed);
    *heap_refuse(ret) = error;
  }
}

static void request(void *mutator, struct heap_thread *thread,
                    const struct proto_request *asked, const char *who,
                    struct proto_result *ret) {
  struct playground *playground = mutator;
  if (asked->method == PROTO_REPL_EVAL)
    eval(playground, thread, asked->params.eval.code, who, ret);
  else if (asked->method == PROTO_REPL_STEP)
    playground_step(playground, thread, asked, who, ret);
  else
    playground_state(playground, ret);
}

/* --- life --- */

static uint64_t due(void *mutator) {
  (void)mutator;
  return UINT64_MAX;
}

static void step(void *mutator, uint64_t now_ns) {
  (void)mutator;
  (void)now_ns;
}

static void free_playground(void *mutator) {
  struct playground *playground = mutator;
  while (playground->variable_count > 0)
    delete_variable(playground, playground->variables[playground->variable_count - 1]);
  /* Persons in cycles are still there and die with the heap. */
  ouro_heap_set_user(playground->heap, NULL);
  free(playground->variables);
  free(playground);
}

const struct mutator_ops playground_ops = {.due = due,
                                           .step = step,
                                           .request = request,
                                           .text = playground_text,
                                           .field = playground_field,
                                           .free = free_playground};

void *playground_new(ouro_heap *heap, char *message, size_t size) {
  struct playground *playground = calloc(1, sizeof *playground);
  int error = playground == NULL ? OURO_ENOMEM
                                 : person_type_new(heap, &playground->person_type);
  if (error != 0) {
    snprintf(message, size, "playground: %s", ouro_strerror(error));
    free(playground);
    return NULL;
  }
  playground->heap = heap;
  playground->watcher =
      (struct person_watcher){.destroyed = on_destroyed, .context = playground};
  ouro_heap_set_user(heap, &playground->watcher);
  return playground;
}
