/* step.c - the phases of a collection, one call each. collect.c does the work. */
#include "collect.h"
#include "generation.h"
#include "walk.h"

static void stop(ouro_heap *heap, bool stopped) {
  heap->stopped = stopped;
  ouro__generation_update_trigger(heap);
}

int ouro_gc_step_begin(ouro_heap *heap, unsigned generation) {
  /* Who waits for its death around this code would go on dying between the steps. */
  if (heap->suspended > 0)
    return OURO_EBUSY;
  struct collecting *c = ouro__allocate(heap, sizeof *c);
  if (c == NULL)
    return OURO_ENOMEM;
  int error = ouro__collect_begin(c, heap, generation, OURO_REASON_EXPLICIT);
  if (error != OURO_OK) {
    if (error == OURO_ENOMEM)
      ouro__collect_end(c, error);
    ouro__deallocate(heap, c, sizeof *c);
    return error;
  }
  /* Every candidate is to be counted, also what a registered root would have saved it.
   */
  c->search.stepped = true;
  heap->stepped = c;
  stop(heap, true);
  return OURO_OK;
}

int ouro_gc_step(ouro_heap *heap, ouro_phase *ret_phase, ouro_collection *ret) {
  struct collecting *c = heap->stepped;
  if (c == NULL || !heap->stopped)
    return OURO_EINVAL;
  ouro_phase phase = c->next;
  stop(heap, false);
  int error = ouro__collect_phase(c);
  if (error == OURO_OK && c->next < OURO_PHASES) {
    stop(heap, true);
  } else {
    heap->stepped = NULL;
    ouro__collect_end(c, error);
    if (error == OURO_OK && ret != NULL)
      *ret = c->record;
    ouro__deallocate(heap, c, sizeof *c);
  }
  if (error == OURO_OK && ret_phase != NULL)
    *ret_phase = phase;
  return error;
}

int ouro_gc_step_finish(ouro_heap *heap, ouro_collection *ret) {
  ouro_phase phase = OURO_PHASE_SUBTRACT;
  int error = OURO_OK;
  do
    error = ouro_gc_step(heap, &phase, ret);
  while (error == OURO_OK && phase != OURO_PHASE_FREE);
  return error;
}

bool ouro_gc_is_stepping(const ouro_heap *heap) {
  return heap->stopped;
}

/* ---- what can be seen ---- */

static bool is_full(const struct collecting *c) {
  return c->search.scope == SCOPE_ALL;
}

static bool is_candidate(const struct collecting *c, const ouro_header *header) {
  return ouro__is_candidate(header, c->search.generation);
}

struct counting {
  const struct collecting *c;
  const ouro_header *object;
  uint32_t refs;
};

static void count_ref(void *context, ouro_header *target) {
  struct counting *counting = context;
  counting->refs += target == counting->object;
}

static bool count_refs(ouro_heap *heap, ouro_header *header, void *context) {
  struct counting *counting = context;
  if (is_candidate(counting->c, header))
    refs_each(heap, header, count_ref, counting);
  return true;
}

/* Below 128 the collection's own count says it; above, it wraps. */
int64_t ouro_gc_refs(const ouro_heap *heap, const void *object) {
  const struct collecting *c = heap->stepped;
  const ouro_header *header = ouro_header_of(object);
  if (c == NULL || !is_candidate(c, header) || c->next < OURO_PHASE_MARK ||
      c->next > OURO_PHASE_UNREACHABLE)
    return -1;
  if (header->refcount >= 128) {
    struct counting counting = {.c = c, .object = header};
    (void)walk_live(c->search.heap, count_refs, &counting);
    return (int64_t)header->refcount - counting.refs;
  }
  return is_full(c) ? heap->gc_refs[ouro__id(heap, header)]
                    : header->meta >> OURO__GC_REFS_SHIFT;
}

ouro_verdict ouro_gc_verdict(const ouro_heap *heap, const void *object) {
  const struct collecting *c = heap->stepped;
  const ouro_header *header = ouro_header_of(object);
  if (c == NULL)
    return OURO_NO_CANDIDATE;
  if (c->next > OURO_PHASE_UNREACHABLE && unreachable_is_garbage(&c->search, header))
    return OURO_UNREACHABLE;
  /* After the promotion survivors are older than what was collected. */
  unsigned oldest = c->search.generation;
  if (c->next > OURO_PHASE_PROMOTE && oldest < OURO__OLD)
    oldest++;
  if (!ouro__is_candidate(header, oldest))
    return OURO_NO_CANDIDATE;
  if (c->next <= OURO_PHASE_MARK)
    return OURO_UNDECIDED;
  if (c->next > OURO_PHASE_UNREACHABLE)
    return OURO_REACHABLE;
  bool reached = is_full(c) ? ouro__is_marked(heap, ouro__id(heap, header))
                            : !(header->meta & OURO__UNREACHABLE);
  return reached ? OURO_REACHABLE : OURO_UNREACHABLE;
}
