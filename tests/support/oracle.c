/* oracle.c - the slow twin; see oracle.h.
 *
 *   vars[]    what the program's variables hold: the roots
 *   graves[]  where a resurrecting finalizer puts its object, one a node: roots too
 *   weak[]    the program's weak references; each tells when its target goes
 *   nodes[]   all nodes; a dead one is remembered until its place is needed
 *
 * Nothing here is clever on purpose: the count of a node is the number of places that
 * name it, what is reachable is what a loop reaches. */
#include "oracle.h"

#include <ouro/ouro.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VARS = 12, NODES = 96, FIELDS = 3, WEAK = 8 };

enum kind { PLAIN, DROPPING, RESURRECTING, CALLBACKS, LEAF, LARGE, KINDS };

enum op {
  NEW,
  LINK,
  UNLINK,
  DROP,
  COPY,
  LOAD,
  EXHUME,
  WEAKEN,
  COLLECT,
  THRESHOLD,
  OPS
};

struct object {
  void *fields[FIELDS];
  struct oracle *oracle;
  uint64_t index;
};

struct shadow {
  bool alive, finalized;
  enum kind kind;
  int age; /* -1: untracked */
  int fields[FIELDS];
  struct object *object;
};

struct weak {
  bool exists;
  int age;
  int target; /* -1: cleared */
};

struct oracle {
  ouro_heap *heap;
  const ouro_type *types[KINDS];
  struct shadow nodes[NODES];
  int vars[VARS];
  int graves[NODES];
  struct weak weak[WEAK];
  uint64_t told, should_be_told;
  ouro_weakref *real_weak[WEAK];
  void *real_vars[VARS];
  void *real_graves[NODES];
  bool failed;
  char *message;
  size_t size;
};

__attribute__((format(printf, 2, 3))) static void disagree(struct oracle *oracle,
                                                           const char *format, ...) {
  if (oracle->failed)
    return;
  oracle->failed = true;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(oracle->message, oracle->size, format, arguments);
  va_end(arguments);
}

/* ---- the real heap's types ---- */

static void finalize_dropping(ouro_heap *heap, void *object) {
  struct object *self = object;
  const struct oracle *oracle = self->oracle;
  bool enabled = ouro_gc_is_enabled(heap);
  ouro_gc_disable(heap);
  void *fresh = ouro_new(heap, oracle->types[PLAIN]);
  if (enabled)
    ouro_gc_enable(heap);
  if (fresh != NULL)
    ouro_decref(heap, fresh);
  ouro_clear(heap, &self->fields[0]);
}

static void finalize_resurrecting(ouro_heap *heap, void *object) {
  struct object *self = object;
  ouro_set(heap, &self->oracle->real_graves[self->index], self);
}

static void traverse(const void *object, ouro_visit *visit, void *argument) {
  const struct object *self = object;
  for (int i = 0; i < FIELDS; i++)
    visit(self->fields[i], argument);
}

static void clear(ouro_heap *heap, void *object) {
  struct object *self = object;
  for (int i = 0; i < FIELDS; i++)
    ouro_clear(heap, &self->fields[i]);
}

static bool add_types(struct oracle *oracle) {
  static const size_t refs[FIELDS] = {0, sizeof(void *), 2 * sizeof(void *)};
  ouro_type_info fields = {.name = "Plain",
                           .size = sizeof(struct object),
                           .refs = refs,
                           .ref_count = FIELDS};
  ouro_type_info infos[KINDS];
  for (int i = 0; i < KINDS; i++)
    infos[i] = fields;
  infos[DROPPING].finalize = finalize_dropping;
  infos[RESURRECTING].finalize = finalize_resurrecting;
  infos[CALLBACKS] = (ouro_type_info){.name = "Callbacks",
                                      .size = sizeof(struct object),
                                      .traverse = traverse,
                                      .clear = clear};
  infos[LEAF] = (ouro_type_info){
      .name = "Leaf", .size = sizeof(struct object), .flags = OURO_TYPE_ACYCLIC};
  infos[LARGE].size = 700;
  for (int i = 0; i < KINDS; i++)
    if (ouro_type_new(oracle->heap, &infos[i], &oracle->types[i]) != OURO_OK)
      return false;
  return true;
}

/* ---- the shadow's rules ---- */

static int count_refs(const struct oracle *oracle, int node) {
  int count = 0;
  for (int i = 0; i < VARS; i++)
    count += oracle->vars[i] == node;
  for (int i = 0; i < NODES; i++) {
    count += oracle->graves[i] == node;
    for (int f = 0; f < FIELDS && oracle->nodes[i].alive; f++)
      count += oracle->nodes[i].fields[f] == node;
  }
  return count;
}

/* What a finalizer does. */
static void shadow_finalize(struct oracle *oracle, int node) {
  struct shadow *shadow = &oracle->nodes[node];
  shadow->finalized = true;
  if (shadow->kind == DROPPING)
    shadow->fields[0] = -1;
  else
    oracle->graves[node] = node;
}

static bool needs_finalizer(const struct shadow *shadow) {
  return !shadow->finalized &&
         (shadow->kind == DROPPING || shadow->kind == RESURRECTING);
}

static uint64_t shadow_clear_weak(struct oracle *oracle, int node) {
  uint64_t cleared = 0;
  for (int i = 0; i < WEAK; i++)
    if (oracle->weak[i].exists && oracle->weak[i].target == node) {
      oracle->weak[i].target = -1;
      cleared++;
    }
  oracle->should_be_told += cleared;
  return cleared;
}

static void shadow_kill(struct oracle *oracle, int node) {
  struct shadow *shadow = &oracle->nodes[node];
  shadow->alive = false;
  for (int f = 0; f < FIELDS; f++)
    shadow->fields[f] = -1;
  (void)shadow_clear_weak(oracle, node);
}

/* Counting: whoever nobody refers to dies, until nobody does. `except` is spared. */
static void shadow_count(struct oracle *oracle, const bool *except) {
  for (bool again = true; again;) {
    again = false;
    for (int i = 0; i < NODES; i++) {
      struct shadow *shadow = &oracle->nodes[i];
      if (!shadow->alive || (except != NULL && except[i]) || count_refs(oracle, i) > 0)
        continue;
      again = true;
      if (needs_finalizer(shadow))
        shadow_finalize(oracle, i);
      else
        shadow_kill(oracle, i);
    }
  }
}

/* Of `set`, what something outside the set refers to, and all it reaches inside. */
static void shadow_reach(const struct oracle *oracle, const bool *set, bool *reached) {
  for (int i = 0; i < NODES; i++) {
    int inside = 0;
    for (int j = 0; j < NODES; j++)
      for (int f = 0; f < FIELDS && set[j]; f++)
        inside += oracle->nodes[j].fields[f] == i;
    reached[i] = set[i] && count_refs(oracle, i) > inside;
  }
  for (bool again = true; again;) {
    again = false;
    for (int i = 0; i < NODES; i++)
      for (int f = 0; f < FIELDS && reached[i]; f++) {
        int to = oracle->nodes[i].fields[f];
        if (to >= 0 && set[to] && !reached[to])
          again = reached[to] = true;
      }
  }
}

struct outcome {
  uint64_t candidates, collected, finalized, resurrected, weakrefs_cleared;
};

static struct outcome shadow_collect(struct oracle *oracle, int generation) {
  struct outcome outcome = {0};
  bool set[NODES], reached[NODES], garbage[NODES];
  for (int i = 0; i < NODES; i++) {
    const struct shadow *shadow = &oracle->nodes[i];
    set[i] = shadow->alive && shadow->age >= 0 && shadow->age <= generation;
    outcome.candidates += set[i];
  }
  for (int i = 0; i < WEAK; i++)
    if (oracle->weak[i].exists && oracle->weak[i].age <= generation) {
      oracle->weak[i].age = generation == 0 ? 1 : 2;
      outcome.candidates++;
    }
  shadow_reach(oracle, set, reached);
  for (int i = 0; i < NODES; i++) {
    garbage[i] = set[i] && !reached[i];
    if (reached[i])
      oracle->nodes[i].age = generation == 0 ? 1 : 2;
  }
  for (int i = 0; i < NODES; i++)
    if (garbage[i])
      outcome.weakrefs_cleared += shadow_clear_weak(oracle, i);
  for (int i = 0; i < NODES; i++)
    if (garbage[i] && needs_finalizer(&oracle->nodes[i])) {
      shadow_finalize(oracle, i);
      outcome.finalized++;
    }
  /* What finalizers dropped outside the garbage is gone at once; the garbage is held.
   */
  shadow_count(oracle, garbage);
  if (outcome.finalized > 0) {
    shadow_reach(oracle, garbage, reached);
    for (int i = 0; i < NODES; i++)
      if (garbage[i] && reached[i]) {
        garbage[i] = false;
        oracle->nodes[i].age = 2;
        outcome.resurrected++;
      }
  }
  for (int i = 0; i < NODES; i++)
    if (garbage[i]) {
      shadow_kill(oracle, i);
      outcome.collected++;
    }
  shadow_count(oracle, NULL);
  return outcome;
}

static void compare_outcome(struct oracle *oracle, const ouro_collection *real,
                            struct outcome shadow) {
  const struct {
    const char *name;
    uint64_t is, should_be;
  } rows[] = {
      {"candidates", real->candidates, shadow.candidates},
      {"collected", real->collected, shadow.collected},
      {"finalized", real->finalized, shadow.finalized},
      {"resurrected", real->resurrected, shadow.resurrected},
      {"weakrefs_cleared", real->weakrefs_cleared, shadow.weakrefs_cleared},
      {"uncollectable", real->uncollectable, 0},
  };
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].is != rows[i].should_be)
      disagree(oracle, "collection of %u: %s is %llu, should be %llu", real->generation,
               rows[i].name, (unsigned long long)rows[i].is,
               (unsigned long long)rows[i].should_be);
}

/* Every collection, asked for or not, ends here. */
static void on_collection(ouro_heap *heap, ouro_gc_event event,
                          const ouro_collection *collection, void *context) {
  struct oracle *oracle = context;
  (void)heap;
  if (event == OURO_GC_STOP)
    compare_outcome(oracle, collection,
                    shadow_collect(oracle, (int)collection->generation));
}

/* ---- comparing ---- */

static uint64_t compare_weak(struct oracle *oracle) {
  uint64_t alive = 0;
  for (int i = 0; i < WEAK; i++) {
    const struct weak *weak = &oracle->weak[i];
    if (!weak->exists)
      continue;
    alive++;
    void *target = ouro_weakref_get(oracle->heap, oracle->real_weak[i]);
    void *should_be = weak->target < 0 ? NULL : oracle->nodes[weak->target].object;
    if (target != should_be)
      disagree(oracle, "weak reference %d: its target is %s", i,
               target == NULL ? "gone" : "another");
    if (ouro_object_generation(oracle->real_weak[i]) != weak->age)
      disagree(oracle, "weak reference %d: generation %d, should be %d", i,
               ouro_object_generation(oracle->real_weak[i]), weak->age);
    ouro_decref_maybe(oracle->heap, target);
  }
  if (oracle->told != oracle->should_be_told)
    disagree(oracle, "%llu callbacks, should be %llu", (unsigned long long)oracle->told,
             (unsigned long long)oracle->should_be_told);
  return alive;
}

static void compare(struct oracle *oracle, bool whole_heap) {
  uint64_t alive = 0;
  for (int i = 0; i < NODES && !oracle->failed; i++) {
    const struct shadow *shadow = &oracle->nodes[i];
    if (!shadow->alive)
      continue;
    alive++;
    int count = count_refs(oracle, i);
    if ((int)ouro_refcount(shadow->object) != count)
      disagree(oracle, "node %d: refcount %u, should be %d", i,
               ouro_refcount(shadow->object), count);
    else if (shadow->object->index != (uint64_t)i)
      disagree(oracle, "node %d: its memory belongs to another", i);
    else if (ouro_object_generation(shadow->object) != shadow->age)
      disagree(oracle, "node %d: generation %d, should be %d", i,
               ouro_object_generation(shadow->object), shadow->age);
  }
  alive += compare_weak(oracle);
  ouro_heap_stats stats;
  ouro_heap_get_stats(oracle->heap, &stats);
  if (stats.live_objects != alive)
    disagree(oracle, "%llu objects live, should be %llu",
             (unsigned long long)stats.live_objects, (unsigned long long)alive);
  char message[160];
  if (whole_heap && ouro_verify(oracle->heap, message, sizeof message) != OURO_OK)
    disagree(oracle, "verify: %s", message);
}

/* ---- operations, on both ---- */

static int free_node(const struct oracle *oracle) {
  for (int i = 0; i < NODES; i++)
    if (!oracle->nodes[i].alive && oracle->graves[i] < 0)
      return i;
  return -1;
}

static void set_var(struct oracle *oracle, int var, int node) {
  void *object = node < 0 ? NULL : oracle->nodes[node].object;
  oracle->vars[var] = node;
  ouro_set(oracle->heap, &oracle->real_vars[var], object);
  shadow_count(oracle, NULL);
}

static void set_field(struct oracle *oracle, int node, int field, int value) {
  if (oracle->nodes[node].kind == LEAF)
    return;
  void *object = value < 0 ? NULL : oracle->nodes[value].object;
  oracle->nodes[node].fields[field] = value;
  ouro_set(oracle->heap, &oracle->nodes[node].object->fields[field], object);
  shadow_count(oracle, NULL);
}

static void do_new(struct oracle *oracle, int var, enum kind kind) {
  struct object *object = ouro_new(oracle->heap, oracle->types[kind]);
  int node = free_node(oracle);
  if (object == NULL || oracle->failed) {
    disagree(oracle, "no memory");
    return;
  }
  if (node < 0) {
    ouro_decref(oracle->heap, object);
    return;
  }
  object->oracle = oracle;
  object->index = (uint64_t)node;
  oracle->nodes[node] = (struct shadow){.alive = true,
                                        .kind = kind,
                                        .age = kind == LEAF ? -1 : 0,
                                        .fields = {-1, -1, -1},
                                        .object = object};
  oracle->vars[var] = node;
  ouro_set_take(oracle->heap, &oracle->real_vars[var], object);
  shadow_count(oracle, NULL);
}

static void do_exhume(struct oracle *oracle, unsigned which) {
  int grave = (int)(which % NODES);
  for (int i = 0; i < NODES && oracle->graves[grave] < 0; i++)
    grave = (grave + 1) % NODES;
  oracle->graves[grave] = -1;
  ouro_set(oracle->heap, &oracle->real_graves[grave], NULL);
  shadow_count(oracle, NULL);
}

static void on_cleared(ouro_heap *heap, ouro_weakref *reference, void *context) {
  (void)heap, (void)reference;
  ((struct oracle *)context)->told++;
}

static void do_weaken(struct oracle *oracle, int var, int slot) {
  if (oracle->vars[var] < 0)
    return;
  ouro_weakref *reference =
      ouro_weakref_new(oracle->heap, oracle->real_vars[var], on_cleared, oracle);
  if (reference == NULL) {
    disagree(oracle, "no memory");
    return;
  }
  ouro_set_take(oracle->heap, &oracle->real_weak[slot], reference);
  oracle->weak[slot] =
      (struct weak){.exists = true, .age = 0, .target = oracle->vars[var]};
}

static void do_threshold(struct oracle *oracle, unsigned a, unsigned b) {
  uint32_t thresholds[3] = {a % 24, b % 3, b % 4};
  (void)ouro_gc_set_threshold(oracle->heap, thresholds, 3);
}

static void step(struct oracle *oracle, const uint8_t *op) {
  int var = op[1] % VARS, other = op[2] % VARS, field = op[2] / VARS % FIELDS;
  int node = oracle->vars[var];
  switch ((enum op)(op[0] % OPS)) {
  case NEW: do_new(oracle, var, (enum kind)(op[2] % KINDS)); break;
  case LINK:
    if (node >= 0)
      set_field(oracle, node, field, oracle->vars[other]);
    break;
  case UNLINK:
    if (node >= 0)
      set_field(oracle, node, field, -1);
    break;
  case DROP: set_var(oracle, var, -1); break;
  case COPY: set_var(oracle, var, oracle->vars[other]); break;
  case LOAD:
    if (oracle->vars[other] >= 0)
      set_var(oracle, var, oracle->nodes[oracle->vars[other]].fields[field]);
    break;
  case EXHUME: do_exhume(oracle, op[1]); break;
  case WEAKEN: do_weaken(oracle, var, op[2] % WEAK); break;
  case COLLECT: (void)ouro_gc_collect(oracle->heap, op[1] % 3, NULL); break;
  case THRESHOLD:
  case OPS: do_threshold(oracle, op[1], op[2]); break;
  }
}

bool oracle_run(const uint8_t *program, size_t bytes, char *message, size_t size) {
  struct oracle *oracle = calloc(1, sizeof *oracle);
  if (oracle == NULL)
    return true;
  ouro_heap_config config = {.reserve_bytes = (size_t)64 << 20};
  oracle->message = message;
  oracle->size = size;
  oracle->heap = ouro_heap_new(&config);
  for (int i = 0; i < VARS; i++)
    oracle->vars[i] = -1;
  for (int i = 0; i < NODES; i++) {
    oracle->graves[i] = -1;
    shadow_kill(oracle, i);
  }
  if (oracle->heap == NULL || !add_types(oracle))
    disagree(oracle, "no heap");
  else
    ouro_gc_set_callback(oracle->heap, on_collection, oracle);
  for (size_t at = 0; at + ORACLE_OP_BYTES <= bytes && !oracle->failed;
       at += ORACLE_OP_BYTES) {
    step(oracle, program + at);
    compare(oracle, at / ORACLE_OP_BYTES % 16 == 0);
    if (oracle->failed) {
      size_t length = strlen(message);
      snprintf(message + length, size - length, " (operation %zu)",
               at / ORACLE_OP_BYTES);
    }
  }
  ouro_gc_set_callback(oracle->heap, NULL, NULL);
  ouro_heap_free(oracle->heap);
  bool failed = oracle->failed;
  free(oracle);
  return !failed;
}

size_t oracle_shrink(uint8_t *program, size_t bytes) {
  char message[256];
  uint8_t *shorter = malloc(bytes);
  if (shorter == NULL)
    return bytes;
  for (size_t cut = bytes / ORACLE_OP_BYTES / 2; cut >= 1;) {
    bool shrunk = false;
    size_t width = cut * ORACLE_OP_BYTES;
    for (size_t at = 0; at + width <= bytes;) {
      memcpy(shorter, program, at);
      memcpy(shorter + at, program + at + width, bytes - at - width);
      if (oracle_run(shorter, bytes - width, message, sizeof message)) {
        at += width;
        continue;
      }
      bytes -= width;
      memcpy(program, shorter, bytes);
      shrunk = true;
    }
    if (!shrunk)
      cut /= 2;
  }
  free(shorter);
  return bytes;
}

void oracle_print(const uint8_t *program, size_t bytes) {
  static const char *const names[OPS] = {"new",     "link",     "unlink", "drop",
                                         "copy",    "load",     "exhume", "weaken",
                                         "collect", "threshold"};
  for (size_t at = 0; at + ORACLE_OP_BYTES <= bytes; at += ORACLE_OP_BYTES) {
    const uint8_t *op = program + at;
    fprintf(stderr, "  %-9s %3u %3u   var %d, other %d, field %d, kind %d\n",
            names[op[0] % OPS], op[1], op[2], op[1] % VARS, op[2] % VARS,
            op[2] / VARS % FIELDS, op[2] % KINDS);
  }
}
