/* failures.c - wrong tokens, counted by address, and told without flooding the log. */
#include "failures.h"

#include <stdio.h>
#include <string.h>

#include "log.h"

#define MINUTE_MS 60000u

/* May one more line go to the log? */
static bool may_tell(struct failures *failures, uint64_t now_ms) {
  if (now_ms - failures->lines_since_ms >= MINUTE_MS) {
    if (failures->untold > 0) {
      log_line(LOG_LEVEL_WARNING, "and %u more lines about wrong tokens",
               failures->untold);
    }
    failures->lines_since_ms = now_ms;
    failures->lines = failures->untold = 0;
  }
  if (failures->lines >= FAILURES_LINES_A_MINUTE) {
    failures->untold++;
    return false;
  }
  failures->lines++;
  return true;
}

bool failures_count(struct failures *failures, const struct peer *peer,
                    uint64_t a_minute, uint64_t now_ms) {
  unsigned at = 0;
  failures->total++;
  for (unsigned i = 0; i < FAILURES_ADDRESSES; i++) {
    if (strcmp(failures->places[i].network, peer->network) == 0) {
      at = i;
      break;
    }
    if (failures->places[i].since_ms < failures->places[at].since_ms) {
      at = i;
    }
  }
  if (strcmp(failures->places[at].network, peer->network) != 0 ||
      now_ms - failures->places[at].since_ms >= MINUTE_MS) {
    memcpy(failures->places[at].network, peer->network, sizeof(peer->network));
    failures->places[at].count = 0;
    failures->places[at].since_ms = now_ms;
  }
  uint64_t count = ++failures->places[at].count;
  if (count == 1 && may_tell(failures, now_ms)) {
    log_line(LOG_LEVEL_WARNING, "wrong token from %s", peer->name);
  } else if (count == a_minute + 1 && may_tell(failures, now_ms)) {
    log_line(LOG_LEVEL_WARNING, "more than %llu wrong tokens in a minute from %s",
             (unsigned long long)a_minute, peer->name);
  }
  return count > a_minute;
}
