/* What CPython 3.11's test_finalization.py checks, written anew for ours where no other
 * test of this directory does it already. core/DESIGN.md has the table. */
#include "nodes.h"

/* ---- rings: each node refers to its left and right neighbour ---- */

/* What a node's finalizer does. */
enum role { SIMPLE, RESURRECTOR, SUICIDAL };

enum { RING = 6 };

struct ring {
  ouro_weakref *weak[RING];
  unsigned finalized[RING];
  struct node *survivors[RING];
};

static struct ring ring;

static void ring_finalize(struct nodes *nodes, void *object) {
  struct node *self = object;
  unsigned index = (unsigned)(self->number % RING);
  ring.finalized[index]++;
  switch ((enum role)(self->number / RING)) {
  case SIMPLE: break;
  case RESURRECTOR: ring.survivors[index] = ouro_incref(nodes->heap, self); break;
  case SUICIDAL:
    ouro_clear(nodes->heap, &self->a);
    ouro_clear(nodes->heap, &self->b);
    break;
  }
}

/* Make a ring, weak references to all of it, and let go. */
static void drop_ring(struct nodes *nodes, const enum role *roles, unsigned count) {
  struct node *members[RING];
  memset(&ring, 0, sizeof ring);
  nodes->on_finalize = ring_finalize;
  for (unsigned i = 0; i < count; i++) {
    members[i] = nodes_person(nodes);
    members[i]->number = (uint64_t)roles[i] * RING + i;
    ring.weak[i] = ouro_weakref_new(nodes->heap, members[i], NULL, NULL);
  }
  for (unsigned i = 0; i < count; i++) {
    ouro_set(nodes->heap, &members[i]->a, members[(i + count - 1) % count]);
    ouro_set(nodes->heap, &members[i]->b, members[(i + 1) % count]);
  }
  for (unsigned i = 0; i < count; i++)
    ouro_decref(nodes->heap, members[i]);
}

static uint64_t collect(struct nodes *nodes) {
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, &collection), OURO_OK);
  return collection.collected;
}

static void expect_finalized_once(struct nodes *nodes, unsigned count) {
  size_t uncollectable;
  (void)ouro_gc_garbage(nodes->heap, &uncollectable);
  assert_int_equal(uncollectable, 0);
  for (unsigned i = 0; i < count; i++) {
    assert_int_equal(ring.finalized[i], 1);
    assert_null(ouro_weakref_get(nodes->heap, ring.weak[i]));
  }
}

static void drop_weak(struct nodes *nodes, unsigned count) {
  for (unsigned i = 0; i < count; i++)
    ouro_decref(nodes->heap, ring.weak[i]);
}

/* Nobody resurrects: one collection ends it. */
static void check_ring_dies(struct nodes *nodes, const enum role *roles,
                            unsigned count) {
  drop_ring(nodes, roles, count);
  assert_int_equal(collect(nodes), count);
  expect_finalized_once(nodes, count);
  assert_int_equal(nodes_live(nodes), count);
  assert_int_equal(collect(nodes), 0);
  expect_finalized_once(nodes, count);
  drop_weak(nodes, count);
}

/* Resurrectors survive the first collection and nothing the second. */
static void check_ring_comes_back(struct nodes *nodes, const enum role *roles,
                                  unsigned count) {
  drop_ring(nodes, roles, count);
  (void)collect(nodes);
  expect_finalized_once(nodes, count);
  for (unsigned i = 0; i < count; i++)
    assert_int_equal(ring.survivors[i] != NULL, roles[i] == RESURRECTOR);
  nodes_verify(nodes);
  for (unsigned i = 0; i < count; i++)
    ouro_decref_maybe(nodes->heap, ring.survivors[i]);
  (void)collect(nodes);
  expect_finalized_once(nodes, count);
  assert_int_equal(nodes_live(nodes), count);
  drop_weak(nodes, count);
}

#define CHECK_RING(how, ...)                                                           \
  do {                                                                                 \
    const enum role roles[] = {__VA_ARGS__};                                           \
    how(*state, roles, sizeof roles / sizeof *roles);                                  \
  } while (0)

static void a_self_cycle_is_finalized_once_and_gone(void **state) {
  CHECK_RING(check_ring_dies, SIMPLE);
}

static void a_self_cycle_resurrects_once(void **state) {
  CHECK_RING(check_ring_comes_back, RESURRECTOR);
}

static void a_self_cycle_may_drop_its_last_reference_in_its_finalizer(void **state) {
  CHECK_RING(check_ring_dies, SUICIDAL);
}

static void a_ring_of_finalizers_dies_together(void **state) {
  CHECK_RING(check_ring_dies, SIMPLE, SIMPLE, SIMPLE);
}

static void a_ring_of_resurrectors_comes_back_together(void **state) {
  CHECK_RING(check_ring_comes_back, RESURRECTOR, RESURRECTOR, RESURRECTOR);
}

static void a_ring_that_breaks_itself_everywhere_dies(void **state) {
  CHECK_RING(check_ring_dies, SUICIDAL, SUICIDAL, SUICIDAL);
}

static void a_ring_that_breaks_itself_in_every_second_place_dies(void **state) {
  CHECK_RING(check_ring_dies, SUICIDAL, SIMPLE, SUICIDAL, SIMPLE);
}

static void a_ring_that_breaks_itself_on_one_side_dies(void **state) {
  CHECK_RING(check_ring_dies, SUICIDAL, SUICIDAL, SIMPLE, SIMPLE);
}

static void resurrectors_bring_their_neighbours_back(void **state) {
  CHECK_RING(check_ring_comes_back, RESURRECTOR, SIMPLE, RESURRECTOR, SIMPLE);
}

static void resurrecting_and_breaking_mix_in_turns(void **state) {
  CHECK_RING(check_ring_comes_back, RESURRECTOR, SIMPLE, SUICIDAL, RESURRECTOR, SIMPLE,
             SUICIDAL);
}

static void resurrecting_and_breaking_mix_in_halves(void **state) {
  CHECK_RING(check_ring_comes_back, RESURRECTOR, RESURRECTOR, SIMPLE, SIMPLE, SUICIDAL,
             SUICIDAL);
}

/* ---- objects that the collector does not track ---- */

static void resurrect(struct nodes *nodes, void *object) {
  nodes->kept = ouro_incref(nodes->heap, object);
}

static const ouro_type *untracked_type(struct nodes *nodes) {
  ouro_type_info info = {.name = "Token",
                         .size = 8,
                         .flags = OURO_TYPE_ACYCLIC,
                         .finalize = nodes_finalize};
  const ouro_type *type;
  assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
  return type;
}

static void an_untracked_object_is_finalized_by_counting(void **state) {
  struct nodes *nodes = *state;
  void *token = ouro_new(nodes->heap, untracked_type(nodes));
  ouro_decref(nodes->heap, token);
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal(nodes_live(nodes), 0);
}

static void an_untracked_object_resurrects_once(void **state) {
  struct nodes *nodes = *state;
  nodes->on_finalize = resurrect;
  void *token = ouro_new(nodes->heap, untracked_type(nodes));
  ouro_decref(nodes->heap, token);
  assert_ptr_equal(nodes->kept, token);
  ouro_decref(nodes->heap, token);
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal(nodes_live(nodes), 0);
}

/* ---- statistics ---- */

static void statistics_count_the_oldest_generation_collected(void **state) {
  struct nodes *nodes = *state;
  ouro_heap_stats stats;
  ouro_gc_collect(nodes->heap, 0, NULL);
  ouro_gc_collect(nodes->heap, 2, NULL);
  ouro_heap_get_stats(nodes->heap, &stats);
  assert_int_equal(stats.generations[0].collections, 1);
  assert_int_equal(stats.generations[1].collections, 0);
  assert_int_equal(stats.generations[2].collections, 1);
}

static void collections_off_still_answer_when_asked(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_disable(nodes->heap);
  nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(collect(nodes), 2);
}

int main(void) {
#define SAME_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      SAME_TEST(a_self_cycle_is_finalized_once_and_gone),
      SAME_TEST(a_self_cycle_resurrects_once),
      SAME_TEST(a_self_cycle_may_drop_its_last_reference_in_its_finalizer),
      SAME_TEST(a_ring_of_finalizers_dies_together),
      SAME_TEST(a_ring_of_resurrectors_comes_back_together),
      SAME_TEST(a_ring_that_breaks_itself_everywhere_dies),
      SAME_TEST(a_ring_that_breaks_itself_in_every_second_place_dies),
      SAME_TEST(a_ring_that_breaks_itself_on_one_side_dies),
      SAME_TEST(resurrectors_bring_their_neighbours_back),
      SAME_TEST(resurrecting_and_breaking_mix_in_turns),
      SAME_TEST(resurrecting_and_breaking_mix_in_halves),
      SAME_TEST(an_untracked_object_is_finalized_by_counting),
      SAME_TEST(an_untracked_object_resurrects_once),
      SAME_TEST(statistics_count_the_oldest_generation_collected),
      SAME_TEST(collections_off_still_answer_when_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
