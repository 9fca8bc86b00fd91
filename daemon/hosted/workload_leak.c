/* workload_leak.c - a list that somebody forgets to empty.
 *
 *   listeners --> listener --> listener --> listener --> ...     nobody takes one away
 *                    |            |            |
 *                    v            v            v
 *                 session      session      session
 *
 * Each request makes a session, and most are freed by counting when the request ends.
 * Some have registered a listener, which holds its session for ever: not garbage, so no
 * collection helps; the census shows which type grows and the path from the root shows
 * why. At the ceiling the workload leaks no more and goes on serving, so that a daemon
 * that is forgotten over a weekend is still there. Stopping it lets go of the list. */
#include "workshop.h"

enum { LEAK_PERCENT = WORKSHOP_SETTINGS, CEILING, BYTES };
enum { LEAKED = WORKSHOP_COUNTERS, HELD, AT_CEILING };

const struct workload_class workload_leak = {
    .name = "leak",
    .description =
        "Requests of which some stay registered in a list that nobody empties: growth "
        "that no collection can undo. For learning to find it by census, growth and "
        "path to root. At the ceiling it leaks no more and goes on; stopping lets go "
        "of "
        "all.",
    .settings = {[WORKSHOP_RATE] = {"rate", "requests/s",
                                    "Requests in a second. 0 pauses; the maximum is "
                                    "flat out.",
                                    0, 10000000, 1000},
                 [WORKSHOP_SEED] = WORKSHOP_SEED_ROW,
                 [LEAK_PERCENT] = {"leak_percent", "percent",
                                   "Requests of a hundred that leave something behind.",
                                   0, 100, 10},
                 [CEILING] = {"ceiling", "sessions",
                              "So many are leaked at most. When it is lowered, the "
                              "newest are let go.",
                              0, 100000, 50000},
                 [BYTES] = {"bytes", "bytes", "Size of a session.", 0, 1024, 200}},
    .setting_count = 5,
    .counters = {[WORKSHOP_MADE] = "requests",
                 [WORKSHOP_OUT_OF_MEMORY] = "out_of_memory",
                 [LEAKED] = "leaked",
                 [HELD] = "held",
                 [AT_CEILING] = "at_ceiling"},
    .counter_count = 5,
};

struct listener {
  struct listener *next;
  void *session;
};

struct leak {
  const ouro_type *listener, *session;
  struct listener *listeners; /* owned reference; a root of the heap while not NULL */
};

static int open_leak(void *own, ouro_heap *heap) {
  static const size_t refs[] = {offsetof(struct listener, next),
                                offsetof(struct listener, session)};
  const ouro_type_info listener = {.name = "Listener",
                                   .size = sizeof(struct listener),
                                   .refs = refs,
                                   .ref_count = 2};
  const ouro_type_info session = {.name = "Session", .flags = OURO_TYPE_ACYCLIC};
  struct leak *leak = own;
  int error = ouro_type_new(heap, &listener, &leak->listener);
  return error != 0 ? error : ouro_type_new(heap, &session, &leak->session);
}

static bool is_at_ceiling(const struct bench *bench) {
  return bench->state.counters[HELD] >= bench_setting(bench, CEILING);
}

/* Remember a session for ever. */
static bool register_listener(struct leak *leak, struct bench *bench, void *session) {
  struct listener *listener = ouro_new(bench->heap, leak->listener);
  if (listener == NULL)
    return false;
  ouro_set(bench->heap, &listener->session, session);
  listener->next = leak->listeners; /* takes our reference */
  if (leak->listeners == NULL)
    (void)ouro_root_add(bench->heap, &leak->listeners, "listeners");
  leak->listeners = listener;
  bench->state.counters[LEAKED]++;
  bench->state.counters[HELD]++;
  bench->state.counters[AT_CEILING] = is_at_ceiling(bench);
  return true;
}

static bool serve_request(void *own, struct bench *bench) {
  struct leak *leak = own;
  void *session =
      ouro_new_tail(bench->heap, leak->session, (size_t)bench_setting(bench, BYTES));
  bool is_leaked = bench_random(bench, 100) < bench_setting(bench, LEAK_PERCENT);
  bool is_served = session != NULL;
  if (is_served && is_leaked && !is_at_ceiling(bench))
    is_served = register_listener(leak, bench, session);
  ouro_decref_maybe(bench->heap, session);
  return is_served;
}

/* Let the newest go until so many are left. */
static void shorten(struct leak *leak, struct bench *bench, uint64_t held) {
  while (bench->state.counters[HELD] > held) {
    struct listener *newest = leak->listeners;
    leak->listeners = newest->next;
    newest->next = NULL; /* its reference is ours now */
    bench->state.counters[HELD]--;
    ouro_decref(bench->heap, newest);
  }
  if (leak->listeners == NULL)
    (void)ouro_root_remove(bench->heap, &leak->listeners);
}

static void trim_leak(void *own, struct bench *bench) {
  if (bench->state.counters[HELD] > bench_setting(bench, CEILING))
    shorten(own, bench, bench_setting(bench, CEILING));
  bench->state.counters[AT_CEILING] = is_at_ceiling(bench);
}

static void end_leak(void *own, struct bench *bench) {
  struct leak *leak = own;
  if (leak->listeners == NULL)
    return;
  ouro_root_remove(bench->heap, &leak->listeners);
  ouro_clear(bench->heap, &leak->listeners); /* the whole list, by counting */
  bench->state.counters[HELD] = bench->state.counters[AT_CEILING] = 0;
}

static const struct workshop_field fields[] = {
    {"Listener", offsetof(struct listener, next), "next"},
    {"Listener", offsetof(struct listener, session), "session"},
    {NULL, 0, NULL}};

const struct workshop_kind workshop_leak = {.class = &workload_leak,
                                            .own_bytes = sizeof(struct leak),
                                            .open = open_leak,
                                            .make = serve_request,
                                            .trim = trim_leak,
                                            .end = end_leak,
                                            .fields = fields};
