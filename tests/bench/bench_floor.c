/* bench_floor.c - tight loops over plain arrays; see bench_floor.h for the idea.
 *
 *   objects | 32 bytes | 32 bytes | ...   two targets in each
 *   counts  | 1 | 1 | 1 | ...             one byte an object
 *   marks   | 64 objects | 64 objects |   one bit an object
 */
#include "bench_floor.h"

#include "workloads.h"

#include <sys/mman.h>

enum { RING = 16 }; /* prefetches in flight */

struct object {
  uint32_t first, second;
  uint64_t rest[3];
};

struct bench_floor {
  uint32_t count;
  uint32_t stride;
  struct object *objects;
  uint8_t *counts;
  uint64_t *marks;
  uint64_t seen; /* keeps the reads from being optimised away */
};

static size_t marks_bytes(const struct bench_floor *floor) {
  return ((size_t)floor->count / 64 + 1) * sizeof(uint64_t);
}

static void *pages(size_t bytes) {
  void *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    give_up("no memory");
  (void)madvise(memory, bytes, MADV_HUGEPAGE);
  memset(memory, 0, bytes);
  return memory;
}

struct bench_floor *bench_floor_new(long count) {
  struct bench_floor *floor = malloc(sizeof *floor);
  if (floor == NULL)
    give_up("no memory");
  *floor = (struct bench_floor){.count = (uint32_t)count,
                                .stride = (uint32_t)bench_stride(count)};
  floor->objects = pages((size_t)count * sizeof(struct object));
  floor->counts = pages((size_t)count);
  floor->marks = pages(marks_bytes(floor));
  uint32_t random = 12345;
  for (long i = 0; i < count; i++) {
    uint32_t first = bench_random(&random) % floor->count;
    uint32_t second = bench_random(&random) % floor->count;
    floor->objects[i] = (struct object){first, second, {first, second, 1}};
  }
  return floor;
}

void bench_floor_free(struct bench_floor *floor) {
  munmap(floor->objects, (size_t)floor->count * sizeof(struct object));
  munmap(floor->counts, (size_t)floor->count);
  munmap(floor->marks, marks_bytes(floor));
  free(floor);
}

/* The oldest of the ring is due; the new one's line starts to come. */
static inline uint32_t exchange(uint32_t *slot, uint32_t next, const void *line) {
  uint32_t due = *slot;
  __builtin_prefetch(line, 1);
  *slot = next;
  return due;
}

static uint64_t count_pass(const struct bench_floor *floor) {
  const struct object *objects = floor->objects;
  uint8_t *counts = floor->counts;
  uint32_t ring[RING] = {0};
  uint64_t seen = 0;
  /* The ring starts with zeros: object 0 is counted RING times too often. */
  counts[0] = (uint8_t)(counts[0] - RING);
  for (uint32_t i = 0; i < floor->count; i++) {
    uint32_t first = objects[i].first, second = objects[i].second;
    seen += objects[i].rest[0] + objects[i].rest[1] + objects[i].rest[2];
    uint32_t slot = i * 2 % RING;
    counts[exchange(&ring[slot], first, &counts[first])]++;
    counts[exchange(&ring[slot + 1], second, &counts[second])]++;
  }
  for (int i = 0; i < RING; i++)
    counts[ring[i]]++;
  return seen;
}

static inline void set_mark(uint64_t *marks, uint32_t object) {
  marks[object / 64] |= UINT64_C(1) << object % 64;
}

static uint64_t mark_pass(const struct bench_floor *floor) {
  const struct object *objects = floor->objects;
  uint64_t *marks = floor->marks;
  uint32_t ring[RING] = {0}, next = 0;
  uint64_t seen = 0;
  for (uint32_t i = 0; i < floor->count + RING; i++) {
    const struct object *object =
        &objects[exchange(&ring[i % RING], next, &objects[next])];
    seen += object->rest[2];
    set_mark(marks, object->first);
    set_mark(marks, object->second);
    next += floor->stride;
    next -= next >= floor->count ? floor->count : 0;
  }
  return seen;
}

double bench_floor_ns(struct bench_floor *floor) {
  memset(floor->counts, 0, floor->count);
  memset(floor->marks, 0, marks_bytes(floor));
  double start = bench_now_ns();
  floor->seen = count_pass(floor);
  floor->seen += mark_pass(floor);
  double end = bench_now_ns();
  uint64_t counted = 0, targets = 0, marked = 0;
  for (uint32_t i = 0; i < floor->count; i++) {
    counted += floor->counts[i];
    targets += floor->counts[i] != 0;
    marked += floor->marks[i / 64] >> i % 64 & 1;
  }
  if (counted != UINT64_C(2) * floor->count || targets != marked || floor->seen == 0)
    give_up("the floor missed a target");
  return end - start;
}
