/* test_gate.c - names, origins, proxies and base paths as strangers write them. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "gate.h"

static const char *client_of(const struct gate *gate, const char *peer,
                             const char *forwarded_for) {
  static struct peer client;
  struct peer socket;
  peer_of_text(&socket, peer);
  gate_client(gate, &socket, forwarded_for, &client);
  return client.address;
}

static void client_behind_a_trusted_proxy_is_who_it_says(void **state) {
  (void)state;
  struct gate gate;
  gate_init(&gate, "127.0.0.1", 6876, false);
  assert_int_equal(gate_add_proxy(&gate, "10.0.0.1"), 0);
  assert_int_equal(gate_add_proxy(&gate, "10.0.0.2"), 0);
  assert_int_equal(gate_add_proxy(&gate, "::1"), 0);
  assert_string_equal(client_of(&gate, "10.0.0.1", "192.0.2.7"), "192.0.2.7");
  assert_string_equal(client_of(&gate, "::1", "2001:db8::7"), "2001:db8::7");
  assert_string_equal(client_of(&gate, "10.0.0.1", " 192.0.2.7\t"), "192.0.2.7");
  /* What stands further left is what the client itself wrote. */
  assert_string_equal(client_of(&gate, "10.0.0.1", "6.6.6.6, 192.0.2.7"), "192.0.2.7");
  assert_string_equal(client_of(&gate, "10.0.0.1", "6.6.6.6,192.0.2.7,10.0.0.2"),
                      "192.0.2.7");
  /* Everybody on the way is trusted: the farthest is the client. */
  assert_string_equal(client_of(&gate, "10.0.0.1", "10.0.0.2"), "10.0.0.2");
  assert_string_equal(client_of(&gate, "10.0.0.1", NULL), "10.0.0.1");
}

static void nobody_else_is_believed(void **state) {
  (void)state;
  struct gate gate;
  gate_init(&gate, "127.0.0.1", 6876, false);
  assert_string_equal(client_of(&gate, "127.0.0.1", "6.6.6.6"), "127.0.0.1");
  gate_add_proxy(&gate, "10.0.0.1");
  assert_string_equal(client_of(&gate, "192.0.2.7", "6.6.6.6"), "192.0.2.7");
  static const char *const nonsense[] = {"",
                                         ",",
                                         ",,,",
                                         " ",
                                         "unknown",
                                         "_hidden",
                                         "6.6.6.6:80",
                                         "[2001:db8::1]",
                                         "x",
                                         "6.6.6.6,",
                                         "6.6.6.6, nonsense",
                                         "256.1.1.1",
                                         "1.2.3"};
  for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
    assert_string_equal(client_of(&gate, "10.0.0.1", nonsense[i]), "10.0.0.1");
  }
  char longest[1000];
  memset(longest, '1', sizeof(longest));
  longest[sizeof(longest) - 1] = '\0';
  assert_string_equal(client_of(&gate, "10.0.0.1", longest), "10.0.0.1");

  /* A Unix socket's peer is whom the kernel names, whatever a header says. */
  struct peer local = {.is_local = true, .is_owner = true, .address = "10.0.0.1"},
              client;
  gate_client(&gate, &local, "6.6.6.6", &client);
  assert_true(client.is_owner);
  assert_string_equal(client.address, "10.0.0.1");
}

static void proxies_are_numeric_and_few(void **state) {
  (void)state;
  struct gate gate;
  gate_init(&gate, "127.0.0.1", 6876, false);
  assert_int_equal(gate_add_proxy(&gate, "proxy.example"), -1);
  assert_int_equal(gate_add_proxy(&gate, "10.0.0.0/8"), -1);
  assert_int_equal(gate_add_proxy(&gate, ""), -1);
  for (int i = 0; i < GATE_MAX_PROXIES; i++) {
    assert_int_equal(gate_add_proxy(&gate, "10.0.0.1"), 0);
  }
  assert_int_equal(gate_add_proxy(&gate, "10.0.0.1"), -1);
}

static bool may_enter(const struct gate *gate, const char *host, const char *origin) {
  struct peer peer;
  peer_of_text(&peer, "192.0.2.7");
  return gate_refuses(gate, &peer, host, origin) == NULL;
}

static void each_name_has_its_own_scheme(void **state) {
  (void)state;
  struct gate gate;
  gate_init(&gate, "127.0.0.1", 6876, false);
  assert_int_equal(auth_hosts_add(&gate.hosts, "https://ouro.example"), 0);
  assert_int_equal(auth_hosts_add(&gate.hosts, "plain.example"), 0);
  assert_true(may_enter(&gate, "ouro.example", NULL));
  assert_true(may_enter(&gate, "ouro.example", "https://ouro.example"));
  assert_false(may_enter(&gate, "ouro.example", "http://ouro.example"));
  assert_false(may_enter(&gate, "ouro.example:6876", NULL));
  assert_false(may_enter(&gate, "ouro.example:443", NULL));
  assert_true(may_enter(&gate, "plain.example", "http://plain.example"));
  assert_true(may_enter(&gate, "plain.example:6876", "http://plain.example:6876"));
  assert_false(may_enter(&gate, "plain.example", "https://plain.example"));
  assert_true(may_enter(&gate, "127.0.0.1:6876", "http://127.0.0.1:6876"));
  /* One known name is no origin for another. */
  assert_false(may_enter(&gate, "127.0.0.1:6876", "https://ouro.example"));
  assert_false(may_enter(&gate, "ouro.example.", NULL));
  assert_false(may_enter(&gate, "x.ouro.example", NULL));
  assert_false(may_enter(&gate, NULL, NULL));
}

static void names_are_names(void **state) {
  (void)state;
  static const char *const good[] = {
      "a",        "a.b-c_d:1",       "https://a:8443", "[2001:db8::1]",
      "[::1]:80", "http://[::1]:80", "192.0.2.1",      "ouro.example."};
  static const char *const bad[] = {
      "",       "*",        "*.a",     "a/b",        "a:",  "a:b",
      "a:1:2",  "a:123456", "ftp://a", "https://",   "//a", "[::1",
      "[::1]x", "a b",      "a,b",     "https://a/", "a?b", "\xc3\xa4"};
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    struct gate gate;
    gate_init(&gate, "127.0.0.1", 6876, false);
    assert_int_equal(auth_hosts_add(&gate.hosts, good[i]), 0);
  }
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    struct gate gate;
    gate_init(&gate, "127.0.0.1", 6876, false);
    assert_int_equal(auth_hosts_add(&gate.hosts, bad[i]), -1);
  }
  struct gate gate;
  gate_init(&gate, "127.0.0.1", 6876, false);
  char name[32], longest[AUTH_HOST_BYTES + 2];
  int added = 0;
  for (int i = 0; i < 100; i++) {
    snprintf(name, sizeof(name), "https://name%d.example", i);
    added += auth_hosts_add(&gate.hosts, name) == 0;
  }
  assert_in_range(added, 8, AUTH_MAX_HOSTS);
  memset(longest, 'a', sizeof(longest));
  longest[sizeof(longest) - 1] = '\0';
  assert_int_equal(auth_hosts_add(&gate.hosts, longest), -1);
}

static void base_path_is_taken_away_at_its_end_only(void **state) {
  (void)state;
  struct gate gate;
  bool has_base = false;
  gate_init(&gate, "127.0.0.1", 6876, false);
  assert_string_equal(gate_path(&gate, "/ouro/ws", &has_base), "/ouro/ws");
  assert_false(has_base);
  assert_int_equal(gate_set_base_path(&gate, "/tools/ouro/"), 0);
  assert_string_equal(gate_path(&gate, "/tools/ouro/ws", &has_base), "/ws");
  assert_true(has_base);
  assert_string_equal(gate_path(&gate, "/tools/ouro/", &has_base), "/");
  assert_null(gate_path(&gate, "/tools/ouro", &has_base));
  assert_true(has_base);
  static const char *const others[] = {
      "", "/", "/ws", "/tools/ouroboros", "/tools", "/TOOLS/ouro/", "//tools/ouro/"};
  for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
    assert_string_equal(gate_path(&gate, others[i], &has_base), others[i]);
    assert_false(has_base);
  }
  char home[GATE_BASE_PATH_BYTES];
  assert_string_equal(gate_home(&gate, home), "ouro/");
}

static void base_path_is_a_plain_path(void **state) {
  (void)state;
  struct gate gate;
  gate_init(&gate, "127.0.0.1", 6876, false);
  static const char *const bad[] = {"ouro", "/a/../b", "/.",
                                    "//",   "/a//b",   "/a b",
                                    "/a?b", "/a%20b",  "/a\r\nSet-Cookie: x=y",
                                    "/a;b"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
    assert_int_equal(gate_set_base_path(&gate, bad[i]), -1);
    assert_string_equal(gate.base_path, "");
  }
  assert_int_equal(gate_set_base_path(&gate, "/"), 0);
  assert_string_equal(gate.base_path, "");
  assert_int_equal(gate_set_base_path(&gate, ""), 0);
}

static void cookie_is_as_narrow_as_its_way(void **state) {
  (void)state;
  struct gate gate;
  char line[GATE_COOKIE_BYTES];
  gate_init(&gate, "127.0.0.1", 6876, false);
  gate_set_base_path(&gate, "/ouro");
  auth_hosts_add(&gate.hosts, "https://ouro.example");
  gate_cookie(&gate, "127.0.0.1:6876", false, "id", line);
  assert_string_equal(
      line, "Set-Cookie: ouro_6876=id; Path=/; HttpOnly; SameSite=Strict\r\n");
  gate_cookie(&gate, "ouro.example", true, "id", line);
  assert_string_equal(
      line,
      "Set-Cookie: ouro_6876=id; Path=/ouro; HttpOnly; SameSite=Strict; Secure\r\n");
  gate_init(&gate, "127.0.0.1", 443, true);
  gate_cookie(&gate, "localhost", false, "id", line);
  assert_non_null(strstr(line, "; Secure\r\n"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(client_behind_a_trusted_proxy_is_who_it_says),
      cmocka_unit_test(nobody_else_is_believed),
      cmocka_unit_test(proxies_are_numeric_and_few),
      cmocka_unit_test(each_name_has_its_own_scheme),
      cmocka_unit_test(names_are_names),
      cmocka_unit_test(base_path_is_taken_away_at_its_end_only),
      cmocka_unit_test(base_path_is_a_plain_path),
      cmocka_unit_test(cookie_is_as_narrow_as_its_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
