/* bench_metrics.c - what a scrape of many heaps costs the loop.
 *
 *   bench_metrics [HEAPS [ROUNDS]]
 *
 * Every heap has every series that it can have. Shown are the bytes of the text, how
 * long making all of it takes, and the longest piece: as long as that, and no longer,
 * the loop does nothing else. Times are the processor's, so that a busy machine does
 * not count. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "../daemon/metrics_fixture.h"

#define PIECE_BYTES (16u * 1024u)

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

struct cost {
  uint64_t bytes, total_ns, longest_ns;
};

static struct cost scrape(struct metrics *metrics, enum exposition_format format) {
  static char piece[PIECE_BYTES];
  struct metrics_scrape *scrape = metrics_scrape_new(metrics, format);
  struct cost cost = {0};
  for (ptrdiff_t got = 1; got > 0; cost.bytes += (uint64_t)got) {
    uint64_t begin_ns = now_ns();
    got = metrics_scrape_next(scrape, piece, sizeof(piece));
    uint64_t ns = now_ns() - begin_ns;
    cost.total_ns += ns;
    cost.longest_ns = ns > cost.longest_ns ? ns : cost.longest_ns;
  }
  metrics_scrape_free(scrape);
  return cost;
}

static int by_total(const void *a, const void *b) {
  const struct cost *first = a, *second = b;
  return (first->total_ns > second->total_ns) - (first->total_ns < second->total_ns);
}

int main(int argc, char **argv) {
  static const char *const names[] = {"classic", "openmetrics"};
  unsigned heaps = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
  unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 51;
  struct cost *costs = calloc(rounds, sizeof(*costs));
  struct figures figures;
  figures_init(&figures, heaps, "hosted", "documents");
  for (unsigned i = 0; i < heaps; i++) {
    heap_tells_all(&figures.sources[i], 31);
  }
  for (unsigned format = 0; format < 2; format++) {
    uint64_t longest_ns = 0;
    for (unsigned i = 0; i < rounds; i++) {
      costs[i] = scrape(&figures.metrics, (enum exposition_format)format);
      longest_ns = costs[i].longest_ns > longest_ns ? costs[i].longest_ns : longest_ns;
    }
    qsort(costs, rounds, sizeof(*costs), by_total);
    printf("%-11s %u heaps: %" PRIu64
           " bytes, %.2f ms (median), longest piece %.3f ms\n",
           names[format], heaps, costs[0].bytes,
           (double)costs[rounds / 2].total_ns / 1e6, (double)longest_ns / 1e6);
  }
  figures_fini(&figures);
  free(costs);
  return 0;
}
