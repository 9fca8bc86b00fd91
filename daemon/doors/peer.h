/* peer.h - who is at the other end of an accepted socket, in the kernel's words.
 *
 *              address        network (what limits count)   name (in logs and audit)
 *   TCP, IPv4  192.0.2.7      192.0.2.7                     192.0.2.7
 *   TCP, IPv6  2001:db8::7    2001:db8::/64                 2001:db8::7
 *   Unix       uid:1000       uid:1000                      uid:1000 (pid 4711)
 *
 * One host of the network commands a whole /64, so that is what a limit for "an
 * address" has to mean there. Filled in once, at accept; read-only afterwards. */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PEER_ADDRESS_BYTES 48
#define PEER_NAME_BYTES    56

struct sockaddr;

struct peer {
  bool is_local; /* came through a Unix socket */
  bool is_owner; /* local, and the kernel says: root, our own user, or in our group */
  bool is_tls;
  char address[PEER_ADDRESS_BYTES];
  char network[PEER_ADDRESS_BYTES];
  char name[PEER_NAME_BYTES];
};

/* A peer of the network, from its address in text: what is no numeric address is kept
 * as it stands. */
void peer_of_text(struct peer *ret, const char *address);
/* Is the text an IPv4 or IPv6 address, and nothing else? */
bool peer_is_numeric(const char *address);
/* The peer of an accepted TCP socket. An IPv4 peer of an IPv6 socket is shown as IPv4.
 */
void peer_of_address(struct peer *ret, const struct sockaddr *address);
/* The peer of an accepted Unix socket. Where the kernel does not tell, it is nobody
 * and no owner. */
void peer_of_local(struct peer *ret, int fd);

/* Is the peer on this host, by its address? */
bool peer_is_here(const struct peer *peer);

/* May this user command a daemon of `own_uid` and `own_gid` without a token? Root, the
 * same user, and members of the daemon's group may. */
bool peer_may_own(uid_t uid, const gid_t *groups, size_t group_count, uid_t own_uid,
                  gid_t own_gid);

#endif
