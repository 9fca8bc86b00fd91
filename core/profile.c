/* profile.c - a byte countdown over all births, and a table of what it hit.
 *
 *   births   |   a   |   b   |   a   |        left: bytes to the next point
 *            '---- left ---->^ row (b, tag) += one sample
 *
 *   index    | . | 3 | . | 1 | 2 | .      row number + 1 by type and tag; 0: empty
 *   rows     | (b, tag) | (c, tag) | (a, NULL) |    in the order they first appeared
 *
 * The estimate is on average right if the chance of a point is 1 / mean at each byte,
 * from the first on. Points at even distances from 1 to 2 * mean - 1 have that in the
 * long run; they have it at once if the first distance is that to the next point seen
 * from anywhere, which is j with a chance of (2 * mean - j) / (mean * (2 * mean - 1)):
 * the lesser one of two different numbers from 1 to 2 * mean. */
#include "profile.h"

#include "generation.h"

struct profile_row {
  const ouro_type *type;
  const char *tag;
  uint64_t samples, bytes;
  double objects; /* shares of objects add up */
};

struct profile {
  uint64_t mean;
  uint64_t left;   /* the next point is on this byte of the births to come, from 1 */
  uint64_t random; /* never 0 */
  struct profile_row *rows;
  uint32_t *index; /* twice as many places as there is room for rows */
  uint32_t count, capacity;
  uint64_t samples, lost_samples, lost_bytes;
};

/* ---- points ---- */

/* Even from 1 to `most`, which is far below 2^64. (Marsaglia's xorshift, multiplied) */
static uint64_t draw(struct profile *profile, uint64_t most) {
  uint64_t x = profile->random;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  profile->random = x;
  return 1 + x * UINT64_C(0x2545f4914f6cdd1d) % most;
}

static uint64_t first_distance(struct profile *profile) {
  uint64_t a = draw(profile, 2 * profile->mean);
  uint64_t b = draw(profile, 2 * profile->mean - 1);
  b += b >= a;
  return a < b ? a : b;
}

/* How many points fall on the next `bytes`. */
static uint64_t points_on(struct profile *profile, size_t bytes) {
  uint64_t points = 0;
  uint64_t rest = bytes;
  while (profile->left <= rest) {
    rest -= profile->left;
    profile->left = draw(profile, 2 * profile->mean - 1);
    points++;
  }
  profile->left -= rest;
  return points;
}

/* ---- rows ---- */

static size_t place_of(const struct profile *profile, const ouro_type *type,
                       const char *tag) {
  uint64_t mixed = ((uint64_t)type->index ^ (uint64_t)(uintptr_t)tag << 16) *
                   UINT64_C(0x9e3779b97f4a7c15);
  size_t mask = 2 * (size_t)profile->capacity - 1;
  size_t at = (size_t)(mixed >> 32) & mask;
  for (; profile->index[at] != 0; at = (at + 1) & mask) {
    const struct profile_row *row = &profile->rows[profile->index[at] - 1];
    if (row->type == type && row->tag == tag)
      break;
  }
  return at;
}

static void free_rows(ouro_heap *heap, struct profile *profile) {
  ouro__deallocate(heap, profile->rows, profile->capacity * sizeof *profile->rows);
  ouro__deallocate(heap, profile->index,
                   2 * (size_t)profile->capacity * sizeof *profile->index);
}

static bool grow(ouro_heap *heap, struct profile *profile) {
  struct profile larger = *profile;
  larger.capacity = profile->capacity == 0 ? 64 : profile->capacity * 2;
  if (larger.capacity > OURO_PROFILE_MAX_ROWS)
    return false;
  size_t places = 2 * (size_t)larger.capacity;
  larger.rows = ouro__allocate(heap, larger.capacity * sizeof *larger.rows);
  larger.index = ouro__allocate(heap, places * sizeof *larger.index);
  if (larger.rows == NULL || larger.index == NULL) {
    free_rows(heap, &larger);
    return false;
  }
  memset(larger.index, 0, places * sizeof *larger.index);
  for (uint32_t i = 0; i < profile->count; i++) {
    larger.rows[i] = profile->rows[i];
    larger.index[place_of(&larger, larger.rows[i].type, larger.rows[i].tag)] = i + 1;
  }
  free_rows(heap, profile);
  *profile = larger;
  return true;
}

static struct profile_row *row_of(ouro_heap *heap, struct profile *profile,
                                  const ouro_type *type, const char *tag) {
  if (profile->capacity > 0) {
    uint32_t found = profile->index[place_of(profile, type, tag)];
    if (found != 0)
      return &profile->rows[found - 1];
  }
  if (profile->count == profile->capacity && !grow(heap, profile))
    return NULL;
  struct profile_row *row = &profile->rows[profile->count];
  *row = (struct profile_row){.type = type, .tag = tag};
  profile->index[place_of(profile, type, tag)] = ++profile->count;
  return row;
}

void ouro__profile_birth(ouro_heap *heap, const ouro_type *type, size_t bytes) {
  struct profile *profile = heap->profile;
  uint64_t stands_for = bytes;
  if (bytes < profile->mean)
    stands_for = points_on(profile, bytes) * profile->mean;
  if (stands_for == 0)
    return;
  struct profile_row *row = row_of(heap, profile, type, heap->profile_tag);
  if (row == NULL) {
    profile->lost_samples++;
    profile->lost_bytes += stands_for;
    return;
  }
  profile->samples++;
  row->samples++;
  row->bytes += stands_for;
  row->objects += (double)stands_for / (double)bytes;
}

/* ---- what the program calls ---- */

int ouro_profile_start(ouro_heap *heap, uint64_t mean_bytes, uint64_t seed) {
  if (mean_bytes == 0 || mean_bytes > OURO_PROFILE_MAX_MEAN_BYTES)
    return OURO_EINVAL;
  struct profile *profile = heap->profile;
  if (profile == NULL) {
    profile = ouro__allocate(heap, sizeof *profile);
    if (profile == NULL)
      return OURO_ENOMEM;
    memset(profile, 0, sizeof *profile);
    heap->profile = profile;
  }
  if (seed == 0)
    seed = ouro__now_ns() ^ (uint64_t)(uintptr_t)heap;
  /* Why mixed: seeds that follow each other must not give distances that do. */
  seed = (seed ^ seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  seed = (seed ^ seed >> 27) * UINT64_C(0x94d049bb133111eb);
  seed ^= seed >> 31;
  profile->random = seed != 0 ? seed : 1;
  profile->mean = mean_bytes;
  profile->left = first_distance(profile);
  heap->profiling = true;
  ouro__generation_update_trigger(heap);
  return OURO_OK;
}

void ouro_profile_stop(ouro_heap *heap) {
  heap->profiling = false;
  ouro__generation_update_trigger(heap);
}

const char *ouro_profile_set_tag(ouro_heap *heap, const char *tag) {
  const char *before = heap->profile_tag;
  heap->profile_tag = tag;
  return before;
}

void ouro_profile_reset(ouro_heap *heap) {
  struct profile *profile = heap->profile;
  if (profile == NULL)
    return;
  free_rows(heap, profile);
  profile->rows = NULL;
  profile->index = NULL;
  profile->count = profile->capacity = 0;
  profile->samples = profile->lost_samples = profile->lost_bytes = 0;
}

void ouro__profile_fini(ouro_heap *heap) {
  ouro_profile_reset(heap);
  ouro__deallocate(heap, heap->profile, sizeof *heap->profile);
}

/* ---- what it knows ---- */

void ouro_profile_get_info(const ouro_heap *heap, ouro_profile_info *ret) {
  *ret = (ouro_profile_info){.running = heap->profiling};
  const struct profile *profile = heap->profile;
  if (profile == NULL)
    return;
  ret->mean_bytes = profile->mean;
  ret->rows = profile->count;
  ret->samples = profile->samples;
  ret->lost_samples = profile->lost_samples;
  ret->lost_bytes = profile->lost_bytes;
}

size_t ouro_profile_rows(const ouro_heap *heap, size_t first, ouro_profile_row *rows,
                         size_t capacity) {
  const struct profile *profile = heap->profile;
  if (profile == NULL || first >= profile->count)
    return 0;
  size_t count = profile->count - first;
  if (count > capacity)
    count = capacity;
  for (size_t i = 0; i < count; i++) {
    const struct profile_row *row = &profile->rows[first + i];
    rows[i] = (ouro_profile_row){
        .type = row->type,
        .tag = row->tag,
        .samples = row->samples,
        .objects = (uint64_t)(row->objects + 0.5),
        .bytes = row->bytes,
    };
  }
  return count;
}
