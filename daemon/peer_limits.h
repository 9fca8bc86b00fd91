/* peer_limits.h - how much one peer may take, and how long.
 *
 * One struct, in the daemon's hands and borrowed by every part that enforces a limit.
 * Each member is a key of [limits] in ourod.conf, which says what raising and lowering
 * it does; the table in config_table.c has the ranges and the defaults, and ranges
 * never pass what the contract and our buffers can hold. A reload changes it in place,
 * on the loop, so whoever compares against it sees the new value at once. */
#ifndef DAEMON_PEER_LIMITS_H
#define DAEMON_PEER_LIMITS_H

#include <stdint.h>

struct limits {
  uint64_t message_bytes;         /* of one request; at most PROTO_MAX_MESSAGE_BYTES */
  uint64_t nesting_levels;        /* of its JSON; at most PROTO_MAX_DEPTH */
  uint64_t connections;           /* open at once, whatever they are */
  uint64_t sessions;              /* WebSockets */
  uint64_t sessions_an_address;   /* of them from one address */
  uint64_t subscriptions;         /* of one session */
  uint64_t requests_under_way;    /* of one caller, not yet answered */
  uint64_t queue_bytes;           /* waiting to be sent to one session */
  uint64_t behind_ms;             /* a session stays that far behind: 4408 */
  uint64_t commands_a_second;     /* of one session; as many at once after a rest */
  uint64_t wrong_tokens_a_minute; /* from one address */
  uint64_t cool_down_ms;          /* between two gc.collect of a heap */
  uint64_t graph_objects;         /* in one answer about references */
};

/* The defaults, as the table has them: for tests and for who has no configuration. */
extern const struct limits limits_default;

#endif
