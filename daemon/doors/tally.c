/* tally.c - how many of something each network has, and how fast it comes.
 *
 *   speed    now ........ until .......... now + 1 s
 *                         +-- each one moves it on by 1 s / a_second; past the end: no
 */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash(const struct tally *tally, const char *network) {
  uint64_t value = 14695981039346656037u ^ tally->seed;
  for (const char *at = network; *at != '\0'; at++) {
    value = (value ^ (unsigned char)*at) * 1099511628211u;
  }
  return value ^ value >> 32;
}

void tally_init(struct tally *tally, uint64_t seed) {
  memset(tally, 0, sizeof(*tally));
  tally->seed = seed;
}

static struct tally_place *find(const struct tally *tally, const char *network) {
  struct tally_place *place = tally->buckets[hash(tally, network) % TALLY_BUCKETS];
  while (place && strcmp(place->network, network) != 0) {
    place = place->next;
  }
  return place;
}

struct tally_place *tally_add(struct tally *tally, const char *network) {
  struct tally_place *place = find(tally, network);
  if (!place) {
    struct tally_place **bucket = &tally->buckets[hash(tally, network) % TALLY_BUCKETS];
    place = calloc(1, sizeof(*place));
    if (!place) {
      return NULL;
    }
    memcpy(place->network, network, strnlen(network, sizeof(place->network) - 1));
    place->next = *bucket;
    place->link = bucket;
    if (place->next) {
      place->next->link = &place->next;
    }
    *bucket = place;
  }
  place->count++;
  return place;
}

void tally_remove(struct tally_place *place) {
  if (!place || --place->count > 0) {
    return;
  }
  *place->link = place->next;
  if (place->next) {
    place->next->link = place->link;
  }
  free(place);
}

unsigned tally_count(const struct tally *tally, const char *network) {
  const struct tally_place *place = find(tally, network);
  return place ? place->count : 0;
}

bool tally_is_too_fast(struct tally *tally, const char *network, unsigned a_second,
                       uint64_t now_ms) {
  uint64_t now_us = now_ms * 1000u;
  size_t slot = hash(tally, network) % TALLY_SPEEDS;
  bool is_its = strcmp(tally->speeds[slot].network, network) == 0;
  if (tally->speeds[slot].until_us <= now_us) {
    strncpy(tally->speeds[slot].network, network, PEER_ADDRESS_BYTES - 1);
    tally->speeds[slot].until_us = now_us;
  } else if (!is_its) {
    return false;
  }
  uint64_t share_us = 1000000u / a_second;
  if (tally->speeds[slot].until_us - now_us + share_us > 1000000u) {
    return true;
  }
  tally->speeds[slot].until_us += share_us;
  return false;
}
