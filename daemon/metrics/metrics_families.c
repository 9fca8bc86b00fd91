/* metrics_families.c - the families of series, in the order in which they are shown.
 *
 *   { type, name, help, of_heap | of_daemon }
 *
 * Names follow Prometheus' rules: a base unit at the end, counters get _total from the
 * format. A figure that is not known (no sample yet, a runtime that does not tell)
 * makes no series. */
#include "metrics.h"

#include "history.h"
#include "process.h"

#define NS_PER_MS UINT64_C(1000000)

static void series(struct exposition *out, const struct metrics_heap *heap,
                   const char *suffix) {
  exposition_series(out, suffix);
  exposition_label_escaped(out, "heap", heap->label);
}

static void of_generation(struct exposition *out, const struct metrics_heap *heap,
                          const char *suffix, unsigned generation) {
  static const char *const names[PROTO_GENERATIONS] = {"0", "1", "2"};
  series(out, heap, suffix);
  exposition_label_escaped(out, "generation", names[generation]);
}

/* --- heaps: collections --- */

static uint64_t collections_of(const struct metrics_generation *generation) {
  uint64_t count = 0;
  for (unsigned i = 0; i < METRICS_REASONS; i++) {
    count += generation->by_reason[i];
  }
  return count;
}

static void write_info(struct exposition *out, const struct metrics_heap *heap) {
  const struct proto_heap *info = &heap->heap->source->info;
  series(out, heap, "");
  exposition_label(out, "kind", info->kind);
  exposition_label(out, "runtime", info->runtime);
  exposition_label(out, "collector", info->collector);
  exposition_uint(out, 1);
}

static void write_failed(struct exposition *out, const struct metrics_heap *heap) {
  series(out, heap, "");
  exposition_uint(out, heap->heap->source->info.failed);
}

static void write_enabled(struct exposition *out, const struct metrics_heap *heap) {
  series(out, heap, "");
  exposition_uint(out, heap->heap->source->info.enabled);
}

static void write_collections(struct exposition *out, const struct metrics_heap *heap) {
  for (unsigned g = 0; g < PROTO_GENERATIONS; g++) {
    for (unsigned reason = 0; reason < METRICS_REASONS; reason++) {
      if (heap->generations[g].by_reason[reason] > 0) {
        of_generation(out, heap, "", g);
        exposition_label_escaped(out, "reason", metrics_reason(reason));
        exposition_uint(out, heap->generations[g].by_reason[reason]);
      }
    }
  }
}

static void write_lost(struct exposition *out, const struct metrics_heap *heap) {
  series(out, heap, "");
  exposition_uint(out, heap->lost);
}

static void write_bound(struct exposition *out, unsigned bucket) {
  exposition_label_escaped(
      out, "le", bucket < METRICS_BOUNDS ? metrics_bound_text(bucket) : "+Inf");
}

static void write_pauses(struct exposition *out, const struct metrics_heap *heap) {
  for (unsigned g = 0; g < PROTO_GENERATIONS; g++) {
    const struct metrics_generation *generation = &heap->generations[g];
    uint64_t below = 0;
    if (collections_of(generation) == 0) {
      continue;
    }
    for (unsigned bucket = 0; bucket < METRICS_BUCKETS; bucket++) {
      const struct metrics_example *example = &generation->examples[bucket];
      const struct exposition_exemplar exemplar = {example->seq, example->pause_ns,
                                                   example->time_ms};
      below += generation->buckets[bucket];
      of_generation(out, heap, "_bucket", g);
      write_bound(out, bucket);
      exposition_bucket(out, below, example->seq > 0 ? &exemplar : NULL);
    }
    of_generation(out, heap, "_sum", g);
    exposition_seconds(out, generation->pause_sum_ns);
    of_generation(out, heap, "_count", g);
    exposition_uint(out, below);
  }
}

static void write_freed_bytes(struct exposition *out, const struct metrics_heap *heap) {
  for (unsigned g = 0; g < PROTO_GENERATIONS; g++) {
    if (heap->generations[g].knows_freed_bytes) {
      of_generation(out, heap, "", g);
      exposition_uint(out, heap->generations[g].freed_bytes);
    }
  }
}

/* --- heaps: the newest sample --- */

/* One member of each generation of the sample. */
#define WRITE_GENERATIONS(name, member)                                                \
  static void name(struct exposition *out, const struct metrics_heap *heap) {          \
    for (unsigned g = 0; heap->has_sample && g < PROTO_GENERATIONS; g++) {             \
      of_generation(out, heap, "", g);                                                 \
      exposition_uint(out, heap->sample.generations[g].member);                        \
    }                                                                                  \
  }
WRITE_GENERATIONS(write_collected, collected)
WRITE_GENERATIONS(write_uncollectable, uncollectable)
WRITE_GENERATIONS(write_candidates, candidates)
WRITE_GENERATIONS(write_pending, count)
WRITE_GENERATIONS(write_threshold, threshold)
WRITE_GENERATIONS(write_generation_objects, objects)

/* One figure of the sample, or of the pools. */
#define WRITE_FIGURE(name, known, member)                                              \
  static void name(struct exposition *out, const struct metrics_heap *heap) {          \
    if (heap->known) {                                                                 \
      series(out, heap, "");                                                           \
      exposition_uint(out, heap->member);                                              \
    }                                                                                  \
  }
WRITE_FIGURE(write_tracked, has_sample, sample.tracked_objects)
WRITE_FIGURE(write_frozen, has_sample, sample.frozen_objects)
WRITE_FIGURE(write_live_objects, has_sample, sample.live_objects)
WRITE_FIGURE(write_live_bytes, has_sample, sample.live_bytes)
WRITE_FIGURE(write_allocated, has_sample, sample.allocated_total_objects)
WRITE_FIGURE(write_allocated_bytes, has_sample, sample.allocated_total_bytes)
WRITE_FIGURE(write_freed, has_sample, sample.freed_total_objects)
WRITE_FIGURE(write_arenas, has_pools, pools.arenas_in_use)
WRITE_FIGURE(write_arena_bytes, has_pools, pools.arena_bytes)
WRITE_FIGURE(write_large_objects, has_pools, pools.large_objects)
WRITE_FIGURE(write_large_bytes, has_pools, pools.large_bytes)

static void write_pools(struct exposition *out, const struct metrics_heap *heap) {
  if (heap->has_pools) {
    series(out, heap, "");
    exposition_label_escaped(out, "state", "in_use");
    exposition_uint(out, heap->pools.pools_in_use);
    series(out, heap, "");
    exposition_label_escaped(out, "state", "empty");
    exposition_uint(out, heap->pools.pools_empty);
  }
}

/* A size class that never gave out a block makes no series. */
static void write_blocks(struct exposition *out, const struct metrics_heap *heap) {
  for (unsigned i = 0; heap->has_pools && i < heap->pools.class_count; i++) {
    const struct proto_class *class = &heap->pools.classes[i];
    if (class->allocated_total > 0) {
      series(out, heap, "");
      exposition_label_uint(out, "size_class", class->size);
      exposition_label_escaped(out, "state", "used");
      exposition_uint(out, class->used_blocks);
      series(out, heap, "");
      exposition_label_uint(out, "size_class", class->size);
      exposition_label_escaped(out, "state", "free");
      exposition_uint(out, class->free_blocks);
    }
  }
}

static void write_fragmentation(struct exposition *out,
                                const struct metrics_heap *heap) {
  if (heap->has_pools) {
    series(out, heap, "");
    exposition_real(out, heap->pools.fragmentation);
  }
}

/* --- CPython heaps: the names that its users chart already --- */

static void write_python_collections(struct exposition *out,
                                     const struct metrics_heap *heap) {
  /* The runtime's own count, which began before anybody watched. */
  for (unsigned g = 0; heap->is_cpython && heap->has_sample && g < PROTO_GENERATIONS;
       g++) {
    of_generation(out, heap, "", g);
    exposition_uint(out, heap->sample.generations[g].collections);
  }
}

static void write_python_collected(struct exposition *out,
                                   const struct metrics_heap *heap) {
  if (heap->is_cpython) {
    write_collected(out, heap);
  }
}

static void write_python_uncollectable(struct exposition *out,
                                       const struct metrics_heap *heap) {
  if (heap->is_cpython) {
    write_uncollectable(out, heap);
  }
}

/* Of all generations together; ouro_gc_pause_seconds tells them apart. */
static void write_python_pauses(struct exposition *out,
                                const struct metrics_heap *heap) {
  uint64_t below = 0, sum_ns = 0;
  for (unsigned bucket = 0; heap->is_cpython && bucket < METRICS_BUCKETS; bucket++) {
    for (unsigned g = 0; g < PROTO_GENERATIONS; g++) {
      below += heap->generations[g].buckets[bucket];
    }
    series(out, heap, "_bucket");
    write_bound(out, bucket);
    exposition_bucket(out, below, NULL);
  }
  for (unsigned g = 0; g < PROTO_GENERATIONS; g++) {
    sum_ns += heap->generations[g].pause_sum_ns;
  }
  if (heap->is_cpython) {
    series(out, heap, "_sum");
    exposition_seconds(out, sum_ns);
    series(out, heap, "_count");
    exposition_uint(out, below);
  }
}

/* --- the daemon --- */

static void write_build(struct exposition *out, const struct metrics *metrics) {
  exposition_series(out, "");
  exposition_label(out, "version", metrics->dispatch->version);
  exposition_label_escaped(out, "protocol", PROTO_PROTOCOL);
  exposition_uint(out, 1);
}

static void write_heaps(struct exposition *out, const struct metrics *metrics) {
  exposition_series(out, "");
  exposition_uint(out, metrics->hub->heap_count);
}

/* An alarm that is over leaves no series behind: alert on its presence. */
static void write_alarms(struct exposition *out, const struct metrics *metrics) {
  const struct alarms *alarms = metrics->dispatch->alarms;
  for (unsigned i = 0; i < alarms->count; i++) {
    exposition_series(out, "");
    exposition_label(out, "name", alarms->list[i].name);
    exposition_uint(out, 1);
  }
}

static void write_alarm_count(struct exposition *out, const struct metrics *metrics) {
  exposition_series(out, "");
  exposition_uint(out, metrics->dispatch->alarms->count);
}

static void write_clients(struct exposition *out, const struct metrics *metrics) {
  exposition_series(out, "");
  exposition_uint(out, metrics->hub->listener_count);
}

static void write_messages(struct exposition *out, const struct metrics *metrics) {
  exposition_series(out, "");
  exposition_uint(out, metrics->dispatch->traffic.messages);
}

static void write_dropped(struct exposition *out, const struct metrics *metrics) {
  exposition_series(out, "");
  exposition_label_escaped(out, "reason", "replaced");
  exposition_uint(out, metrics->dispatch->traffic.replaced);
  exposition_series(out, "");
  exposition_label_escaped(out, "reason", "lagged");
  exposition_uint(out, metrics->dispatch->traffic.lagged);
}

static void write_slow(struct exposition *out, const struct metrics *metrics) {
  exposition_series(out, "");
  exposition_uint(out, metrics->dispatch->traffic.slow_clients);
}

static void write_commands(struct exposition *out, const struct metrics *metrics) {
  static const char *const results[] = {"done", "refused"};
  for (unsigned method = 0; method < PROTO_METHODS; method++) {
    for (unsigned result = 0; result < 2; result++) {
      if (metrics->commands[method][result] > 0) {
        exposition_series(out, "");
        exposition_label_escaped(out, "method",
                                 proto_method_name((enum proto_method)method));
        exposition_label_escaped(out, "result", results[result]);
        exposition_uint(out, metrics->commands[method][result]);
      }
    }
  }
}

static void write_history_dropped(struct exposition *out,
                                  const struct metrics *metrics) {
  if (metrics->dispatch->history) {
    exposition_series(out, "");
    exposition_uint(out, history_dropped(metrics->dispatch->history));
  }
}

static void write_wrong_tokens(struct exposition *out, const struct metrics *metrics) {
  if (metrics->dispatch->credentials) {
    exposition_series(out, "");
    exposition_uint(out, credentials_failures(metrics->dispatch->credentials));
  }
}

static void write_scrapes(struct exposition *out, const struct metrics *metrics) {
  exposition_series(out, "");
  exposition_uint(out, metrics->scrapes);
}

/* One figure of the process; those that the system does not tell are 0 and left out. */
#define WRITE_PROCESS(name, writer, member)                                            \
  static void name(struct exposition *out, const struct metrics *metrics) {            \
    struct process_figures figures;                                                    \
    (void)metrics;                                                                     \
    process_read(&figures);                                                            \
    if (figures.member > 0) {                                                          \
      exposition_series(out, "");                                                      \
      writer(out, figures.member);                                                     \
    }                                                                                  \
  }
WRITE_PROCESS(write_cpu, exposition_seconds, cpu_ns)
WRITE_PROCESS(write_resident, exposition_uint, resident_bytes)
WRITE_PROCESS(write_virtual, exposition_uint, virtual_bytes)
WRITE_PROCESS(write_open, exposition_uint, open_descriptors)
WRITE_PROCESS(write_max, exposition_uint, max_descriptors)

static void write_start(struct exposition *out, const struct metrics *metrics) {
  if (metrics->start_ms > 0) {
    exposition_series(out, "");
    exposition_seconds(out, (uint64_t)metrics->start_ms * NS_PER_MS);
  }
}

/* --- all of them --- */

#define HEAP(type, name, help, write)                                                  \
  { EXPOSITION_##type, name, help, write, NULL }
#define DAEMON(type, name, help, write)                                                \
  { EXPOSITION_##type, name, help, NULL, write }

const struct metrics_family metrics_families[] = {
    HEAP(INFO, "ouro_heap", "A heap that is watched, and what it is.", write_info),
    HEAP(GAUGE, "ouro_heap_failed",
         "Whether the heap has come to no safepoint for 30 s.", write_failed),
    HEAP(COUNTER, "ouro_gc_collections",
         "Collections of a generation and those younger, by what started them.",
         write_collections),
    HEAP(COUNTER, "ouro_gc_records_lost",
         "Collections whose records were lost on the way from the heap.", write_lost),
    HEAP(HISTOGRAM, "ouro_gc_pause_seconds",
         "How long a collection stopped its program.", write_pauses),
    HEAP(COUNTER, "ouro_gc_objects_collected",
         "Unreachable objects that collections freed.", write_collected),
    HEAP(COUNTER, "ouro_gc_objects_uncollectable",
         "Unreachable objects that could not be freed.", write_uncollectable),
    HEAP(COUNTER, "ouro_gc_candidates", "Objects that collections examined.",
         write_candidates),
    HEAP(COUNTER, "ouro_gc_freed_bytes", "Memory that collections freed.",
         write_freed_bytes),
    HEAP(GAUGE, "ouro_gc_pending",
         "Progress towards the next collection of a generation, against its threshold.",
         write_pending),
    HEAP(GAUGE, "ouro_gc_threshold",
         "Where a generation's next collection starts; 0: never by itself.",
         write_threshold),
    HEAP(GAUGE, "ouro_gc_generation_objects", "Objects of a generation now.",
         write_generation_objects),
    HEAP(GAUGE, "ouro_gc_tracked_objects", "Objects that can be part of a cycle now.",
         write_tracked),
    HEAP(GAUGE, "ouro_gc_frozen_objects", "Objects that collections never scan.",
         write_frozen),
    HEAP(GAUGE, "ouro_gc_enabled", "Whether collections start by themselves.",
         write_enabled),
    HEAP(GAUGE, "ouro_heap_live_objects", "Objects that live now.", write_live_objects),
    HEAP(GAUGE, "ouro_heap_live_bytes", "Memory of what lives now.", write_live_bytes),
    HEAP(COUNTER, "ouro_alloc_objects", "Objects allocated.", write_allocated),
    HEAP(COUNTER, "ouro_alloc_bytes", "Memory allocated.", write_allocated_bytes),
    HEAP(COUNTER, "ouro_free_objects", "Objects freed, by counting or by collections.",
         write_freed),
    HEAP(GAUGE, "ouro_pool_arenas", "Arenas in use.", write_arenas),
    HEAP(GAUGE, "ouro_pool_arena_bytes", "Memory of all arenas in use.",
         write_arena_bytes),
    HEAP(GAUGE, "ouro_pool_pools", "Pools by state.", write_pools),
    HEAP(GAUGE, "ouro_pool_blocks",
         "Blocks by state, of the size classes that were ever used; size_class is a "
         "block's bytes.",
         write_blocks),
    HEAP(GAUGE, "ouro_pool_fragmentation_ratio",
         "Free bytes in pools in use, of the bytes of these pools.",
         write_fragmentation),
    HEAP(GAUGE, "ouro_large_objects", "Objects too large for a pool.",
         write_large_objects),
    HEAP(GAUGE, "ouro_large_bytes", "Memory of objects too large for a pool.",
         write_large_bytes),
    HEAP(COUNTER, "python_gc_collections",
         "Collections of a generation, as CPython counts them.",
         write_python_collections),
    HEAP(COUNTER, "python_gc_objects_collected",
         "Objects that collections of CPython freed.", write_python_collected),
    HEAP(COUNTER, "python_gc_objects_uncollectable",
         "Objects that collections of CPython could not free.",
         write_python_uncollectable),
    HEAP(HISTOGRAM, "python_gc_duration_seconds",
         "How long a collection stopped its Python program.", write_python_pauses),
    DAEMON(INFO, "ouro_build", "The daemon that answers.", write_build),
    DAEMON(GAUGE, "ouro_heaps", "Heaps that are watched now.", write_heaps),
    DAEMON(GAUGE, "ouro_alarm", "1 for each alarm that stands now.", write_alarms),
    DAEMON(GAUGE, "ouro_alarms", "Alarms that stand now; above 0: degraded.",
           write_alarm_count),
    DAEMON(GAUGE, "ouro_ws_clients", "WebSocket sessions now.", write_clients),
    DAEMON(COUNTER, "ouro_ws_messages", "Messages sent to WebSocket sessions.",
           write_messages),
    DAEMON(
        COUNTER, "ouro_ws_dropped",
        "Messages that a client did not get because it was slow: samples replaced by "
        "newer ones, collections announced as lost.",
        write_dropped),
    DAEMON(COUNTER, "ouro_ws_slow_clients",
           "Sessions closed because they stayed behind.", write_slow),
    DAEMON(COUNTER, "ouro_commands", "Commands of operators, and how they ended.",
           write_commands),
    DAEMON(COUNTER, "ouro_history_dropped",
           "Records that were not stored because the disk did not keep up.",
           write_history_dropped),
    DAEMON(COUNTER, "ouro_wrong_tokens",
           "Requests and logins with a token that is none of ours.",
           write_wrong_tokens),
    DAEMON(COUNTER, "ouro_scrapes", "Answers to GET /metrics begun.", write_scrapes),
    DAEMON(COUNTER, "process_cpu_seconds", "Processor time of the daemon.", write_cpu),
    DAEMON(GAUGE, "process_resident_memory_bytes", "Resident memory of the daemon.",
           write_resident),
    DAEMON(GAUGE, "process_virtual_memory_bytes", "Virtual memory of the daemon.",
           write_virtual),
    DAEMON(GAUGE, "process_open_fds", "Descriptors that the daemon has open.",
           write_open),
    DAEMON(GAUGE, "process_max_fds", "Descriptors that the daemon may have open.",
           write_max),
    DAEMON(GAUGE, "process_start_time_seconds",
           "When the daemon was started, Unix epoch.", write_start),
    {0},
};
