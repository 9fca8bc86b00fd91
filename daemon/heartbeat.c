/* heartbeat.c - does a thread still work? */
#include "heartbeat.h"

#include <stddef.h>

/* Has it moved, or nothing to do? */
static bool is_alive(struct heartbeat *heartbeat) {
  bool is_waiting = false;
  uint64_t beat = heartbeat->beat(heartbeat->context, &is_waiting);
  bool has_moved = beat != heartbeat->seen_beat;
  heartbeat->seen_beat = beat;
  return has_moved || is_waiting;
}

void heartbeats_add(struct heartbeats *heartbeats, struct heartbeat *heartbeat,
                    uint64_t now_ms) {
  is_alive(heartbeat);
  heartbeat->moved_ms = now_ms;
  heartbeat->next = heartbeats->first;
  heartbeats->first = heartbeat;
}

const struct heartbeat *heartbeats_look(struct heartbeats *heartbeats, uint64_t now_ms,
                                        uint64_t *ret_still_ms) {
  const struct heartbeat *stillest = NULL;
  for (struct heartbeat *heartbeat = heartbeats->first; heartbeat;
       heartbeat = heartbeat->next) {
    if (is_alive(heartbeat)) {
      heartbeat->moved_ms = now_ms;
    }
    if (!stillest || heartbeat->moved_ms < stillest->moved_ms) {
      stillest = heartbeat;
    }
  }
  *ret_still_ms = stillest ? now_ms - stillest->moved_ms : 0;
  return stillest;
}
