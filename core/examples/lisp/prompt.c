/* prompt.c - the primitives, and a prompt where every error ends. */
#include "lisp.h"

/* ---- primitives: they borrow the arguments from the frame ---- */

static void *plus(lisp *l, void **arguments, size_t count) {
  if (count != 2 || !is(l, arguments[0], NUMBER) || !is(l, arguments[1], NUMBER))
    return fail(l, "+ wants two numbers");
  unsigned long *a = arguments[0], *b = arguments[1];
  return make_number(l, (long)(*a + *b));
}

static void *cons(lisp *l, void **arguments, size_t count) {
  if (count != 2 || !(arguments[1] == l->nil || is(l, arguments[1], PAIR)))
    return fail(l, "cons wants a value and a list");
  return make_pair(l, arguments[0], arguments[1]);
}

static void *open_handle(lisp *l, void **arguments, size_t count) {
  if (count != 1 || !is(l, arguments[0], STRING))
    return fail(l, "open wants a string");
  return make_handle(l, arguments[0]);
}

/* Says what died; returns how many objects only a collection could free. */
static void *collect(lisp *l, void **arguments, size_t count) {
  ouro_collection done;
  (void)arguments, (void)count;
  int error = ouro_gc_collect(l->heap, OURO_GENERATIONS - 1, &done);
  if (error != OURO_OK)
    return fail(l, ouro_strerror(error));
  for (unsigned i = 0; i < done.type_count; i++)
    fprintf(l->out, "freed %llu %s\n", (unsigned long long)done.types[i].objects,
            ouro_type_name(done.types[i].type));
  return make_number(l, (long)done.collected);
}

static bool make_primitives(lisp *l) {
  static const struct {
    const char *name;
    primitive *call;
  } table[] = {
      {"+", plus}, {"cons", cons}, {"open", open_handle}, {"collect", collect}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    symbol *name = intern(l, table[i].name, strlen(table[i].name));
    primitive **made = name != NULL ? make(l, PRIMITIVE, 0) : NULL;
    if (made == NULL)
      return false;
    *made = table[i].call;
    ouro_set_take(l->heap, &name->value, made);
  }
  return true;
}

/* ---- the prompt ---- */

static void answer(lisp *l, const char *line) {
  fprintf(l->out, "> %s", line);
  l->at = line;
  void *form = read_value(l);
  void *value = form != NULL ? eval(l, form, NULL) : NULL;
  if (value != NULL)
    write_value(l, value);
  else
    fprintf(l->out, "error: %s", l->error);
  putc('\n', l->out);
  ouro_decref_maybe(l->heap, value);
  ouro_decref_maybe(l->heap, form);
}

bool run(FILE *in, FILE *out, const ouro_heap_config *config) {
  char line[256];
  lisp l = {.out = out, .heap = ouro_heap_new(config)};
  if (l.heap == NULL)
    return false;
  ouro_heap_set_user(l.heap, &l); /* for the finalizer */
  /* What our variable owns is alive anyhow; registered, it has a name in what shows a
   * heap, and collections begin with it. */
  bool ready = ouro_root_add(l.heap, &l.symbols, "symbols") == OURO_OK;
  ready = ready && make_types(&l) && make_symbols(&l) && make_primitives(&l);
  while (ready && fgets(line, sizeof line, in) != NULL) {
    if (line[0] == ';' || line[0] == '\n')
      fputs(line, out);
    else
      answer(&l, line);
  }
  /* The table of symbols is all that we hold. It and what hangs on it is one large
   * cycle now, and the last collection frees it. */
  ouro_heap_stats stats;
  ouro_clear(l.heap, &l.symbols);
  int error = ouro_gc_collect(l.heap, OURO_GENERATIONS - 1, NULL);
  ouro_heap_get_stats(l.heap, &stats);
  ouro_heap_free(l.heap);
  return ready && error == OURO_OK && stats.live_objects == 0;
}
