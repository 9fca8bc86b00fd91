/* oracle_step.c - a collection phase by phase: what may be read between the phases,
 * held against the shadow as it was before. */
#include "oracle_private.h"

/* Between two steps nothing else may happen. */
static void expect_standstill(struct oracle *oracle) {
  ouro_heap *heap = oracle->heap;
  if (!ouro_gc_is_stepping(heap) || ouro_gc_collect(heap, 0, NULL) != OURO_EBUSY ||
      ouro_gc_step_begin(heap, 0) != OURO_EBUSY ||
      ouro_new(heap, oracle->types[PLAIN]) != NULL)
    oracle_disagree(oracle, "between two steps something is not refused");
}

static void compare_refs(struct oracle *oracle, const struct shadow_examined *before) {
  for (int i = 0; i < NODES; i++)
    if (before->alive[i] && !before->immortal[i] &&
        ouro_gc_refs(oracle->heap, oracle->objects[i]) != before->gc_refs[i])
      oracle_disagree(oracle, "node %d: gc_refs is %lld, should be %d", i,
                      (long long)ouro_gc_refs(oracle->heap, oracle->objects[i]),
                      before->gc_refs[i]);
}

static void compare_verdicts(struct oracle *oracle,
                             const struct shadow_examined *before, bool marked) {
  for (int i = 0; i < NODES; i++) {
    if (!before->alive[i])
      continue;
    ouro_verdict should_be = before->gc_refs[i] < 0 ? OURO_NO_CANDIDATE
                             : !marked              ? OURO_UNDECIDED
                             : before->garbage[i]   ? OURO_UNREACHABLE
                                                    : OURO_REACHABLE;
    ouro_verdict is = ouro_gc_verdict(oracle->heap, oracle->objects[i]);
    if (is != should_be)
      oracle_disagree(oracle, "node %d: verdict %d, should be %d", i, (int)is,
                      (int)should_be);
  }
}

void oracle_collect_in_steps(struct oracle *oracle, unsigned generation,
                             unsigned steps) {
  struct shadow_examined before;
  ouro_phase phase = OURO_PHASES;
  shadow_examine(&oracle->shadow, (int)generation, &before);
  oracle_await(oracle, (int)generation, OURO_REASON_EXPLICIT);
  if (ouro_gc_step_begin(oracle->heap, generation) != OURO_OK) {
    oracle_disagree(oracle, "a collection in steps is refused");
    return;
  }
  for (unsigned i = 0; i < steps && phase != OURO_PHASE_FREE; i++) {
    expect_standstill(oracle);
    if (ouro_gc_step(oracle->heap, &phase, NULL) != OURO_OK || phase != (ouro_phase)i) {
      oracle_disagree(oracle, "step %u is refused or another phase", i);
      return;
    }
    if (phase == OURO_PHASE_SUBTRACT || phase == OURO_PHASE_MARK)
      compare_refs(oracle, &before);
    if (phase <= OURO_PHASE_UNREACHABLE)
      compare_verdicts(oracle, &before, phase >= OURO_PHASE_MARK);
  }
  if (phase != OURO_PHASE_FREE && ouro_gc_step_finish(oracle->heap, NULL) != OURO_OK)
    oracle_disagree(oracle, "the rest of the steps is refused");
  if (ouro_gc_is_stepping(oracle->heap))
    oracle_disagree(oracle, "a collection in steps does not end");
}
