/* playground_private.h - what the playground's files share.
 *
 *   playground.c         statements and requests
 *   playground_names.c   variables, and what a path stands for
 *   playground_values.c  values: made, looked at, in words
 *   playground_lives.c   what was created, destroyed, resurrected
 *   playground_state.c   the tables;  playground_step.c  a collection, watched */
#ifndef DAEMON_PLAYGROUND_PRIVATE_H
#define DAEMON_PLAYGROUND_PRIVATE_H

#include "heap_thread.h"
#include "life_watcher.h"
#include "list.h"
#include "person.h"
#include "playground.h"

/* Invariant: a variable owns one counted reference to its value, and nothing else of
 * the playground does between two requests. */
struct variable {
  char name[REPL_NAME_BYTES];
  void *value; /* owned reference, or NULL: None; a registered root of the heap */
};

/* Texts for an answer; past the bound they are only counted. */
struct text_list {
  char **items; /* owned, each too */
  size_t count, capacity, left_out;
};

struct playground {
  ouro_heap *heap;                           /* borrowed */
  const ouro_type *classes[REPL_CLASSES];    /* by enum repl_class */
  const ouro_type *list_type, *weakref_type; /* the latter NULL before the first */
  struct life_watcher watcher;
  struct variable **variables; /* owned, each too; in the order they were made */
  size_t variable_count, variable_capacity;

  /* Of the request that is being served. */
  bool is_evaluating;
  struct text_list created, destroyed, resurrected;
  uint64_t finalized; /* finalizers run since somebody looked for the resurrected */
};

/* --- playground_lives.c --- */

void text_list_add(struct text_list *list, const char *text);
/* Shorten what was too long to be shown. */
void text_list_end(struct text_list *list);
void text_list_fini(struct text_list *list);
/* Move the texts to an answer. */
void text_list_take(struct text_list *list, char ***ret_items, size_t *ret_count);

void playground_watch(struct playground *playground);
/* Name those who lived on although their finalizers ran, each once. Not while a
 * collection is stepped. */
void playground_find_resurrected(struct playground *playground);
/* Those whom somebody else's collection resurrected are not this request's. */
void playground_forget_resurrected(struct playground *playground);

/* --- playground_names.c --- */

/* An error with a place in the text. -1. */
int playground_fail(struct proto_error *error, int code, struct repl_place place,
                    const char *reason);

struct variable *find_variable(struct playground *playground, const char *name);
/* NULL at the limit and when memory is short. */
struct variable *make_variable(struct playground *playground, const char *name);
void delete_variable(struct playground *playground, struct variable *variable);

/* What the first `count` parts of a path stand for; borrowed, NULL is None. */
int look_up(struct playground *playground, const struct repl_path *path, unsigned count,
            void **ret, struct proto_error *error);
/* The list that a whole path stands for; borrowed. */
int look_up_list(struct playground *playground, const struct repl_path *path,
                 struct list **ret, struct proto_error *error);
/* The field that a path names, made where it is not there yet. */
int make_place(struct playground *playground, const struct repl_path *path,
               void ***ret_field, struct proto_error *error);
int delete_place(struct playground *playground, const struct repl_path *path,
                 struct proto_error *error);

/* --- playground_values.c --- */

#define OBJECT_REPR_BYTES 1024

bool is_person(const struct playground *playground, const void *object);
bool is_list(const struct playground *playground, const void *object);
bool is_weakref(const struct playground *playground, const void *object);
/* An object as Python writes it, without addresses; NULL is None. What does not fit is
 * counted ("and 7 more"). Also between the steps of a collection. */
void object_repr(const struct playground *playground, const void *object,
                 char ret[OBJECT_REPR_BYTES]);

/* A value that a name could keep, with a reference of the caller's own; NULL is None.
 * `items` are the program's. */
int make_value(struct playground *playground, const struct repl_value *value,
               const struct repl_value *items, void **ret, struct proto_error *error);

/* mutator_ops.text and .field */
void playground_text(const void *mutator, const void *object, char *ret, size_t size);
void playground_field(const void *mutator, const void *object, ouro_field field,
                      char *ret, size_t size);

/* --- requests --- */

/* repl.step: the answer names who died in the step, too. */
void playground_step(struct playground *playground, struct heap_thread *thread,
                     const struct proto_request *request, const char *who,
                     struct proto_result *ret);
/* Variables and objects as the tables show them. */
void playground_state(struct playground *playground, struct proto_result *ret);

#endif
