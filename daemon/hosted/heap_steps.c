/* heap_steps.c - repl.step, over core's step.h.
 *
 * Between two steps objects may be looked at and nothing else: heap_thread.c keeps the
 * mutator still and refuses what would change the heap (thread->held). */
#include "heap_steps.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "heap_describe.h"
#include "heap_requests.h"
#include "heap_task.h"
#include "sampler.h"

#define NS_PER_MS UINT64_C(1000000)

static const char *const verdicts[] = {
    [OURO_NO_CANDIDATE] = "reachable", /* never shown */
    [OURO_UNDECIDED] = "undecided",
    [OURO_REACHABLE] = "reachable",
    [OURO_UNREACHABLE] = "unreachable",
};

struct showing {
  const struct heap_thread *thread;
  struct proto_result *ret;
};

static bool show(void *object, void *context) {
  struct showing *showing = context;
  struct proto_result *ret = showing->ret;
  const ouro_heap *heap = showing->thread->heap;
  ouro_verdict verdict = ouro_gc_verdict(heap, object);
  if (verdict == OURO_NO_CANDIDATE)
    return true;
  ret->as.step.total++;
  if (ret->as.step.count == HEAP_STEPS_SHOWN)
    return true;
  struct proto_candidate *row = &ret->as.step.rows[ret->as.step.count++];
  heap_describe(showing->thread, object, &row->object);
  row->gc_refs = ouro_gc_refs(heap, object);
  row->verdict = verdicts[verdict];
  return true;
}

/* --- who refers to whom, among the rows --- */

/* Rows by address, and back to their numbers. */
struct place {
  uint64_t id;
  uint32_t row;
};

struct linking {
  const struct heap_thread *thread;
  struct proto_result *ret;
  struct place places[HEAP_STEPS_SHOWN];
  const void *object; /* whose references are looked at: the row `from` */
  uint32_t from;
};

static int by_id(const void *a, const void *b) {
  uint64_t left = ((const struct place *)a)->id, right = ((const struct place *)b)->id;
  return (left > right) - (left < right);
}

/* The target's address alone is looked at: after `clear` it may be dead. */
static void note_edge(void *target, ouro_field field, void *argument) {
  struct linking *linking = argument;
  struct proto_result *ret = linking->ret;
  struct place wanted = {.id = (uint64_t)(uintptr_t)target};
  const struct place *place =
      bsearch(&wanted, linking->places, ret->as.step.count, sizeof wanted, by_id);
  if (place == NULL)
    return;
  if (ret->as.step.edge_count == HEAP_STEPS_EDGES) {
    ret->as.step.is_cut = true;
    return;
  }
  struct proto_edge *edge = &ret->as.step.edges[ret->as.step.edge_count++];
  edge->from = linking->from;
  edge->to = place->row;
  heap_describe_field(linking->thread, linking->object, field, edge->field);
}

static void link_rows(const struct heap_thread *thread, struct proto_result *ret) {
  struct linking linking = {.thread = thread, .ret = ret};
  for (uint32_t i = 0; i < ret->as.step.count; i++)
    linking.places[i] = (struct place){ret->as.step.rows[i].object.id, i};
  qsort(linking.places, ret->as.step.count, sizeof *linking.places, by_id);
  for (uint32_t i = 0; i < ret->as.step.count; i++) {
    linking.object = (const void *)(uintptr_t)ret->as.step.rows[i].object.id;
    linking.from = i;
    ouro_fields(thread->heap, linking.object, note_edge, &linking);
  }
  if (heap_describe_roots(thread, NULL, &ret->as.step.roots,
                          &ret->as.step.root_count) != 0)
    ret->as.step.is_cut = true;
}

/* --- the collection --- */

static void begin(struct heap_thread *thread, const struct proto_request *request,
                  const char *who, struct proto_result *ret) {
  unsigned generation = request->params.step.generation;
  uint64_t live = ouro_heap_live_objects(thread->heap);
  if (live > HEAP_STEPS_MOST_OBJECTS) {
    proto_error_set(heap_refuse(ret), PROTO_LIMIT,
                    "%" PRIu64 " objects live here: a collection is stepped where "
                    "there are at most %u",
                    live, HEAP_STEPS_MOST_OBJECTS);
    return;
  }
  int error = ouro_gc_step_begin(thread->heap, generation);
  if (error != 0) {
    heap_task_fail(ret, error);
    return;
  }
  thread->steps.asker = request->asker;
  thread->steps.generation = generation;
  sampler_copy(thread->steps.who, sizeof thread->steps.who, who);
  thread->held |= HEAP_HELD_BY_STEPS;
}

/* The collection is over, one way or the other. */
static void over(struct heap_thread *thread) {
  thread->steps = (struct heap_steps){.idle_ms = thread->steps.idle_ms};
  thread->held &= ~HEAP_HELD_BY_STEPS;
}

static int run(struct heap_thread *thread, bool is_all, ouro_phase *ret_phase) {
  sampler_copy(thread->who, sizeof thread->who, thread->steps.who);
  int error = is_all ? ouro_gc_step_finish(thread->heap, NULL)
                     : ouro_gc_step(thread->heap, ret_phase, NULL);
  thread->who[0] = '\0';
  if (!ouro_gc_is_stepping(thread->heap))
    over(thread);
  return error;
}

void heap_steps_end(struct heap_thread *thread, uint64_t asker) {
  if (thread->steps.until_ns != 0 && (asker == 0 || asker == thread->steps.asker))
    run(thread, true, NULL);
}

/* Whether this caller may not do that now; then `*ret` says why. */
static bool is_refused(const struct heap_thread *thread,
                       const struct proto_request *request, struct proto_result *ret) {
  enum proto_step_action action = request->params.step.action;
  bool is_stepping = thread->steps.until_ns != 0;
  if (is_stepping && thread->steps.asker != request->asker) {
    proto_error_set(heap_refuse(ret), PROTO_BUSY,
                    "%.64s steps through a collection already", thread->steps.who);
    return true;
  }
  if (is_stepping && action == PROTO_STEP_BEGIN) {
    proto_error_set(heap_refuse(ret), PROTO_BUSY,
                    "a collection has begun already: next, or finish");
    return true;
  }
  if (is_stepping || action == PROTO_STEP_BEGIN)
    return false;
  struct proto_error *error = heap_refuse(ret);
  proto_error_set(error, PROTO_INVALID_PARAMS, "no collection is being stepped");
  sampler_copy(error->path, sizeof error->path, "/params/action");
  sampler_copy(error->expected, sizeof error->expected,
               "\"begin\"; after 60 s without a step it is over");
  return true;
}

void heap_steps_request(struct heap_thread *thread, const struct proto_request *request,
                        const char *who, struct proto_result *ret) {
  enum proto_step_action action = request->params.step.action;
  unsigned generation = action == PROTO_STEP_BEGIN ? request->params.step.generation
                                                   : thread->steps.generation;
  if (is_refused(thread, request, ret))
    return;
  /* Room first: nothing may be lost of a step that has run. */
  struct proto_candidate *rows = calloc(HEAP_STEPS_SHOWN, sizeof *rows);
  struct proto_edge *edges = calloc(HEAP_STEPS_EDGES, sizeof *edges);
  if (rows == NULL || edges == NULL) {
    free(rows);
    free(edges);
    heap_task_fail(ret, OURO_ENOMEM);
    return;
  }
  ouro_phase phase = OURO_PHASE_SUBTRACT;
  *ret = (struct proto_result){.kind = PROTO_RESULT_STEP};
  int error = 0;
  if (action == PROTO_STEP_BEGIN) {
    begin(thread, request, who, ret);
  } else {
    error = run(thread, action == PROTO_STEP_FINISH, &phase);
    if (error != 0)
      heap_task_fail(ret, error);
  }
  if (ret->kind != PROTO_RESULT_STEP) {
    free(rows);
    free(edges);
    return;
  }
  ret->as.step.rows = rows;
  ret->as.step.edges = edges;
  ret->as.step.generation = generation;
  ret->as.step.is_stepping = ouro_gc_is_stepping(thread->heap);
  if (ret->as.step.is_stepping) {
    struct showing showing = {thread, ret};
    thread->steps.until_ns = uv_hrtime() + thread->steps.idle_ms * NS_PER_MS;
    ouro_objects(thread->heap, show, &showing);
    link_rows(thread, ret);
    ret->as.step.next_phase = ouro_phase_name(
        action == PROTO_STEP_BEGIN ? OURO_PHASE_SUBTRACT : (ouro_phase)(phase + 1));
  } else {
    ret->as.step.has_collection = true;
    ret->as.step.collection = thread->last;
    phase = OURO_PHASE_FREE;
  }
  if (action != PROTO_STEP_BEGIN)
    ret->as.step.phase = ouro_phase_name(phase);
}
