/* Raw blocks: the pools without objects. */
#include "check.h"
#include "nodes.h"
#include "tunables.h"

static uint64_t used_bytes(ouro_heap *heap) {
  ouro_pool_stats stats;
  ouro_heap_get_pool_stats(heap, &stats);
  return stats.used_bytes;
}

static void every_size_gives_a_block_that_is_ours_to_the_last_byte(void **state) {
  struct nodes *nodes = *state;
  enum { COUNT = 1100 };
  static unsigned char *blocks[COUNT];
  for (size_t size = 0; size < COUNT; size++) {
    blocks[size] = ouro_block_new(nodes->heap, size);
    assert_non_null(blocks[size]);
    assert_true(ouro_block_size(nodes->heap, blocks[size]) >= size);
    memset(blocks[size], (int)(size & 255), ouro_block_size(nodes->heap, blocks[size]));
  }
  for (size_t size = 0; size < COUNT; size++)
    for (size_t i = 0; i < ouro_block_size(nodes->heap, blocks[size]); i++)
      assert_int_equal(blocks[size][i], size & 255);
  for (size_t size = 0; size < COUNT; size++)
    ouro_block_free(nodes->heap, blocks[size]);
  assert_int_equal(used_bytes(nodes->heap), 0);
}

static void alignment_follows_the_size(void **state) {
  struct nodes *nodes = *state;
  for (size_t size = 8; size <= 1024; size += 8) {
    void *block = ouro_block_new(nodes->heap, size);
    assert_int_equal((uintptr_t)block % (size % 16 == 0 ? 16 : 8), 0);
    ouro_block_free(nodes->heap, block);
  }
}

static void a_collection_does_not_look_into_blocks(void **state) {
  struct nodes *nodes = *state;
  struct node *node = nodes_new(nodes);
  void **block = ouro_block_new(nodes->heap, 64);
  /* What would be a live object's header and a reference. */
  for (int i = 0; i < 8; i++)
    block[i] = node;
  ouro_collection collection;
  assert_int_equal(ouro_gc_collect(nodes->heap, 2, &collection), OURO_OK);
  assert_int_equal(collection.candidates, 1);
  for (int i = 0; i < 8; i++)
    assert_ptr_equal(block[i], node);
  assert_int_equal(ouro_verify(nodes->heap, NULL, 0), OURO_OK);
  ouro_block_free(nodes->heap, block);
  ouro_decref(nodes->heap, node);
}

static void resizing_keeps_the_content(void **state) {
  struct nodes *nodes = *state;
  char *block = ouro_block_resize(nodes->heap, NULL, 10);
  assert_non_null(block);
  memcpy(block, "012345678", 10);
  static const size_t sizes[] = {16, 100, 512, 513, 5000, 400, 17, 10};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    block = ouro_block_resize(nodes->heap, block, sizes[i]);
    assert_non_null(block);
    assert_string_equal(block, "012345678");
  }
  ouro_block_free(nodes->heap, block);
  assert_int_equal(used_bytes(nodes->heap), 0);
}

/* With what the asan preset puts behind every block. */
static void blocks_count_in_live_bytes_but_not_as_objects(void **state) {
  struct nodes *nodes = *state;
  void *small = ouro_block_new(nodes->heap, 64);
  void *large = ouro_block_new(nodes->heap, 10000);
  ouro_heap_stats stats;
  ouro_heap_get_stats(nodes->heap, &stats);
  assert_int_equal(stats.live_objects, 0);
  assert_int_equal(stats.allocated_total_objects, 0);
  assert_int_equal(stats.live_bytes, 64 + OURO__RED_ZONE + 10000);
  ouro_block_free(nodes->heap, small);
  ouro_block_free(nodes->heap, large);
  ouro_block_free(nodes->heap, NULL);
}

/* The suite's teardown frees the heap; the leak checker of the asan preset looks. */
static void blocks_that_are_still_out_go_with_the_heap(void **state) {
  struct nodes *nodes = *state;
  assert_non_null(ouro_block_new(nodes->heap, 100));
  assert_non_null(ouro_block_new(nodes->heap, 1000));
  assert_non_null(ouro_block_new(nodes->heap, 2000));
}

static void the_memory_limit_holds_for_blocks_too(void **state) {
  (void)state;
  ouro_heap_config config = {.memory_limit_bytes = 4 * OURO__ARENA_BYTES};
  ouro_heap *heap = ouro_heap_new(&config);
  assert_non_null(heap);
  assert_null(ouro_block_new(heap, 4 * OURO__ARENA_BYTES + 1));
  void *large = ouro_block_new(heap, 4 * OURO__ARENA_BYTES);
  assert_non_null(large);
  assert_null(ouro_block_new(heap, 16));
  ouro_block_free(heap, large);
  assert_non_null(ouro_block_new(heap, 16));
  assert_null(ouro_block_new(heap, SIZE_MAX));
  ouro_heap_free(heap);
}

int main(void) {
#define BLOCK_TEST(name)                                                               \
  cmocka_unit_test_setup_teardown(name, nodes_setup, nodes_teardown)
  const struct CMUnitTest tests[] = {
      BLOCK_TEST(every_size_gives_a_block_that_is_ours_to_the_last_byte),
      BLOCK_TEST(alignment_follows_the_size),
      BLOCK_TEST(a_collection_does_not_look_into_blocks),
      BLOCK_TEST(resizing_keeps_the_content),
      BLOCK_TEST(blocks_count_in_live_bytes_but_not_as_objects),
      BLOCK_TEST(blocks_that_are_still_out_go_with_the_heap),
      cmocka_unit_test(the_memory_limit_holds_for_blocks_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
