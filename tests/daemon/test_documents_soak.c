/* test_documents_soak.c - documents flat out: memory stays what it was.
 *
 *   test_documents_soak [DOCUMENTS]     a slice of 4,000 when not told, of 36,000
 *
 * Resident size is looked at when a quarter of the documents is read, and at the end;
 * the second must be at most 1.05 times the first. The documents are made here, from
 * twenty values to three hundred. */
#include "hosted_fixture.h"

#include "sampler.h"

#define FILES 40u

/* A sanitizer keeps freed memory on purpose: there only everything else is tested. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

static unsigned long wanted = 4000;

static void write_documents(struct fixture *fixture) {
  char name[32], *text = malloc(1 << 20);
  assert_non_null(text);
  for (unsigned i = 0; i < FILES; i++) {
    char *at = text + sprintf(text, "{\"number\": %u, \"rows\": [", i);
    for (unsigned row = 0; row < 3 + i; row++)
      at += sprintf(at,
                    "%s{\"id\": %u, \"name\": \"row %u of %u\", \"tags\": [\"a\", "
                    "\"%.*s\"], \"value\": %u.5, \"none\": null}",
                    row == 0 ? "" : ",", row, row, i, (int)(row % 60),
                    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefgh",
                    row * i);
    sprintf(at, "]}");
    snprintf(name, sizeof name, "document%u.json", i);
    write_file(fixture, name, text);
  }
  free(text);
}

/* Run until that many documents are read, then say how much memory is resident. */
static uint64_t rss_after(struct fixture *fixture, double documents) {
  fixture->source->ops->watch(fixture->source, 20);
  while (counter(fixture, "documents_read") < documents)
    uv_run(&fixture->loop, UV_RUN_ONCE);
  return sampler_rss_bytes();
}

static void memory_stays_what_it_was(void **state) {
  struct fixture *fixture = *state;
  char message[256];
  make_directory(fixture);
  write_documents(fixture);
  assert_int_equal(hosted_documents_new(&fixture->loop, &fixture->sink,
                                        fixture->directory, &HOSTED_OPTIONS,
                                        &fixture->source, message, sizeof message),
                   0);
  set(fixture, "rate", 10000000);
  uint64_t first = rss_after(fixture, (double)wanted / 4);
  uint64_t last = rss_after(fixture, (double)wanted);
  print_message("%lu documents, %.0f values, %llu collections: %llu KiB after the "
                "first quarter, %llu KiB after the last\n",
                wanted, counter(fixture, "nodes"),
                (unsigned long long)fixture->collection.seq,
                (unsigned long long)first / 1024, (unsigned long long)last / 1024);
  verify(fixture);
  assert_int_equal(fixture->collections + fixture->lost, fixture->collection.seq);
  /* A slice ends before the heap has once been as full as it gets. */
  double bound = wanted < 36000 ? 1.25 : 1.05;
  assert_true(IS_SANITIZED || (double)last <= bound * (double)first);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(memory_stays_what_it_was, setup, teardown),
  };
  if (argc > 1)
    wanted = strtoul(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
