/* person.h - objects with a name and attributes: Person, Node, Phoenix.
 *
 *   heap:  | attributes | count | capacity, kind | name |
 *                |
 *   malloc:      `--> | "friend" -> | "boss" -> | ...   each a counted reference
 *
 * Made with traverse, clear, finalize and dealloc, so that the playground shows all of
 * a type's life. A Node has no finalizer; what a Phoenix's does is its watcher's
 * affair. The heap's own thread. */
#ifndef DAEMON_PERSON_H
#define DAEMON_PERSON_H

#include <ouro/ouro.h>

#include "life_watcher.h"
#include "repl_parse.h"

#define PERSON_MAX_ATTRIBUTES 100u
/* Phoenix('...') with every byte of the name escaped, and its NUL. */
#define PERSON_REPR_BYTES (REPL_NAME_BYTES * 4 + 13)

struct attribute {
  char name[REPL_NAME_BYTES];
  void *value; /* owned reference, or NULL: None */
};

struct person {
  struct attribute *attributes; /* owned, outside the heap; freed by dealloc */
  uint32_t count;
  uint16_t capacity;
  uint8_t kind;            /* enum repl_class */
  bool is_known_finalized; /* the playground's; false at birth */
  char name[];
};

/* "Person", "Node", "Phoenix". */
const char *person_type_name(enum repl_class kind);
/* Register a type. 0 or a negative OURO_E... */
int person_type_new(ouro_heap *heap, enum repl_class kind, const ouro_type **ret);
/* `type` is of `kind`. NULL when memory is short; else the caller owns one reference.
 */
struct person *person_new(ouro_heap *heap, const ouro_type *type, enum repl_class kind,
                          const char *name);
/* Person('John') as Python writes it. */
void person_repr(const struct person *person, char ret[PERSON_REPR_BYTES]);

/* NULL when there is none. Borrowed until the attributes change. */
struct attribute *person_attribute(struct person *person, const char *name);
/* The same, made with NULL when there is none. NULL when memory is short or
 * PERSON_MAX_ATTRIBUTES are there. */
struct attribute *person_attribute_make(struct person *person, const char *name);
void person_attribute_delete(ouro_heap *heap, struct person *person,
                             struct attribute *attribute);

/* Text in quotes as Python writes it; `size` of at least 4 bytes for each of `text`
 * and 3 more. */
void person_quote(const char *text, char *ret, size_t size);

#endif
