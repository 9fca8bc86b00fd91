/* person.c - types with every callback that a type can have.
 *
 *   traverse   reports each attribute's value         (cycles are found through it)
 *   clear      lets all values go                     (breaks the cycle)
 *   finalize   tells the watcher, who may save it     (Python's __del__)
 *   dealloc    tells the watcher: destroyed; frees the array outside the heap */
#include "person.h"

#include <stdio.h>
#include <stdlib.h>

static void traverse(const void *object, ouro_visit *visit, void *argument) {
  const struct person *person = object;
  for (uint32_t i = 0; i < person->count; i++)
    visit(person->attributes[i].value, argument);
}

static void clear(ouro_heap *heap, void *object) {
  struct person *person = object;
  for (uint32_t i = 0; i < person->count; i++)
    ouro_clear(heap, &person->attributes[i].value);
}

static void finalize(ouro_heap *heap, void *object) {
  const struct life_watcher *watcher = ouro_heap_user(heap);
  if (watcher != NULL)
    watcher->finalized(watcher->context, object);
}

static void dealloc(ouro_heap *heap, void *object) {
  const struct life_watcher *watcher = ouro_heap_user(heap);
  struct person *person = object;
  char text[PERSON_REPR_BYTES];
  if (watcher != NULL) {
    person_repr(person, text);
    watcher->destroyed(watcher->context, text);
  }
  free(person->attributes);
}

const char *person_type_name(enum repl_class kind) {
  static const char *const names[] = {
      [REPL_PERSON] = "Person", [REPL_NODE] = "Node", [REPL_PHOENIX] = "Phoenix"};
  return names[kind];
}

int person_type_new(ouro_heap *heap, enum repl_class kind, const ouro_type **ret) {
  const ouro_type_info info = {.name = person_type_name(kind),
                               .size = sizeof(struct person),
                               .traverse = traverse,
                               .clear = clear,
                               .finalize = kind == REPL_NODE ? NULL : finalize,
                               .dealloc = dealloc};
  return ouro_type_new(heap, &info, ret);
}

struct person *person_new(ouro_heap *heap, const ouro_type *type, enum repl_class kind,
                          const char *name) {
  struct person *person = ouro_new_tail(heap, type, strlen(name) + 1);
  if (person == NULL)
    return NULL;
  person->kind = (uint8_t)kind;
  memcpy(person->name, name, strlen(name) + 1);
  return person;
}

/* --- as text --- */

void person_quote(const char *text, char *ret, size_t size) {
  /* As Python: in '...', unless that needs an escape and "..." does not. */
  char quote = strchr(text, '\'') != NULL && strchr(text, '"') == NULL ? '"' : '\'';
  size_t at = 0;
  ret[at++] = quote;
  for (; *text != '\0' && at + 6 < size; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '\n' || c == '\t' || c == '\r') {
      ret[at++] = '\\';
      ret[at++] = c == '\n' ? 'n' : c == '\t' ? 't' : 'r';
    } else if (c < 0x20 || c == 0x7f) {
      at += (size_t)snprintf(ret + at, size - at, "\\x%02x", c);
    } else {
      if (*text == quote || c == '\\')
        ret[at++] = '\\';
      ret[at++] = *text;
    }
  }
  ret[at++] = quote;
  ret[at] = '\0';
}

void person_repr(const struct person *person, char ret[PERSON_REPR_BYTES]) {
  size_t length = (size_t)snprintf(ret, PERSON_REPR_BYTES, "%s(",
                                   person_type_name((enum repl_class)person->kind));
  person_quote(person->name, ret + length, PERSON_REPR_BYTES - length - 1);
  strcat(ret, ")");
}

/* --- attributes --- */

struct attribute *person_attribute(struct person *person, const char *name) {
  for (uint32_t i = 0; i < person->count; i++)
    if (strcmp(person->attributes[i].name, name) == 0)
      return &person->attributes[i];
  return NULL;
}

struct attribute *person_attribute_make(struct person *person, const char *name) {
  struct attribute *attribute = person_attribute(person, name);
  if (attribute != NULL)
    return attribute;
  if (person->count == PERSON_MAX_ATTRIBUTES)
    return NULL;
  if (person->count == person->capacity) {
    uint16_t capacity = (uint16_t)(person->capacity == 0 ? 2 : person->capacity * 2);
    struct attribute *grown =
        realloc(person->attributes, capacity * sizeof *person->attributes);
    if (grown == NULL)
      return NULL;
    person->attributes = grown;
    person->capacity = capacity;
  }
  attribute = &person->attributes[person->count++];
  snprintf(attribute->name, sizeof attribute->name, "%s", name);
  attribute->value = NULL;
  return attribute;
}

void person_attribute_delete(ouro_heap *heap, struct person *person,
                             struct attribute *attribute) {
  void *value = attribute->value;
  size_t behind = (size_t)(&person->attributes[person->count] - (attribute + 1));
  memmove(attribute, attribute + 1, behind * sizeof *attribute);
  person->count--;
  /* Last: what dies now may be looked at, and must find the attribute gone. */
  ouro_decref_maybe(heap, value);
}
