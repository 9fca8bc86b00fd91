/* cmd_heaps.c - the heaps that the daemon shows. */
#include "commands.h"
#include "ctl.h"

static const struct column columns[] = {
    {"HEAP", "id", COLUMN_TEXT, 0},
    {"KIND", "kind", COLUMN_TEXT, 0},
    {"PID", "pid", COLUMN_NUMBER, 0},
    {"RUNTIME", "runtime", COLUMN_TEXT, 0},
    {"COLLECTOR", "collector", COLUMN_TEXT, 0},
    {"WORKLOAD", "workload", COLUMN_TEXT, 0},
    {"SINCE", "started_ms", COLUMN_DATE, 0},
    {"THRESHOLDS", "thresholds", COLUMN_TEXT, 0},
    {"AUTO", "enabled", COLUMN_BOOL, 0},
    {"CAN", "capabilities", COLUMN_TEXT, 0},
};

static enum exit_code run(struct ctl *ctl) {
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  json_t *heaps = ctl_heaps(ctl);
  if (heaps) {
    json_t *all = json_pack("{sO}", "heaps", heaps);
    ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]), heaps, all);
    json_decref(all);
  }
  json_decref(heaps);
  return ctl->exit;
}

const struct command command_heaps = {
    .name = "heaps",
    .positionals = "",
    .summary = "the heaps that the daemon shows, and what each can do",
    .help =
        "Lists each heap's id (which other commands take), its kind and runtime, what\n"
        "runs in it, since when, its thresholds, whether it collects automatically, "
        "and\nwhat it can be asked to do.\n",
    .run = run,
};
