/* peer.c - who is at the other end of an accepted socket, in the kernel's words. */
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Supplementary groups looked at; a user in more than these is known by the first. */
#define MAX_GROUPS 1024u

static void name_v6(struct peer *ret, const struct in6_addr *v6) {
  struct in6_addr network = *v6;
  memset(network.s6_addr + 8, 0, 8);
  inet_ntop(AF_INET6, v6, ret->address, sizeof(ret->address));
  char prefix[INET6_ADDRSTRLEN];
  if (inet_ntop(AF_INET6, &network, prefix, sizeof(prefix))) {
    snprintf(ret->network, sizeof(ret->network), "%.43s/64", prefix);
  }
}

static void name_v4(struct peer *ret, const void *v4) {
  inet_ntop(AF_INET, v4, ret->address, sizeof(ret->address));
  memcpy(ret->network, ret->address, sizeof(ret->network));
}

void peer_of_address(struct peer *ret, const struct sockaddr *address) {
  *ret = (struct peer){0};
  if (address->sa_family == AF_INET) {
    struct sockaddr_in v4;
    memcpy(&v4, address, sizeof(v4));
    name_v4(ret, &v4.sin_addr);
  } else if (address->sa_family == AF_INET6) {
    struct sockaddr_in6 v6;
    memcpy(&v6, address, sizeof(v6));
    if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
      name_v4(ret, v6.sin6_addr.s6_addr + 12);
    } else {
      name_v6(ret, &v6.sin6_addr);
    }
  }
  snprintf(ret->name, sizeof(ret->name), "%s", ret->address);
}

bool peer_is_numeric(const char *address) {
  struct in6_addr binary;
  return inet_pton(AF_INET, address, &binary) == 1 ||
         inet_pton(AF_INET6, address, &binary) == 1;
}

void peer_of_text(struct peer *ret, const char *address) {
  struct sockaddr_in v4 = {.sin_family = AF_INET};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
  if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
    peer_of_address(ret, (const struct sockaddr *)&v4);
  } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
    peer_of_address(ret, (const struct sockaddr *)&v6);
  } else {
    *ret = (struct peer){0};
    snprintf(ret->address, sizeof(ret->address), "%s", address);
    snprintf(ret->network, sizeof(ret->network), "%s", address);
    snprintf(ret->name, sizeof(ret->name), "%s", address);
  }
}

bool peer_is_here(const struct peer *peer) {
  return peer->is_local || strncmp(peer->address, "127.", 4) == 0 ||
         strcmp(peer->address, "::1") == 0;
}

bool peer_may_own(uid_t uid, const gid_t *groups, size_t group_count, uid_t own_uid,
                  gid_t own_gid) {
  if (uid == 0 || uid == own_uid) {
    return true;
  }
  for (size_t i = 0; i < group_count; i++) {
    if (groups[i] == own_gid) {
      return true;
    }
  }
  return false;
}

void peer_of_local(struct peer *ret, int fd) {
  struct ucred facts = {0};
  socklen_t length = sizeof(facts);
  gid_t groups[MAX_GROUPS + 1];
  *ret = (struct peer){.is_local = true};
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &facts, &length) != 0) {
    snprintf(ret->address, sizeof(ret->address), "uid:unknown");
    snprintf(ret->network, sizeof(ret->network), "uid:unknown");
    snprintf(ret->name, sizeof(ret->name), "uid:unknown");
    return;
  }
  /* The primary group, then the supplementary ones as they were at connect(). */
  socklen_t bytes = MAX_GROUPS * sizeof(groups[0]);
  groups[0] = facts.gid;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &bytes) != 0) {
    bytes = 0;
  }
  ret->is_owner = peer_may_own(facts.uid, groups, 1 + bytes / sizeof(groups[0]),
                               geteuid(), getegid());
  snprintf(ret->address, sizeof(ret->address), "uid:%u", (unsigned)facts.uid);
  memcpy(ret->network, ret->address, sizeof(ret->network));
  snprintf(ret->name, sizeof(ret->name), "uid:%u (pid %d)", (unsigned)facts.uid,
           (int)facts.pid);
}
