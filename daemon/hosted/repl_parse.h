/* repl_parse.h - the playground's language: text to a list of statements.
 *
 *   program    statement (newline | ";") statement ...
 *   statement  path = value | del path, path ... | value | import gc | (nothing)
 *   value      Person('name') | path | None | gc.collect() | gc.collect(0..2)
 *   path       name | path . name
 *
 * It reads like Python, and a comment begins with #. A pure function: no heap, no
 * recursion, memory bounded by the text. */
#ifndef DAEMON_REPL_PARSE_H
#define DAEMON_REPL_PARSE_H

#include "proto.h"

#define REPL_MAX_STATEMENTS 1000u
#define REPL_MAX_PATH       8u /* names in a path */
#define REPL_NAME_BYTES     64 /* of a variable, an attribute or a person, with NUL */

/* Where something stands: 1-based, columns in characters. */
struct repl_place {
  int line, column;
};

struct repl_name {
  char text[REPL_NAME_BYTES];
  struct repl_place place;
};

struct repl_path {
  struct repl_name names[REPL_MAX_PATH];
  unsigned count;
};

enum repl_value_kind { REPL_NONE, REPL_PATH, REPL_PERSON, REPL_COLLECT };

struct repl_value {
  enum repl_value_kind kind;
  struct repl_place place;
  struct repl_path path;      /* REPL_PATH */
  char name[REPL_NAME_BYTES]; /* REPL_PERSON */
  unsigned generation;        /* REPL_COLLECT */
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
};

/* 0 with `*ret` (repl_program_fini), or -1 with `*ret_error`: PROTO_SYNTAX with line,
 * column and a reason in one plain sentence, or PROTO_LIMIT. `code` is UTF-8. */
int repl_parse(const char *code, struct repl_program *ret,
               struct proto_error *ret_error);
void repl_program_fini(struct repl_program *program);

#endif
