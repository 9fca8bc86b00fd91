/* cmd_history.c - collections of the past, from before a restart too.
 *
 * The daemon gives pages, newest first; a page is printed before the next is asked for,
 * so that a long past needs no memory here. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "ctl.h"

#define PAGE_COLLECTIONS 1000
#define DEFAULT_COUNT    20
#define YEAR_MS          (INT64_C(365) * 24 * 3600 * 1000)

static const struct column columns[] = {
    {"HEAP", "heap", COLUMN_TEXT, 12},
    {"SEQ", "seq", COLUMN_NUMBER, 8},
    {"WHEN", "time_ms", COLUMN_DATE, 19},
    {"GEN", "generation", COLUMN_NUMBER, 3},
    {"PAUSE", "pause_ns", COLUMN_NS, 7},
    {"CANDIDATES", "candidates", COLUMN_COUNT, 10},
    {"COLLECTED", "collected", COLUMN_COUNT, 9},
    {"FREED", "freed_bytes", COLUMN_BYTES, 8},
    {"LIVE OBJECTS", "live_objects_after", COLUMN_COUNT, 12},
    {"REASON", "reason", COLUMN_TEXT, 9},
    {"BY", "requested_by", COLUMN_TEXT, 0},
};

#define COLUMN_TOTAL (sizeof(columns) / sizeof(columns[0]))

static const struct option_spec options[] = {
    {0, "since", "TIME", OPTION_DURATION, 1, YEAR_MS, NULL,
     "of this time until now, such as 1h (default: as far back as it goes)"},
    {'n', "count", "N", OPTION_NUMBER, 1, INT64_C(9007199254740991), NULL,
     "so many of each heap, the newest (default: 20)"},
};

static int64_t since_ms(const struct ctl *ctl) {
  int64_t ago = arguments_number(&ctl->arguments, "since", -1);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  return ago < 0 || ago > now_ms ? 0 : now_ms - ago;
}

static int put(struct ctl *ctl, const json_t *collections, int64_t *left) {
  size_t at = 0;
  json_t *row = NULL;
  json_array_foreach((json_t *)(uintptr_t)collections, at, row) {
    if (*left == 0) {
      break;
    }
    *left -= 1;
    switch (ctl->output) {
    case OUTPUT_TABLE: table_print_row(stdout, columns, COLUMN_TOTAL, row); break;
    case OUTPUT_CSV: csv_print_row(stdout, columns, COLUMN_TOTAL, row); break;
    case OUTPUT_JSON: ctl_print_json(ctl, row, true); break;
    }
  }
  return ctl_flush(ctl);
}

/* 0, or -1: it is over, and everything was said. */
static int show_heap(struct ctl *ctl, const char *heap, int64_t from_ms) {
  int64_t left = arguments_number(&ctl->arguments, "count", DEFAULT_COUNT);
  char *cursor = NULL;
  int result = 0;
  do {
    struct proto_writer *writer = ctl_question(ctl, "history.collections");
    proto_write_string(writer, "heap", heap);
    proto_write_int(writer, "from_ms", from_ms);
    proto_write_int(writer, "limit", left < PAGE_COLLECTIONS ? left : PAGE_COLLECTIONS);
    if (cursor) {
      proto_write_string(writer, "cursor", cursor);
    }
    free(cursor);
    cursor = NULL;
    json_t *page = ctl_ask(ctl);
    const char *next = json_string_value(json_object_get(page, "next_cursor"));
    cursor = next ? strdup(next) : NULL;
    result = page ? put(ctl, json_object_get(page, "collections"), &left) : -1;
    json_decref(page);
  } while (result == 0 && cursor && left > 0);
  free(cursor);
  return result;
}

static enum exit_code run(struct ctl *ctl) {
  const char *named = arguments_positional(&ctl->arguments, 0);
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  json_t *heaps = ctl_chosen_heaps(ctl, named), *heap = NULL;
  size_t at = 0;
  int result = heaps ? 0 : -1;
  int64_t from_ms = since_ms(ctl);
  if (result == 0 && ctl->output == OUTPUT_TABLE) {
    table_print_heading(stdout, columns, COLUMN_TOTAL, ctl->is_bold);
  } else if (result == 0 && ctl->output == OUTPUT_CSV) {
    csv_print_heading(stdout, columns, COLUMN_TOTAL);
  }
  json_array_foreach(heaps, at, heap) {
    const char *id = json_string_value(json_object_get(heap, "id"));
    if (result == 0 && id) {
      result = show_heap(ctl, id, from_ms);
    }
  }
  json_decref(heaps);
  return ctl->exit;
}

const struct command command_history = {
    .name = "history",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "collections of the past, from before a restart too",
    .help = "Lists what the daemon has stored of HEAP, or of all heaps, newest first. "
            "json\n"
            "is a line for each collection, and has all of it.\n"
            "\n"
            "  ouroctl history documents --since 1h -n 100000 -o csv > pauses.csv\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
