/* notify.h - tell the service manager how it goes.
 *
 *   READY=1 --> WATCHDOG=1, STATUS=... --> RELOADING=1 ... READY=1 --> STOPPING=1
 *
 *   tick (1 s, or a quarter of the watchdog's time where that is less)
 *     |-- heartbeats: one stands still --> alarm "heartbeat.NAME"
 *     |-- none does --> WATCHDOG=1, four times within its time
 *     +-- STATUS= when its text is another one
 *
 * The watchdog is fed from the loop and only while every heartbeat moves, so it tells
 * that the loop turns and the threads that matter work; a heap's thread is not among
 * them. Without a service manager ($NOTIFY_SOCKET unset) nothing is sent, but the
 * alarms are raised all the same. Loop thread only. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <uv.h>

#include "alarms.h"
#include "heartbeat.h"
#include "hub.h"

/* A heartbeat that stands still this long is an alarm. */
#define NOTIFY_STILL_MS 10000u

struct notify {
  uv_timer_t tick;
  bool is_ticking;
  uint64_t tick_ms, feed_ms; /* feed_ms 0: there is no watchdog */
  struct heartbeats heartbeats;
  const struct hub *hub; /* borrowed, like all of these */
  struct alarms *alarms;
  const char *url;
  char status[256];    /* as last told */
  char alarm_name[64]; /* "" : no heartbeat stands still */
};

/* Nothing is sent yet. */
void notify_init(struct notify *notify, const struct hub *hub, struct alarms *alarms);
/* The watchdog is fed only while this moves; borrowed until notify_stopping. */
void notify_watch(struct notify *notify, struct heartbeat *heartbeat);
/* The daemon serves at `url`, which is read again whenever the status is told. */
void notify_ready(struct notify *notify, uv_loop_t *loop, const char *url);
/* Around a reload, in whatever way it ends. */
void notify_reloading(struct notify *notify);
void notify_reloaded(struct notify *notify);
/* Also ends the timer. May be called twice, and without notify_ready. */
void notify_stopping(struct notify *notify);

/* What STATUS= says, such as "Serving at http://127.0.0.1:6876: 1 client, 2 heaps". */
void notify_status(const struct notify *notify, char *ret, size_t size);

#endif
