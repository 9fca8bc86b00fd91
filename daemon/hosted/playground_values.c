/* playground_values.c - values of the language: made, and put in words.
 *
 * A value is made with a reference of the caller's own, so that it lives while the
 * place it goes to is looked for. */
#include "playground_private.h"

#include <stdio.h>
#include <string.h>

#include "sampler.h"
#include "utf8.h"

/* --- what an object is --- */

bool is_person(const struct playground *playground, const void *object) {
  if (object == NULL)
    return false;
  const ouro_type *type = ouro_object_type(playground->heap, object);
  for (unsigned i = 0; i < REPL_CLASSES; i++)
    if (type == playground->classes[i])
      return true;
  return false;
}

bool is_list(const struct playground *playground, const void *object) {
  return object != NULL &&
         ouro_object_type(playground->heap, object) == playground->list_type;
}

bool is_weakref(const struct playground *playground, const void *object) {
  return object != NULL && playground->weakref_type != NULL &&
         ouro_object_type(playground->heap, object) == playground->weakref_type;
}

/* --- in words --- */

/* One item of a list; a list in it is not opened, for it may be the list itself. */
static void item_repr(const struct playground *playground, const void *object,
                      char ret[PERSON_REPR_BYTES + 16]) {
  if (is_person(playground, object)) {
    person_repr(object, ret);
  } else if (is_list(playground, object)) {
    strcpy(ret, ((const struct list *)object)->count == 0 ? "[]" : "[...]");
  } else if (is_weakref(playground, object)) {
    char target[PERSON_REPR_BYTES];
    const void *to = ouro_weakref_peek(object);
    if (to != NULL) {
      person_repr(to, target); /* nothing else can be referred to weakly */
      snprintf(ret, PERSON_REPR_BYTES + 16, "<weakref to %s>", target);
    } else {
      strcpy(ret, "<weakref; dead>");
    }
  } else {
    strcpy(ret, "None");
  }
}

static void list_repr(const struct playground *playground, const struct list *list,
                      char ret[OBJECT_REPR_BYTES]) {
  char item[PERSON_REPR_BYTES + 16];
  size_t at = 0;
  ret[at++] = '[';
  for (uint32_t i = 0; i < list->count; i++) {
    item_repr(playground, list->items[i], item);
    size_t length = strlen(item);
    if (at + length + 32 > OBJECT_REPR_BYTES) {
      at += (size_t)snprintf(ret + at, OBJECT_REPR_BYTES - at, ", and %u more",
                             (unsigned)(list->count - i));
      break;
    }
    if (i > 0) {
      memcpy(ret + at, ", ", 2);
      at += 2;
    }
    memcpy(ret + at, item, length);
    at += length;
  }
  ret[at++] = ']';
  ret[at] = '\0';
}

void object_repr(const struct playground *playground, const void *object,
                 char ret[OBJECT_REPR_BYTES]) {
  if (is_list(playground, object))
    list_repr(playground, object, ret);
  else
    item_repr(playground, object, ret);
}

void playground_text(const void *mutator, const void *object, char *ret, size_t size) {
  char text[OBJECT_REPR_BYTES];
  object_repr(mutator, object, text);
  proto_utf8_copy(ret, size, text, strlen(text));
}

void playground_field(const void *mutator, const void *object, ouro_field field,
                      char *ret, size_t size) {
  const struct playground *playground = mutator;
  if (is_person(playground, object)) {
    const struct person *person = object;
    if (field.at < person->count)
      proto_utf8_copy(ret, size, person->attributes[field.at].name,
                      strlen(person->attributes[field.at].name));
  } else if (is_list(playground, object)) {
    snprintf(ret, size, "[%zu]", field.at);
  }
}

/* --- values --- */

static int no_memory(const struct repl_value *value, struct proto_error *error) {
  return playground_fail(error, PROTO_LIMIT, value->place,
                         "the playground is out of memory");
}

/* Whether there may be one object more. */
static int make_room(struct playground *playground, const struct repl_value *value,
                     struct proto_error *error) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(playground->heap, &stats);
  if (stats.live_objects < PLAYGROUND_MAX_OBJECTS)
    return 0;
  return playground_fail(error, PROTO_LIMIT, value->place,
                         "the playground holds 10,000 objects, and that is its limit");
}

static int make_object(struct playground *playground, const struct repl_value *value,
                       void **ret, struct proto_error *error) {
  char text[PERSON_REPR_BYTES];
  if (make_room(playground, value, error) != 0)
    return -1;
  struct person *person = person_new(
      playground->heap, playground->classes[value->class], value->class, value->name);
  if (person == NULL)
    return no_memory(value, error);
  person_repr(person, text);
  text_list_add(&playground->created, text);
  *ret = person;
  return 0;
}

static int make_weakref(struct playground *playground, const struct repl_value *value,
                        void **ret, struct proto_error *error) {
  char reason[PROTO_REASON_BYTES];
  void *target = NULL;
  if (look_up(playground, &value->path, value->path.count, &target, error) != 0 ||
      make_room(playground, value, error) != 0)
    return -1;
  if (!is_person(playground, target)) {
    snprintf(reason, sizeof reason, "%s cannot be referred to weakly",
             target == NULL                ? "None"
             : is_list(playground, target) ? "a list"
                                           : "a weakref");
    return playground_fail(error, PROTO_NAME, value->place, reason);
  }
  /* Held meanwhile: making one may collect, and a finalizer may change any name. */
  ouro_incref(playground->heap, target);
  ouro_weakref *reference = ouro_weakref_new(playground->heap, target, NULL, NULL);
  ouro_decref(playground->heap, target);
  if (reference == NULL)
    return no_memory(value, error);
  playground->weakref_type = ouro_object_type(playground->heap, reference);
  *ret = reference;
  return 0;
}

/* Read through a weak reference. */
static int call_weakref(struct playground *playground, const struct repl_value *value,
                        void **ret, struct proto_error *error) {
  char text[OBJECT_REPR_BYTES], reason[PROTO_REASON_BYTES * 2];
  void *called = NULL;
  if (look_up(playground, &value->path, value->path.count, &called, error) != 0)
    return -1;
  if (is_weakref(playground, called)) {
    *ret = ouro_weakref_get(playground->heap, called);
    return 0;
  }
  object_repr(playground, called, text);
  snprintf(reason, sizeof reason, "%.150s cannot be called: it is no weak reference",
           text);
  return playground_fail(error, PROTO_NAME, value->place, reason);
}

static int make_simple(struct playground *playground, const struct repl_value *value,
                       void **ret, struct proto_error *error) {
  *ret = NULL;
  switch (value->kind) {
  case REPL_OBJECT: return make_object(playground, value, ret, error);
  case REPL_WEAKREF: return make_weakref(playground, value, ret, error);
  case REPL_CALL: return call_weakref(playground, value, ret, error);
  case REPL_PATH:
    if (look_up(playground, &value->path, value->path.count, ret, error) != 0)
      return -1;
    if (*ret != NULL)
      ouro_incref(playground->heap, *ret);
    return 0;
  default: return 0; /* None */
  }
}

/* As in Python: the items first, then the list. */
static int make_list(struct playground *playground, const struct repl_value *value,
                     const struct repl_value *items, void **ret,
                     struct proto_error *error) {
  void *made[LIST_MAX_ITEMS];
  size_t count = 0, kept = 0;
  struct list *list = NULL;
  int result = -1;
  if (value->item_count > LIST_MAX_ITEMS)
    return playground_fail(error, PROTO_LIMIT, value->place,
                           "a list has 100 items, and that is the limit");
  while (count < value->item_count) {
    if (make_simple(playground, &items[value->first_item + count], &made[count],
                    error) != 0)
      goto out;
    count++;
  }
  if (make_room(playground, value, error) != 0)
    goto out;
  list = list_new(playground->heap, playground->list_type);
  while (list != NULL && kept < count && list_append(list, made[kept]))
    kept++;
  if (list == NULL || kept < count) {
    no_memory(value, error);
    goto out;
  }
  text_list_add(&playground->created, "list");
  *ret = list;
  result = 0;
out:
  for (size_t i = kept; i < count; i++)
    ouro_decref_maybe(playground->heap, made[i]);
  if (result != 0)
    ouro_decref_maybe(playground->heap, list);
  return result;
}

int make_value(struct playground *playground, const struct repl_value *value,
               const struct repl_value *items, void **ret, struct proto_error *error) {
  *ret = NULL;
  return value->kind == REPL_LIST ? make_list(playground, value, items, ret, error)
                                  : make_simple(playground, value, ret, error);
}
