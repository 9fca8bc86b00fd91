/* repl_parse.h - the playground's language: text to a list of statements.
 *
 *   program    statement (newline | ";") statement ...
 *   statement  path = value | del path, path ... | path.append(value) | value | answer
 *              | import gc, sys, weakref | (nothing)
 *   value      Person('name') | Node('name') | Phoenix('name') | [value, value ...]
 *              | weakref.ref(path) | path() | path | None
 *   answer     gc.collect() | gc.collect(0..2) | gc.get_count() | len(path)
 *              | sys.getrefcount(path) | value is value | value is not value | help
 *   path       name | path . name | path [ number ]
 *
 * It reads like Python, and a comment begins with #. A pure function: no heap, memory
 * bounded by the text. A list's items and an appended value are values that stand in
 * the program's `items`; a list stands in no other list, so nothing goes deep. */
#ifndef DAEMON_REPL_PARSE_H
#define DAEMON_REPL_PARSE_H

#include "proto.h"

#define REPL_MAX_STATEMENTS 1000u
#define REPL_MAX_ITEMS      1000u /* of all lists of a program */
#define REPL_MAX_PATH       8u    /* names and indices in a path */
#define REPL_MAX_INDEX      9999u
#define REPL_NAME_BYTES     64 /* of a variable, an attribute or a person, with NUL */

/* Where something stands: 1-based, columns in characters. */
struct repl_place {
  int line, column;
};

/* A part of a path: a name, or an index of a list. */
struct repl_name {
  char text[REPL_NAME_BYTES]; /* of an index "" */
  bool is_index;              /* never the first */
  unsigned index;
  struct repl_place place;
};

struct repl_path {
  struct repl_name names[REPL_MAX_PATH];
  unsigned count;
};

/* The types that are called with a name. */
enum repl_class { REPL_PERSON, REPL_NODE, REPL_PHOENIX };
#define REPL_CLASSES 3u

enum repl_value_kind {
  REPL_NONE,
  REPL_PATH,
  REPL_OBJECT,  /* Person('name') ... */
  REPL_LIST,    /* items: what it begins with */
  REPL_WEAKREF, /* weakref.ref(path) */
  REPL_CALL,    /* path(): a weak reference's target */
  /* No values that a name could keep: */
  REPL_APPEND,   /* path: the list; one item */
  REPL_IDENTITY, /* two items */
  REPL_COLLECT,
  REPL_COUNT,    /* gc.get_count() */
  REPL_REFCOUNT, /* sys.getrefcount(path) */
  REPL_LENGTH,   /* len(path) */
  REPL_HELP
};

struct repl_value {
  enum repl_value_kind kind;
  struct repl_place place;
  struct repl_path path;         /* PATH, WEAKREF, CALL, APPEND, REFCOUNT, LENGTH */
  char name[REPL_NAME_BYTES];    /* OBJECT */
  enum repl_class class;         /* OBJECT */
  unsigned generation;           /* COLLECT */
  bool is_not;                   /* IDENTITY: `is not` */
  size_t first_item, item_count; /* LIST, APPEND, IDENTITY: in the program's items */
};

enum repl_statement_kind { REPL_ASSIGN, REPL_DELETE, REPL_EVALUATE };

struct repl_statement {
  enum repl_statement_kind kind;
  struct repl_path target; /* REPL_ASSIGN, REPL_DELETE */
  struct repl_value value; /* REPL_ASSIGN, REPL_EVALUATE */
};

struct repl_program {
  struct repl_statement *statements; /* owned */
  size_t count;
  struct repl_value *items; /* owned */
  size_t item_count;
};

/* 0 with `*ret` (repl_program_fini), or -1 with `*ret_error`: PROTO_SYNTAX with line,
 * column and a reason in one plain sentence, or PROTO_LIMIT. `code` is UTF-8. */
int repl_parse(const char *code, struct repl_program *ret,
               struct proto_error *ret_error);
void repl_program_fini(struct repl_program *program);

/* The language in a few lines, for whoever asks it with `help`. */
extern const char repl_help[];

#endif
