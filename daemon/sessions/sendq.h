/* sendq.h - what one session still has to be sent, bounded.
 *
 *   front                                         back
 *   | answer | sample documents | collection 41 | pools documents |
 *                  ^ a newer sample of the same heap takes this place
 *
 * Periodic state (a sample, the pools) replaces its older self in place: newest wins,
 * and a slow client still gets one before everything behind it. Everything else keeps
 * its order and is never dropped here; the session decides when enough is enough. */
#ifndef DAEMON_SENDQ_H
#define DAEMON_SENDQ_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

struct sendq_entry {
  struct message *message; /* one reference */
  uint64_t key;            /* 0: kept; else a newer one with the same key replaces it */
  uint64_t since_ms;       /* when the first of its key was queued */
};

/* All zero is an empty queue. */
struct sendq {
  struct sendq_entry *entries; /* owned ring */
  unsigned capacity;           /* 0 or a power of two */
  unsigned head, count;
  size_t bytes;
};

void sendq_fini(struct sendq *queue);
/* Queue a message; the reference is taken, on failure too. 0, 1 when an older one of
 * its key made way, or -1 when the queue would pass `max_bytes` or memory is short. */
int sendq_push_take(struct sendq *queue, struct message *message, uint64_t key,
                    uint64_t now_ms, uint64_t max_bytes);
/* The messages to send next, borrowed: at most `capacity`, and of `bytes` together
 * unless the first alone is longer. How many. */
unsigned sendq_peek(const struct sendq *queue, struct message **ret, unsigned capacity,
                    size_t bytes);
/* The front was sent: forget it. */
void sendq_pop(struct sendq *queue);
bool sendq_is_empty(const struct sendq *queue);
/* How long the front has been waiting; 0 for an empty queue. */
uint64_t sendq_age_ms(const struct sendq *queue, uint64_t now_ms);

#endif
