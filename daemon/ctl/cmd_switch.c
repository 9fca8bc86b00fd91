/* cmd_switch.c - commands that name a heap and nothing else: automatic collection on
 * and off, freezing, and keeping what was set on trial. */
#include "commands.h"
#include "ctl.h"
#include "format.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const struct column enabled_columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"AUTO", "enabled", COLUMN_BOOL, 0},
    {"GOES BACK AT", "reverts_at_ms", COLUMN_DATE, 0},
};

static const struct column frozen_columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"FROZEN OBJECTS", "frozen_objects", COLUMN_COUNT, 0},
};

static const struct column kept_columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"KEPT", "kept", COLUMN_BOOL, 0},
    {"THRESHOLDS", "thresholds", COLUMN_TEXT, 0},
    {"AUTO", "enabled", COLUMN_BOOL, 0},
};

static const struct option_spec disable_options[] = {
    {0, "revert-after", "TIME", OPTION_DURATION, 1, DAY_MS, NULL,
     "collect automatically again after this time, unless `ouroctl keep` comes"},
};

/* The answer with its heap, owned; NULL: everything was said. */
static json_t *ask(struct ctl *ctl, const char *method) {
  char heap[PROTO_NAME_BYTES];
  const char *named = arguments_positional(&ctl->arguments, 0);
  int64_t revert_ms = arguments_number(&ctl->arguments, "revert-after", -1);
  if (ctl_connect(ctl) != 0 || ctl_only_heap(ctl, named, heap) != 0) {
    return NULL;
  }
  struct proto_writer *writer = ctl_question(ctl, method);
  proto_write_string(writer, "heap", heap);
  if (revert_ms > 0) {
    proto_write_int(writer, "revert_after_ms", revert_ms);
  }
  json_t *answer = ctl_ask(ctl);
  json_t *row = answer ? json_pack("{ss}", "heap", heap) : NULL;
  if (row) {
    json_object_update(row, answer);
  }
  json_decref(answer);
  if (row && revert_ms > 0) {
    char time[FORMAT_BYTES];
    format_duration(time, (uint64_t)revert_ms);
    ctl_say(ctl, "this goes back in %s, unless: ouroctl keep %s", time, heap);
  }
  return row;
}

static enum exit_code show(struct ctl *ctl, const char *method,
                           const struct column *columns, size_t count) {
  json_t *row = ask(ctl, method);
  if (row) {
    json_t *rows = json_pack("[O]", row);
    ctl_print(ctl, columns, count, rows, row);
    json_decref(rows);
  }
  json_decref(row);
  return ctl->exit;
}

/* The column of the revert only where there is one. */
static enum exit_code enable(struct ctl *ctl) {
  return show(ctl, "gc.enable", enabled_columns, 2);
}

static enum exit_code disable(struct ctl *ctl) {
  return show(ctl, "gc.disable", enabled_columns,
              arguments_has(&ctl->arguments, "revert-after") ? 3 : 2);
}

static enum exit_code freeze(struct ctl *ctl) {
  return show(ctl, "gc.freeze", frozen_columns, 2);
}

static enum exit_code unfreeze(struct ctl *ctl) {
  return show(ctl, "gc.unfreeze", frozen_columns, 2);
}

static enum exit_code keep(struct ctl *ctl) {
  json_t *row = ask(ctl, "gc.keep");
  if (row) {
    json_t *rows = json_pack("[O]", row);
    ctl_print(ctl, kept_columns, sizeof(kept_columns) / sizeof(kept_columns[0]), rows,
              row);
    if (json_is_false(json_object_get(row, "kept")) && ctl->exit == EXIT_OK) {
      ctl_fail(ctl, EXIT_REFUSED, NULL,
               "nothing was on trial: nobody set it, or it has gone back already");
    }
    json_decref(rows);
  }
  json_decref(row);
  return ctl->exit;
}

#define ONE_HEAP .positionals = "[HEAP]", .positionals_max = 1, .takes_heap = true

const struct command command_enable = {
    .name = "enable",
    ONE_HEAP,
    .summary = "collect automatically",
    .help =
        "From now on the heap collects when its counts pass its thresholds. Needs the\n"
        "operator's role.\n",
    .run = enable,
};

const struct command command_disable = {
    .name = "disable",
    ONE_HEAP,
    .summary = "collect only when asked",
    .help =
        "From now on the heap collects only when somebody asks for it; cycles pile up\n"
        "until then. Needs the operator's role.\n",
    .options = disable_options,
    .option_count = sizeof(disable_options) / sizeof(disable_options[0]),
    .run = disable,
};

const struct command command_freeze = {
    .name = "freeze",
    ONE_HEAP,
    .summary = "set what lives now aside: never examined again",
    .help =
        "Moves all objects of the heap out of the generations. They live on, and no\n"
        "collection examines them, until `ouroctl unfreeze`. For what a program has\n"
        "loaded for good: pauses get shorter. Needs the operator's role.\n",
    .run = freeze,
};

const struct command command_unfreeze = {
    .name = "unfreeze",
    ONE_HEAP,
    .summary = "put what was frozen back into generation 2",
    .help = "Undoes `ouroctl freeze`. Needs the operator's role.\n",
    .run = unfreeze,
};

const struct command command_keep = {
    .name = "keep",
    ONE_HEAP,
    .summary = "confirm what was set with --revert-after",
    .help =
        "What `threshold` and `disable` set with --revert-after stays for good. Exit\n"
        "code 1 when there was nothing to keep: it may have gone back already. Needs\n"
        "the operator's role.\n",
    .run = keep,
};
