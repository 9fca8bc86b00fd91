/* What CPython 3.11's test_weakref.py (and the weak reference tests of test_gc.py)
 * check, written anew for ours where no other test of this directory does it already:
 * who is told of a death, in which order, and what they find. core/DESIGN.md has the
 * table. */
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

static ouro_weakref *weaken(struct nodes *nodes, void *target, unsigned *calls) {
  ouro_weakref *reference =
      ouro_weakref_new(nodes->heap, target, calls != NULL ? count_call : NULL, calls);
  assert_non_null(reference);
  return reference;
}

static bool is_alive(struct nodes *nodes, ouro_weakref *reference) {
  void *target = ouro_weakref_get(nodes->heap, reference);
  ouro_decref_maybe(nodes->heap, target);
  return target != NULL;
}

/* ---- what callbacks find ---- */

struct looker {
  ouro_weakref *others[2];
  unsigned calls, found;
};

static void look_at_all(ouro_heap *heap, ouro_weakref *reference, void *context) {
  struct looker *looker = context;
  (void)reference;
  looker->calls++;
  for (int i = 0; i < 2; i++) {
    void *found = ouro_weakref_get(heap, looker->others[i]);
    looker->found += found != NULL;
    ouro_decref_maybe(heap, found);
  }
}

static void by_counting_all_are_clear_before_any_callback(void **state) {
  struct nodes *nodes = *state;
  struct looker looker = {.calls = 0};
  struct node *node = nodes_new(nodes);
  for (int i = 0; i < 2; i++)
    looker.others[i] = ouro_weakref_new(nodes->heap, node, look_at_all, &looker);
  ouro_decref(nodes->heap, node);
  assert_int_equal(looker.calls, 2);
  assert_int_equal(looker.found, 0);
  for (int i = 0; i < 2; i++)
    ouro_decref(nodes->heap, looker.others[i]);
}

static void all_weak_references_to_garbage_are_clear_before_any_callback(void **state) {
  struct nodes *nodes = *state;
  struct looker looker = {.calls = 0};
  struct node *pair[2] = {nodes_new(nodes), nodes_new(nodes)};
  for (int i = 0; i < 2; i++) {
    looker.others[i] = ouro_weakref_new(nodes->heap, pair[i], look_at_all, &looker);
    ouro_set(nodes->heap, &pair[i]->a, pair[1 - i]);
  }
  for (int i = 0; i < 2; i++)
    ouro_decref(nodes->heap, pair[i]);
  assert_int_equal(collect(nodes, 2), 2);
  assert_int_equal(looker.calls, 2);
  assert_int_equal(looker.found, 0);
  for (int i = 0; i < 2; i++)
    ouro_decref(nodes->heap, looker.others[i]);
}

/*        old | young
 *     c0 <------ c1 <-,    c2 <-,      c0 dies by counting when the collection of the
 *            |   `----'    `----'      young clears c1, which holds it */
struct trio {
  struct looker looker; /* looks for c2 */
  ouro_weakref *watch;  /* of c0, calls the looker; may be NULL */
};

static void make_trio(struct nodes *nodes, const ouro_type *old, struct trio *trio,
                      ouro_weakref_callback *callback) {
  struct node *c0 = ouro_new(nodes->heap, old);
  assert_int_equal(collect(nodes, 2), 0);
  assert_int_equal(ouro_object_generation(c0), 2);
  *trio = (struct trio){.watch = NULL};
  if (callback != NULL)
    trio->watch = ouro_weakref_new(nodes->heap, c0, callback, &trio->looker);
  struct node *c1 = nodes_new(nodes), *c2 = nodes_new(nodes);
  ouro_set_take(nodes->heap, &c1->b, c0);
  ouro_set_take(nodes->heap, &c1->a, c1);
  for (int i = 0; i < 2; i++)
    trio->looker.others[i] = weaken(nodes, c2, NULL);
  ouro_set_take(nodes->heap, &c2->a, c2);
}

static void drop_trio(struct nodes *nodes, struct trio *trio) {
  assert_int_equal(trio->looker.calls, 1);
  assert_int_equal(trio->looker.found, 0);
  ouro_decref_maybe(nodes->heap, trio->watch);
  for (int i = 0; i < 2; i++)
    ouro_decref(nodes->heap, trio->looker.others[i]);
}

static void a_callback_for_what_garbage_held_finds_garbage_cleared(void **state) {
  struct nodes *nodes = *state;
  struct trio trio;
  make_trio(nodes, nodes->node, &trio, look_at_all);
  assert_int_equal(collect(nodes, 0), 2);
  drop_trio(nodes, &trio);
}

static void finalize_looking(struct nodes *nodes, void *object) {
  (void)object;
  look_at_all(nodes->heap, NULL, nodes->kept);
}

static void a_finalizer_of_what_garbage_held_finds_garbage_cleared(void **state) {
  struct nodes *nodes = *state;
  struct trio trio;
  make_trio(nodes, nodes->person, &trio, NULL);
  nodes->on_finalize = finalize_looking;
  nodes->kept = &trio.looker;
  assert_int_equal(collect(nodes, 0), 2);
  assert_int_equal(nodes->finalized, 1);
  drop_trio(nodes, &trio);
}

static ouro_weakref *next_of[128];

static void look_at_the_next(ouro_heap *heap, ouro_weakref *reference, void *context) {
  struct looker *looker = context;
  assert_null(ouro_weakref_get(heap, reference));
  /* Either gone, or so alive that its fields may be read. */
  struct node *next = ouro_weakref_get(heap, next_of[looker->calls++]);
  if (next != NULL) {
    looker->found++;
    assert_int_equal(next->number, looker->calls);
    ouro_decref(heap, next);
  }
}

static void nobody_sees_an_object_that_waits_for_its_death(void **state) {
  struct nodes *nodes = *state;
  enum { LONG = 100 };
  struct looker looker = {.calls = 0};
  ouro_weakref *weak[LONG];
  struct node *list = NULL;
  for (int i = LONG; i-- > 0;) {
    struct node *node = nodes_new(nodes);
    node->number = (uint64_t)i;
    node->a = list;
    list = node;
    weak[i] = ouro_weakref_new(nodes->heap, node, look_at_the_next, &looker);
  }
  for (int i = 0; i < LONG; i++)
    next_of[i] = weak[i < LONG - 1 ? i + 1 : 0];
  ouro_decref(nodes->heap, list);
  assert_int_equal(looker.calls, LONG);
  for (int i = 0; i < LONG; i++) {
    assert_false(is_alive(nodes, weak[i]));
    ouro_decref(nodes->heap, weak[i]);
  }
}

/* ---- who is told ---- */

static void note_reference(ouro_heap *heap, ouro_weakref *reference, void *context) {
  (void)heap;
  *(ouro_weakref **)context = reference;
}

static void a_callback_gets_the_weak_reference_it_belongs_to(void **state) {
  struct nodes *nodes = *state;
  ouro_weakref *got[2] = {NULL, NULL}, *weak[2];
  struct node *node = nodes_new(nodes);
  for (int i = 0; i < 2; i++)
    weak[i] = ouro_weakref_new(nodes->heap, node, note_reference, &got[i]);
  ouro_decref(nodes->heap, node);
  for (int i = 0; i < 2; i++) {
    assert_ptr_equal(got[i], weak[i]);
    ouro_decref(nodes->heap, weak[i]);
  }
}

static void weak_references_may_go_in_any_order(void **state) {
  struct nodes *nodes = *state;
  for (int first = 0; first < 3; first++)
    for (int second = 0; second < 3; second++) {
      unsigned calls[3] = {0, 0, 0};
      ouro_weakref *weak[3];
      struct node *node = nodes_new(nodes);
      for (int i = 0; i < 3; i++)
        weak[i] = weaken(nodes, node, &calls[i]);
      ouro_decref(nodes->heap, weak[first]);
      assert_int_equal(ouro_weakref_count(nodes->heap, node), 2);
      if (second != first)
        ouro_decref(nodes->heap, weak[second]);
      assert_int_equal(ouro_weakref_count(nodes->heap, node), second == first ? 2 : 1);
      ouro_decref(nodes->heap, node);
      for (int i = 0; i < 3; i++) {
        bool stays = i != first && i != second;
        assert_int_equal(calls[i], stays);
        if (stays)
          ouro_decref(nodes->heap, weak[i]);
      }
    }
}

/*  c2 --> c1, c2 <-> itself, c2 owns a weak reference to c1: all garbage */
static void one_in_garbage_that_its_target_does_not_reach_is_not_told(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *targets[] = {nodes->node, nodes->person, nodes->leaf};
  for (unsigned i = 0; i < 3; i++) {
    unsigned calls = 0;
    struct node *c1 = ouro_new(nodes->heap, targets[i]), *c2 = nodes_new(nodes);
    ouro_set_take(nodes->heap, &c2->c, weaken(nodes, c1, &calls));
    ouro_set_take(nodes->heap, &c2->b, c1);
    ouro_set_take(nodes->heap, &c2->a, c2);
    (void)collect(nodes, 2);
    assert_int_equal(calls, 0);
    assert_int_equal(nodes_live(nodes), 0);
  }
}

static void only_weak_references_outside_the_garbage_are_told(void **state) {
  struct nodes *nodes = *state;
  unsigned inside = 0, outside = 0;
  struct node *c1 = nodes_new(nodes), *c2 = nodes_new(nodes);
  ouro_set_take(nodes->heap, &c1->b, weaken(nodes, c2, &inside));
  ouro_set_take(nodes->heap, &c2->b, weaken(nodes, c1, &inside));
  ouro_weakref *watch = weaken(nodes, c1, &outside);
  ouro_set(nodes->heap, &c1->a, c2);
  ouro_set_take(nodes->heap, &c2->a, c1);
  ouro_decref(nodes->heap, c2);
  assert_int_equal(outside, 0);
  assert_int_equal(collect(nodes, 2), 4);
  assert_int_equal(inside, 0);
  assert_int_equal(outside, 1);
  assert_int_equal(collect(nodes, 2), 0);
  assert_int_equal(outside, 1);
  ouro_decref(nodes->heap, watch);
}

static void a_weak_reference_may_be_a_target_itself(void **state) {
  struct nodes *nodes = *state;
  unsigned first_calls = 0, second_calls = 0, in_cycle = 0;
  struct node *node = nodes_new(nodes);
  ouro_weakref *first = weaken(nodes, node, &first_calls);
  ouro_weakref *second = weaken(nodes, first, &second_calls);
  /* It keeps nobody and nobody keeps it: counting alone frees it. */
  ouro_decref(nodes->heap, first);
  assert_false(is_alive(nodes, second));
  assert_int_equal(second_calls, 1);
  ouro_decref(nodes->heap, second);
  /* One on a cycle with its target, watched from outside. */
  first = weaken(nodes, node, &in_cycle);
  second = weaken(nodes, first, &second_calls);
  ouro_set_take(nodes->heap, &node->b, first);
  ouro_set_take(nodes->heap, &node->a, node);
  assert_int_equal(collect(nodes, 2), 2);
  assert_int_equal(in_cycle, 0);
  assert_int_equal(first_calls, 0);
  assert_int_equal(second_calls, 2);
  ouro_decref(nodes->heap, second);
}

/* An object that owns the last references to a weak reference and to its target. */
static unsigned calls_when_both_go(struct nodes *nodes, bool target_first) {
  unsigned calls = 0;
  struct node *owner = nodes_new(nodes), *target = nodes_new(nodes);
  ouro_weakref *weak = weaken(nodes, target, &calls);
  ouro_set_take(nodes->heap, &owner->a, target_first ? (void *)target : weak);
  ouro_set_take(nodes->heap, &owner->b, target_first ? (void *)weak : target);
  ouro_decref(nodes->heap, owner);
  return calls;
}

static void one_that_dies_before_its_target_is_not_told(void **state) {
  assert_int_equal(calls_when_both_go(*state, false), 0);
}

static void one_that_dies_in_the_same_breath_is_not_told(void **state) {
  assert_int_equal(calls_when_both_go(*state, true), 0);
}

/* ---- what the collector cannot see ---- */

struct holder {
  void *value; /* owned, but not reported */
};

static void holder_dealloc(ouro_heap *heap, void *object) {
  ouro_clear(heap, &((struct holder *)object)->value);
}

/*   z <-- holder <-- a --> weak - - > z      only z is not known to be garbage: the
 *                   `-^                       holder does not report it */
static void one_in_garbage_is_not_told_of_what_the_collector_cannot_see(void **state) {
  struct nodes *nodes = *state;
  unsigned calls = 0;
  const ouro_type *holder_type;
  assert_int_equal(ouro_type_new(nodes->heap,
                                 &(ouro_type_info){.name = "Holder",
                                                   .size = sizeof(struct holder),
                                                   .flags = OURO_TYPE_ACYCLIC,
                                                   .dealloc = holder_dealloc},
                                 &holder_type),
                   OURO_OK);
  struct node *z = nodes_new(nodes), *a = nodes_new(nodes), *longer = nodes_new(nodes);
  struct holder *holder = ouro_new(nodes->heap, holder_type);
  ouro_weakref *weak = weaken(nodes, z, &calls);
  ouro_set(nodes->heap, &longer->b, weak);
  ouro_set_take(nodes->heap, &longer->a, longer);
  ouro_set_take(nodes->heap, &a->c, weak);
  ouro_set_take(nodes->heap, &holder->value, z);
  ouro_set_take(nodes->heap, &a->b, holder);
  ouro_set_take(nodes->heap, &a->a, a);
  (void)collect(nodes, 2);
  assert_int_equal(calls, 0);
  assert_int_equal(nodes_live(nodes), 0);
}

/* The finalizer of a garbage object makes a weak reference to another one and lets go
 * of `late`, which now dies while the garbage is cleared. */
static ouro_weakref *made_late;
static void *late;

static void weaken_the_other(struct nodes *nodes, void *object) {
  made_late = weaken(nodes, ((struct node *)object)->a, NULL);
  ouro_clear(nodes->heap, &late);
}

static void late_finalize(ouro_heap *heap, void *object) {
  struct nodes *nodes = ouro_heap_user(heap);
  (void)object;
  nodes->kept = ouro_weakref_get(heap, made_late);
}

/*  person <--> other, person --> late */
static void what_is_caught_while_it_is_cleared_is_whole(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *late_type;
  size_t listed;
  assert_int_equal(
      ouro_type_new(nodes->heap,
                    &(ouro_type_info){.name = "Late", .finalize = late_finalize},
                    &late_type),
      OURO_OK);
  struct node *person = nodes_person(nodes), *other = nodes_new(nodes);
  late = ouro_new(nodes->heap, late_type);
  nodes->on_finalize = weaken_the_other;
  ouro_set(nodes->heap, &person->b, late);
  ouro_set(nodes->heap, &person->a, other);
  ouro_set_take(nodes->heap, &other->a, person);
  ouro_decref(nodes->heap, other);
  (void)collect(nodes, 2);
  assert_int_equal(nodes->finalized, 1);
  assert_ptr_equal(nodes->kept, other);
  assert_int_equal(ouro_refcount(other), 1);
  nodes_verify(nodes);
  (void)ouro_gc_garbage(nodes->heap, &listed);
  assert_int_equal(listed, 0);
  ouro_decref(nodes->heap, other);
  ouro_decref(nodes->heap, made_late);
}

int main(void) {
#define WEAK_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      WEAK_TEST(by_counting_all_are_clear_before_any_callback),
      WEAK_TEST(all_weak_references_to_garbage_are_clear_before_any_callback),
      WEAK_TEST(a_callback_for_what_garbage_held_finds_garbage_cleared),
      WEAK_TEST(a_finalizer_of_what_garbage_held_finds_garbage_cleared),
      WEAK_TEST(nobody_sees_an_object_that_waits_for_its_death),
      WEAK_TEST(a_callback_gets_the_weak_reference_it_belongs_to),
      WEAK_TEST(weak_references_may_go_in_any_order),
      WEAK_TEST(one_in_garbage_that_its_target_does_not_reach_is_not_told),
      WEAK_TEST(only_weak_references_outside_the_garbage_are_told),
      WEAK_TEST(a_weak_reference_may_be_a_target_itself),
      WEAK_TEST(one_that_dies_before_its_target_is_not_told),
      WEAK_TEST(one_that_dies_in_the_same_breath_is_not_told),
      WEAK_TEST(one_in_garbage_is_not_told_of_what_the_collector_cannot_see),
      WEAK_TEST(what_is_caught_while_it_is_cleared_is_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
