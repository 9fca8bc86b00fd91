/* domain_gc.c - gc.*: collect, thresholds, counts, statistics; the record of a
 * collection, which is the answer to gc.collect and an event for everybody. */
#include "domains.h"

#include <stdio.h>

#include "encode.h"

#define THRESHOLD_MAX INT32_MAX
#define REVERT_MAX_MS INT32_MAX

int proto_read_collect(const struct proto_params *params, struct proto_request *ret) {
  uint64_t generation;

  if (proto_params_uint_or(params, "generation", 0, PROTO_GENERATIONS - 1,
                           PROTO_GENERATIONS - 1, &generation) != 0)
    return -1;
  ret->params.collect.generation = (unsigned)generation;
  return proto_params_bool_or(params, "dry_run", false, &ret->params.collect.dry_run);
}

/* -1 where it is absent. */
static int read_revert_after(const struct proto_params *params, int64_t *ret) {
  uint64_t revert_after_ms;

  *ret = -1;
  if (!proto_params_has(params, "revert_after_ms"))
    return 0;
  if (proto_params_uint(params, "revert_after_ms", 1, REVERT_MAX_MS,
                        &revert_after_ms) != 0)
    return -1;
  *ret = (int64_t)revert_after_ms;
  return 0;
}

int proto_read_set_threshold(const struct proto_params *params,
                             struct proto_request *ret) {
  const json_t *list = proto_params_get(params, "thresholds");
  size_t count = json_array_size(list);

  if (count < 1 || count > PROTO_GENERATIONS)
    return proto_params_refuse(params, "thresholds", list, "array of 1..3 integers");
  for (unsigned i = 0; i < count; i++) {
    const json_t *value = json_array_get(list, i);
    char key[32];
    if (!proto_json_is_uint(value, 0, THRESHOLD_MAX)) {
      snprintf(key, sizeof key, "thresholds/%u", i);
      return proto_params_refuse(params, key, value, "integer 0..2147483647");
    }
    ret->params.threshold.values[i] = (uint32_t)json_integer_value(value);
  }
  ret->params.threshold.count = (unsigned)count;
  return read_revert_after(params, &ret->params.threshold.revert_after_ms);
}

int proto_read_disable(const struct proto_params *params, struct proto_request *ret) {
  return read_revert_after(params, &ret->params.disable.revert_after_ms);
}

/* A figure that is known, under its key. */
struct known {
  unsigned bit; /* enum proto_collection_has */
  const char *key;
  uint64_t value;
};

static void write_known(struct proto_writer *writer, unsigned has,
                        const struct known *known, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if ((has & known[i].bit) != 0)
      proto_write_uint(writer, known[i].key, known[i].value);
  }
}

static void write_cycle(struct proto_writer *writer, const struct proto_collection *c) {
  proto_write_array(writer, "cycle_example");
  for (unsigned i = 0; i < c->cycle_count && i < PROTO_MAX_CYCLE; i++) {
    proto_write_object(writer, NULL);
    proto_write_uint(writer, "id", c->cycle[i].id);
    proto_write_string(writer, "type", c->cycle[i].type);
    proto_write_string(writer, "via", c->cycle[i].via);
    proto_write_end(writer);
  }
  proto_write_end(writer);
  proto_write_uint(writer, "cycle_objects", c->cycle_objects);
}

void proto_write_collection(struct proto_writer *writer,
                            const struct proto_collection *c) {
  const struct known known[] = {
      {PROTO_HAS_CANDIDATES, "candidates", c->candidates},
      {PROTO_HAS_RESURRECTED, "resurrected", c->resurrected},
      {PROTO_HAS_FINALIZED, "finalized", c->finalized},
      {PROTO_HAS_WEAKREFS_CLEARED, "weakrefs_cleared", c->weakrefs_cleared},
      {PROTO_HAS_PROMOTED, "promoted", c->promoted},
      {PROTO_HAS_FREED_BYTES, "freed_bytes", c->freed_bytes},
      {PROTO_HAS_LIVE_BEFORE, "live_objects_before", c->live_objects_before},
      {PROTO_HAS_LIVE_AFTER, "live_objects_after", c->live_objects_after},
      {PROTO_HAS_LIVE_AFTER, "live_bytes_after", c->live_bytes_after},
      {PROTO_HAS_ARENAS_RELEASED, "arenas_released", c->arenas_released},
  };

  proto_write_string(writer, "heap", c->heap);
  proto_write_uint(writer, "seq", c->seq);
  proto_write_int(writer, "time_ms", c->time_ms);
  proto_write_uint(writer, "generation", c->generation);
  proto_write_string(writer, "reason", c->reason);
  if (c->requested_by[0] != '\0')
    proto_write_string(writer, "requested_by", c->requested_by);
  proto_write_uint(writer, "pause_ns", c->pause_ns);
  if ((c->has & PROTO_HAS_DURATION) != 0)
    proto_write_uint(writer, "duration_ns", c->duration_ns);
  if ((c->has & PROTO_HAS_PHASES) != 0) {
    proto_write_object(writer, "phases_ns");
    for (unsigned i = 0; i < c->phase_count && i < PROTO_MAX_PHASES; i++)
      proto_write_uint(writer, c->phases[i].name, c->phases[i].ns);
    proto_write_end(writer);
  }
  proto_write_uint(writer, "collected", c->collected);
  proto_write_uint(writer, "uncollectable", c->uncollectable);
  write_known(writer, c->has, known, sizeof known / sizeof known[0]);
  if ((c->has & PROTO_HAS_TYPES) != 0) {
    unsigned count = c->type_count;
    proto_write_types(writer, c->types,
                      count < PROTO_MAX_FREED_TYPES ? count : PROTO_MAX_FREED_TYPES);
  }
  if ((c->has & PROTO_HAS_CYCLE) != 0)
    write_cycle(writer, c);
}

void proto_write_prediction(struct proto_writer *writer,
                            const struct proto_prediction *prediction) {
  proto_write_string(writer, "heap", prediction->heap);
  proto_write_bool(writer, "dry_run", true);
  proto_write_uint(writer, "generation", prediction->generation);
  proto_write_uint(writer, "candidates", prediction->candidates);
  if (prediction->has_pause)
    proto_write_uint(writer, "pause_ns", prediction->pause_ns);
  proto_write_uint(writer, "predictions", prediction->predictions);
  if (prediction->predictions > 0) {
    proto_write_object(writer, "pause_error_percent");
    proto_write_real(writer, "p50", prediction->error_p50_percent);
    proto_write_real(writer, "p90", prediction->error_p90_percent);
    proto_write_end(writer);
  }
}

void proto_write_tuning(struct proto_writer *writer,
                        const struct proto_result *result) {
  if (result->kind == PROTO_RESULT_KEPT)
    proto_write_bool(writer, "kept", result->as.tuning.kept);
  if (result->kind != PROTO_RESULT_ENABLED)
    proto_write_thresholds(writer, result->as.tuning.thresholds);
  if (result->kind != PROTO_RESULT_THRESHOLD)
    proto_write_bool(writer, "enabled", result->as.tuning.enabled);
  if (result->kind != PROTO_RESULT_KEPT && result->as.tuning.reverts_at_ms > 0)
    proto_write_int(writer, "reverts_at_ms", result->as.tuning.reverts_at_ms);
}

void proto_write_counts(struct proto_writer *writer,
                        const uint64_t counts[PROTO_GENERATIONS]) {
  proto_write_array(writer, "counts");
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++)
    proto_write_uint(writer, NULL, counts[i]);
  proto_write_end(writer);
}

void proto_write_thresholds(struct proto_writer *writer,
                            const uint32_t thresholds[PROTO_GENERATIONS]) {
  proto_write_array(writer, "thresholds");
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++)
    proto_write_uint(writer, NULL, thresholds[i]);
  proto_write_end(writer);
}

void proto_write_stats(struct proto_writer *writer,
                       const struct proto_generation stats[PROTO_GENERATIONS]) {
  proto_write_array(writer, "stats");
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++) {
    proto_write_object(writer, NULL);
    proto_write_uint(writer, "collections", stats[i].collections);
    proto_write_uint(writer, "collected", stats[i].collected);
    proto_write_uint(writer, "uncollectable", stats[i].uncollectable);
    proto_write_uint(writer, "candidates", stats[i].candidates);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

char *proto_encode_collection(const struct proto_collection *collection,
                              size_t *ret_length) {
  struct proto_writer writer;

  proto_notification_begin(&writer, "collection");
  proto_write_collection(&writer, collection);
  return proto_message_end(&writer, ret_length);
}
