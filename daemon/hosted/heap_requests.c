/* heap_requests.c - one function for each request that any hosted heap answers.
 *
 *   checked request --> one or two calls of core --> plain struct
 *
 * Each is a safepoint's work: short, except a collection and a check of the whole heap,
 * whose time grows with the heap and which core cannot cut. What else looks at all of
 * it becomes a task (heap_task.h). */
#include "heap_requests.h"

#include <stdlib.h>
#include <string.h>

#include "heap_graph.h"
#include "heap_look.h"
#include "heap_pools.h"
#include "heap_snapshot.h"
#include "moment.h"
#include "sampler.h"

struct proto_error *heap_refuse(struct proto_result *result) {
  result->kind = PROTO_RESULT_ERROR;
  result->as.error = (struct proto_error){.retry_after_ms = -1};
  return &result->as.error;
}

static void refuse(struct proto_result *ret, int code, const char *message) {
  proto_error_set(heap_refuse(ret), code, "%s", message);
}

/* What a collection would examine is counted, how long it takes is learnt. */
static void predict(struct heap_thread *thread, unsigned generation,
                    struct proto_result *ret) {
  struct proto_generation now[PROTO_GENERATIONS];
  struct proto_prediction *prediction = &ret->as.prediction;
  sampler_generations(thread->heap, now);
  ret->kind = PROTO_RESULT_PREDICTION;
  *prediction = (struct proto_prediction){.generation = generation};
  sampler_copy(prediction->heap, sizeof prediction->heap, thread->id);
  for (unsigned i = 0; i <= generation; i++)
    prediction->candidates += now[i].objects;
  prediction->has_pause = predict_pause(&thread->predict, generation,
                                        prediction->candidates, &prediction->pause_ns);
  prediction->predictions =
      predict_errors(&thread->predict, generation, &prediction->error_p50_percent,
                     &prediction->error_p90_percent);
}

static void collect(struct heap_thread *thread, const struct proto_request *request,
                    const char *who, struct proto_result *ret) {
  struct proto_error error = {.retry_after_ms = -1};
  unsigned generation = request->params.collect.generation;
  if (request->params.collect.dry_run && generation < PROTO_GENERATIONS) {
    predict(thread, generation, ret);
    return;
  }
  ret->kind = PROTO_RESULT_COLLECTION;
  if (heap_thread_collect(thread, generation, OURO_REASON_REMOTE, who,
                          &ret->as.collection, &error) != 0)
    *heap_refuse(ret) = error;
}

static void verify(struct heap_thread *thread, struct proto_result *ret) {
  char message[PROTO_REASON_BYTES] = "";
  int error = ouro_verify(thread->heap, message, sizeof message);
  if (error != 0 && error != OURO_ECORRUPT) {
    refuse(ret, PROTO_LIMIT, ouro_strerror(error));
    return;
  }
  ret->kind = PROTO_RESULT_VERIFY;
  ret->as.verify.ok = error == 0;
  sampler_copy(ret->as.verify.message, sizeof ret->as.verify.message,
               error == 0 ? "" : message);
}

/* The answer of a kind that shows how the collector is set. */
static void tuning(struct heap_thread *thread, enum proto_result_kind kind,
                   struct proto_result *ret) {
  const struct tuning_state *state = &thread->tuning.state;
  ret->kind = kind;
  memcpy(ret->as.tuning.thresholds, state->thresholds, sizeof state->thresholds);
  ret->as.tuning.enabled = state->enabled;
  ret->as.tuning.reverts_at_ms = state->revert.at_ms;
}

static void set_threshold(struct heap_thread *thread,
                          const struct proto_request *request,
                          struct proto_result *ret) {
  if (tuning_set_thresholds(&thread->tuning, request->params.threshold.values,
                            request->params.threshold.count,
                            request->params.threshold.revert_after_ms,
                            moment_now()) != 0) {
    struct proto_error *error = heap_refuse(ret);
    proto_error_set(error, PROTO_INVALID_PARAMS, "a threshold is out of its range");
    sampler_copy(error->path, sizeof error->path, "/params/thresholds");
    sampler_copy(error->expected, sizeof error->expected,
                 "1 to 3 integers from 0 to 2147483647");
    return;
  }
  tuning(thread, PROTO_RESULT_THRESHOLD, ret);
}

static void freeze(struct heap_thread *thread, int error, struct proto_result *ret) {
  if (error != 0) {
    refuse(ret, error == OURO_EBUSY ? PROTO_BUSY : PROTO_LIMIT, ouro_strerror(error));
    return;
  }
  ret->kind = PROTO_RESULT_FROZEN;
  ret->as.frozen_objects = ouro_gc_freeze_count(thread->heap);
}

/* What a heap may be asked while its mutator is held: to tell, never to change. To keep
 * a tuning changes nothing in the heap, and the time it has runs on meanwhile. */
static bool only_looks(enum proto_method method) {
  switch (method) {
  case PROTO_GC_GET_COUNT:
  case PROTO_GC_GET_THRESHOLD:
  case PROTO_GC_GET_STATS:
  case PROTO_GC_IS_ENABLED:
  case PROTO_GC_GET_FREEZE_COUNT:
  case PROTO_GC_KEEP:
  case PROTO_HEAP_CENSUS:
  case PROTO_HEAP_POOL_MAP:
  case PROTO_HEAP_MARK:
  case PROTO_HEAP_GROWTH:
  case PROTO_HEAP_OBJECTS:
  case PROTO_HEAP_OBJECT:
  case PROTO_HEAP_REFERRERS:
  case PROTO_HEAP_REFERENTS:
  case PROTO_HEAP_PATH_TO_ROOT:
  case PROTO_HEAP_GRAPH:
  case PROTO_REPL_STATE: return true;
  case PROTO_GC_COLLECT: /* a dry run counts */
  default: return false;
  }
}

/* The refusal of what cannot be done now; false when it can. */
static bool is_held(struct heap_thread *thread, const struct proto_request *request,
                    struct proto_result *ret) {
  bool is_prediction =
      request->method == PROTO_GC_COLLECT && request->params.collect.dry_run;
  bool is_step =
      request->method == PROTO_REPL_STEP && !(thread->held & HEAP_HELD_BY_SNAPSHOT);
  if (thread->held == 0 || only_looks(request->method) || is_prediction || is_step)
    return false;
  if (thread->held & HEAP_HELD_BY_STEPS)
    proto_error_set(heap_refuse(ret), PROTO_BUSY,
                    "%.64s steps through a collection: the heap stands still",
                    thread->steps.who);
  else
    refuse(ret, PROTO_BUSY, "a snapshot is being written: the heap stands still");
  return true;
}

struct heap_task *heap_request(struct heap_thread *thread,
                               const struct proto_request *request, const char *who,
                               struct proto_result *ret) {
  ret->kind = PROTO_RESULT_EMPTY;
  if (is_held(thread, request, ret))
    return NULL;
  switch (request->method) {
  case PROTO_GC_COLLECT: collect(thread, request, who, ret); break;
  case PROTO_GC_GET_COUNT:
    ret->kind = PROTO_RESULT_COUNT;
    ouro_gc_count(thread->heap, ret->as.counts);
    break;
  case PROTO_GC_GET_THRESHOLD: tuning(thread, PROTO_RESULT_THRESHOLD, ret); break;
  case PROTO_GC_SET_THRESHOLD: set_threshold(thread, request, ret); break;
  case PROTO_GC_GET_STATS:
    ret->kind = PROTO_RESULT_STATS;
    sampler_generations(thread->heap, ret->as.stats);
    break;
  case PROTO_GC_ENABLE:
    tuning_enable(&thread->tuning);
    tuning(thread, PROTO_RESULT_ENABLED, ret);
    break;
  case PROTO_GC_DISABLE:
    tuning_disable(&thread->tuning, request->params.disable.revert_after_ms,
                   moment_now());
    tuning(thread, PROTO_RESULT_ENABLED, ret);
    break;
  case PROTO_GC_IS_ENABLED: tuning(thread, PROTO_RESULT_ENABLED, ret); break;
  case PROTO_GC_FREEZE: freeze(thread, ouro_gc_freeze(thread->heap), ret); break;
  case PROTO_GC_UNFREEZE: freeze(thread, ouro_gc_unfreeze(thread->heap), ret); break;
  case PROTO_GC_GET_FREEZE_COUNT: freeze(thread, 0, ret); break;
  case PROTO_GC_KEEP:
    ret->as.tuning.kept = tuning_keep(&thread->tuning);
    tuning(thread, PROTO_RESULT_KEPT, ret);
    break;
  case PROTO_HEAP_CENSUS:
  case PROTO_HEAP_MARK:
  case PROTO_HEAP_GROWTH: return heap_counts_begin(thread, request, ret);
  case PROTO_HEAP_POOL_MAP: heap_pools_map(thread, request, ret); break;
  case PROTO_HEAP_OBJECTS:
  case PROTO_HEAP_OBJECT:
  case PROTO_HEAP_REFERRERS:
  case PROTO_HEAP_REFERENTS:
  case PROTO_HEAP_PATH_TO_ROOT: return heap_look_begin(thread, request, ret);
  case PROTO_HEAP_GRAPH: return heap_graph_begin(thread, request, ret);
  case PROTO_HEAP_SNAPSHOT: return heap_snapshot_begin(thread, request, ret);
  case PROTO_HEAP_VERIFY: verify(thread, ret); break;
  default: thread->ops->request(thread->mutator, thread, request, who, ret); break;
  }
  return NULL;
}
