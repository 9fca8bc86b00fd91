/* repl_parse.c - statements: a hand-written parser that looks one character ahead.
 *
 *   john.friend = mary ; del john
 *   `--- statement ----' `- statement, its path
 *
 * All are parsed before the first is carried out, as Python does with what is typed at
 * once. */
#include "repl_parse.h"

#include <stdlib.h>
#include <string.h>

#include "repl_scan.h"

const char repl_help[] =
    "x = Person('n')      an object with a name; also Node('n'), without a finalizer,\n"
    "x = Phoenix('n')     whose finalizer saves it once, under the name saved\n"
    "x.friend = y         an attribute refers to y; None refers to nothing\n"
    "x.items = [y, z]     a list; x.items.append(y), x.items[0], del x.items[0]\n"
    "w = weakref.ref(x)   a weak reference; w() gives x, or None when x is gone\n"
    "del x, y.friend      a name or an attribute goes\n"
    "x is y, x is None    the same object? also: is not\n"
    "gc.collect(2)        a collection of this generation and the younger ones\n"
    "gc.get_count()       the counts of the three generations\n"
    "sys.getrefcount(x)   references to x, with the one that this call holds\n"
    "len(x)               items of a list";

/* A place for one statement more, all zero; NULL with an error. */
static struct repl_statement *add_statement(struct parser *parser) {
  struct repl_program *program = parser->program;
  if (program->count == REPL_MAX_STATEMENTS) {
    repl_fail_limit(parser, parser->place, "too many statements at once");
    return NULL;
  }
  if (program->count == parser->statement_capacity) {
    size_t capacity =
        parser->statement_capacity == 0 ? 4 : parser->statement_capacity * 2;
    struct repl_statement *grown =
        realloc(program->statements, capacity * sizeof *grown);
    if (grown == NULL) {
      repl_fail_limit(parser, parser->place, "out of memory");
      return NULL;
    }
    program->statements = grown;
    parser->statement_capacity = capacity;
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
    if (repl_path(parser, &statement->target, "expected a name to delete") != 0)
      return -1;
    if (!repl_is_at(parser, ','))
      return 0;
    repl_advance(parser);
  }
}

static int parse_import(struct parser *parser) {
  do {
    struct repl_name module;
    if (repl_name(parser, &module, "expected 'gc' after import") != 0)
      return -1;
    if (strcmp(module.text, "gc") != 0 && strcmp(module.text, "sys") != 0 &&
        strcmp(module.text, "weakref") != 0)
      return repl_fail_at(
          parser, module.place,
          "only gc, sys and weakref can be imported, and they are there");
    if (!repl_is_at(parser, ','))
      return 0;
    repl_advance(parser);
  } while (true);
}

static int parse_assignment(struct parser *parser, struct repl_statement *statement) {
  if (statement->value.kind != REPL_PATH)
    return repl_fail_at(parser, statement->value.place,
                        "only a name or an attribute can stand before '='");
  repl_advance(parser);
  if (*parser->at == '=')
    return repl_fail(parser, "values cannot be compared here, except by `is`");
  statement->kind = REPL_ASSIGN;
  statement->target = statement->value.path;
  memset(&statement->value, 0, sizeof statement->value);
  if (repl_value(parser, &statement->value) != 0)
    return -1;
  const char *reason = repl_why_not_kept(&statement->value);
  return reason == NULL ? 0 : repl_fail_at(parser, statement->value.place, reason);
}

static int parse_statement(struct parser *parser) {
  if (repl_take_word(parser, "del"))
    return parse_delete(parser);
  if (repl_take_word(parser, "import"))
    return parse_import(parser);
  struct repl_statement *statement = add_statement(parser);
  if (statement == NULL)
    return -1;
  statement->kind = REPL_EVALUATE;
  if (repl_value(parser, &statement->value) != 0)
    return -1;
  return repl_is_at(parser, '=') ? parse_assignment(parser, statement) : 0;
}

static int parse_program(struct parser *parser) {
  for (;;) {
    repl_skip_blanks(parser);
    if (*parser->at == '\0')
      return 0;
    if (*parser->at != '\n' && *parser->at != ';' && parse_statement(parser) != 0)
      return -1;
    repl_skip_blanks(parser);
    if (*parser->at == '\n' || *parser->at == ';')
      repl_advance(parser);
    else if (*parser->at != '\0')
      return repl_fail(parser, "expected the end of the statement");
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
  free(program->items);
  *program = (struct repl_program){.count = 0};
}
