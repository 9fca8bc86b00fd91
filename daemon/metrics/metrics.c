/* metrics.c - what Prometheus scrapes: the figures that are kept, and a scrape's way
 * through them.
 *
 *   families   | collections | pauses | ... | process |
 *                 heap 1, 2, 3 ...              once
 *                         ^ (family, heap's number): where a scrape stands
 *
 * A scrape remembers a number and no pointer, as heaps come and go between two of its
 * pieces. */
#include "metrics.h"

#include <stdlib.h>
#include <string.h>

#include "process.h"

static const char *const reasons[METRICS_REASONS] = {
    "threshold", "explicit", "remote", "rule", "memory", "shutdown", "unknown"};

static const struct {
  uint64_t ns;
  const char *text; /* the same in both formats, so that a series keeps its name */
} bounds[METRICS_BOUNDS] = {
    {1000, "1e-06"},     {2500, "2.5e-06"},   {5000, "5e-06"},     {10000, "1e-05"},
    {25000, "2.5e-05"},  {50000, "5e-05"},    {100000, "0.0001"},  {250000, "0.00025"},
    {500000, "0.0005"},  {1000000, "0.001"},  {2500000, "0.0025"}, {5000000, "0.005"},
    {10000000, "0.01"},  {25000000, "0.025"}, {50000000, "0.05"},  {100000000, "0.1"},
    {250000000, "0.25"}, {500000000, "0.5"},  {1000000000, "1.0"},
};

const char *metrics_reason(unsigned index) {
  return reasons[index];
}

uint64_t metrics_bound_ns(unsigned bucket) {
  return bounds[bucket].ns;
}

const char *metrics_bound_text(unsigned bucket) {
  return bounds[bucket].text;
}

/* --- what the hub tells --- */

static struct metrics_heap *find(const struct metrics *metrics,
                                 const struct hub_heap *heap) {
  struct metrics_heap *kept = metrics->heaps;
  while (kept && kept->heap != heap) {
    kept = kept->next;
  }
  return kept;
}

static void on_heap(struct hub_tap *tap, struct hub_heap *heap,
                    enum hub_heap_event event) {
  struct metrics *metrics = (struct metrics *)tap;
  struct metrics_heap **link = &metrics->heaps;
  while (*link && (*link)->heap != heap) {
    link = &(*link)->next;
  }
  if (event == HUB_HEAP_REMOVED && *link) {
    struct metrics_heap *kept = *link;
    *link = kept->next;
    free(kept);
  } else if (event == HUB_HEAP_ADDED && !*link) {
    struct metrics_heap *kept = calloc(1, sizeof(*kept));
    if (!kept) {
      return; /* a heap without metrics is better than no daemon */
    }
    const struct proto_heap *info = &heap->source->info;
    kept->heap = heap;
    kept->is_cpython = strncmp(info->kind, "cpython", strlen("cpython")) == 0;
    exposition_escape(kept->label, sizeof(kept->label), info->id);
    *link = kept;
  }
}

static void on_sample(struct hub_tap *tap, struct hub_heap *heap,
                      const struct proto_sample *sample) {
  struct metrics_heap *kept = find((struct metrics *)tap, heap);
  if (kept) {
    kept->sample = *sample;
    kept->has_sample = true;
  }
}

static void on_pools(struct hub_tap *tap, struct hub_heap *heap,
                     const struct proto_pools *pools) {
  struct metrics_heap *kept = find((struct metrics *)tap, heap);
  if (kept) {
    kept->pools = *pools;
    kept->has_pools = true;
  }
}

static unsigned reason_index(const char *reason) {
  unsigned index = 0;
  while (index < METRICS_REASONS - 1 && strcmp(reasons[index], reason) != 0) {
    index++;
  }
  return index; /* the last is "unknown" */
}

static void on_collection(struct hub_tap *tap, struct hub_heap *heap,
                          const struct proto_collection *collection) {
  struct metrics_heap *kept = find((struct metrics *)tap, heap);
  if (!kept || collection->generation >= PROTO_GENERATIONS) {
    return;
  }
  struct metrics_generation *generation = &kept->generations[collection->generation];
  unsigned bucket = 0;
  while (bucket < METRICS_BOUNDS && collection->pause_ns > bounds[bucket].ns) {
    bucket++;
  }
  generation->by_reason[reason_index(collection->reason)]++;
  generation->buckets[bucket]++;
  generation->pause_sum_ns += collection->pause_ns;
  generation->examples[bucket] = (struct metrics_example){
      collection->seq, collection->pause_ns, collection->time_ms};
  if ((collection->has & PROTO_HAS_FREED_BYTES) != 0) {
    generation->freed_bytes += collection->freed_bytes;
    generation->knows_freed_bytes = true;
  }
}

static void on_lost(struct hub_tap *tap, struct hub_heap *heap, uint64_t first_seq,
                    uint64_t last_seq) {
  struct metrics_heap *kept = find((struct metrics *)tap, heap);
  if (kept) {
    kept->lost += last_seq - first_seq + 1;
  }
}

static void on_audit(struct hub_tap *tap, const struct proto_audit *audit) {
  struct metrics *metrics = (struct metrics *)tap;
  enum proto_method method = proto_method_from_name(audit->method);
  if (method < PROTO_METHODS) {
    metrics->commands[method][audit->code != PROTO_OK]++;
  }
}

void metrics_init(struct metrics *metrics, struct hub *hub,
                  const struct dispatch *dispatch) {
  static const struct hub_tap_ops ops = {on_heap,       on_sample, on_pools,
                                         on_collection, on_lost,   on_audit};
  *metrics = (struct metrics){
      .tap = {.ops = &ops, .interval_ms = METRICS_INTERVAL_MS},
      .hub = hub,
      .dispatch = dispatch,
      .start_ms = process_start_ms(),
  };
  hub_add_tap(hub, &metrics->tap);
}

void metrics_fini(struct metrics *metrics) {
  hub_remove_tap(metrics->hub, &metrics->tap);
  while (metrics->heaps) {
    struct metrics_heap *kept = metrics->heaps;
    metrics->heaps = kept->next;
    free(kept);
  }
}

/* --- a scrape --- */

struct metrics_scrape {
  struct metrics *metrics;
  struct exposition text;
  size_t taken;                        /* bytes of the text that are gone already */
  const struct metrics_family *family; /* the next to be written */
  uint64_t heap_number;                /* its heaps up to this one are written */
  bool has_series;                     /* of this family: its header is written */
  bool is_ended;
};

struct metrics_scrape *metrics_scrape_new(struct metrics *metrics,
                                          enum exposition_format format) {
  struct metrics_scrape *scrape = calloc(1, sizeof(*scrape));
  if (scrape) {
    scrape->metrics = metrics;
    scrape->family = metrics_families;
    exposition_init(&scrape->text, format);
    metrics->scrapes++;
  }
  return scrape;
}

void metrics_scrape_free(struct metrics_scrape *scrape) {
  if (scrape) {
    exposition_fini(&scrape->text);
    free(scrape);
  }
}

/* Write families until `bytes` are there or everything is written. */
static void write_more(struct metrics_scrape *scrape, size_t bytes) {
  struct exposition *text = &scrape->text;
  while (!scrape->is_ended && !text->failed && text->length < bytes) {
    const struct metrics_family *family = scrape->family;
    if (!family->name) {
      exposition_end(text);
      scrape->is_ended = true;
      return;
    }
    exposition_family(text, family->type, family->name, family->help,
                      !scrape->has_series);
    if (family->of_daemon) {
      family->of_daemon(text, scrape->metrics);
    } else {
      struct metrics_heap *heap = scrape->metrics->heaps;
      while (heap && heap->heap->number <= scrape->heap_number) {
        heap = heap->next;
      }
      for (; heap && text->length < bytes; heap = heap->next) {
        family->of_heap(text, heap);
        scrape->heap_number = heap->heap->number;
      }
      if (heap) {
        scrape->has_series = text->has_header;
        return; /* the rest of this family in the next piece */
      }
    }
    scrape->family++;
    scrape->heap_number = 0;
    scrape->has_series = false;
  }
}

ptrdiff_t metrics_scrape_next(struct metrics_scrape *scrape, char *ret, size_t size) {
  struct exposition *text = &scrape->text;
  if (scrape->taken == text->length) {
    exposition_clear(text);
    scrape->taken = 0;
    write_more(scrape, size);
  }
  if (text->failed) {
    return -1;
  }
  size_t length = text->length - scrape->taken;
  length = length < size ? length : size;
  if (length > 0) {
    memcpy(ret, text->text + scrape->taken, length);
  }
  scrape->taken += length;
  return (ptrdiff_t)length;
}
