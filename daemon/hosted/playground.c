/* playground.c - carries statements out, one after the other.
 *
 *   code --repl_parse--> statements --> variables, objects --> value, created,
 *                                                    destroyed, resurrected
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

/* What one statement is carried out with. */
struct run {
  struct playground *playground;
  struct heap_thread *thread;
  const struct repl_value *items; /* the program's */
  const char *who;
  struct proto_result *ret;
  struct proto_error *error;
};

/* --- statements --- */

static int assign(const struct run *run, const struct repl_statement *statement) {
  struct playground *playground = run->playground;
  void *value = NULL, **field = NULL;
  if (make_value(playground, &statement->value, run->items, &value, run->error) != 0)
    return -1;
  if (make_place(playground, &statement->target, &field, run->error) != 0) {
    ouro_decref_maybe(playground->heap, value);
    return -1;
  }
  ouro_set_take(playground->heap, field, value);
  return 0;
}

static int append(const struct run *run, const struct repl_value *value) {
  struct playground *playground = run->playground;
  const struct repl_value *wanted = &run->items[value->first_item];
  struct list *list = NULL;
  void *item = NULL;
  if (make_value(playground, wanted, run->items, &item, run->error) != 0)
    return -1;
  if (look_up_list(playground, &value->path, &list, run->error) != 0) {
    ouro_decref_maybe(playground->heap, item);
    return -1;
  }
  bool is_full = list->count == LIST_MAX_ITEMS;
  if (list_append(list, item))
    return 0;
  ouro_decref_maybe(playground->heap, item); /* the list may go with it */
  return playground_fail(run->error, PROTO_LIMIT, value->place,
                         is_full ? "a list has 100 items, and that is the limit"
                                 : "the playground is out of memory");
}

/* --- answers, as JSON text; NULL: memory is short --- */

static char *json_of_text(const char *text) {
  json_t *string = json_string(text);
  char *json = string != NULL ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
  json_decref(string);
  return json;
}

static char *json_of_number(uint64_t number) {
  char text[32];
  snprintf(text, sizeof text, "%llu", (unsigned long long)number);
  return strdup(text);
}

/* `john.name` is the one text that can be looked at. */
static const struct person *name_owner(struct playground *playground,
                                       const struct repl_value *value) {
  const struct repl_path *path = &value->path;
  struct proto_error ignored;
  void *owner = NULL;
  if (value->kind != REPL_PATH || path->count < 2 ||
      strcmp(path->names[path->count - 1].text, "name") != 0 ||
      look_up(playground, path, path->count - 1, &owner, &ignored) != 0 ||
      !is_person(playground, owner) || person_attribute(owner, "name") != NULL)
    return NULL;
  return owner;
}

static int evaluate(const struct run *run, const struct repl_value *value,
                    char **ret_json) {
  struct playground *playground = run->playground;
  char text[OBJECT_REPR_BYTES];
  void *object = NULL;
  const struct person *owner = name_owner(playground, value);
  if (owner != NULL) {
    person_quote(owner->name, text, sizeof text);
    *ret_json = json_of_text(text);
    return 0;
  }
  if (make_value(playground, value, run->items, &object, run->error) != 0)
    return -1;
  object_repr(playground, object, text);
  *ret_json = object == NULL ? strdup("null") : json_of_text(text);
  ouro_decref_maybe(playground->heap, object);
  return 0;
}

/* Whether two values are one object. */
static int compare(const struct run *run, const struct repl_value *value,
                   char **ret_json) {
  ouro_heap *heap = run->playground->heap;
  const struct repl_value *sides = &run->items[value->first_item];
  void *left = NULL, *right = NULL;
  if (make_value(run->playground, &sides[0], run->items, &left, run->error) != 0)
    return -1;
  if (make_value(run->playground, &sides[1], run->items, &right, run->error) != 0) {
    ouro_decref_maybe(heap, left);
    return -1;
  }
  *ret_json = strdup((left == right) != value->is_not ? "true" : "false");
  ouro_decref_maybe(heap, left);
  ouro_decref_maybe(heap, right);
  return 0;
}

static int collect(const struct run *run, unsigned generation, char **ret_json) {
  struct proto_collection *done = &run->ret->as.eval.collection;
  if (heap_thread_collect(run->thread, generation, OURO_REASON_EXPLICIT, run->who, done,
                          run->error) != 0)
    return -1;
  run->ret->as.eval.has_collection = true;
  /* As gc.collect() in Python: how many were found unreachable. */
  *ret_json = json_of_number(done->collected + done->uncollectable);
  return 0;
}

/* As sys.getrefcount(): with the reference that the call itself holds. */
static int count_references(const struct run *run, const struct repl_value *value,
                            char **ret_json) {
  void *object = NULL;
  if (look_up(run->playground, &value->path, value->path.count, &object, run->error) !=
      0)
    return -1;
  if (object == NULL)
    return playground_fail(run->error, PROTO_NAME, value->place,
                           "None is no object of this heap and is not counted");
  *ret_json = json_of_number((uint64_t)ouro_refcount(object) + 1);
  return 0;
}

static int count_items(const struct run *run, const struct repl_value *value,
                       char **ret_json) {
  struct list *list = NULL;
  if (look_up_list(run->playground, &value->path, &list, run->error) != 0)
    return -1;
  *ret_json = json_of_number(list->count);
  return 0;
}

static char *json_of_counts(ouro_heap *heap) {
  ouro_heap_stats stats;
  char text[96];
  ouro_heap_get_stats(heap, &stats);
  snprintf(text, sizeof text, "(%llu, %llu, %llu)",
           (unsigned long long)stats.generations[0].count,
           (unsigned long long)stats.generations[1].count,
           (unsigned long long)stats.generations[2].count);
  return json_of_text(text);
}

static int answer(const struct run *run, const struct repl_value *value,
                  char **ret_json) {
  switch (value->kind) {
  case REPL_APPEND: return append(run, value);
  case REPL_COLLECT: return collect(run, value->generation, ret_json);
  case REPL_IDENTITY: return compare(run, value, ret_json);
  case REPL_REFCOUNT: return count_references(run, value, ret_json);
  case REPL_LENGTH: return count_items(run, value, ret_json);
  case REPL_COUNT: *ret_json = json_of_counts(run->playground->heap); return 0;
  case REPL_HELP: *ret_json = json_of_text(repl_help); return 0;
  default: return evaluate(run, value, ret_json);
  }
}

/* --- requests --- */

static int carry_out(const struct run *run, const struct repl_statement *statement) {
  char *json = NULL;
  int result = 0;
  if (statement->kind == REPL_ASSIGN)
    result = assign(run, statement);
  else if (statement->kind == REPL_DELETE)
    result = delete_place(run->playground, &statement->target, run->error);
  else
    result = answer(run, &statement->value, &json);
  free(run->ret->as.eval.value);
  run->ret->as.eval.value = json;
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
  playground_forget_resurrected(playground);
  memset(ret, 0, sizeof *ret);
  ret->kind = PROTO_RESULT_EVAL;
  const struct run run = {playground, thread, program.items, who, ret, &error};
  playground->is_evaluating = true;
  int result = 0;
  for (size_t i = 0; i < program.count && result == 0; i++)
    result = carry_out(&run, &program.statements[i]);
  playground->is_evaluating = false;
  playground_find_resurrected(playground);
  repl_program_fini(&program);
  if (result == 0 && ret->as.eval.value == NULL)
    ret->as.eval.value = strdup("null");
  if (result == 0 && ret->as.eval.value == NULL) {
    proto_error_set(&error, PROTO_LIMIT, "out of memory");
    result = -1;
  }
  if (result == 0) {
    text_list_take(&playground->created, &ret->as.eval.created,
                   &ret->as.eval.created_count);
    text_list_take(&playground->destroyed, &ret->as.eval.destroyed,
                   &ret->as.eval.destroyed_count);
    text_list_take(&playground->resurrected, &ret->as.eval.resurrected,
                   &ret->as.eval.resurrected_count);
  } else {
    free(ret->as.eval.value);
    text_list_fini(&playground->created);
    text_list_fini(&playground->destroyed);
    text_list_fini(&playground->resurrected);
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
  /* A Phoenix comes back under a name, but only once. */
  while (playground->variable_count > 0)
    delete_variable(playground, playground->variables[playground->variable_count - 1]);
  /* Objects in cycles are still there and die with the heap. */
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
  int error = playground == NULL ? OURO_ENOMEM : 0;
  for (unsigned i = 0; i < REPL_CLASSES && error == 0; i++)
    error = person_type_new(heap, (enum repl_class)i, &playground->classes[i]);
  if (error == 0)
    error = list_type_new(heap, &playground->list_type);
  if (error != 0) {
    snprintf(message, size, "playground: %s", ouro_strerror(error));
    free(playground);
    return NULL;
  }
  playground->heap = heap;
  playground_watch(playground);
  return playground;
}
