/* test_failures.c - wrong tokens, by address and by minute, and what the log hears. */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failures.h"
#include "log.h"

static const uint64_t start_ms = 1000000;

static bool fail_from(struct failures *failures, const char *address, uint64_t now_ms) {
  struct peer peer;
  peer_of_text(&peer, address);
  return failures_count(failures, &peer, 5, now_ms);
}

static void sixth_in_a_minute_is_too_many(void **state) {
  (void)state;
  struct failures failures = {0};
  for (unsigned i = 0; i < 5; i++) {
    assert_false(fail_from(&failures, "192.0.2.1", start_ms + i));
  }
  assert_true(fail_from(&failures, "192.0.2.1", start_ms + 59999));
  assert_false(fail_from(&failures, "192.0.2.2", start_ms + 59999));
  assert_false(fail_from(&failures, "192.0.2.1", start_ms + 60000));
}

static void all_addresses_of_one_ipv6_network_count_together(void **state) {
  (void)state;
  struct failures failures = {0};
  char address[64];
  unsigned refused = 0;
  for (unsigned i = 0; i < 100; i++) {
    snprintf(address, sizeof(address), "2001:db8:0:1::%x", i + 1);
    refused += fail_from(&failures, address, start_ms);
  }
  assert_int_equal(refused, 95);
  assert_false(fail_from(&failures, "2001:db8:0:2::1", start_ms));
}

static void more_addresses_than_places_forget_the_oldest(void **state) {
  (void)state;
  struct failures failures = {0};
  char address[64];
  for (unsigned i = 0; i < 6; i++) {
    fail_from(&failures, "192.0.2.1", start_ms + 1);
  }
  for (unsigned i = 0; i < FAILURES_ADDRESSES - 1; i++) {
    snprintf(address, sizeof(address), "10.0.%u.%u", i / 256, i % 256);
    assert_false(fail_from(&failures, address, start_ms + 2));
  }
  assert_true(fail_from(&failures, "192.0.2.1", start_ms + 3)); /* still known */
  assert_false(fail_from(&failures, "10.1.0.0", start_ms + 3));
  assert_false(fail_from(&failures, "192.0.2.1", start_ms + 3)); /* it made room */
}

/* Lines on stderr while `addresses` fail `each` times. */
static unsigned lines_of(unsigned addresses, unsigned each) {
  struct failures failures = {0};
  char address[64];
  int pair[2], saved = dup(STDERR_FILENO);
  assert_int_equal(pipe(pair), 0);
  dup2(pair[1], STDERR_FILENO);
  for (unsigned i = 0; i < addresses * each; i++) {
    snprintf(address, sizeof(address), "10.0.%u.%u", i % addresses / 256,
             i % addresses % 256);
    fail_from(&failures, address, start_ms);
  }
  fail_from(&failures, "192.0.2.1", start_ms + 60000);
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(pair[1]);
  char text[65536];
  ssize_t length = 0, n = 0;
  while ((n = read(pair[0], text + length, sizeof(text) - 1 - (size_t)length)) > 0) {
    length += n;
  }
  close(pair[0]);
  unsigned lines = 0;
  for (ssize_t i = 0; i < length; i++) {
    lines += text[i] == '\n';
  }
  return lines;
}

static void log_hears_of_each_address_but_not_of_each_guess(void **state) {
  (void)state;
  assert_int_equal(lines_of(1, 1), 1 + 1);
  assert_int_equal(lines_of(1, 1000), 2 + 1); /* the first, and that it is too much */
  assert_int_equal(lines_of(10, 3), 10 + 1);
  /* And one that says how many were left out. */
  assert_int_equal(lines_of(200, 3), FAILURES_LINES_A_MINUTE + 1 + 1);
}

int main(void) {
  log_init(LOG_LEVEL_INFO, 0);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sixth_in_a_minute_is_too_many),
      cmocka_unit_test(all_addresses_of_one_ipv6_network_count_together),
      cmocka_unit_test(more_addresses_than_places_forget_the_oldest),
      cmocka_unit_test(log_hears_of_each_address_but_not_of_each_guess),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
