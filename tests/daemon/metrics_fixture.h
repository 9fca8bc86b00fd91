/* metrics_fixture.h - heaps that tell figures of the test's, and what a scrape says.
 *
 *   heap_tell_all(heap) --> sink --> hub --> metrics --scrape_all--> text */
#ifndef TESTS_DAEMON_METRICS_FIXTURE_H
#define TESTS_DAEMON_METRICS_FIXTURE_H

#include <stdlib.h>

#include "fake_source.h"
#include "metrics.h"

struct figures {
  struct hub hub;
  struct alarms alarms;
  struct dispatch dispatch;
  struct metrics metrics;
  struct fake_source *sources; /* owned */
  unsigned source_count;
};

static inline struct moment figures_now(void) {
  return (struct moment){100000, 1790000000000};
}

/* `count` heaps named by `format` and their number. */
static inline void figures_init(struct figures *figures, unsigned count,
                                const char *kind, const char *prefix) {
  *figures = (struct figures){.sources = calloc(count, sizeof(struct fake_source)),
                              .source_count = count};
  hub_init(&figures->hub, figures_now);
  figures->dispatch = (struct dispatch){.hub = &figures->hub,
                                        .alarms = &figures->alarms,
                                        .now = figures_now,
                                        .version = "1.2.3"};
  metrics_init(&figures->metrics, &figures->hub, &figures->dispatch);
  for (unsigned i = 0; i < count; i++) {
    char id[PROTO_NAME_BYTES];
    snprintf(id, sizeof(id), "%s%.3u", prefix, i);
    fake_source_init(&figures->sources[i], &figures->hub.sink, count > 1 ? id : prefix);
    snprintf(figures->sources[i].base.info.kind, PROTO_NAME_BYTES, "%s", kind);
    snprintf(figures->sources[i].base.info.runtime, PROTO_NAME_BYTES, "ouro 0.1.0");
    snprintf(figures->sources[i].base.info.collector, PROTO_NAME_BYTES, "generational");
    hub_add(&figures->hub, &figures->sources[i].base);
  }
}

static inline void figures_fini(struct figures *figures) {
  metrics_fini(&figures->metrics);
  hub_fini(&figures->hub);
  free(figures->sources);
}

static inline void heap_collects(struct fake_source *heap, unsigned generation,
                                 const char *reason, uint64_t pause_ns) {
  struct proto_collection collection = {.seq = ++heap->base.last_seq,
                                        .time_ms = 1790000000123,
                                        .generation = generation,
                                        .has = PROTO_HAS_FREED_BYTES,
                                        .freed_bytes = 64,
                                        .pause_ns = pause_ns};
  snprintf(collection.heap, sizeof(collection.heap), "%s", heap->base.info.id);
  snprintf(collection.reason, sizeof(collection.reason), "%s", reason);
  heap->base.sink->collection(heap->base.sink->context, &heap->base, &collection);
}

/* Distinct figures, so that one in another's place is seen. */
static inline void heap_samples(struct fake_source *heap) {
  struct proto_sample sample = {.frozen_objects = 11,
                                .tracked_objects = 12,
                                .live_objects = 13,
                                .live_bytes = 14,
                                .allocated_total_objects = 15,
                                .freed_total_objects = 16,
                                .allocated_total_bytes = 17};
  for (unsigned i = 0; i < PROTO_GENERATIONS; i++) {
    sample.generations[i] =
        (struct proto_generation){21 + i * 10, 22 + i * 10, 23 + i * 10, 24 + i * 10,
                                  25 + i * 10, 26 + i * 10, 27 + i * 10};
  }
  heap->base.sink->sample(heap->base.sink->context, &heap->base, &sample);
}

/* The pools of a heap that has used `classes` of its size classes. */
static inline void heap_pools(struct fake_source *heap, unsigned classes) {
  struct proto_pools pools = {.arenas_in_use = 51,
                              .arena_bytes = 52,
                              .pools_in_use = 53,
                              .pools_empty = 54,
                              .large_objects = 55,
                              .large_bytes = 56,
                              .fragmentation = 0.25,
                              .class_count = PROTO_MAX_CLASSES};
  for (unsigned i = 0; i < PROTO_MAX_CLASSES; i++) {
    pools.classes[i] = (struct proto_class){16 * (i + 1), i < classes, 123456789 + i,
                                            987654321 + i, i < classes};
  }
  heap->base.sink->pools(heap->base.sink->context, &heap->base, &pools);
}

/* Everything that can be told, so that every series is there. */
static inline void heap_tells_all(struct fake_source *heap, unsigned classes) {
  static const char *const reasons[] = {"threshold", "explicit", "remote", "rule",
                                        "memory",    "shutdown", "unknown"};
  for (unsigned generation = 0; generation < PROTO_GENERATIONS; generation++) {
    for (unsigned i = 0; i < METRICS_BUCKETS; i++) {
      uint64_t pause_ns =
          i < METRICS_BOUNDS ? metrics_bound_ns(i) : metrics_bound_ns(i - 1) * 5;
      heap_collects(heap, generation, reasons[i % METRICS_REASONS], pause_ns);
    }
  }
  heap_samples(heap);
  heap_pools(heap, classes);
}

/* What a scrape says, NUL-terminated and owned, asked for in pieces of `size`. */
static inline char *scrape_all(struct metrics *metrics, enum exposition_format format,
                               size_t size) {
  struct metrics_scrape *scrape = metrics_scrape_new(metrics, format);
  size_t length = 0, capacity = 4u << 20;
  char *text = malloc(capacity);
  for (ptrdiff_t got = 1; scrape && text && got > 0; length += (size_t)got) {
    size_t rest = capacity - length - 1;
    got = metrics_scrape_next(scrape, text + length, rest < size ? rest : size);
    if (got < 0) {
      abort(); /* memory is not short in a test */
    }
  }
  metrics_scrape_free(scrape);
  text[length] = '\0';
  return text;
}

#endif
