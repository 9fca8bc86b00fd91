/* tuning.h - settings of a collector that undo themselves unless somebody confirms.
 *
 *   700 --set 50, revert after 60 s--> 50 --set 20, after 60 s--> 20 --time is over-->
 * 700
 *                                       `--gc.keep--> 50 stays, nothing is pending
 *
 * A remote tuning can cut the branch that the operator sits on: a heap that collects
 * all the time answers late. So a change may carry its own end, kept by the heap's
 * thread, whatever happens to the session that asked. The rules:
 *
 *   - A revert goes back to what was before the first change that nobody confirmed.
 *   - Changes on trial end together, at the moment that the newest of them named: half
 *     of a tuning undone is a state that nobody chose.
 *   - A change of the same setting without an end is for good, and takes that setting
 *     out of the revert.
 *
 * The heap's own thread, but for tuning_describe(); time is given. */
#ifndef DAEMON_TUNING_H
#define DAEMON_TUNING_H

#include <ouro/ouro.h>

#include "moment.h"
#include "proto.h"

/* What the loop is told of a heap's tuning. */
struct tuning_state {
  uint32_t thresholds[PROTO_GENERATIONS];
  bool enabled;
  struct proto_revert revert; /* pending; at_ms 0: none */
  uint64_t reverts;           /* that took place, cumulative */
  struct proto_revert undone; /* the newest of them */
};

struct tuning {
  ouro_heap *heap; /* borrowed */
  struct tuning_state state;
  uint64_t due_ns;  /* uv_hrtime() of the revert; UINT64_MAX: none is pending */
  uint64_t version; /* moves with every change, for who publishes the state */
};

void tuning_init(struct tuning *tuning, ouro_heap *heap);

/* Set 1 to 3 thresholds; `revert_after_ms` negative: for good. -1 when a threshold is
 * out of its range, then nothing has changed. */
int tuning_set_thresholds(struct tuning *tuning, const uint32_t *values, unsigned count,
                          int64_t revert_after_ms, struct moment now);
void tuning_enable(struct tuning *tuning);
void tuning_disable(struct tuning *tuning, int64_t revert_after_ms, struct moment now);
/* Confirm what is pending; false when nothing is. */
bool tuning_keep(struct tuning *tuning);
/* Carry a revert out that is due; false when none is. */
bool tuning_revert(struct tuning *tuning, uint64_t now_ns);

/* Bring a heap's description into line; true when that changed it. Any thread that owns
 * both. */
bool tuning_describe(const struct tuning_state *state, struct proto_heap *info);

#endif
