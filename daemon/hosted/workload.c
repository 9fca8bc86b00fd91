/* workload.c - requests checked against the tables of the workloads.
 *
 *   {"rate": 20000, "speed": 1}      rate: in the table, within its bounds
 *                    ^ refused: /params/settings/speed, one of: rate, keep
 *
 * The class of documents stands here; those of the workshop with what they do. */
#include "workload.h"

#include <stdio.h>
#include <string.h>

#include "heap_requests.h"
#include "sampler.h"

const struct workload_class workload_documents = {
    .name = "documents",
    .description =
        "Reads real JSON files into graphs whose nodes know their parents, keeps the "
        "newest and drops the rest: every document is one large cycle that only a "
        "collection can free.",
    .settings =
        {
            [DOCUMENTS_RATE] =
                {"rate", "objects/s",
                 "Objects made in a second: 7000 are ten collections while the first "
                 "threshold is 700. 0 pauses; the maximum is flat out.",
                 0, 10000000, 7000},
            [DOCUMENTS_KEEP] = {"keep", "documents",
                                "How many of the newest documents stay alive.", 1, 1000,
                                16},
        },
    .setting_count = 2,
    .counters =
        {
            [DOCUMENTS_READ] = "documents_read",
            [DOCUMENTS_FILES] = "files",
            [DOCUMENTS_SKIPPED] = "skipped",
            [DOCUMENTS_NODES] = "nodes",
            [DOCUMENTS_KEPT] = "kept",
            [DOCUMENTS_OUT_OF_MEMORY] = "out_of_memory",
        },
    .counter_count = 6,
};

void workload_init(const struct workload_class *class, struct workload_state *ret) {
  *ret = (struct workload_state){.running = false};
  for (unsigned i = 0; i < class->setting_count; i++)
    ret->values[i] = class->settings[i].initial;
}

void workload_describe(const struct workload_class *class, const char *heap,
                       const struct workload_state *state, struct proto_workload *ret) {
  *ret = (struct proto_workload){.name = class->name,
                                 .description = class->description,
                                 .running = state->running,
                                 .setting_count = class->setting_count,
                                 .counter_count = class->counter_count};
  sampler_copy(ret->heap, sizeof ret->heap, heap);
  for (unsigned i = 0; i < class->setting_count; i++) {
    const struct workload_setting *setting = &class->settings[i];
    ret->settings[i] = (struct proto_setting_info){.name = setting->name,
                                                   .unit = setting->unit,
                                                   .description = setting->description,
                                                   .value = state->values[i],
                                                   .minimum = setting->minimum,
                                                   .maximum = setting->maximum,
                                                   .initial = setting->initial};
  }
  for (unsigned i = 0; i < class->counter_count; i++) {
    sampler_copy(ret->counters[i].name, sizeof ret->counters[i].name,
                 class->counters[i]);
    ret->counters[i].value = (double)state->counters[i];
  }
}

/* "/params/settings/" and a name as JSON Pointer wants it. */
static void setting_path(const char *name, char *ret, size_t size) {
  int length = snprintf(ret, size, "/params/settings/");
  for (size_t at = (size_t)length; *name != '\0' && at + 3 < size; name++) {
    if (*name == '~' || *name == '/') {
      ret[at++] = '~';
      ret[at++] = *name == '~' ? '0' : '1';
    } else {
      ret[at++] = *name;
    }
    ret[at] = '\0';
  }
}

static void refuse_setting(const struct workload_class *class,
                           const struct proto_setting *asked, int index,
                           struct proto_result *ret) {
  struct proto_error *error = heap_refuse(ret);
  if (index >= 0) {
    const struct workload_setting *setting = &class->settings[index];
    proto_error_set(error, PROTO_INVALID_PARAMS, "%s is out of its range",
                    setting->name);
    setting_path(asked->name, error->path, sizeof error->path);
    snprintf(error->expected, sizeof error->expected, "integer %.0f..%.0f",
             setting->minimum, setting->maximum);
    return;
  }
  proto_error_set(error, PROTO_INVALID_PARAMS, "%s has no such setting", class->name);
  setting_path(asked->name, error->path, sizeof error->path);
  size_t at = (size_t)snprintf(error->expected, sizeof error->expected, "one of:");
  for (unsigned i = 0; i < class->setting_count && at < sizeof error->expected; i++)
    at += (size_t)snprintf(error->expected + at, sizeof error->expected - at, "%s %s",
                           i == 0 ? "" : ",", class->settings[i].name);
}

/* A whole number within its range; not a number at all is in none. */
static bool is_allowed(const struct workload_setting *setting, double value) {
  return value >= setting->minimum && value <= setting->maximum &&
         value == (double)(uint64_t)value;
}

/* Settings of a request over a copy of the state; false when one is refused. */
static bool take_settings(const struct workload_class *class,
                          const struct proto_request *request,
                          struct workload_state *state, struct proto_result *ret) {
  for (unsigned i = 0; i < request->params.workload.setting_count; i++) {
    const struct proto_setting *asked = &request->params.workload.settings[i];
    int index = (int)class->setting_count - 1;
    while (index >= 0 && strcmp(class->settings[index].name, asked->name) != 0)
      index--;
    if (index < 0 || !is_allowed(&class->settings[index], asked->value)) {
      refuse_setting(class, asked, index, ret);
      return false;
    }
    state->values[index] = asked->value;
  }
  return true;
}

/* The kind that workload.start names; false when there is none. */
static bool find_kind(const struct workload_class *const *classes, const char *heap,
                      const char *name, unsigned *ret_kind, struct proto_result *ret) {
  for (unsigned i = 0; classes[i] != NULL; i++)
    if (strcmp(name, classes[i]->name) == 0) {
      *ret_kind = i;
      return true;
    }
  struct proto_error *error = heap_refuse(ret);
  proto_error_set(error, PROTO_INVALID_PARAMS, "heap %s has no such workload", heap);
  sampler_copy(error->path, sizeof error->path, "/params/workload");
  size_t at = (size_t)snprintf(error->expected, sizeof error->expected, "one of:");
  for (unsigned i = 0; classes[i] != NULL && at < sizeof error->expected; i++)
    at += (size_t)snprintf(error->expected + at, sizeof error->expected - at, "%s %s",
                           i == 0 ? "" : ",", classes[i]->name);
  return false;
}

bool workload_request(const struct workload_class *const *classes, const char *heap,
                      const struct proto_request *request, struct workload_state *state,
                      struct proto_result *ret) {
  struct workload_state wanted = *state;
  unsigned kind = state->kind;
  if (request->method == PROTO_WORKLOAD_START &&
      !find_kind(classes, heap, request->params.workload.name, &kind, ret))
    return false;
  if (kind != state->kind) {
    workload_init(classes[kind], &wanted);
    wanted.kind = kind;
  }
  if (request->method != PROTO_WORKLOAD_STOP &&
      !take_settings(classes[kind], request, &wanted, ret))
    return false;
  if (request->method == PROTO_WORKLOAD_START)
    wanted.running = true;
  else if (request->method == PROTO_WORKLOAD_STOP)
    wanted.running = false;
  *state = wanted;
  ret->kind = PROTO_RESULT_WORKLOAD;
  workload_describe(classes[kind], heap, state, &ret->as.workload);
  return true;
}
