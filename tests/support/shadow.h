/* shadow.h - a heap that is obviously right: counting anew, reaching in loops.
 *
 *   vars[]    what the program's variables hold: roots
 *   graves[]  where a finalizer puts what it saves or makes, one a node: roots too
 *   weak[]    the program's weak references: roots; weak references are nodes
 *   nodes[]   all nodes; a dead one is remembered until its place is needed
 *
 * Nothing here is clever on purpose: the count of a node is the number of places that
 * name it, what is reachable is what a loop reaches. What user code does inside deaths
 * and collections (shadow.c, "user code") leads to the same graph in every order, since
 * nobody promises an order: it only drops references and saves what it can still see.
 */
#ifndef OURO_TESTS_SUPPORT_SHADOW_H
#define OURO_TESTS_SUPPORT_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

enum { VARS = 12, NODES = 96, DECLARED = 3, FIELDS = 2 * DECLARED, WEAK = 8 };

enum kind {
  PLAIN,
  DROPPING,     /* its finalizer clears its first field */
  RESURRECTING, /* ... saves itself */
  MAKING,       /* ... makes a node that refers to what its second field refers to */
  COLLECTING,   /* ... collects everything, if its death is what begins it all */
  CALLBACKS,    /* traverse and clear */
  STUBBORN,     /* traverse and no clear: uncollectable */
  HIDING,       /* owns references that it does not report */
  LEAF,
  LARGE,
  TAILED,   /* a tail of references besides the fields; it may be long */
  WEAKLING, /* a weak reference */
  KINDS
};

enum { FROZEN_AGE = 3, UNTRACKED_AGE = 4 };

/* Whether a weak reference is told in this operation: its target lives; it is; it must
 * not be, because it is garbage itself. */
enum telling { QUIET, TOLD, SILENT };

struct shadow_node {
  bool alive, finalized, immortal;
  bool collects; /* its finalizer collected in this operation */
  bool just_died;
  enum kind kind;
  int age;
  int field_count, tail;
  int fields[FIELDS];
  int saved;  /* times in the garbage list */
  int target; /* of a WEAKLING; -1: cleared */
  enum telling telling;
  int child; /* what its finalizer makes, decided here; -1: nothing */
};

/* What a collection should report. */
struct shadow_outcome {
  uint64_t candidates, collected, finalized, resurrected, uncollectable;
  uint64_t weakrefs_cleared, promoted, freed_objects;
};

struct shadow {
  struct shadow_node nodes[NODES];
  int vars[VARS], graves[NODES], weak[WEAK];
  int running; /* whose finalizer collects now: held meanwhile; -1 */
  bool collecting;
  /* When to collect. */
  uint64_t counts[3];
  uint32_t thresholds[3];
  bool enabled, saveall;
  unsigned request; /* generation + 1 */
  uint64_t long_lived;
  /* Of this operation. */
  uint64_t born_inside; /* by finalizers: count 0 then depends on an order */
  uint64_t deaths;
  struct shadow_outcome nested; /* of a COLLECTING node's collection */
  bool has_nested;
};

void shadow_init(struct shadow *shadow);

/* Before each operation. */
void shadow_begin(struct shadow *shadow);

/* A place for a new node, or -1. One that died in this operation is not free yet. */
int shadow_free_node(const struct shadow *shadow);

/* A node is born there; nothing refers to it. */
void shadow_birth(struct shadow *shadow, int node, enum kind kind, int tail);

/* How many references a field stands for: the second of a long tail is all of them
 * between the first and the last. */
int shadow_weight(const struct shadow_node *node, int field);

/* The places that name each node. */
void shadow_refcounts(const struct shadow *shadow, int counts[NODES]);

/* Counting: whoever nobody refers to dies, until nobody does. `except` is spared; it
 * may be NULL. To be called after every change; `first` is the node that the change let
 * go, or -1. */
void shadow_count(struct shadow *shadow, const bool *except, int first);

/* ---- shadow_collect.c ---- */

struct shadow_outcome shadow_collect(struct shadow *shadow, int generation);

/* What a collection would find now: references from outside the candidates (-1: it is
 * none), and who is garbage. */
struct shadow_examined {
  bool alive[NODES], immortal[NODES], garbage[NODES];
  int gc_refs[NODES];
};
void shadow_examine(const struct shadow *shadow, int generation,
                    struct shadow_examined *examined);

/* Which generation an allocation collects first, -1: none. */
int shadow_due_at_birth(const struct shadow *shadow, bool tracked);
int shadow_due_at_safepoint(const struct shadow *shadow);

/* Everything tracked gets the age `to` if its age is `from`; from < 0: any generation.
 */
void shadow_move(struct shadow *shadow, int from, int to);

uint64_t shadow_of_age(const struct shadow *shadow, int age);

/* ---- for shadow.c and shadow_collect.c ---- */

bool shadow_needs_finalizer(const struct shadow_node *node);
void shadow_finalize(struct shadow *shadow, int node);
/* Those in `garbage` (may be NULL) are not told. How many were cleared. */
uint64_t shadow_clear_weak(struct shadow *shadow, int node, const bool *garbage);
void shadow_kill(struct shadow *shadow, int node, const bool *garbage);

#endif
