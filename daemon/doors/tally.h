/* tally.h - how many of something each network has, and how fast it comes.
 *
 *   hash of the network --> bucket --> 192.0.2.7 3 --> 2001:db8::/64 1
 *
 * A place lives while its count is above zero, so memory follows what is counted, and a
 * look-up costs the same with one client and with 60,000. The speeds have a fixed
 * table: two busy networks in one slot are not held against each other. Loop thread
 * only. */
#ifndef DAEMON_TALLY_H
#define DAEMON_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "peer.h"

#define TALLY_BUCKETS 1024u
#define TALLY_SPEEDS  1024u

struct tally_place {
  struct tally_place *next, **link;
  unsigned count;
  char network[PEER_ADDRESS_BYTES];
};

struct tally {
  struct tally_place *buckets[TALLY_BUCKETS];
  struct {
    char network[PEER_ADDRESS_BYTES];
    uint64_t until_us; /* virtual time that is used up, monotonic */
  } speeds[TALLY_SPEEDS];
  uint64_t seed; /* nobody outside can aim at a bucket */
};

void tally_init(struct tally *tally, uint64_t seed);
/* Count one more. The place, for tally_remove, or NULL when memory is short. */
struct tally_place *tally_add(struct tally *tally, const char *network);
/* One less; NULL does nothing. */
void tally_remove(struct tally_place *place);
unsigned tally_count(const struct tally *tally, const char *network);

/* One more comes now: is that faster than `a_second`, after a burst of as many? */
bool tally_is_too_fast(struct tally *tally, const char *network, unsigned a_second,
                       uint64_t now_ms);

#endif
