/* cmd_enable.c - automatic collection on and off. */
#include "commands.h"
#include "ctl.h"
#include "format.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const struct column columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"AUTO", "enabled", COLUMN_BOOL, 0},
};

static const struct option_spec disable_options[] = {
    {0, "revert-after", "TIME", OPTION_DURATION, 1, DAY_MS, NULL,
     "collect automatically again after this time, unless `ouroctl keep` comes"},
};

static enum exit_code ask(struct ctl *ctl, const char *method) {
  char heap[PROTO_NAME_BYTES];
  const char *named = arguments_positional(&ctl->arguments, 0);
  int64_t revert_ms = arguments_number(&ctl->arguments, "revert-after", -1);
  if (ctl_connect(ctl) != 0 || ctl_only_heap(ctl, named, heap) != 0) {
    return ctl->exit;
  }
  struct proto_writer *writer = ctl_question(ctl, method);
  proto_write_string(writer, "heap", heap);
  if (revert_ms > 0) {
    proto_write_int(writer, "revert_after_ms", revert_ms);
  }
  json_t *answer = ctl_ask(ctl);
  if (!answer) {
    return ctl->exit;
  }
  if (revert_ms > 0) {
    char time[FORMAT_BYTES];
    format_duration(time, (uint64_t)revert_ms);
    ctl_say(ctl, "this goes back in %s, unless: ouroctl keep %s", time, heap);
  }
  json_object_set_new(answer, "heap", json_string(heap));
  json_t *rows = json_pack("[O]", answer);
  ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]), rows, answer);
  json_decref(rows);
  json_decref(answer);
  return ctl->exit;
}

static enum exit_code enable(struct ctl *ctl) {
  return ask(ctl, "gc.enable");
}

static enum exit_code disable(struct ctl *ctl) {
  return ask(ctl, "gc.disable");
}

const struct command command_enable = {
    .name = "enable",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "collect automatically",
    .help =
        "From now on the heap collects when its counts pass its thresholds. Needs the\n"
        "operator's role.\n",
    .run = enable,
};

const struct command command_disable = {
    .name = "disable",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "collect only when asked",
    .help =
        "From now on the heap collects only when somebody asks for it; cycles pile up\n"
        "until then. Needs the operator's role.\n",
    .options = disable_options,
    .option_count = sizeof(disable_options) / sizeof(disable_options[0]),
    .run = disable,
};
