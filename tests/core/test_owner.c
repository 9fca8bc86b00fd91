/* Which heap an object belongs to, and what happens where heaps are mixed up. */
#include "child.h"

#include "nodes.h"

/* Two heaps with the same types, filled alike, so that ids and slots are the same. */
struct pair {
  struct nodes *one, *other;
};

static int setup(void **state) {
  struct pair *pair = calloc(1, sizeof *pair);
  assert_non_null(pair);
  void *one, *other;
  nodes_setup(&one);
  nodes_setup(&other);
  *pair = (struct pair){one, other};
  *state = pair;
  return 0;
}

static int teardown(void **state) {
  struct pair *pair = *state;
  void *one = pair->one, *other = pair->other;
  free(pair);
  return nodes_teardown(&one) + nodes_teardown(&other);
}

static struct row *row_new(struct nodes *nodes, size_t tail) {
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, tail);
  assert_non_null(row);
  return row;
}

static void a_heap_knows_its_objects_of_every_size(void **state) {
  struct pair *pair = *state;
  for (size_t tail = 0; tail <= 4096; tail += 8) {
    struct row *mine = row_new(pair->one, tail), *theirs = row_new(pair->other, tail);
    assert_true(ouro_heap_owns(pair->one->heap, mine));
    assert_true(ouro_heap_owns(pair->other->heap, theirs));
    assert_false(ouro_heap_owns(pair->one->heap, theirs));
    assert_false(ouro_heap_owns(pair->other->heap, mine));
    ouro_decref(pair->one->heap, mine);
    ouro_decref(pair->other->heap, theirs);
  }
  assert_false(ouro_heap_owns(pair->one->heap, NULL));
}

static void objects_with_neighbours_of_any_content_are_told_apart(void **state) {
  struct pair *pair = *state;
  /* The words in front of a small object are its neighbour's; whatever stands there,
   * also the number of a large object of the heap that is asked. */
  struct row *large = row_new(pair->one, 4096);
  struct node *held[64];
  for (uint64_t i = 0; i < 64; i++) {
    held[i] = nodes_new(pair->other);
    held[i]->number = i % 2 == 0 ? 0 : UINT64_MAX;
  }
  for (unsigned i = 0; i < 64; i++) {
    assert_false(ouro_heap_owns(pair->one->heap, held[i]));
    assert_true(ouro_heap_owns(pair->other->heap, held[i]));
    held[i]->number = 0;
    ouro_decref(pair->other->heap, held[i]);
  }
  ouro_decref(pair->one->heap, large);
}

static void what_is_no_object_is_nobodys(void **state) {
  struct pair *pair = *state;
  struct node *node = nodes_new(pair->one);
  void *block = ouro_block_new(pair->one->heap, sizeof *node);
  assert_non_null(block);
  assert_false(ouro_heap_owns(pair->one->heap, (char *)node + 8));
  assert_false(ouro_heap_owns(pair->one->heap, (char *)node + 4));
  /* The only one of its size: behind it no block was ever handed out. */
  size_t size = ouro_object_size(pair->one->heap, node);
  assert_false(ouro_heap_owns(pair->one->heap, (char *)node + size));
  assert_false(ouro_heap_owns(pair->one->heap, (char *)block + sizeof(ouro_header)));
  ouro_block_free(pair->one->heap, block);
  ouro_decref(pair->one->heap, node);
}

static void look_at_myself(struct nodes *nodes, void *object) {
  assert_true(ouro_heap_owns(nodes->heap, object));
}

static void the_dying_are_still_their_heaps(void **state) {
  struct pair *pair = *state;
  pair->one->on_finalize = look_at_myself;
  ouro_decref(pair->one->heap, nodes_person(pair->one));
  nodes_drop_cycle(pair->one, pair->one->person);
  assert_int_equal(ouro_gc_collect(pair->one->heap, 2, NULL), OURO_OK);
  assert_int_equal(pair->one->finalized, 3);
}

static void expect_corrupt(struct nodes *nodes, const char *says) {
  char message[160];
  assert_int_equal(ouro_verify(nodes->heap, message, sizeof message), OURO_ECORRUPT);
  assert_string_equal(message, says);
}

static void verify_names_who_refers_to_another_heaps_object(void **state) {
  struct pair *pair = *state;
  struct node *node = nodes_new(pair->one), *theirs = nodes_new(pair->other);
  struct row *large = row_new(pair->other, 4096), *mine = row_new(pair->one, 4096);
  /* Why not ouro_set(): the checked build stops there. */
  node->a = theirs;
  expect_corrupt(pair->one, "an object of type Node refers to what is not this heap's");
  node->a = (struct node *)(void *)large;
  expect_corrupt(pair->one, "an object of type Node refers to what is not this heap's");
  node->a = NULL;
  mine->items[500] = theirs;
  expect_corrupt(pair->one, "an object of type Row refers to what is not this heap's");
  mine->items[500] = NULL;
  void *variable = theirs;
  assert_int_equal(ouro_root_add(pair->one->heap, &variable, "window"), OURO_OK);
  expect_corrupt(pair->one, "the root window refers to what is not this heap's");
  variable = NULL;
  nodes_verify(pair->one);
  ouro_root_remove(pair->one->heap, &variable);
  ouro_decref(pair->one->heap, node);
  ouro_decref(pair->one->heap, mine);
  ouro_decref(pair->other->heap, large);
  ouro_decref(pair->other->heap, theirs);
}

static void verify_finds_a_large_object_whose_slot_is_anothers(void **state) {
  struct pair *pair = *state;
  struct row *first = row_new(pair->one, 4096), *second = row_new(pair->one, 4096);
  uint32_t *slot = (uint32_t *)(void *)((char *)second - 2 * sizeof(ouro_header));
  uint32_t was = *slot;
  *slot = 0;
  expect_corrupt(pair->one, "a large object and its slot disagree");
  *slot = UINT32_MAX;
  expect_corrupt(pair->one, "a large object and its slot disagree");
  *slot = was;
  nodes_verify(pair->one);
  ouro_decref(pair->one->heap, first);
  ouro_decref(pair->one->heap, second);
}

/* ---- what a program stops at that is compiled with OURO_CHECK ---- */

#if OURO_CHECK >= 1 && !defined(NDEBUG)
struct mixture {
  ouro_heap *heap;
  struct node *node;
  void *theirs;
};

static void set_theirs(void *argument) {
  struct mixture *mixture = argument;
  ouro_set(mixture->heap, &mixture->node->a, mixture->theirs);
}

static void set_take_theirs(void *argument) {
  struct mixture *mixture = argument;
  ouro_set_take(mixture->heap, &mixture->node->a, mixture->theirs);
}

static void a_checked_program_stops_where_it_mixes_heaps(void **state) {
  struct pair *pair = *state;
  struct mixture mixture = {pair->one->heap, nodes_new(pair->one),
                            nodes_new(pair->other)};
  child_assert_aborts(set_theirs, &mixture, "ouro_heap_owns");
  child_assert_aborts(set_take_theirs, &mixture, "ouro_heap_owns");
  ouro_decref(pair->other->heap, mixture.theirs);
  mixture.theirs = row_new(pair->other, 4096);
  child_assert_aborts(set_theirs, &mixture, "ouro_heap_owns");
  ouro_decref(pair->other->heap, mixture.theirs);
  /* Its own heap's objects and NULL are welcome. */
  char text[4096];
  mixture.theirs = NULL;
  assert_int_equal(child_run(set_theirs, &mixture, text, sizeof text), 0);
  mixture.theirs = nodes_new(pair->one);
  assert_int_equal(child_run(set_theirs, &mixture, text, sizeof text), 0);
  ouro_set_take(pair->one->heap, &mixture.node->a, mixture.theirs);
  ouro_decref(pair->one->heap, mixture.node);
}
#endif

#if OURO_CHECK >= 2
static void collect(void *heap) {
  _exit(ouro_gc_collect(heap, 2, NULL) == OURO_OK ? 0 : 1);
}

static void a_checked_collection_names_who_mixes_heaps(void **state) {
  struct pair *pair = *state;
  struct node *node = nodes_new(pair->one);
  node->a = nodes_new(pair->other);
  child_assert_aborts(collect, pair->one->heap,
                      "an object of type Node refers to what is not this heap's");
  ouro_decref(pair->other->heap, node->a);
  node->a = NULL;
  ouro_decref(pair->one->heap, node);
}
#endif

int main(void) {
#define OWNER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    OWNER_TEST(a_heap_knows_its_objects_of_every_size),
    OWNER_TEST(objects_with_neighbours_of_any_content_are_told_apart),
    OWNER_TEST(what_is_no_object_is_nobodys),
    OWNER_TEST(the_dying_are_still_their_heaps),
    OWNER_TEST(verify_names_who_refers_to_another_heaps_object),
    OWNER_TEST(verify_finds_a_large_object_whose_slot_is_anothers),
#if OURO_CHECK >= 1 && !defined(NDEBUG)
    OWNER_TEST(a_checked_program_stops_where_it_mixes_heaps),
#endif
#if OURO_CHECK >= 2
    OWNER_TEST(a_checked_collection_names_who_mixes_heaps),
#endif
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
