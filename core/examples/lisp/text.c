/* text.c - from characters to values and back. */
#include <ctype.h>
#include <stdlib.h>

#include "lisp.h"

static char skip_space(lisp *l) {
  while (isspace((unsigned char)*l->at))
    l->at++;
  return *l->at;
}

static void *read_list(lisp *l) {
  void *list = ouro_incref(l->heap, l->nil);
  void *end = &list; /* the field with the nil that the next pair replaces */
  for (l->at++; skip_space(l) != ')';) {
    void *item = read_value(l);
    pair *link = item != NULL ? make_pair(l, item, l->nil) : NULL;
    ouro_decref_maybe(l->heap, item);
    if (link == NULL) {
      ouro_decref(l->heap, list);
      return NULL;
    }
    ouro_set_take(l->heap, end, link);
    end = &link->cdr;
  }
  l->at++;
  return list;
}

void *read_value(lisp *l) {
  if (skip_space(l) == '\0' || *l->at == ')')
    return fail(l, "the brackets do not match");
  if (*l->at == '(')
    return read_list(l);
  const char *start = l->at;
  size_t length = strcspn(start, " \n()");
  l->at += length;
  if (*start == '"') {
    if (length < 2 || l->at[-1] != '"')
      return fail(l, "a string is a word in two quotes");
    char *made = make(l, STRING, length); /* zeroed: the last byte ends it */
    return made != NULL ? memcpy(made, start + 1, length - 2) : NULL;
  }
  char *end;
  long value = strtol(start, &end, 10);
  if (end == l->at)
    return make_number(l, value);
  symbol *name = intern(l, start, length);
  return name != NULL ? ouro_incref(l->heap, name) : NULL;
}

void write_value(lisp *l, const void *value) {
  if (is(l, value, NUMBER)) {
    fprintf(l->out, "%ld", *(const long *)value);
  } else if (is(l, value, STRING)) {
    fprintf(l->out, "\"%s\"", (const char *)value);
  } else if (is(l, value, SYMBOL)) {
    fputs(((const symbol *)value)->name, l->out);
  } else if (!is(l, value, PAIR) || l->depth == MAX_DEPTH) {
    fprintf(l->out, "a %s", ouro_type_name(ouro_object_type(l->heap, value)));
  } else {
    const char *before = "(";
    l->depth++;
    for (; is(l, value, PAIR); value = ((const pair *)value)->cdr) {
      fputs(before, l->out);
      write_value(l, ((const pair *)value)->car);
      before = " ";
    }
    putc(')', l->out);
    l->depth--;
  }
}
