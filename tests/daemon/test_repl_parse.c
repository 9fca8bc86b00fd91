/* test_repl_parse.c - the playground's language, and where it says no. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "repl_parse.h"

static struct repl_program parsed(const char *code) {
  struct repl_program program;
  struct proto_error error;
  if (repl_parse(code, &program, &error) != 0)
    fail_msg("%s: %s", code, error.message);
  return program;
}

static void refused(const char *code, int line, int column, const char *reason) {
  struct repl_program program;
  struct proto_error error;
  assert_int_equal(repl_parse(code, &program, &error), -1);
  assert_int_equal(error.code, PROTO_SYNTAX);
  assert_string_equal(error.reason, reason);
  assert_int_equal(error.line, line);
  assert_int_equal(error.column, column);
  assert_null(program.statements);
}

static void person_is_assigned_to_a_name(void **state) {
  (void)state;
  struct repl_program program = parsed("john = Person('John')");
  assert_int_equal(program.count, 1);
  const struct repl_statement *statement = &program.statements[0];
  assert_int_equal(statement->kind, REPL_ASSIGN);
  assert_int_equal(statement->target.count, 1);
  assert_string_equal(statement->target.names[0].text, "john");
  assert_int_equal(statement->value.kind, REPL_PERSON);
  assert_string_equal(statement->value.name, "John");
  repl_program_fini(&program);
}

static void statements_stand_on_lines_or_between_semicolons(void **state) {
  (void)state;
  struct repl_program program =
      parsed("# John and Mary\nimport gc\n\n a = b ; a.friend = c.d.e # dear\r\n"
             ";; del a, b.x\ngc.collect( ) ; gc.collect(1)\na.friend\nNone");
  assert_int_equal(program.count, 8);
  assert_int_equal(program.statements[0].kind, REPL_ASSIGN);
  assert_int_equal(program.statements[1].target.count, 2);
  assert_string_equal(program.statements[1].target.names[1].text, "friend");
  assert_int_equal(program.statements[1].value.path.count, 3);
  assert_int_equal(program.statements[2].kind, REPL_DELETE);
  assert_int_equal(program.statements[3].target.count, 2);
  assert_int_equal(program.statements[4].value.generation, 2);
  assert_int_equal(program.statements[5].value.generation, 1);
  assert_int_equal(program.statements[6].kind, REPL_EVALUATE);
  assert_int_equal(program.statements[7].value.kind, REPL_NONE);
  repl_program_fini(&program);
}

static void quotes_and_escapes_are_as_in_python(void **state) {
  (void)state;
  struct repl_program program =
      parsed("Person('O\\'Hara')\nPerson(\"a'b\")\nPerson('x\\n\\\\')\nPerson('')");
  assert_string_equal(program.statements[0].value.name, "O'Hara");
  assert_string_equal(program.statements[1].value.name, "a'b");
  assert_string_equal(program.statements[2].value.name, "x\n\\");
  assert_string_equal(program.statements[3].value.name, "");
  repl_program_fini(&program);
}

static void errors_name_line_and_column(void **state) {
  (void)state;
  refused("john = Person('John'", 1, 21, "expected ')' after the name");
  refused("john = Person(John)", 1, 15, "expected a name in quotes, such as 'John'");
  refused("john = Person 'John'", 1, 15, "expected '(' after Person");
  refused("a = b\nb =", 2, 4, "expected a name, Person('...'), None or gc.collect()");
  refused("a = 'x'", 1, 5, "a text alone is no value here; write Person('name')");
  refused("a = 3", 1, 5, "a number is no value here");
  refused("a = Person('x", 1, 12, "the name in quotes does not end on its line");
  refused("a = Person('x\n')", 1, 12, "the name in quotes does not end on its line");
  refused("a = Person('\\q')", 1, 13,
          "after a backslash only n, t, r, a quote or a backslash is known");
  refused("gc.collect(3)", 1, 12, "expected a generation of 0, 1 or 2, or ')'");
  refused("gc.collect(-1)", 1, 12, "expected a generation of 0, 1 or 2, or ')'");
  refused("gc.collect(11)", 1, 12, "expected a generation of 0, 1 or 2, or ')'");
  refused("gc.freeze()", 1, 4, "of gc only gc.collect() is known here");
  refused("n = gc.collect()", 1, 5,
          "a name can keep a Person or None, not the number that gc.collect() answers");
  refused("print(john)", 1, 6,
          "only Person('...') and gc.collect() can be called here");
  refused("a b", 1, 3, "expected the end of the statement");
  refused("del", 1, 4, "expected a name to delete");
  refused("del ,a", 1, 5, "expected a name to delete");
  refused("del,a", 1, 4, "expected a name to delete");
  refused("del a.", 1, 7, "expected an attribute's name after '.'");
  refused("None = a", 1, 1, "only a name or an attribute can stand before '='");
  refused("gc = a", 1, 4, "expected '.collect()' after gc");
  refused("class = a", 1, 1, "this word means something else and cannot be a name");
  refused("a == b", 1, 4, "values cannot be compared here");
  refused("import os", 1, 8, "only gc can be imported, and it is there");
  refused("a.b.c.d.e.f.g.h.i", 1, 16, "a path has at most 8 names");
}

static void columns_count_characters_not_bytes(void **state) {
  (void)state;
  refused("a = Person('\xc3\xa9\xe6\xbc\xa2') b", 1, 18,
          "expected the end of the statement");
  refused("\xc3\xa9 = a", 1, 1, "expected a name, Person('...'), None or gc.collect()");
}

static void names_have_a_longest_length(void **state) {
  (void)state;
  char code[256];
  memset(code, 'a', 64);
  strcpy(code + 64, " = b");
  refused(code, 1, 1, "a name has at most 63 characters");
  strcpy(code + 63, " = b");
  struct repl_program program = parsed(code);
  assert_int_equal(strlen(program.statements[0].target.names[0].text), 63);
  repl_program_fini(&program);
  strcpy(code, "Person('");
  memset(code + 8, 'x', 64);
  strcpy(code + 72, "')");
  refused(code, 1, 8, "the name in quotes has more than 63 bytes");
}

static void too_many_statements_are_refused(void **state) {
  (void)state;
  struct repl_program program;
  struct proto_error error;
  char *code = calloc(REPL_MAX_STATEMENTS + 2, 2);
  assert_non_null(code);
  for (unsigned i = 0; i < REPL_MAX_STATEMENTS; i++)
    strcpy(code + 2 * i, "a;");
  program = parsed(code);
  assert_int_equal(program.count, REPL_MAX_STATEMENTS);
  repl_program_fini(&program);
  strcat(code, "a");
  assert_int_equal(repl_parse(code, &program, &error), -1);
  assert_int_equal(error.code, PROTO_LIMIT);
  free(code);
}

static void empty_text_is_an_empty_program(void **state) {
  (void)state;
  struct repl_program program = parsed("");
  assert_int_equal(program.count, 0);
  repl_program_fini(&program);
  program = parsed(" \n;\t; # nothing\n");
  assert_int_equal(program.count, 0);
  repl_program_fini(&program);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(person_is_assigned_to_a_name),
      cmocka_unit_test(statements_stand_on_lines_or_between_semicolons),
      cmocka_unit_test(quotes_and_escapes_are_as_in_python),
      cmocka_unit_test(errors_name_line_and_column),
      cmocka_unit_test(columns_count_characters_not_bytes),
      cmocka_unit_test(names_have_a_longest_length),
      cmocka_unit_test(too_many_statements_are_refused),
      cmocka_unit_test(empty_text_is_an_empty_program),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
