/* repl_scan.c - reads the language's small parts, one character ahead.
 *
 *   john.children[0].friend = mary
 *   ^ cursor: at, line, column */
#include "repl_scan.h"

#include <string.h>

/* --- errors --- */

int repl_fail_at(struct parser *parser, struct repl_place place, const char *reason) {
  struct proto_error *error = parser->error;
  proto_error_set(error, PROTO_SYNTAX, "line %d, column %d: %s", place.line,
                  place.column, reason);
  error->line = place.line;
  error->column = place.column;
  strncpy(error->reason, reason, sizeof error->reason - 1);
  return -1;
}

int repl_fail(struct parser *parser, const char *reason) {
  return repl_fail_at(parser, parser->place, reason);
}

int repl_fail_limit(struct parser *parser, struct repl_place place,
                    const char *reason) {
  repl_fail_at(parser, place, reason);
  parser->error->code = PROTO_LIMIT;
  return -1;
}

/* --- characters --- */

void repl_advance(struct parser *parser) {
  if (*parser->at++ == '\n') {
    parser->place.line++;
    parser->place.column = 1;
  } else if (((unsigned char)*parser->at & 0xc0u) != 0x80u) {
    parser->place.column++; /* bytes 10xxxxxx go on with a character of UTF-8 */
  }
}

void repl_skip_blanks(struct parser *parser) {
  while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\r')
    repl_advance(parser);
  if (*parser->at == '#')
    while (*parser->at != '\0' && *parser->at != '\n')
      repl_advance(parser);
}

bool repl_is_at(struct parser *parser, char wanted) {
  repl_skip_blanks(parser);
  return *parser->at == wanted;
}

int repl_expect(struct parser *parser, char wanted, const char *reason) {
  if (!repl_is_at(parser, wanted))
    return repl_fail(parser, reason);
  repl_advance(parser);
  return 0;
}

static bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool repl_is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool repl_take_word(struct parser *parser, const char *word) {
  size_t length = strlen(word);
  repl_skip_blanks(parser);
  if (strncmp(parser->at, word, length) != 0 || is_name_start(parser->at[length]) ||
      repl_is_digit(parser->at[length]))
    return false;
  for (size_t i = 0; i < length; i++)
    repl_advance(parser);
  return true;
}

/* --- names and paths --- */

int repl_name(struct parser *parser, struct repl_name *ret, const char *reason) {
  size_t length = 0;
  repl_skip_blanks(parser);
  ret->place = parser->place;
  ret->is_index = false;
  if (!is_name_start(*parser->at))
    return repl_fail(parser, reason);
  while (is_name_start(*parser->at) || repl_is_digit(*parser->at)) {
    if (length == REPL_NAME_BYTES - 1)
      return repl_fail_at(parser, ret->place, "a name has at most 63 characters");
    ret->text[length++] = *parser->at;
    repl_advance(parser);
  }
  ret->text[length] = '\0';
  return 0;
}

/* An index behind its '['. */
static int parse_index(struct parser *parser, struct repl_name *ret) {
  unsigned index = 0;
  repl_skip_blanks(parser);
  *ret = (struct repl_name){.is_index = true, .place = parser->place};
  if (!repl_is_digit(*parser->at))
    return repl_fail(parser, "expected an index from 0 on, such as [0]");
  while (repl_is_digit(*parser->at)) {
    index = index * 10 + (unsigned)(*parser->at - '0');
    if (index > REPL_MAX_INDEX)
      return repl_fail_at(parser, ret->place, "an index is at most 9999");
    repl_advance(parser);
  }
  ret->index = index;
  return repl_expect(parser, ']', "expected ']' after the index");
}

static bool is_reserved(const char *name) {
  static const char *const words[] = {
      "False",  "None", "Node",    "Person", "Phoenix", "True", "and", "as",   "class",
      "def",    "del",  "elif",    "else",   "for",     "from", "gc",  "help", "if",
      "import", "in",   "is",      "lambda", "len",     "not",  "or",  "pass", "return",
      "sys",    "try",  "weakref", "while",  "with",    "yield"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcmp(words[i], name) == 0)
      return true;
  return false;
}

int repl_path_rest(struct parser *parser, struct repl_path *path) {
  if (is_reserved(path->names[0].text))
    return repl_fail_at(parser, path->names[0].place,
                        "this word means something else and cannot be a name");
  path->count = 1;
  while (repl_is_at(parser, '.') || repl_is_at(parser, '[')) {
    bool is_index = *parser->at == '[';
    if (path->count == REPL_MAX_PATH)
      return repl_fail(parser, "a path has at most 8 names");
    repl_advance(parser);
    struct repl_name *name = &path->names[path->count];
    if (is_index
            ? parse_index(parser, name) != 0
            : repl_name(parser, name, "expected an attribute's name after '.'") != 0)
      return -1;
    path->count++;
  }
  return 0;
}

int repl_path(struct parser *parser, struct repl_path *ret, const char *reason) {
  return repl_name(parser, &ret->names[0], reason) != 0 ? -1
                                                        : repl_path_rest(parser, ret);
}

/* --- texts --- */

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

int repl_text(struct parser *parser, char ret[REPL_NAME_BYTES]) {
  size_t length = 0;
  repl_skip_blanks(parser);
  struct repl_place start = parser->place;
  char quote = *parser->at;
  if (quote != '\'' && quote != '"')
    return repl_fail(parser, "expected a name in quotes, such as 'John'");
  repl_advance(parser);
  while (*parser->at != quote) {
    char c = *parser->at;
    if (c == '\0' || c == '\n')
      return repl_fail_at(parser, start, "the name in quotes does not end on its line");
    if (c == '\\') {
      c = escaped(parser->at[1]);
      if (c == '\0')
        return repl_fail(
            parser, "after a backslash only n, t, r, a quote or a backslash is known");
      repl_advance(parser);
    }
    if (length == REPL_NAME_BYTES - 1)
      return repl_fail_at(parser, start, "the name in quotes has more than 63 bytes");
    ret[length++] = c;
    repl_advance(parser);
  }
  ret[length] = '\0';
  repl_advance(parser);
  return 0;
}
