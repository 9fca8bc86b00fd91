/* test_auth.c - Host, Origin, tokens and cookies as strangers write them. */
#include "test.h"

#include <string.h>

#include "auth.h"

static void only_exact_hosts_with_the_port_are_known(void **state) {
  (void)state;
  static const char *const good[] = {"127.0.0.1:6876", "localhost:6876",
                                     "LOCALHOST:6876", "[::1]:6876"};
  static const char *const bad[] = {"",
                                    "127.0.0.1",
                                    "127.0.0.1:6877",
                                    "127.0.0.1:68760",
                                    "127.0.0.1:6876.evil.example",
                                    "evil.example:6876",
                                    "localhost:6876,localhost:6876",
                                    " localhost:6876",
                                    "localhost.:6876",
                                    "::1:6876",
                                    "127.0.0.2:6876"};
  struct auth_hosts hosts;
  auth_hosts_init(&hosts, "127.0.0.1", 6876, "http");
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    assert_non_null(auth_find_host(&hosts, good[i]));
  }
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_null(auth_find_host(&hosts, bad[i]));
  }
  assert_null(auth_find_host(&hosts, NULL));
}

static void port_80_goes_without_saying(void **state) {
  (void)state;
  struct auth_hosts hosts;
  auth_hosts_init(&hosts, "127.0.0.5", 80, "http");
  assert_non_null(auth_find_host(&hosts, "localhost"));
  assert_non_null(auth_find_host(&hosts, "127.0.0.5"));
  assert_non_null(auth_find_host(&hosts, "127.0.0.5:80"));
}

static void origin_is_absent_or_exactly_this_host(void **state) {
  (void)state;
  assert_true(auth_is_origin(NULL, "http", "localhost:1"));
  assert_true(auth_is_origin("http://localhost:1", "http", "localhost:1"));
  static const char *const bad[] = {"",
                                    "null",
                                    "http://localhost",
                                    "https://localhost:1",
                                    "http://",
                                    "localhost:1",
                                    "http://localhost:12",
                                    "http://localhost:1/",
                                    "http:/localhost:1",
                                    "http://evil.example",
                                    "http://127.0.0.1:1"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_false(auth_is_origin(bad[i], "http", "localhost:1"));
  }
}

static void bearer_token_is_found_or_not(void **state) {
  (void)state;
  size_t length = 0;
  const char *token = auth_bearer("Bearer abc", &length);
  assert_non_null(token);
  assert_memory_equal(token, "abc", 3);
  assert_int_equal(length, 3);
  token = auth_bearer("bearer   abc  ", &length);
  assert_int_equal(length, 3);
  assert_non_null(auth_bearer("Bearer ", &length));
  assert_int_equal(length, 0);
  assert_null(auth_bearer(NULL, &length));
  assert_null(auth_bearer("Bearer", &length));
  assert_null(auth_bearer("Basic abc", &length));
}

static void assert_cookie(const char *header, const char *expected) {
  size_t length = 0;
  const char *value = auth_cookie(header, "ouro_1", &length);
  if (!expected) {
    assert_null(value);
    return;
  }
  assert_non_null(value);
  assert_int_equal(length, strlen(expected));
  assert_memory_equal(value, expected, length);
}

static void cookie_is_found_among_others(void **state) {
  (void)state;
  assert_cookie("ouro_1=abc", "abc");
  assert_cookie("a=b; ouro_1=abc; c=d", "abc");
  assert_cookie("ouro_12=no;ouro_1=abc ; ouro_1=second", "abc");
  assert_cookie("xouro_1=no", NULL);
  assert_cookie("ouro_1", NULL);
  assert_cookie("ouro_1=", "");
  assert_cookie("", NULL);
  assert_cookie(";;; ;", NULL);
  assert_cookie(NULL, NULL);
}

static void equality_knows_length_and_every_byte(void **state) {
  (void)state;
  assert_true(auth_is_equal("", 0, "", 0));
  assert_true(auth_is_equal("abc", 3, "abcd", 3));
  assert_false(auth_is_equal("abc", 3, "abcd", 4));
  assert_false(auth_is_equal("abc", 3, "abd", 3));
  assert_false(auth_is_equal("xbc", 3, "abc", 3));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_exact_hosts_with_the_port_are_known),
      cmocka_unit_test(port_80_goes_without_saying),
      cmocka_unit_test(origin_is_absent_or_exactly_this_host),
      cmocka_unit_test(bearer_token_is_found_or_not),
      cmocka_unit_test(cookie_is_found_among_others),
      cmocka_unit_test(equality_knows_length_and_every_byte),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
