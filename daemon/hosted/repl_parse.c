/* repl_parse.c - a hand-written parser that looks one character ahead.
 *
 *   john.friend = mary ; del john
 *   ^ cursor: at, line, column
 *
 * A function that fails writes the error with the place of the first character that
 * cannot stand where it stands, and everybody returns at once. Statements are parsed
 * all before the first is carried out, as Python does with what is typed at once. */
#include "repl_parse.h"

#include <stdlib.h>
#include <string.h>

struct parser {
  const char *at;
  struct repl_place place;
  struct proto_error *error;
  struct repl_program *program;
  size_t capacity;
};

/* --- characters --- */

static void advance(struct parser *parser) {
  if (*parser->at++ == '\n') {
    parser->place.line++;
    parser->place.column = 1;
  } else if (((unsigned char)*parser->at & 0xc0u) != 0x80u) {
    parser->place.column++; /* bytes 10xxxxxx go on with a character of UTF-8 */
  }
}

/* Blanks and a comment; a statement ends with its line. */
static void skip_blanks(struct parser *parser) {
  while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\r')
    advance(parser);
  if (*parser->at == '#')
    while (*parser->at != '\0' && *parser->at != '\n')
      advance(parser);
}

static int fail_at(struct parser *parser, struct repl_place place, const char *reason) {
  struct proto_error *error = parser->error;
  proto_error_set(error, PROTO_SYNTAX, "line %d, column %d: %s", place.line,
                  place.column, reason);
  error->line = place.line;
  error->column = place.column;
  strncpy(error->reason, reason, sizeof error->reason - 1);
  return -1;
}

static int fail(struct parser *parser, const char *reason) {
  return fail_at(parser, parser->place, reason);
}

static bool is_at(struct parser *parser, char wanted) {
  skip_blanks(parser);
  return *parser->at == wanted;
}

static int expect(struct parser *parser, char wanted, const char *reason) {
  if (!is_at(parser, wanted))
    return fail(parser, reason);
  advance(parser);
  return 0;
}

/* --- names and paths --- */

static bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static int parse_name(struct parser *parser, struct repl_name *ret,
                      const char *reason) {
  size_t length = 0;
  skip_blanks(parser);
  ret->place = parser->place;
  if (!is_name_start(*parser->at))
    return fail(parser, reason);
  while (is_name_start(*parser->at) || is_digit(*parser->at)) {
    if (length == REPL_NAME_BYTES - 1)
      return fail_at(parser, ret->place, "a name has at most 63 characters");
    ret->text[length++] = *parser->at;
    advance(parser);
  }
  ret->text[length] = '\0';
  return 0;
}

static bool is_reserved(const char *name) {
  static const char *const words[] = {
      "False",  "None", "Person", "True", "and",    "as",  "class",  "def",  "del",
      "elif",   "else", "for",    "from", "gc",     "if",  "import", "in",   "is",
      "lambda", "not",  "or",     "pass", "return", "try", "while",  "with", "yield"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(words[i], name) == 0)
      return true;
  return false;
}

/* The rest of a path whose first name is read. */
static int parse_path_rest(struct parser *parser, struct repl_path *path) {
  if (is_reserved(path->names[0].text))
    return fail_at(parser, path->names[0].place,
                   "this word means something else and cannot be a name");
  path->count = 1;
  while (is_at(parser, '.')) {
    if (path->count == REPL_MAX_PATH)
      return fail(parser, "a path has at most 8 names");
    advance(parser);
    if (parse_name(parser, &path->names[path->count],
                   "expected an attribute's name after '.'") != 0)
      return -1;
    path->count++;
  }
  return 0;
}

/* --- values --- */

/* What stands behind a backslash; '\0' for what means nothing. */
static char escaped(char c) {
  switch (c) {
  case 'n': return '\n';
  case 't': return '\t';
  case 'r': return '\r';
  case '\\':
  case '\'':
  case '"': return c;
  default: return '\0';
  }
}

static int parse_text(struct parser *parser, char ret[REPL_NAME_BYTES]) {
  size_t length = 0;
  skip_blanks(parser);
  struct repl_place start = parser->place;
  char quote = *parser->at;
  if (quote != '\'' && quote != '"')
    return fail(parser, "expected a name in quotes, such as 'John'");
  advance(parser);
  while (*parser->at != quote) {
    char c = *parser->at;
    if (c == '\0' || c == '\n')
      return fail_at(parser, start, "the name in quotes does not end on its line");
    if (c == '\\') {
      c = escaped(parser->at[1]);
      if (c == '\0')
        return fail(parser,
                    "after a backslash only n, t, r, a quote or a backslash is known");
      advance(parser);
    }
    if (length == REPL_NAME_BYTES - 1)
      return fail_at(parser, start, "the name in quotes has more than 63 bytes");
    ret[length++] = c;
    advance(parser);
  }
  ret[length] = '\0';
  advance(parser);
  return 0;
}

static int parse_person(struct parser *parser, struct repl_value *ret) {
  ret->kind = REPL_PERSON;
  if (expect(parser, '(', "expected '(' after Person") != 0 ||
      parse_text(parser, ret->name) != 0)
    return -1;
  return expect(parser, ')', "expected ')' after the name");
}

static int parse_collect(struct parser *parser, struct repl_value *ret) {
  struct repl_name method;
  ret->kind = REPL_COLLECT;
  ret->generation = 2;
  if (expect(parser, '.', "expected '.collect()' after gc") != 0 ||
      parse_name(parser, &method, "expected 'collect' after 'gc.'") != 0)
    return -1;
  if (strcmp(method.text, "collect") != 0)
    return fail_at(parser, method.place, "of gc only gc.collect() is known here");
  if (expect(parser, '(', "expected '(' after gc.collect") != 0)
    return -1;
  skip_blanks(parser);
  if (*parser->at != ')') {
    if (*parser->at < '0' || *parser->at > '2' || is_digit(parser->at[1]))
      return fail(parser, "expected a generation of 0, 1 or 2, or ')'");
    ret->generation = (unsigned)(*parser->at - '0');
    advance(parser);
  }
  return expect(parser, ')', "expected ')' after the generation");
}

static int parse_value(struct parser *parser, struct repl_value *ret) {
  skip_blanks(parser);
  ret->place = parser->place;
  if (*parser->at == '\'' || *parser->at == '"')
    return fail(parser, "a text alone is no value here; write Person('name')");
  if (is_digit(*parser->at))
    return fail(parser, "a number is no value here");
  struct repl_name *first = &ret->path.names[0];
  if (parse_name(parser, first,
                 "expected a name, Person('...'), None or gc.collect()") != 0)
    return -1;
  if (strcmp(first->text, "None") == 0) {
    ret->kind = REPL_NONE;
    return 0;
  }
  if (strcmp(first->text, "Person") == 0)
    return parse_person(parser, ret);
  if (strcmp(first->text, "gc") == 0)
    return parse_collect(parser, ret);
  ret->kind = REPL_PATH;
  if (parse_path_rest(parser, &ret->path) != 0)
    return -1;
  if (is_at(parser, '('))
    return fail(parser, "only Person('...') and gc.collect() can be called here");
  return 0;
}

/* --- statements --- */

/* A place for one statement more, all zero; NULL with an error. */
static struct repl_statement *add_statement(struct parser *parser) {
  struct repl_program *program = parser->program;
  if (program->count == REPL_MAX_STATEMENTS) {
    fail(parser, "too many statements at once");
    parser->error->code = PROTO_LIMIT;
    return NULL;
  }
  if (program->count == parser->capacity) {
    size_t capacity = parser->capacity == 0 ? 4 : parser->capacity * 2;
    struct repl_statement *grown =
        realloc(program->statements, capacity * sizeof *grown);
    if (grown == NULL) {
      proto_error_set(parser->error, PROTO_LIMIT, "out of memory");
      return NULL;
    }
    program->statements = grown;
    parser->capacity = capacity;
  }
  struct repl_statement *statement = &program->statements[program->count++];
  memset(statement, 0, sizeof *statement);
  return statement;
}

static int parse_delete(struct parser *parser) {
  for (;;) {
    struct repl_statement *statement = add_statement(parser);
    if (statement == NULL)
      return -1;
    statement->kind = REPL_DELETE;
    struct repl_name *first = &statement->target.names[0];
    if (parse_name(parser, first, "expected a name to delete") != 0 ||
        parse_path_rest(parser, &statement->target) != 0)
      return -1;
    if (!is_at(parser, ','))
      return 0;
    advance(parser);
  }
}

static int parse_import(struct parser *parser) {
  struct repl_name module;
  if (parse_name(parser, &module, "expected 'gc' after import") != 0)
    return -1;
  if (strcmp(module.text, "gc") != 0)
    return fail_at(parser, module.place, "only gc can be imported, and it is there");
  return 0;
}

static int parse_assignment(struct parser *parser, struct repl_statement *statement) {
  if (statement->value.kind != REPL_PATH)
    return fail_at(parser, statement->value.place,
                   "only a name or an attribute can stand before '='");
  advance(parser);
  if (*parser->at == '=')
    return fail(parser, "values cannot be compared here");
  statement->kind = REPL_ASSIGN;
  statement->target = statement->value.path;
  if (parse_value(parser, &statement->value) != 0)
    return -1;
  if (statement->value.kind == REPL_COLLECT)
    return fail_at(parser, statement->value.place,
                   "a name can keep a Person or None, not the number that gc.collect() "
                   "answers");
  return 0;
}

/* Does this word stand here, as a whole? */
static bool is_word(const struct parser *parser, const char *word) {
  size_t length = strlen(word);
  char after = strncmp(parser->at, word, length) == 0 ? parser->at[length] : 'x';
  return !is_name_start(after) && !is_digit(after);
}

static void skip_word(struct parser *parser, const char *word) {
  for (; *word != '\0'; word++)
    advance(parser);
}

static int parse_statement(struct parser *parser) {
  if (is_word(parser, "del")) {
    skip_word(parser, "del");
    return parse_delete(parser);
  }
  if (is_word(parser, "import")) {
    skip_word(parser, "import");
    return parse_import(parser);
  }
  struct repl_statement *statement = add_statement(parser);
  if (statement == NULL)
    return -1;
  statement->kind = REPL_EVALUATE;
  if (parse_value(parser, &statement->value) != 0)
    return -1;
  return is_at(parser, '=') ? parse_assignment(parser, statement) : 0;
}

static int parse_program(struct parser *parser) {
  for (;;) {
    skip_blanks(parser);
    if (*parser->at == '\0')
      return 0;
    if (*parser->at != '\n' && *parser->at != ';' && parse_statement(parser) != 0)
      return -1;
    skip_blanks(parser);
    if (*parser->at == '\n' || *parser->at == ';')
      advance(parser);
    else if (*parser->at != '\0')
      return fail(parser, "expected the end of the statement");
  }
}

int repl_parse(const char *code, struct repl_program *ret,
               struct proto_error *ret_error) {
  struct parser parser = {
      .at = code, .place = {1, 1}, .error = ret_error, .program = ret};
  *ret = (struct repl_program){.count = 0};
  *ret_error = (struct proto_error){.retry_after_ms = -1};
  if (parse_program(&parser) == 0)
    return 0;
  repl_program_fini(ret);
  return -1;
}

void repl_program_fini(struct repl_program *program) {
  free(program->statements);
  *program = (struct repl_program){.count = 0};
}
