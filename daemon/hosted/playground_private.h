/* playground_private.h - what playground.c, which runs statements, shares with
 * playground_state.c and playground_step.c, which show what there is. */
#ifndef DAEMON_PLAYGROUND_PRIVATE_H
#define DAEMON_PLAYGROUND_PRIVATE_H

#include "heap_thread.h"
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
  ouro_heap *heap; /* borrowed */
  const ouro_type *person_type;
  struct person_watcher watcher;
  struct variable **variables; /* owned, each too; in the order they were made */
  size_t variable_count, variable_capacity;

  /* Of the request that is being served. */
  bool is_evaluating;
  struct text_list created, destroyed;
};

/* repl.step: the answer names who died in the step, too. */
void playground_step(struct playground *playground, struct heap_thread *thread,
                     const struct proto_request *request, const char *who,
                     struct proto_result *ret);
/* mutator_ops.text and .field */
void playground_text(const void *mutator, const void *object, char *ret, size_t size);
void playground_field(const void *mutator, const void *object, ouro_field field,
                      char *ret, size_t size);

/* Shorten what was too long to be shown. */
void text_list_end(struct text_list *list);
void text_list_fini(struct text_list *list);

/* Variables and objects as the tables show them. */
void playground_state(struct playground *playground, struct proto_result *ret);

#endif
