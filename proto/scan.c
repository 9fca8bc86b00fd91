/* scan.c - one pass over a peer's text, without recursion and without memory.
 *
 *   {"id": 7, "params": {"x": [[["]"]]]}}
 *   1                   2     345     21    depth: brackets outside of strings
 *          ^ id                             the outermost object's, if a scalar
 *
 * Why before parsing: a parser recurses once a level, so depth is refused before it
 * starts; and a refusal still wants the id, so that a client finds its request. */
#include "scan.h"

#include <string.h>

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool ends_scalar(char c) {
  return is_space(c) || c == ',' || c == '}' || c == ']';
}

/* The index after the string that starts at `text[start]`, or `length`. */
static size_t skip_string(const char *text, size_t length, size_t start) {
  size_t i = start + 1;

  while (i < length && text[i] != '"')
    i += text[i] == '\\' ? 2 : 1;
  return i < length ? i + 1 : length;
}

static size_t skip_spaces(const char *text, size_t length, size_t i) {
  while (i < length && is_space(text[i]))
    i++;
  return i;
}

/* Note the value behind `"id" :` if one starts at `text[i]`. */
static void note_id(const char *text, size_t length, size_t i, struct proto_scan *ret) {
  size_t end;

  i = skip_spaces(text, length, i);
  if (i == length || text[i] != ':')
    return;
  i = skip_spaces(text, length, i + 1);
  if (i == length || text[i] == '{' || text[i] == '[')
    return;
  if (text[i] == '"') {
    end = skip_string(text, length, i);
  } else {
    for (end = i; end < length && !ends_scalar(text[end]); end++)
      continue;
  }
  ret->id = text + i;
  ret->id_length = end - i;
}

struct proto_scan proto_scan(const char *text, size_t length) {
  struct proto_scan scan = {0, NULL, 0};
  unsigned open = 0, ids = 0;

  for (size_t i = 0; i < length;) {
    char c = text[i];
    if (c == '"') {
      size_t end = skip_string(text, length, i);
      if (open == 1 && end - i == 4 && memcmp(text + i, "\"id\"", 4) == 0) {
        size_t next = skip_spaces(text, length, end);
        if (next < length && text[next] == ':') {
          ids++;
          note_id(text, length, end, &scan);
        }
      }
      i = end;
      continue;
    }
    if (c == '{' || c == '[') {
      open++;
      if (open > scan.depth)
        scan.depth = open;
    } else if ((c == '}' || c == ']') && open > 0) {
      open--;
    }
    i++;
  }
  /* Two ids, or the id of something in a batch, name no request. */
  size_t first = skip_spaces(text, length, 0);
  if (ids != 1 || first == length || text[first] != '{')
    scan.id = NULL;
  return scan;
}
