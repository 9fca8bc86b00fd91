/* The map of the pools agrees with the statistics. */
#include "tangle.h"

static size_t read_map(struct nodes *nodes, ouro_pool_row *rows, size_t capacity,
                       size_t at_once) {
  size_t count = 0;
  for (;;) {
    size_t more = capacity - count < at_once ? capacity - count : at_once;
    size_t got = ouro_pool_map(nodes->heap, count, &rows[count], more);
    count += got;
    if (got < more || more == 0)
      return count;
  }
}

static void the_map_adds_up_to_the_statistics(void **state) {
  struct nodes *nodes = *state;
  struct tangle tangle;
  tangle_init(&tangle, nodes, 23, 3000, 30);
  ouro_pool_stats stats;
  ouro_heap_get_pool_stats(nodes->heap, &stats);
  static ouro_pool_row rows[640];
  size_t count = read_map(nodes, rows, 640, 7);
  assert_int_equal(count, ouro_pool_count(nodes->heap));
  assert_int_equal(count, stats.arenas_in_use * OURO_ARENA_POOLS);
  size_t in_use = 0, raw = 0;
  uint64_t used_bytes = 0, used_of_class[OURO_SIZE_CLASSES] = {0};
  for (size_t i = 0; i < count; i++) {
    assert_true(rows[i].used <= rows[i].capacity);
    assert_int_not_equal(rows[i].state, OURO_POOL_GONE);
    if (rows[i].state == OURO_POOL_EMPTY) {
      assert_int_equal(rows[i].block_bytes, 0);
      assert_int_equal(rows[i].capacity, 0);
      continue;
    }
    in_use++;
    raw += rows[i].is_raw;
    used_bytes += (uint64_t)rows[i].used * rows[i].block_bytes;
    assert_int_equal(rows[i].state == OURO_POOL_FULL, rows[i].used == rows[i].capacity);
    for (size_t c = 0; c < OURO_SIZE_CLASSES; c++)
      if (stats.classes[c].size == rows[i].block_bytes)
        used_of_class[c] += rows[i].used;
  }
  assert_int_equal(in_use, stats.pools_in_use);
  assert_int_equal(used_bytes, stats.used_bytes);
  assert_true(raw > 0 && raw < in_use);
  for (size_t c = 0; c < OURO_SIZE_CLASSES; c++)
    assert_int_equal(used_of_class[c], stats.classes[c].used_blocks);
  tangle_fini(&tangle);
}

/* More than a heap keeps in reserve. */
static void pools_of_an_arena_given_back_are_gone(void **state) {
  struct nodes *nodes = *state;
  enum { COUNT = 200000, POOLS = 3200 };
  static void *blocks[COUNT];
  static ouro_pool_row rows[POOLS];
  for (size_t i = 0; i < COUNT; i++)
    blocks[i] = ouro_block_new(nodes->heap, 480);
  size_t before = read_map(nodes, rows, POOLS, 100);
  for (size_t i = 0; i < COUNT; i++)
    ouro_block_free(nodes->heap, blocks[i]);
  assert_int_equal(read_map(nodes, rows, POOLS, 100), before);
  size_t gone = 0;
  for (size_t i = 0; i < before; i++)
    gone += rows[i].state == OURO_POOL_GONE;
  ouro_pool_stats stats;
  ouro_heap_get_pool_stats(nodes->heap, &stats);
  assert_int_equal(gone, before - stats.arenas_in_use * OURO_ARENA_POOLS);
  assert_true(gone > 0);
  assert_int_equal(ouro_pool_map(nodes->heap, before, rows, POOLS), 0);
  assert_int_equal(ouro_pool_map(nodes->heap, SIZE_MAX, rows, POOLS), 0);
}

int main(void) {
#define MAP_TEST(name)                                                                 \
  cmocka_unit_test_setup_teardown(name, tangle_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      MAP_TEST(the_map_adds_up_to_the_statistics),
      MAP_TEST(pools_of_an_arena_given_back_are_gone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
