/* eval.c - the evaluator: frames, calls, and the one place where it may collect. */
#include "lisp.h"

/* An element of a list, nil where it has none; borrowed. */
static void *part(const lisp *l, void *list, size_t index) {
  for (; is(l, list, PAIR); list = ((pair *)list)->cdr)
    if (index-- == 0)
      return ((pair *)list)->car;
  return l->nil;
}

static size_t length(const lisp *l, const void *list) {
  size_t count = 0;
  for (; is(l, list, PAIR); list = ((const pair *)list)->cdr)
    count++;
  return count;
}

/* The field that holds a name's value: a frame's, or the symbol's own. */
static void **find(const lisp *l, symbol *name, frame *at) {
  for (; at != NULL; at = at->outer)
    for (size_t i = 0, count = length(l, at->names); i < count; i++)
      if (part(l, at->names, i) == name)
        return &at->values[i];
  return &name->value;
}

/* A frame with the values of `operands`. While one is evaluated anything may run, also
 * the collector: it finds some values and some NULLs in a frame that somebody holds. */
static frame *make_frame(lisp *l, void *operands, size_t count, frame *in) {
  frame *made = make(l, FRAME, count * sizeof(void *));
  for (size_t i = 0; made != NULL && i < count; i++) {
    ouro_set_take(l->heap, &made->values[i], eval(l, part(l, operands, i), in));
    if (made->values[i] == NULL)
      ouro_clear(l->heap, &made); /* it dies, and the values so far with it */
  }
  return made;
}

/* True: done, `*ret` is the result. False: a closure was entered, its body and frame
 * took the place of `*form` and `*in`. */
static bool call(lisp *l, void **form, frame **in, void **ret) {
  void *operands = ((pair *)*form)->cdr;
  size_t count = length(l, operands);
  void *function = eval(l, part(l, *form, 0), *in);
  frame *made = function != NULL ? make_frame(l, operands, count, *in) : NULL;
  closure *entered = NULL;
  if (made == NULL)
    *ret = NULL;
  else if (is(l, function, PRIMITIVE))
    *ret = (**(primitive **)function)(l, made->values, count);
  else if (!is(l, function, CLOSURE))
    *ret = fail(l, "only a function can be called");
  else if (length(l, ((closure *)function)->names) != count)
    *ret = fail(l, "the number of arguments is wrong");
  else
    entered = function;
  if (entered != NULL) {
    ouro_set(l->heap, &made->names, entered->names);
    ouro_set(l->heap, &made->outer, entered->outer);
    ouro_set(l->heap, form, entered->body);
    ouro_set(l->heap, in, made);
  }
  /* One way out: what we own is let go, made or not. */
  ouro_decref_maybe(l->heap, made);
  ouro_decref_maybe(l->heap, function);
  /* Every loop comes by here, and every object is whole or known to its maker alone:
   * let the collector run, if it is due, and finalizers. */
  if (entered != NULL)
    ouro_safepoint(l->heap);
  return entered == NULL;
}

/* As call(). What comes last in a form is not nested but takes its place, so that
 * loops, which are tail calls, need no stack. */
static bool step(lisp *l, void **form, frame **in, void **ret) {
  void *head = part(l, *form, 0), *first = part(l, *form, 1);
  if (is(l, *form, SYMBOL)) {
    void *value = *find(l, *form, *in);
    *ret = value != NULL ? ouro_incref(l->heap, value) : fail(l, "no such variable");
    return true;
  }
  if (!is(l, *form, PAIR)) {
    *ret = ouro_incref(l->heap, *form);
    return true;
  }
  if (head == l->lambda) {
    *ret = make_closure(l, first, part(l, *form, 2), *in);
    return true;
  }
  if (head == l->set) {
    *ret = is(l, first, SYMBOL) ? eval(l, part(l, *form, 2), *in)
                                : fail(l, "only symbols have values");
    if (*ret != NULL) /* the field is looked up after eval, which may change frames */
      ouro_set(l->heap, find(l, first, *in), *ret);
    return true;
  }
  if (head == l->if_) {
    *ret = eval(l, first, *in);
    if (*ret == NULL)
      return true;
    bool no = *ret == l->nil || (is(l, *ret, NUMBER) && *(long *)*ret == 0);
    ouro_decref(l->heap, *ret);
    ouro_set(l->heap, form, part(l, *form, no ? 3 : 2));
    return false;
  }
  return call(l, form, in, ret);
}

void *eval(lisp *l, void *form, frame *in) {
  void *value = NULL;
  if (l->depth == MAX_DEPTH)
    return fail(l, "nested too deeply");
  l->depth++;
  ouro_incref(l->heap, form); /* borrowed so far; step() puts others in their place */
  if (in != NULL)
    ouro_incref(l->heap, in);
  while (!step(l, &form, &in, &value))
    ;
  ouro_decref(l->heap, form);
  ouro_decref_maybe(l->heap, in);
  l->depth--;
  return value;
}
