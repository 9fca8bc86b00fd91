/* notify.c - tell the service manager how it goes. */
#include "notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define TICK_MS 1000u
/* The watchdog's time is this many feedings long: a thread that stood still for half of
 * it and goes on does not cost the daemon its life. */
#define FEEDINGS 4u

/* --- what is told --- */

void notify_status(const struct notify *notify, char *ret, size_t size) {
  unsigned clients = notify->hub->listener_count, heaps = notify->hub->heap_count;
  int used = snprintf(ret, size, "Serving at %s: %u client%s, %u heap%s", notify->url,
                      clients, clients == 1 ? "" : "s", heaps, heaps == 1 ? "" : "s");
  for (unsigned i = 0; i < notify->alarms->count && used >= 0 && (size_t)used < size;
       i++) {
    used += snprintf(ret + used, size - (size_t)used, "%s%s",
                     i == 0 ? "; degraded: " : ", ", notify->alarms->list[i].name);
  }
}

/* The status when it is another one than before; with `prefix`, lines that go along in
 * any case. */
static void tell(struct notify *notify, const char *prefix) {
  char status[sizeof(notify->status)];
  notify_status(notify, status, sizeof(status));
  bool is_new = strcmp(status, notify->status) != 0;
  if (is_new || prefix[0] != '\0') {
    memcpy(notify->status, status, sizeof(status));
    sd_notifyf(0, "%sSTATUS=%s", prefix, status);
  }
}

/* --- the tick --- */

/* At most one alarm for all of them: what stands still longest. */
static void set_alarm(struct notify *notify, const struct heartbeat *still,
                      struct moment now) {
  char name[sizeof(notify->alarm_name)] = "";
  if (still) {
    snprintf(name, sizeof(name), "heartbeat.%s", still->name);
  }
  if (strcmp(name, notify->alarm_name) != 0) {
    if (notify->alarm_name[0] != '\0') {
      alarms_clear(notify->alarms, notify->alarm_name);
    }
    if (still) {
      alarms_raise(notify->alarms, now, name, "%s does not get on with its work",
                   still->name);
    }
    memcpy(notify->alarm_name, name, sizeof(name));
  }
}

static void on_tick(uv_timer_t *timer) {
  struct notify *notify = timer->data;
  struct moment now = notify->hub->now();
  uint64_t still_ms = 0;
  const struct heartbeat *stillest =
      heartbeats_look(&notify->heartbeats, now.monotonic_ms, &still_ms);
  set_alarm(notify, still_ms >= NOTIFY_STILL_MS ? stillest : NULL, now);
  if (notify->feed_ms != 0 && still_ms < notify->feed_ms) {
    sd_notify(0, "WATCHDOG=1");
  }
  tell(notify, "");
}

/* --- life --- */

void notify_init(struct notify *notify, const struct hub *hub, struct alarms *alarms) {
  *notify = (struct notify){.hub = hub, .alarms = alarms};
}

void notify_watch(struct notify *notify, struct heartbeat *heartbeat) {
  heartbeats_add(&notify->heartbeats, heartbeat, notify->hub->now().monotonic_ms);
}

void notify_ready(struct notify *notify, uv_loop_t *loop, const char *url) {
  uint64_t usec = 0;
  notify->url = url;
  notify->tick_ms = TICK_MS;
  if (sd_watchdog_enabled(0, &usec) > 0) {
    notify->feed_ms = usec / 1000u / FEEDINGS;
    notify->feed_ms = notify->feed_ms > 0 ? notify->feed_ms : 1;
    notify->tick_ms = notify->feed_ms < TICK_MS ? notify->feed_ms : TICK_MS;
  }
  if (uv_timer_init(loop, &notify->tick) == 0) {
    notify->tick.data = notify;
    notify->is_ticking = true;
    uv_timer_start(&notify->tick, on_tick, notify->tick_ms, notify->tick_ms);
  }
  tell(notify, "READY=1\n");
}

void notify_reloading(struct notify *notify) {
  /* The manager wants to know which of two reloads this is about. */
  struct timespec now = {0};
  (void)notify;
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\nSTATUS=Reloading.",
             (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u);
}

void notify_reloaded(struct notify *notify) {
  tell(notify, "READY=1\n");
}

void notify_stopping(struct notify *notify) {
  sd_notify(0, "STOPPING=1\nSTATUS=Shutting down.");
  if (notify->is_ticking) {
    notify->is_ticking = false;
    uv_close((uv_handle_t *)&notify->tick, NULL);
  }
}
