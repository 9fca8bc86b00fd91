/* repl_values.c - reads values, and answers that no name can keep.
 *
 *   [Node('a'), b]        items of a list and of append() stand in the program's array,
 *    ^ item 0   ^ item 1  so a value is of one size and nothing is recursive for long
 */
#include "repl_scan.h"

#include <stdlib.h>
#include <string.h>

/* What may stand inside of what: a list in an append, simple values in a list. */
enum depth { WHOLE, APPENDED, SIMPLE };

static int parse_value(struct parser *parser, struct repl_value *ret, enum depth depth);

/* Copy a value to the end of the program's items. */
static int add_item(struct parser *parser, const struct repl_value *item) {
  struct repl_program *program = parser->program;
  if (program->item_count == REPL_MAX_ITEMS)
    return repl_fail_limit(parser, item->place, "too many items at once");
  if (program->item_count == parser->item_capacity) {
    size_t capacity = parser->item_capacity == 0 ? 4 : parser->item_capacity * 2;
    struct repl_value *grown = realloc(program->items, capacity * sizeof *grown);
    if (grown == NULL)
      return repl_fail_limit(parser, item->place, "out of memory");
    program->items = grown;
    parser->item_capacity = capacity;
  }
  program->items[program->item_count++] = *item;
  return 0;
}

/* Why: what opens a call is read only where it is known to be one. */
static int parse_call_of_path(struct parser *parser, struct repl_path *path,
                              const char *open, const char *close) {
  if (repl_expect(parser, '(', open) != 0 ||
      repl_path(parser, path, "expected the name of an object") != 0)
    return -1;
  return repl_expect(parser, ')', close);
}

static int parse_object(struct parser *parser, struct repl_value *ret,
                        enum repl_class class) {
  static const char *const opens[] = {[REPL_PERSON] = "expected '(' after Person",
                                      [REPL_NODE] = "expected '(' after Node",
                                      [REPL_PHOENIX] = "expected '(' after Phoenix"};
  ret->kind = REPL_OBJECT;
  ret->class = class;
  if (repl_expect(parser, '(', opens[class]) != 0 || repl_text(parser, ret->name) != 0)
    return -1;
  return repl_expect(parser, ')', "expected ')' after the name");
}

static int parse_list(struct parser *parser, struct repl_value *ret, enum depth depth) {
  ret->kind = REPL_LIST;
  if (depth == SIMPLE)
    return repl_fail(parser, "a list in a list has to be appended: x.append([])");
  ret->first_item = parser->program->item_count;
  repl_advance(parser);
  while (!repl_is_at(parser, ']')) {
    struct repl_value item = {.kind = REPL_NONE};
    if (ret->item_count > 0 &&
        repl_expect(parser, ',', "expected ',' or ']' after an item") != 0)
      return -1;
    if (ret->item_count > 0 && repl_is_at(parser, ']'))
      break; /* [a, b,] */
    if (parse_value(parser, &item, SIMPLE) != 0 || add_item(parser, &item) != 0)
      return -1;
    ret->item_count++;
  }
  repl_advance(parser);
  return 0;
}

static int parse_append(struct parser *parser, struct repl_value *ret,
                        enum depth depth) {
  struct repl_value item = {.kind = REPL_NONE};
  if (depth != WHOLE)
    return repl_fail_at(parser, ret->place, "append() gives no value to be kept");
  ret->kind = REPL_APPEND;
  ret->path.count--;
  repl_advance(parser);
  if (parse_value(parser, &item, APPENDED) != 0 ||
      repl_expect(parser, ')', "expected ')' after the value") != 0)
    return -1;
  ret->first_item = parser->program->item_count;
  ret->item_count = 1;
  return add_item(parser, &item);
}

static int parse_gc(struct parser *parser, struct repl_value *ret) {
  struct repl_name method;
  if (repl_expect(parser, '.', "expected '.collect()' after gc") != 0 ||
      repl_name(parser, &method, "expected 'collect' after 'gc.'") != 0)
    return -1;
  if (strcmp(method.text, "get_count") == 0) {
    ret->kind = REPL_COUNT;
    if (repl_expect(parser, '(', "expected '(' after gc.get_count") != 0)
      return -1;
    return repl_expect(parser, ')', "expected ')': gc.get_count() takes nothing");
  }
  ret->kind = REPL_COLLECT;
  ret->generation = 2;
  if (strcmp(method.text, "collect") != 0)
    return repl_fail_at(parser, method.place,
                        "of gc only gc.collect() and gc.get_count() are known here");
  if (repl_expect(parser, '(', "expected '(' after gc.collect") != 0)
    return -1;
  repl_skip_blanks(parser);
  if (*parser->at != ')') {
    if (*parser->at < '0' || *parser->at > '2' || repl_is_digit(parser->at[1]))
      return repl_fail(parser, "expected a generation of 0, 1 or 2, or ')'");
    ret->generation = (unsigned)(*parser->at - '0');
    repl_advance(parser);
  }
  return repl_expect(parser, ')', "expected ')' after the generation");
}

/* module.function(path) */
static int parse_function(struct parser *parser, struct repl_value *ret,
                          const char *function, const char *expected,
                          enum repl_value_kind kind) {
  struct repl_name name;
  ret->kind = kind;
  if (repl_expect(parser, '.', expected) != 0 ||
      repl_name(parser, &name, expected) != 0)
    return -1;
  if (strcmp(name.text, function) != 0)
    return repl_fail_at(parser, name.place, expected);
  return parse_call_of_path(parser, &ret->path, expected, "expected ')'");
}

static int parse_help(struct parser *parser, struct repl_value *ret) {
  ret->kind = REPL_HELP;
  if (!repl_is_at(parser, '('))
    return 0;
  repl_advance(parser);
  return repl_expect(parser, ')', "expected ')': help() is about everything");
}

/* A path, and what a '(' behind it means. */
static int parse_path_value(struct parser *parser, struct repl_value *ret,
                            enum depth depth) {
  ret->kind = REPL_PATH;
  if (repl_path_rest(parser, &ret->path) != 0)
    return -1;
  if (!repl_is_at(parser, '('))
    return 0;
  const struct repl_name *last = &ret->path.names[ret->path.count - 1];
  if (ret->path.count > 1 && strcmp(last->text, "append") == 0)
    return parse_append(parser, ret, depth);
  ret->kind = REPL_CALL;
  repl_advance(parser);
  return repl_expect(parser, ')',
                     "expected ')': besides what help lists only a weak reference can "
                     "be called");
}

static int parse_value(struct parser *parser, struct repl_value *ret,
                       enum depth depth) {
  repl_skip_blanks(parser);
  ret->place = parser->place;
  if (*parser->at == '\'' || *parser->at == '"')
    return repl_fail(parser, "a text alone is no value here; write Person('name')");
  if (repl_is_digit(*parser->at))
    return repl_fail(parser, "a number is no value here");
  if (*parser->at == '[')
    return parse_list(parser, ret, depth);
  struct repl_name *first = &ret->path.names[0];
  if (repl_name(parser, first, "expected a value, such as a name or Person('John')") !=
      0)
    return -1;
  const char *word = first->text;
  int result = 1; /* none of these */
  if (strcmp(word, "None") == 0)
    result = 0; /* REPL_NONE */
  else if (strcmp(word, "Person") == 0)
    result = parse_object(parser, ret, REPL_PERSON);
  else if (strcmp(word, "Node") == 0)
    result = parse_object(parser, ret, REPL_NODE);
  else if (strcmp(word, "Phoenix") == 0)
    result = parse_object(parser, ret, REPL_PHOENIX);
  else if (strcmp(word, "weakref") == 0)
    result =
        parse_function(parser, ret, "ref", "expected weakref.ref(name)", REPL_WEAKREF);
  else if (strcmp(word, "gc") == 0)
    result = parse_gc(parser, ret);
  else if (strcmp(word, "sys") == 0)
    result = parse_function(parser, ret, "getrefcount",
                            "expected sys.getrefcount(name)", REPL_REFCOUNT);
  else if (strcmp(word, "help") == 0)
    result = parse_help(parser, ret);
  if (result <= 0)
    goto out;
  if (strcmp(word, "len") == 0) {
    ret->kind = REPL_LENGTH;
    result =
        parse_call_of_path(parser, &ret->path, "expected len(name)", "expected ')'");
  } else {
    result = parse_path_value(parser, ret, depth);
  }
out:
  if (result == 0 && depth != WHOLE && repl_why_not_kept(ret) != NULL)
    return repl_fail_at(parser, ret->place, repl_why_not_kept(ret));
  return result;
}

const char *repl_why_not_kept(const struct repl_value *value) {
  switch (value->kind) {
  case REPL_APPEND: return "append() gives no value to be kept";
  case REPL_IDENTITY:
  case REPL_COLLECT:
  case REPL_COUNT:
  case REPL_REFCOUNT:
  case REPL_LENGTH:
  case REPL_HELP:
    return "a name can keep an object or None, and this answers something else";
  default: return NULL;
  }
}

/* `value is value`: both are looked at and neither is kept. */
static int parse_identity(struct parser *parser, struct repl_value *left) {
  struct repl_value both = {.kind = REPL_IDENTITY, .place = left->place}, right = both;
  right.kind = REPL_NONE;
  both.is_not = repl_take_word(parser, "not");
  if (parse_value(parser, &right, SIMPLE) != 0)
    return -1;
  both.first_item = parser->program->item_count;
  both.item_count = 2;
  if (add_item(parser, left) != 0 || add_item(parser, &right) != 0)
    return -1;
  *left = both;
  return 0;
}

int repl_value(struct parser *parser, struct repl_value *ret) {
  if (parse_value(parser, ret, WHOLE) != 0)
    return -1;
  if (repl_why_not_kept(ret) == NULL && repl_take_word(parser, "is"))
    return parse_identity(parser, ret);
  return 0;
}
