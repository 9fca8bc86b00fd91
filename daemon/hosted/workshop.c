/* workshop.c - paces whichever workload runs, and switches between them.
 *
 *   rate 2000/s:  |make x 40|   20 ms   |make x 40|   20 ms   | ...
 *
 * Slices are short, so requests wait little. A little lateness is made up for, a pause
 * is not: no burst follows it. */
#include "workshop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLICES_PER_S 50.0
#define SLICE_MAX    1024u
#define NS_PER_S     1e9
#define LATENESS_NS  UINT64_C(200000000)

/* After memory was short nothing is made for so long, so that the shortage is not all
 * that happens. */
#define OUT_OF_MEMORY_PAUSE_NS UINT64_C(100000000)

#define KINDS 5u

static const struct workshop_kind *const kinds[KINDS] = {
    &workshop_person, &workshop_churn, &workshop_binary_trees, &workshop_cache,
    &workshop_leak};

const struct workload_class *const workshop_classes[] = {
    &workload_person, &workload_churn, &workload_binary_trees,
    &workload_cache,  &workload_leak,  NULL};

struct workshop {
  struct bench bench;
  void *own[KINDS]; /* owned */
  uint64_t due_ns;
};

/* splitmix64: each number is a hash of a counter, so any seed will do. */
uint64_t bench_random(struct bench *bench, uint64_t below) {
  uint64_t z = bench->random += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return (z ^ z >> 31) % below;
}

/* --- steps --- */

static bool is_idle(const struct workload_state *state) {
  return !state->running || state->values[WORKSHOP_RATE] <= 0;
}

static uint64_t due(void *mutator) {
  const struct workshop *workshop = mutator;
  return is_idle(&workshop->bench.state) ? UINT64_MAX : workshop->due_ns;
}

static void step(void *mutator, uint64_t now_ns) {
  struct workshop *workshop = mutator;
  struct workload_state *state = &workshop->bench.state;
  const struct workshop_kind *kind = kinds[state->kind];
  double rate = state->values[WORKSHOP_RATE];
  double slice = rate / SLICES_PER_S;
  unsigned made = 0;
  if (now_ns - workshop->due_ns > LATENESS_NS)
    workshop->due_ns = now_ns;
  do {
    if (!kind->make(workshop->own[state->kind], &workshop->bench)) {
      state->counters[WORKSHOP_OUT_OF_MEMORY]++;
      kind->end(workshop->own[state->kind], &workshop->bench);
      workshop->due_ns = uv_hrtime() + OUT_OF_MEMORY_PAUSE_NS;
      return;
    }
    state->counters[WORKSHOP_MADE]++;
  } while (++made < slice && made < SLICE_MAX);
  if (rate < kind->class->settings[WORKSHOP_RATE].maximum)
    workshop->due_ns += (uint64_t)(made / rate * NS_PER_S);
}

/* --- requests --- */

/* End what ran before, with its own settings and counters. */
static void end_other(struct workshop *workshop, const struct workload_state *before) {
  const struct workload_state now = workshop->bench.state;
  workshop->bench.state = *before;
  kinds[before->kind]->end(workshop->own[before->kind], &workshop->bench);
  workshop->bench.state = now;
}

static void request(void *mutator, struct heap_thread *thread,
                    const struct proto_request *asked, const char *who,
                    struct proto_result *ret) {
  struct workshop *workshop = mutator;
  struct bench *bench = &workshop->bench;
  const struct workload_state before = bench->state;
  if (asked->method == PROTO_REPL_STEP) {
    heap_steps_request(thread, asked, who, ret);
    return;
  }
  if (!workload_request(workshop_classes, thread->id, asked, &bench->state, ret))
    return;
  unsigned kind = bench->state.kind;
  if (before.running && kind != before.kind)
    end_other(workshop, &before);
  else if (before.running && !bench->state.running)
    kinds[kind]->end(workshop->own[kind], bench);
  if (!before.running || kind != before.kind ||
      bench->state.values[WORKSHOP_SEED] != before.values[WORKSHOP_SEED])
    bench->random = bench_setting(bench, WORKSHOP_SEED);
  kinds[kind]->trim(workshop->own[kind], bench);
  workshop->due_ns = 0; /* the new rate counts from now on */
  workload_describe(workshop_classes[kind], thread->id, &bench->state,
                    &ret->as.workload);
}

static const struct workload_state *state_of(const void *mutator) {
  return &((const struct workshop *)mutator)->bench.state;
}

/* --- words for who looks into the heap --- */

static void text(const void *mutator, const void *object, char *ret, size_t size) {
  const struct workshop *workshop = mutator;
  for (unsigned i = 0; i < KINDS; i++)
    if (kinds[i]->text != NULL)
      kinds[i]->text(workshop->own[i], workshop->bench.heap, object, ret, size);
}

static void name_declared(const struct workshop_field *fields, const char *type,
                          size_t at, char *ret, size_t size) {
  for (; fields != NULL && fields->type != NULL; fields++)
    if (fields->at == at && strcmp(fields->type, type) == 0)
      snprintf(ret, size, "%s", fields->name);
}

static void field(const void *mutator, const void *object, ouro_field place, char *ret,
                  size_t size) {
  const struct workshop *workshop = mutator;
  const ouro_heap *heap = workshop->bench.heap;
  const char *type = ouro_type_name(ouro_object_type(heap, object));
  for (unsigned i = 0; i < KINDS; i++) {
    if (place.kind == OURO_FIELD_DECLARED)
      name_declared(kinds[i]->fields, type, place.at, ret, size);
    if (kinds[i]->field != NULL)
      kinds[i]->field(workshop->own[i], heap, object, place, ret, size);
  }
}

/* --- life --- */

static void free_workshop(void *mutator) {
  struct workshop *workshop = mutator;
  for (unsigned i = 0; i < KINDS; i++) {
    if (workshop->own[i] != NULL)
      kinds[i]->end(workshop->own[i], &workshop->bench);
    free(workshop->own[i]);
  }
  free(workshop);
}

const struct mutator_ops workshop_ops = {.due = due,
                                         .step = step,
                                         .request = request,
                                         .state = state_of,
                                         .text = text,
                                         .field = field,
                                         .free = free_workshop};

void *workshop_new(ouro_heap *heap, char *message, size_t size) {
  struct workshop *workshop = calloc(1, sizeof *workshop);
  int error = workshop != NULL ? 0 : OURO_ENOMEM;
  if (workshop != NULL) {
    workshop->bench.heap = heap;
    workload_init(workshop_classes[0], &workshop->bench.state);
  }
  for (unsigned i = 0; i < KINDS && error == 0; i++) {
    workshop->own[i] = calloc(1, kinds[i]->own_bytes);
    error =
        workshop->own[i] != NULL ? kinds[i]->open(workshop->own[i], heap) : OURO_ENOMEM;
  }
  if (error == 0)
    return workshop;
  snprintf(message, size, "workshop: %s", ouro_strerror(error));
  if (workshop != NULL)
    free_workshop(workshop);
  return NULL;
}
