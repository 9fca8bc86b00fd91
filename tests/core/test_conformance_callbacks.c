/* Weak references that meet the collector, as CPython 3.11's test_weakref.py has them:
 * callbacks that collect, collections while one is made, tables that forget what died.
 * Written anew; core/DESIGN.md has the table. */
#include "nodes.h"

static uint64_t collect(struct nodes *nodes, unsigned generation) {
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, generation, &collection), OURO_OK);
  return collection.collected;
}

static void count_call(ouro_heap *heap, ouro_weakref *reference, void *context) {
  assert_null(ouro_weakref_get(heap, reference));
  ++*(unsigned *)context;
}

/* ---- callbacks that collect, weak references that collect ---- */

static void collect_now(ouro_heap *heap, ouro_weakref *reference, void *context) {
  (void)reference;
  *(int *)context = ouro_gc_collect(heap, 2, NULL);
}

static void a_callback_run_by_counting_may_collect(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *types[] = {nodes->node, nodes->person};
  for (unsigned i = 0; i < 2; i++) {
    int answer = 1;
    struct node *node = ouro_new(nodes->heap, types[i]);
    nodes_drop_cycle(nodes, nodes->node);
    ouro_weakref *weak = ouro_weakref_new(nodes->heap, node, collect_now, &answer);
    ouro_decref(nodes->heap, node);
    assert_int_equal(answer, OURO_OK);
    assert_int_equal(nodes_live(nodes), 1);
    ouro_decref(nodes->heap, weak);
  }
}

static void a_callback_deep_in_a_death_may_collect(void **state) {
  struct nodes *nodes = *state;
  int answer = 1;
  struct node *outer = nodes_new(nodes), *middle = nodes_person(nodes);
  struct bag *inner = nodes_bag(nodes, 1);
  inner->items[0] = nodes_new(nodes);
  ouro_weakref *weak =
      ouro_weakref_new(nodes->heap, inner->items[0], collect_now, &answer);
  ouro_set_take(nodes->heap, &middle->a, inner);
  ouro_set_take(nodes->heap, &outer->a, middle);
  nodes_drop_cycle(nodes, nodes->person);
  ouro_decref(nodes->heap, outer);
  assert_int_equal(answer, OURO_OK);
  assert_int_equal(nodes->finalized, 3);
  assert_int_equal(nodes->deallocated, 1);
  assert_int_equal(nodes_live(nodes), 1);
  ouro_decref(nodes->heap, weak);
}

static void a_callback_run_by_a_collection_may_not(void **state) {
  struct nodes *nodes = *state;
  int answer = 1;
  struct node *node = nodes_new(nodes);
  ouro_weakref *weak = ouro_weakref_new(nodes->heap, node, collect_now, &answer);
  ouro_set_take(nodes->heap, &node->a, node);
  assert_int_equal(collect(nodes, 2), 1);
  assert_int_equal(answer, OURO_EBUSY);
  ouro_decref(nodes->heap, weak);
}

/* The collection frees an older weak reference to the same target. */
static void making_a_weak_reference_may_collect(void **state) {
  struct nodes *nodes = *state;
  uint32_t every = 1;
  unsigned calls = 0;
  struct node *node = nodes_new(nodes), *trash = nodes_new(nodes);
  ouro_set_take(nodes->heap, &trash->b,
                ouro_weakref_new(nodes->heap, node, count_call, &calls));
  ouro_set_take(nodes->heap, &trash->a, trash);
  assert_int_equal(ouro_weakref_count(nodes->heap, node), 1);
  ouro_gc_set_threshold(nodes->heap, &every, 1);
  ouro_weakref *weak = ouro_weakref_new(nodes->heap, node, NULL, NULL);
  assert_int_equal(nodes_live(nodes), 2);
  assert_int_equal(ouro_weakref_count(nodes->heap, node), 1);
  ouro_decref(nodes->heap, node);
  assert_int_equal(calls, 0);
  ouro_decref(nodes->heap, weak);
}

static void weaken_self(struct nodes *nodes, void *object) {
  nodes->kept = ouro_weakref_new(nodes->heap, object, NULL, NULL);
  assert_non_null(nodes->kept);
}

static void a_weak_reference_made_by_a_finalizer_is_cleared_at_death(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = weaken_self;
  struct node *person = nodes_person(nodes);
  ouro_decref(nodes->heap, person);
  assert_null(ouro_weakref_get(nodes->heap, nodes->kept));
  ouro_decref(nodes->heap, nodes->kept);

  person = nodes_person(nodes);
  ouro_set_take(nodes->heap, &person->a, person);
  assert_int_equal(collect(nodes, 2), 1);
  assert_null(ouro_weakref_get(nodes->heap, nodes->kept));
  ouro_decref(nodes->heap, nodes->kept);
}

/* ---- a table that forgets what died ---- */

enum { TABLE = 20 };

struct table {
  ouro_weakref *slots[TABLE];
  unsigned length;
};

static void forget(ouro_heap *heap, ouro_weakref *reference, void *context) {
  struct table *table = context;
  for (unsigned i = 0; i < TABLE; i++)
    if (table->slots[i] == reference) {
      table->slots[i] = NULL;
      table->length--;
      ouro_decref(heap, reference);
    }
}

static void fill(struct nodes *nodes, struct table *table) {
  for (unsigned i = 0; i < TABLE; i++) {
    struct node *node = nodes_new(nodes);
    table->slots[i] = ouro_weakref_new(nodes->heap, node, forget, table);
    table->length++;
    ouro_set_take(nodes->heap, &node->a, node);
  }
}

static void a_weak_table_empties_itself_in_a_collection(void **state) {
  struct nodes *nodes = *state;
  struct table table = {.length = 0};
  fill(nodes, &table);
  assert_int_equal(table.length, TABLE);
  assert_int_equal(collect(nodes, 2), TABLE);
  assert_int_equal(table.length, 0);
  assert_int_equal(nodes_live(nodes), 0);
}

static void a_weak_table_is_right_at_every_threshold(void **state) {
  struct nodes *nodes = *state;
  for (uint32_t threshold = 1; threshold < 100; threshold++) {
    struct table table = {.length = 0};
    const uint32_t thresholds[] = {threshold, threshold, threshold};
    ouro_gc_set_threshold(nodes->heap, thresholds, 3);
    fill(nodes, &table);
    unsigned held = 0;
    for (unsigned i = 0; i < TABLE; i++)
      held += table.slots[i] != NULL;
    assert_int_equal(table.length, held);
    (void)collect(nodes, 2);
    assert_int_equal(table.length, 0);
    assert_int_equal(nodes_live(nodes), 0);
  }
}

int main(void) {
#define WEAK_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      WEAK_TEST(a_callback_run_by_counting_may_collect),
      WEAK_TEST(a_callback_deep_in_a_death_may_collect),
      WEAK_TEST(a_callback_run_by_a_collection_may_not),
      WEAK_TEST(making_a_weak_reference_may_collect),
      WEAK_TEST(a_weak_reference_made_by_a_finalizer_is_cleared_at_death),
      WEAK_TEST(a_weak_table_empties_itself_in_a_collection),
      WEAK_TEST(a_weak_table_is_right_at_every_threshold),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
