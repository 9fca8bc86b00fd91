/* test_documents_soak.c - documents flat out: memory stays what it was.
 *
 *   test_documents_soak [DOCUMENTS]     a slice of 2,400 when not told; 36,000 are
 * meant
 *
 * Resident size is looked at when a quarter of the documents is read, and at the end;
 * the second must be at most 1.05 times the first. The documents are made here: a
 * mixture from ten values to some thousand, nested and flat. */
#include "hosted_fixture.h"

#include "sampler.h"

#define FILES 40u

static unsigned long wanted = 2400;

static void write_documents(struct fixture *fixture) {
  char name[32], *text = malloc(1 << 20);
  assert_non_null(text);
  for (unsigned i = 0; i < FILES; i++) {
    char *at = text + sprintf(text, "{\"number\": %u, \"rows\": [", i);
    for (unsigned row = 0; row < i * i / 4; row++)
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
                                        fixture->directory, &fixture->source, message,
                                        sizeof message),
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
  assert_true((double)last <= 1.05 * (double)first);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(memory_stays_what_it_was, setup, teardown),
  };
  if (argc > 1)
    wanted = strtoul(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
