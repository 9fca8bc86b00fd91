/* Random programs on the heap and on the naive twin (tests/support/oracle.c). The seed
 * of the first failure and its smallest program are printed. OURO_ORACLE_PROGRAMS sets
 * how many programs of 400 operations run; OURO_ORACLE_SEED where they start. */
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"
#include "rng.h"
#include "test.h"

enum { OPERATIONS = 400, PROGRAMS = 400 };

static uint64_t from_environment(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void random_programs_agree_with_the_naive_twin(void **state) {
  (void)state;
  uint64_t first = from_environment("OURO_ORACLE_SEED", 1);
  uint64_t programs = from_environment("OURO_ORACLE_PROGRAMS", PROGRAMS);
  for (uint64_t seed = first; seed < first + programs; seed++) {
    static uint8_t program[OPERATIONS * ORACLE_OP_BYTES];
    char message[256];
    struct rng rng = {seed * UINT64_C(0x9e3779b97f4a7c15) | 1};
    for (size_t i = 0; i < sizeof program; i++)
      program[i] = (uint8_t)rng_next(&rng);
    if (oracle_run(program, sizeof program, message, sizeof message))
      continue;
    size_t bytes = oracle_shrink(program, sizeof program);
    (void)oracle_run(program, bytes, message, sizeof message);
    print_error("seed %llu: %s\n", (unsigned long long)seed, message);
    oracle_print(program, bytes);
    fail();
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_programs_agree_with_the_naive_twin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
