/* Random programs on the heap and on the naive twin (tests/support/oracle.h). They run
 * in a process of their own; when it fails or crashes, the seed and the smallest
 * program that does the same are printed. OURO_ORACLE_PROGRAMS sets how many programs
 * of 400 operations run; OURO_ORACLE_SEED where they start. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle.h"
#include "rng.h"
#include "test.h"

enum { OPERATIONS = 400, PROGRAMS = 400 };

static uint8_t program[OPERATIONS * ORACLE_OP_BYTES];

static uint64_t from_environment(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void make_program(uint64_t seed) {
  struct rng rng = {seed * UINT64_C(0x9e3779b97f4a7c15) | 1};
  for (size_t i = 0; i < sizeof program; i++)
    program[i] = (uint8_t)rng_next(&rng);
}

/* Programs from `*seed` on; it names the one that runs. */
static void run_all(volatile uint64_t *seed, uint64_t count) {
  char message[ORACLE_MESSAGE_BYTES];
  for (uint64_t end = *seed + count; *seed < end; ++*seed) {
    make_program(*seed);
    if (!oracle_run(program, sizeof program, message, sizeof message))
      exit(1);
  }
  exit(0);
}

static void report(uint64_t seed) {
  char message[ORACLE_MESSAGE_BYTES] = "it does not fail when it runs alone";
  make_program(seed);
  size_t bytes = oracle_shrink(program, sizeof program);
  (void)oracle_run_apart(program, bytes, message, sizeof message);
  print_error("seed %llu: %s\n", (unsigned long long)seed, message);
  oracle_print(program, bytes);
  fail();
}

static void random_programs_agree_with_the_naive_twin(void **state) {
  (void)state;
  volatile uint64_t *seed = mmap(NULL, sizeof *seed, PROT_READ | PROT_WRITE,
                                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  assert_ptr_not_equal(seed, MAP_FAILED);
  *seed = from_environment("OURO_ORACLE_SEED", 1);
  (void)fflush(NULL);
  pid_t child = fork();
  assert_int_not_equal(child, -1);
  if (child == 0)
    run_all(seed, from_environment("OURO_ORACLE_PROGRAMS", PROGRAMS));
  int status = 1;
  assert_int_equal(waitpid(child, &status, 0), child);
  if (status != 0)
    report(*seed);
  (void)munmap((void *)(uintptr_t)seed, sizeof *seed);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(random_programs_agree_with_the_naive_twin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
