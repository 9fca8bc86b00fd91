/* Pages of objects and referrers, types, and a verify that finds what is broken. */
#include "tangle.h"

static void count_visit(void *object, void *argument) {
  assert_non_null(object);
  ++*(unsigned *)argument;
}

static void referents_are_the_references_that_are_not_null(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_set(nodes->heap, &node->a, node);
  ouro_set(nodes->heap, &node->c, node);
  unsigned count = 0;
  ouro_referents(nodes->heap, node, count_visit, &count);
  assert_int_equal(count, 2);
  ouro_clear(nodes->heap, &node->a);
  ouro_clear(nodes->heap, &node->c);
  ouro_decref(nodes->heap, node);
}

struct seen_fields {
  unsigned count;
  ouro_field fields[4];
  void *objects[4];
};

static void keep_field(void *object, ouro_field field, void *argument) {
  struct seen_fields *seen = argument;
  assert_true(seen->count < 4);
  seen->fields[seen->count] = field;
  seen->objects[seen->count++] = object;
}

static void fields_say_where_each_reference_is(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 3 * sizeof(void *));
  struct seen_fields seen = {0};
  ouro_set(nodes->heap, &node->c, row);
  ouro_set(nodes->heap, &row->items[2], node);
  ouro_fields(nodes->heap, node, keep_field, &seen);
  ouro_fields(nodes->heap, row, keep_field, &seen);
  assert_int_equal(seen.count, 2);
  assert_int_equal(seen.fields[0].kind, OURO_FIELD_DECLARED);
  assert_int_equal(seen.fields[0].at, offsetof(struct node, c));
  assert_ptr_equal(seen.objects[0], row);
  assert_int_equal(seen.fields[1].kind, OURO_FIELD_TAIL);
  assert_int_equal(seen.fields[1].at, 2);
  assert_ptr_equal(seen.objects[1], node);
  ouro_clear(nodes->heap, &node->c);
  ouro_decref(nodes->heap, node);
  ouro_decref(nodes->heap, row);
}

static void types_are_found_by_their_number(void **state) {
  struct nodes *nodes = *state;
  bool found = false;
  size_t count = 0;
  for (const ouro_type *type; (type = ouro_type_at(nodes->heap, count)) != NULL;
       count++)
    found = found || type == nodes->bag;
  assert_true(found);
  assert_null(ouro_type_at(nodes->heap, SIZE_MAX));
}

/* Every number may be asked for; only a live object's address finds something. */
static void only_the_address_of_a_live_object_finds_one(void **state) {
  struct nodes *nodes = *state;
  static const uintptr_t foreign[] = {
      0, 1, 7, 8, 16, 4096, UINTPTR_MAX, UINTPTR_MAX - 7, UINTPTR_MAX / 2 + 1};
  ouro_heap *heap = nodes->heap;
  struct node *node = nodes_new(nodes);
  struct row *large = ouro_new_tail(heap, nodes->row, 800000);
  uintptr_t at = (uintptr_t)node, large_at = (uintptr_t)large;
  size_t size = ouro_object_size(heap, node);
  void *own_memory = malloc(64);
  assert_ptr_equal(ouro_object_at(heap, at), node);
  assert_ptr_equal(ouro_object_at(heap, large_at), large);
  for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
    assert_null(ouro_object_at(heap, foreign[i]));
  assert_null(ouro_object_at(heap, (uintptr_t)own_memory));
  assert_null(ouro_object_at(heap, (uintptr_t)&node));
  for (size_t inside = 1; inside < size; inside++)
    assert_null(ouro_object_at(heap, at + inside));
  assert_null(ouro_object_at(heap, large_at + 16));
  assert_null(ouro_object_at(heap, at + ((size_t)1 << 34))); /* never handed out */
  ouro_decref(heap, node);
  ouro_decref(heap, large);
  assert_null(ouro_object_at(heap, at));
  assert_null(ouro_object_at(heap, large_at));
  free(own_memory);
}

static bool stop_after_two(void *object, void *context) {
  (void)object;
  return ++*(unsigned *)context < 2;
}

static void a_walk_stops_when_it_is_told_to(void **state) {
  struct nodes *nodes = *state;
  for (int i = 0; i < 3; i++)
    nodes_drop_cycle(nodes, nodes->node);
  unsigned seen = 0;
  ouro_objects(nodes->heap, stop_after_two, &seen);
  assert_int_equal(seen, 2);
}

/* ---- pages ---- */

/* All pages of some objects; how often each item of the tangle was met. */
static void count_pages(struct tangle *tangle, unsigned places, const ouro_type *type,
                        const ouro_budget *budget, size_t capacity, unsigned *seen) {
  ouro_cursor cursor = 0;
  void *page[16];
  memset(seen, 0, tangle->count * sizeof *seen);
  for (unsigned calls = 0; cursor != OURO_CURSOR_END; calls++) {
    size_t count = 99;
    assert_true(calls < 100000);
    assert_int_equal(ouro_objects_page(tangle->nodes->heap, places, type, budget,
                                       &cursor, page, capacity, &count),
                     OURO_OK);
    assert_true(count <= capacity);
    for (size_t i = 0; i < count; i++)
      seen[tangle_index(tangle, page[i])]++;
  }
}

static unsigned place_of(const void *object) {
  int generation = ouro_object_generation(object);
  if (generation >= 0)
    return 1u << generation;
  return ouro_is_tracked(object) ? OURO_IN_FROZEN : OURO_IN_UNTRACKED;
}

static void pages_show_every_object_of_a_place_and_type_once(void **state) {
  struct nodes *nodes = *state;
  struct tangle tangle;
  unsigned seen[900];
  tangle_init(&tangle, nodes, 7, 900, 40);
  /* Some of each generation, some frozen, some untracked. */
  assert_int_equal(ouro_gc_freeze(nodes->heap), OURO_OK);
  for (size_t i = 0; i < 900; i += 3) {
    ouro_untrack(nodes->heap, tangle.items[i].object);
    if (i % 9 == 0)
      (void)ouro_track(nodes->heap, tangle.items[i].object);
    if (i % 300 == 0)
      assert_int_equal(ouro_gc_collect(nodes->heap, 0, NULL), OURO_OK);
  }
  const ouro_type *types[] = {NULL, nodes->node, nodes->bag, nodes->leaf, nodes->row};
  const ouro_budget budgets[] = {{0}, {.steps = 1}, {.steps = 37}, {.time_ns = 1}};
  for (unsigned places = 1; places <= OURO_IN_ALL; places++)
    for (size_t t = 0; t < 5; t++) {
      count_pages(&tangle, places, types[t], &budgets[(places + t) % 4],
                  1 + places % 16, seen);
      for (size_t i = 0; i < 900; i++) {
        const void *object = tangle.items[i].object;
        bool is_asked =
            (place_of(object) & places) != 0 &&
            (types[t] == NULL || ouro_object_type(nodes->heap, object) == types[t]);
        assert_int_equal(seen[i], is_asked);
      }
    }
  assert_int_equal(ouro_gc_unfreeze(nodes->heap), OURO_OK);
  for (size_t i = 0; i < 900; i++)
    (void)ouro_track(nodes->heap, tangle.items[i].object);
  tangle_fini(&tangle);
}

static void pages_meet_what_lives_throughout_once_whatever_happens(void **state) {
  struct nodes *nodes = *state;
  struct rng rng = {11};
  static void *kept[600];
  static void *passing[600]; /* born and dead while the pages are read */
  static unsigned seen[600];
  memset(seen, 0, sizeof seen);
  for (size_t i = 0; i < 600; i++) {
    kept[i] = i % 50 == 0 ? ouro_new_tail(nodes->heap, nodes->row, 900)
                          : (void *)nodes_new(nodes);
    passing[i] = nodes_new(nodes);
  }
  ouro_cursor cursor = 0;
  while (cursor != OURO_CURSOR_END) {
    void *page[10];
    size_t count;
    assert_int_equal(ouro_objects_page(nodes->heap, OURO_IN_ALL, NULL,
                                       &(ouro_budget){.steps = 25}, &cursor, page, 10,
                                       &count),
                     OURO_OK);
    for (size_t i = 0; i < count; i++)
      for (size_t k = 0; k < 600; k++)
        seen[k] += page[i] == kept[k];
    for (unsigned i = 0; i < 40; i++) {
      void **place = &passing[rng_below(&rng, 600)];
      ouro_decref_maybe(nodes->heap, *place);
      *place = rng_below(&rng, 3) == 0 ? ouro_new_tail(nodes->heap, nodes->row, 1000)
                                       : (void *)nodes_new(nodes);
    }
    assert_int_equal(ouro_gc_collect(nodes->heap, rng_below(&rng, 3), NULL), OURO_OK);
  }
  for (size_t k = 0; k < 600; k++) {
    assert_int_equal(seen[k], 1);
    ouro_decref(nodes->heap, kept[k]);
    ouro_decref(nodes->heap, passing[k]);
  }
}

static void a_page_looks_at_no_more_than_its_budget(void **state) {
  struct nodes *nodes = *state;
  static struct node *kept[1000];
  for (size_t i = 0; i < 1000; i++)
    kept[i] = nodes_new(nodes);
  ouro_cursor cursor = 0;
  void *page[1000];
  size_t count, pages = 0;
  for (; cursor != OURO_CURSOR_END; pages++) {
    assert_int_equal(ouro_objects_page(nodes->heap, OURO_IN_ALL, NULL,
                                       &(ouro_budget){.steps = 10}, &cursor, page, 1000,
                                       &count),
                     OURO_OK);
    assert_true(count <= 10);
  }
  assert_true(pages >= 100);
  assert_int_equal(count, 0);
  assert_int_equal(ouro_objects_page(nodes->heap, OURO_IN_ALL, NULL, NULL, &cursor,
                                     page, 1000, &count),
                   OURO_OK);
  assert_int_equal(count, 0);
  for (size_t i = 0; i < 1000; i++)
    ouro_decref(nodes->heap, kept[i]);
}

static void the_young_are_found_without_a_look_at_the_old(void **state) {
  struct nodes *nodes = *state;
  enum { OLD = 100000, YOUNG = 10 };
  static struct node *kept[OLD + YOUNG];
  for (size_t i = 0; i < OLD; i++)
    kept[i] = nodes_new(nodes);
  for (int i = 0; i < 2; i++)
    assert_int_equal(ouro_gc_collect(nodes->heap, 1, NULL), OURO_OK);
  for (size_t i = OLD; i < OLD + YOUNG; i++)
    kept[i] = nodes_new(nodes);
  /* A step a pool, and the blocks of the few pools where the young are. */
  const ouro_budget budget = {.steps = ouro_pool_count(nodes->heap) + 5000};
  ouro_cursor cursor = 0;
  void *page[YOUNG + 1];
  size_t count;
  assert_int_equal(ouro_objects_page(nodes->heap, OURO_IN_GENERATION0, NULL, &budget,
                                     &cursor, page, YOUNG + 1, &count),
                   OURO_OK);
  assert_int_equal(count, YOUNG);
  assert_true(cursor == OURO_CURSOR_END);
  for (size_t i = 0; i < OLD + YOUNG; i++)
    ouro_decref(nodes->heap, kept[i]);
}

static void pages_that_make_no_sense_are_refused(void **state) {
  struct nodes *nodes = *state;
  ouro_cursor cursor = 0;
  void *page[1];
  size_t count;
  assert_int_equal(
      ouro_objects_page(nodes->heap, 0, NULL, NULL, &cursor, page, 1, &count),
      OURO_EINVAL);
  assert_int_equal(ouro_objects_page(nodes->heap, OURO_IN_ALL + 1, NULL, NULL, &cursor,
                                     page, 1, &count),
                   OURO_EINVAL);
  assert_int_equal(
      ouro_objects_page(nodes->heap, OURO_IN_ALL, NULL, NULL, &cursor, page, 0, &count),
      OURO_EINVAL);
  cursor = UINT64_C(1) << 32;
  assert_int_equal(
      ouro_objects_page(nodes->heap, OURO_IN_ALL, NULL, NULL, &cursor, page, 1, &count),
      OURO_EINVAL);
  /* Any other number is a place, perhaps behind the end. */
  struct node *node = nodes_new(nodes);
  struct rng rng = {5};
  for (int i = 0; i < 1000; i++) {
    cursor = rng_next(&rng);
    assert_int_equal(ouro_objects_page(nodes->heap, OURO_IN_ALL, NULL, NULL, &cursor,
                                       page, 1, &count),
                     OURO_OK);
    assert_true(count == 0 || page[0] == node);
  }
  ouro_decref(nodes->heap, node);
}

/* ---- referrers ---- */

static void referrers_and_holders_are_those_of_a_naive_look(void **state) {
  struct nodes *nodes = *state;
  for (uint64_t seed = 1; seed <= 5; seed++) {
    struct tangle tangle;
    tangle_init(&tangle, nodes, seed, 300, 10 * (uint32_t)seed);
    void *root = ouro_incref(nodes->heap, tangle.items[7].object);
    assert_int_equal(ouro_root_add(nodes->heap, &root, "root"), OURO_OK);
    for (size_t i = 0; i < 300; i += 1 + i % 5) {
      void *object = tangle.items[i].object;
      uint64_t naive[300] = {0}, sum = 0;
      for (size_t j = 0; j < 300; j++) {
        void **fields;
        size_t length = tangle_fields(nodes, tangle.items[j].object, &fields);
        for (size_t k = 0; k < length; k++) {
          naive[j] += fields[k] == object;
          sum += fields[k] == object;
        }
      }
      ouro_holders holders = {0};
      while (holders.cursor != OURO_CURSOR_END) {
        ouro_referrer page[3];
        size_t count;
        assert_int_equal(ouro_referrers_page(nodes->heap, object,
                                             &(ouro_budget){.steps = 50 + i}, &holders,
                                             page, 3, &count),
                         OURO_OK);
        for (size_t k = 0; k < count; k++) {
          size_t j = tangle_index(&tangle, page[k].object);
          assert_int_equal(page[k].references, naive[j]);
          naive[j] = 0;
        }
      }
      for (size_t j = 0; j < 300; j++)
        assert_int_equal(naive[j], 0);
      assert_int_equal(holders.by_objects, sum);
      assert_int_equal(holders.by_roots, object == root);
      assert_int_equal(holders.by_others, tangle.items[i].is_held);
    }
    assert_int_equal(ouro_root_remove(nodes->heap, &root), OURO_OK);
    ouro_decref(nodes->heap, root);
    tangle_fini(&tangle);
    assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  }
}

static ouro_referrer only_referrer(struct nodes *nodes, void *object) {
  ouro_holders holders = {0};
  ouro_referrer page[2];
  size_t count;
  assert_int_equal(
      ouro_referrers_page(nodes->heap, object, NULL, &holders, page, 2, &count),
      OURO_OK);
  assert_int_equal(count, 1);
  assert_true(holders.cursor == OURO_CURSOR_END);
  return page[0];
}

static void a_referrer_tells_in_which_field(void **state) {
  struct nodes *nodes = *state;
  struct node *target = nodes_new(nodes), *node = nodes_new(nodes);
  ouro_set(nodes->heap, &node->b, target);
  ouro_set(nodes->heap, &node->c, target);
  ouro_referrer found = only_referrer(nodes, target);
  assert_ptr_equal(found.object, node);
  assert_int_equal(found.references, 2);
  assert_int_equal(found.field.kind, OURO_FIELD_DECLARED);
  assert_int_equal(found.field.at, offsetof(struct node, b));
  ouro_decref(nodes->heap, node);

  struct bag *bag = nodes_bag(nodes, 5);
  ouro_set(nodes->heap, &bag->items[3], target);
  found = only_referrer(nodes, target);
  assert_ptr_equal(found.object, bag);
  assert_int_equal(found.field.kind, OURO_FIELD_TRAVERSED);
  assert_int_equal(found.field.at, 3);
  ouro_decref(nodes->heap, bag);

  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 4000);
  ouro_set(nodes->heap, &row->items[499], target);
  found = only_referrer(nodes, target);
  assert_ptr_equal(found.object, row);
  assert_int_equal(found.field.kind, OURO_FIELD_TAIL);
  assert_int_equal(found.field.at, 499);
  ouro_decref(nodes->heap, row);
  ouro_decref(nodes->heap, target);
}

static void an_immortal_object_has_another_holder(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  ouro_make_immortal(nodes->heap, node);
  ouro_holders holders = {0};
  size_t count;
  assert_int_equal(
      ouro_referrers_page(nodes->heap, node, NULL, &holders, NULL, 0, &count), OURO_OK);
  assert_int_equal(holders.by_others, 1);
  ouro_header_of(node)->refcount = 1;
  ouro_decref(nodes->heap, node);
}

/* ---- inside user code ---- */

static int asked; /* what a page answered inside a finalizer */
static size_t shown;

static void look_around(struct nodes *nodes, void *object) {
  (void)object;
  ouro_cursor cursor = 0;
  void *page[8];
  ouro_holders holders = {0};
  ouro_cycle cycle;
  asked =
      ouro_objects_page(nodes->heap, OURO_IN_ALL, NULL, NULL, &cursor, page, 8, &shown);
  size_t count;
  assert_int_equal(
      ouro_referrers_page(nodes->heap, object, NULL, &holders, NULL, 0, &count), asked);
  assert_int_equal(ouro_find_cycle(nodes->heap, object, NULL, &cycle), asked);
}

static void during_a_collection_nothing_is_shown(void **state) {
  struct nodes *nodes = *state;
  nodes_drop_cycle(nodes, nodes->person);
  nodes->on_finalize = look_around;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, NULL), OURO_OK);
  assert_int_equal(nodes->finalized, 2);
  assert_int_equal(asked, OURO_EBUSY);
}

static void a_finalizer_run_by_counting_sees_who_lives_and_not_who_dies(void **state) {
  struct nodes *nodes = *state;
  struct node *bystander = nodes_new(nodes);
  struct node *dead = nodes_new(nodes);
  ouro_set_take(nodes->heap, &dead->a, nodes_new(nodes));
  ouro_set_take(nodes->heap, &dead->b, nodes_person(nodes));
  ouro_set_take(nodes->heap, &dead->c, nodes_new(nodes));
  nodes->on_finalize = look_around;
  ouro_decref(nodes->heap, dead);
  assert_int_equal(nodes->finalized, 1);
  assert_int_equal(asked, OURO_OK);
  /* The bystander and the one in its finalizer, not its parent and sibling. */
  assert_int_equal(shown, 2);
  ouro_decref(nodes->heap, bystander);
}

static void ids_are_different_while_objects_live(void **state) {
  struct nodes *nodes = *state;
  struct node *first = nodes_new(nodes), *second = nodes_new(nodes);
  struct row *large = ouro_new_tail(nodes->heap, nodes->row, 8000);
  assert_int_not_equal(ouro_object_id(nodes->heap, first),
                       ouro_object_id(nodes->heap, second));
  assert_int_not_equal(ouro_object_id(nodes->heap, first),
                       ouro_object_id(nodes->heap, large));
  ouro_decref(nodes->heap, first);
  ouro_decref(nodes->heap, second);
  ouro_decref(nodes->heap, large);
}

static void expect_refused(struct nodes *nodes, const ouro_type_info *info) {
  const ouro_type *type = NULL;
  assert_int_equal(ouro_type_new(nodes->heap, info, &type), OURO_EINVAL);
  assert_null(type);
}

static void contradictory_types_are_refused(void **state) {
  struct nodes *nodes = *state;
  static const size_t outside[] = {8}, crooked[] = {4};
  char name[OURO_TYPE_NAME_BYTES + 1];
  memset(name, 'n', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  expect_refused(nodes, &(ouro_type_info){.size = 8});
  expect_refused(nodes, &(ouro_type_info){.name = "", .size = 8});
  expect_refused(nodes, &(ouro_type_info){.name = name, .size = 8});
  expect_refused(nodes, &(ouro_type_info){
                            .name = "T", .size = 8, .refs = outside, .ref_count = 1});
  expect_refused(nodes, &(ouro_type_info){
                            .name = "T", .size = 16, .refs = crooked, .ref_count = 1});
  expect_refused(nodes, &(ouro_type_info){.name = "T", .size = 8, .ref_count = 1});
  expect_refused(nodes, &(ouro_type_info){.name = "T",
                                          .size = 8,
                                          .flags = OURO_TYPE_ACYCLIC,
                                          .traverse = nodes_bag_traverse});
  expect_refused(nodes, &(ouro_type_info){.name = "T",
                                          .size = 8,
                                          .flags = OURO_TYPE_TAIL_REFS,
                                          .traverse = nodes_bag_traverse});
  expect_refused(nodes,
                 &(ouro_type_info){.name = "T", .size = 8, .clear = nodes_bag_clear});
  expect_refused(
      nodes, &(ouro_type_info){.name = "T", .size = 4, .flags = OURO_TYPE_TAIL_REFS});
}

static void expect_corrupt(struct nodes *nodes, const char *expected) {
  char message[160];
  assert_int_equal(ouro_verify(nodes->heap, message, sizeof message), OURO_ECORRUPT);
  if (strstr(message, expected) == NULL)
    fail_msg("'%s' does not say '%s'", message, expected);
}

static void verify_finds_a_count_that_is_too_low(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes), *other = nodes_new(nodes);
  node->a = node->b = other;
  expect_corrupt(nodes, "of type Node counts 1 references, but 2");
  ouro_incref(nodes->heap, other);
  ouro_decref(nodes->heap, node);
}

static void verify_finds_a_reference_to_freed_memory(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes), *other = nodes_new(nodes);
  ouro_decref(nodes->heap, other);
  node->a = other;
  expect_corrupt(nodes, "of type Node refers to a freed one");
  node->a = (struct node *)(void *)((char *)node + 8);
  expect_corrupt(nodes, "of type Node refers to what is no object");
  node->a = NULL;
  ouro_decref(nodes->heap, node);
}

static void verify_finds_a_young_object_that_no_log_names(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  uint32_t meta = ouro_header_of(node)->meta;
  ouro_header_of(node)->meta &= UINT32_C(0xffff);
  expect_corrupt(nodes, "names block 0, which does not know");
  ouro_header_of(node)->meta = meta;
  ouro_decref(nodes->heap, node);
}

static void every_error_has_a_message(void **state) {
  (void)state;
  assert_string_equal(ouro_strerror(0), "no error");
  for (int error = -1; error >= -6; error--)
    assert_string_not_equal(ouro_strerror(error), ouro_strerror(-1000));
}

int main(void) {
#define LOOK_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
#define TANGLE_TEST(name)                                                              \
  cmocka_unit_test_setup_teardown(name, tangle_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      LOOK_TEST(referents_are_the_references_that_are_not_null),
      LOOK_TEST(fields_say_where_each_reference_is),
      LOOK_TEST(types_are_found_by_their_number),
      LOOK_TEST(only_the_address_of_a_live_object_finds_one),
      LOOK_TEST(a_walk_stops_when_it_is_told_to),
      TANGLE_TEST(pages_show_every_object_of_a_place_and_type_once),
      LOOK_TEST(pages_meet_what_lives_throughout_once_whatever_happens),
      LOOK_TEST(a_page_looks_at_no_more_than_its_budget),
      LOOK_TEST(the_young_are_found_without_a_look_at_the_old),
      LOOK_TEST(pages_that_make_no_sense_are_refused),
      LOOK_TEST(a_referrer_tells_in_which_field),
      LOOK_TEST(an_immortal_object_has_another_holder),
      LOOK_TEST(during_a_collection_nothing_is_shown),
      LOOK_TEST(a_finalizer_run_by_counting_sees_who_lives_and_not_who_dies),
      TANGLE_TEST(referrers_and_holders_are_those_of_a_naive_look),
      LOOK_TEST(ids_are_different_while_objects_live),
      LOOK_TEST(contradictory_types_are_refused),
      LOOK_TEST(verify_finds_a_count_that_is_too_low),
      LOOK_TEST(verify_finds_a_reference_to_freed_memory),
      LOOK_TEST(verify_finds_a_young_object_that_no_log_names),
      cmocka_unit_test(every_error_has_a_message),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
