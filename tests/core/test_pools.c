/* Pools and arenas, seen through allocation and statistics. */
#include "nodes.h"
#include "tunables.h"

static ouro_pool_stats pools(const struct nodes *nodes) {
  ouro_pool_stats stats;
  ouro_heap_get_pool_stats(nodes->heap, &stats);
  return stats;
}

static void payloads_are_zero_at_birth_also_in_reused_blocks(void **state) {
  struct nodes *nodes = *state;
  for (int round = 0; round < 2; round++)
    for (int i = 0; i < 100; i++) {
      struct node *node = nodes_new(nodes);
      static const struct node zero;
      assert_memory_equal(node, &zero, sizeof zero);
      node->number = UINT64_MAX;
      ouro_decref(nodes->heap, node);
    }
}

static void a_freed_block_is_the_next_one_handed_out(void **state) {
  struct nodes *nodes = *state;
  struct node *kept = nodes_new(nodes);
  struct node *freed = nodes_new(nodes);
  ouro_decref(nodes->heap, freed);
  struct node *again = nodes_new(nodes);
  assert_ptr_equal(again, freed);
  ouro_decref(nodes->heap, again);
  ouro_decref(nodes->heap, kept);
}

/* Leaves: nothing logs them, so nothing but the pool itself holds a pool back. */
static void an_emptied_pool_hands_out_in_address_order_again(void **state) {
  struct nodes *nodes = *state;
  enum { COUNT = 500 };
  void *leaves[COUNT];
  for (int i = 0; i < COUNT; i++)
    assert_non_null(leaves[i] = ouro_new(nodes->heap, nodes->leaf));
  for (int i = 0; i < COUNT; i++)
    ouro_decref(nodes->heap, leaves[i * 7 % COUNT]);
  char *last = NULL;
  for (int i = 0; i < COUNT; i++) {
    leaves[i] = ouro_new(nodes->heap, nodes->leaf);
    assert_true((char *)leaves[i] > last);
    last = leaves[i];
  }
  for (int i = 0; i < COUNT; i++)
    ouro_decref(nodes->heap, leaves[i]);
}

static void statistics_add_up(void **state) {
  struct nodes *nodes = *state;
  enum { COUNT = 5000 };
  static struct node *kept[COUNT];
  for (int i = 0; i < COUNT; i++)
    kept[i] = nodes_new(nodes);
  for (int i = 0; i < COUNT; i += 2)
    ouro_decref(nodes->heap, kept[i]);
  ouro_pool_stats stats = pools(nodes);
  uint64_t used = 0, free_in_classes = 0, in_use = 0;
  for (unsigned i = 0; i < OURO_SIZE_CLASSES; i++) {
    used += stats.classes[i].used_blocks * stats.classes[i].size;
    free_in_classes += stats.classes[i].free_blocks * stats.classes[i].size;
    in_use += stats.classes[i].pools;
  }
  assert_int_equal(used, stats.used_bytes);
  assert_int_equal(in_use, stats.pools_in_use);
  assert_int_equal(stats.arena_bytes, stats.arenas_in_use * OURO__ARENA_BYTES);
  assert_int_equal(stats.free_bytes, stats.arena_bytes - used);
  assert_true(free_in_classes <= stats.free_bytes);
  assert_true(stats.fragmentation > 0.4 && stats.fragmentation < 0.7);
  for (int i = 1; i < COUNT; i += 2)
    ouro_decref(nodes->heap, kept[i]);
}

/* Fill and empty this many arenas with blocks that no log names. */
static void fill_and_empty(struct nodes *nodes, unsigned arenas) {
  enum { SIZE = 480 };
  size_t count = (size_t)arenas * OURO__ARENA_BYTES / SIZE;
  void **blocks = calloc(count, sizeof *blocks);
  assert_non_null(blocks);
  for (size_t i = 0; i < count; i++)
    assert_non_null(blocks[i] = ouro_block_new(nodes->heap, SIZE));
  for (size_t i = 0; i < count; i++)
    ouro_block_free(nodes->heap, blocks[i]);
  free(blocks);
}

static void trim_gives_empty_arenas_back_and_says_how_much(void **state) {
  struct nodes *nodes = *state;
  fill_and_empty(nodes, 8);
  ouro_pool_stats before = pools(nodes);
  assert_true(before.arenas_in_use >= 8);
  size_t bytes = ouro_heap_trim(nodes->heap);
  ouro_pool_stats after = pools(nodes);
  assert_true(after.arenas_in_use <= 1);
  assert_int_equal(bytes, before.arena_bytes - after.arena_bytes);
  assert_int_equal(after.arenas_highwater, before.arenas_in_use);
  assert_int_equal(after.arenas_released_total,
                   before.arenas_in_use - after.arenas_in_use);
  assert_int_equal(ouro_heap_trim(nodes->heap), 0);
  nodes_verify(nodes);
  /* What was given back is zero and usable again. */
  struct row *row = ouro_new_tail(nodes->heap, nodes->row, 64);
  assert_non_null(row);
  assert_null(row->items[7]);
  ouro_decref(nodes->heap, row);
}

static void only_so_many_empty_arenas_are_kept(void **state) {
  struct nodes *nodes = *state;
  fill_and_empty(nodes, OURO__SPARE_ARENAS + 10);
  ouro_pool_stats stats = pools(nodes);
  assert_true(stats.arenas_highwater >= OURO__SPARE_ARENAS + 10);
  assert_true(stats.arenas_in_use <= OURO__SPARE_ARENAS + 1);
  nodes_verify(nodes);
}

/* A sixteenth of a full pool must be free before it is allocated from again; but not
 * when there is no other memory. */
static void at_the_limit_the_last_block_is_found(void **state) {
  struct nodes *nodes = *state;
  enum { MOST = 6 * (OURO__ARENA_BYTES / 64) };
  static void *blocks[MOST];
  size_t count = 0;
  while ((blocks[count] = ouro_block_new(nodes->heap, 64)) != NULL)
    assert_true(++count < MOST);
  for (size_t i = 0; i < count; i += 1500) {
    ouro_block_free(nodes->heap, blocks[i]);
    void *again = ouro_block_new(nodes->heap, 64);
    assert_ptr_equal(again, blocks[i]);
  }
  assert_null(ouro_block_new(nodes->heap, 64));
  nodes_verify(nodes);
}

static void a_pool_that_a_log_names_keeps_its_class(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_disable(nodes->heap);
  enum { COUNT = 4000 };
  static struct node *dead[COUNT];
  for (int i = 0; i < COUNT; i++)
    dead[i] = nodes_new(nodes);
  for (int i = 0; i < COUNT; i++)
    ouro_decref(nodes->heap, dead[i]);
  assert_true(pools(nodes).pools_in_use >= 2);
  nodes_verify(nodes);
  assert_int_equal(ouro_gc_collect(nodes->heap, 0, NULL), OURO_OK);
  assert_true(pools(nodes).pools_in_use <= 1);
  nodes_verify(nodes);
}

static void large_objects_live_apart_and_are_counted(void **state) {
  struct nodes *nodes = *state;
  enum { COUNT = 200 };
  struct row *rows[COUNT];
  for (int i = 0; i < COUNT; i++) {
    rows[i] = ouro_new_tail(nodes->heap, nodes->row, 1000 * sizeof(void *));
    assert_non_null(rows[i]);
    assert_int_equal((uintptr_t)rows[i] % 16, 0);
    assert_true(ouro_object_tail_capacity(nodes->heap, rows[i]) >= 8000);
    ouro_set(nodes->heap, &rows[i]->items[999], rows[i]);
  }
  assert_int_equal(pools(nodes).large_objects, COUNT);
  assert_true(pools(nodes).large_bytes >= COUNT * 8000);
  nodes_verify(nodes);
  for (int i = 0; i < COUNT; i++)
    ouro_decref(nodes->heap, rows[i]);
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, &collection), OURO_OK);
  assert_int_equal(collection.collected, COUNT);
  assert_int_equal(pools(nodes).large_objects, 0);
  assert_int_equal(pools(nodes).large_bytes, 0);
}

static void payloads_are_16_aligned_where_the_type_asks(void **state) {
  struct nodes *nodes = *state;
  for (size_t size = 0; size <= 504; size += 24) {
    ouro_type_info info = {.name = "Aligned",
                           .size = size,
                           .flags = OURO_TYPE_ACYCLIC | OURO_TYPE_ALIGN16};
    const ouro_type *type;
    assert_int_equal(ouro_type_new(nodes->heap, &info, &type), OURO_OK);
    void *objects[20];
    for (int i = 0; i < 20; i++) {
      assert_non_null(objects[i] = ouro_new(nodes->heap, type));
      assert_int_equal((uintptr_t)objects[i] % 16, 0);
      memset(objects[i], 0xff, size);
    }
    for (int i = 0; i < 20; i++)
      ouro_decref(nodes->heap, objects[i]);
  }
}

static int setup_with_arenas(void **state) {
  ouro_heap_config config = {.initial_arenas = 3};
  return nodes_setup_with(state, &config);
}

static void initial_arenas_are_there_at_once_and_stay(void **state) {
  struct nodes *nodes = *state;
  assert_int_equal(pools(nodes).arenas_in_use, 3);
  struct node *node = nodes_new(nodes);
  ouro_decref(nodes->heap, node);
  ouro_gc_collect(nodes->heap, 2, NULL);
  assert_int_equal(pools(nodes).arenas_in_use, 3);
}

static int setup_with_limit(void **state) {
  ouro_heap_config config = {.memory_limit_bytes = 2u << 20};
  return nodes_setup_with(state, &config);
}

static void the_memory_limit_refuses_and_the_heap_stays_valid(void **state) {
  struct nodes *nodes = *state;
  struct node *list = NULL;
  size_t count = 0;
  for (;; count++) {
    struct node *node = ouro_new(nodes->heap, nodes->node);
    if (node == NULL)
      break;
    node->a = list;
    list = node;
  }
  assert_true(count > 30000);
  assert_null(ouro_new_tail(nodes->heap, nodes->row, 1u << 20));
  nodes_verify(nodes);
  ouro_decref(nodes->heap, list);
  struct node *node = nodes_new(nodes);
  ouro_decref(nodes->heap, node);
}

static void at_the_memory_limit_the_heap_collects_before_it_refuses(void **state) {
  struct nodes *nodes = *state;
  ouro_gc_disable(nodes->heap);
  for (int i = 0; i < 200000; i++)
    nodes_drop_cycle(nodes, nodes->node);
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  assert_true(stats.generations[2].collections > 0);
}

int main(void) {
#define POOL_TEST(name)                                                                \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      POOL_TEST(payloads_are_zero_at_birth_also_in_reused_blocks),
      POOL_TEST(a_freed_block_is_the_next_one_handed_out),
      POOL_TEST(an_emptied_pool_hands_out_in_address_order_again),
      POOL_TEST(statistics_add_up),
      POOL_TEST(trim_gives_empty_arenas_back_and_says_how_much),
      POOL_TEST(only_so_many_empty_arenas_are_kept),
      cmocka_unit_test_setup_teardown(at_the_limit_the_last_block_is_found,
                                      setup_with_limit, nodes_teardown),
      POOL_TEST(a_pool_that_a_log_names_keeps_its_class),
      POOL_TEST(large_objects_live_apart_and_are_counted),
      POOL_TEST(payloads_are_16_aligned_where_the_type_asks),
      cmocka_unit_test_setup_teardown(initial_arenas_are_there_at_once_and_stay,
                                      setup_with_arenas, nodes_teardown),
      cmocka_unit_test_setup_teardown(the_memory_limit_refuses_and_the_heap_stays_valid,
                                      setup_with_limit, nodes_teardown),
      cmocka_unit_test_setup_teardown(
          at_the_memory_limit_the_heap_collects_before_it_refuses, setup_with_limit,
          nodes_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
