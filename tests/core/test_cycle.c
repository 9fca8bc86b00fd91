/* An example of a cycle: the shortest, however the graph tries to hide it. */
#include "example.h"
#include "tangle.h"

static ouro_cycle find_with(struct nodes *nodes, const void *object, uint64_t steps) {
  ouro_cycle cycle;
  assert_int_equal(
      ouro_find_cycle(nodes->heap, object, &(ouro_budget){.steps = steps}, &cycle),
      OURO_OK);
  return cycle;
}

static ouro_cycle find(struct nodes *nodes, const void *object) {
  return find_with(nodes, object, 0);
}

/* A ring of nodes linked through `a`, the last one's to the first; the caller owns the
 * first one. */
static struct node *new_ring(struct nodes *nodes, size_t length) {
  struct node *first = nodes_new(nodes), *last = first;
  for (size_t i = 1; i < length; i++) {
    ouro_set_take(nodes->heap, &last->a, nodes_new(nodes));
    last = last->a;
  }
  ouro_set(nodes->heap, &last->a, first);
  return first;
}

static void a_self_reference_is_a_cycle_of_one(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_set(nodes->heap, &node->c, node);
  ouro_cycle cycle = find(nodes, node);
  assert_int_equal(cycle.length, 1);
  assert_int_equal(cycle.count, 1);
  assert_false(cycle.gave_up);
  assert_ptr_equal(cycle.steps[0].object, node);
  assert_ptr_equal(cycle.steps[0].type, nodes->node);
  assert_int_equal(cycle.steps[0].id, ouro_object_id(nodes->heap, node));
  assert_int_equal(cycle.steps[0].field.kind, OURO_FIELD_DECLARED);
  assert_int_equal(cycle.steps[0].field.at, offsetof(struct node, c));
  ouro_decref(nodes->heap, node);
}

static void a_cycle_names_types_and_fields_of_every_kind(void **state) {
  struct nodes *nodes = *state;
  struct node *person = nodes_person(nodes);
  struct bag *bag = nodes_bag(nodes, 3);
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 800);
  ouro_set(nodes->heap, &person->b, bag);
  ouro_set_take(nodes->heap, &bag->items[2], row);
  ouro_set(nodes->heap, &row->items[77], person);
  ouro_cycle cycle = find(nodes, bag);
  assert_int_equal(cycle.length, 3);
  assert_ptr_equal(cycle.steps[0].object, bag);
  assert_int_equal(cycle.steps[0].field.kind, OURO_FIELD_TRAVERSED);
  assert_int_equal(cycle.steps[0].field.at, 2);
  assert_ptr_equal(cycle.steps[1].object, row);
  assert_int_equal(cycle.steps[1].field.kind, OURO_FIELD_TAIL);
  assert_int_equal(cycle.steps[1].field.at, 77);
  assert_ptr_equal(cycle.steps[2].object, person);
  assert_int_equal(cycle.steps[2].field.kind, OURO_FIELD_DECLARED);
  assert_int_equal(cycle.steps[2].field.at, offsetof(struct node, b));
  ouro_decref(nodes->heap, person);
  ouro_decref(nodes->heap, bag);
}

static void the_shortest_cycle_through_the_object_is_preferred(void **state) {
  struct nodes *nodes = *state;
  struct node *ring = new_ring(nodes, 9);
  /* A shorter one in the way that it is not on, and a short cut. */
  ouro_set(nodes->heap, &ring->a->b, ring->a);
  ouro_set(nodes->heap, &ring->a->a->a->c, ring);
  ouro_cycle cycle = find(nodes, ring);
  assert_int_equal(cycle.length, 4);
  assert_ptr_equal(cycle.steps[0].object, ring);
  assert_ptr_equal(cycle.steps[3].object, ring->a->a->a);
  ouro_decref(nodes->heap, ring);
}

static void what_hangs_on_a_cycle_finds_the_cycle(void **state) {
  struct nodes *nodes = *state;
  struct node *tail = nodes_new(nodes);
  ouro_set_take(nodes->heap, &tail->b, nodes_new(nodes));
  ouro_set_take(nodes->heap, &tail->b->c, new_ring(nodes, 3));
  ouro_cycle cycle = find(nodes, tail);
  assert_int_equal(cycle.length, 3);
  assert_ptr_equal(cycle.steps[0].object, tail->b->c);
  assert_false(cycle.gave_up);
  ouro_decref(nodes->heap, tail);
}

static void without_a_cycle_the_answer_is_none_and_certain(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_set_take(nodes->heap, &node->a, nodes_new(nodes));
  ouro_set(nodes->heap, &node->b, node->a);
  ouro_set_take(nodes->heap, &node->a->c, ouro_new(nodes->heap, nodes->leaf));
  ouro_cycle cycle = find(nodes, node);
  assert_int_equal(cycle.length, 0);
  assert_int_equal(cycle.count, 0);
  assert_false(cycle.gave_up);
  ouro_decref(nodes->heap, node);
}

static void a_ring_of_any_length_is_measured_and_its_first_objects_named(void **state) {
  struct nodes *nodes = *state;
  for (size_t length = 1; length < 3000;
       length = length < 40 ? length + 1 : length * 3) {
    struct node *tail = nodes_new(nodes);
    struct node *ring = new_ring(nodes, length);
    ouro_set(nodes->heap, &tail->a, ring);
    ouro_cycle cycle = find_with(nodes, length % 2 ? ring : tail, 100000);
    assert_int_equal(cycle.length, length);
    assert_int_equal(cycle.count, length < 16 ? length : 16);
    for (unsigned i = 0; i < cycle.count; i++) {
      struct node *node = cycle.steps[i].object;
      assert_ptr_not_equal(node, tail);
      assert_int_equal(cycle.steps[i].field.at, offsetof(struct node, a));
      unsigned next = i + 1 == cycle.count ? 0 : i + 1;
      if (next != 0 || length <= 16)
        assert_ptr_equal(node->a, cycle.steps[next].object);
    }
    ouro_decref(nodes->heap, tail);
    ouro_decref(nodes->heap, ring);
  }
}

static uint64_t visits;
static void count_traverse(const void *object, ouro_visit *visit, void *argument) {
  const struct node *node = object;
  visits++;
  visit(node->a, argument);
  visit(node->b, argument);
  visit(node->c, argument);
}

static void the_budget_bounds_a_search_that_has_no_end(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *counted;
  assert_int_equal(ouro_type_new(nodes->heap,
                                 &(ouro_type_info){.name = "Counted",
                                                   .size = sizeof(struct node),
                                                   .traverse = count_traverse},
                                 &counted),
                   OURO_OK);
  /* Forty levels, each referring to the next three times: 3^40 ways and no cycle. */
  struct node *levels[40];
  for (size_t i = 0; i < 40; i++) {
    levels[i] = ouro_new(nodes->heap, counted);
    for (size_t j = 0; i > 0 && j < 3; j++)
      (&levels[i]->a)[j] = ouro_incref(nodes->heap, levels[i - 1]);
  }
  visits = 0;
  ouro_cycle cycle = find_with(nodes, levels[39], 2000);
  assert_int_equal(cycle.length, 0);
  assert_true(cycle.gave_up);
  assert_true(visits > 100 && visits <= 2000);
  /* Without a budget it ends too. */
  cycle = find(nodes, levels[39]);
  assert_int_equal(cycle.length, 0);
  assert_true(cycle.gave_up);
  for (size_t i = 40; i-- > 0;) {
    for (size_t j = 0; j < 3; j++)
      ouro_clear(nodes->heap, &(&levels[i]->a)[j]);
    ouro_decref(nodes->heap, levels[i]);
  }
}

/* ---- as the collector asks ---- */

static const void *outside;
static bool is_inside(const ouro_heap *heap, const ouro_header *header) {
  (void)heap;
  return header != ouro_header_of(outside);
}

static void what_is_outside_is_on_no_cycle(void **state) {
  struct nodes *nodes = *state;
  struct node *ring = new_ring(nodes, 5);
  struct meter meter = meter_start(&(ouro_budget){.steps = 1000});
  ouro_cycle cycle;
  outside = nodes;
  ouro__example_find(nodes->heap, ouro_header_of(ring), is_inside, &meter, &cycle);
  assert_int_equal(cycle.length, 5);
  assert_int_equal(cycle.steps[4].id, ouro_object_id(nodes->heap, ring->a->a->a->a));
  assert_null(cycle.steps[0].object);
  assert_true(meter.left < 1000 && meter.left > 900);
  outside = ring->a->a;
  ouro__example_find(nodes->heap, ouro_header_of(ring), is_inside, &meter, &cycle);
  assert_int_equal(cycle.length, 0);
  assert_false(cycle.gave_up);
  ouro_decref(nodes->heap, ring);
}

/* ---- against a naive look ---- */

/* Objects on the shortest cycle through an object, by breadth-first search; 0: none. */
static size_t naive_shortest(struct tangle *tangle, size_t from) {
  size_t distance[200], queue[200], first = 0, last = 0;
  memset(distance, 0, sizeof distance);
  queue[last++] = from;
  while (first < last) {
    size_t at = queue[first++];
    void **fields;
    size_t length = tangle_fields(tangle->nodes, tangle->items[at].object, &fields);
    for (size_t i = 0; i < length; i++) {
      if (fields[i] == NULL)
        continue;
      size_t to = tangle_index(tangle, fields[i]);
      if (to == from)
        return distance[at] + 1;
      if (distance[to] == 0) {
        distance[to] = distance[at] + 1;
        queue[last++] = to;
      }
    }
  }
  return 0;
}

static void check_links(struct tangle *tangle, const ouro_cycle *cycle) {
  for (unsigned i = 0; i < cycle->count; i++) {
    const ouro_step *step = &cycle->steps[i];
    if (i + 1 == cycle->count && cycle->length > cycle->count)
      return;
    void *to = cycle->steps[(i + 1) % cycle->count].object;
    void **fields, *found;
    (void)tangle_fields(tangle->nodes, step->object, &fields);
    if (step->field.kind == OURO_FIELD_DECLARED)
      memcpy(&found, (char *)step->object + step->field.at, sizeof found);
    else
      found = fields[step->field.at];
    assert_ptr_equal(found, to);
  }
}

static void random_cycles_are_the_shortest_that_a_naive_look_finds(void **state) {
  struct nodes *nodes = *state;
  size_t through = 0, none = 0;
  for (uint64_t seed = 1; seed <= 6; seed++) {
    struct tangle tangle;
    tangle_init(&tangle, nodes, seed, 200, 15 + 6 * (uint32_t)seed);
    for (size_t i = 0; i < 200; i++) {
      ouro_cycle cycle = find_with(nodes, tangle.items[i].object, 300000);
      size_t shortest = naive_shortest(&tangle, i);
      check_links(&tangle, &cycle);
      if (shortest == 0 || shortest > OURO_CYCLE_OBJECTS) {
        none += cycle.length == 0;
        continue;
      }
      if (cycle.length > 0 && cycle.steps[0].object == tangle.items[i].object) {
        assert_int_equal(cycle.length, shortest);
        through++;
      } else {
        /* Only for want of budget. */
        assert_true(shortest > 6);
      }
    }
    tangle_fini(&tangle);
    assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  }
  assert_true(through > 100);
  assert_true(none > 100);
}

/* One dead cycle of two and a tail that hangs on it, of a type. */
static void drop_cycle_with_tail(struct nodes *nodes, const ouro_type *type) {
  struct node *first = ouro_new(nodes->heap, type),
              *second = ouro_new(nodes->heap, type);
  struct node *tail = ouro_new(nodes->heap, type);
  ouro_set(nodes->heap, &first->b, second);
  ouro_set_take(nodes->heap, &second->c, first);
  ouro_set_take(nodes->heap, &first->a, tail);
  ouro_decref(nodes->heap, second);
}

static void a_collection_shows_a_cycle_of_what_it_found(void **state) {
  struct nodes *nodes = *state;
  const ouro_type *types[] = {nodes->node, nodes->person};
  ouro_gc_disable(nodes->heap);
  ouro_gc_set_example(nodes->heap, 100);
  for (unsigned generation = 0; generation < OURO_GENERATIONS; generation++)
    for (int i = 0; i < 2; i++) {
      drop_cycle_with_tail(nodes, types[i]);
      assert_int_equal(ouro_gc_collect(nodes->heap, generation, NULL), OURO_OK);
      const ouro_cycle *cycle = ouro_gc_example(nodes->heap);
      assert_non_null(cycle);
      assert_int_equal(cycle->length, 2);
      assert_int_equal(cycle->count, 2);
      assert_ptr_equal(cycle->steps[0].type, types[i]);
      assert_null(cycle->steps[0].object);
      size_t fields = cycle->steps[0].field.at + cycle->steps[1].field.at;
      assert_int_equal(fields, offsetof(struct node, b) + offsetof(struct node, c));
      assert_int_equal(ouro_gc_collect(nodes->heap, generation, NULL), OURO_OK);
      assert_null(ouro_gc_example(nodes->heap));
    }
}

static void large_garbage_is_an_example_too(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_set_example(nodes->heap, 1000);
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 100 * sizeof(void *));
  ouro_set_take(nodes->heap, &row->items[7], row);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  const ouro_cycle *cycle = ouro_gc_example(nodes->heap);
  assert_non_null(cycle);
  assert_int_equal(cycle->length, 1);
  assert_int_equal(cycle->steps[0].field.kind, OURO_FIELD_TAIL);
  assert_int_equal(cycle->steps[0].field.at, 7);
}

static void without_a_wish_no_example_is_looked_for(void **state) {
  struct nodes *nodes = *state;
  nodes_drop_cycle(nodes, nodes->node);
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  assert_null(ouro_gc_example(nodes->heap));
}

int main(void) {
#define CYCLE_TEST(name)                                                               \
  cmocka_unit_test_setup_teardown(name, tangle_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      CYCLE_TEST(a_self_reference_is_a_cycle_of_one),
      CYCLE_TEST(a_cycle_names_types_and_fields_of_every_kind),
      CYCLE_TEST(the_shortest_cycle_through_the_object_is_preferred),
      CYCLE_TEST(what_hangs_on_a_cycle_finds_the_cycle),
      CYCLE_TEST(without_a_cycle_the_answer_is_none_and_certain),
      CYCLE_TEST(a_ring_of_any_length_is_measured_and_its_first_objects_named),
      CYCLE_TEST(the_budget_bounds_a_search_that_has_no_end),
      CYCLE_TEST(what_is_outside_is_on_no_cycle),
      CYCLE_TEST(a_collection_shows_a_cycle_of_what_it_found),
      CYCLE_TEST(large_garbage_is_an_example_too),
      CYCLE_TEST(without_a_wish_no_example_is_looked_for),
      CYCLE_TEST(random_cycles_are_the_shortest_that_a_naive_look_finds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
