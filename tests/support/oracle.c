/* oracle.c - a program, run on a heap and on its shadow; see oracle.h.
 *
 *   program --step--> real heap      compared after every step: who lives, counts,
 *                \--> shadow.c       ages, weak references, what collections report */
#include "oracle.h"

#include <ouro/ouro.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shadow.h"

enum op {
  NEW,
  LINK,
  UNLINK,
  DROP,
  COPY,
  LOAD,
  EXHUME,
  WEAKEN,
  TRACK,
  FREEZE,
  COLLECT,
  THRESHOLD,
  OPS
};

struct object {
  void *fields[FIELDS];
  struct oracle *oracle;
  uint64_t index;
};

struct oracle {
  ouro_heap *heap;
  const ouro_type *types[KINDS];
  struct shadow shadow;
  struct object *objects[NODES]; /* of the shadow's nodes */
  void *vars[VARS];
  void *graves[NODES];
  ouro_weakref *weak[WEAK];
  uint64_t told;
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
  ouro_set(heap, &self->oracle->graves[self->index], self);
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

/* ---- comparing ---- */

static void compare_outcome(struct oracle *oracle, const ouro_collection *real,
                            struct shadow_outcome shadow) {
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
                    shadow_collect(&oracle->shadow, (int)collection->generation));
}

static int age_of(const void *object) {
  int generation = ouro_object_generation(object);
  return generation >= 0 ? generation
                         : (ouro_is_tracked(object) ? FROZEN_AGE : UNTRACKED_AGE);
}

static uint64_t compare_weak(struct oracle *oracle) {
  uint64_t alive = 0;
  for (int i = 0; i < WEAK; i++) {
    const struct shadow_weak *weak = &oracle->shadow.weak[i];
    if (!weak->exists)
      continue;
    alive++;
    void *target = ouro_weakref_get(oracle->heap, oracle->weak[i]);
    void *should_be = weak->target < 0 ? NULL : oracle->objects[weak->target];
    if (target != should_be)
      disagree(oracle, "weak reference %d: its target is %s", i,
               target == NULL ? "gone" : "another");
    if (age_of(oracle->weak[i]) != weak->age)
      disagree(oracle, "weak reference %d: age %d, should be %d", i,
               age_of(oracle->weak[i]), weak->age);
    ouro_decref_maybe(oracle->heap, target);
  }
  if (oracle->told != oracle->shadow.told)
    disagree(oracle, "%llu callbacks, should be %llu", (unsigned long long)oracle->told,
             (unsigned long long)oracle->shadow.told);
  return alive;
}

static void compare(struct oracle *oracle, bool whole_heap) {
  uint64_t alive = 0, frozen = 0;
  for (int i = 0; i < NODES && !oracle->failed; i++) {
    const struct shadow_node *node = &oracle->shadow.nodes[i];
    const struct object *object = oracle->objects[i];
    if (!node->alive)
      continue;
    alive++;
    frozen += node->age == FROZEN_AGE;
    int count = shadow_refcount(&oracle->shadow, i);
    if ((int)ouro_refcount(object) != count)
      disagree(oracle, "node %d: refcount %u, should be %d", i, ouro_refcount(object),
               count);
    else if (object->index != (uint64_t)i)
      disagree(oracle, "node %d: its memory belongs to another", i);
    else if (age_of(object) != node->age)
      disagree(oracle, "node %d: age %d, should be %d", i, age_of(object), node->age);
  }
  for (int i = 0; i < WEAK; i++)
    frozen += oracle->shadow.weak[i].exists && oracle->shadow.weak[i].age == FROZEN_AGE;
  alive += compare_weak(oracle);
  ouro_heap_stats stats;
  ouro_heap_get_stats(oracle->heap, &stats);
  if (stats.live_objects != alive)
    disagree(oracle, "%llu objects live, should be %llu",
             (unsigned long long)stats.live_objects, (unsigned long long)alive);
  if (stats.frozen_objects != frozen)
    disagree(oracle, "%llu objects frozen, should be %llu",
             (unsigned long long)stats.frozen_objects, (unsigned long long)frozen);
  char message[160];
  if (whole_heap && ouro_verify(oracle->heap, message, sizeof message) != OURO_OK)
    disagree(oracle, "verify: %s", message);
}

/* ---- operations, on both ---- */

static int free_node(const struct shadow *shadow) {
  for (int i = 0; i < NODES; i++)
    if (!shadow->nodes[i].alive && shadow->graves[i] < 0)
      return i;
  return -1;
}

static void *object_of(const struct oracle *oracle, int node) {
  return node < 0 ? NULL : oracle->objects[node];
}

static void set_var(struct oracle *oracle, int var, int node) {
  oracle->shadow.vars[var] = node;
  ouro_set(oracle->heap, &oracle->vars[var], object_of(oracle, node));
  shadow_count(&oracle->shadow, NULL);
}

static void set_field(struct oracle *oracle, int node, int field, int value) {
  if (oracle->shadow.nodes[node].kind == LEAF)
    return;
  oracle->shadow.nodes[node].fields[field] = value;
  ouro_set(oracle->heap, &oracle->objects[node]->fields[field],
           object_of(oracle, value));
  shadow_count(&oracle->shadow, NULL);
}

static void do_new(struct oracle *oracle, int var, enum kind kind) {
  struct object *object = ouro_new(oracle->heap, oracle->types[kind]);
  int node = free_node(&oracle->shadow);
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
  oracle->objects[node] = object;
  oracle->shadow.nodes[node] =
      (struct shadow_node){.alive = true,
                           .kind = kind,
                           .age = kind == LEAF ? UNTRACKED_AGE : 0,
                           .fields = {-1, -1, -1}};
  oracle->shadow.vars[var] = node;
  ouro_set_take(oracle->heap, &oracle->vars[var], object);
  shadow_count(&oracle->shadow, NULL);
}

static void do_exhume(struct oracle *oracle, unsigned which) {
  int grave = (int)(which % NODES);
  for (int i = 0; i < NODES && oracle->shadow.graves[grave] < 0; i++)
    grave = (grave + 1) % NODES;
  oracle->shadow.graves[grave] = -1;
  ouro_set(oracle->heap, &oracle->graves[grave], NULL);
  shadow_count(&oracle->shadow, NULL);
}

static void on_cleared(ouro_heap *heap, ouro_weakref *reference, void *context) {
  (void)heap, (void)reference;
  ((struct oracle *)context)->told++;
}

static void do_weaken(struct oracle *oracle, int var, int slot) {
  int node = oracle->shadow.vars[var];
  if (node < 0)
    return;
  ouro_weakref *reference =
      ouro_weakref_new(oracle->heap, oracle->vars[var], on_cleared, oracle);
  if (reference == NULL) {
    disagree(oracle, "no memory");
    return;
  }
  ouro_set_take(oracle->heap, &oracle->weak[slot], reference);
  oracle->shadow.weak[slot] =
      (struct shadow_weak){.exists = true, .age = 0, .target = node};
}

/* Untrack what is tracked, track what is not. */
static void do_track(struct oracle *oracle, int var) {
  int node = oracle->shadow.vars[var];
  if (node < 0)
    return;
  struct shadow_node *shadow = &oracle->shadow.nodes[node];
  bool track = shadow->age == UNTRACKED_AGE;
  int error = OURO_OK;
  if (track)
    error = ouro_track(oracle->heap, oracle->objects[node]);
  else
    ouro_untrack(oracle->heap, oracle->objects[node]);
  if (error != (track && shadow->kind == LEAF ? OURO_EINVAL : OURO_OK))
    disagree(oracle, "node %d: track answers %d", node, error);
  if (error == OURO_OK)
    shadow->age = track ? 0 : UNTRACKED_AGE;
}

static void do_freeze(struct oracle *oracle, bool freeze) {
  int error = freeze ? ouro_gc_freeze(oracle->heap) : ouro_gc_unfreeze(oracle->heap);
  if (error != OURO_OK)
    disagree(oracle, "freeze answers %d", error);
  if (freeze)
    shadow_move(&oracle->shadow, -1, FROZEN_AGE);
  else
    shadow_move(&oracle->shadow, FROZEN_AGE, 2);
}

static void do_threshold(struct oracle *oracle, unsigned a, unsigned b) {
  uint32_t thresholds[3] = {a % 24, b % 3, b % 4};
  (void)ouro_gc_set_threshold(oracle->heap, thresholds, 3);
}

static void step(struct oracle *oracle, const uint8_t *op) {
  int var = op[1] % VARS, other = op[2] % VARS, field = op[2] / VARS % FIELDS;
  int node = oracle->shadow.vars[var], value = oracle->shadow.vars[other];
  switch ((enum op)(op[0] % OPS)) {
  case NEW: do_new(oracle, var, (enum kind)(op[2] % KINDS)); break;
  case LINK:
    if (node >= 0)
      set_field(oracle, node, field, value);
    break;
  case UNLINK:
    if (node >= 0)
      set_field(oracle, node, field, -1);
    break;
  case DROP: set_var(oracle, var, -1); break;
  case COPY: set_var(oracle, var, value); break;
  case LOAD:
    if (value >= 0)
      set_var(oracle, var, oracle->shadow.nodes[value].fields[field]);
    break;
  case EXHUME: do_exhume(oracle, op[1]); break;
  case WEAKEN: do_weaken(oracle, var, op[2] % WEAK); break;
  case TRACK: do_track(oracle, var); break;
  case FREEZE: do_freeze(oracle, op[1] % 4 == 0); break;
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
  shadow_init(&oracle->shadow);
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
  static const char *const names[OPS] = {"new",   "link",   "unlink",  "drop",
                                         "copy",  "load",   "exhume",  "weaken",
                                         "track", "freeze", "collect", "threshold"};
  for (size_t at = 0; at + ORACLE_OP_BYTES <= bytes; at += ORACLE_OP_BYTES) {
    const uint8_t *op = program + at;
    fprintf(stderr, "  %-9s %3u %3u   var %d, other %d, field %d, kind %d\n",
            names[op[0] % OPS], op[1], op[2], op[1] % VARS, op[2] % VARS,
            op[2] / VARS % FIELDS, op[2] % KINDS);
  }
}
