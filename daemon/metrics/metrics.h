/* metrics.h - what Prometheus scrapes: figures of every heap and of the daemon itself.
 *
 *   hub --tap--> metrics_heap: newest sample and pools, counters, pause histogram
 *                    |
 *   GET /metrics --> scrape --next--> some 16 KB of text --sent--> next ... --> 0
 *
 * The tap only adds up; text is made when somebody asks, and only as fast as it is
 * sent, a piece of at most one family of one heap beyond a buffer. So a scrape never
 * holds the loop, however many heaps there are, and costs one buffer. In between
 * figures may move on; one family of one heap never tears.
 *
 * What bounds the number of series: heaps (the hub's limit), three generations, the
 * contract's reasons and methods, size classes that were ever used. A heap that goes
 * takes its series along. Loop thread only. */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "dispatch.h"
#include "exposition.h"
#include "hub.h"

/* How often a heap's state is asked for. Prometheus looks every 15 s or more, so it
 * sees nothing older than this; raising it saves nothing that can be measured. */
#define METRICS_INTERVAL_MS 1000u
/* Upper bounds of pauses: 1 us to 1 s, three a decade; and one above them all. */
#define METRICS_BOUNDS  19u
#define METRICS_BUCKETS (METRICS_BOUNDS + 1u)
/* "threshold", "explicit" ... "unknown": the contract's reasons. */
#define METRICS_REASONS 7u

/* A collection that an exemplar shows; seq 0: none. */
struct metrics_example {
  uint64_t seq, pause_ns;
  int64_t time_ms;
};

struct metrics_generation {
  uint64_t by_reason[METRICS_REASONS];
  uint64_t buckets[METRICS_BUCKETS]; /* not cumulative */
  uint64_t pause_sum_ns;
  uint64_t freed_bytes;
  bool knows_freed_bytes;
  struct metrics_example examples[METRICS_BUCKETS]; /* the newest in each */
};

/* One heap's figures. */
struct metrics_heap {
  struct metrics_heap *next;
  const struct hub_heap *heap;      /* borrowed; the key */
  char label[2 * PROTO_NAME_BYTES]; /* the id, escaped */
  bool is_cpython, has_sample, has_pools;
  struct proto_sample sample;
  struct proto_pools pools;
  struct metrics_generation generations[PROTO_GENERATIONS];
  uint64_t lost; /* collections whose records were not to be had */
};

struct metrics {
  struct hub_tap tap;                  /* first */
  struct hub *hub;                     /* borrowed */
  const struct dispatch *dispatch;     /* borrowed; read when somebody scrapes */
  struct metrics_heap *heaps;          /* owned; in the hub's order */
  uint64_t commands[PROTO_METHODS][2]; /* of the audit: [0] done, [1] refused */
  uint64_t scrapes;
  int64_t start_ms; /* of the process */
};

/* Begin to listen to the hub; the struct must not move. The dispatch may be filled in
 * later, before the first scrape. */
void metrics_init(struct metrics *metrics, struct hub *hub,
                  const struct dispatch *dispatch);
/* Before the hub ends. No scrape is under way. */
void metrics_fini(struct metrics *metrics);

/* The name of a reason in the table, by its index below METRICS_REASONS. */
const char *metrics_reason(unsigned index);
/* The upper bound of a bucket below METRICS_BOUNDS, in nanoseconds and as a label. */
uint64_t metrics_bound_ns(unsigned bucket);
const char *metrics_bound_text(unsigned bucket);

/* One answer to GET /metrics under way. */
struct metrics_scrape;

/* NULL when memory is short. `metrics` is borrowed. */
struct metrics_scrape *metrics_scrape_new(struct metrics *metrics,
                                          enum exposition_format format);
void metrics_scrape_free(struct metrics_scrape *scrape);
/* The next piece of the text, at most `size` bytes. How many; 0: that was all; -1:
 * memory ran short in the midst of it. */
ptrdiff_t metrics_scrape_next(struct metrics_scrape *scrape, char *ret, size_t size);

/* A family of series (metrics_families.c). One of the two functions is set; it writes
 * the family's series of one heap, or of the daemon. */
struct metrics_family {
  enum exposition_type type;
  const char *name, *help;
  void (*of_heap)(struct exposition *out, const struct metrics_heap *heap);
  void (*of_daemon)(struct exposition *out, const struct metrics *metrics);
};
/* Ends with a row without a name. */
extern const struct metrics_family metrics_families[];

#endif
