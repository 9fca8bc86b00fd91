/* traffic.h - what the sessions have sent and had to leave out, counted for /metrics.
 *
 * Plain counters that only grow, in the dispatch that all sessions share. Loop thread
 * only. */
#ifndef DAEMON_TRAFFIC_H
#define DAEMON_TRAFFIC_H

#include <stdint.h>

struct traffic {
  uint64_t messages;     /* handed to the transport */
  uint64_t replaced;     /* a newer sample took the place of one that waited */
  uint64_t lagged;       /* collections announced as lost, stream.lagged */
  uint64_t slow_clients; /* closed with 4408 */
};

#endif
