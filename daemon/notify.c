/* notify.c - tell the service manager how it goes. */
#include "notify.h"

#include <systemd/sd-daemon.h>

static void feed(uv_timer_t *timer) {
  (void)timer;
  sd_notify(0, "WATCHDOG=1");
}

void notify_ready(struct notify *notify, uv_loop_t *loop, const char *status) {
  uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) > 0 &&
      uv_timer_init(loop, &notify->watchdog) == 0) {
    uint64_t half_ms = usec / 2000;
    notify->is_fed = true;
    uv_timer_start(&notify->watchdog, feed, 0, half_ms > 0 ? half_ms : 1);
  }
  sd_notifyf(0, "READY=1\nSTATUS=%s", status);
}

void notify_stopping(struct notify *notify) {
  sd_notify(0, "STOPPING=1\nSTATUS=Shutting down.");
  if (notify->is_fed) {
    notify->is_fed = false;
    uv_close((uv_handle_t *)&notify->watchdog, NULL);
  }
}
