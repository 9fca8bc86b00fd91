/* Figures that a program reads, and what they say about each other. */
#include <stdio.h>

#include "nodes.h"

static void assert_agrees(struct nodes *nodes, uint64_t objects) {
  assert_int_equal(ouro_heap_live_objects(nodes->heap), objects);
  assert_int_equal(nodes_live(nodes), objects);
}

static void live_objects_are_those_of_every_age_and_size(void **state) {
  struct nodes *nodes = *state;
  assert_agrees(nodes, 0);
  struct node *young = nodes_new(nodes);
  void *acyclic = ouro_new(nodes->heap, nodes->leaf);
  void *large = ouro_new_tail(nodes->heap, nodes->row, 4096);
  assert_agrees(nodes, 3);
  assert_int_equal(ouro_gc_freeze(nodes->heap), OURO_OK);
  struct node *untracked = nodes_new(nodes);
  ouro_untrack(nodes->heap, untracked);
  void *block = ouro_block_new(nodes->heap, 40);
  assert_agrees(nodes, 4);
  for (unsigned generation = 0; generation < OURO_GENERATIONS; generation++) {
    nodes_drop_cycle(nodes, nodes->node);
    nodes_drop_cycle(nodes, nodes->person);
    struct node *kept = nodes_new(nodes);
    assert_agrees(nodes, 9);
    assert_int_equal(ouro_gc_collect(nodes->heap, generation, NULL), OURO_OK);
    assert_agrees(nodes, 5);
    ouro_decref(nodes->heap, kept);
    assert_agrees(nodes, 4);
  }
  ouro_block_free(nodes->heap, block);
  ouro_decref(nodes->heap, young);
  ouro_decref(nodes->heap, acyclic);
  ouro_decref(nodes->heap, large);
  ouro_decref(nodes->heap, untracked);
  assert_agrees(nodes, 0);
}

static void look(struct nodes *nodes, void *object) {
  (void)object;
  assert_int_equal(ouro_heap_live_objects(nodes->heap), nodes_live(nodes));
  nodes->kept = nodes;
}

static void live_objects_can_be_asked_for_in_a_finalizer(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = look;
  nodes_drop_cycle(nodes, nodes->person);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  assert_ptr_equal(nodes->kept, nodes);
}

static void the_library_is_of_the_version_of_its_headers(void **state) {
  char version[32];
  (void)state;
  snprintf(version, sizeof version, "%d.%d.%d", OURO_VERSION_MAJOR, OURO_VERSION_MINOR,
           OURO_VERSION_PATCH);
  assert_string_equal(ouro_version(), version);
  assert_string_equal(ouro_version(), OURO_VERSION);
  /* And of that of the build, which packages carry. */
  assert_string_equal(ouro_version(), PROJECT_VERSION);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(live_objects_are_those_of_every_age_and_size,
                                      nodes_setup, nodes_teardown),
      cmocka_unit_test_setup_teardown(live_objects_can_be_asked_for_in_a_finalizer,
                                      nodes_setup, nodes_teardown),
      cmocka_unit_test(the_library_is_of_the_version_of_its_headers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
