/* The worked example, core/examples/lisp: what it says, and that it loses nothing, also
 * when memory fails at call 1, 2, 3 ... */
#include <stdio.h>

#include "../../core/examples/lisp/lisp.h"
#include "oom.h"
#include "test.h"

static char *read_file(const char *path) {
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  char *text = calloc(1, 1 << 16);
  assert_non_null(text);
  size_t length = fread(text, 1, (1 << 16) - 1, file);
  fclose(file);
  assert_in_range(length, 1, (1 << 16) - 2);
  return text;
}

/* What the Lisp answers to `text`; the caller frees it. */
static char *answers(char *text, const ouro_heap_config *config, bool *ret_well) {
  char *said = NULL;
  size_t length = 0;
  FILE *in = fmemopen(text, strlen(text), "r");
  FILE *out = open_memstream(&said, &length);
  assert_non_null(in);
  assert_non_null(out);
  *ret_well = run(in, out, config);
  fclose(in);
  fclose(out);
  return said;
}

static void the_tour_says_what_its_recording_says(void **state) {
  (void)state;
  const ouro_heap_config config = {.memory_limit_bytes = 8 << 20,
                                   .explicit_safepoints = true};
  bool well;
  char *tour = read_file(LISP_DIRECTORY "/tour.lisp");
  char *expected = read_file(LISP_DIRECTORY "/tour.out");
  char *said = answers(tour, &config, &well);
  assert_string_equal(said, expected);
  assert_true(well);
  free(said);
  free(expected);
  free(tour);
}

/* A typed-in program that makes cycles of closures with handles, lists and errors. */
static char script[] =
    "(set keep (lambda (file self) (set self (lambda () file))))\n"
    "(set many (lambda (n last) (if n (many (+ n -1) (keep (open \"x\") nil)) last)))\n"
    "(set list (lambda (n all) (if n (list (+ n -1) (cons n all)) all)))\n"
    "(many 3000 nil)\n"
    "(set all (list 30000 nil))\n"
    "(many 3000 (missing))\n"
    "(collect)\n"
    "(+ 40 2)\n";

static unsigned count(const char *text, const char *wanted) {
  unsigned found = 0;
  for (; (text = strstr(text, wanted)) != NULL; text++)
    found++;
  return found;
}

/* Whether the failure came to pass. */
static bool answers_with_failure(uint64_t fail_at, bool stays) {
  struct oom oom = {.fail_at = fail_at, .stays = stays};
  ouro_memory memory = oom_memory(&oom);
  const ouro_heap_config config = {.memory = &memory,
                                   .reserve_bytes = (size_t)64 << 20,
                                   .explicit_safepoints = true};
  bool well;
  char *said = answers(script, &config, &well);
  assert_int_equal(oom.outstanding, 0);
  if (oom.failed == 0) {
    assert_true(well);
    assert_int_equal(count(said, "error: out of memory"), 0);
    assert_int_equal(count(said, "x is closed"), 3000);
    assert_int_equal(count(said, "> (+ 40 2)\n42\n"), 1);
  }
  /* One failure costs one answer at most, and no object. */
  if (well && !stays)
    assert_true(count(said, "error: out of memory") <= 1);
  free(said);
  return oom.failed > 0;
}

static void whatever_memory_fails_nothing_is_lost(void **state) {
  (void)state;
  for (unsigned stays = 0; stays < 2; stays++) {
    uint64_t n = 1;
    while (answers_with_failure(n, stays))
      n++;
    assert_true(n > 10);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_tour_says_what_its_recording_says),
      cmocka_unit_test(whatever_memory_fails_nothing_is_lost),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
