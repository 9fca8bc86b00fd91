/* workshop.h - a heap that runs one small workload at a time, whichever is started.
 *
 *   workload.start {heap: "workshop", workload: "cache"}
 *
 *   person | churn | binary-trees | cache | leak      one file each, one idea each
 *               ^ runs now: make() as often as its rate says
 *
 * A workload says in its class what it stresses, makes one unit of its work at a time,
 * and lets go of everything when it is stopped, when another one starts, and when
 * memory is short. Nothing but its seed decides what it does, so two runs with the same
 * settings make the same objects. The heap's own thread. */
#ifndef DAEMON_WORKSHOP_H
#define DAEMON_WORKSHOP_H

#include "heap_thread.h"
#include "workload.h"

/* Every workload of the workshop begins its tables with these. */
enum workshop_setting { WORKSHOP_RATE, WORKSHOP_SEED, WORKSHOP_SETTINGS };
enum workshop_counter { WORKSHOP_MADE, WORKSHOP_OUT_OF_MEMORY, WORKSHOP_COUNTERS };

#define WORKSHOP_SEED_ROW                                                              \
  {                                                                                    \
    "seed", "number",                                                                  \
        "Where chance begins: the same settings and seed make the same objects.", 0,   \
        4294967295, 1                                                                  \
  }

/* What a workload works with. */
struct bench {
  ouro_heap *heap; /* borrowed */
  struct workload_state state;
  uint64_t random;
};

/* A number below `below`, which is above 0. */
uint64_t bench_random(struct bench *bench, uint64_t below);
/* A setting that is a whole number anyway. */
static inline uint64_t bench_setting(const struct bench *bench, unsigned index) {
  return (uint64_t)bench->state.values[index];
}

/* A declared field by its offset. */
struct workshop_field {
  const char *type;
  size_t at;
  const char *name;
};

struct workshop_kind {
  const struct workload_class *class;
  size_t own_bytes; /* of its own struct: zeroed once, when the heap is made */
  /* Register types. 0 or a negative OURO_E... */
  int (*open)(void *own, ouro_heap *heap);
  /* One unit of what the rate counts. False when memory is short. */
  bool (*make)(void *own, struct bench *bench);
  /* Settings have changed: let go of what they do not allow any more. */
  void (*trim)(void *own, struct bench *bench);
  /* Let go of everything; what comes next begins anew. May be called twice. */
  void (*end)(void *own, struct bench *bench);
  /* For who looks into the heap; types are this kind's alone, so that garbage of a
   * workload that has ended has names too. */
  const struct workshop_field *fields; /* ends with a type of NULL; may be NULL */
  /* As in mutator_ops; each writes nothing for an object of another kind, and may be
   * NULL. */
  void (*text)(const void *own, const ouro_heap *heap, const void *object, char *ret,
               size_t size);
  void (*field)(const void *own, const ouro_heap *heap, const void *object,
                ouro_field field, char *ret, size_t size);
};

extern const struct workshop_kind workshop_person, workshop_churn,
    workshop_binary_trees, workshop_cache, workshop_leak;

/* NULL at the end; in the order in which `state.kind` counts them. */
extern const struct workload_class *const workshop_classes[];
extern const struct mutator_ops workshop_ops;

/* Make the mutator of a heap, stopped. NULL with one line in `message` when memory is
 * short. The caller owns it until a heap thread does. */
void *workshop_new(ouro_heap *heap, char *message, size_t size);

#endif
