/* tuning.c - settings of a collector that undo themselves unless somebody confirms.
 *
 *   state.revert   has_thresholds, has_enabled: the parts that are on trial, with the
 *                  values from before the trial began; at_ms and due_ns: one moment by
 *                  both clocks */
#include "tuning.h"

#include <string.h>

#define NS_PER_MS UINT64_C(1000000)

/* Read back what the heap has now. */
static void refresh(struct tuning *tuning) {
  ouro_gc_threshold(tuning->heap, tuning->state.thresholds);
  tuning->state.enabled = ouro_gc_is_enabled(tuning->heap);
  tuning->version++;
}

static void end_trial(struct tuning *tuning) {
  tuning->state.revert = (struct proto_revert){.at_ms = 0};
  tuning->due_ns = UINT64_MAX;
}

static void end_trial_of_nothing(struct tuning *tuning) {
  const struct proto_revert *revert = &tuning->state.revert;
  if (!revert->has_thresholds && !revert->has_enabled)
    end_trial(tuning);
}

static void set_end(struct tuning *tuning, int64_t revert_after_ms, struct moment now) {
  tuning->state.revert.at_ms = now.wall_ms + revert_after_ms;
  tuning->due_ns = (now.monotonic_ms + (uint64_t)revert_after_ms) * NS_PER_MS;
}

void tuning_init(struct tuning *tuning, ouro_heap *heap) {
  *tuning = (struct tuning){.heap = heap, .due_ns = UINT64_MAX};
  refresh(tuning);
}

int tuning_set_thresholds(struct tuning *tuning, const uint32_t *values, unsigned count,
                          int64_t revert_after_ms, struct moment now) {
  struct proto_revert *revert = &tuning->state.revert;
  uint32_t before[PROTO_GENERATIONS];
  ouro_gc_threshold(tuning->heap, before);
  if (ouro_gc_set_threshold(tuning->heap, values, count) != 0)
    return -1;
  if (revert_after_ms < 0) {
    revert->has_thresholds = false;
    end_trial_of_nothing(tuning);
  } else {
    if (!revert->has_thresholds)
      memcpy(revert->thresholds, before, sizeof before);
    revert->has_thresholds = true;
    set_end(tuning, revert_after_ms, now);
  }
  refresh(tuning);
  return 0;
}

void tuning_enable(struct tuning *tuning) {
  ouro_gc_enable(tuning->heap);
  tuning->state.revert.has_enabled = false;
  end_trial_of_nothing(tuning);
  refresh(tuning);
}

void tuning_disable(struct tuning *tuning, int64_t revert_after_ms, struct moment now) {
  struct proto_revert *revert = &tuning->state.revert;
  bool before = ouro_gc_is_enabled(tuning->heap);
  ouro_gc_disable(tuning->heap);
  if (revert_after_ms < 0) {
    revert->has_enabled = false;
    end_trial_of_nothing(tuning);
  } else {
    if (!revert->has_enabled)
      revert->enabled = before;
    revert->has_enabled = true;
    set_end(tuning, revert_after_ms, now);
  }
  refresh(tuning);
}

bool tuning_keep(struct tuning *tuning) {
  bool is_pending = tuning->due_ns != UINT64_MAX;
  end_trial(tuning);
  refresh(tuning);
  return is_pending;
}

bool tuning_revert(struct tuning *tuning, uint64_t now_ns) {
  struct proto_revert *revert = &tuning->state.revert;
  if (now_ns < tuning->due_ns)
    return false;
  if (revert->has_thresholds)
    ouro_gc_set_threshold(tuning->heap, revert->thresholds, PROTO_GENERATIONS);
  if (revert->has_enabled && revert->enabled)
    ouro_gc_enable(tuning->heap);
  else if (revert->has_enabled)
    ouro_gc_disable(tuning->heap);
  tuning->state.undone = *revert;
  tuning->state.reverts++;
  end_trial(tuning);
  refresh(tuning);
  return true;
}

static bool is_same_revert(const struct proto_revert *a, const struct proto_revert *b) {
  return a->at_ms == b->at_ms && a->has_thresholds == b->has_thresholds &&
         a->has_enabled == b->has_enabled && a->enabled == b->enabled &&
         memcmp(a->thresholds, b->thresholds, sizeof a->thresholds) == 0;
}

bool tuning_describe(const struct tuning_state *state, struct proto_heap *info) {
  bool is_same =
      memcmp(info->thresholds, state->thresholds, sizeof info->thresholds) == 0 &&
      info->enabled == state->enabled && is_same_revert(&info->revert, &state->revert);
  memcpy(info->thresholds, state->thresholds, sizeof info->thresholds);
  info->enabled = state->enabled;
  info->revert = state->revert;
  return !is_same;
}
