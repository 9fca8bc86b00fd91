/* What CPython 3.11's test_gc.py checks, written anew for ours where no other test of
 * this directory does it already: which shapes are collected, what user code inside a
 * collection meets, what is reported. core/DESIGN.md has the table. */
#include "nodes.h"

static ouro_collection collect(struct nodes *nodes, unsigned generation) {
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, generation, &collection), OURO_OK);
  return collection;
}

static const ouro_type *new_type(struct nodes *nodes, const ouro_type_info *info) {
  const ouro_type *type;
  assert_int_equal(ouro_type_new(nodes->heap, info, &type), OURO_OK);
  return type;
}

static ouro_heap_stats stats_of(const struct nodes *nodes) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  return stats;
}

static void drop_self_cycle(struct nodes *nodes, const ouro_type *type) {
  struct node *node = ouro_new(nodes->heap, type);
  assert_non_null(node);
  ouro_set_take(nodes->heap, &node->a, node);
}

/* ---- shapes ---- */

static void a_container_that_contains_itself_twice_is_collected(void **state) {
  struct nodes *nodes = *state;
  struct bag *bag = nodes_bag(nodes, 4);
  ouro_set(nodes->heap, &bag->items[1], bag);
  ouro_set_take(nodes->heap, &bag->items[3], bag);
  assert_int_equal(nodes_live(nodes), 1);
  assert_int_equal(collect(nodes, 2).collected, 1);
  assert_int_equal(nodes->deallocated, 1);
}

static void a_cycle_through_a_tail_of_references_is_collected(void **state) {
  struct nodes *nodes = *state;
  for (size_t length = 1; length <= 1000; length *= 10) {
    struct row *row = ouro_new_tail(nodes->heap, nodes->row, length * sizeof(void *));
    struct node *node = nodes_new(nodes);
    ouro_set(nodes->heap, &node->a, row);
    ouro_set_take(nodes->heap, &row->items[length - 1], node);
    ouro_decref(nodes->heap, row);
    assert_int_equal(collect(nodes, 2).collected, 2);
  }
}

static void a_type_is_tracked_unless_it_says_it_is_acyclic(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *empty = new_type(nodes, &(ouro_type_info){.name = "Empty"});
  void *objects[] = {ouro_new(nodes->heap, empty), ouro_new(nodes->heap, nodes->node),
                     ouro_new(nodes->heap, nodes->bag),
                     ouro_new(nodes->heap, nodes->row)};
  for (unsigned i = 0; i < sizeof objects / sizeof *objects; i++) {
    assert_true(ouro_is_tracked(objects[i]));
    assert_int_equal(ouro_object_generation(objects[i]), 0);
    ouro_decref(nodes->heap, objects[i]);
  }
}

/* ---- referents ---- */

static void count_visit(void *object, void *argument) {
  (void)object;
  ++*(unsigned *)argument;
}

static unsigned referents(struct nodes *nodes, const void *object) {
  unsigned count = 0;
  ouro_referents(nodes->heap, object, count_visit, &count);
  return count;
}

static void referents_come_from_fields_callbacks_and_tails_alike(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  struct bag *bag = nodes_bag(nodes, 5);
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 200 * sizeof(void *));
  assert_int_equal(referents(nodes, node), 0);
  ouro_set(nodes->heap, &node->a, bag);
  ouro_set(nodes->heap, &node->c, bag);
  for (int i = 0; i < 3; i++)
    ouro_set(nodes->heap, &bag->items[i], row);
  for (int i = 0; i < 200; i += 2)
    ouro_set(nodes->heap, &row->items[i], node);
  assert_int_equal(referents(nodes, node), 2);
  assert_int_equal(referents(nodes, bag), 3);
  assert_int_equal(referents(nodes, row), 100);
  ouro_decref(nodes->heap, node);
  ouro_decref(nodes->heap, bag);
  ouro_decref(nodes->heap, row);
  assert_int_equal(collect(nodes, 2).collected, 3);
}

static void an_atom_has_no_referents(void **state) {
  struct nodes *nodes = *state;
  void *leaf = ouro_new(nodes->heap, nodes->leaf);
  assert_int_equal(referents(nodes, leaf), 0);
  ouro_decref(nodes->heap, leaf);
}

/* ---- finalizers that meet the collector ---- */

static void allocate_past_the_threshold(struct nodes *nodes, void *object) {
  (void)object;
  uint64_t before = stats_of(nodes).seq;
  struct node *kept[4];
  for (int i = 0; i < 4; i++)
    kept[i] = nodes_new(nodes);
  nodes->kept = (void *)(uintptr_t)(stats_of(nodes).seq - before);
  for (int i = 0; i < 4; i++)
    ouro_decref(nodes->heap, kept[i]);
}

static void a_finalizer_run_by_counting_may_start_a_collection(void **state) {
  struct nodes *nodes = *state;
  uint32_t every = 1;
  nodes->on_finalize = allocate_past_the_threshold;
  struct node *person = nodes_person(nodes);
  ouro_gc_set_threshold(nodes->heap, &every, 1);
  ouro_decref(nodes->heap, person);
  assert_int_equal(nodes->finalized, 1);
  assert_true((uintptr_t)nodes->kept > 0);
}

static void allocation_inside_a_collection_starts_none(void **state) {
  struct nodes *nodes = *state;
  uint32_t every = 1;
  nodes->on_finalize = allocate_past_the_threshold;
  drop_self_cycle(nodes, nodes->person);
  ouro_gc_set_threshold(nodes->heap, &every, 1);
  assert_int_equal(collect(nodes, 2).collected, 1);
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal((uintptr_t)nodes->kept, 0);
}

static void collect_each_17th(struct nodes *nodes, void *object) {
  (void)object;
  if (nodes->finalized % 17 == 0)
    assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
}

static void deep_nesting_dies_while_finalizers_collect(void **state) {
  struct nodes *nodes = *state;
  enum { DEEP = 600 };
  nodes->on_finalize = collect_each_17th;
  for (int round = 0; round < 3; round++) {
    void *outer = NULL;
    for (int i = 0; i < DEEP; i++) {
      struct bag *bag = nodes_bag(nodes, 2);
      bag->items[0] = outer;
      bag->items[1] = nodes_person(nodes);
      outer = bag;
    }
    ouro_decref(nodes->heap, outer);
    assert_int_equal(nodes_live(nodes), 0);
  }
  assert_int_equal(nodes->finalized, 3 * DEEP);
  assert_int_equal(nodes->deallocated, 3 * DEEP);
  assert_int_equal(stats_of(nodes).generations[2].collections, 3 * DEEP / 17);
}

static void break_at_the_second(struct nodes *nodes, void *object) {
  struct node *self = object;
  if (nodes->finalized == 2)
    ouro_clear(nodes->heap, &self->a);
}

static void the_last_finalizer_may_break_the_cycle(void **state) {
  struct nodes *nodes = *state;
  size_t kept;
  nodes->on_finalize = break_at_the_second;
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(collect(nodes, 2).collected, 2);
  assert_int_equal(nodes->finalized, 2);
  (void)ouro_gc_garbage(nodes->heap, &kept);
  assert_int_equal(kept, 0);
}

static void overwrite_fields(struct nodes *nodes, void *object) {
  struct node *self = object;
  void *leaf = ouro_new(nodes->heap, nodes->leaf);
  ouro_set_take(nodes->heap, &self->a, leaf);
  ouro_clear(nodes->heap, &self->b);
}

/*  a <--> b --> x   b's finalizer overwrites both of its fields */
static void a_finalizer_may_overwrite_the_fields_that_made_the_cycle(void **state) {
  struct nodes *nodes = *state;
  struct node *a = nodes_new(nodes), *b = nodes_person(nodes);
  nodes->on_finalize = overwrite_fields;
  ouro_set_take(nodes->heap, &b->b, nodes_new(nodes));
  ouro_set(nodes->heap, &b->a, a);
  ouro_set_take(nodes->heap, &a->a, b);
  ouro_decref(nodes->heap, a);
  (void)collect(nodes, 2);
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal(nodes_live(nodes), 0);
}

static void keep(struct nodes *nodes, void *object) {
  assert_true(ouro_is_finalized(object));
  nodes->kept = ouro_incref(nodes->heap, object);
}

static void is_finalized_is_false_until_the_finalizer_ran(void **state) {
  struct nodes *nodes = *state;
  void *leaf = ouro_new(nodes->heap, nodes->leaf);
  struct node *person = nodes_person(nodes);
  nodes->on_finalize = keep;
  assert_false(ouro_is_finalized(leaf));
  assert_false(ouro_is_finalized(person));
  ouro_decref(nodes->heap, person);
  assert_ptr_equal(nodes->kept, person);
  assert_true(ouro_is_finalized(person));
  ouro_decref(nodes->heap, person);
  ouro_decref(nodes->heap, leaf);
}

/* ---- resurrection and what is reported of it ---- */

static void link_into_list(struct nodes *nodes, void *object) {
  struct node *self = object;
  self->b = nodes->kept;
  nodes->kept = ouro_incref(nodes->heap, self);
}

static void the_resurrected_do_not_count_as_collected(void **state) {
  struct nodes *nodes = *state;
  enum { MANY = 100 };
  nodes->on_finalize = link_into_list;
  for (int round = 0; round < 2; round++) {
    uint64_t before = stats_of(nodes).generations[2].collected;
    for (int i = 0; i < MANY * round; i++)
      drop_self_cycle(nodes, nodes->node);
    drop_self_cycle(nodes, nodes->person);
    ouro_collection collection = collect(nodes, 2);
    assert_int_equal(collection.collected, MANY * round);
    assert_int_equal(collection.resurrected, 1);
    assert_int_equal(stats_of(nodes).generations[2].collected - before, MANY * round);
    assert_int_equal(stats_of(nodes).generations[2].uncollectable, 0);
  }
  ouro_decref(nodes->heap, nodes->kept);
  assert_int_equal(collect(nodes, 2).collected, 2);
}

static void what_is_resurrected_goes_to_the_oldest_generation(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = keep;
  drop_self_cycle(nodes, nodes->person);
  assert_int_equal(collect(nodes, 0).resurrected, 1);
  assert_int_equal(ouro_object_generation(nodes->kept), 2);
  ouro_decref(nodes->heap, nodes->kept);
}

/* ---- the uncollectable ---- */

static void traverse_a(const void *object, ouro_visit *visit, void *argument) {
  visit(((const struct node *)object)->a, argument);
}

static const ouro_type *stubborn_type(struct nodes *nodes) {
  return new_type(nodes, &(ouro_type_info){.name = "Stubborn",
                                           .size = sizeof(struct node),
                                           .traverse = traverse_a});
}

/* Empty the garbage list and break the cycles that were in it. */
static void break_garbage(struct nodes *nodes) {
  size_t count;
  struct node *items[8];
  void *const *garbage = ouro_gc_garbage(nodes->heap, &count);
  assert_in_range(count, 0, 8);
  for (size_t i = 0; i < count; i++)
    items[i] = ouro_incref(nodes->heap, garbage[i]);
  assert_int_equal(ouro_gc_clear_garbage(nodes->heap), OURO_OK);
  for (size_t i = 0; i < count; i++) {
    ouro_clear(nodes->heap, &items[i]->a);
    ouro_decref(nodes->heap, items[i]);
  }
}

static void the_uncollectable_are_listed_and_other_garbage_goes(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *stubborn = stubborn_type(nodes);
  size_t count;
  drop_self_cycle(nodes, nodes->node);
  drop_self_cycle(nodes, stubborn);
  nodes_drop_cycle(nodes, stubborn);
  ouro_collection collection = collect(nodes, 2);
  assert_int_equal(collection.collected, 1);
  assert_int_equal(collection.uncollectable, 3);
  assert_int_equal(stats_of(nodes).generations[2].uncollectable, 3);
  void *const *garbage = ouro_gc_garbage(nodes->heap, &count);
  assert_int_equal(count, 3);
  for (size_t i = 0; i < count; i++)
    assert_ptr_equal(ouro_object_type(nodes->heap, garbage[i]), stubborn);
  break_garbage(nodes);
  assert_int_equal(nodes_live(nodes), 0);
}

static void clear_garbage_inside(ouro_heap *heap, ouro_gc_event event,
                                 const ouro_collection *collection, void *context) {
  (void)event, (void)collection;
  assert_int_equal(ouro_gc_clear_garbage(heap), OURO_EBUSY);
  ++*(unsigned *)context;
}

static void the_garbage_list_cannot_be_emptied_inside_a_collection(void **state) {
  struct nodes *nodes = *state;
  unsigned calls = 0;
  size_t count;
  drop_self_cycle(nodes, stubborn_type(nodes));
  ouro_gc_set_callback(nodes->heap, clear_garbage_inside, &calls);
  (void)collect(nodes, 2);
  ouro_gc_set_callback(nodes->heap, NULL, NULL);
  assert_int_equal(calls, 2);
  (void)ouro_gc_garbage(nodes->heap, &count);
  assert_int_equal(count, 1);
  break_garbage(nodes);
}

static void weak_references_to_the_uncollectable_are_cleared(void **state) {
  struct nodes *nodes = *state;
  struct node *node = ouro_new(nodes->heap, stubborn_type(nodes));
  ouro_weakref *weak = ouro_weakref_new(nodes->heap, node, NULL, NULL);
  ouro_set_take(nodes->heap, &node->a, node);
  assert_int_equal(collect(nodes, 2).uncollectable, 1);
  assert_null(ouro_weakref_get(nodes->heap, weak));
  ouro_decref(nodes->heap, weak);
  break_garbage(nodes);
}

/* ---- what is not a candidate holds what it refers to ---- */

static void what_an_untracked_object_refers_to_is_held(void **state) {
  struct nodes *nodes = *state;
  struct node *hidden = nodes_new(nodes), *other = nodes_new(nodes);
  ouro_set(nodes->heap, &hidden->a, other);
  ouro_set_take(nodes->heap, &other->a, hidden);
  ouro_decref(nodes->heap, other);
  ouro_untrack(nodes->heap, hidden);
  assert_int_equal(collect(nodes, 2).collected, 0);
  assert_ptr_equal(hidden->a, other);
  assert_int_equal(ouro_track(nodes->heap, hidden), OURO_OK);
  assert_int_equal(collect(nodes, 2).collected, 2);
}

static void old_garbage_holds_young_until_the_old_are_collected(void **state) {
  struct nodes *nodes = *state;
  struct node *old = nodes_new(nodes);
  (void)collect(nodes, 2);
  struct node *young = nodes_new(nodes);
  ouro_set_take(nodes->heap, &old->b, young);
  ouro_set(nodes->heap, &young->a, young);
  ouro_set_take(nodes->heap, &old->a, old);
  assert_int_equal(collect(nodes, 0).collected, 0);
  assert_int_equal(collect(nodes, 1).collected, 0);
  assert_int_equal(collect(nodes, 2).collected, 2);
}

static void freezing_restarts_the_counts(void **state) {
  struct nodes *nodes = *state;
  uint64_t counts[OURO_GENERATIONS];
  (void)collect(nodes, 0);
  (void)collect(nodes, 1);
  (void)collect(nodes, 0);
  struct node *node = nodes_new(nodes);
  ouro_gc_count(nodes->heap, counts);
  for (unsigned i = 0; i < OURO_GENERATIONS; i++)
    assert_int_equal(counts[i], 1);
  assert_int_equal(ouro_gc_freeze(nodes->heap), OURO_OK);
  ouro_gc_count(nodes->heap, counts);
  for (unsigned i = 0; i < OURO_GENERATIONS; i++)
    assert_int_equal(counts[i], 0);
  assert_int_equal(ouro_gc_unfreeze(nodes->heap), OURO_OK);
  ouro_decref(nodes->heap, node);
}

int main(void) {
#define GC_TEST(name) cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      GC_TEST(a_container_that_contains_itself_twice_is_collected),
      GC_TEST(a_cycle_through_a_tail_of_references_is_collected),
      GC_TEST(a_type_is_tracked_unless_it_says_it_is_acyclic),
      GC_TEST(referents_come_from_fields_callbacks_and_tails_alike),
      GC_TEST(an_atom_has_no_referents),
      GC_TEST(a_finalizer_run_by_counting_may_start_a_collection),
      GC_TEST(allocation_inside_a_collection_starts_none),
      GC_TEST(deep_nesting_dies_while_finalizers_collect),
      GC_TEST(the_last_finalizer_may_break_the_cycle),
      GC_TEST(a_finalizer_may_overwrite_the_fields_that_made_the_cycle),
      GC_TEST(is_finalized_is_false_until_the_finalizer_ran),
      GC_TEST(the_resurrected_do_not_count_as_collected),
      GC_TEST(what_is_resurrected_goes_to_the_oldest_generation),
      GC_TEST(the_uncollectable_are_listed_and_other_garbage_goes),
      GC_TEST(the_garbage_list_cannot_be_emptied_inside_a_collection),
      GC_TEST(weak_references_to_the_uncollectable_are_cleared),
      GC_TEST(what_an_untracked_object_refers_to_is_held),
      GC_TEST(old_garbage_holds_young_until_the_old_are_collected),
      GC_TEST(freezing_restarts_the_counts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
