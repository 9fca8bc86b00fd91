/* oracle_private.h - the two heaps side by side, and the operations on both. */
#ifndef OURO_TESTS_SUPPORT_ORACLE_PRIVATE_H
#define OURO_TESTS_SUPPORT_ORACLE_PRIVATE_H

#include <ouro/ouro.h>

#include "oracle.h"
#include "shadow.h"

enum { BLOCKS = 6, BALLASTS = 3, BALLAST = 140 };

/* The memory limit of the heap, and an object that is beyond it. */
#define ORACLE_LIMIT ((size_t)32 << 20)
#define ORACLE_HUGE  ((size_t)40 << 20)

/* What every node is in the real heap, but for weak references. */
struct object {
  void *fields[DECLARED];
  struct oracle *oracle;
  uint64_t index;
};

/* What a weak reference's callback gets. */
struct watched {
  struct oracle *oracle;
  int node;
  unsigned told; /* in this operation */
};

struct oracle {
  ouro_heap *heap;
  const ouro_type *types[KINDS]; /* NULL for WEAKLING until there is one */
  struct shadow shadow;
  void *objects[NODES]; /* of the shadow's nodes */
  struct watched watched[NODES], nobody;
  void *vars[VARS], *graves[NODES], *weak[WEAK];
  bool is_root[VARS];
  struct {
    unsigned char *bytes;
    size_t size;
    unsigned char pattern;
  } blocks[BLOCKS];
  /* Untracked objects of half a kilobyte that fill whole pools, of LEAF and TAILED;
   * nobody refers to them. */
  void *ballast[BALLASTS][BALLAST];
  uint64_t ballast_objects[2], ballast_sum;
  /* The collection that runs or must come in this operation. */
  bool awaits;
  unsigned awaited_generation;
  ouro_reason awaited_reason;
  struct shadow_outcome outcome;
  uint64_t collections;
  int next_inspected;
  bool failed, closing;
  char *message;
  size_t size;
};

__attribute__((format(printf, 2, 3))) void oracle_disagree(struct oracle *oracle,
                                                           const char *format, ...);

/* ---- oracle_heap.c: the real heap's types and its user code ---- */

int oracle_add_types(struct oracle *oracle);
void oracle_name(struct oracle *oracle, int node, void *object);
/* Where a reference of a node stands. */
void *oracle_field(const struct oracle *oracle, int node, int field);
void oracle_on_collection(ouro_heap *heap, ouro_gc_event event,
                          const ouro_collection *collection, void *context);
void oracle_on_cleared(ouro_heap *heap, ouro_weakref *reference, void *context);
/* A collection must start before the call that follows returns, and only this one. */
void oracle_await(struct oracle *oracle, int generation, ouro_reason reason);

/* ---- oracle_ops.c ---- */

/* Name, how often among 64, and how it reads: %v and %o are variables, %w a weak
 * reference of the program's, %f a field, %k a kind, %a and %b the operands. */
#define ORACLE_OPS(X)                                                                  \
  X(NEW, 13, "%v = new %k")                                                            \
  X(LINK, 12, "%v.%f = %o")                                                            \
  X(UNLINK, 3, "%v.%f = nothing")                                                      \
  X(DROP, 6, "%v = nothing")                                                           \
  X(COPY, 3, "%v = %o")                                                                \
  X(LOAD, 3, "%v = %o.%f")                                                             \
  X(EXHUME, 2, "forget what a finalizer saved, from %a on")                            \
  X(WEAKEN, 3, "%t = weak reference to %v")                                            \
  X(GET, 2, "%v = target of %s")                                                       \
  X(FORGET, 1, "%w = nothing")                                                         \
  X(TRACK, 1, "track or untrack %v")                                                   \
  X(FREEZE, 1, "%z")                                                                   \
  X(COLLECT, 3, "collect generation %g")                                               \
  X(SAFEPOINT, 1, "safepoint")                                                         \
  X(REQUEST, 1, "request generation %g")                                               \
  X(THRESHOLD, 1, "thresholds %h")                                                     \
  X(ENABLE, 1, "%e")                                                                   \
  X(IMMORTAL, 1, "make %v immortal")                                                   \
  X(ROOT, 1, "%v: register or forget as a root")                                       \
  X(BLOCK, 2, "block %c: new, resize or free, size %b")                                \
  X(SAVEALL, 1, "%d")                                                                  \
  X(GARBAGE, 1, "%x the garbage list")                                                 \
  X(HUGE, 1, "new beyond the memory limit")                                            \
  X(STEPPED, 2, "collect generation %g, %n phases in steps")                           \
  X(BALLAST_OP, 1, "ballast %i: fill, or free in order %b")

enum op {
#define ORACLE_ENUM(name, weight, text) name,
  ORACLE_OPS(ORACLE_ENUM)
#undef ORACLE_ENUM
};

/* Three bytes, read. */
struct step {
  enum op op;
  unsigned a, b;
  int var, other, field, weak;
  enum kind kind;
  int tail;
};

struct step oracle_decode(const uint8_t *op);

void oracle_step(struct oracle *oracle, const uint8_t *op);

/* ---- oracle_step.c ---- */

/* `steps` of the phases one by one, the rest at once. */
void oracle_collect_in_steps(struct oracle *oracle, unsigned generation,
                             unsigned steps);

/* ---- oracle_compare.c ---- */

void oracle_compare_outcome(struct oracle *oracle, const ouro_collection *real);
void oracle_compare(struct oracle *oracle, bool everything);

/* ---- oracle_inspect.c ---- */

/* All of the heap, and one node or the next that is alive more closely. */
void oracle_inspect(struct oracle *oracle, int node, const int counts[NODES]);

#endif
