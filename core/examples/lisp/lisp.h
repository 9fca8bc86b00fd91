/* lisp.h - a tiny Lisp: how an interpreter keeps its values in a heap.
 *
 *   (set counter (lambda (n self)                 frame of one call
 *     (set self (lambda () (set n (+ n 1))))))    | outer | names | n | self |
 *                                                     ^                  |
 *                                                     '---- closure <----'
 *
 * The closure needs the frame in which it was made, and the frame's variable `self`
 * holds the closure. When the program forgets both, each still counts a reference: the
 * collector frees them. What is on no cycle dies by counting, at once.
 *
 *   1. A type names its reference fields once; nothing else is written for the
 *      collector, and there is no list of roots: references from C are counted too.
 *   2. Arguments are borrowed; what a function returns is owned by its caller, unless
 *      it says otherwise.
 *   3. A field, or a local variable that owns, is written with ouro_set (counts for
 *      you) or ouro_set_take (your own reference moves in).
 *   4. Objects are zeroed at birth and NULL is no reference: one that is being filled
 *      is valid at all times, and known only to its maker until it is whole.
 *   5. Finalizers run at safepoints of our choice, never inside an allocation.
 *   6. Out of memory is an error like any other: NULL travels up to the prompt.
 *
 * Read values.c, then eval.c; text.c and prompt.c are what any interpreter has.
 *
 *   cc *.c $(pkg-config --cflags --libs ouro) -o lisp && ./lisp < tour.lisp */
#ifndef LISP_H
#define LISP_H

#include <ouro/ouro.h>
#include <stdio.h>

#define MAX_DEPTH 500 /* of recursion in C: its stack is finite */

typedef struct symbol {
  void *value;         /* the global variable of this name; NULL: none */
  struct symbol *next; /* in the table of all symbols */
  char name[];
} symbol;
typedef struct pair { /* of which programs are made */
  void *car, *cdr;
} pair;
typedef struct frame {
  struct frame *outer;
  void *names;    /* a list of symbols ... */
  void *values[]; /* ... and what they stand for */
} frame;
typedef struct closure {
  void *names, *body;
  frame *outer;
} closure;
typedef struct handle {
  char *name; /* a string */
} handle;

enum { NUMBER, STRING, PRIMITIVE, SYMBOL, PAIR, FRAME, CLOSURE, HANDLE, TYPES };

typedef struct lisp {
  ouro_heap *heap;
  const ouro_type *types[TYPES];
  symbol *symbols;                  /* owned, and through `next` all others */
  symbol *nil, *if_, *lambda, *set; /* borrowed from there */
  const char *at;                   /* where we read */
  const char *error;                /* why the last NULL was returned */
  unsigned depth;                   /* of recursion, up to MAX_DEPTH */
  FILE *out;
} lisp;

typedef void *primitive(lisp *l, void **arguments, size_t count);

/* values.c */
bool make_types(lisp *l);
bool make_symbols(lisp *l);
/* NULL, and why in l->error, when memory is short; so do all that follow. */
void *make(lisp *l, int type, size_t tail_bytes);
void *make_number(lisp *l, long value);
pair *make_pair(lisp *l, void *car, void *cdr);
closure *make_closure(lisp *l, void *names, void *body, frame *in);
handle *make_handle(lisp *l, char *name);
/* The one symbol of this name; borrowed from the table, which keeps it. */
symbol *intern(lisp *l, const char *name, size_t length);
bool is(const lisp *l, const void *value, int type);
/* Says why the caller returns NULL. */
void *fail(lisp *l, const char *why);

/* eval.c: the value of a form; `in` is NULL outside of functions. */
void *eval(lisp *l, void *form, frame *in);

/* text.c */
void *read_value(lisp *l);
void write_value(lisp *l, const void *value);

/* prompt.c: reads `in` line by line until it ends. Whether it could begin, and every
 * object had died in the end. */
bool run(FILE *in, FILE *out, const ouro_heap_config *config);

#endif
