/* fuzz_repl.c - any text to the playground's parser.
 *
 * What must hold for every text: an error has a place inside it and a reason; a
 * program's names are never empty and end; paths are within their bounds. */
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
  for (unsigned i = 0; i < path->count; i++) {
    REQUIRE(memchr(path->names[i].text, '\0', REPL_NAME_BYTES) != NULL);
    REQUIRE(path->names[i].text[0] != '\0');
    REQUIRE(path->names[i].place.line >= 1 && path->names[i].place.column >= 1);
  }
}

static void check_statement(const struct repl_statement *statement) {
  if (statement->kind != REPL_EVALUATE)
    check_path(&statement->target);
  if (statement->kind == REPL_DELETE)
    return;
  switch (statement->value.kind) {
  case REPL_PATH: check_path(&statement->value.path); break;
  case REPL_PERSON:
    REQUIRE(memchr(statement->value.name, '\0', REPL_NAME_BYTES) != NULL);
    break;
  case REPL_COLLECT:
    REQUIRE(statement->kind == REPL_EVALUATE);
    REQUIRE(statement->value.generation <= 2);
    break;
  case REPL_NONE: break;
  }
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
    for (size_t i = 0; i < program.count; i++)
      check_statement(&program.statements[i]);
    repl_program_fini(&program);
  } else {
    REQUIRE(error.code == PROTO_SYNTAX || error.code == PROTO_LIMIT);
    REQUIRE(error.reason[0] != '\0');
    REQUIRE(error.line >= 1 && error.line <= lines);
    REQUIRE(error.column >= 1 && (size_t)error.column <= size + 1);
    REQUIRE(program.statements == NULL);
  }
  free(code);
  return 0;
}
