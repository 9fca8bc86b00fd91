/* domain_heap.c - heap.*, and what a heap tells of itself ten times a second.
 *
 *   sample   counts, live objects and bytes, pauses so far: periodic state
 *   pools    arenas, pools and size classes: where the bytes are */
#include "domains.h"

#include "encode.h"

#define CENSUS_MAX     1000
#define CENSUS_DEFAULT 100

int proto_read_census(const struct proto_params *params, struct proto_request *ret) {
  uint64_t limit;

  if (proto_params_uint_or(params, "limit", 1, CENSUS_MAX, CENSUS_DEFAULT, &limit) != 0)
    return -1;
  ret->params.census.limit = (uint32_t)limit;
  return 0;
}

void proto_write_types(struct proto_writer *writer,
                       const struct proto_type_count *types, size_t count) {
  proto_write_array(writer, "types");
  for (size_t i = 0; i < count; i++) {
    proto_write_object(writer, NULL);
    proto_write_string(writer, "type", types[i].type);
    proto_write_uint(writer, "objects", types[i].objects);
    proto_write_uint(writer, "bytes", types[i].bytes);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

static void write_revert(struct proto_writer *writer,
                         const struct proto_revert *revert) {
  proto_write_object(writer, "revert");
  proto_write_int(writer, "at_ms", revert->at_ms);
  if (revert->has_thresholds)
    proto_write_thresholds(writer, revert->thresholds);
  if (revert->has_enabled)
    proto_write_bool(writer, "enabled", revert->enabled);
  proto_write_end(writer);
}

void proto_write_heap(struct proto_writer *writer, const struct proto_heap *heap) {
  proto_write_string(writer, "id", heap->id);
  proto_write_string(writer, "name", heap->name);
  proto_write_string(writer, "kind", heap->kind);
  if (heap->pid >= 0)
    proto_write_int(writer, "pid", heap->pid);
  proto_write_string(writer, "runtime", heap->runtime);
  proto_write_string(writer, "collector", heap->collector);
  if (heap->workload[0] != '\0')
    proto_write_string(writer, "workload", heap->workload);
  proto_write_int(writer, "started_ms", heap->started_ms);
  proto_write_array(writer, "capabilities");
  for (unsigned i = 0; i < heap->capability_count && i < PROTO_MAX_CAPABILITIES; i++)
    proto_write_string(writer, NULL, heap->capabilities[i]);
  proto_write_end(writer);
  proto_write_thresholds(writer, heap->thresholds);
  proto_write_bool(writer, "enabled", heap->enabled);
  if (heap->revert.at_ms > 0)
    write_revert(writer, &heap->revert);
  if (heap->failed)
    proto_write_bool(writer, "failed", true);
}

char *proto_encode_heap_list(const char *id, const struct proto_heap *const *heaps,
                             size_t count, size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_array(&writer, "heaps");
  for (size_t i = 0; i < count; i++) {
    proto_write_object(&writer, NULL);
    proto_write_heap(&writer, heaps[i]);
    proto_write_end(&writer);
  }
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_heap_get(const char *id, const struct proto_heap *heap,
                            size_t *ret_length) {
  struct proto_writer writer;

  proto_answer_begin(&writer, id);
  proto_write_heap(&writer, heap);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_heap_event(const char *event, const struct proto_heap *heap,
                              size_t *ret_length) {
  struct proto_writer writer;

  proto_notification_begin(&writer, "heap");
  proto_write_string(&writer, "event", event);
  proto_write_object(&writer, "heap");
  proto_write_heap(&writer, heap);
  return proto_message_end(&writer, ret_length);
}

static void write_generations(struct proto_writer *writer,
                              const struct proto_generation *generations) {
  proto_write_array(writer, "generations");
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++) {
    const struct proto_generation *g = &generations[i];
    proto_write_object(writer, NULL);
    proto_write_uint(writer, "count", g->count);
    proto_write_uint(writer, "threshold", g->threshold);
    proto_write_uint(writer, "objects", g->objects);
    proto_write_uint(writer, "collections", g->collections);
    proto_write_uint(writer, "collected", g->collected);
    proto_write_uint(writer, "uncollectable", g->uncollectable);
    proto_write_uint(writer, "candidates", g->candidates);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

char *proto_encode_sample(const struct proto_sample *sample, size_t *ret_length) {
  struct proto_writer writer;

  proto_notification_begin(&writer, "sample");
  proto_write_string(&writer, "heap", sample->heap);
  proto_write_uint(&writer, "seq", sample->seq);
  proto_write_int(&writer, "time_ms", sample->time_ms);
  proto_write_uint(&writer, "uptime_ns", sample->uptime_ns);
  write_generations(&writer, sample->generations);
  proto_write_uint(&writer, "frozen_objects", sample->frozen_objects);
  proto_write_uint(&writer, "tracked_objects", sample->tracked_objects);
  proto_write_uint(&writer, "live_objects", sample->live_objects);
  proto_write_uint(&writer, "live_bytes", sample->live_bytes);
  proto_write_uint(&writer, "allocated_total_objects", sample->allocated_total_objects);
  proto_write_uint(&writer, "freed_total_objects", sample->freed_total_objects);
  proto_write_uint(&writer, "allocated_total_bytes", sample->allocated_total_bytes);
  proto_write_bool(&writer, "enabled", sample->enabled);
  proto_write_bool(&writer, "collecting", sample->collecting);
  proto_write_object(&writer, "pause_ns");
  proto_write_uint(&writer, "p50", sample->pause_p50_ns);
  proto_write_uint(&writer, "p99", sample->pause_p99_ns);
  proto_write_uint(&writer, "max", sample->pause_max_ns);
  proto_write_end(&writer);
  proto_write_uint(&writer, "rss_bytes", sample->rss_bytes);
  return proto_message_end(&writer, ret_length);
}

static void write_classes(struct proto_writer *writer,
                          const struct proto_pools *pools) {
  proto_write_array(writer, "classes");
  for (unsigned i = 0; i < pools->class_count && i < PROTO_MAX_CLASSES; i++) {
    const struct proto_class *class = &pools->classes[i];
    proto_write_object(writer, NULL);
    proto_write_uint(writer, "size", class->size);
    proto_write_uint(writer, "pools", class->pools);
    proto_write_uint(writer, "used_blocks", class->used_blocks);
    proto_write_uint(writer, "free_blocks", class->free_blocks);
    proto_write_uint(writer, "allocated_total", class->allocated_total);
    proto_write_end(writer);
  }
  proto_write_end(writer);
}

char *proto_encode_pools(const struct proto_pools *pools, size_t *ret_length) {
  struct proto_writer writer;

  proto_notification_begin(&writer, "pools");
  proto_write_string(&writer, "heap", pools->heap);
  proto_write_uint(&writer, "seq", pools->seq);
  proto_write_int(&writer, "time_ms", pools->time_ms);
  proto_write_object(&writer, "arenas");
  proto_write_uint(&writer, "in_use", pools->arenas_in_use);
  proto_write_uint(&writer, "allocated_total", pools->arenas_allocated_total);
  proto_write_uint(&writer, "released_total", pools->arenas_released_total);
  proto_write_uint(&writer, "highwater", pools->arenas_highwater);
  proto_write_uint(&writer, "bytes", pools->arena_bytes);
  proto_write_end(&writer);
  proto_write_object(&writer, "pools");
  proto_write_uint(&writer, "in_use", pools->pools_in_use);
  proto_write_uint(&writer, "empty", pools->pools_empty);
  proto_write_uint(&writer, "pool_bytes", pools->pool_bytes);
  proto_write_end(&writer);
  write_classes(&writer, pools);
  proto_write_object(&writer, "large");
  proto_write_uint(&writer, "objects", pools->large_objects);
  proto_write_uint(&writer, "bytes", pools->large_bytes);
  proto_write_end(&writer);
  proto_write_uint(&writer, "used_bytes", pools->used_bytes);
  proto_write_uint(&writer, "free_bytes", pools->free_bytes);
  proto_write_real(&writer, "fragmentation", pools->fragmentation);
  return proto_message_end(&writer, ret_length);
}

char *proto_encode_lagged(const char *heap, const char *topic, uint64_t first_seq,
                          uint64_t last_seq, int64_t lost, size_t *ret_length) {
  struct proto_writer writer;

  proto_notification_begin(&writer, "stream.lagged");
  proto_write_string(&writer, "heap", heap);
  proto_write_string(&writer, "topic", topic);
  proto_write_uint(&writer, "first_seq", first_seq);
  proto_write_uint(&writer, "last_seq", last_seq);
  if (lost >= 0)
    proto_write_int(&writer, "lost", lost);
  else
    proto_write_null(&writer, "lost");
  return proto_message_end(&writer, ret_length);
}
