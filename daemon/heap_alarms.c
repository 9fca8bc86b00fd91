/* heap_alarms.c - a heap that stands still is an alarm.
 *
 * The source decides what "still" means; here the state gets a name and a sentence. */
#include "heap_alarms.h"

#include <stdio.h>

static void on_heap(struct hub_tap *tap, struct hub_heap *heap,
                    enum hub_heap_event event) {
  struct heap_alarms *heap_alarms = (struct heap_alarms *)tap;
  const struct proto_heap *info = &heap->source->info;
  char name[sizeof(((struct alarm *)0)->name)];
  snprintf(name, sizeof(name), "heap.%s", info->id);
  if (info->failed && event != HUB_HEAP_REMOVED) {
    alarms_raise(heap_alarms->alarms, heap_alarms->hub->now(), name,
                 "heap %s comes to no safepoint: it answers nothing", info->id);
  } else {
    alarms_clear(heap_alarms->alarms, name);
  }
}

void heap_alarms_init(struct heap_alarms *heap_alarms, struct hub *hub,
                      struct alarms *alarms) {
  static const struct hub_tap_ops ops = {.heap = on_heap};
  *heap_alarms =
      (struct heap_alarms){.tap = {.ops = &ops}, .alarms = alarms, .hub = hub};
  hub_add_tap(hub, &heap_alarms->tap);
}

void heap_alarms_fini(struct heap_alarms *heap_alarms) {
  hub_remove_tap(heap_alarms->hub, &heap_alarms->tap);
}
