/* cmd_stat.c - one line a heap and interval, as vmstat has them: counts and rates.
 *
 * The daemon pushes samples at the interval; a rate is the difference of two of them
 * over the heap's own clock. The first sample of a heap has nothing to differ from. */
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "rates.h"
#include "stream.h"

/* A heading again after so many lines, where somebody looks. */
#define LINES_A_HEADING 24

static const struct column columns[] = {
    {"TIME", "time_ms", COLUMN_CLOCK, 12},
    {"HEAP", "heap", COLUMN_TEXT, 12},
    {"GEN 0", "generations/0/count", COLUMN_COUNT, 7},
    {"GEN 1", "generations/1/count", COLUMN_COUNT, 5},
    {"GEN 2", "generations/2/count", COLUMN_COUNT, 5},
    {"OBJECTS", "live_objects", COLUMN_COUNT, 10},
    {"BYTES", "live_bytes", COLUMN_BYTES, 8},
    {"ALLOC/S", "allocated_objects_per_s", COLUMN_COUNT, 10},
    {"FREED/S", "freed_objects_per_s", COLUMN_COUNT, 10},
    {"BYTES/S", "allocated_bytes_per_s", COLUMN_BYTES, 8},
    {"COLL/S", "collections_per_s", COLUMN_RATE, 6},
    {"P99", "pause_ns/p99", COLUMN_NS, 7},
    {"MAX", "pause_ns/max", COLUMN_NS, 7},
};

#define COLUMN_COUNT_OF (sizeof(columns) / sizeof(columns[0]))

static const struct option_spec options[] = {
    {'i', "interval", "TIME", OPTION_DURATION, 100, 60000, NULL,
     "between two lines (default: 1s)"},
    {'n', "count", "N", OPTION_NUMBER, 1, INT64_C(9007199254740991), NULL,
     "end after so many lines of each heap"},
};

static void put(struct ctl *ctl, json_t *sample, unsigned *lines) {
  switch (ctl->output) {
  case OUTPUT_TABLE:
    if (*lines == 0) {
      table_print_heading(stdout, columns, COLUMN_COUNT_OF, ctl->is_bold);
    }
    if (rates_collections(sample) <= 0) {
      json_object_del(sample, "pause_ns"); /* no pause is not a pause of 0 */
    }
    table_print_row(stdout, columns, COLUMN_COUNT_OF, sample);
    *lines = ctl->is_bold && *lines + 1 >= LINES_A_HEADING ? 0 : *lines + 1;
    break;
  case OUTPUT_CSV:
    if (*lines == 0) {
      csv_print_heading(stdout, columns, COLUMN_COUNT_OF);
      *lines = 1;
    }
    csv_print_row(stdout, columns, COLUMN_COUNT_OF, sample);
    break;
  case OUTPUT_JSON: ctl_print_json(ctl, sample, true); break;
  }
}

/* Every heap has had its `wanted` lines. */
static bool is_done(const json_t *counts, int64_t wanted) {
  const char *heap = NULL;
  json_t *count = NULL;
  json_object_foreach((json_t *)(uintptr_t)counts, heap, count) {
    if (json_integer_value(count) < wanted) {
      return false;
    }
  }
  return json_object_size(counts) > 0;
}

static void follow(struct ctl *ctl, struct stream *stream, json_t *counts) {
  int64_t wanted = arguments_number(&ctl->arguments, "count", INT64_MAX);
  json_t *before = json_object();
  unsigned lines = 0;
  while (!is_done(counts, wanted)) {
    char topic[PROTO_NAME_BYTES];
    json_t *sample = NULL;
    if (stream_next(stream, ctl, topic, &sample) != CLIENT_OK) {
      break;
    }
    const char *heap = json_string_value(json_object_get(sample, "heap"));
    if (strcmp(topic, "sample") == 0 && heap) {
      json_int_t count = json_integer_value(json_object_get(counts, heap));
      rates_add(sample, json_object_get(before, heap));
      json_object_set(before, heap, sample);
      json_object_set_new(counts, heap, json_integer(count + 1));
      if (count < wanted) {
        put(ctl, sample, &lines);
      }
    }
    json_decref(sample);
    if (ctl_flush(ctl) != 0) {
      break;
    }
  }
  json_decref(before);
  ctl->is_interrupted = false;
}

static enum exit_code run(struct ctl *ctl) {
  const char *heap = arguments_positional(&ctl->arguments, 0);
  struct stream stream = {
      .heap = heap ? heap : "*",
      .topics = "sample",
      .interval_ms = arguments_number(&ctl->arguments, "interval", 1000),
  };
  if (ctl_connect(ctl) == 0 && stream_open(&stream, ctl) == 0) {
    json_t *counts = json_object(), *seq = NULL;
    const char *id = NULL;
    json_object_foreach(stream.seqs, id, seq) {
      json_object_set_new(counts, id, json_integer(0));
    }
    if (json_object_size(counts) == 0) {
      ctl_say(ctl, "the daemon has no heaps yet");
    }
    follow(ctl, &stream, counts);
    json_decref(counts);
  }
  stream_fini(&stream);
  return ctl->exit;
}

const struct command command_stat = {
    .name = "stat",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "counts and rates, a line each second, as vmstat has them",
    .help =
        "Follows a heap, or all of them: counts of the generations, live objects and\n"
        "bytes, what was allocated and freed in a second, collections in a second, "
        "and\n"
        "the pauses' 99th percentile and maximum since the heap began. The first line "
        "of\n"
        "a heap has no rates. Ends at Ctrl-C or after -n lines.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
