/* playground_private.h - what playground.c, which runs statements, shares with
 * playground_state.c, which shows what there is. */
#ifndef DAEMON_PLAYGROUND_PRIVATE_H
#define DAEMON_PLAYGROUND_PRIVATE_H

#include "person.h"
#include "playground.h"

/* Invariant: a variable owns one counted reference to its value, and nothing else of
 * the playground does between two requests. */
struct variable {
  char name[REPL_NAME_BYTES];
  void *value; /* owned reference, or NULL: None */
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
  struct variable *variables; /* owned; in the order they were made */
  size_t variable_count, variable_capacity;

  /* Of the request that is being served. */
  bool is_evaluating;
  struct text_list created, destroyed;
};

/* Variables and objects as the tables show them. */
void playground_state(struct playground *playground, struct proto_result *ret);

#endif
