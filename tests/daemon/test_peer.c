/* test_peer.c - names of peers, whom limits count together, and who is an owner. */
#include "test.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

static void one_network_is_an_address_or_the_64_bits_of_ipv6(void **state) {
  (void)state;
  static const struct {
    const char *text, *address, *network;
  } rows[] = {
      {"192.0.2.7", "192.0.2.7", "192.0.2.7"},
      {"::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7"},
      {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
      {"2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2:ffff:ffff:ffff:ffff",
       "2001:db8:1:2::/64"},
      {"2001:db8:1:3::6", "2001:db8:1:3::6", "2001:db8:1:3::/64"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff::/64"},
      {"::1", "::1", "::/64"},
      {"unknown", "unknown", "unknown"},
  };
  for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
    struct peer peer;
    peer_of_text(&peer, rows[i].text);
    assert_string_equal(peer.address, rows[i].address);
    assert_string_equal(peer.network, rows[i].network);
    assert_string_equal(peer.name, rows[i].address);
    assert_false(peer.is_local || peer.is_owner || peer.is_tls);
    assert_int_equal(peer_is_here(&peer), strcmp(rows[i].text, "::1") == 0);
  }
}

static void text_longer_than_any_address_is_cut(void **state) {
  (void)state;
  char text[300];
  struct peer peer;
  memset(text, 'x', sizeof(text));
  text[sizeof(text) - 1] = '\0';
  peer_of_text(&peer, text);
  assert_int_equal(strlen(peer.address), PEER_ADDRESS_BYTES - 1);
}

static void address_of_no_family_has_no_name(void **state) {
  (void)state;
  struct sockaddr_storage storage = {0};
  struct peer peer;
  peer_of_address(&peer, (struct sockaddr *)&storage);
  assert_string_equal(peer.address, "");
}

static void root_the_same_user_and_the_group_are_owners(void **state) {
  (void)state;
  const gid_t groups[] = {100, 200, 300};
  assert_true(peer_may_own(0, groups, 3, 900, 901));
  assert_true(peer_may_own(900, groups, 3, 900, 901));
  assert_true(peer_may_own(1000, groups, 3, 900, 100));
  assert_true(peer_may_own(1000, groups, 3, 900, 300));
  assert_false(peer_may_own(1000, groups, 3, 900, 901));
  assert_false(peer_may_own(1000, groups, 0, 900, 100));
  assert_false(peer_may_own(901, groups, 3, 900, 901));
}

static void kernel_names_the_user_and_the_process(void **state) {
  (void)state;
  int pair[2];
  struct peer peer;
  char name[64];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  peer_of_local(&peer, pair[0]);
  assert_true(peer.is_local && peer.is_owner);
  snprintf(name, sizeof(name), "uid:%u (pid %d)", (unsigned)getuid(), (int)getpid());
  assert_string_equal(peer.name, name);
  assert_string_equal(peer.address, peer.network);
  close(pair[0]);
  close(pair[1]);

  /* What is no Unix socket has no owner. */
  int file = socket(AF_INET, SOCK_STREAM, 0);
  peer_of_local(&peer, -1);
  assert_false(peer.is_owner);
  close(file);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_network_is_an_address_or_the_64_bits_of_ipv6),
      cmocka_unit_test(text_longer_than_any_address_is_cut),
      cmocka_unit_test(address_of_no_family_has_no_name),
      cmocka_unit_test(root_the_same_user_and_the_group_are_owners),
      cmocka_unit_test(kernel_names_the_user_and_the_process),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
