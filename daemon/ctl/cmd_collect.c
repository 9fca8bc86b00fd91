/* cmd_collect.c - collect now, and show the whole record of it. */
#include "commands.h"
#include "ctl.h"

static const struct column columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"SEQ", "seq", COLUMN_NUMBER, 0},
    {"GEN", "generation", COLUMN_NUMBER, 0},
    {"PAUSE", "pause_ns", COLUMN_NS, 0},
    {"CANDIDATES", "candidates", COLUMN_COUNT, 0},
    {"COLLECTED", "collected", COLUMN_COUNT, 0},
    {"UNCOLLECTABLE", "uncollectable", COLUMN_COUNT, 0},
    {"FREED", "freed_bytes", COLUMN_BYTES, 0},
    {"LIVE OBJECTS", "live_objects_after", COLUMN_COUNT, 0},
    {"LIVE BYTES", "live_bytes_after", COLUMN_BYTES, 0},
};

static const struct column prediction_columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 0},
    {"GEN", "generation", COLUMN_NUMBER, 0},
    {"CANDIDATES", "candidates", COLUMN_COUNT, 0},
    {"PREDICTED PAUSE", "pause_ns", COLUMN_NS, 0},
    {"PREDICTIONS", "predictions", COLUMN_COUNT, 0},
    {"OFF BY P50 %", "pause_error_percent/p50", COLUMN_RATE, 0},
    {"P90 %", "pause_error_percent/p90", COLUMN_RATE, 0},
};

static const struct column type_columns[] = {
    {"FREED TYPE", "type", COLUMN_TEXT, 0},
    {"OBJECTS", "objects", COLUMN_COUNT, 0},
    {"BYTES", "bytes", COLUMN_BYTES, 0},
};

static const struct option_spec options[] = {
    {'g', "generation", "N", OPTION_NUMBER, 0, PROTO_GENERATIONS - 1, NULL,
     "this generation and the younger ones (default: 2, all)"},
    {0, "dry-run", NULL, OPTION_FLAG, 0, 0, NULL,
     "change nothing: say what it would examine and how long it would stop"},
};

static void print_record(struct ctl *ctl, json_t *record) {
  json_t *rows = json_pack("[O]", record);
  if (json_is_true(json_object_get(record, "dry_run"))) {
    ctl_print(ctl, prediction_columns,
              sizeof(prediction_columns) / sizeof(prediction_columns[0]), rows, record);
    json_decref(rows);
    return;
  }
  const json_t *types = json_object_get(record, "types");
  ctl_print(ctl, columns, sizeof(columns) / sizeof(columns[0]), rows, record);
  if (ctl->output == OUTPUT_TABLE && json_array_size(types) > 0) {
    printf("\n");
    ctl_print(ctl, type_columns, sizeof(type_columns) / sizeof(type_columns[0]), types,
              NULL);
  }
  json_decref(rows);
}

static enum exit_code run(struct ctl *ctl) {
  char heap[PROTO_NAME_BYTES];
  const char *named = arguments_positional(&ctl->arguments, 0);
  if (ctl_connect(ctl) != 0 || ctl_only_heap(ctl, named, heap) != 0) {
    return ctl->exit;
  }
  struct proto_writer *writer = ctl_question(ctl, "gc.collect");
  proto_write_string(writer, "heap", heap);
  proto_write_int(
      writer, "generation",
      arguments_number(&ctl->arguments, "generation", PROTO_GENERATIONS - 1));
  if (arguments_has(&ctl->arguments, "dry-run")) {
    proto_write_bool(writer, "dry_run", true);
  }
  json_t *record = ctl_ask(ctl);
  if (record) {
    print_record(ctl, record);
  }
  json_decref(record);
  return ctl->exit;
}

const struct command command_collect = {
    .name = "collect",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "run a collection now and show what it did",
    .help =
        "Collects at the heap's next safepoint and prints the record that every\n"
        "viewer gets: how long the program stood still, how many objects were\n"
        "examined and freed, and which types they had. -o json has all of it.\n"
        "Needs the operator's role. A heap that was just collected refuses with the\n"
        "time to wait. --dry-run tells how many objects would be examined and how\n"
        "long the pause would be, and how far such predictions were off here.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
