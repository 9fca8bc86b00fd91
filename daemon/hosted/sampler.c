/* sampler.c - core's plain structs into proto's plain structs.
 *
 *   ouro_heap_stats, ouro_pool_stats, ouro_collection --> sample, pools, collection
 *
 * Reading them costs some hundred nanoseconds and does not grow with the heap; names
 * are copied, because the record outlives the heap it speaks of. */
#include "sampler.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void sampler_copy(char *to, size_t size, const char *from) {
  size_t length = strlen(from);
  if (length >= size) {
    length = size - 1;
    while (length > 0 && ((unsigned char)from[length] & 0xc0u) == 0x80u)
      length--;
  }
  memcpy(to, from, length);
  to[length] = '\0';
}

int64_t sampler_time_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t sampler_rss_bytes(void) {
  char text[128];
  int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0)
    return 0;
  text[length] = '\0';
  /* The second number: resident pages. */
  char *second = strchr(text, ' ');
  if (second == NULL)
    return 0;
  return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void copy_generations(const ouro_heap_stats *stats,
                             struct proto_generation ret[PROTO_GENERATIONS]) {
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++) {
    const ouro_generation_stats *from = &stats->generations[i];
    ret[i] = (struct proto_generation){.count = from->count,
                                       .threshold = from->threshold,
                                       .objects = from->objects,
                                       .collections = from->collections,
                                       .collected = from->collected,
                                       .uncollectable = from->uncollectable,
                                       .candidates = from->candidates};
  }
}

void sampler_generations(const ouro_heap *heap,
                         struct proto_generation ret[PROTO_GENERATIONS]) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(heap, &stats);
  copy_generations(&stats, ret);
}

void sampler_sample(const ouro_heap *heap, const char *id, struct proto_sample *ret) {
  ouro_heap_stats stats;
  ouro_heap_get_stats(heap, &stats);
  *ret = (struct proto_sample){.seq = stats.seq,
                               .time_ms = sampler_time_ms(),
                               .uptime_ns = stats.uptime_ns,
                               .frozen_objects = stats.frozen_objects,
                               .tracked_objects = stats.tracked_objects,
                               .live_objects = stats.live_objects,
                               .live_bytes = stats.live_bytes,
                               .allocated_total_objects = stats.allocated_total_objects,
                               .freed_total_objects = stats.freed_total_objects,
                               .allocated_total_bytes = stats.allocated_total_bytes,
                               .enabled = stats.enabled,
                               .collecting = stats.collecting,
                               .pause_p50_ns = stats.pause_p50_ns,
                               .pause_p99_ns = stats.pause_p99_ns,
                               .pause_max_ns = stats.pause_max_ns};
  sampler_copy(ret->heap, sizeof ret->heap, id);
  copy_generations(&stats, ret->generations);
}

void sampler_pools(const ouro_heap *heap, const char *id, struct proto_pools *ret) {
  _Static_assert(OURO_SIZE_CLASSES <= PROTO_MAX_CLASSES, "every class has a row");
  ouro_pool_stats pools;
  ouro_heap_stats stats;
  ouro_heap_get_pool_stats(heap, &pools);
  ouro_heap_get_stats(heap, &stats);
  *ret = (struct proto_pools){.seq = stats.seq,
                              .time_ms = sampler_time_ms(),
                              .arenas_in_use = pools.arenas_in_use,
                              .arenas_allocated_total = pools.arenas_allocated_total,
                              .arenas_released_total = pools.arenas_released_total,
                              .arenas_highwater = pools.arenas_highwater,
                              .arena_bytes = pools.arena_bytes,
                              .pools_in_use = pools.pools_in_use,
                              .pools_empty = pools.pools_empty,
                              .pool_bytes = pools.pool_bytes,
                              .class_count = OURO_SIZE_CLASSES,
                              .large_objects = pools.large_objects,
                              .large_bytes = pools.large_bytes,
                              .used_bytes = pools.used_bytes,
                              .free_bytes = pools.free_bytes,
                              .fragmentation = pools.fragmentation};
  sampler_copy(ret->heap, sizeof ret->heap, id);
  for (unsigned i = 0; i < OURO_SIZE_CLASSES; i++) {
    const ouro_class_stats *from = &pools.classes[i];
    ret->classes[i] = (struct proto_class){.size = from->size,
                                           .pools = from->pools,
                                           .used_blocks = from->used_blocks,
                                           .free_blocks = from->free_blocks,
                                           .allocated_total = from->allocated_total};
  }
}

void sampler_field(const ouro_field *field, char ret[PROTO_FIELD_BYTES]) {
  static const char *const forms[] = {[OURO_FIELD_DECLARED] = "+%zu",
                                      [OURO_FIELD_TAIL] = "[%zu]",
                                      [OURO_FIELD_TRAVERSED] = "#%zu"};
  snprintf(ret, PROTO_FIELD_BYTES, forms[field->kind], field->at);
}

static void copy_cycle(const ouro_cycle *example, struct proto_collection *ret) {
  if (example == NULL)
    return;
  ret->has |= PROTO_HAS_CYCLE;
  ret->cycle_objects = example->length;
  while (ret->cycle_count < example->count && ret->cycle_count < PROTO_MAX_CYCLE) {
    const ouro_step *from = &example->steps[ret->cycle_count];
    struct proto_cycle_step *to = &ret->cycle[ret->cycle_count++];
    to->id = from->id;
    sampler_copy(to->type, sizeof to->type, ouro_type_name(from->type));
    sampler_field(&from->field, to->via);
  }
}

void sampler_collection(const ouro_collection *record, const ouro_cycle *example,
                        const char *id, const char *who, struct proto_collection *ret) {
  _Static_assert(OURO_PHASES <= PROTO_MAX_PHASES, "every phase has a row");
  _Static_assert(OURO_FREED_TYPES <= PROTO_MAX_FREED_TYPES, "every type has a row");
  *ret = (struct proto_collection){
      .seq = record->seq,
      .time_ms = sampler_time_ms(),
      .generation = record->generation,
      .pause_ns = record->pause_ns,
      .collected = record->collected,
      .uncollectable = record->uncollectable,
      .has = PROTO_HAS_DURATION | PROTO_HAS_PHASES | PROTO_HAS_CANDIDATES |
             PROTO_HAS_RESURRECTED | PROTO_HAS_FINALIZED | PROTO_HAS_PROMOTED |
             PROTO_HAS_FREED_BYTES | PROTO_HAS_LIVE_BEFORE | PROTO_HAS_LIVE_AFTER |
             PROTO_HAS_ARENAS_RELEASED | PROTO_HAS_TYPES | PROTO_HAS_WEAKREFS_CLEARED,
      .duration_ns = record->duration_ns,
      .candidates = record->candidates,
      .resurrected = record->resurrected,
      .finalized = record->finalized,
      .weakrefs_cleared = record->weakrefs_cleared,
      .promoted = record->promoted,
      .freed_bytes = record->freed_bytes,
      .live_objects_before = record->live_objects_before,
      .live_objects_after = record->live_objects_after,
      .live_bytes_after = record->live_bytes_after,
      .arenas_released = record->arenas_released,
      .phase_count = OURO_PHASES};
  sampler_copy(ret->heap, sizeof ret->heap, id);
  sampler_copy(ret->reason, sizeof ret->reason, ouro_reason_name(record->reason));
  sampler_copy(ret->requested_by, sizeof ret->requested_by, who);
  for (unsigned i = 0; i < OURO_PHASES; i++) {
    sampler_copy(ret->phases[i].name, sizeof ret->phases[i].name,
                 ouro_phase_name((ouro_phase)i));
    ret->phases[i].ns = record->phases_ns[i];
  }
  while (ret->type_count < record->type_count &&
         ret->type_count < PROTO_MAX_FREED_TYPES) {
    const ouro_freed_type *from = &record->types[ret->type_count];
    struct proto_type_count *to = &ret->types[ret->type_count++];
    sampler_copy(to->type, sizeof to->type, ouro_type_name(from->type));
    to->objects = from->objects;
    to->bytes = from->bytes;
  }
  copy_cycle(example, ret);
}
