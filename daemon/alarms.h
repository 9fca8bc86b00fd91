/* alarms.h - what is wrong with the daemon now, for /healthz, server.info and the log.
 *
 *   history cannot write --alarms_raise("history", ...)--> degraded, one line logged
 *   it can again         --alarms_clear("history")-------> ok, one line logged
 *
 * An alarm is a state, not an event: raising one that stands already changes its text
 * and logs nothing while the text stays the same. A daemon with alarms still streams.
 * Loop thread only. */
#ifndef DAEMON_ALARMS_H
#define DAEMON_ALARMS_H

#include <stddef.h>
#include <stdint.h>

#include "moment.h"
#include "proto.h"

/* Past it an alarm is logged but not listed. */
#define ALARMS_MAX 16u

struct alarm {
  char name[80]; /* stable: "history", "heap.documents" */
  char message[160];
  int64_t since_ms; /* wall clock */
};

/* All zero: none. */
struct alarms {
  struct alarm list[ALARMS_MAX]; /* the oldest first */
  unsigned count;
};

void alarms_raise(struct alarms *alarms, struct moment now, const char *name,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Nothing happens when it does not stand. */
void alarms_clear(struct alarms *alarms, const char *name);
/* NULL when it does not stand; borrowed until the next call that changes any. */
const struct alarm *alarms_find(const struct alarms *alarms, const char *name);
/* For the wire: fill `ret`, which borrows the texts, and return how many there are. */
unsigned alarms_list(const struct alarms *alarms, struct proto_alarm ret[ALARMS_MAX]);

#endif
