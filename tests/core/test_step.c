/* A collection run phase by phase: what can be seen, and that it is the same one. */
#include "nodes.h"

static ouro_phase step(struct nodes *nodes) {
  ouro_phase phase = OURO_PHASES;
  assert_int_equal(ouro_gc_step(nodes->heap, &phase, NULL), OURO_OK);
  return phase;
}

static void finish(struct nodes *nodes, ouro_collection *ret) {
  assert_int_equal(ouro_gc_step_finish(nodes->heap, ret), OURO_OK);
  assert_false(ouro_gc_is_stepping(nodes->heap));
}

/* kept -> held <-> partner, and john <-> mary, to whom nobody refers. */
struct people {
  struct node *kept, *held, *partner, *john, *mary;
};

static struct people people_new(struct nodes *nodes, const ouro_type *type) {
  ouro_heap *heap = nodes->heap;
  struct people people = {ouro_new(heap, type), ouro_new(heap, type),
                          ouro_new(heap, type), ouro_new(heap, type),
                          ouro_new(heap, type)};
  ouro_set(heap, &people.kept->a, people.held);
  ouro_set_take(heap, &people.held->a, people.partner);
  ouro_set_take(heap, &people.partner->a, people.held);
  ouro_set_take(heap, &people.john->a, people.mary);
  ouro_set_take(heap, &people.mary->a, people.john);
  return people;
}

static void check_refs(struct nodes *nodes, const struct people *people) {
  assert_int_equal(ouro_gc_refs(nodes->heap, people->kept), 1);
  assert_int_equal(ouro_gc_refs(nodes->heap, people->held), 0);
  assert_int_equal(ouro_gc_refs(nodes->heap, people->partner), 0);
  assert_int_equal(ouro_gc_refs(nodes->heap, people->john), 0);
  assert_int_equal(ouro_gc_refs(nodes->heap, people->mary), 0);
}

static void walk_through(struct nodes *nodes, const ouro_type *type,
                         unsigned generation) {
  ouro_heap *heap = nodes->heap;
  ouro_gc_disable(heap);
  struct people people = people_new(nodes, type);
  assert_int_equal(ouro_gc_step_begin(heap, generation), OURO_OK);
  assert_true(ouro_gc_is_stepping(heap));
  assert_int_equal(ouro_gc_refs(heap, people.john), -1);
  assert_int_equal(ouro_gc_verdict(heap, people.john), OURO_UNDECIDED);
  assert_int_equal(step(nodes), OURO_PHASE_SUBTRACT);
  check_refs(nodes, &people);
  assert_int_equal(ouro_gc_verdict(heap, people.john), OURO_UNDECIDED);
  assert_int_equal(step(nodes), OURO_PHASE_MARK);
  check_refs(nodes, &people);
  for (int rest = OURO_PHASE_UNREACHABLE; rest <= OURO_PHASE_CLEAR; rest++) {
    assert_int_equal(ouro_gc_verdict(heap, people.kept), OURO_REACHABLE);
    assert_int_equal(ouro_gc_verdict(heap, people.partner), OURO_REACHABLE);
    assert_int_equal(ouro_gc_verdict(heap, people.john), OURO_UNREACHABLE);
    assert_int_equal(ouro_gc_verdict(heap, people.mary), OURO_UNREACHABLE);
    assert_int_equal(step(nodes), rest);
    if (rest > OURO_PHASE_MARK)
      assert_int_equal(ouro_gc_refs(heap, people.john), -1);
  }
  ouro_collection collection;
  ouro_phase last;
  assert_int_equal(ouro_gc_step(heap, &last, &collection), OURO_OK);
  assert_int_equal(last, OURO_PHASE_FREE);
  assert_int_equal(collection.candidates, 5);
  assert_int_equal(collection.collected, 2);
  assert_int_equal(collection.promoted, 3);
  assert_int_equal(ouro_object_generation(people.partner), generation == 0 ? 1 : 2);
  assert_false(ouro_gc_is_stepping(heap));
  assert_int_equal(ouro_gc_verdict(heap, people.kept), OURO_NO_CANDIDATE);
  nodes_verify(nodes);
  ouro_decref(heap, people.kept);
  assert_int_equal(ouro_gc_collect(heap, 2, NULL), OURO_OK);
}

static void a_young_collection_is_seen_phase_by_phase(void **state) {
  struct nodes *nodes = *state;
  walk_through(nodes, nodes->node, 0);
  walk_through(nodes, nodes->node, 1);
}

static void a_full_collection_is_seen_phase_by_phase(void **state) {
  struct nodes *nodes = *state;
  walk_through(nodes, nodes->node, 2);
}

static void so_is_one_with_finalizers(void **state) {
  struct nodes *nodes = *state;
  for (unsigned generation = 0; generation < OURO_GENERATIONS; generation++) {
    unsigned before = nodes->finalized;
    walk_through(nodes, nodes->person, generation);
    assert_int_equal(nodes->finalized, before + 5); /* the three at the end, too */
  }
}

static void registered_roots_are_counted_when_somebody_watches(void **state) {
  struct nodes *nodes = *state;
  struct people people = people_new(nodes, nodes->node);
  assert_int_equal(ouro_root_add(nodes->heap, &people.kept, "kept"), OURO_OK);
  assert_int_equal(ouro_gc_step_begin(nodes->heap, 2), OURO_OK);
  (void)step(nodes);
  check_refs(nodes, &people);
  finish(nodes, NULL);
  assert_int_equal(ouro_root_remove(nodes->heap, &people.kept), OURO_OK);
  ouro_decref(nodes->heap, people.kept);
}

static void counts_above_a_byte_are_exact(void **state) {
  struct nodes *nodes = *state;
  ouro_heap *heap = nodes->heap;
  for (unsigned generation = 0; generation <= 2; generation += 2) {
    enum { INSIDE = 600, OUTSIDE = 300 };
    struct row *row = ouro_new_tail(heap, nodes->row, INSIDE * sizeof(void *));
    struct node *node = nodes_new(nodes);
    for (int i = 0; i < INSIDE; i++)
      ouro_set(heap, &row->items[i], node);
    for (int i = 1; i < OUTSIDE; i++)
      ouro_incref(heap, node);
    assert_int_equal(ouro_gc_step_begin(heap, generation), OURO_OK);
    (void)step(nodes);
    assert_int_equal(ouro_gc_refs(heap, node), OUTSIDE);
    assert_int_equal(ouro_gc_refs(heap, row), 1);
    finish(nodes, NULL);
    for (int i = 0; i < OUTSIDE; i++)
      ouro_decref(heap, node);
    ouro_decref(heap, row);
  }
}

static void old_and_frozen_objects_are_no_candidates_of_the_young(void **state) {
  struct nodes *nodes = *state;
  struct node *old = nodes_new(nodes);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  struct node *frozen = nodes_new(nodes);
  assert_int_equal(ouro_gc_freeze(nodes->heap), OURO_OK);
  struct node *young = nodes_new(nodes);
  assert_int_equal(ouro_gc_step_begin(nodes->heap, 1), OURO_OK);
  (void)step(nodes);
  assert_int_equal(ouro_gc_refs(nodes->heap, old), -1);
  assert_int_equal(ouro_gc_verdict(nodes->heap, frozen), OURO_NO_CANDIDATE);
  assert_int_equal(ouro_gc_refs(nodes->heap, young), 1);
  finish(nodes, NULL);
  ouro_decref(nodes->heap, old);
  ouro_decref(nodes->heap, frozen);
  ouro_decref(nodes->heap, young);
}

static void between_steps_nothing_is_born_and_nothing_dies(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  assert_int_equal(ouro_gc_step_begin(nodes->heap, 0), OURO_OK);
  assert_null(ouro_new(nodes->heap, nodes->node));
  assert_null(ouro_new(nodes->heap, nodes->leaf));
  assert_null(ouro_new_tail(nodes->heap, nodes->row, 8000));
  ouro_decref(nodes->heap, node);
  assert_int_equal(ouro_refcount(node), 1);
  assert_int_equal(ouro_gc_collect(nodes->heap, 0, NULL), OURO_EBUSY);
  assert_int_equal(ouro_gc_step_begin(nodes->heap, 0), OURO_EBUSY);
  finish(nodes, NULL);
  ouro_decref(nodes->heap, node);
  struct node *born = nodes_new(nodes);
  assert_non_null(born);
  ouro_decref(nodes->heap, born);
}

static void allocate_in_a_step(struct nodes *nodes, void *object) {
  (void)object;
  assert_false(ouro_gc_is_stepping(nodes->heap));
  assert_int_equal(ouro_gc_step(nodes->heap, NULL, NULL), OURO_EINVAL);
  struct node *node = nodes_new(nodes);
  ouro_decref(nodes->heap, node);
}

static void finalizers_inside_a_step_may_allocate(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = allocate_in_a_step;
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(ouro_gc_step_begin(nodes->heap, 0), OURO_OK);
  ouro_collection collection;
  finish(nodes, &collection);
  assert_int_equal(collection.finalized, collection.collected);
  assert_true(collection.finalized > 0);
}

static void begin_a_step(struct nodes *nodes, void *object) {
  (void)object;
  assert_int_equal(ouro_gc_step_begin(nodes->heap, 0), OURO_EBUSY);
}

static void a_finalizer_run_by_counting_may_not_begin_to_step(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = begin_a_step;
  struct node *person = nodes_person(nodes);
  ouro_decref(nodes->heap, person);
  assert_int_equal(nodes->finalized, 1);
  assert_false(ouro_gc_is_stepping(nodes->heap));
}

static void without_a_beginning_there_is_no_step(void **state) {
  struct nodes *nodes = *state;
  assert_int_equal(ouro_gc_step(nodes->heap, NULL, NULL), OURO_EINVAL);
  assert_int_equal(ouro_gc_step_begin(nodes->heap, 3), OURO_EINVAL);
  assert_false(ouro_gc_is_stepping(nodes->heap));
}

static void a_heap_may_be_freed_between_steps(void **state) {
  (void)state;
  for (int steps = 0; steps < OURO_PHASES; steps++) {
    struct nodes *nodes;
    assert_int_equal(nodes_setup((void **)&nodes), 0);
    nodes_drop_cycle(nodes, nodes->person);
    assert_int_equal(ouro_gc_step_begin(nodes->heap, 2), OURO_OK);
    for (int i = 0; i < steps; i++)
      (void)step(nodes);
    ouro_heap_free(nodes->heap);
    assert_int_equal(nodes->finalized, 2);
    free(nodes);
  }
}

int main(void) {
#define STEP_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      STEP_TEST(a_young_collection_is_seen_phase_by_phase),
      STEP_TEST(a_full_collection_is_seen_phase_by_phase),
      STEP_TEST(so_is_one_with_finalizers),
      STEP_TEST(registered_roots_are_counted_when_somebody_watches),
      STEP_TEST(counts_above_a_byte_are_exact),
      STEP_TEST(old_and_frozen_objects_are_no_candidates_of_the_young),
      STEP_TEST(between_steps_nothing_is_born_and_nothing_dies),
      STEP_TEST(finalizers_inside_a_step_may_allocate),
      STEP_TEST(a_finalizer_run_by_counting_may_not_begin_to_step),
      STEP_TEST(without_a_beginning_there_is_no_step),
      cmocka_unit_test(a_heap_may_be_freed_between_steps),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
