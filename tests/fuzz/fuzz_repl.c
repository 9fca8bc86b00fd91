/* fuzz_repl.c - any text to the playground's parser.
 *
 * What must hold for every text: an error has a place inside it and a reason; a
 * program's names are never empty and end; paths and items are within their bounds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repl_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                             \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      fprintf(stderr, "does not hold: %s\n", #condition);                              \
      abort();                                                                         \
    }                                                                                  \
  } while (0)

static void check_path(const struct repl_path *path) {
  REQUIRE(path->count >= 1 && path->count <= REPL_MAX_PATH);
  REQUIRE(!path->names[0].is_index);
  for (unsigned i = 0; i < path->count; i++) {
    REQUIRE(memchr(path->names[i].text, '\0', REPL_NAME_BYTES) != NULL);
    REQUIRE(path->names[i].is_index == (path->names[i].text[0] == '\0'));
    REQUIRE(path->names[i].index <= REPL_MAX_INDEX);
    REQUIRE(path->names[i].place.line >= 1 && path->names[i].place.column >= 1);
  }
}

/* Values within values are looked at as deep as they may be. */
static void check_value(const struct repl_program *program,
                        const struct repl_value *value, bool is_kept, int depth) {
  REQUIRE(depth <= 2);
  REQUIRE(value->first_item + value->item_count <= program->item_count);
  for (size_t i = 0; i < value->item_count; i++)
    check_value(program, &program->items[value->first_item + i], true, depth + 1);
  switch (value->kind) {
  case REPL_NONE: break;
  case REPL_OBJECT:
    REQUIRE(memchr(value->name, '\0', REPL_NAME_BYTES) != NULL);
    REQUIRE((unsigned)value->class < REPL_CLASSES);
    break;
  case REPL_LIST: REQUIRE(depth < 2); break;
  case REPL_PATH:
  case REPL_WEAKREF:
  case REPL_CALL: check_path(&value->path); break;
  case REPL_APPEND:
    check_path(&value->path);
    REQUIRE(value->item_count == 1 && !is_kept);
    break;
  case REPL_IDENTITY: REQUIRE(value->item_count == 2 && !is_kept); break;
  case REPL_REFCOUNT:
  case REPL_LENGTH:
    check_path(&value->path);
    REQUIRE(!is_kept);
    break;
  case REPL_COLLECT: REQUIRE(!is_kept && value->generation <= 2); break;
  case REPL_COUNT:
  case REPL_HELP: REQUIRE(!is_kept); break;
  }
}

static void check_statement(const struct repl_program *program,
                            const struct repl_statement *statement) {
  if (statement->kind != REPL_EVALUATE)
    check_path(&statement->target);
  if (statement->kind != REPL_DELETE)
    check_value(program, &statement->value, statement->kind == REPL_ASSIGN, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct repl_program program;
  struct proto_error error;
  char *code = malloc(size + 1);
  int lines = 1;
  REQUIRE(code != NULL);
  if (size > 0)
    memcpy(code, data, size);
  code[size] = '\0';
  for (const char *at = code; *at != '\0'; at++)
    lines += *at == '\n';
  if (repl_parse(code, &program, &error) == 0) {
    REQUIRE(program.count <= REPL_MAX_STATEMENTS);
    REQUIRE(program.item_count <= REPL_MAX_ITEMS);
    for (size_t i = 0; i < program.count; i++)
      check_statement(&program, &program.statements[i]);
    repl_program_fini(&program);
  } else {
    REQUIRE(error.code == PROTO_SYNTAX || error.code == PROTO_LIMIT);
    REQUIRE(error.reason[0] != '\0');
    REQUIRE(error.line >= 1 && error.line <= lines);
    REQUIRE(error.column >= 1 && (size_t)error.column <= size + 1);
    REQUIRE(program.statements == NULL && program.items == NULL);
  }
  free(code);
  return 0;
}
