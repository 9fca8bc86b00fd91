/* oracle_ops.c - the operations, each on both heaps, the shadow first: what happens in
 * the real one is then known. Only where an allocation may collect the shadow follows,
 * because its collection runs when the real one starts (oracle_heap.c). */
#include <stdlib.h>
#include <string.h>

#include "oracle_private.h"

struct step oracle_decode(const uint8_t *op) {
  static const uint8_t weights[] = {
#define ORACLE_WEIGHT(name, weight, text) weight,
      ORACLE_OPS(ORACLE_WEIGHT)};
#undef ORACLE_WEIGHT
  static const int tails[] = {1, 2, 58, 300, 300};
  unsigned total = 0, at = 0;
  for (unsigned i = 0; i < sizeof weights; i++)
    total += weights[i];
  unsigned place = op[0] % total;
  while (place >= weights[at])
    place -= weights[at++];
  struct step step = {.op = (enum op)at,
                      .a = op[1],
                      .b = op[2],
                      .var = op[1] % VARS,
                      .other = op[2] % VARS,
                      .field = op[2] / VARS % FIELDS,
                      .weak = op[2] % WEAK,
                      .kind = (enum kind)(op[2] % WEAKLING)};
  step.tail = step.kind == TAILED ? tails[op[2] / WEAKLING % 5] : 0;
  return step;
}

/* ---- places ---- */

static void *object_of(const struct oracle *oracle, int node) {
  return node < 0 ? NULL : oracle->objects[node];
}

/* A place of the shadow and the same in the real heap get another value. `owned`: the
 * real value comes with a count that moves into the place. */
static void set_place(struct oracle *oracle, int *place, void *slot, int node,
                      bool owned) {
  int old = *place;
  void *object = object_of(oracle, node);
  *place = node;
  shadow_count(&oracle->shadow, NULL, old);
  if (owned)
    ouro_set_take(oracle->heap, slot, object);
  else
    ouro_set(oracle->heap, slot, object);
}

static void set_var(struct oracle *oracle, int var, int node) {
  set_place(oracle, &oracle->shadow.vars[var], &oracle->vars[var], node, false);
}

static void set_field(struct oracle *oracle, int node, int field, int value) {
  struct shadow_node *self = &oracle->shadow.nodes[node];
  if (self->field_count == 0)
    return;
  field %= self->field_count;
  char *slot = oracle_field(oracle, node, field);
  /* A field that stands for many: all but the first follow it in the real object. */
  void *object = object_of(oracle, value);
  for (int i = shadow_weight(self, field) - 1; i > 0; i--)
    ouro_set(oracle->heap, slot + (size_t)i * sizeof(void *), object);
  set_place(oracle, &self->fields[field], slot, value, false);
}

static void load(struct oracle *oracle, int var, int node, int field) {
  const struct shadow_node *self = &oracle->shadow.nodes[node];
  if (self->field_count > 0)
    set_var(oracle, var, self->fields[field % self->field_count]);
}

static void exhume(struct oracle *oracle, unsigned which) {
  int grave = (int)(which % NODES);
  for (int i = 0; i < NODES && oracle->shadow.graves[grave] < 0; i++)
    grave = (grave + 1) % NODES;
  set_place(oracle, &oracle->shadow.graves[grave], &oracle->graves[grave], -1, false);
}

/* ---- births ---- */

static void await_birth(struct oracle *oracle, bool tracked) {
  const struct shadow *shadow = &oracle->shadow;
  oracle_await(oracle, shadow_due_at_birth(shadow, tracked),
               shadow->request != 0 ? OURO_REASON_REMOTE : OURO_REASON_THRESHOLD);
}

static void do_new(struct oracle *oracle, const struct step *step) {
  enum kind kind = step->kind;
  await_birth(oracle, kind != LEAF && kind != HIDING);
  void *object = ouro_new_tail(oracle->heap, oracle->types[kind],
                               (size_t)step->tail * sizeof(void *));
  int node = shadow_free_node(&oracle->shadow);
  if (object == NULL) {
    oracle_disagree(oracle, "no memory");
    return;
  }
  if (node < 0) {
    ouro_decref(oracle->heap, object);
    return;
  }
  oracle_name(oracle, node, object);
  shadow_birth(&oracle->shadow, node, kind, step->tail);
  set_place(oracle, &oracle->shadow.vars[step->var], &oracle->vars[step->var], node,
            true);
}

/* The heap collects before it refuses. */
static void do_huge(struct oracle *oracle) {
  if (shadow_due_at_birth(&oracle->shadow, true) >= 0)
    return;
  oracle_await(oracle, 2, OURO_REASON_MEMORY);
  if (ouro_new_tail(oracle->heap, oracle->types[TAILED], ORACLE_HUGE) != NULL)
    oracle_disagree(oracle, "the memory limit does not hold");
  if (ouro_block_new(oracle->heap, ORACLE_HUGE) != NULL)
    oracle_disagree(oracle, "the memory limit does not hold for blocks");
}

/* ---- weak references ---- */

static void do_weaken(struct oracle *oracle, const struct step *step) {
  struct shadow *shadow = &oracle->shadow;
  int target = shadow->vars[step->var];
  if (target < 0)
    return;
  /* Reserved before anything can collect: the callback must know its node. */
  int node = shadow_free_node(shadow);
  struct watched *watched = node < 0 ? &oracle->nobody : &oracle->watched[node];
  if (node >= 0)
    shadow->nodes[node].just_died = true;
  *watched = (struct watched){.oracle = oracle, .node = node};
  await_birth(oracle, true);
  /* A callback may drop the variable meanwhile: the target is held. */
  void *held = ouro_incref(oracle->heap, oracle->vars[step->var]);
  shadow->running = target;
  ouro_weakref *reference =
      ouro_weakref_new(oracle->heap, held, oracle_on_cleared, watched);
  if (reference == NULL) {
    oracle_disagree(oracle, "no memory");
    return;
  }
  oracle->types[WEAKLING] = ouro_object_type(oracle->heap, reference);
  if (node < 0) {
    ouro_decref(oracle->heap, reference);
  } else {
    oracle->objects[node] = reference;
    shadow_birth(shadow, node, WEAKLING, 0);
    shadow->nodes[node].target = target;
    bool to_var = step->b >= 128;
    set_place(oracle, to_var ? &shadow->vars[step->other] : &shadow->weak[step->weak],
              to_var ? &oracle->vars[step->other] : &oracle->weak[step->weak], node,
              true);
  }
  set_place(oracle, &shadow->running, &held, -1, false);
}

static void do_get(struct oracle *oracle, const struct step *step) {
  const struct shadow *shadow = &oracle->shadow;
  int from = step->b >= 128 ? shadow->vars[step->other] : shadow->weak[step->weak];
  if (from < 0 || shadow->nodes[from].kind != WEAKLING)
    return;
  void *got = ouro_weakref_get(oracle->heap, oracle->objects[from]);
  int target = shadow->nodes[from].target;
  if (got != object_of(oracle, target)) {
    oracle_disagree(oracle, "node %d: gives another target", from);
    return;
  }
  set_place(oracle, &oracle->shadow.vars[step->var], &oracle->vars[step->var], target,
            true);
}

/* ---- tracking, freezing, immortality, roots ---- */

/* Untrack what is tracked, track what is not. */
static void do_track(struct oracle *oracle, int node) {
  struct shadow_node *self = &oracle->shadow.nodes[node];
  bool track = self->age == UNTRACKED_AGE;
  bool acyclic = self->kind == LEAF || self->kind == HIDING;
  int error = OURO_OK;
  if (track)
    error = ouro_track(oracle->heap, oracle->objects[node]);
  else
    ouro_untrack(oracle->heap, oracle->objects[node]);
  if (error != (track && acyclic ? OURO_EINVAL : OURO_OK))
    oracle_disagree(oracle, "node %d: track answers %d", node, error);
  if (error == OURO_OK)
    self->age = track ? 0 : UNTRACKED_AGE;
}

static void do_freeze(struct oracle *oracle, bool freeze) {
  struct shadow *shadow = &oracle->shadow;
  int error = freeze ? ouro_gc_freeze(oracle->heap) : ouro_gc_unfreeze(oracle->heap);
  if (error != OURO_OK)
    oracle_disagree(oracle, "freeze answers %d", error);
  if (freeze) {
    shadow_move(shadow, -1, FROZEN_AGE);
    memset(shadow->counts, 0, sizeof shadow->counts);
  } else {
    shadow->long_lived += shadow_of_age(shadow, FROZEN_AGE);
    shadow_move(shadow, FROZEN_AGE, 2);
  }
}

static void do_immortal(struct oracle *oracle, int node) {
  int immortals = 0;
  for (int i = 0; i < NODES; i++)
    immortals += oracle->shadow.nodes[i].alive && oracle->shadow.nodes[i].immortal;
  if (immortals >= 3)
    return;
  oracle->shadow.nodes[node].immortal = true;
  ouro_make_immortal(oracle->heap, oracle->objects[node]);
}

static void do_root(struct oracle *oracle, int var) {
  bool add = !oracle->is_root[var];
  void *slot = &oracle->vars[var];
  for (int i = 0; i < 2; i++) {
    int error = add ? ouro_root_add(oracle->heap, slot, "a variable")
                    : ouro_root_remove(oracle->heap, slot);
    if (error != (i == 0 ? OURO_OK : OURO_EINVAL))
      oracle_disagree(oracle, "root of variable %d answers %d", var, error);
  }
  oracle->is_root[var] = add;
}

/* ---- raw blocks ---- */

static void do_block(struct oracle *oracle, unsigned which, unsigned how) {
  size_t size = how * 7 % 1500 + (how > 250 ? 9000 : 1);
  unsigned at = which % BLOCKS;
  unsigned char *old = oracle->blocks[at].bytes, pattern = oracle->blocks[at].pattern;
  size_t kept = oracle->blocks[at].size < size ? oracle->blocks[at].size : size;
  if (old != NULL && how % 3 == 0) {
    ouro_block_free(oracle->heap, old);
    oracle->blocks[at].bytes = NULL;
    oracle->blocks[at].size = 0;
    return;
  }
  unsigned char *bytes = old == NULL ? ouro_block_new(oracle->heap, size)
                                     : ouro_block_resize(oracle->heap, old, size);
  size_t alignment = old == NULL && size % 16 == 0 ? 16 : 8;
  if (bytes == NULL || ouro_block_size(oracle->heap, bytes) < size ||
      (uintptr_t)bytes % alignment != 0) {
    oracle_disagree(oracle, "block %u: no memory, too small or crooked", at);
    return;
  }
  for (size_t i = 0; i < kept; i++)
    if (bytes[i] != pattern) {
      oracle_disagree(oracle, "block %u: resizing lost byte %zu", at, i);
      return;
    }
  oracle->blocks[at].bytes = bytes;
  oracle->blocks[at].size = size;
  oracle->blocks[at].pattern = (unsigned char)(pattern + 31);
  memset(bytes, oracle->blocks[at].pattern, size);
}

/* ---- ballast ---- */

/* Leaves, or what was tracked at birth: then a log names the pools. */
static void fill_ballast(struct oracle *oracle, void **slots, enum kind kind) {
  const size_t tail = 512 - sizeof(ouro_header) - sizeof(struct object);
  for (unsigned i = 0; i < BALLAST; i++) {
    slots[i] = ouro_new_tail(oracle->heap, oracle->types[kind], tail);
    if (slots[i] == NULL) {
      oracle_disagree(oracle, "no memory for ballast");
      return;
    }
    ouro_untrack(oracle->heap, slots[i]);
    oracle->shadow.counts[0] += kind == TAILED;
    oracle->ballast_objects[kind == TAILED]++;
    oracle->ballast_sum += (uintptr_t)slots[i];
  }
}

/* In an order that jumps: 139 is prime and more than any stride. */
static void free_ballast(struct oracle *oracle, void **slots, unsigned stride) {
  bool tailed = ouro_object_type(oracle->heap, slots[0]) == oracle->types[TAILED];
  unsigned at = 0;
  for (unsigned i = 0; i < BALLAST; i++, at = (at + stride) % (BALLAST - 1)) {
    unsigned which = i == BALLAST - 1 ? i : at;
    oracle->ballast_objects[tailed]--;
    oracle->ballast_sum -= (uintptr_t)slots[which];
    ouro_decref(oracle->heap, slots[which]);
    slots[which] = NULL;
  }
}

/* Without a collection meanwhile. */
static void do_ballast(struct oracle *oracle, unsigned which, unsigned how) {
  void **slots = oracle->ballast[which % BALLASTS];
  if (slots[0] != NULL) {
    free_ballast(oracle, slots, how % (BALLAST - 2) + 1);
  } else if (oracle->shadow.request == 0) {
    ouro_gc_disable(oracle->heap);
    fill_ballast(oracle, slots, which % BALLASTS == 0 ? LEAF : TAILED);
    if (oracle->shadow.enabled)
      ouro_gc_enable(oracle->heap);
  }
}

/* ---- the collector's controls ---- */

static void do_threshold(struct oracle *oracle, unsigned a, unsigned b) {
  const uint32_t thresholds[3] = {a % 24, b % 3, b % 4};
  memcpy(oracle->shadow.thresholds, thresholds, sizeof thresholds);
  if (ouro_gc_set_threshold(oracle->heap, thresholds, 3) != OURO_OK)
    oracle_disagree(oracle, "thresholds are refused");
}

static void do_enable(struct oracle *oracle, bool enable) {
  oracle->shadow.enabled = enable;
  if (enable)
    ouro_gc_enable(oracle->heap);
  else
    ouro_gc_disable(oracle->heap);
}

static void do_collect(struct oracle *oracle, unsigned generation) {
  oracle_await(oracle, (int)generation, OURO_REASON_EXPLICIT);
  if (ouro_gc_collect(oracle->heap, generation, NULL) != OURO_OK)
    oracle_disagree(oracle, "a collection is refused");
}

static void do_request(struct oracle *oracle, unsigned generation) {
  if (ouro_gc_request(oracle->heap, generation) != OURO_OK)
    oracle_disagree(oracle, "a request is refused");
  if (oracle->shadow.request < generation + 1)
    oracle->shadow.request = generation + 1;
}

static void do_safepoint(struct oracle *oracle) {
  const struct shadow *shadow = &oracle->shadow;
  oracle_await(oracle, shadow_due_at_safepoint(shadow),
               shadow->request != 0 ? OURO_REASON_REMOTE : OURO_REASON_THRESHOLD);
  ouro_safepoint(oracle->heap);
}

static void do_saveall(struct oracle *oracle, bool saveall) {
  oracle->shadow.saveall = saveall;
  if (ouro_gc_set_debug(oracle->heap, saveall ? OURO_DEBUG_SAVEALL : 0) != OURO_OK)
    oracle_disagree(oracle, "a debug flag is refused");
}

/* Empty the garbage list; before it, perhaps, break the cycles in it. */
static void do_garbage(struct oracle *oracle, bool break_cycles) {
  struct shadow *shadow = &oracle->shadow;
  for (int i = 0; i < NODES && break_cycles; i++)
    for (int f = 0; f < shadow->nodes[i].field_count; f++)
      if (shadow->nodes[i].alive && shadow->nodes[i].saved > 0)
        set_field(oracle, i, f, -1);
  for (int i = 0; i < NODES; i++)
    shadow->nodes[i].saved = 0;
  shadow_count(shadow, NULL, -1);
  if (ouro_gc_clear_garbage(oracle->heap) != OURO_OK)
    oracle_disagree(oracle, "the garbage list is not emptied");
}

/* ---- one step ---- */

static void step_on_node(struct oracle *oracle, const struct step *step, int node) {
  switch (step->op) {
  case LINK:
    set_field(oracle, node, step->field, oracle->shadow.vars[step->other]);
    break;
  case UNLINK: set_field(oracle, node, step->field, -1); break;
  case TRACK: do_track(oracle, node); break;
  case IMMORTAL: do_immortal(oracle, node); break;
  default: break;
  }
}

void oracle_step(struct oracle *oracle, const uint8_t *op) {
  const struct step step = oracle_decode(op);
  struct shadow *shadow = &oracle->shadow;
  int value = shadow->vars[step.other];
  shadow_begin(shadow);
  switch (step.op) {
  case NEW: do_new(oracle, &step); break;
  case LINK:
  case UNLINK:
  case TRACK:
  case IMMORTAL:
    if (shadow->vars[step.var] >= 0)
      step_on_node(oracle, &step, shadow->vars[step.var]);
    break;
  case DROP: set_var(oracle, step.var, -1); break;
  case COPY: set_var(oracle, step.var, value); break;
  case LOAD:
    if (value >= 0)
      load(oracle, step.var, value, step.field);
    break;
  case EXHUME: exhume(oracle, step.a); break;
  case WEAKEN: do_weaken(oracle, &step); break;
  case GET: do_get(oracle, &step); break;
  case FORGET:
    set_place(oracle, &shadow->weak[step.weak], &oracle->weak[step.weak], -1, false);
    break;
  case FREEZE: do_freeze(oracle, step.a % 4 == 0); break;
  case COLLECT: do_collect(oracle, step.a % 3); break;
  case STEPPED: oracle_collect_in_steps(oracle, step.a % 3, step.b % 9); break;
  case SAFEPOINT: do_safepoint(oracle); break;
  case REQUEST: do_request(oracle, step.a % 3); break;
  case THRESHOLD: do_threshold(oracle, step.a, step.b); break;
  case ENABLE: do_enable(oracle, step.a % 4 != 0); break;
  case ROOT: do_root(oracle, step.var); break;
  case BLOCK: do_block(oracle, step.a, step.b); break;
  case SAVEALL: do_saveall(oracle, step.a % 4 == 0); break;
  case GARBAGE: do_garbage(oracle, step.a % 2 == 0); break;
  case HUGE: do_huge(oracle); break;
  case BALLAST_OP: do_ballast(oracle, step.a, step.b); break;
  }
}
