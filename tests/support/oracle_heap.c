/* oracle_heap.c - the real side: a type a kind, and the user code of shadow.c again.
 *
 * The shadow goes first in every operation and decides what depends on its own places
 * (which node a finalizer's child becomes); here the same is done to real objects. */
#include <stdlib.h>
#include <string.h>

#include "oracle_private.h"

void oracle_name(struct oracle *oracle, int node, void *object) {
  struct object *self = object;
  oracle->objects[node] = object;
  self->oracle = oracle;
  self->index = (uint64_t)node;
}

void *oracle_field(const struct oracle *oracle, int node, int field) {
  struct object *self = oracle->objects[node];
  size_t tail = (size_t)oracle->shadow.nodes[node].tail;
  if (field < DECLARED)
    return &self->fields[field];
  size_t at = field == FIELDS - 1 ? tail - 1 : (size_t)(field - DECLARED);
  return (char *)(self + 1) + at * sizeof(void *);
}

/* ---- finalizers ---- */

/* Inside a collection nothing may start another. */
static void expect_busy(struct oracle *oracle) {
  ouro_heap *heap = oracle->heap;
  if (ouro_gc_is_collecting(heap) &&
      (ouro_gc_collect(heap, 0, NULL) != OURO_EBUSY ||
       ouro_gc_freeze(heap) != OURO_EBUSY || ouro_gc_unfreeze(heap) != OURO_EBUSY ||
       ouro_gc_clear_garbage(heap) != OURO_EBUSY))
    oracle_disagree(oracle, "a collection inside a collection is not refused");
}

/* Without a collection, which the shadow would not know of. */
static void *new_quietly(struct oracle *oracle, enum kind kind) {
  bool enabled = ouro_gc_is_enabled(oracle->heap);
  ouro_gc_disable(oracle->heap);
  void *object = ouro_new(oracle->heap, oracle->types[kind]);
  if (enabled)
    ouro_gc_enable(oracle->heap);
  if (object == NULL)
    oracle_disagree(oracle, "no memory");
  return object;
}

static void finalize_dropping(ouro_heap *heap, void *object) {
  struct object *self = object;
  struct oracle *oracle = self->oracle;
  if (oracle == NULL || oracle->closing)
    return;
  expect_busy(oracle);
  if (oracle->shadow.request == 0) {
    void *block = ouro_block_new(heap, 24);
    ouro_decref_maybe(heap, new_quietly(oracle, PLAIN));
    ouro_block_free(heap, block);
  }
  ouro_clear(heap, &self->fields[0]);
}

static void finalize_resurrecting(ouro_heap *heap, void *object) {
  struct object *self = object;
  if (self->oracle != NULL && !self->oracle->closing)
    ouro_set(heap, &self->oracle->graves[self->index], self);
}

static void finalize_making(ouro_heap *heap, void *object) {
  struct object *self = object;
  struct oracle *oracle = self->oracle;
  if (oracle == NULL || oracle->closing)
    return;
  expect_busy(oracle);
  int node = oracle->shadow.nodes[self->index].child;
  struct object *child = node < 0 ? NULL : new_quietly(oracle, PLAIN);
  if (child == NULL)
    return;
  oracle_name(oracle, node, child);
  ouro_set(heap, &child->fields[0], self->fields[1]);
  ouro_set_take(heap, &oracle->graves[self->index], child);
}

static void finalize_collecting(ouro_heap *heap, void *object) {
  struct object *self = object;
  struct oracle *oracle = self->oracle;
  if (oracle == NULL || oracle->closing)
    return;
  expect_busy(oracle);
  if (oracle->shadow.nodes[self->index].collects &&
      ouro_gc_collect(heap, 2, NULL) != OURO_OK)
    oracle_disagree(oracle, "node %d: its finalizer may not collect", (int)self->index);
}

void oracle_on_cleared(ouro_heap *heap, ouro_weakref *reference, void *context) {
  struct watched *watched = context;
  struct oracle *oracle = watched->oracle;
  if (oracle->closing)
    return;
  expect_busy(oracle);
  watched->told++;
  if (ouro_weakref_get(heap, reference) != NULL)
    oracle_disagree(oracle, "node %d: told, but not cleared", watched->node);
  for (int i = 1; i < WEAK; i += 2)
    if (oracle->weak[i] == (void *)reference)
      ouro_clear(heap, &oracle->vars[i]);
}

/* ---- containers with callbacks ---- */

static void traverse(const void *object, ouro_visit *visit, void *argument) {
  const struct object *self = object;
  for (int i = 0; i < DECLARED; i++)
    visit(self->fields[i], argument);
}

static void clear(ouro_heap *heap, void *object) {
  struct object *self = object;
  for (int i = 0; i < DECLARED; i++)
    ouro_clear(heap, &self->fields[i]);
}

int oracle_add_types(struct oracle *oracle) {
  static const size_t refs[DECLARED] = {0, sizeof(void *), 2 * sizeof(void *)};
  static const char *const names[WEAKLING] = {
      "Plain",    "Dropping", "Resurrecting", "Making", "Collecting", "Callbacks",
      "Stubborn", "Hiding",   "Leaf",         "Large",  "Tailed"};
  ouro_type_info infos[WEAKLING];
  for (int i = 0; i < WEAKLING; i++)
    infos[i] = (ouro_type_info){
        .size = sizeof(struct object), .refs = refs, .ref_count = DECLARED};
  infos[DROPPING].finalize = finalize_dropping;
  infos[DROPPING].flags = OURO_TYPE_ALIGN16;
  infos[RESURRECTING].finalize = finalize_resurrecting;
  infos[MAKING].finalize = finalize_making;
  infos[COLLECTING].finalize = finalize_collecting;
  infos[LARGE].size = 700;
  infos[TAILED].flags = OURO_TYPE_TAIL_REFS;
  for (int i = CALLBACKS; i <= LEAF; i++) {
    infos[i].refs = NULL;
    infos[i].ref_count = 0;
  }
  infos[CALLBACKS].traverse = infos[STUBBORN].traverse = traverse;
  infos[CALLBACKS].clear = clear;
  infos[STUBBORN].dealloc = infos[HIDING].dealloc = clear;
  infos[HIDING].flags = infos[LEAF].flags = OURO_TYPE_ACYCLIC;
  for (int i = 0; i < WEAKLING; i++) {
    infos[i].name = names[i];
    int error = ouro_type_new(oracle->heap, &infos[i], &oracle->types[i]);
    if (error != OURO_OK)
      return error;
  }
  return OURO_OK;
}

/* ---- collections ---- */

void oracle_await(struct oracle *oracle, int generation, ouro_reason reason) {
  if (generation < 0)
    return;
  oracle->awaits = true;
  oracle->awaited_generation = (unsigned)generation;
  oracle->awaited_reason = reason;
}

static void on_start(struct oracle *oracle, const ouro_collection *record) {
  struct shadow *shadow = &oracle->shadow;
  oracle->collections++;
  if (shadow->has_nested) {
    shadow->has_nested = false;
    oracle->outcome = shadow->nested;
    return;
  }
  if (!oracle->awaits || record->generation != oracle->awaited_generation ||
      record->reason != oracle->awaited_reason)
    oracle_disagree(oracle, "a collection of generation %u (%s) starts unexpectedly",
                    record->generation, ouro_reason_name(record->reason));
  oracle->awaits = false;
  if (record->reason == OURO_REASON_REMOTE)
    shadow->request = 0;
  oracle->outcome = shadow_collect(shadow, (int)record->generation);
}

/* Every collection, asked for or not, passes here. The callback may use the heap. */
void oracle_on_collection(ouro_heap *heap, ouro_gc_event event,
                          const ouro_collection *record, void *context) {
  struct oracle *oracle = context;
  expect_busy(oracle);
  ouro_decref_maybe(heap, new_quietly(oracle, CALLBACKS));
  if (event == OURO_GC_START)
    on_start(oracle, record);
  else if (event == OURO_GC_STOP)
    oracle_compare_outcome(oracle, record);
  else
    oracle_disagree(oracle, "a collection of generation %u (%s) fails",
                    record->generation, ouro_reason_name(record->reason));
}
