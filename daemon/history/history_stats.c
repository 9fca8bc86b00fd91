/* history_stats.c - many collections as one row: sums, and their pauses by size.
 *
 *   pause    256 ns .. 512 ns .. 1 us .......... 2^40 ns
 *   step      0 ... 7   8 ... 15  16 ...   ...     255
 *
 * Eight steps for each doubling, so a step is at most 9 % wide and its middle at most
 * 5 % from any pause in it. A row holds only the steps that have a pause: (step, count)
 * pairs, the count in groups of seven bits. */
#include <string.h>

#include "history_private.h"

#define FIRST_DOUBLING 8u /* 2^8 ns and less is step 0 */

const int64_t history_width_ms[HISTORY_WIDTHS] = {10000, 60000, 3600000};

static unsigned step_of(uint64_t pause_ns) {
  if (pause_ns < (1u << FIRST_DOUBLING)) {
    return 0;
  }
  unsigned doubling = 63u - (unsigned)__builtin_clzll(pause_ns);
  unsigned eighth = (unsigned)(pause_ns >> (doubling - 3)) & 7u;
  unsigned step = (doubling - FIRST_DOUBLING) * 8u + eighth;
  return step < HISTORY_PAUSE_STEPS ? step : HISTORY_PAUSE_STEPS - 1;
}

/* The middle of a step. */
static uint64_t middle_of(unsigned step) {
  unsigned doubling = FIRST_DOUBLING + step / 8u;
  uint64_t eighth = UINT64_C(1) << (doubling - 3);
  return (8u + step % 8u) * eighth + eighth / 2;
}

static uint64_t add(uint64_t a, uint64_t b) {
  return a + b < a ? UINT64_MAX : a + b;
}

void history_stats_add(struct history_stats *stats,
                       const struct proto_collection *collection) {
  stats->count++;
  stats->pause_total_ns = add(stats->pause_total_ns, collection->pause_ns);
  if (collection->pause_ns > stats->pause_max_ns) {
    stats->pause_max_ns = collection->pause_ns;
  }
  stats->collected = add(stats->collected, collection->collected);
  stats->uncollectable = add(stats->uncollectable, collection->uncollectable);
  if ((collection->has & PROTO_HAS_CANDIDATES) != 0) {
    stats->candidates = add(stats->candidates, collection->candidates);
  }
  if ((collection->has & PROTO_HAS_FREED_BYTES) != 0) {
    stats->freed_bytes = add(stats->freed_bytes, collection->freed_bytes);
  }
  stats->pauses[step_of(collection->pause_ns)]++;
  stats->is_dirty = true;
}

void history_stats_merge(struct history_stats *into, const struct history_stats *from) {
  into->count += from->count;
  into->pause_total_ns = add(into->pause_total_ns, from->pause_total_ns);
  if (from->pause_max_ns > into->pause_max_ns) {
    into->pause_max_ns = from->pause_max_ns;
  }
  into->collected = add(into->collected, from->collected);
  into->uncollectable = add(into->uncollectable, from->uncollectable);
  into->candidates = add(into->candidates, from->candidates);
  into->freed_bytes = add(into->freed_bytes, from->freed_bytes);
  for (unsigned i = 0; i < HISTORY_PAUSE_STEPS; i++) {
    into->pauses[i] += from->pauses[i];
  }
}

/* The pause that `rank` of them (1 is the shortest) do not exceed. */
static uint64_t ranked(const struct history_stats *stats, uint64_t rank) {
  uint64_t seen = 0;
  for (unsigned i = 0; i < HISTORY_PAUSE_STEPS; i++) {
    seen += stats->pauses[i];
    if (seen >= rank) {
      uint64_t middle = middle_of(i);
      return middle < stats->pause_max_ns ? middle : stats->pause_max_ns;
    }
  }
  return stats->pause_max_ns;
}

void history_stats_summary(const struct history_stats *stats,
                           struct proto_history_generation *ret) {
  *ret =
      (struct proto_history_generation){.pauses = {.count = stats->count,
                                                   .max_ns = stats->pause_max_ns,
                                                   .total_ns = stats->pause_total_ns},
                                        .collected = stats->collected,
                                        .uncollectable = stats->uncollectable,
                                        .candidates = stats->candidates,
                                        .freed_bytes = stats->freed_bytes};
  if (stats->count > 0) {
    ret->pauses.p50_ns = ranked(stats, (stats->count + 1) / 2);
    ret->pauses.p99_ns = ranked(stats, stats->count - stats->count / 100);
  }
}

size_t history_pauses_pack(const struct history_stats *stats, unsigned char *ret) {
  size_t length = 0;
  for (unsigned i = 0; i < HISTORY_PAUSE_STEPS; i++) {
    uint32_t count = stats->pauses[i];
    if (count == 0) {
      continue;
    }
    ret[length++] = (unsigned char)i;
    while (count >= 0x80u) {
      ret[length++] = (unsigned char)(count | 0x80u);
      count >>= 7;
    }
    ret[length++] = (unsigned char)count;
  }
  return length;
}

void history_pauses_unpack(struct history_stats *stats, const unsigned char *bytes,
                           size_t length) {
  memset(stats->pauses, 0, sizeof stats->pauses);
  for (size_t at = 0; at < length;) {
    unsigned step = bytes[at++], shift = 0;
    uint32_t count = 0;
    while (at < length && shift < 32) {
      unsigned char byte = bytes[at++];
      count |= (uint32_t)(byte & 0x7fu) << shift;
      shift += 7;
      if ((byte & 0x80u) == 0) {
        break;
      }
    }
    stats->pauses[step] += count;
  }
}
