/* repl_scan.h - characters, names, numbers and paths of the playground's language:
 * what repl_values.c and repl_parse.c read with.
 *
 * A function that fails writes the error with the place of the first character that
 * cannot stand where it stands, answers -1, and everybody returns at once. */
#ifndef DAEMON_REPL_SCAN_H
#define DAEMON_REPL_SCAN_H

#include "repl_parse.h"

struct parser {
  const char *at;
  struct repl_place place;
  struct proto_error *error;
  struct repl_program *program;
  size_t statement_capacity, item_capacity;
};

int repl_fail_at(struct parser *parser, struct repl_place place, const char *reason);
int repl_fail(struct parser *parser, const char *reason);
/* The same for a bound of the language: PROTO_LIMIT. */
int repl_fail_limit(struct parser *parser, struct repl_place place, const char *reason);

void repl_advance(struct parser *parser);
/* Blanks and a comment; a statement ends with its line. */
void repl_skip_blanks(struct parser *parser);
/* Does this character stand next, behind blanks? */
bool repl_is_at(struct parser *parser, char wanted);
int repl_expect(struct parser *parser, char wanted, const char *reason);
/* Read this word if it stands here as a whole. */
bool repl_take_word(struct parser *parser, const char *word);
bool repl_is_digit(char c);

int repl_name(struct parser *parser, struct repl_name *ret, const char *reason);
/* A text in quotes. */
int repl_text(struct parser *parser, char ret[REPL_NAME_BYTES]);
/* A path, or the rest of one whose first name is read. */
int repl_path(struct parser *parser, struct repl_path *ret, const char *reason);
int repl_path_rest(struct parser *parser, struct repl_path *path);

/* In repl_values.c: a value or an answer, and what stands behind it (`is`). `ret` is
 * all zero. */
int repl_value(struct parser *parser, struct repl_value *ret);
/* Why a name cannot keep it, or NULL. */
const char *repl_why_not_kept(const struct repl_value *value);

#endif
