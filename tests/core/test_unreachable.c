/* Cycles: which are found, which are not, and what a collection says of them. */
#include "nodes.h"

static ouro_collection collect(struct nodes *nodes, unsigned generation) {
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, generation, &collection), OURO_OK);
  return collection;
}

static void a_cycle_of_two_is_collected(void **state) {
  struct nodes *nodes = *state;
  struct node *like_them = nodes_new(nodes);
  size_t bytes = ouro_object_size(nodes->heap, like_them);
  ouro_decref(nodes->heap, like_them);
  nodes_drop_cycle(nodes, nodes->node);
  ouro_collection collection = collect(nodes, 2);
  assert_int_equal(collection.collected, 2);
  assert_int_equal(collection.candidates, 2);
  assert_int_equal(collection.freed_objects, 2);
  assert_int_equal(collection.freed_bytes, 2 * bytes);
  assert_int_equal(collection.live_objects_before, 2);
  assert_int_equal(collection.live_objects_after, 0);
  assert_int_equal(collection.type_count, 1);
  assert_string_equal(ouro_type_name(collection.types[0].type), "Node");
  assert_int_equal(collection.types[0].objects, 2);
}

static void a_self_reference_is_collected(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_set_take(nodes->heap, &node->a, node);
  assert_int_equal(collect(nodes, 0).collected, 1);
}

static void a_cycle_held_from_outside_survives(void **state) {
  struct nodes *nodes = *state;
  struct node *held = nodes_new(nodes), *other = nodes_new(nodes);
  ouro_set(nodes->heap, &held->a, other);
  ouro_set(nodes->heap, &other->a, held);
  ouro_decref(nodes->heap, other);
  assert_int_equal(collect(nodes, 2).collected, 0);
  assert_ptr_equal(held->a->a, held);
  ouro_decref(nodes->heap, held);
  assert_int_equal(collect(nodes, 2).collected, 2);
}

static void what_only_garbage_refers_to_goes_with_it(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  void *leaf = ouro_new(nodes->heap, nodes->leaf);
  node->a = node;
  node->b = leaf;
  ouro_collection collection = collect(nodes, 2);
  assert_int_equal(collection.collected, 1);
  assert_int_equal(collection.freed_objects, 2);
  assert_int_equal(collection.type_count, 2);
}

static void garbage_counts_down_what_it_refers_to_outside(void **state) {
  struct nodes *nodes = *state;
  struct node *outside = nodes_new(nodes);
  struct node *node = nodes_new(nodes);
  node->a = node;
  ouro_set(nodes->heap, &node->b, outside);
  ouro_set(nodes->heap, &node->c, outside);
  assert_int_equal(ouro_refcount(outside), 3);
  assert_int_equal(collect(nodes, 2).collected, 1);
  assert_int_equal(ouro_refcount(outside), 1);
  ouro_decref(nodes->heap, outside);
}

static void a_cycle_through_callbacks_is_collected(void **state) {
  struct nodes *nodes = *state;
  struct bag *bag = nodes_bag(nodes, 3);
  struct node *node = nodes_new(nodes);
  bag->items[1] = node;
  node->b = (struct node *)(void *)bag;
  assert_int_equal(collect(nodes, 2).collected, 2);
  assert_int_equal(nodes->deallocated, 1);
}

/* A hub's count of 256 or more cannot be told from gc_refs' low byte. */
static void hubs_with_many_references_are_counted_exactly(void **state) {
  struct nodes *nodes = *state;
  static const int spokes[] = {255, 256, 257, 511, 512, 1024};
  for (unsigned i = 0; i < sizeof spokes / sizeof *spokes; i++) {
    struct node *hub = nodes_new(nodes);
    struct node *chain = NULL;
    for (int s = 0; s < spokes[i]; s++) {
      struct node *spoke = nodes_new(nodes);
      ouro_set(nodes->heap, &spoke->a, hub);
      spoke->b = chain;
      chain = spoke;
    }
    hub->a = chain;
    /* Held by us, and by 256 more references than that from nowhere in the heap. */
    for (int extra = 0; extra < 256; extra++)
      ouro_incref(nodes->heap, hub);
    assert_int_equal(collect(nodes, 2).collected, 0);
    ouro_decref(nodes->heap, hub);
    assert_int_equal(collect(nodes, 2).collected, 0);
    for (int extra = 0; extra < 255; extra++)
      ouro_decref(nodes->heap, hub);
    assert_int_equal(collect(nodes, 2).collected, 0);
    ouro_decref(nodes->heap, hub);
    assert_int_equal(collect(nodes, 2).collected, spokes[i] + 1);
  }
}

static void a_hub_with_finalizers_is_counted_exactly_too(void **state) {
  struct nodes *nodes = *state;
  struct node *hub = nodes_person(nodes);
  struct node *chain = NULL;
  for (int s = 0; s < 600; s++) {
    struct node *spoke = nodes_person(nodes);
    ouro_set(nodes->heap, &spoke->a, hub);
    spoke->b = chain;
    chain = spoke;
  }
  ouro_set_take(nodes->heap, &hub->a, chain);
  ouro_decref(nodes->heap, hub);
  ouro_collection collection = collect(nodes, 2);
  assert_int_equal(collection.collected, 601);
  assert_int_equal(collection.finalized, 601);
  assert_int_equal(collection.resurrected, 0);
}

static void a_type_that_reports_too_little_only_leaks(void **state) {
  struct nodes *nodes = *state;
  ouro_type_info info = {.name = "Shy", .size = sizeof(struct node)};
  const ouro_type *type;
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  struct node *shy = ouro_new(nodes->heap, type);
  ouro_set(nodes->heap, &shy->a, shy);
  ouro_decref(nodes->heap, shy);
  assert_int_equal(collect(nodes, 2).collected, 0);
  nodes_verify(nodes);
  ouro_clear(nodes->heap, &shy->a);
}

static void report_too_much(const void *object, ouro_visit *visit, void *argument) {
  const struct node *node = object;
  visit(node->a, argument);
  visit(node->a, argument);
}

static void drop_a(ouro_heap *heap, void *object) {
  ouro_clear(heap, &((struct node *)object)->a);
}

static void verify_names_the_type_that_reports_too_much(void **state) {
  struct nodes *nodes = *state;
  ouro_type_info info = {.name = "Boaster",
                         .size = sizeof(struct node),
                         .traverse = report_too_much,
                         .clear = drop_a};
  const ouro_type *type;
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  struct node *boaster = ouro_new(nodes->heap, type);
  struct node *target = nodes_new(nodes);
  boaster->a = target;
  char message[160];
  assert_int_equal(ouro_verify(nodes->heap, message, sizeof message), OURO_ECORRUPT);
  assert_string_equal(message, "an object of type Node counts 1 references, but 2 are "
                               "reported, 2 by one of type Boaster");
  ouro_decref(nodes->heap, boaster);
}

static void traverse_only(const void *object, ouro_visit *visit, void *argument) {
  visit(((const struct node *)object)->a, argument);
}

static void what_cannot_be_cleared_is_uncollectable_and_survives(void **state) {
  struct nodes *nodes = *state;
  ouro_type_info info = {
      .name = "Stubborn", .size = sizeof(struct node), .traverse = traverse_only};
  const ouro_type *type;
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  struct node *stubborn = ouro_new(nodes->heap, type);
  ouro_set(nodes->heap, &stubborn->a, stubborn);
  ouro_decref(nodes->heap, stubborn);
  ouro_collection collection = collect(nodes, 2);
  assert_int_equal(collection.collected, 0);
  assert_int_equal(collection.uncollectable, 1);
  assert_int_equal(ouro_object_generation(stubborn), 2);
  size_t count;
  assert_ptr_equal(ouro_gc_garbage(nodes->heap, &count)[0], stubborn);
  assert_int_equal(count, 1);
  assert_int_equal(collect(nodes, 2).uncollectable, 0);
  assert_int_equal(ouro_gc_clear_garbage(nodes->heap), OURO_OK);
  ouro_clear(nodes->heap, &stubborn->a);
  assert_int_equal(nodes_live(nodes), 0);
}

static void drop_on_death(ouro_heap *heap, void *object) {
  ouro_clear(heap, &((struct node *)object)->a);
}

/*  node --> last --> ... --> first --> node: only the node can be cleared, and the
 *  others let go of each other one by one, whichever was born first */
static void what_cannot_be_cleared_goes_when_others_break_its_cycle(void **state) {
  struct nodes *nodes = *state;
  ouro_type_info info = {.name = "Chained",
                         .size = sizeof(struct node),
                         .traverse = traverse_only,
                         .dealloc = drop_on_death};
  const ouro_type *type;
  enum { LONG = 5 };
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  for (int backwards = 0; backwards < 2; backwards++) {
    struct node *node = nodes_new(nodes), *chain[LONG];
    for (int i = 0; i < LONG; i++)
      chain[i] = ouro_new(nodes->heap, type);
    struct node *before = node;
    for (int i = 0; i < LONG; i++) {
      struct node *next = chain[backwards ? LONG - 1 - i : i];
      ouro_set_take(nodes->heap, &before->a, next);
      before = next;
    }
    ouro_set_take(nodes->heap, &before->a, node);
    ouro_collection collection = collect(nodes, backwards ? 0 : 2);
    assert_int_equal(collection.collected, LONG + 1);
    assert_int_equal(collection.uncollectable, 0);
  }
}

static void with_saveall_everything_unreachable_is_listed_and_whole(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *types[] = {nodes->node, nodes->person};
  assert_int_equal(ouro_gc_set_debug(nodes->heap, 64), OURO_EINVAL);
  for (unsigned i = 0; i < 2; i++) {
    nodes_drop_cycle(nodes, types[i]);
    assert_int_equal(ouro_gc_set_debug(nodes->heap, OURO_DEBUG_SAVEALL), OURO_OK);
    ouro_collection collection = collect(nodes, 2);
    assert_int_equal(collection.collected, 2);
    assert_int_equal(collection.freed_objects, 0);
    size_t count;
    void *const *saved = ouro_gc_garbage(nodes->heap, &count);
    assert_int_equal(count, 2);
    assert_ptr_equal(((struct node *)saved[0])->a, saved[1]);
    assert_int_equal(ouro_refcount(saved[0]), 2);
    nodes_verify(nodes);
    assert_int_equal(ouro_gc_set_debug(nodes->heap, 0), OURO_OK);
    assert_int_equal(ouro_gc_clear_garbage(nodes->heap), OURO_OK);
    assert_int_equal(collect(nodes, 2).collected, 2);
  }
}

static char lines[8][200];
static unsigned line_count;

static void take_line(ouro_heap *heap, const char *line, void *context) {
  (void)heap, (void)context;
  if (line_count < 8)
    strncpy(lines[line_count], line, sizeof lines[0] - 1);
  line_count++;
}

static void debug_lines_are_those_of_cpython(void **state) {
  struct nodes *nodes = *state;
  line_count = 0;
  ouro_gc_set_report(nodes->heap, take_line, NULL);
  ouro_gc_set_debug(nodes->heap, OURO_DEBUG_STATS | OURO_DEBUG_COLLECTABLE);
  struct node *node = nodes_new(nodes);
  node->a = node;
  collect(nodes, 0);
  ouro_gc_set_debug(nodes->heap, 0);
  assert_int_equal(line_count, 5);
  assert_string_equal(lines[0], "gc: collecting generation 0...");
  assert_string_equal(lines[1], "gc: objects in each generation: 1 0 0");
  assert_string_equal(lines[2], "gc: objects in permanent generation: 0");
  assert_non_null(strstr(lines[3], "gc: collectable <Node 0x"));
  assert_non_null(strstr(lines[4], "gc: done, 1 unreachable, 0 uncollectable, 0.0"));
}

static void a_bad_generation_is_refused(void **state) {
  struct nodes *nodes = *state;
  assert_int_equal(ouro_gc_collect(nodes->heap, 3, NULL), OURO_EINVAL);
  assert_int_equal(ouro_gc_request(nodes->heap, 3), OURO_EINVAL);
}

static void collections_are_numbered_and_timed(void **state) {
  struct nodes *nodes = *state;
  ouro_collection first = collect(nodes, 0), second = collect(nodes, 1);
  assert_int_equal(first.seq, 1);
  assert_int_equal(second.seq, 2);
  uint64_t phases = 0;
  for (unsigned i = 0; i < OURO_PHASES; i++)
    phases += second.phases_ns[i];
  assert_true(second.pause_ns >= phases);
  assert_true(second.pause_ns > 0);
}

static void a_heap_without_types_can_be_collected(void **state) {
  (void)state;
  for (unsigned generation = 0; generation < OURO_GENERATIONS; generation++)
    for (unsigned debug = 0; debug <= OURO_DEBUG_STATS; debug++) {
      ouro_heap *heap = ouro_heap_new(NULL);
      assert_non_null(heap);
      assert_int_equal(ouro_gc_set_debug(heap, debug), OURO_OK);
      assert_int_equal(ouro_gc_collect(heap, generation, NULL), OURO_OK);
      assert_int_equal(ouro_gc_request(heap, generation), OURO_OK);
      ouro_safepoint(heap);
      ouro_heap_free(heap);
    }
}

/* A container that drops what it refers to only when it is deallocated. */
static unsigned holders_gone;

struct holder {
  struct holder *other;
};

static void holder_traverse(const void *object, ouro_visit *visit, void *argument) {
  visit(((const struct holder *)object)->other, argument);
}

static void holder_dealloc(ouro_heap *heap, void *object) {
  holders_gone++;
  ouro_clear(heap, &((struct holder *)object)->other);
}

static void every_dealloc_runs_when_the_heap_is_freed(void **state) {
  (void)state;
  static const ouro_type_info info = {.name = "Holder",
                                      .size = sizeof(struct holder),
                                      .traverse = holder_traverse,
                                      .dealloc = holder_dealloc};
  const ouro_type *type;
  ouro_heap *heap = ouro_heap_new(NULL);
  assert_non_null(heap);
  assert_int_equal(ouro_type_new(heap, &info, &type), OURO_OK);
  struct holder *first = ouro_new(heap, type), *second = ouro_new(heap, type);
  ouro_set_take(heap, &first->other, second);
  holders_gone = 0;
  ouro_heap_free(heap);
  assert_int_equal(holders_gone, 2);
}

int main(void) {
#define CYCLE_TEST(name)                                                               \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      CYCLE_TEST(a_cycle_of_two_is_collected),
      CYCLE_TEST(a_self_reference_is_collected),
      CYCLE_TEST(a_cycle_held_from_outside_survives),
      CYCLE_TEST(what_only_garbage_refers_to_goes_with_it),
      CYCLE_TEST(garbage_counts_down_what_it_refers_to_outside),
      CYCLE_TEST(a_cycle_through_callbacks_is_collected),
      CYCLE_TEST(hubs_with_many_references_are_counted_exactly),
      CYCLE_TEST(a_hub_with_finalizers_is_counted_exactly_too),
      CYCLE_TEST(a_type_that_reports_too_little_only_leaks),
      CYCLE_TEST(verify_names_the_type_that_reports_too_much),
      CYCLE_TEST(what_cannot_be_cleared_is_uncollectable_and_survives),
      CYCLE_TEST(what_cannot_be_cleared_goes_when_others_break_its_cycle),
      CYCLE_TEST(with_saveall_everything_unreachable_is_listed_and_whole),
      CYCLE_TEST(debug_lines_are_those_of_cpython),
      CYCLE_TEST(a_bad_generation_is_refused),
      CYCLE_TEST(collections_are_numbered_and_timed),
      cmocka_unit_test(a_heap_without_types_can_be_collected),
      cmocka_unit_test(every_dealloc_runs_when_the_heap_is_freed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
