/* cmd_pools.c - where the bytes are: arenas, pools and size classes.
 *
 * There is no question for it, only a topic: the first notification of each heap is the
 * answer, and --follow takes the next ones too. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "ctl.h"
#include "stream.h"

/* A shorter interval than others have makes a heap answer at once. */
#define SOON_MS 100

static const struct column class_columns[] = {
    {"SIZE", "size", COLUMN_BYTES, 0},
    {"POOLS", "pools", COLUMN_COUNT, 0},
    {"BLOCKS USED", "used_blocks", COLUMN_COUNT, 0},
    {"BLOCKS FREE", "free_blocks", COLUMN_COUNT, 0},
    {"IN USE", "use", COLUMN_PERCENT, 0},
    {"BYTES USED", "used_bytes", COLUMN_BYTES, 0},
    {"ALLOCATED EVER", "allocated_total", COLUMN_COUNT, 0},
};

static const struct column csv_columns[] = {
    {"", "heap", COLUMN_TEXT, 0},
    {"", "time_ms", COLUMN_DATE, 0},
    {"", "size", COLUMN_COUNT, 0},
    {"", "pools", COLUMN_COUNT, 0},
    {"", "used_blocks", COLUMN_COUNT, 0},
    {"", "free_blocks", COLUMN_COUNT, 0},
    {"", "allocated_total", COLUMN_COUNT, 0},
};

static const struct option_spec options[] = {
    {'f', "follow", NULL, OPTION_FLAG, 0, 0, NULL,
     "again and again, until you end it; json is then a line each"},
    {'i', "interval", "TIME", OPTION_DURATION, 1000, 60000, NULL,
     "between two times, with --follow (default: 1s, and not less)"},
};

/* One row for each class that has pools, with what can be reckoned from it. */
static json_t *class_rows(const json_t *pools) {
  json_t *rows = json_array(), *class = NULL;
  size_t at = 0;
  json_array_foreach(json_object_get(pools, "classes"), at, class) {
    json_int_t used = json_integer_value(json_object_get(class, "used_blocks"));
    json_int_t unused = json_integer_value(json_object_get(class, "free_blocks"));
    json_int_t size = json_integer_value(json_object_get(class, "size"));
    if (json_integer_value(json_object_get(class, "pools")) == 0) {
      continue;
    }
    json_t *row = json_copy(class);
    json_object_set(row, "heap", json_object_get(pools, "heap"));
    json_object_set(row, "time_ms", json_object_get(pools, "time_ms"));
    json_object_set_new(row, "used_bytes", json_integer(used * size));
    if (used + unused > 0) {
      json_object_set_new(row, "use",
                          json_real((double)used / (double)(used + unused)));
    }
    json_array_append_new(rows, row);
  }
  return rows;
}

static void put_summary(const json_t *pools) {
  char a[TABLE_TEXT_BYTES], b[TABLE_TEXT_BYTES], c[TABLE_TEXT_BYTES],
      d[TABLE_TEXT_BYTES];
  printf("%s: %s used, %s free within, fragmentation %s\n",
         table_text(a, pools, "heap", COLUMN_TEXT),
         table_text(b, pools, "used_bytes", COLUMN_BYTES),
         table_text(c, pools, "free_bytes", COLUMN_BYTES),
         table_text(d, pools, "fragmentation", COLUMN_PERCENT));
  printf("  arenas  %s in use of %s, at most %s, ",
         table_text(a, pools, "arenas/in_use", COLUMN_COUNT),
         table_text(b, pools, "arenas/bytes", COLUMN_BYTES),
         table_text(c, pools, "arenas/highwater", COLUMN_COUNT));
  printf("%s taken and %s given back so far\n",
         table_text(a, pools, "arenas/allocated_total", COLUMN_COUNT),
         table_text(b, pools, "arenas/released_total", COLUMN_COUNT));
  printf("  pools   %s in use, %s empty, of %s each\n",
         table_text(a, pools, "pools/in_use", COLUMN_COUNT),
         table_text(b, pools, "pools/empty", COLUMN_COUNT),
         table_text(c, pools, "pools/pool_bytes", COLUMN_BYTES));
  printf("  large   %s objects, %s\n\n",
         table_text(a, pools, "large/objects", COLUMN_COUNT),
         table_text(b, pools, "large/bytes", COLUMN_BYTES));
}

static void put(struct ctl *ctl, const json_t *pools, bool is_first) {
  json_t *rows = class_rows(pools), *row = NULL;
  size_t at = 0;
  switch (ctl->output) {
  case OUTPUT_TABLE:
    printf("%s", is_first ? "" : "\n");
    put_summary(pools);
    ctl_print(ctl, class_columns, sizeof(class_columns) / sizeof(class_columns[0]),
              rows, NULL);
    break;
  case OUTPUT_CSV:
    if (is_first) {
      csv_print_heading(stdout, csv_columns,
                        sizeof(csv_columns) / sizeof(csv_columns[0]));
    }
    json_array_foreach(rows, at, row) {
      csv_print_row(stdout, csv_columns, sizeof(csv_columns) / sizeof(csv_columns[0]),
                    row);
    }
    break;
  case OUTPUT_JSON:
    ctl_print_json(ctl, pools, arguments_has(&ctl->arguments, "follow"));
    break;
  }
  json_decref(rows);
  ctl_flush(ctl);
}

/* Until each heap in `waiting` ({heap: anything}) was shown, or for ever. In JSON one
 * object a heap, so that a single heap is not wrapped. */
static void follow(struct ctl *ctl, struct stream *stream, json_t *waiting) {
  bool is_endless = arguments_has(&ctl->arguments, "follow"), is_first = true;
  while (!ctl->is_unheard && (is_endless || json_object_size(waiting) > 0)) {
    char topic[PROTO_NAME_BYTES];
    json_t *pools = NULL;
    if (stream_next(stream, ctl, topic, &pools) != CLIENT_OK) {
      break;
    }
    const char *heap = json_string_value(json_object_get(pools, "heap"));
    if (strcmp(topic, "pools") == 0 && heap &&
        (is_endless || json_object_get(waiting, heap))) {
      put(ctl, pools, is_first);
      is_first = false;
      json_object_del(waiting, heap);
    }
    json_decref(pools);
  }
  ctl->is_interrupted = ctl->is_interrupted && !is_endless;
}

static enum exit_code run(struct ctl *ctl) {
  const char *heap = arguments_positional(&ctl->arguments, 0);
  struct stream stream = {
      .heap = heap ? heap : "*",
      .topics = "pools",
      .interval_ms = arguments_number(&ctl->arguments, "interval", 1000),
      .is_once = !arguments_has(&ctl->arguments, "follow"),
  };
  if (stream.is_once) {
    stream.interval_ms = SOON_MS;
  }
  if (ctl_connect(ctl) == 0 && stream_open(&stream, ctl) == 0) {
    json_t *waiting = json_copy(stream.seqs);
    follow(ctl, &stream, waiting);
    json_decref(waiting);
  }
  stream_fini(&stream);
  return ctl->exit;
}

const struct command command_pools = {
    .name = "pools",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "where the bytes are: arenas, pools, size classes",
    .help =
        "Shows how much of the memory that a heap took from the system its objects "
        "use,\n"
        "and for each size class the pools, the blocks that are used and free in "
        "them,\n"
        "and how many were ever allocated. Fragmentation is the share of the pools'\n"
        "bytes that no object uses.\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
