/* heartbeat.h - does a thread still work? One life sign for each that matters.
 *
 *   beat    7    8    8    8    8    9
 *   waits   -    -    yes  -    -    -
 *                     |    |----|        stands still: at work, and nothing moves
 *                     rests: may take as long as it likes
 *
 * The owner of a thread gives a function that says how far it has come; nobody wakes up
 * to say that nothing is to be done. Who looks (notify, for the watchdog and the
 * alarms) does so on the loop thread. */
#ifndef DAEMON_HEARTBEAT_H
#define DAEMON_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

struct heartbeat {
  struct heartbeat *next;
  const char *name; /* literal, for the alarm: "history" */
  /* A number that moves while the thread works; `*ret_waiting`: there is nothing to do.
   * Called from the loop, must not wait. */
  uint64_t (*beat)(void *context, bool *ret_waiting);
  void *context;
  /* Since when it stands still: kept by heartbeats_look. */
  uint64_t seen_beat, moved_ms;
};

/* All zero: none. */
struct heartbeats {
  struct heartbeat *first; /* borrowed */
};

/* Begin to watch: it has moved now. Name, beat and context are set. */
void heartbeats_add(struct heartbeats *heartbeats, struct heartbeat *heartbeat,
                    uint64_t now_ms);
/* Look at all of them. The one that stands still longest, and for how long; NULL when
 * there is none at all. */
const struct heartbeat *heartbeats_look(struct heartbeats *heartbeats, uint64_t now_ms,
                                        uint64_t *ret_still_ms);

#endif
