/* failures.h - wrong tokens, counted by address, and told without flooding the log.
 *
 *   192.0.2.7       | 1 | 2 | 3 | 4 | 5 | too many ...  until the minute is over
 *   2001:db8::/64   | 1 |
 *
 * The log hears of an address once in its minute and once more when it has gone too
 * far, and of at most FAILURES_LINES_A_MINUTE in all; what was left out is counted and
 * told. When there are more addresses than places the one whose minute is oldest makes
 * room. Loop thread only. */
#ifndef DAEMON_FAILURES_H
#define DAEMON_FAILURES_H

#include <stdbool.h>
#include <stdint.h>

#include "peer.h"

#define FAILURES_ADDRESSES      256u
#define FAILURES_LINES_A_MINUTE 30u

struct failures {
  struct {
    char network[PEER_ADDRESS_BYTES]; /* "" : free */
    uint64_t count;
    uint64_t since_ms; /* monotonic */
  } places[FAILURES_ADDRESSES];
  uint64_t total; /* since the start, from everywhere */
  uint64_t lines_since_ms;
  unsigned lines, untold;
};

/* One more wrong token from there. All zero is a good beginning. Is it past
 * `a_minute`? */
bool failures_count(struct failures *failures, const struct peer *peer,
                    uint64_t a_minute, uint64_t now_ms);

#endif
