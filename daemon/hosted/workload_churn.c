/* workload_churn.c - objects that die as fast as they are born, and never in a cycle.
 *
 *   window, references of ours:  | m | m | m | m | m |      m --> payload
 *                                      ^ the oldest: the next message takes its place
 *
 * Counting frees each message the moment it leaves the window. The collector has
 * nothing to find, and once the window is full hardly a collection begins, because as
 * many containers die as are born: births and deaths are all that is measured. */
#include "workshop.h"

enum { WINDOW = WORKSHOP_SETTINGS, BYTES };
enum { FREED = WORKSHOP_COUNTERS };

#define WINDOW_MAX 10000u

const struct workload_class workload_churn = {
    .name = "churn",
    .description =
        "Messages that are read once and forgotten: short lives without any cycle, "
        "freed by counting alone. Stresses allocation and the pools; collections find "
        "nothing.",
    .settings =
        {[WORKSHOP_RATE] = {"rate", "messages/s",
                            "Messages made in a second, two objects each. 0 "
                            "pauses; the maximum is flat out.",
                            0, 10000000, 20000},
         [WORKSHOP_SEED] = WORKSHOP_SEED_ROW,
         [WINDOW] = {"window", "messages", "Messages that are alive at a time.", 1,
                     WINDOW_MAX, 1000},
         [BYTES] = {"bytes", "bytes",
                    "The largest payload; sizes up to it are equally likely, so "
                    "that many size classes take part.",
                    0, 4096, 256}},
    .setting_count = 4,
    .counters = {[WORKSHOP_MADE] = "messages",
                 [WORKSHOP_OUT_OF_MEMORY] = "out_of_memory",
                 [FREED] = "freed"},
    .counter_count = 3,
};

struct message_object {
  void *payload;
};

struct churn {
  const ouro_type *message, *payload;
  void *window[WINDOW_MAX]; /* owned references, a ring */
  unsigned first, count;
};

static int open_churn(void *own, ouro_heap *heap) {
  static const size_t refs[] = {offsetof(struct message_object, payload)};
  const ouro_type_info message = {.name = "Message",
                                  .size = sizeof(struct message_object),
                                  .refs = refs,
                                  .ref_count = 1};
  const ouro_type_info payload = {.name = "Payload", .flags = OURO_TYPE_ACYCLIC};
  struct churn *churn = own;
  int error = ouro_type_new(heap, &message, &churn->message);
  return error != 0 ? error : ouro_type_new(heap, &payload, &churn->payload);
}

static void drop_oldest(struct churn *churn, struct bench *bench) {
  void *message = churn->window[churn->first];
  churn->first = (churn->first + 1) % WINDOW_MAX;
  churn->count--;
  bench->state.counters[FREED]++;
  ouro_decref(bench->heap, message);
}

static void trim_churn(void *own, struct bench *bench) {
  struct churn *churn = own;
  while (churn->count > bench_setting(bench, WINDOW))
    drop_oldest(churn, bench);
}

static bool make_message(void *own, struct bench *bench) {
  struct churn *churn = own;
  size_t bytes = (size_t)bench_random(bench, bench_setting(bench, BYTES) + 1);
  struct message_object *message = ouro_new(bench->heap, churn->message);
  if (message == NULL)
    return false;
  message->payload = ouro_new_tail(bench->heap, churn->payload, bytes);
  if (message->payload == NULL) {
    ouro_decref(bench->heap, message);
    return false;
  }
  while (churn->count >= bench_setting(bench, WINDOW))
    drop_oldest(churn, bench);
  churn->window[(churn->first + churn->count++) % WINDOW_MAX] = message;
  return true;
}

static void end_churn(void *own, struct bench *bench) {
  struct churn *churn = own;
  while (churn->count > 0)
    drop_oldest(churn, bench);
}

static const struct workshop_field fields[] = {
    {"Message", offsetof(struct message_object, payload), "payload"}, {NULL, 0, NULL}};

const struct workshop_kind workshop_churn = {.class = &workload_churn,
                                             .own_bytes = sizeof(struct churn),
                                             .open = open_churn,
                                             .make = make_message,
                                             .trim = trim_churn,
                                             .end = end_churn,
                                             .fields = fields};
