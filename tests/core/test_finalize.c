/* Finalizers: once, before anything is cleared, free to do what they like. */
#include "nodes.h"

static ouro_collection collect(struct nodes *nodes) {
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, &collection), OURO_OK);
  return collection;
}

static void expect_whole(struct nodes *nodes, void *object) {
  (void)nodes;
  struct node *node = object;
  assert_non_null(node->a);
  assert_ptr_equal(node->a->a, node);
}

static void finalizers_run_before_anything_is_cleared(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = expect_whole;
  nodes_drop_cycle(nodes, nodes->person);
  ouro_collection collection = collect(nodes);
  assert_int_equal(collection.collected, 2);
  assert_int_equal(collection.finalized, 2);
  assert_int_equal(nodes->finalized, 2);
}

static void keep(struct nodes *nodes, void *object) {
  ouro_incref(nodes->heap, object);
  nodes->kept = object;
}

static void a_finalizer_resurrects_from_counting_and_runs_only_once(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = keep;
  struct node *person = nodes_person(nodes);
  ouro_decref(nodes->heap, person);
  assert_ptr_equal(nodes->kept, person);
  assert_int_equal(ouro_refcount(person), 1);
  assert_true(ouro_is_finalized(person));
  assert_int_equal(ouro_object_generation(person), 0);
  ouro_decref(nodes->heap, person);
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal(nodes_live(nodes), 0);
}

static void keep_first(struct nodes *nodes, void *object) {
  if (nodes->kept == NULL)
    keep(nodes, object);
}

static void resurrecting_one_saves_all_it_reaches(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = keep_first;
  nodes_drop_cycle(nodes, nodes->person);
  nodes_drop_cycle(nodes, nodes->person);
  ouro_collection collection = collect(nodes);
  assert_int_equal(collection.finalized, 4);
  assert_int_equal(collection.resurrected, 2);
  assert_int_equal(collection.collected, 2);
  struct node *kept = nodes->kept;
  assert_ptr_equal(kept->a->a, kept);
  assert_int_equal(ouro_object_generation(kept->a), 2);
  ouro_decref(nodes->heap, kept);
  collection = collect(nodes);
  assert_int_equal(collection.collected, 2);
  assert_int_equal(collection.finalized, 0);
}

static void break_own_cycle(struct nodes *nodes, void *object) {
  ouro_clear(nodes->heap, &((struct node *)object)->a);
}

static void a_finalizer_may_break_the_cycle_itself(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = break_own_cycle;
  nodes_drop_cycle(nodes, nodes->person);
  ouro_collection collection = collect(nodes);
  assert_int_equal(collection.collected, 2);
  assert_int_equal(collection.finalized, 2);
}

static void collect_inside(struct nodes *nodes, void *object) {
  (void)object;
  assert_int_equal(ouro_gc_collect(nodes->heap, 0, NULL), OURO_EBUSY);
  assert_true(ouro_gc_is_collecting(nodes->heap));
}

static void a_collection_inside_a_finalizer_is_refused(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = collect_inside;
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(collect(nodes).collected, 2);
  assert_false(ouro_gc_is_collecting(nodes->heap));
}

static void collect_from_counting(struct nodes *nodes, void *object) {
  (void)object;
  if (nodes->finalized > 1)
    return; /* our own collection's finalizers */
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
}

static void a_finalizer_run_by_counting_may_collect(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  nodes_drop_cycle(nodes, nodes->person);
  nodes->on_finalize = collect_from_counting;
  ouro_decref(nodes->heap, person);
  assert_int_equal(nodes->finalized, 3);
}

static void allocate_many(struct nodes *nodes, void *object) {
  struct node *node = object;
  for (int i = 0; i < 1000; i++) {
    struct node *fresh = nodes_new(nodes);
    if (i % 2 == 0)
      ouro_decref(nodes->heap, fresh);
    else
      ouro_set_take(nodes->heap, &node->c, fresh);
  }
}

/* Blocks freed in the collection are reused by it: the logs must know. */
static void a_finalizer_may_allocate_thousands(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = allocate_many;
  for (int i = 0; i < 20; i++)
    nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(collect(nodes).collected, 40);
  nodes_verify(nodes);
}

static void make_young(struct nodes *nodes, void *object) {
  struct node *young = nodes_new(nodes);
  ouro_set(nodes->heap, &young->a, object);
  nodes->kept = young;
}

static void what_a_finalizer_makes_is_young_and_holds_what_it_refers_to(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  ouro_set_take(nodes->heap, &person->a, person);
  nodes->on_finalize = make_young;
  ouro_collection collection = collect(nodes);
  assert_int_equal(collection.resurrected, 1);
  struct node *young = nodes->kept;
  assert_int_equal(ouro_object_generation(young), 0);
  assert_int_equal(ouro_object_generation(person), 2);
  ouro_decref(nodes->heap, young);
}

static void old_garbage_with_finalizers_waits_for_its_generation(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  ouro_set(nodes->heap, &person->a, person);
  collect(nodes);
  ouro_decref(nodes->heap, person);
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, 1, &collection), OURO_OK);
  assert_int_equal(collection.candidates, 0);
  assert_int_equal(nodes->finalized, 0);
  assert_int_equal(collect(nodes).collected, 1);
  assert_int_equal(nodes->finalized, 1);
}

int main(void) {
#define FINAL_TEST(name)                                                               \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      FINAL_TEST(finalizers_run_before_anything_is_cleared),
      FINAL_TEST(a_finalizer_resurrects_from_counting_and_runs_only_once),
      FINAL_TEST(resurrecting_one_saves_all_it_reaches),
      FINAL_TEST(a_finalizer_may_break_the_cycle_itself),
      FINAL_TEST(a_collection_inside_a_finalizer_is_refused),
      FINAL_TEST(a_finalizer_run_by_counting_may_collect),
      FINAL_TEST(a_finalizer_may_allocate_thousands),
      FINAL_TEST(what_a_finalizer_makes_is_young_and_holds_what_it_refers_to),
      FINAL_TEST(old_garbage_with_finalizers_waits_for_its_generation),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
