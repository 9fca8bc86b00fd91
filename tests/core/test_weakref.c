/* Weak references: they do not keep, they are cleared in time, they tell once. */
#include "nodes.h"

static unsigned told;
static ouro_weakref *told_last;

static void tell(ouro_heap *heap, ouro_weakref *reference, void *context) {
  assert_null(ouro_weakref_get(heap, reference));
  assert_true(context == &told || context == NULL);
  told++;
  told_last = reference;
}

static ouro_weakref *weak(struct nodes *nodes, void *target) {
  ouro_weakref *reference = ouro_weakref_new(nodes->heap, target, tell, &told);
  assert_non_null(reference);
  return reference;
}

static int setup(void **state) {
  told = 0;
  told_last = NULL;
  return nodes_setup(state);
}

static bool is_alive(struct nodes *nodes, ouro_weakref *reference) {
  void *target = ouro_weakref_get(nodes->heap, reference);
  ouro_decref_maybe(nodes->heap, target);
  return target != NULL;
}

static void a_weak_reference_does_not_keep_its_target(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_weakref *reference = weak(nodes, node);
  assert_int_equal(ouro_refcount(node), 1);
  assert_ptr_equal(ouro_weakref_get(nodes->heap, reference), node);
  assert_int_equal(ouro_refcount(node), 2);
  ouro_decref(nodes->heap, node);
  assert_int_equal(told, 0);
  ouro_decref(nodes->heap, node);
  assert_int_equal(told, 1);
  assert_false(is_alive(nodes, reference));
  ouro_decref(nodes->heap, reference);
}

static void a_look_through_a_weak_reference_changes_no_count(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_weakref *reference = weak(nodes, node);
  assert_ptr_equal(ouro_weakref_peek(reference), node);
  assert_int_equal(ouro_refcount(node), 1);
  ouro_decref(nodes->heap, node);
  assert_null(ouro_weakref_peek(reference));
  ouro_decref(nodes->heap, reference);
}

static void a_weak_reference_that_goes_first_tells_nobody(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_weakref *first = weak(nodes, node), *second = weak(nodes, node);
  assert_int_equal(ouro_weakref_count(nodes->heap, node), 2);
  ouro_decref(nodes->heap, first);
  assert_int_equal(ouro_weakref_count(nodes->heap, node), 1);
  ouro_decref(nodes->heap, second);
  assert_int_equal(ouro_weakref_count(nodes->heap, node), 0);
  ouro_decref(nodes->heap, node);
  assert_int_equal(told, 0);
}

static void the_newest_is_told_first(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_weakref *first = weak(nodes, node), *second = weak(nodes, node);
  ouro_decref(nodes->heap, node);
  assert_int_equal(told, 2);
  assert_ptr_equal(told_last, first);
  ouro_decref(nodes->heap, first);
  ouro_decref(nodes->heap, second);
}

static ouro_weakref *watched;

static void find_self(struct nodes *nodes, void *object) {
  void *self = ouro_weakref_get(nodes->heap, watched);
  assert_ptr_equal(self, object);
  ouro_decref(nodes->heap, self);
}

static void in_a_finalizer_run_by_counting_the_reference_is_still_alive(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  watched = weak(nodes, person);
  nodes->on_finalize = find_self;
  ouro_decref(nodes->heap, person);
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal(told, 1);
  ouro_decref(nodes->heap, watched);
}

static void resurrect(struct nodes *nodes, void *object) {
  nodes->kept = ouro_incref(nodes->heap, object);
}

static void resurrected_from_counting_the_reference_stays(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  ouro_weakref *reference = weak(nodes, person);
  nodes->on_finalize = resurrect;
  ouro_decref(nodes->heap, person);
  assert_int_equal(told, 0);
  assert_true(is_alive(nodes, reference));
  ouro_decref(nodes->heap, nodes->kept);
  assert_int_equal(told, 1);
  ouro_decref(nodes->heap, reference);
}

static void expect_cleared(struct nodes *nodes, void *object) {
  assert_null(ouro_weakref_get(nodes->heap, watched));
  resurrect(nodes, object);
}

static void in_a_collection_it_is_cleared_before_finalizers_and_stays_so(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  watched = weak(nodes, person);
  ouro_set_take(nodes->heap, &person->a, person);
  nodes->on_finalize = expect_cleared;
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, &collection), OURO_OK);
  assert_int_equal(collection.weakrefs_cleared, 1);
  assert_int_equal(collection.resurrected, 1);
  assert_int_equal(told, 1);
  assert_null(ouro_weakref_get(nodes->heap, watched));
  ouro_decref(nodes->heap, watched);
  ouro_decref(nodes->heap, nodes->kept);
}

static void a_weak_reference_in_the_garbage_is_not_told(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_weakref *inside = weak(nodes, node);
  node->a = node;
  node->b = (struct node *)(void *)inside;
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, &collection), OURO_OK);
  assert_int_equal(collection.collected, 2);
  assert_int_equal(collection.weakrefs_cleared, 1);
  assert_int_equal(told, 0);
}

static void an_old_weak_reference_to_young_garbage_is_told(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_weakref *reference = weak(nodes, node);
  ouro_gc_collect(nodes->heap, 2, NULL);
  ouro_weakref *young = weak(nodes, node);
  ouro_set_take(nodes->heap, &node->a, node);
  ouro_gc_collect(nodes->heap, 2, NULL);
  assert_int_equal(told, 2);
  ouro_decref(nodes->heap, reference);
  ouro_decref(nodes->heap, young);
}

static void drop_all(ouro_heap *heap, ouro_weakref *reference, void *context) {
  ouro_weakref **others = context;
  (void)reference;
  told++;
  for (int i = 0; i < 3; i++)
    if (others[i] != NULL) {
      ouro_weakref *other = others[i];
      others[i] = NULL;
      ouro_decref(heap, other);
    }
  (void)ouro_gc_collect(heap, 2, NULL);
}

static void a_callback_may_drop_every_weak_reference_and_collect(void **state) {
  struct nodes *nodes = *state;
  for (int round = 0; round < 2; round++) {
    struct node *node = nodes_new(nodes);
    ouro_weakref *all[3];
    for (int i = 0; i < 3; i++)
      assert_non_null(all[i] = ouro_weakref_new(nodes->heap, node, drop_all, all));
    if (round == 1)
      ouro_set(nodes->heap, &node->a, node);
    ouro_decref(nodes->heap, node);
    ouro_gc_collect(nodes->heap, 2, NULL);
  }
  assert_int_equal(told, 6);
  assert_int_equal(nodes_live(nodes), 0);
}

static void thousands_of_targets_are_found_again(void **state) {
  struct nodes *nodes = *state;
  enum { COUNT = 5000 };
  static struct node *targets[COUNT];
  static ouro_weakref *references[COUNT];
  for (int i = 0; i < COUNT; i++) {
    targets[i] = nodes_new(nodes);
    references[i] = weak(nodes, targets[i]);
  }
  for (int i = 0; i < COUNT; i += 2)
    ouro_decref(nodes->heap, targets[i]);
  assert_int_equal(told, COUNT / 2);
  for (int i = 0; i < COUNT; i++)
    assert_int_equal(is_alive(nodes, references[i]), i % 2);
  for (int i = 0; i < COUNT; i++) {
    if (i % 2 == 1)
      ouro_decref(nodes->heap, targets[i]);
    ouro_decref(nodes->heap, references[i]);
  }
  assert_int_equal(told, COUNT);
}

static void a_heap_is_freed_with_weak_references_in_it(void **state) {
  (void)state;
  struct nodes nodes = {.heap = ouro_heap_new(NULL)};
  ouro_heap_set_user(nodes.heap, &nodes);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  told = 0;
  assert_non_null(weak(&nodes, nodes_new(&nodes)));
  ouro_heap_free(nodes.heap);
  assert_int_equal(told, 0);
}

int main(void) {
#define WEAK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      WEAK_TEST(a_weak_reference_does_not_keep_its_target),
      WEAK_TEST(a_look_through_a_weak_reference_changes_no_count),
      WEAK_TEST(a_weak_reference_that_goes_first_tells_nobody),
      WEAK_TEST(the_newest_is_told_first),
      WEAK_TEST(in_a_finalizer_run_by_counting_the_reference_is_still_alive),
      WEAK_TEST(resurrected_from_counting_the_reference_stays),
      WEAK_TEST(in_a_collection_it_is_cleared_before_finalizers_and_stays_so),
      WEAK_TEST(a_weak_reference_in_the_garbage_is_not_told),
      WEAK_TEST(an_old_weak_reference_to_young_garbage_is_told),
      WEAK_TEST(a_callback_may_drop_every_weak_reference_and_collect),
      WEAK_TEST(thousands_of_targets_are_found_again),
      cmocka_unit_test(a_heap_is_freed_with_weak_references_in_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
