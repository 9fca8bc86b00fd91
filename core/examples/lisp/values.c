/* values.c - types, and how their objects are born.
 *
 * All that the collector ever hears about this program is in make_types(). */
#include "lisp.h"

/* Runs once, before any reference of a dead cycle is dropped. Others close a file. */
static void close_handle(ouro_heap *heap, void *object) {
  lisp *l = ouro_heap_user(heap);
  fprintf(l->out, "%s is closed\n", ((handle *)object)->name);
}

bool make_types(lisp *l) {
  static const size_t symbol_refs[] = {offsetof(symbol, value), offsetof(symbol, next)};
  static const size_t pair_refs[] = {offsetof(pair, car), offsetof(pair, cdr)};
  static const size_t frame_refs[] = {offsetof(frame, outer), offsetof(frame, names)};
  static const size_t closure_refs[] = {
      offsetof(closure, names), offsetof(closure, body), offsetof(closure, outer)};
  static const size_t handle_refs[] = {offsetof(handle, name)};
  static const ouro_type_info infos[TYPES] = {
      /* No references, so never on a cycle: the collector does not look at these. A
       * string is nothing but a tail of characters. */
      {.name = "number", .size = sizeof(long), .flags = OURO_TYPE_ACYCLIC},
      {.name = "string", .flags = OURO_TYPE_ACYCLIC},
      {.name = "primitive", .size = sizeof(primitive *), .flags = OURO_TYPE_ACYCLIC},
      /* Declared fields. A frame has as many more behind them as its call needs. */
      {.name = "symbol", .size = sizeof(symbol), .refs = symbol_refs, .ref_count = 2},
      {.name = "pair", .size = sizeof(pair), .refs = pair_refs, .ref_count = 2},
      {.name = "frame",
       .size = sizeof(frame),
       .refs = frame_refs,
       .ref_count = 2,
       .flags = OURO_TYPE_TAIL_REFS},
      {.name = "closure",
       .size = sizeof(closure),
       .refs = closure_refs,
       .ref_count = 3},
      {.name = "handle",
       .size = sizeof(handle),
       .refs = handle_refs,
       .ref_count = 1,
       .finalize = close_handle},
  };
  for (int i = 0; i < TYPES; i++)
    if (ouro_type_new(l->heap, &infos[i], &l->types[i]) != OURO_OK)
      return false;
  return true;
}

void *fail(lisp *l, const char *why) {
  l->error = why;
  return NULL;
}

bool is(const lisp *l, const void *value, int type) {
  return ouro_object_type(l->heap, value) == l->types[type];
}

/* Every object of this program is born here. */
void *make(lisp *l, int type, size_t tail_bytes) {
  void *object = ouro_new_tail(l->heap, l->types[type], tail_bytes);
  return object != NULL ? object : fail(l, "out of memory");
}

void *make_number(lisp *l, long value) {
  long *made = make(l, NUMBER, 0);
  if (made != NULL)
    *made = value;
  return made;
}

pair *make_pair(lisp *l, void *car, void *cdr) {
  pair *made = make(l, PAIR, 0);
  if (made != NULL) {
    ouro_set(l->heap, &made->car, car);
    ouro_set(l->heap, &made->cdr, cdr);
  }
  return made;
}

symbol *intern(lisp *l, const char *name, size_t length) {
  for (symbol *s = l->symbols; s != NULL; s = s->next)
    if (strncmp(s->name, name, length) == 0 && s->name[length] == '\0')
      return s;
  symbol *made = make(l, SYMBOL, length + 1);
  if (made == NULL)
    return NULL;
  memcpy(made->name, name, length);
  made->next = l->symbols; /* the table's reference moves into the new symbol, ours */
  l->symbols = made;       /* into the table: no count changes */
  return made;
}

closure *make_closure(lisp *l, void *names, void *body, frame *in) {
  closure *made = make(l, CLOSURE, 0);
  if (made != NULL) {
    ouro_set(l->heap, &made->names, names);
    ouro_set(l->heap, &made->body, body);
    ouro_set(l->heap, &made->outer, in); /* may be NULL */
  }
  return made;
}

handle *make_handle(lisp *l, char *name) {
  handle *made = make(l, HANDLE, 0);
  if (made != NULL)
    ouro_set(l->heap, &made->name, name);
  return made;
}

/* The words of the language. nil's value is nil: a cycle of one. */
bool make_symbols(lisp *l) {
  l->if_ = intern(l, "if", 2);
  l->lambda = intern(l, "lambda", 6);
  l->set = intern(l, "set", 3);
  l->nil = intern(l, "nil", 3);
  if (l->if_ == NULL || l->lambda == NULL || l->set == NULL || l->nil == NULL)
    return false;
  ouro_set(l->heap, &l->nil->value, l->nil);
  return true;
}
