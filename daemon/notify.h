/* notify.h - tell the service manager how it goes.
 *
 *   READY=1 --> WATCHDOG=1 at half of $WATCHDOG_USEC ... --> STOPPING=1
 *
 * Without a service manager ($NOTIFY_SOCKET unset) every call does nothing. The
 * watchdog is fed from the loop, so it tells that the loop turns. Loop thread only. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <uv.h>

struct notify {
  uv_timer_t watchdog;
  bool is_fed;
};

void notify_ready(struct notify *notify, uv_loop_t *loop, const char *status);
/* Also ends the watchdog's timer. May be called twice, and without notify_ready. */
void notify_stopping(struct notify *notify);

#endif
