/* Size classes: every request fits, little is lost, alignment holds. */
#include "sizeclass.h"

#include <ouro/stats.h>

#include "test.h"

static void every_size_up_to_512_gets_the_smallest_class_that_fits(void **state) {
  (void)state;
  for (size_t bytes = 1; bytes <= OURO__SMALL_BYTES; bytes++) {
    unsigned size_class = sizeclass_of(bytes);
    assert_true(size_class < OURO_SIZE_CLASSES);
    assert_true(sizeclass_bytes(size_class) >= bytes);
    if (size_class > 0)
      assert_true(sizeclass_bytes(size_class - 1) < bytes);
  }
}

static void sizes_grow_and_are_multiples_of_eight(void **state) {
  (void)state;
  for (unsigned i = 0; i < OURO_SIZE_CLASSES; i++) {
    assert_int_equal(sizeclass_bytes(i) % 8, 0);
    if (i > 0)
      assert_true(sizeclass_bytes(i) > sizeclass_bytes(i - 1));
  }
  assert_int_equal(sizeclass_bytes(OURO_SIZE_CLASSES - 1), OURO__SMALL_BYTES);
}

static void rounding_loses_at_most_a_fifth_above_64_bytes(void **state) {
  (void)state;
  for (size_t bytes = 65; bytes <= OURO__SMALL_BYTES; bytes++) {
    size_t block = sizeclass_bytes(sizeclass_of(bytes));
    assert_true((block - bytes) * 5 <= block);
  }
}

static void aligned_requests_get_a_class_whose_payloads_are_16_aligned(void **state) {
  (void)state;
  for (size_t bytes = 9; bytes <= OURO__SMALL_BYTES; bytes++) {
    unsigned size_class = sizeclass_aligned(bytes);
    assert_true(size_class < OURO_SIZE_CLASSES);
    assert_true(sizeclass_bytes(size_class) >= bytes);
    assert_int_equal(sizeclass_bytes(size_class) % 16, 0);
    assert_int_equal((sizeclass_lead(size_class) + 8) % 16, 0);
  }
}

static void the_reciprocal_finds_every_block_of_every_class(void **state) {
  (void)state;
  for (unsigned i = 0; i < OURO_SIZE_CLASSES; i++) {
    uint32_t size = sizeclass_bytes(i);
    uint64_t reciprocal = (UINT64_C(1) << 32) / size + 1;
    assert_true(sizeclass_lead(i) < size);
    for (uint32_t block = 0; block < sizeclass_capacity(i); block++) {
      uint64_t offset = sizeclass_lead(i) + (uint64_t)block * size;
      assert_int_equal(offset * reciprocal >> 32, block);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_size_up_to_512_gets_the_smallest_class_that_fits),
      cmocka_unit_test(sizes_grow_and_are_multiples_of_eight),
      cmocka_unit_test(rounding_loses_at_most_a_fifth_above_64_bytes),
      cmocka_unit_test(aligned_requests_get_a_class_whose_payloads_are_16_aligned),
      cmocka_unit_test(the_reciprocal_finds_every_block_of_every_class),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
