/* backfill.h - one follow's way through what the hub's ring does not have any more.
 *
 *   cursor                          ring
 *     |- - - - pages of the archive - - -|=========| newest
 *      asked one at a time, taken as the client drains them
 *
 * A page under way outlives its follow: it is dropped when it comes. Loop thread only.
 */
#ifndef DAEMON_BACKFILL_H
#define DAEMON_BACKFILL_H

#include "hub.h"

enum backfill_state {
  BACKFILL_READY, /* `*ret` holds what comes next */
  BACKFILL_WAIT   /* it is fetched; the listener's `collections` is called then */
};

/* What follows the follow's cursor, up to `last_seq`, of which the ring has nothing: a
 * collection, or a gap that begins there. The message is borrowed until the cursor
 * moves. Without an archive it is a gap. */
enum backfill_state backfill_next(struct hub_follow *follow, uint64_t last_seq,
                                  struct hub_past *ret);
/* Does it wait for the archive, and not for its client? */
bool backfill_is_waiting(const struct hub_follow *follow);
/* How many collections after_seq < n <= newest a follow would be given, from the ring
 * and from the archive. */
uint64_t backfill_count(const struct hub_heap *heap, uint64_t after_seq);
/* Forget what was fetched: the cursor jumps, or the follow ends. */
void backfill_end(struct hub_follow *follow);

#endif
