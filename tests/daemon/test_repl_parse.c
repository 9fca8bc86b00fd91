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
  assert_int_equal(statement->value.kind, REPL_OBJECT);
  assert_int_equal(statement->value.class, REPL_PERSON);
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
  refused("a = b\nb =", 2, 4, "expected a value, such as a name or Person('John')");
  refused("a = 'x'", 1, 5, "a text alone is no value here; write Person('name')");
  refused("a = 3", 1, 5, "a number is no value here");
  refused("a = Person('x", 1, 12, "the name in quotes does not end on its line");
  refused("a = Person('x\n')", 1, 12, "the name in quotes does not end on its line");
  refused("a = Person('\\q')", 1, 13,
          "after a backslash only n, t, r, a quote or a backslash is known");
  refused("gc.collect(3)", 1, 12, "expected a generation of 0, 1 or 2, or ')'");
  refused("gc.collect(-1)", 1, 12, "expected a generation of 0, 1 or 2, or ')'");
  refused("gc.collect(11)", 1, 12, "expected a generation of 0, 1 or 2, or ')'");
  refused("gc.freeze()", 1, 4,
          "of gc only gc.collect() and gc.get_count() are known here");
  refused("n = gc.collect()", 1, 5,
          "a name can keep an object or None, and this answers something else");
  refused("print(john)", 1, 7,
          "expected ')': besides what help lists only a weak reference can be called");
  refused("a b", 1, 3, "expected the end of the statement");
  refused("del", 1, 4, "expected a name to delete");
  refused("del ,a", 1, 5, "expected a name to delete");
  refused("del,a", 1, 4, "expected a name to delete");
  refused("del a.", 1, 7, "expected an attribute's name after '.'");
  refused("None = a", 1, 1, "only a name or an attribute can stand before '='");
  refused("gc = a", 1, 4, "expected '.collect()' after gc");
  refused("class = a", 1, 1, "this word means something else and cannot be a name");
  refused("a == b", 1, 4, "values cannot be compared here, except by `is`");
  refused("import os", 1, 8,
          "only gc, sys and weakref can be imported, and they are there");
  refused("a.b.c.d.e.f.g.h.i", 1, 16, "a path has at most 8 names");
}

static void lists_and_calls_are_values(void **state) {
  (void)state;
  struct repl_program program = parsed(
      "x = [a, Node('b'), None,]\nx[0].y = weakref.ref(x[1].z)\nw()\nx.append([a])\n"
      "del x[12]\na.b is not w()\nlen(x); sys.getrefcount(a.b); gc.get_count(); help\n"
      "p = Phoenix('P'); x.append(w())");
  const struct repl_statement *at = program.statements;
  assert_int_equal(program.count, 12);
  assert_int_equal(at[0].value.kind, REPL_LIST);
  assert_int_equal(at[0].value.item_count, 3);
  assert_int_equal(program.items[1].kind, REPL_OBJECT);
  assert_int_equal(program.items[1].class, REPL_NODE);
  assert_int_equal(program.items[2].kind, REPL_NONE);
  assert_true(at[1].target.names[1].is_index);
  assert_int_equal(at[1].value.kind, REPL_WEAKREF);
  assert_int_equal(at[1].value.path.count, 3);
  assert_int_equal(at[2].value.kind, REPL_CALL);
  assert_int_equal(at[3].value.kind, REPL_APPEND);
  assert_int_equal(at[3].value.path.count, 1);
  const struct repl_value *appended = &program.items[at[3].value.first_item];
  assert_int_equal(appended->kind, REPL_LIST);
  assert_string_equal(program.items[appended->first_item].path.names[0].text, "a");
  assert_int_equal(at[4].kind, REPL_DELETE);
  assert_int_equal(at[4].target.names[1].index, 12);
  assert_int_equal(at[5].value.kind, REPL_IDENTITY);
  assert_true(at[5].value.is_not);
  assert_int_equal(program.items[at[5].value.first_item + 1].kind, REPL_CALL);
  assert_int_equal(at[6].value.kind, REPL_LENGTH);
  assert_int_equal(at[7].value.kind, REPL_REFCOUNT);
  assert_int_equal(at[8].value.kind, REPL_COUNT);
  assert_int_equal(at[9].value.kind, REPL_HELP);
  assert_int_equal(at[10].value.class, REPL_PHOENIX);
  repl_program_fini(&program);
}

static void errors_of_lists_and_calls_name_their_place(void **state) {
  (void)state;
  refused("x = [[a]]", 1, 6, "a list in a list has to be appended: x.append([])");
  refused("x = [a b]", 1, 8, "expected ',' or ']' after an item");
  refused("x = [a", 1, 7, "expected ',' or ']' after an item");
  refused("x = [", 1, 6, "expected a value, such as a name or Person('John')");
  refused("x[-1]", 1, 3, "expected an index from 0 on, such as [0]");
  refused("x[10000]", 1, 3, "an index is at most 9999");
  refused("x[1", 1, 4, "expected ']' after the index");
  refused("x.append()", 1, 10, "expected a value, such as a name or Person('John')");
  refused("x.append(a, b)", 1, 11, "expected ')' after the value");
  refused("x.append(y.append(z))", 1, 10, "append() gives no value to be kept");
  refused("y = x.append(z)", 1, 5, "append() gives no value to be kept");
  refused("x.append(gc.collect())", 1, 10,
          "a name can keep an object or None, and this answers something else");
  refused("y = a is b", 1, 5,
          "a name can keep an object or None, and this answers something else");
  refused("weakref.proxy(a)", 1, 9, "expected weakref.ref(name)");
  refused("weakref.ref(None)", 1, 13,
          "this word means something else and cannot be a name");
  refused("sys.exit()", 1, 5, "expected sys.getrefcount(name)");
  refused("gc.get_count(1)", 1, 14, "expected ')': gc.get_count() takes nothing");
  refused("len(3)", 1, 5, "expected the name of an object");
  refused("w(a)", 1, 3,
          "expected ')': besides what help lists only a weak reference can be called");
  refused("help(a)", 1, 6, "expected ')': help() is about everything");
  refused("weakref = a", 1, 9, "expected weakref.ref(name)");
  refused("a is", 1, 5, "expected a value, such as a name or Person('John')");
}

static void too_many_items_are_refused(void **state) {
  (void)state;
  struct repl_program program;
  struct proto_error error;
  char *code = calloc(REPL_MAX_ITEMS + 2, 2), *at = code;
  assert_non_null(code);
  *at++ = '[';
  for (unsigned i = 0; i < REPL_MAX_ITEMS; i++, at += 2)
    memcpy(at, "a,", 2);
  *at = ']';
  program = parsed(code);
  assert_int_equal(program.item_count, REPL_MAX_ITEMS);
  repl_program_fini(&program);
  *at = 'a';
  at[1] = ']';
  assert_int_equal(repl_parse(code, &program, &error), -1);
  assert_int_equal(error.code, PROTO_LIMIT);
  assert_int_equal(error.column, 2 + 2 * (int)REPL_MAX_ITEMS);
  free(code);
}

static void columns_count_characters_not_bytes(void **state) {
  (void)state;
  refused("a = Person('\xc3\xa9\xe6\xbc\xa2') b", 1, 18,
          "expected the end of the statement");
  refused("\xc3\xa9 = a", 1, 1, "expected a value, such as a name or Person('John')");
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
      cmocka_unit_test(lists_and_calls_are_values),
      cmocka_unit_test(errors_of_lists_and_calls_name_their_place),
      cmocka_unit_test(too_many_items_are_refused),
      cmocka_unit_test(columns_count_characters_not_bytes),
      cmocka_unit_test(names_have_a_longest_length),
      cmocka_unit_test(too_many_statements_are_refused),
      cmocka_unit_test(empty_text_is_an_empty_program),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
