/* heap_alarms.h - a heap that stands still is an alarm.
 *
 *   source: info.failed, sink->changed --> hub --> this tap --> alarm "heap.ID"
 *
 * A heap thread that comes to no safepoint harms nobody but its own heap: the daemon
 * goes on, and whoever watches over it has to hear why that heap is silent. The alarm
 * is over when the heap comes back or goes. Loop thread only. */
#ifndef DAEMON_HEAP_ALARMS_H
#define DAEMON_HEAP_ALARMS_H

#include "alarms.h"
#include "hub.h"

struct heap_alarms {
  struct hub_tap tap; /* first */
  struct alarms *alarms;
  struct hub *hub;
};

/* Watch the heaps of `hub`; both are borrowed. The struct must not move. */
void heap_alarms_init(struct heap_alarms *heap_alarms, struct hub *hub,
                      struct alarms *alarms);
void heap_alarms_fini(struct heap_alarms *heap_alarms);

#endif
