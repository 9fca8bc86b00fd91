/* heap_requests.c - one function for each request that any hosted heap answers.
 *
 *   checked request --> one or two calls of core --> plain struct
 *
 * Each is a safepoint's work: short, except a collection, a census and a check of the
 * whole heap, whose time grows with the heap. */
#include "heap_requests.h"

#include <stdlib.h>
#include <string.h>

#include "moment.h"
#include "sampler.h"

#define CENSUS_MAX_ROWS 1000u

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

static void census(struct heap_thread *thread, const struct proto_request *request,
                   struct proto_result *ret) {
  size_t limit = request->params.census.limit;
  if (limit > CENSUS_MAX_ROWS)
    limit = CENSUS_MAX_ROWS;
  ouro_census_row *found = calloc(limit + 1, sizeof *found);
  struct proto_type_count *rows = calloc(limit + 1, sizeof *rows);
  size_t count = 0, types = 0;
  int error = OURO_ENOMEM;
  if (found != NULL && rows != NULL)
    error = ouro_census(thread->heap, found, limit, &count, &types);
  if (error != 0) {
    refuse(ret, PROTO_LIMIT, ouro_strerror(error));
    free(rows);
  } else {
    for (size_t i = 0; i < count; i++) {
      sampler_copy(rows[i].type, sizeof rows[i].type, ouro_type_name(found[i].type));
      rows[i].objects = found[i].objects;
      rows[i].bytes = found[i].bytes;
    }
    ret->kind = PROTO_RESULT_CENSUS;
    ret->as.census.rows = rows;
    ret->as.census.count = count;
    ret->as.census.types_total = types;
  }
  free(found);
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

void heap_request(struct heap_thread *thread, const struct proto_request *request,
                  const char *who, struct proto_result *ret) {
  ret->kind = PROTO_RESULT_EMPTY;
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
  case PROTO_HEAP_CENSUS: census(thread, request, ret); break;
  case PROTO_HEAP_VERIFY: verify(thread, ret); break;
  default: thread->ops->request(thread->mutator, thread, request, who, ret); break;
  }
}
