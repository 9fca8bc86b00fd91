/* shadow.h - a heap that is obviously right: counting anew, reaching in loops.
 *
 *   vars[]    what the program's variables hold: the roots
 *   graves[]  where a resurrecting finalizer puts its object, one a node: roots too
 *   weak[]    the program's weak references; each tells when its target goes
 *   nodes[]   all nodes; a dead one is remembered until its place is needed
 *
 * Nothing here is clever on purpose: the count of a node is the number of places that
 * name it, what is reachable is what a loop reaches. */
#ifndef OURO_TESTS_SUPPORT_SHADOW_H
#define OURO_TESTS_SUPPORT_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

enum { VARS = 12, NODES = 96, FIELDS = 3, WEAK = 8 };

enum kind { PLAIN, DROPPING, RESURRECTING, CALLBACKS, LEAF, LARGE, KINDS };

enum { FROZEN_AGE = 3, UNTRACKED_AGE = 4 };

struct shadow_node {
  bool alive, finalized;
  enum kind kind;
  int age;
  int fields[FIELDS];
};

struct shadow_weak {
  bool exists;
  int age;
  int target; /* -1: cleared */
};

struct shadow {
  struct shadow_node nodes[NODES];
  int vars[VARS];
  int graves[NODES];
  struct shadow_weak weak[WEAK];
  uint64_t told; /* callbacks of weak references */
};

/* What a collection should report. */
struct shadow_outcome {
  uint64_t candidates, collected, finalized, resurrected, weakrefs_cleared;
};

void shadow_init(struct shadow *shadow);

/* The places that name a node. */
int shadow_refcount(const struct shadow *shadow, int node);

/* Counting: whoever nobody refers to dies, until nobody does. `except` is spared; it
 * may be NULL. To be called after every change. */
void shadow_count(struct shadow *shadow, const bool *except);

struct shadow_outcome shadow_collect(struct shadow *shadow, int generation);

/* Everything tracked gets the age `to` if its age is `from`; from < 0: any generation.
 */
void shadow_move(struct shadow *shadow, int from, int to);

#endif
