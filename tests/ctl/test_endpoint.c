/* test_endpoint.c - addresses and tokens, and what must never be taken for one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "endpoint.h"
#include "test.h"

static char message[300];

static struct endpoint parse(const char *text) {
  struct endpoint endpoint;
  assert_int_equal(endpoint_parse(&endpoint, text, message, sizeof(message)), 0);
  return endpoint;
}

static void an_address_is_taken_apart(void **state) {
  char authority[300];
  (void)state;
  struct endpoint e = parse("http://127.0.0.1:8080");
  assert_false(e.is_tls || e.is_unix);
  assert_string_equal(e.host, "127.0.0.1");
  assert_int_equal(e.port, 8080);
  e = parse("HTTPS://Heaps.example.org/ouro/");
  assert_true(e.is_tls);
  assert_int_equal(e.port, ENDPOINT_DEFAULT_PORT);
  assert_string_equal(e.base, "/ouro");
  assert_string_equal(e.text, "https://Heaps.example.org:6876/ouro");
  e = parse("http://[::1]:99/");
  assert_string_equal(e.host, "::1");
  assert_string_equal(e.base, "");
  endpoint_authority(&e, authority, sizeof(authority));
  assert_string_equal(authority, "[::1]:99");
  e = parse("unix:/run/ouro/control.sock");
  assert_true(e.is_unix);
  assert_string_equal(e.path, "/run/ouro/control.sock");
}

static void what_is_no_address_is_refused(void **state) {
  static const char *const texts[] = {"",
                                      "ftp://a",
                                      "http://",
                                      "http://a:",
                                      "http://a:0",
                                      "http://a:65536",
                                      "http://a:1x",
                                      "http://[::1",
                                      "http://:80",
                                      "http://u@a",
                                      "unix:",
                                      "http://a?b=c",
                                      "http://a/x#frag",
                                      "http://a b/",
                                      "localhost:6876",
                                      "http://a:-1",
                                      "http://[::1]x",
                                      "http://[[]",
                                      "http://[a]",
                                      "http://a]b"};
  struct endpoint endpoint;
  (void)state;
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    if (endpoint_parse(&endpoint, texts[i], message, sizeof(message)) == 0) {
      fail_msg("'%s' is an address", texts[i]);
    }
  }
  char path[200] = "unix:/";
  memset(path + 6, 'a', 150);
  assert_int_equal(endpoint_parse(&endpoint, path, message, sizeof(message)), -1);
}

static void a_token_in_an_address_is_not_repeated(void **state) {
  struct endpoint endpoint;
  (void)state;
  assert_int_equal(
      endpoint_parse(&endpoint, "http://a:1/?token=5ec2e7", message, sizeof(message)),
      -1);
  assert_null(strstr(message, "5ec2e7"));
}

static void loopback_is_local_and_names_are_not(void **state) {
  static const struct {
    const char *text;
    bool is_local;
  } cases[] = {{"http://127.0.0.1:1", true},
               {"http://127.9.9.9:1", true},
               {"http://localhost:1", true},
               {"http://[::1]:1", true},
               {"unix:/x", true},
               {"http://128.0.0.1:1", false},
               {"http://[::2]:1", false},
               {"http://localhost.example:1", false},
               {"http://127.0.0.1.nip:1", false}};
  (void)state;
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    struct endpoint endpoint = parse(cases[i].text);
    assert_int_equal(endpoint_is_local(&endpoint), cases[i].is_local);
  }
}

static void assert_token(const char *content, const char *expected) {
  char path[] = "/tmp/ouro-token-XXXXXX", token[ENDPOINT_TOKEN_BYTES] = "";
  int fd = mkstemp(path);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
  close(fd);
  int result = endpoint_read_token(path, token, message, sizeof(message));
  unlink(path);
  assert_int_equal(result, expected ? 0 : -1);
  assert_string_equal(token, expected ? expected : "");
}

static void a_token_is_the_first_word_of_its_file(void **state) {
  (void)state;
  assert_token("abc123\n", "abc123");
  assert_token("  abc123  \r\nmore\n", "abc123");
  assert_token("", NULL);
  assert_token("\n \n", NULL);
  assert_token("a\001b\n", NULL);
  assert_token("t\xc3\xb6ken\n", NULL);
  char path[] = "/nonexistent/token", token[ENDPOINT_TOKEN_BYTES];
  assert_int_equal(endpoint_read_token(path, token, message, sizeof(message)), -1);
  assert_non_null(strstr(message, "No such file"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_address_is_taken_apart),
      cmocka_unit_test(what_is_no_address_is_refused),
      cmocka_unit_test(a_token_in_an_address_is_not_repeated),
      cmocka_unit_test(loopback_is_local_and_names_are_not),
      cmocka_unit_test(a_token_is_the_first_word_of_its_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
