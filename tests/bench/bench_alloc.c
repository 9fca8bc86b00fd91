/* bench_alloc.c - the allocators' works: bench_PROGRAM WORK SIZE [REPEATS]
 *
 *   w1 N      N pairs of block alloc + free by pattern and size      ns a pair
 *   birth N   the same with objects: born zeroed, dead by counting   ns a pair
 *   list N    free a linked list of N nodes, linked in the order in which they were
 *             allocated and shuffled                                 ns a node
 *
 *   hot         alloc, free, alloc, free
 *   lifo1000    1000 allocs, their frees in reverse
 *   rand100k    100,000 allocs, their frees in random order
 *   churn100k   100,000 alive, and one at random is replaced, again and again
 *
 * Sizes are 32, 64, 512 or mixed, 16 to 512. Whoever allocates writes the first word, a
 * NULL: an object's first word is a reference. (A single byte would be unfair to who
 * reads the word soon after: the processor must put it together from two writes.) The
 * compiler must not know malloc: it would leave the pair out. */
#include "allocators.h"

enum { MANY = 100000, SIZES = 1 << 16 };

typedef void *take(size_t size);
typedef void give(void *block);
enum pattern { HOT, LIFO1000, RAND100K, CHURN100K, PATTERNS };

static void *blocks[MANY];
static uint32_t shuffled[MANY], victims[SIZES];
static uint16_t sizes[SIZES];

static uint64_t random_state = 88172645463325252u;

static uint32_t random_below(uint32_t limit) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 16) % limit;
}

/* Fisher-Yates. */
static void shuffle(uint32_t *order, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    order[i] = i;
  for (uint32_t i = count - 1; i > 0; i--) {
    uint32_t k = random_below(i + 1), swapped = order[i];
    order[i] = order[k];
    order[k] = swapped;
  }
}

/* The patterns are inlined with `new` and `free` constant, so that these are direct
 * calls, as a program has them. */
#define INLINED static inline __attribute__((always_inline))

INLINED void *touched(take *new, long i) {
  char *block = new (sizes[i % SIZES]);
  *(void *volatile *)block = NULL;
  return block;
}

INLINED void hot(take *new, give *free, long pairs) {
  for (long i = 0; i < pairs; i++)
    free(touched(new, i));
}

INLINED void lifo(take *new, give *free, long pairs) {
  for (long done = 0; done < pairs; done += 1000) {
    for (long i = 0; i < 1000; i++)
      blocks[i] = touched(new, done + i);
    for (long i = 999; i >= 0; i--)
      free(blocks[i]);
  }
}

INLINED void fill(take *new, long from) {
  for (long i = 0; i < MANY; i++)
    blocks[i] = touched(new, from + i);
}

INLINED void drain(give *free) {
  for (long i = 0; i < MANY; i++)
    free(blocks[shuffled[i]]);
}

INLINED void random_order(take *new, give *free, long pairs) {
  for (long done = 0; done < pairs; done += MANY) {
    fill(new, done);
    drain(free);
  }
}

INLINED void churn(take *new, give *free, long pairs) {
  for (long i = 0; i < pairs; i++) {
    void **victim = &blocks[victims[i % SIZES]];
    free(*victim);
    *victim = touched(new, i * 7);
  }
}

/* One measurement; returns the time of a pair. */
INLINED double measure(enum pattern pattern, take *new, give *free, long pairs) {
  if (pattern == CHURN100K)
    fill(new, 0);
  double start = bench_now_ns();
  switch (pattern) {
  case HOT: hot(new, free, pairs); break;
  case LIFO1000: lifo(new, free, pairs); break;
  case RAND100K: random_order(new, free, pairs); break;
  case CHURN100K: churn(new, free, pairs); break;
  case PATTERNS: break;
  }
  double end = bench_now_ns();
  if (pattern == CHURN100K)
    drain(free);
  return (end - start) / (double)pairs;
}

static double measure_blocks(enum pattern pattern, long pairs) {
  return measure(pattern, block_new, block_free, pairs);
}

static double measure_objects(enum pattern pattern, long pairs) {
  return measure(pattern, object_new, object_free, pairs);
}

/* Untimed: every block is whole and nobody else's, and objects begin zeroed. */
INLINED void check(take *new, give *free, size_t header, bool zeroed) {
  enum { FEW = 3000 };
  for (int i = 0; i < FEW; i++) {
    unsigned char *block = blocks[i] = new (sizes[i]);
    if (block == NULL)
      give_up("no memory");
    for (size_t k = 0; zeroed && k < sizes[i] - header; k++)
      if (block[k] != 0)
        give_up("an object is not zeroed");
    /* An object's first word is a reference and stays NULL. */
    memset(block + header, i & 0xff, sizes[i] - 2 * header);
  }
  for (int i = 0; i < FEW; i++) {
    const unsigned char *block = blocks[i];
    for (size_t k = header; k < sizes[i] - header; k++)
      if (block[k] != (i & 0xff))
        give_up("two blocks overlap");
    free(blocks[i]);
  }
}

static void set_sizes(unsigned size) {
  for (int i = 0; i < SIZES; i++)
    sizes[i] = (uint16_t)(size != 0 ? size : 16 + random_below(63) * 8);
}

static void all_patterns(const char *work, long pairs, bool objects) {
  static const char *const names[PATTERNS] = {"hot", "lifo1000", "rand100k",
                                              "churn100k"};
  static const unsigned all_sizes[] = {32, 64, 512, 0};
  for (int s = 0; s < 4; s++) {
    set_sizes(all_sizes[s]);
    if (objects)
      check(object_new, object_free, OBJECT_HEADER, true);
    else
      check(block_new, block_free, 0, false);
    for (int p = 0; p < PATTERNS; p++) {
      double times[MAX_REPEATS];
      char name[64];
      if (p == CHURN100K && all_sizes[s] != 0)
        continue;
      for (int i = 0; i < repeats; i++)
        times[i] = objects ? measure_objects((enum pattern)p, pairs)
                           : measure_blocks((enum pattern)p, pairs);
      int length = snprintf(name, sizeof name, "%s-%s-", work, names[p]);
      snprintf(name + length, sizeof name - (size_t)length,
               all_sizes[s] != 0 ? "%u" : "mix", all_sizes[s]);
      bench_row(name, bench_median(times, repeats), "ns/pair");
    }
  }
}

static void w1(long pairs) {
  all_patterns("w1", pairs, false);
}

static void birth(long pairs) {
  all_patterns("birth", pairs, true);
}

/* `order` says which node comes after which; NULL is the order of allocation. */
static double list_death_ns(long count, const uint32_t *order) {
  struct list_node **nodes = malloc((size_t)count * sizeof(struct list_node *));
  if (nodes == NULL)
    give_up("no memory");
  list_begin();
  for (long i = 0; i < count; i++) {
    nodes[i] = node_new();
    if (nodes[i] == NULL)
      give_up("no memory");
  }
  for (long i = 0; i + 1 < count; i++)
    node_link(nodes[order != NULL ? order[i] : i],
              nodes[order != NULL ? order[i + 1] : i + 1]);
  struct list_node *head = nodes[order != NULL ? order[0] : 0];
  free(nodes);
  list_end();
  double start = bench_now_ns();
  list_free(head);
  double end = bench_now_ns();
  return (end - start) / (double)count;
}

static void list(long count) {
  uint32_t *order = malloc((size_t)count * sizeof *order);
  if (order == NULL)
    give_up("no memory");
  shuffle(order, (uint32_t)count);
  for (int is_shuffled = 0; is_shuffled < 2; is_shuffled++) {
    double times[MAX_REPEATS];
    char name[64];
    for (int i = 0; i < repeats; i++)
      times[i] = list_death_ns(count, is_shuffled ? order : NULL);
    snprintf(name, sizeof name, "list-%s-%s", bench_size(count),
             is_shuffled ? "shuffled" : "order");
    bench_row(name, bench_median(times, repeats), "ns/node");
  }
  free(order);
}

int main(int argc, char **argv) {
  static const struct work works[] = {
      {"w1", w1}, {"birth", birth}, {"list", list}, {NULL, NULL}};
  subject_open();
  shuffle(shuffled, MANY);
  for (int i = 0; i < SIZES; i++)
    victims[i] = random_below(MANY);
  int status = bench_main(argc, argv, works);
  subject_close();
  return status;
}
