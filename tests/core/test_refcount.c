/* Reference counting: immediate destruction, order, depth, immortality. */
#include "nodes.h"

static void the_last_reference_destroys_at_once(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  assert_int_equal(ouro_refcount(person), 1);
  ouro_incref(nodes->heap, person);
  ouro_decref(nodes->heap, person);
  assert_int_equal(nodes->finalized, 0);
  ouro_decref(nodes->heap, person);
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal(nodes_live(nodes), 0);
}

static void a_field_holds_a_reference_and_lets_the_old_value_go(void **state) {
  struct nodes *nodes = *state;
  struct node *owner = nodes_new(nodes);
  struct node *first = nodes_person(nodes), *second = nodes_person(nodes);
  ouro_set(nodes->heap, &owner->a, first);
  ouro_decref(nodes->heap, first);
  assert_int_equal(nodes->finalized, 0);
  ouro_set_take(nodes->heap, &owner->a, second);
  assert_int_equal(nodes->finalized, 1);
  ouro_set(nodes->heap, &owner->a, owner->a);
  assert_int_equal(ouro_refcount(second), 1);
  ouro_decref(nodes->heap, owner);
  assert_int_equal(nodes->finalized, 2);
}

static void a_cycle_is_not_freed_by_counting(void **state) {
  struct nodes *nodes = *state;
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(nodes->finalized, 0);
  assert_int_equal(nodes_live(nodes), 2);
}

static uint64_t order[8];
static unsigned order_count;

static void note_order(struct nodes *nodes, void *object) {
  (void)nodes;
  order[order_count++] = ((struct node *)object)->number;
}

/*        0
 *      1   4      as recursion would: parent first, then each field's whole subtree
 *     2 3   5  */
static void objects_die_in_the_order_of_their_fields(void **state) {
  struct nodes *nodes = *state;
  struct node *all[6];
  for (uint64_t i = 0; i < 6; i++) {
    all[i] = nodes_person(nodes);
    all[i]->number = i;
  }
  all[0]->a = all[1], all[0]->b = all[4];
  all[1]->a = all[2], all[1]->b = all[3];
  all[4]->a = all[5];
  order_count = 0;
  nodes->on_finalize = note_order;
  ouro_decref(nodes->heap, all[0]);
  assert_int_equal(order_count, 6);
  for (uint64_t i = 0; i < 6; i++)
    assert_int_equal(order[i], i);
}

static void a_list_of_a_million_nodes_dies_without_recursion(void **state) {
  struct nodes *nodes = *state;
  struct node *list = NULL;
  for (int i = 0; i < 1000000; i++) {
    struct node *node = nodes_new(nodes);
    node->a = list;
    list = node;
  }
  ouro_decref(nodes->heap, list);
  assert_int_equal(nodes_live(nodes), 0);
}

static void bags_nested_a_hundred_thousand_deep_die_without_recursion(void **state) {
  struct nodes *nodes = *state;
  struct bag *inner = NULL;
  for (int i = 0; i < 100000; i++) {
    struct bag *bag = nodes_bag(nodes, 1);
    bag->items[0] = inner;
    inner = bag;
  }
  ouro_decref(nodes->heap, inner);
  assert_int_equal(nodes->deallocated, 100000);
}

static void drop_kept(struct nodes *nodes, void *object) {
  (void)object;
  void *kept = nodes->kept;
  if (kept == NULL)
    return;
  nodes->kept = NULL;
  unsigned before = nodes->finalized;
  ouro_decref(nodes->heap, kept);
  assert_int_equal(nodes->finalized, before + 1);
}

static void what_a_finalizer_drops_dies_before_the_finalizer_goes_on(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  nodes->kept = nodes_person(nodes);
  nodes->on_finalize = drop_kept;
  ouro_decref(nodes->heap, person);
  assert_int_equal(nodes->finalized, 2);
}

static void an_immortal_object_is_never_freed(void **state) {
  (void)state;
  struct nodes nodes = {.heap = ouro_heap_new(NULL)};
  assert_non_null(nodes.heap);
  ouro_heap_set_user(nodes.heap, &nodes);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  struct node *person = nodes_person(&nodes);
  struct node *child = nodes_person(&nodes);
  person->a = child;
  ouro_make_immortal(nodes.heap, person);
  for (int i = 0; i < 3; i++)
    ouro_decref(nodes.heap, person);
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes.heap, 2, &collection), OURO_OK);
  assert_int_equal(collection.collected, 0);
  assert_int_equal(nodes.finalized, 0);
  nodes_verify(&nodes);
  ouro_heap_free(nodes.heap);
}

static void a_count_at_the_limit_saturates_instead_of_wrapping(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_header_of(node)->refcount = OURO_IMMORTAL - 1;
  ouro_incref(nodes->heap, node);
  ouro_incref(nodes->heap, node);
  assert_int_equal(ouro_refcount(node), OURO_IMMORTAL);
  ouro_decref(nodes->heap, node);
  assert_int_equal(ouro_refcount(node), OURO_IMMORTAL);
  ouro_header_of(node)->refcount = 1;
  ouro_decref(nodes->heap, node);
}

static void freeing_a_heap_deallocates_what_is_still_held(void **state) {
  (void)state;
  struct nodes nodes = {.heap = ouro_heap_new(NULL)};
  ouro_heap_set_user(nodes.heap, &nodes);
  assert_int_equal(nodes_add_types(&nodes), OURO_OK);
  struct bag *bag = nodes_bag(&nodes, 2);
  bag->items[0] = nodes_person(&nodes);
  nodes_drop_cycle(&nodes, nodes.person);
  ouro_heap_free(nodes.heap);
  assert_int_equal(nodes.deallocated, 1);
  assert_int_equal(nodes.finalized, 2);
}

int main(void) {
#define REF_TEST(name)                                                                 \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      REF_TEST(the_last_reference_destroys_at_once),
      REF_TEST(a_field_holds_a_reference_and_lets_the_old_value_go),
      REF_TEST(a_cycle_is_not_freed_by_counting),
      REF_TEST(objects_die_in_the_order_of_their_fields),
      REF_TEST(a_list_of_a_million_nodes_dies_without_recursion),
      REF_TEST(bags_nested_a_hundred_thousand_deep_die_without_recursion),
      REF_TEST(what_a_finalizer_drops_dies_before_the_finalizer_goes_on),
      cmocka_unit_test(an_immortal_object_is_never_freed),
      REF_TEST(a_count_at_the_limit_saturates_instead_of_wrapping),
      cmocka_unit_test(freeing_a_heap_deallocates_what_is_still_held),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
