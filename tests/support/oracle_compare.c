/* oracle_compare.c - everything that the public interface tells, held against the
 * shadow: who lives, counts, ages, weak references, statistics, introspection. */
#include <stdio.h>
#include <string.h>

#include "oracle_private.h"

static void expect(struct oracle *oracle, const char *what, uint64_t is,
                   uint64_t should_be) {
  if (is != should_be)
    oracle_disagree(oracle, "%s: %llu, should be %llu", what, (unsigned long long)is,
                    (unsigned long long)should_be);
}

void oracle_compare_outcome(struct oracle *oracle, const ouro_collection *real) {
  const struct shadow_outcome *should_be = &oracle->outcome;
  const struct {
    const char *name;
    uint64_t is, should_be;
  } rows[] = {
      {"candidates", real->candidates, should_be->candidates},
      {"collected", real->collected, should_be->collected},
      {"finalized", real->finalized, should_be->finalized},
      {"resurrected", real->resurrected, should_be->resurrected},
      {"uncollectable", real->uncollectable, should_be->uncollectable},
      {"weakrefs_cleared", real->weakrefs_cleared, should_be->weakrefs_cleared},
      {"promoted", real->promoted, should_be->promoted},
      {"freed_objects", real->freed_objects, should_be->freed_objects},
      {"seq", real->seq, oracle->collections},
  };
  for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
    if (rows[i].is != rows[i].should_be)
      oracle_disagree(oracle, "collection of generation %u (%s): %s is %llu, not %llu",
                      real->generation, ouro_reason_name(real->reason), rows[i].name,
                      (unsigned long long)rows[i].is,
                      (unsigned long long)rows[i].should_be);
}

static int age_of(const void *object) {
  int generation = ouro_object_generation(object);
  return generation >= 0 ? generation
                         : (ouro_is_tracked(object) ? FROZEN_AGE : UNTRACKED_AGE);
}

/* ---- each node ---- */

static void compare_weakling(struct oracle *oracle, int node) {
  const struct shadow_node *self = &oracle->shadow.nodes[node];
  void *target = ouro_weakref_get(oracle->heap, oracle->objects[node]);
  if (target != (self->target < 0 ? NULL : oracle->objects[self->target]))
    oracle_disagree(oracle, "node %d: its target is %s", node,
                    target == NULL ? "gone" : "another");
  ouro_decref_maybe(oracle->heap, target);
}

static void compare_node(struct oracle *oracle, int node, int count) {
  const struct shadow_node *self = &oracle->shadow.nodes[node];
  const void *object = oracle->objects[node];
  uint32_t should_be = self->immortal ? OURO_IMMORTAL : (uint32_t)count;
  if (ouro_refcount(object) != should_be)
    oracle_disagree(oracle, "node %d: refcount %u, should be %u", node,
                    ouro_refcount(object), should_be);
  else if (age_of(object) != self->age)
    oracle_disagree(oracle, "node %d: age %d, should be %d", node, age_of(object),
                    self->age);
  else if (ouro_is_finalized(object) != self->finalized)
    oracle_disagree(oracle, "node %d: finalized or not", node);
  else if (self->kind == WEAKLING)
    compare_weakling(oracle, node);
  else if (((const struct object *)object)->index != (uint64_t)node)
    oracle_disagree(oracle, "node %d: its memory belongs to another", node);
}

/* Who is alive is told once or not at all; who died in this operation may have been
 * told before or not, unless it was garbage. */
static void compare_telling(struct oracle *oracle, int node) {
  const struct shadow_node *self = &oracle->shadow.nodes[node];
  unsigned least = self->telling == TOLD && self->alive;
  unsigned most = self->telling == TOLD || (self->telling == QUIET && self->just_died);
  unsigned told = oracle->watched[node].told;
  oracle->watched[node].told = 0;
  if (told < least || told > most)
    oracle_disagree(oracle, "node %d: its callback ran %u times, should be %u", node,
                    told, least);
}

/* ---- the heap as a whole ---- */

static void compare_statistics(struct oracle *oracle, uint64_t alive) {
  struct shadow *shadow = &oracle->shadow;
  ouro_heap_stats stats;
  ouro_heap_get_stats(oracle->heap, &stats);
  expect(oracle, "objects live", stats.live_objects,
         alive + oracle->ballast_objects[0] + oracle->ballast_objects[1]);
  expect(oracle, "objects frozen", stats.frozen_objects,
         shadow_of_age(shadow, FROZEN_AGE));
  for (int i = 0; i < OURO_GENERATIONS; i++) {
    expect(oracle, "objects of a generation", stats.generations[i].objects,
           shadow_of_age(shadow, i));
    expect(oracle, "threshold", stats.generations[i].threshold, shadow->thresholds[i]);
  }
  /* The count cannot fall below 0, so that what finalizers made and who died meanwhile
   * give different counts in different orders. */
  uint64_t count = stats.generations[0].count;
  if (count + shadow->born_inside >= shadow->counts[0] &&
      count <= shadow->counts[0] + shadow->born_inside)
    shadow->counts[0] = count;
  for (int i = 0; i < OURO_GENERATIONS; i++)
    expect(oracle, "count of a generation", stats.generations[i].count,
           shadow->counts[i]);
  expect(oracle, "collections", stats.seq, oracle->collections);
  if (oracle->awaits)
    oracle_disagree(oracle, "no collection of generation %u (%s), but it is due",
                    oracle->awaited_generation,
                    ouro_reason_name(oracle->awaited_reason));
}

struct references {
  uint64_t count, sum;
};

static void add_reference(void *object, void *argument) {
  struct references *references = argument;
  references->count++;
  references->sum += (uintptr_t)object;
}

static bool count_object(void *object, void *context) {
  (void)object;
  ++*(uint64_t *)context;
  return true;
}

static void compare_references(struct oracle *oracle, int node) {
  const struct shadow_node *self = &oracle->shadow.nodes[node];
  struct references is = {0}, should_be = {0};
  ouro_referents(oracle->heap, oracle->objects[node], add_reference, &is);
  for (int f = 0; f < FIELDS && self->kind != HIDING; f++)
    for (int i = 0; i < shadow_weight(self, f) && self->fields[f] >= 0; i++)
      add_reference(oracle->objects[self->fields[f]], &should_be);
  expect(oracle, "referents", is.count, should_be.count);
  expect(oracle, "sum of the referents", is.sum, should_be.sum);
  uint64_t weak = 0;
  for (int i = 0; i < NODES; i++)
    weak += oracle->shadow.nodes[i].alive && oracle->shadow.nodes[i].target == node;
  expect(oracle, "weak references to a node",
         ouro_weakref_count(oracle->heap, oracle->objects[node]), weak);
}

static void compare_census(struct oracle *oracle) {
  ouro_census_row rows[KINDS];
  size_t count, types;
  uint64_t kinds[KINDS] =
      {[LEAF] = oracle->ballast_objects[0], [TAILED] = oracle->ballast_objects[1]},
           total = 0;
  for (int i = 0; i < NODES; i++)
    if (oracle->shadow.nodes[i].alive)
      kinds[oracle->shadow.nodes[i].kind]++;
  if (ouro_census(oracle->heap, rows, KINDS, &count, &types) != OURO_OK)
    oracle_disagree(oracle, "no census");
  for (size_t row = 0; row < count; row++) {
    int kind = 0;
    while (kind < WEAKLING && oracle->types[kind] != rows[row].type)
      kind++;
    expect(oracle, ouro_type_name(rows[row].type), rows[row].objects, kinds[kind]);
    total += rows[row].objects;
  }
  uint64_t walked = 0;
  ouro_objects(oracle->heap, count_object, &walked);
  expect(oracle, "objects of a walk", walked, total);
}

static void compare_blocks(struct oracle *oracle) {
  for (int i = 0; i < BLOCKS; i++)
    for (size_t at = 0; at < oracle->blocks[i].size; at++)
      if (oracle->blocks[i].bytes[at] != oracle->blocks[i].pattern) {
        oracle_disagree(oracle, "block %d: byte %zu was written over", i, at);
        return;
      }
}

static void compare_roots(struct oracle *oracle) {
  size_t roots = 0, found = 0;
  for (int i = 0; i < VARS; i++)
    roots += oracle->is_root[i];
  expect(oracle, "roots", ouro_root_count(oracle->heap), roots);
  ouro_root root;
  for (size_t i = 0; ouro_root_at(oracle->heap, i, &root) == OURO_OK; i++)
    for (int v = 0; v < VARS; v++)
      found += root.slot == &oracle->vars[v] && root.object == oracle->vars[v];
  expect(oracle, "roots with their value", found, roots);
}

static void compare_everything(struct oracle *oracle) {
  uint64_t saved = 0;
  size_t listed;
  char message[160];
  for (int i = 0; i < NODES && !oracle->failed; i++)
    if (oracle->shadow.nodes[i].alive) {
      compare_references(oracle, i);
      saved += (uint64_t)oracle->shadow.nodes[i].saved;
    }
  (void)ouro_gc_garbage(oracle->heap, &listed);
  expect(oracle, "garbage list", listed, saved);
  compare_census(oracle);
  compare_blocks(oracle);
  compare_roots(oracle);
  if (ouro_verify(oracle->heap, message, sizeof message) != OURO_OK)
    oracle_disagree(oracle, "verify: %s", message);
}

void oracle_compare(struct oracle *oracle, bool everything) {
  int counts[NODES];
  uint64_t alive = 0;
  shadow_refcounts(&oracle->shadow, counts);
  for (int i = 0; i < NODES && !oracle->failed; i++) {
    if (oracle->shadow.nodes[i].alive) {
      alive++;
      compare_node(oracle, i, counts[i]);
    }
    compare_telling(oracle, i);
  }
  if (!oracle->failed)
    compare_statistics(oracle, alive);
  if (everything && !oracle->failed)
    compare_everything(oracle);
  if (everything && !oracle->failed) {
    oracle_inspect(oracle, oracle->next_inspected, counts);
    oracle->next_inspected = (oracle->next_inspected + 29) % NODES;
  }
}
