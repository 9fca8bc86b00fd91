/* reach.h - from a server's name to addresses, and why one of them cannot be reached.
 *
 * Why not left to the library: it resolves names without a deadline, and of a failed
 * connection it only says that it failed. */
#ifndef CTL_REACH_H
#define CTL_REACH_H

#include <netinet/in.h>
#include <uv.h>

#include "endpoint.h"

#define REACH_MAX_ADDRESSES 8u
/* A numeric address, or '+' and a socket's path: as the library takes them. */
#define REACH_ADDRESS_BYTES (INET6_ADDRSTRLEN + sizeof(((struct endpoint *)0)->path))

struct reach {
  uv_getaddrinfo_t request;
  bool is_resolving; /* a thread of the loop's is at it */
  int status;        /* of libuv, once it is not */
  char addresses[REACH_MAX_ADDRESSES][REACH_ADDRESS_BYTES];
  unsigned count;
};

/* Look the name up; `is_resolving` until the loop has brought the answer. A look-up
 * that is under way goes on. 0, or -1 when memory is short. */
int reach_begin(struct reach *reach, uv_loop_t *loop, const struct endpoint *endpoint);
/* False: it cannot be stopped, and the loop cannot end before it does. */
bool reach_cancel(struct reach *reach);

/* What the kernel says about a connection to the address: an errno, or 0 when there is
 * somebody. Waits a second at most. */
int reach_probe(const struct endpoint *endpoint, const char *address);

#endif
