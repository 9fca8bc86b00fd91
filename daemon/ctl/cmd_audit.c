/* cmd_audit.c - who commanded what, from before a restart too.
 *
 * The daemon gives pages, newest first; a page is printed before the next is asked for,
 * so that a long past needs no memory here. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "ctl.h"

#define PAGE_ENTRIES  1000
#define DEFAULT_COUNT 20
#define YEAR_MS       (INT64_C(365) * 24 * 3600 * 1000)

static const struct column columns[] = {
    {"WHEN", "time_ms", COLUMN_DATE, 19}, {"WHO", "who", COLUMN_TEXT, 20},
    {"WHAT", "method", COLUMN_TEXT, 16},  {"HEAP", "heap", COLUMN_TEXT, 12},
    {"DONE", "ok", COLUMN_BOOL, 4},       {"TOOK", "duration_ns", COLUMN_NS, 7},
    {"REFUSED", "name", COLUMN_TEXT, 12}, {"DETAIL", "detail", COLUMN_TEXT, 0},
};

#define COLUMN_TOTAL (sizeof(columns) / sizeof(columns[0]))

static const struct option_spec options[] = {
    {0, "since", "TIME", OPTION_DURATION, 1, YEAR_MS, NULL,
     "of this time until now, such as 1h (default: as far back as it goes)"},
    {'n', "count", "N", OPTION_NUMBER, 1, INT64_C(9007199254740991), NULL,
     "so many, the newest (default: 20)"},
};

static int64_t since_ms(const struct ctl *ctl) {
  int64_t ago = arguments_number(&ctl->arguments, "since", -1);
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
  return ago < 0 || ago > now_ms ? 0 : now_ms - ago;
}

static int put(struct ctl *ctl, const json_t *entries, int64_t *left) {
  size_t at = 0;
  json_t *row = NULL;
  json_array_foreach((json_t *)(uintptr_t)entries, at, row) {
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

static enum exit_code run(struct ctl *ctl) {
  const char *heap = arguments_positional(&ctl->arguments, 0);
  int64_t left = arguments_number(&ctl->arguments, "count", DEFAULT_COUNT);
  int64_t from_ms = since_ms(ctl);
  char *cursor = NULL;
  int result = 0;
  if (ctl_connect(ctl) != 0) {
    return ctl->exit;
  }
  if (ctl->output == OUTPUT_TABLE) {
    table_print_heading(stdout, columns, COLUMN_TOTAL, ctl->is_bold);
  } else if (ctl->output == OUTPUT_CSV) {
    csv_print_heading(stdout, columns, COLUMN_TOTAL);
  }
  do {
    struct proto_writer *writer = ctl_question(ctl, "history.audit");
    if (heap) {
      proto_write_string(writer, "heap", heap);
    }
    proto_write_int(writer, "from_ms", from_ms);
    proto_write_int(writer, "limit", left < PAGE_ENTRIES ? left : PAGE_ENTRIES);
    if (cursor) {
      proto_write_string(writer, "cursor", cursor);
    }
    free(cursor);
    json_t *page = ctl_ask(ctl);
    const char *next = json_string_value(json_object_get(page, "next_cursor"));
    cursor = next ? strdup(next) : NULL;
    result = page ? put(ctl, json_object_get(page, "entries"), &left) : -1;
    json_decref(page);
  } while (result == 0 && cursor && left > 0);
  free(cursor);
  return ctl->exit;
}

const struct command command_audit = {
    .name = "audit",
    .positionals = "[HEAP]",
    .positionals_max = 1,
    .takes_heap = true,
    .summary = "who commanded what, from before a restart too",
    .help =
        "Lists the commands that operators gave and the tunings that undid\n"
        "themselves, of HEAP or of all, newest first; refused ones too. json is a\n"
        "line for each. Needs the operator's role. To be told as they come there is\n"
        "`ouroctl events`.\n"
        "\n"
        "  ouroctl audit documents --since 1h\n",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
